"""A plan on one page of Markdown, for a pull request or a CI job's summary: what will be done, and what will not.

Pure. Bounded: long lists are cut and say how many more there are. Everything written by others is shown as inline
code. Counting the runs is done elsewhere.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Protocol

from runner.model.advised import Standpoint
from runner.model.markdown import is_web_address, markdown, markdown_link
from runner.model.outlook import Forecast, Outlook, SandboxForecast
from runner.model.plan import FrozenWindow, PlanHeader
from runner.model.text import counted, duration_text, person_time, shortened
from runner.plan.file import PlanFile, passed_over_path
from runner.plan.outlook_words import alerts_in_words, failures_section, sources_section
from runner.plan.selection_words import SelectionLines

MOST_LINES = 50
"""How many lines each list has at most."""
_LONGEST_TEXT = 300
_LONGEST_CELL = 120
_HERE = Standpoint()


class Headline(Protocol):
    """How many planned runs share a sandbox, a flow and an error code."""

    @property
    def sandbox(self) -> str:
        """The sandbox's name."""
        ...

    @property
    def flow_id(self) -> str:
        """The flow's id."""
        ...

    @property
    def flow_name(self) -> str:
        """The flow's name; empty where it is not known."""
        ...

    @property
    def error_code(self) -> str:
        """The first error's code; empty where the runs carry none."""
        ...

    @property
    def runs(self) -> int:
        """How many runs there are."""
        ...


_NO_LINES = SelectionLines()


def plan_summary(
    plan: PlanFile,
    *,
    headlines: Sequence[Headline],
    reasons: Sequence[tuple[str, str, int]],
    outlook: Outlook,
    limits: str,
    selection: SelectionLines = _NO_LINES,
    files: Sequence[str] = (),
    at: Standpoint = _HERE,
) -> str:
    """Return the page.

    Args:
        plan: as it was written.
        headlines: the planned runs, counted by sandbox, flow and error code.
        reasons: the passed-over runs: sandbox, reason, count.
        outlook: what it tells beyond counts.
        limits: the limits in words.
        selection: what finding the runs told, as lines of Markdown.
        files: what was read of each file of run ids, in words.
        at: from where it is applied.
    """
    sections: tuple[Iterable[str], ...] = (
        [f"# Re-trigger plan: {_cell(plan.header.spec_name)}", "", _verdict(plan), ""],
        _listed("Warnings", selection.warnings),
        _facts(plan, forecast=outlook.forecast, limits=limits),
        _sandboxes(plan.header, headlines, outlook.forecast),
        failures_section(outlook),
        sources_section(outlook.sources),
        _planned(headlines),
        _listed("Files of run ids", [markdown(words) for words in files]),
        _passed_over(plan, reasons),
        _listed("Where nothing is left", selection.nothing),
        _listed("What the patterns matched", selection.matched),
        _windows(plan.header.windows),
        _how_to_apply(plan, at),
    )
    return "\n".join(chain.from_iterable(sections))


def _listed(heading: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield from (f"## {heading}", "", *(f"- {line}" for line in lines), "")


def _verdict(plan: PlanFile) -> str:
    passed_over = f"{counted(plan.footer.passed_over, 'run')} passed over"
    if not plan.footer.runs:
        return f"Nothing will be re-triggered; {passed_over}."
    return f"**{counted(plan.footer.runs, 'run')} will be re-triggered**; {passed_over}. A re-trigger cannot be undone."


def _facts(plan: PlanFile, *, forecast: Forecast, limits: str) -> Iterator[str]:
    header, runs = plan.header, plan.footer.runs
    takes = f"at least {duration_text(forecast.seconds)} at {limits}" if runs else ""
    facts = (
        ("Reason", _foreign(header.reason)),
        ("Ticket", _foreign(header.ticket or "")),
        ("Organisation", _foreign(header.org_id)),
        ("Platform", _foreign(header.platform_url)),
        ("Takes", takes),
        ("Set by", _foreign(forecast.bound_by) if runs else ""),
        ("Alerts", alerts_in_words(runs)),
        ("Made at", person_time(header.created_at_ms)),
        ("Valid until", f"{person_time(header.expires_at_ms)}; after that it is refused"),
        ("Spec", _foreign(header.spec_path)),
        ("Spec SHA-256", _foreign(header.spec_sha256)),
        ("Plan SHA-256", _foreign(plan.sha256)),
        ("Tool", _foreign(f"retrigger {header.tool_version}")),
    )
    yield from ("| | |", "|---|---|")
    yield from (_table_row(fact) for fact in facts if fact[1])
    yield ""


def _sandboxes(
    header: PlanHeader, headlines: Sequence[Headline], forecast: Forecast
) -> Iterator[str]:
    loads = {each.name: each for each in forecast.sandboxes}
    yield from ("## Sandboxes", "")
    yield "| sandbox | type | flows | runs | takes at least | fullest hour | running at once |"
    yield "|---|---|--:|--:|--:|--:|--:|"
    for sandbox in header.sandboxes:
        mine = [line for line in headlines if line.sandbox == sandbox.name]
        flows, runs = len({line.flow_id for line in mine}), sum(line.runs for line in mine)
        names = (_cell(sandbox.name), _cell(sandbox.type))
        yield _table_row([*names, f"{flows:,}", f"{runs:,}", *_load(loads.get(sandbox.name))])
    yield ""


def _load(load: SandboxForecast | None) -> tuple[str, str, str]:
    """Return what a sandbox's runs take, and start and have in progress at the fullest."""
    if load is None or not load.runs:
        return ("", "", "")
    running = "unknown" if load.running is None else f"{load.running:,}"
    return (duration_text(load.seconds), counted(load.per_hour, "run"), running)


def _planned(headlines: Sequence[Headline]) -> Iterator[str]:
    if not headlines:
        return
    largest_first = sorted(headlines, key=lambda line: -line.runs)
    yield from ("## What will be re-triggered", "")
    yield from ("| runs | sandbox | flow | flow id | error |", "|--:|---|---|---|---|")
    yield from (_planned_row(line) for line in largest_first[:MOST_LINES])
    yield ""
    yield from _more(largest_first[MOST_LINES:])


def _planned_row(line: Headline) -> str:
    foreign = (line.sandbox, line.flow_name, line.flow_id, line.error_code)
    return _table_row([f"{line.runs:,}", *map(_cell, foreign)])


def _more(rest: Sequence[Headline]) -> Iterator[str]:
    if rest:
        runs = sum(line.runs for line in rest)
        yield from (
            f"… and {counted(len(rest), 'more line')} ({counted(runs, 'run')}); the plan names every run.",
            "",
        )


def _passed_over(plan: PlanFile, reasons: Sequence[tuple[str, str, int]]) -> Iterator[str]:
    if not reasons:
        return
    yield from ("## What is passed over, and why", "")
    yield from ("| runs | sandbox | reason |", "|--:|---|---|")
    largest_first = sorted(reasons, key=lambda each: -each[2])
    for sandbox, reason, count in largest_first[:MOST_LINES]:
        yield _table_row([f"{count:,}", _cell(sandbox), _cell(reason)])
    yield ""
    rest = largest_first[MOST_LINES:]
    more = (
        f"… and {counted(len(rest), 'more line')} ({counted(sum(each[2] for each in rest), 'run')}). "
        if rest
        else ""
    )
    beside = markdown(passed_over_path(plan.path).name)
    yield from (f"{more}{beside}, beside the plan, names each with its reason.", "")


def _windows(windows: Sequence[FrozenWindow]) -> Iterator[str]:
    if not windows:
        return
    yield from ("## Spans of time, frozen", "")
    yield from ("| sandbox | filter | started from | started before |", "|---|--:|---|---|")
    for window in windows[:MOST_LINES]:
        number = str(window.filter_number)
        yield _table_row([_cell(window.sandbox), number, _end(window.from_ms), _end(window.to_ms)])
    yield ""
    rest = len(windows) - MOST_LINES
    if rest > 0:
        yield from (f"… and {rest:,} more filters; the plan's first line has them all.", "")


def _how_to_apply(plan: PlanFile, at: Standpoint) -> Iterator[str]:
    yield from ("## How to apply it", "")
    if not plan.footer.runs:
        yield from ("There is nothing to apply.", "")
        return
    if at.folder:
        yield from (f"From {markdown(at.folder)}:", "")
    command = at.command("apply", plan.path)
    yield f"{markdown(command)} does exactly this plan or refuses. A run that changed meanwhile is skipped."
    yield ""


def _end(epoch_ms: int | None) -> str:
    return "open" if epoch_ms is None else person_time(epoch_ms)


def _foreign(text: str) -> str:
    if is_web_address(text) and len(text) <= _LONGEST_TEXT:
        return markdown_link(text)
    return markdown(shortened(text, longest=_LONGEST_TEXT))


def _cell(text: str) -> str:
    return markdown(shortened(text, longest=_LONGEST_CELL))


def _table_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
