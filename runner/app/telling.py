"""Tell a person how an execution came to rest."""

import os
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from filecmp import cmp
from pathlib import Path

from runner.app.house import JOURNAL_VARIABLE, House, standpoint
from runner.app.reading import is_that_spec
from runner.app.working import Worked
from runner.model.advised import Standpoint
from runner.model.report import Execution, ResultRow, Tally
from runner.model.session import Session, worked_in_words, worked_seconds
from runner.model.text import brief, counted, duration_text, terminal
from runner.model.words import OutcomeKind, Recovery
from runner.plan import read_forecast
from runner.progress import WHOLE, Table, aligned, outcome_table, recovery_table
from runner.report import (
    NOT_DONE,
    Step,
    Worst,
    next_steps,
    resume_command,
    rows_file,
    step_in_words,
    totals_of,
    verdict,
)

_MOST_REASONS = 10
_WIDEST_REASON = 120


def tell_end(worked: Worked, *, house: House) -> None:
    """Print what was done, the tables of it, where the reports are, and what to do next."""
    execution = worked.execution
    console = house.console
    console.out(_headline(execution, worked.sessions))
    goes_on = len(worked.sessions) > 1
    if goes_on and worked.before is not None:
        console.out(_this_session(worked.before, worked))
    sums = verdict(execution, totals_of(execution, worked.tallies))
    console.out(f"in all: {sums}" if goes_on else sums)
    tables = (
        aligned(outcome_table(execution, worked.tallies)),
        aligned(recoveries) if (recoveries := recovery_table(worked.tallies)).rows else "",
        reasons_in_words(execution, worked.tallies),
        duplicates_in_words(worked.duplicated, worked.tallies),
    )
    console.out("\n\n".join(table.rstrip("\n") for table in tables if table))
    console.out(_report_line(worked.reports))
    for step in steps_in_words(execution, worked.tallies, worked.worst, house=house):
        console.out(step)


def steps_in_words(
    execution: Execution, tallies: Sequence[Tally], worst: Worst, *, house: House
) -> list[str]:
    """Return what a person should do next, a line each; its command works as it is, with this journal."""
    at = _standpoint(execution, house=house)
    resume = resume_command(execution, at=at)
    able = resume_command(execution, at=at, path=_what_goes_on(execution, Path(at.folder)))
    folder = f"cd {shlex.quote(at.folder)} && " if at.folder else ""

    def as_it_is(command: str) -> str:
        return f"{folder}{able if command == resume else command}"

    steps = next_steps(execution, tallies, worst, at=at)
    if steps and not _has_reports(execution, Path(at.folder)):
        why = "Its reports are not there, or not whole. Write them first, with"
        steps = (Step(why=why, command=at.command("report", execution.id)), *steps)
    lines = [terminal(step_in_words(step, foreign=str, code=as_it_is)) for step in steps]
    if (
        not at.journal
        and house.environment.get(JOURNAL_VARIABLE)
        and any(one.command for one in steps)
    ):
        lines.append(
            f"These commands find the journal through {JOURNAL_VARIABLE}, as it is set here."
        )
    return lines


def _has_reports(execution: Execution, folder: Path) -> bool:
    """Whether the files are there that steps name: a process that was killed wrote none, and folders get deleted."""
    reports = folder / execution.reports_directory
    with suppress(OSError):  # a folder that may not be looked into
        return all((reports / name).is_file() for name in (rows_file(execution), "spec.yaml"))
    return False


def _standpoint(execution: Execution, *, house: House) -> Standpoint:
    """Return from where commands are given: here, or where it was worked, if that is another folder of this machine."""
    folder = execution.working_folder
    with suppress(OSError):
        if folder and not Path(folder).samefile(Path.cwd()):
            place = Path(house.journal_place).expanduser().absolute()
            return Standpoint(folder=folder, journal=str(place))
    return standpoint(house)


def _what_goes_on(execution: Execution, folder: Path) -> str:
    """Return the plan that was kept where the spec's file is another now, or none; nothing: go on as it was applied."""
    kept = Path(execution.reports_directory) / "plan.jsonl"
    applied = execution.applied or execution.spec_path
    if not applied or is_that_spec(folder / applied, execution.spec_text):
        return ""
    try:
        if not (folder / kept).is_file():
            return ""
    except OSError:  # a folder that may not be looked into
        return ""
    with suppress(OSError):
        if cmp(folder / applied, folder / kept, shallow=False):
            return ""
    return str(kept)


def reasons_in_words(
    execution: Execution, tallies: Sequence[Tally], *, is_whole: bool = False
) -> str:
    """Return why planned runs were not re-triggered, most frequent reason first; nothing where all were.

    With ``is_whole`` no reason is cut.
    """
    reasons = totals_of(execution, tallies).of_outcomes(OutcomeKind.UNRESOLVED, *NOT_DONE)
    if not reasons:
        return ""
    rows = tuple((each.outcome, each.count, each.reason) for each in reasons[:_MOST_REASONS])
    headings = ("outcome", "runs", "reason")
    widest = WHOLE if is_whole else _WIDEST_REASON
    table = Table(title="", headings=headings, rows=rows, widest=widest)
    more = len(reasons) - len(rows)
    return aligned(table).rstrip("\n") + (f"\nand {counted(more, 'more reason')}" if more else "")


def duplicates_in_words(rows: Sequence[ResultRow], tallies: Sequence[Tally]) -> str:
    """Return which runs were re-triggered elsewhere too, the first of them by name; nothing where none was."""
    if not rows:
        return ""
    cells = tuple((row.old_run_id, row.new_run_id, row.duplicated_by) for row in rows)
    headings = ("re-triggered elsewhere too", "new run", "duplicated_by")
    table = aligned(Table(title="", headings=headings, rows=cells, widest=WHOLE)).rstrip("\n")
    more = sum(tally.duplicated for tally in tallies) - len(rows)
    return table + (f"\nand {counted(more, 'more run')}" if more else "")


def _headline(execution: Execution, sessions: Sequence[Session]) -> str:
    took = ""
    if execution.finished_at_ms is not None:
        worked = worked_in_words(sessions)
        expected = _expected_seconds(execution, sessions)
        if expected is not None:
            took = f", forecast {duration_text(expected)}, took {worked}"
        else:
            took = f" in {worked}" if len(sessions) < 2 else f", took {worked}"  # noqa: PLR2004  # the usual case
    because = f": {execution.stopped_because}" if execution.stopped_because else ""
    return brief(f"{execution.id} {execution.state}{took}{because}")


def _expected_seconds(execution: Execution, sessions: Sequence[Session]) -> float | None:
    """Return what was forecast; None where it cannot be compared: not all was done, or some of it by looking again."""
    looked_again = any(session.is_reconciling for session in sessions)
    if execution.state != "finished" or not execution.planned or looked_again:
        return None
    return read_forecast(Path(execution.reports_directory) / "plan.jsonl")


def _this_session(before: Sequence[Tally], worked: Worked) -> str:
    """Return what the last session added, apart from the totals of all."""
    outcomes = _by_outcome(worked.tallies) - _by_outcome(before)
    recoveries = _by_recovery(worked.tallies) - _by_recovery(before)
    done = _counts(outcomes, [word for word in OutcomeKind if word != OutcomeKind.NOT_ATTEMPTED])
    ended = _counts(recoveries, Recovery)
    took = duration_text(worked_seconds(worked.sessions[-1:]))
    seen = f"; of all new runs {ended} meanwhile" if ended else ""
    return f"this session: {done or 'nothing new'}, in {took}{seen}"


def _counts(counts: Mapping[str, int], words: Iterable[str]) -> str:
    return ", ".join(f"{count:,} {word}" for word in words if (count := counts[word]))


def _by_outcome(tallies: Sequence[Tally]) -> Counter[str]:
    counts = Counter[str]()
    for tally in tallies:
        counts[tally.outcome] += tally.count if tally.is_planned else 0
    return counts


def _by_recovery(tallies: Sequence[Tally]) -> Counter[str]:
    counts = Counter[str]()
    for tally in tallies:
        counts[tally.recovery] += tally.count if tally.recovery else 0
    return counts


def _report_line(paths: Sequence[Path]) -> str:
    return terminal(f"reports: {paths[0].parent}{os.sep}") if paths else ""
