"""What a selection tells beyond its runs, in words: what each pattern matched, what is doubtful, what left nothing.

Pure and bounded. How other people's words are shown is handed in, for a terminal or for Markdown.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from runner.model.markdown import markdown
from runner.model.selected import FilterCount, IdsCount, Left, PatternCount, SelectionFacts
from runner.model.text import counted, iso_time, shortened, visible

MOST_LINES = 20
_LONGEST_NAME = 60
_LONGEST_WHY = 300
_MOST_WORDS = 5

Reasons = Sequence[tuple[str, str, int]]
"""The passed-over runs: sandbox, reason, count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """Runs of one sandbox that are passed over because an exclusion cannot be judged."""

    sandbox: str
    runs: int
    why: str
    """Of most of them."""
    is_all: bool
    """Whether no run of the sandbox is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How others' words are shown: a pattern, which a person wrote; what the platform calls things; what it says."""

    pattern: Callable[[str], str]
    word: Callable[[str], str]
    sentence: Callable[[str], str]


def _plain(text: str) -> str:
    return visible(shortened(text, longest=_LONGEST_NAME))


def _code(text: str) -> str:
    return markdown(shortened(text, longest=_LONGEST_NAME))


ON_TERMINAL = Shown(pattern=lambda text: f'"{_plain(text)}"', word=_plain, sentence=visible)
IN_MARKDOWN = Shown(pattern=_code, word=_code, sentence=markdown)


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionLines:
    """What finding the runs told, as bounded lists of lines."""

    warnings: Sequence[str] = ()
    """What a person must know before believing the plan."""
    matched: Sequence[str] = ()
    """What each pattern and each list of ids matched; what matched nothing is cut last."""
    nothing: Sequence[str] = ()
    """What left nothing to re-trigger, for each sandbox without a run."""


def selection_lines(
    facts: SelectionFacts,
    *,
    undecided: Sequence[Undecided],
    empty: Iterable[str],
    reasons: Reasons,
    shown: Shown,
) -> SelectionLines:
    """Return what a selection tells.

    Args:
        facts: as they were counted.
        undecided: the runs that are passed over because an exclusion cannot be judged.
        empty: the sandboxes without a run to re-trigger.
        reasons: the passed-over runs, counted.
        shown: how others' words are shown.
    """
    return SelectionLines(
        warnings=_bounded(_warnings(facts, undecided, shown)),
        matched=_bounded(_matched(facts, shown)),
        nothing=_bounded([_nothing(facts, sandbox, reasons, shown) for sandbox in empty]),
    )


def _matched(facts: SelectionFacts, shown: Shown) -> list[str]:
    lines = [(one.matched > 0, _pattern(one, shown)) for one in facts.patterns]
    lines += [(one.there == one.ids, _ids(one, shown)) for one in facts.ids]
    if len(lines) > MOST_LINES:
        lines.sort(key=lambda line: line[0])
    return [line for _, line in lines]


def _warnings(facts: SelectionFacts, undecided: Sequence[Undecided], shown: Shown) -> list[str]:
    lines = chain(
        (_undecided(one, shown) for one in undecided),
        (_pattern(one, shown) for one in facts.patterns if _is_suspicious(one)),
        (_ids(one, shown) for one in facts.ids if one.missing),
        chain.from_iterable(_doubts(one) for one in facts.filters),
        _unnamed(facts.patterns),
    )
    return list(lines)


def _nothing(facts: SelectionFacts, sandbox: str, reasons: Reasons, shown: Shown) -> str:
    filters = [one for one in facts.filters if one.sandbox == sandbox]
    parts = [f"filter {one.number}: {_filter(one, shown)}" for one in filters[:_MOST_WORDS]]
    if (more := len(filters) - _MOST_WORDS) > 0:
        parts.append(f"and {counted(more, 'more filter')}")
    passed = [f"{count:,} {reason}" for whose, reason, count in reasons if whose == sandbox]
    parts += [f"passed over: {', '.join(passed)}"] if passed else []
    return f"{shown.word(sandbox)}: {'; '.join(parts) or 'no run was asked for'}"


def _bounded(lines: Sequence[str]) -> list[str]:
    more = len(lines) - MOST_LINES
    return [*lines[:MOST_LINES], *([f"and {counted(more, 'more line')}"] if more > 0 else [])]


def _is_suspicious(one: PatternCount) -> bool:
    """Whether it matched nothing of what could be judged, or there was nothing that it could take in."""
    return not one.matched and (one.of > one.not_judged or not (one.of or one.is_exclusion))


def _pattern(one: PatternCount, shown: Shown) -> str:
    things = f"{one.of:,} {_plural(one.thing) if one.of != 1 else one.thing}"
    line = (
        f"{one.sandbox}: {one.key} {shown.pattern(one.pattern)} matched {one.matched:,} of {things}"
    )
    if one.not_judged:
        line += f" ({one.not_judged:,} could not be judged)"
    if one.but_for_case:
        would = _some(one.but_for_case, one.but_for_case_more, shown)
        line += f"; if case did not count, it would match {would}"
    if one.here:
        line += f"; {one.here_called} here: {_some(one.here, one.here_more, shown)}"
    return line


def _plural(thing: str) -> str:
    noun, *rest = thing.split(" ", 1)
    return " ".join([f"{noun}s", *rest])


def _some(words: Iterable[str], more: int, shown: Shown) -> str:
    listed = ", ".join(map(shown.word, sorted(words)))
    return f"{listed} and {more:,} more" if more else listed


def _ids(one: IdsCount, shown: Shown) -> str:
    is_ = "is" if one.ids == 1 else "are"
    line = f"{one.sandbox}: {one.key}: {one.there:,} of {counted(one.ids, 'id')} {is_} {one.where}"
    if one.not_judged:
        line += f" ({one.not_judged:,} not looked up)"
    missing = one.ids - one.there - one.not_judged
    if missing:
        named = one.missing[:_MOST_WORDS]
        line += f"; not there: {_some(named, missing - len(named), shown)}"
    return line


def _undecided(one: Undecided, shown: Shown) -> str:
    it_is, them = ("it is", "it") if one.runs == 1 else ("they are", "them")
    left = f"{it_is} passed over" + (", and nothing else is left there" if one.is_all else "")
    why = shortened(one.why, longest=_LONGEST_WHY)
    return (
        f"{one.sandbox}: whether {counted(one.runs, 'run')} must be left alone cannot be judged, so {left}: "
        f"{shown.sentence(why.rstrip('.'))}. Let these credentials read what is missing, or exclude {them} by id."
    )


def _doubts(one: FilterCount) -> Iterator[str]:
    """Return the runs that a filter could have asked for, had the platform said more of them."""
    counts = {left: count for left, count in one.left.items() if left.is_doubt}
    if counts:
        words = ", ".join(f"{count:,} {left}" for left, count in counts.items())
        yield (
            f"{one.sandbox}: filters[{one.number}] leaves out {counted(sum(counts.values()), 'run')} of which the "
            f"platform does not say what it needs: {words}"
        )
    if one.newest and one.newest.taken:
        yield (
            f"{one.sandbox}: filters[{one.number}] fits {counted(one.newest.taken, 'run')} of the newest, and the "
            "platform lists none when it is asked for them; name them by id (runs)"
        )


def _unnamed(patterns: Iterable[PatternCount]) -> Iterator[str]:
    """Return the flows that an inclusion leaves out because the platform shows them without what it needs."""
    keys = {(one.sandbox, one.key): one for one in patterns if one.thing == "flow"}
    for one in keys.values():
        if one.not_judged:
            without = "a name" if one.key.endswith("names") else "a connector"
            yield (
                f"{one.sandbox}: {one.key} cannot be judged for {one.not_judged:,} of {counted(one.of, 'flow')}, which "
                f"the platform shows without {without}: no pattern takes them in"
            )


def _filter(one: FilterCount, shown: Shown) -> str:
    if one.flows == 0:
        return "no flow fits it, so no runs were listed"
    if one.looked_at:
        return f"{counted(one.looked_at, 'run')} looked at: {_made(one, shown)}"
    whose = f" of {counted(one.flows, 'flow')}" if one.flows else ""
    line = (
        f"the platform lists no run{whose} with status {' or '.join(one.statuses)} that started from "
        f"{iso_time(one.window.from_ms) or 'the beginning'} to {iso_time(one.window.to_ms) or 'now'}"
    )
    if one.newest is None:
        return line
    if not one.newest.looked_at:
        return f"{line}, and no other run{' of them' if whose else ''} either"
    newest = counted(one.newest.looked_at, "run")
    return f"{line}; of the newest {newest}{whose}: {_made(one.newest, shown)}"


def _made(one: FilterCount, shown: Shown) -> str:
    """Return what a filter made of the runs that it looked at."""
    by_count = sorted(one.left.items(), key=lambda each: -each[1])
    parts = [
        f"{count:,} {left}{_statuses(one, shown) if left is Left.OTHER_STATUS else ''}"
        for left, count in by_count
    ]
    return ", ".join([*parts, *([f"{one.taken:,} asked for"] if one.taken else [])])


def _statuses(one: FilterCount, shown: Shown) -> str:
    some = list(one.statuses_left.items())[:_MOST_WORDS]
    return f" ({', '.join(f'{shown.word(status)} {count:,}' for status, count in some)})"
