"""The commands for the journal itself; ``runner.app`` is imported late here too."""

from pathlib import Path

import click

from runner.cli.options import PATH, journalled
from runner.cli.wiring import Talk, house_for


@click.group("journal", short_help="The journal itself: back it up.")
def journal_commands() -> None:
    """Look after the journal, which knows what was re-triggered."""


@journal_commands.command(short_help="Copy the journal soundly, also while it is used.")
@click.argument("file", type=PATH)
@journalled
def backup(file: Path, *, journal: str | None) -> int:
    """Copy the journal to FILE, which must not be there yet, also while executions work with it.

    The copy is one file, whole or not at all, readable by its owner only, synced, and checked: its pages, and the
    chain of each execution's events. A copy of the journal's own file alone can lack what is still in the log beside
    it.

    Exit codes: 0 it is there, 2 FILE is there already or has no folder, 7 the journal or the disk refuses.
    """
    from runner.app.backing_up import backup as run_backup  # noqa: PLC0415  # late: help must be quick

    return run_backup(file, house=house_for(Talk(journal=journal)))
