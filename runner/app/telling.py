"""Tell a person which journal is used, and how an execution came to rest."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from runner.app.house import House, journal_place
from runner.app.working import Worked
from runner.journal import Journal
from runner.model.report import Execution, Tally
from runner.model.text import brief, counted, duration_text, terminal
from runner.model.words import OutcomeKind
from runner.plan import read_forecast
from runner.progress import Table, aligned, outcome_table, recovery_table
from runner.report import NOT_DONE, next_steps, resume_command, totals_of

_MOST_REASONS = 5


def tell_journal(journal: Journal, *, house: House) -> None:
    """Say which journal is used, and loudly when it is new."""
    if journal.is_new:
        house.console.warn(
            f"journal: {journal.place} is new. It has no history: re-triggers done elsewhere are unknown to it.",
            action="journal",
        )
    else:
        house.console.say(f"journal: {journal.place}", action="journal")


def tell_end(worked: Worked, *, house: House) -> None:
    """Print the table of outcomes, where the reports are, and what to do next."""
    execution = worked.execution
    console = house.console
    console.out(_headline(execution))
    tables = (
        aligned(outcome_table(execution, worked.tallies)),
        aligned(recoveries) if (recoveries := recovery_table(worked.tallies)).rows else "",
        reasons_in_words(execution, worked.tallies),
    )
    console.out("\n\n".join(table.rstrip("\n") for table in tables if table))
    console.out(_report_line(worked.reports))
    for step in steps_in_words(execution, worked.tallies, house=house):
        console.out(step)


def steps_in_words(execution: Execution, tallies: Sequence[Tally], *, house: House) -> list[str]:
    """Return what a person should do next, a line each; its command works as it is, with this journal."""
    elsewhere = house.journal_place != journal_place(None, house.environment)
    journal = f" --journal {shlex.quote(house.journal_place)}" if elsewhere else ""
    resume = resume_command(execution)
    return [
        terminal(
            f"{step.why} {_as_it_is(execution, step.command, resume=resume)}{journal}"
            if step.command
            else step.why
        )
        for step in next_steps(execution, tallies)
    ]


def _as_it_is(execution: Execution, command: str, *, resume: str) -> str:
    """Return the command; where the spec's file is another now, or none, the plan that was kept goes on as well."""
    kept = Path(execution.reports_directory) / "plan.jsonl"
    if command != resume or not execution.spec_path:
        return command
    if _is_the_same_spec(execution) or not kept.is_file():
        return command
    return f"retrigger apply {shlex.quote(str(kept))}"


def _is_the_same_spec(execution: Execution) -> bool:
    try:
        return Path(execution.spec_path).read_text(encoding="utf-8-sig") == execution.spec_text
    except (OSError, ValueError):
        return False


def reasons_in_words(execution: Execution, tallies: Sequence[Tally]) -> str:
    """Return why runs were not re-triggered, most frequent reason first; nothing where all were."""
    reasons = totals_of(execution, tallies).of_outcomes(OutcomeKind.UNRESOLVED, *NOT_DONE)
    if not reasons:
        return ""
    rows = tuple((each.outcome, each.count, each.reason) for each in reasons[:_MOST_REASONS])
    table = Table(title="", headings=("outcome", "runs", "reason"), rows=rows)
    more = len(reasons) - len(rows)
    return aligned(table).rstrip("\n") + (f"\nand {counted(more, 'more reason')}" if more else "")


def _headline(execution: Execution) -> str:
    took = ""
    if execution.finished_at_ms is not None:
        took = duration_text((execution.finished_at_ms - execution.started_at_ms) / 1000)
        expected = _expected_seconds(execution)
        took = (
            f" in {took}"
            if expected is None
            else f", forecast {duration_text(expected)}, took {took}"
        )
    because = f": {execution.stopped_because}" if execution.stopped_because else ""
    return brief(f"{execution.id} {execution.state}{took}{because}")


def _expected_seconds(execution: Execution) -> float | None:
    """Return what was forecast; None for an execution that did not do the whole of its plan."""
    if execution.state != "finished" or not execution.planned:
        return None
    return read_forecast(Path(execution.reports_directory) / "plan.jsonl")


def _report_line(paths: Sequence[Path]) -> str:
    return terminal(f"reports: {paths[0].parent}{os.sep}") if paths else ""
