"""`status --run`: what the journal knows of one run, in any execution."""

from typing import Literal

from runner.app.house import House
from runner.app.reporting import known_execution
from runner.journal import open_journal
from runner.report import run_json, run_text

NOTHING_KNOWN = 1


def tell_run(
    run_id: str, *, execution: str | None, output: Literal["text", "json"], house: House
) -> int:
    """Print what happened to a run, in every execution or only in one; return 1 where nothing is known of it."""
    journal = open_journal(house.journal_place, make=False)
    try:
        found = journal.runs_found(run_id)
        if execution is not None:
            only = known_execution(journal, execution, house=house).id
            found = [one for one in found if one.execution.id == only]
        in_words = run_json if output == "json" else run_text
        house.console.out(in_words(run_id, found, journal=journal.place).rstrip("\n"))
    finally:
        journal.close()
    return 0 if found else NOTHING_KNOWN
