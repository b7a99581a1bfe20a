"""Tell a person which journal is used, and how an execution came to rest."""

import os
from collections.abc import Sequence
from pathlib import Path

from runner.app.house import House
from runner.app.working import Worked
from runner.journal import Journal
from runner.model.report import Execution, Tally
from runner.model.text import brief, duration_text, terminal
from runner.plan import read_forecast
from runner.progress import aligned, outcome_table, recovery_table
from runner.report import next_steps


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
    console.out(aligned(outcome_table(execution, worked.tallies)).rstrip("\n"))
    if (recoveries := recovery_table(worked.tallies)).rows:
        console.out(aligned(recoveries).rstrip("\n"))
    console.out(_report_lines(worked.reports))
    for step in steps_in_words(execution, worked.tallies):
        console.out(step)


def steps_in_words(execution: Execution, tallies: Sequence[Tally]) -> list[str]:
    """Return what a person should do next, a line each."""
    steps = next_steps(execution, tallies)
    return [terminal(f"{step.why} {step.command}".strip()) for step in steps]


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


def _report_lines(paths: Sequence[Path]) -> str:
    if not paths:
        return ""
    folder = paths[0].parent
    names = ", ".join(path.name for path in paths)
    return terminal(f"reports: {folder}{os.sep} ({names})")
