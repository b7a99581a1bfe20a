"""The journal in one SQLite file: which transaction does what.

The statements that write are in ``sqlite_writes``, those that read in ``sqlite_reads``, leases in ``sqlite_leases``,
orders in ``sqlite_orders``.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from runner.journal.entries import Entry, Facts, Noted, Settled
from runner.journal.interface import NewExecution
from runner.journal.sqlite_bulk import apply_all
from runner.journal.sqlite_counts import SqliteCounts
from runner.journal.sqlite_doubts import SqliteDoubts
from runner.journal.sqlite_duplicates import SqliteDuplicates
from runner.journal.sqlite_ends import SqliteEnds
from runner.journal.sqlite_leases import SqliteLeases, refuse_who_lost_a_flow, take_flows
from runner.journal.sqlite_orders import SqliteOrders
from runner.journal.sqlite_plans import SqlitePlans
from runner.journal.sqlite_reads import SqliteReads
from runner.journal.sqlite_recoveries import SqliteRecoveries
from runner.journal.sqlite_runs import SqliteRuns
from runner.journal.sqlite_writes import (
    append_events,
    apply,
    insert_execution,
    insert_passed_over,
    insert_planned,
    set_whereabouts,
    what_was_left_asked,
)
from runner.journal.storable import storable
from runner.model.lease import Hold, Holder, Lease
from runner.model.report import Whereabouts
from runner.model.words import ExecutionId


class _Held(Exception):
    """Flows of a new execution are in others' hands."""

    def __init__(self, leases: list[Lease]) -> None:
        super().__init__()
        self.leases = leases


def _take_or_raise(writer: sqlite3.Connection, number: int, hold: Hold) -> None:
    if held := take_flows(writer, number, hold):
        raise _Held(held)


class SqliteJournal(
    SqliteReads,
    SqlitePlans,
    SqliteDoubts,
    SqliteRecoveries,
    SqliteDuplicates,
    SqliteLeases,
    SqliteCounts,
    SqliteEnds,
    SqliteRuns,
    SqliteOrders,
):
    """A journal in one file. See ``runner.journal.interface.Journal`` for what each method promises."""

    def __init__(self, path: Path, *, is_new: bool) -> None:
        super().__init__(path)
        self._is_new = is_new

    @property
    def place(self) -> str:
        """Return the path, as it can be given to ``--journal``."""
        return str(self.path)

    @property
    def is_new(self) -> bool:
        """Return whether it was made just now."""
        return self._is_new

    def begin(self, new: NewExecution, *, hold: Hold | None = None) -> list[Lease]:
        """Record an execution and its whole plan, or nothing; return the leases in the way of its ``hold``."""
        try:
            with self.transaction() as writer:
                number = self._begin(writer, new)
                if hold:
                    _take_or_raise(writer, number, hold)
        except _Held as others:  # raised for the transaction to be taken back
            return others.leases
        return []

    @staticmethod
    def _begin(writer: sqlite3.Connection, new: NewExecution) -> int:
        number = insert_execution(writer, new.execution)
        planned = insert_planned(writer, number, new.runs)
        passed_over = insert_passed_over(writer, number, new.passed_over)
        ends = new.plan_ends
        writer.execute(
            "UPDATE executions SET planned = ?, passed_over = ?, plan_header = ?, plan_footer = ? WHERE number = ?",
            (planned, passed_over, ends.header, ends.footer, number),
        )
        facts: Facts = {
            "planned": planned,
            "passed_over": passed_over,
            "plan": new.execution.plan_sha256,
        }
        started = Noted(at_ms=new.execution.started_at_ms, what="started", facts=facts)
        append_events(writer, number, [started])
        return number

    def write(
        self,
        execution_id: ExecutionId,
        entries: Sequence[Entry],
        *,
        holder: Holder | None = None,
    ) -> None:
        """Record entries and their events, all or none, in this order."""
        with self.transaction() as writer:
            refuse_who_lost_a_flow(writer, holder, place=self.place)
            number = self._number(writer, execution_id)
            apply_all(writer, number, entries)
            append_events(writer, number, entries)

    def report_to(self, execution_id: ExecutionId, directory: str) -> None:
        """Have an execution's reports written to a folder from now on."""
        with self.transaction() as writer:
            number = self._number(writer, execution_id)
            row = storable((directory, number))
            writer.execute("UPDATE executions SET reports_directory = ? WHERE number = ?", row)

    def resume(
        self,
        execution_id: ExecutionId,
        *,
        at_ms: int,
        holder: Holder | None = None,
        whereabouts: Whereabouts | None = None,
    ) -> int:
        """Mark it running again; what was left asked becomes unresolved. Returns how many runs those were."""
        with self.transaction() as writer:
            refuse_who_lost_a_flow(writer, holder, place=self.place)
            number = self._number(writer, execution_id)
            if whereabouts:
                set_whereabouts(writer, number, whereabouts)
            entries = what_was_left_asked(writer, number, at_ms)
            writer.execute(
                "UPDATE executions SET state = 'running', stopped_because = '', exit_code = NULL, "
                "finished_at_ms = NULL WHERE number = ?",
                (number,),
            )
            writer.execute("UPDATE lanes SET halted = '' WHERE execution = ?", (number,))
            for entry in entries:
                apply(writer, number, entry)
            resumed = Noted(at_ms=at_ms, what="resumed", facts={})
            append_events(writer, number, [resumed, *entries])
        return sum(1 for entry in entries if isinstance(entry, Settled))
