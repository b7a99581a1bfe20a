"""`status` and `report`: what the journal says of executions, also while another process works on one."""

from pathlib import Path

from runner.app.house import House
from runner.app.reporting import known_execution, report
from runner.app.telling import steps_in_words
from runner.journal import open_journal
from runner.model.text import person_time, terminal
from runner.progress import Table, aligned, render_status


def status(name: str | None, *, house: House) -> int:
    """Print where one execution stands, or (no name) the list of them and where the newest stands."""
    journal = open_journal(house.journal_place, make=False)
    try:
        execution = known_execution(journal, name)
        if name is None:
            rows = [
                (one.id, one.state, person_time(one.started_at_ms), one.planned)
                for one in journal.executions()
            ]
            if len(rows) > 1:
                headings = ("execution", "state", "started", "planned")
                house.console.out(aligned(Table(title="", headings=headings, rows=tuple(rows))))
        tallies = journal.tallies(execution.id)
        house.console.out(
            render_status(
                execution,
                tallies,
                now_ms=house.clock.now_ms(),
                next_steps=steps_in_words(execution, tallies),
            ).rstrip("\n")
        )
        for lease in journal.leases(execution.id)[:1]:
            seen = person_time(lease.heartbeat_ms)
            house.console.out(
                terminal(
                    f"worked on by {lease.holder.who} on {lease.holder.host}, last seen {seen}"
                )
            )
    finally:
        journal.close()
    return 0


def report_again(name: str | None, *, directory: Path | None, house: House) -> int:
    """Write an execution's reports again from the journal."""
    journal = open_journal(house.journal_place, make=False)
    try:
        execution = known_execution(journal, name)
        for path in report(journal, execution, directory=directory):
            house.console.out(terminal(str(path)))
    finally:
        journal.close()
    return 0
