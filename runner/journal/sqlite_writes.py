"""The statements that write to the SQLite journal, each inside a transaction of its caller's."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import assert_never

from runner.journal.entries import (
    Claimed,
    Cleared,
    Duplicated,
    Entry,
    Halted,
    Noted,
    Released,
    Settled,
    Stopped,
    Watched,
)
from runner.journal.events import FIRST_LINK, body_of, chained
from runner.journal.sqlite_duplicates import DUPLICATED, duplicated_row
from runner.journal.sqlite_recoveries import WATCH, watched_row
from runner.journal.storable import storable
from runner.model.plan import PassedOver, PlannedRun
from runner.model.report import Execution, Whereabouts
from runner.model.words import OutcomeKind, RunId

_BATCH = 1000

_CLAIM = """
INSERT INTO standing (execution, position, run_id, state, attempts, request_id, asked_at_ms, send_by_ms,
  server_offset_ms)
SELECT execution, position, run_id, 'asked', ?4, ?5, ?6, ?7, ?8 FROM planned
WHERE execution = ?1 AND position = ?2 AND run_id = ?3
ON CONFLICT (execution, position) DO UPDATE SET
  state = 'asked', attempts = excluded.attempts, request_id = excluded.request_id,
  asked_at_ms = excluded.asked_at_ms, send_by_ms = excluded.send_by_ms,
  server_offset_ms = excluded.server_offset_ms, reason = ''
WHERE state = 'planned'
"""
_RELEASE = """
UPDATE standing SET state = 'planned', attempts = ?, reason = ?, http_status = coalesce(?, http_status)
WHERE execution = ? AND position = ? AND run_id = ? AND state = 'asked'
"""
_SETTLE = """
INSERT INTO standing (execution, position, run_id, state, attempts, outcome, reason, evidence, new_run_id, new_etag,
  new_status, recovery, http_status, request_id, asked_at_ms, settled_at_ms, doubted, never_absent, cut_off)
SELECT execution, position, run_id, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
  ?4 = 'unresolved', ?17, ?18
FROM planned
WHERE execution = ?1 AND position = ?2 AND run_id = ?3
ON CONFLICT (execution, position) DO UPDATE SET
  state = ?4, attempts = max(attempts, ?5), outcome = ?6, reason = ?7, evidence = ?8, new_run_id = ?9, new_etag = ?10,
  new_status = ?11, recovery = ?12, http_status = coalesce(?13, http_status),
  request_id = CASE ?14 WHEN '' THEN request_id ELSE ?14 END,
  asked_at_ms = coalesce(?15, asked_at_ms), settled_at_ms = ?16, doubted = max(doubted, ?4 = 'unresolved'),
  never_absent = max(never_absent, ?17), cut_off = ?18
WHERE state <> 'settled'
"""
_CLEAR = """
UPDATE standing SET state = 'planned', outcome = '', reason = ?, settled_at_ms = NULL
WHERE execution = ? AND position = ? AND run_id = ? AND state = 'unresolved'
"""
# The first condition is what the index of open runs asks for.
_LEFT_ASKED = """
SELECT s.position, s.run_id, s.attempts, s.asked_at_ms, p.lane
FROM standing s JOIN planned p ON p.execution = s.execution AND p.position = s.position
WHERE s.state IN ('asked', 'unresolved') AND s.state = 'asked' AND s.execution = ? ORDER BY p.lane, p.lane_position
"""
_HALT = "UPDATE lanes SET halted = ? WHERE execution = ? AND lane = ?"
_WORKED_AT = """
UPDATE executions SET working_folder = ?, journal_place = ?, applied = ?, options = ? WHERE number = ?
"""
_STOP = """
UPDATE executions SET state = ?, stopped_because = ?, exit_code = ?, finished_at_ms = ? WHERE number = ?
"""
# One statement for all, so that Python's global lock is let go once (see ``sqlite_bulk``). Our lines are ASCII.
_EVENTS = """
INSERT INTO events
SELECT ?1, json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]') FROM json_each(?2)
"""


def insert_execution(writer: sqlite3.Connection, execution: Execution) -> int:
    """Write an execution; return its number."""
    columns = {
        name: getattr(execution, name)
        for name in Execution.__slots__
        if name not in ("sandboxes", "number")
    }
    columns["sandboxes"] = json.dumps([[s.name, s.type, s.region] for s in execution.sandboxes])
    names = ", ".join(columns)
    marks = ", ".join("?" * len(columns))
    statement = f"INSERT INTO executions ({names}) VALUES ({marks})"  # noqa: S608  # names are our own fields
    number = writer.execute(statement, storable(tuple(columns.values()))).lastrowid
    assert number is not None
    return number


def set_whereabouts(writer: sqlite3.Connection, number: int, at: Whereabouts) -> None:
    """Record where and how an execution is worked from now on."""
    row = (at.working_folder, at.journal_place, at.applied, at.options)
    writer.execute(_WORKED_AT, storable((*row, number)))


def insert_planned(writer: sqlite3.Connection, number: int, runs: Iterable[PlannedRun]) -> int:
    """Write the planned runs and their lanes as they stream in; return how many."""
    lanes: dict[tuple[str, str], int] = {}
    batch: list[tuple[object, ...]] = []
    count = 0
    for run in runs:
        found = run.found
        key = (found.sandbox, found.flow_id)
        if key not in lanes:
            lanes[key] = len(lanes) + 1
            writer.execute(
                "INSERT INTO lanes (execution, lane, sandbox, flow_id, flow_name) VALUES (?, ?, ?, ?, ?)",
                storable((number, lanes[key], found.sandbox, found.flow_id, found.flow_name)),
            )
        batch.append(
            (
                number,
                run.position,
                lanes[key],
                run.lane_position,
                run.wave,
                found.run_id,
                found.etag,
                found.status,
                found.error_code,
                found.error_message,
                found.created_at_ms,
                found.updated_at_ms,
                found.started_at_ms,
                found.window_start_ms,
                found.window_end_ms,
            )
        )
        count += 1
        if len(batch) == _BATCH:
            _flush(writer, "planned", batch)
    _flush(writer, "planned", batch)
    return count


def insert_passed_over(writer: sqlite3.Connection, number: int, runs: Iterable[PassedOver]) -> int:
    """Write the passed-over runs as they stream in; return how many."""
    batch: list[tuple[object, ...]] = []
    count = 0
    for run in runs:
        count += 1
        found = run.found
        batch.append(
            (
                number,
                count,
                found.sandbox,
                found.flow_id,
                found.flow_name,
                found.run_id,
                found.etag,
                found.status,
                found.error_code,
                run.reason.value,
                run.detail,
                found.error_message,
                found.created_at_ms,
                found.updated_at_ms,
                found.started_at_ms,
                found.window_start_ms,
                found.window_end_ms,
            )
        )
        if len(batch) == _BATCH:
            _flush(writer, "passed_over", batch)
    _flush(writer, "passed_over", batch)
    return count


def _flush(writer: sqlite3.Connection, table: str, batch: list[tuple[object, ...]]) -> None:
    if not batch:
        return
    marks = ", ".join("?" * len(batch[0]))
    statement = f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608  # our own table names
    before = writer.total_changes
    try:
        writer.executemany(statement, batch)
    except UnicodeEncodeError:
        written = writer.total_changes - before
        writer.executemany(statement, map(storable, batch[written:]))
    batch.clear()


def apply(writer: sqlite3.Connection, number: int, entry: Entry) -> None:  # noqa: C901  # one for each kind of entry
    """Change what stands, by one entry. A change that the former standing forbids is a bug, and is refused."""
    match entry:
        case Claimed():
            _change(writer, _CLAIM, claimed_row(number, entry), entry)
        case Released():
            _change(writer, _RELEASE, _released_row(number, entry), entry)
        case Settled():
            _change(writer, _SETTLE, settled_row(number, entry), entry)
        case Cleared():
            cleared = (entry.because, number, entry.position, entry.run_id)
            _change(writer, _CLEAR, cleared, entry)
        case Watched():
            _change(writer, WATCH, watched_row(number, entry), entry)
        case Duplicated():
            _change(writer, DUPLICATED, duplicated_row(number, entry), entry)
        case Halted():
            for lane in entry.lanes:
                _change(writer, _HALT, (entry.because, number, lane), entry)
        case Stopped():
            row = (entry.state, entry.because, entry.exit_code, entry.at_ms, number)
            _change(writer, _STOP, row, entry)
        case Noted():
            pass
        case _:
            assert_never(entry)


def _change(
    writer: sqlite3.Connection, statement: str, row: tuple[object, ...], entry: Entry
) -> None:
    try:
        changed = writer.execute(statement, row).rowcount
    except UnicodeEncodeError:
        changed = writer.execute(statement, storable(row)).rowcount
    if changed == 0:
        raise AssertionError(f"the journal refuses {entry!r}: what stands does not allow it")


def claimed_row(number: int, entry: Claimed) -> tuple[object, ...]:
    """Return what an intent writes, the execution's number first."""
    return (
        number,
        entry.position,
        entry.run_id,
        entry.attempt,
        entry.request_id,
        entry.at_ms,
        entry.send_by_ms,
        entry.server_offset_ms,
    )


def _released_row(number: int, entry: Released) -> tuple[object, ...]:
    attempts = entry.attempt if entry.counts else entry.attempt - 1
    return (attempts, entry.why, entry.http_status, number, entry.position, entry.run_id)


def settled_row(number: int, entry: Settled) -> tuple[object, ...]:
    """Return what an outcome writes, the execution's number first."""
    return (
        number,
        entry.position,
        entry.run_id,
        "unresolved" if entry.outcome is OutcomeKind.UNRESOLVED else "settled",
        entry.attempts,
        entry.outcome.value,
        entry.reason,
        str(entry.evidence),
        entry.new_run_id,
        entry.new_etag,
        entry.new_status,
        entry.recovery.value if entry.recovery else "",
        entry.http_status,
        entry.request_id,
        entry.asked_at_ms,
        entry.at_ms,
        entry.never_absent,
        entry.cut_off,
    )


def append_events(writer: sqlite3.Connection, number: int, entries: Sequence[Entry]) -> None:
    """Write an event for each entry, chained to those before."""
    last = writer.execute(
        "SELECT number, chain FROM events WHERE execution = ? ORDER BY number DESC LIMIT 1",
        (number,),
    ).fetchone()
    count, former = last or (0, FIRST_LINK)
    rows = []
    for entry in entries:
        count += 1
        line, former = chained(body_of(entry, number=count), former=former)
        rows.append((count, line, former))
    writer.execute(_EVENTS, (number, json.dumps(rows)))


def what_was_left_asked(writer: sqlite3.Connection, number: int, at_ms: int) -> list[Entry]:
    """What an execution that was cut off leaves: of each lane the first asked run is in doubt, the others not.

    A lane's next request leaves only after the former's outcome is durable, so a later claim was never sent.
    """
    rows = writer.execute(_LEFT_ASKED, (number,)).fetchall()
    entries: list[Entry] = []
    lanes = set()
    for position, run_id, attempts, asked_at_ms, lane in rows:
        if lane in lanes:
            entries.append(
                Released(
                    at_ms=at_ms,
                    position=position,
                    run_id=RunId(run_id),
                    attempt=attempts,
                    counts=False,
                    why="claimed ahead and never sent",
                    http_status=None,
                    request_id="",
                )
            )
            continue
        lanes.add(lane)
        entries.append(
            Settled(
                at_ms=at_ms,
                position=position,
                run_id=RunId(run_id),
                outcome=OutcomeKind.UNRESOLVED,
                reason="asked, and the program ended before an answer was recorded",
                cut_off=True,
                attempts=attempts,
                asked_at_ms=asked_at_ms,
            )
        )
    return entries
