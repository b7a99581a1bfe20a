"""`journal backup`: a sound copy of the journal, made while it is used."""

from pathlib import Path

from runner.app.house import House
from runner.journal import back_up
from runner.model.text import counted, terminal


def backup(target: Path, *, house: House) -> int:
    """Back the journal up to a file that is not there yet; return the exit code."""
    made = back_up(house.journal_place, target)
    holds = f"{counted(made.executions, 'execution')}, {counted(made.events, 'event')}"
    house.console.out(
        terminal(f"backup of {made.journal}: {target}: {holds}; it is sound and every chain holds")
    )
    return 0
