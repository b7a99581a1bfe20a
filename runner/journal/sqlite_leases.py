"""Leases in the SQLite journal: all flows of an execution or none, renewed together, dropped together."""

import sqlite3

from runner.errors import FlowsHeld
from runner.journal.sqlite_file import SqliteFile, status_of
from runner.model.lease import Hold, Holder, Lease
from runner.model.words import ExecutionId, FlowId, SandboxName

_COLUMNS = "sandbox, flow_id, execution_id, holder, who, host, process, since_ms, heartbeat_ms, expires_at_ms"

_IN_THE_WAY = f"""
SELECT {_COLUMNS} FROM leases
WHERE holder <> ?1 AND (org_id, sandbox, lower(flow_id)) IN (
  SELECT e.org_id, l.sandbox, lower(l.flow_id) FROM lanes l JOIN executions e ON e.number = l.execution
  WHERE e.number = ?2)
ORDER BY sandbox, flow_id
"""  # noqa: S608  # the columns are our own
# Two spellings of a flow are one flow: its lease has one row.
_TAKE = """
INSERT OR REPLACE INTO leases
SELECT e.org_id, l.sandbox, lower(l.flow_id), e.id, ?2, ?3, ?4, ?5, ?6, ?6, ?7
FROM lanes l JOIN executions e ON e.number = l.execution WHERE l.execution = ?1
"""
# A holder that lost a flow is remembered, also when whoever took it over has let it go again.
_LOST = "INSERT OR REPLACE INTO meta VALUES ('lost ' || ?, ?)"
_HAS_LOST = "SELECT 1 FROM meta WHERE key = 'lost ' || ?"
_FORGET_LOST = "DELETE FROM meta WHERE key = 'lost ' || ?"


class SqliteLeases(SqliteFile):
    """The part of the journal that says who works on a flow."""

    def take_leases(self, execution_id: ExecutionId, hold: Hold) -> list[Lease]:
        """Take every flow of the execution, or none: then return the leases in the way."""
        with self.transaction() as writer:
            return take_flows(writer, self._number(writer, execution_id), hold)

    def renew_leases(self, holder: Holder, *, now_ms: int, expires_at_ms: int) -> int:
        """Move the expiry of all this holder has; return how many flows it still holds."""
        with self.transaction() as writer:
            return writer.execute(
                "UPDATE leases SET heartbeat_ms = ?, expires_at_ms = ? WHERE holder = ?",
                (now_ms, expires_at_ms, holder.id),
            ).rowcount

    def drop_leases(self, holder: Holder) -> None:
        """Let go of all this holder has."""
        with self.transaction() as writer:
            writer.execute("DELETE FROM leases WHERE holder = ?", (holder.id,))
            writer.execute(_FORGET_LOST, (holder.id,))

    def leases(self, execution_id: ExecutionId) -> list[Lease]:
        """Return who holds this execution's flows now."""
        statement = f"SELECT {_COLUMNS} FROM leases WHERE execution_id = ?"  # noqa: S608  # our own columns
        with self.reading() as reader:
            return [_lease(row) for row in reader.execute(statement, (execution_id,))]


def take_flows(writer: sqlite3.Connection, number: int, hold: Hold) -> list[Lease]:
    """Take every flow of the execution of this number, or none: then return the leases in the way."""
    holder = hold.holder
    rows = writer.execute(_IN_THE_WAY, (holder.id, number)).fetchall()
    others = [_lease(row) for row in rows]
    held = [le for le in others if le.expires_at_ms > hold.now_ms and not hold.is_dead(le)]
    if not held:
        losers = {lease.holder.id for lease in others}
        writer.executemany(_LOST, [(loser, str(hold.now_ms)) for loser in losers])
        who = (holder.id, holder.who, holder.host, holder.process)
        writer.execute(_TAKE, (number, *who, hold.now_ms, hold.expires_at_ms))
    return held


def refuse_who_lost_a_flow(
    writer: sqlite3.Connection, holder: Holder | None, *, place: str
) -> None:
    """Raise FlowsHeld for a holder from whom a flow was taken over: it may write nothing more."""
    if holder and writer.execute(_HAS_LOST, (holder.id,)).fetchone():
        raise FlowsHeld(
            "this process was stopped for longer than its hold on the flows lasts, and another took them over.",
            remedy=f"See `{status_of(place)}` for what became of them, then apply again.",
        )


def _lease(row: tuple[str, str, str, str, str, str, str, int, int, int]) -> Lease:
    sandbox, flow_id, execution_id, holder, who, host, process, since, heartbeat, expires = row
    return Lease(
        sandbox=SandboxName(sandbox),
        flow_id=FlowId(flow_id),
        execution_id=ExecutionId(execution_id),
        holder=Holder(id=holder, who=who, host=host, process=process),
        since_ms=since,
        heartbeat_ms=heartbeat,
        expires_at_ms=expires,
    )
