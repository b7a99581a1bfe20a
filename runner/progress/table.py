"""Tables and the status page for standard output: aligned text anywhere, a little bolder on a terminal.

What to do next is worked out elsewhere and handed in as finished lines.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TextIO

from runner.model.columns import columns_wide, fitted, is_right_to_left
from runner.model.meaning import LEFT, unseen_in_words
from runner.model.report import IN_FLIGHT, Execution, Tally
from runner.model.session import Session, worked_in_words
from runner.model.text import brief, duration_text, person_time, terminal
from runner.model.words import OutcomeKind, Recovery
from runner.progress.display import can_redraw

NOT_SETTLED = "not_settled"
PASSED_OVER = "passed_over"
"""Stands for a run that was found and is not of the plan."""
_GAP = "  "
_WIDEST_CELL = 48
"""In columns: a flow can have any name, and a table of eighty columns should hold the others too."""
WHOLE = 1 << 20
"""So wide is a table in which nothing is cut."""
_LEFT_TO_RIGHT = "\u200e"


@dataclass(frozen=True, slots=True, kw_only=True)
class AtWork:
    """Who works on an execution now, and how fast it goes."""

    who: str
    host: str
    seconds_since_seen: float
    settled: int
    """Runs settled in the last ``seconds``."""
    seconds: float
    paused: str = ""
    """Who paused it and since when; empty: nobody did."""
    soak: str = ""
    """Until when it waits before its next wave; empty: it does not."""
    limits: str = ""
    """The limits that were ordered and are not the spec's."""
    rates: str = ""
    """The rates that are lowered at present, and why."""
    since_ms: int = 0
    held_until_ms: int = 0
    """When its hold on the flows ends, unless it is renewed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under headings; cells that are numbers stand at the right. ``title`` may be empty."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]
    widest: int = _WIDEST_CELL
    """Cells are cut to so many columns."""


def aligned(table: Table) -> str:
    """Return the table as lines of text, each ending in a line break; others' words are made safe, and cut."""
    lines = [[_shown(cell, table.widest) for cell in row] for row in (table.headings, *table.rows)]
    widths = [max(map(columns_wide, column)) for column in zip(*lines, strict=True)]
    at_right = [_is_numeric(table, number) for number in range(len(table.headings))]
    text = "".join(_line(line, widths=widths, at_right=at_right) for line in lines)
    return f"{terminal(table.title)}\n{text}" if table.title else text


def print_table(table: Table, stream: TextIO, *, environment: Mapping[str, str]) -> None:
    """Print the table: plainly, or with a bold title and headings where ``stream`` is a terminal that can."""
    text = aligned(table)
    if not can_redraw(stream, environment=environment):
        stream.write(text)
        return
    # rich takes 35 ms to load; output into a pipe should not pay for it.
    from rich.console import Console  # noqa: PLC0415  # see above
    from rich.text import Text  # noqa: PLC0415  # likewise

    bold_lines = 2 if table.title else 1
    console = Console(file=stream, _environ=environment, highlight=False, soft_wrap=True)
    for number, line in enumerate(text.splitlines()):
        console.print(Text(line, style="bold" if number < bold_lines else ""))


def outcome_table(execution: Execution, tallies: Sequence[Tally]) -> Table:
    """Return how many runs of each sandbox have which outcome, those apart that the plan passed over."""
    words = [*(kind.value for kind in OutcomeKind), IN_FLIGHT, NOT_SETTLED, PASSED_OVER]
    occurring = {_column(tally) for tally in tallies if tally.count}
    shown = [word for word in words if word in occurring]
    names = dict.fromkeys(
        [*(str(s.name) for s in execution.sandboxes), *(t.sandbox for t in tallies)]
    )
    rows = [_outcome_row(name, [t for t in tallies if t.sandbox == name], shown) for name in names]
    if len(rows) > 1:
        rows.append(_outcome_row("all", tallies, shown))
    return Table(title="", headings=("sandbox", *shown, "runs"), rows=tuple(rows))


def recovery_table(tallies: Sequence[Tally]) -> Table:
    """Return what became of the new runs, with those of which it is not seen yet; no rows where none was watched."""
    counts = {
        word.value: sum(tally.count for tally in tallies if tally.recovery == word)
        for word in Recovery
    }
    rows = [(word, count) for word, count in counts.items() if count]
    unseen = sum(
        tally.count
        for tally in tallies
        if tally.outcome == OutcomeKind.RETRIGGERED and not tally.recovery
    )
    if rows and unseen:
        rows.append((unseen_in_words("", is_watched=True), unseen))
    return Table(title="", headings=("recovery", "runs"), rows=tuple(rows))


def render_status(
    execution: Execution,
    tallies: Sequence[Tally],
    *,
    now_ms: int,
    at_work: AtWork | None,
    sessions: Sequence[Session],
    reasons: str,
    next_steps: Sequence[str],
    unresolved: str = "",
    is_whole: bool = False,
) -> str:
    """Return where an execution stands, as text that ends in a line break.

    Args:
        execution: the execution.
        tallies: its rows, counted.
        now_ms: the present.
        at_work: who works on it now; None: nobody does.
        sessions: in which it was worked so far.
        reasons: a finished table of why runs were not re-triggered.
        next_steps: what to do next, a line each.
        unresolved: a finished list of the runs of which nobody knows what became.
        is_whole: whether nothing is cut, as befits what no terminal shows.
    """
    facts = [
        ("execution", execution.id),
        ("state", _state(execution, at_work)),
        ("spec", f"{execution.spec_name} ({execution.spec_path or 'no file'})"),
        ("reason", execution.reason),
        ("ticket", execution.ticket or ""),
        ("who", f"{execution.who} on {execution.host}"),
        ("CI job", execution.ci_job_url),
        (
            "started",
            f"{person_time(execution.started_at_ms)}{_duration(execution, now_ms, sessions)}",
        ),
        ("planned", f"{execution.planned:,} runs, {execution.passed_over:,} passed over"),
        ("settled", _settled(execution, tallies)),
        ("paused", at_work.paused.removeprefix("paused ") if at_work else ""),
        ("waits", at_work.soak if at_work else ""),
        ("limits", f"{at_work.limits} (ordered)" if at_work and at_work.limits else ""),
        ("rate", at_work.rates if at_work else ""),
        ("pace", _pace(at_work, left=_left(tallies)) if at_work else ""),
    ]
    shown = terminal if is_whole else brief
    lines = [f"{label:<11}{shown(value)}" for label, value in facts if value]
    outcomes = replace(
        outcome_table(execution, tallies), widest=WHOLE if is_whole else _WIDEST_CELL
    )
    sections = ["\n".join(lines) + "\n", aligned(outcomes)]
    if (recoveries := recovery_table(tallies)).rows:
        sections.append(aligned(recoveries))
    sections += [f"{text}\n" for text in (reasons, unresolved) if text]
    if next_steps:
        sections.append("".join(f"- {terminal(step)}\n" for step in next_steps))
    return "\n".join(sections)


def _state(execution: Execution, at_work: AtWork | None) -> str:
    if at_work:
        seen = duration_text(at_work.seconds_since_seen)
        return (
            f"{execution.state}, worked on by {at_work.who} on {at_work.host}, last seen {seen} ago"
        )
    if execution.state == "running":
        return "cut off: nobody works on it any more"
    because = f": {execution.stopped_because}" if execution.stopped_because else ""
    code = "" if execution.exit_code is None else f" (exit code {execution.exit_code})"
    return f"{execution.state}{because}{code}"


def _duration(execution: Execution, now_ms: int, sessions: Sequence[Session]) -> str:
    """Return how long it was worked, or how long ago it began; of one that went on later both."""
    worked = worked_in_words(sessions)
    if execution.finished_at_ms is not None:
        return f", took {worked}"
    ago = f", {duration_text((now_ms - execution.started_at_ms) / 1000)} ago"
    return f"{ago}, worked {worked}" if len(sessions) > 1 else ago


def _settled(execution: Execution, tallies: Sequence[Tally]) -> str:
    done = execution.planned - _left(tallies)
    percent = 100 * done // execution.planned if execution.planned else 100
    return f"{done:,} of {execution.planned:,} ({percent}%)"


def _left(tallies: Sequence[Tally]) -> int:
    open_ones = LEFT | {IN_FLIGHT, OutcomeKind.UNRESOLVED}
    return sum(tally.count for tally in tallies if tally.is_planned and tally.outcome in open_ones)


def _pace(at_work: AtWork, *, left: int) -> str:
    lately = f"in the last {duration_text(at_work.seconds)}"
    if not at_work.settled or not at_work.seconds:
        return f"nothing settled {lately}, {left:,} left"
    per_second = at_work.settled / at_work.seconds
    goes_on = left and not at_work.paused and not at_work.soak  # else a pace foretells nothing
    takes = f", about {duration_text(max(left / per_second, 1))}" if goes_on else ""
    return f"{per_second:.1f}/s {lately}, {left:,} left{takes}"


def _outcome_row(
    name: str, tallies: Sequence[Tally], shown: Sequence[str]
) -> tuple[str | int, ...]:
    counts = [sum(tally.count for tally in tallies if _column(tally) == word) for word in shown]
    return (name, *counts, sum(counts))


def _column(tally: Tally) -> str:
    return (tally.outcome or NOT_SETTLED) if tally.is_planned else PASSED_OVER


def _shown(cell: str | int, widest: int) -> str:
    if isinstance(cell, int):
        return f"{cell:,}"
    if widest >= WHOLE:
        return terminal(cell)
    return fitted(brief(cell), columns=widest)


def _is_numeric(table: Table, column: int) -> bool:
    return bool(table.rows) and all(isinstance(row[column], int) for row in table.rows)


def _line(cells: Sequence[str], *, widths: Sequence[int], at_right: Sequence[bool]) -> str:
    padded = []
    for cell, width, right in zip(cells, widths, at_right, strict=True):
        blanks = " " * (width - columns_wide(cell))
        # Between marks, a name from right to left does not take the numbers beside it with it.
        shown = f"{_LEFT_TO_RIGHT}{cell}{_LEFT_TO_RIGHT}" if is_right_to_left(cell) else cell
        padded.append(blanks + shown if right else shown + blanks)
    return _GAP.join(padded).rstrip() + "\n"
