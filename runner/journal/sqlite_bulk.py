"""Write many intents and outcomes with one statement each.

A statement for each row hands Python's global lock to and fro for each row, and the event loop waits for it after each
send. So rows go to SQLite as one JSON text, and the lock is let go once. What JSON cannot carry to SQLite as it is
(lone surrogates, NUL) goes the slow way, row by row; so does a batch in which a run occurs twice: its order counts.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from itertools import count

from runner.journal.entries import Claimed, Entry, Settled
from runner.journal.sqlite_writes import apply, claimed_row, settled_row

_FEWEST = 4
"""Below so many rows a statement for each is as quick."""


def _columns(names: str) -> str:
    """Return what takes each column out of the rows of a JSON text, in order."""
    numbers = count()
    return ", ".join(
        f"json_extract(j.value, '$[{next(numbers)}]') AS {name}" for name in names.split()
    )


_CLAIM_COLUMNS = _columns(
    "position run_id attempts request_id asked_at_ms send_by_ms server_offset_ms"
)
_SETTLE_COLUMNS = _columns(
    "position run_id state attempts outcome reason evidence new_run_id new_etag new_status recovery http_status "
    "request_id asked_at_ms settled_at_ms never_absent cut_off"
)
_CLAIM = f"""
INSERT INTO standing (execution, position, run_id, state, attempts, request_id, asked_at_ms, send_by_ms,
  server_offset_ms)
SELECT p.execution, p.position, p.run_id, 'asked', n.attempts, n.request_id, n.asked_at_ms, n.send_by_ms,
  n.server_offset_ms
FROM (SELECT {_CLAIM_COLUMNS} FROM json_each(?2) j) n
CROSS JOIN planned p ON p.execution = ?1 AND p.position = n.position AND p.run_id = n.run_id
WHERE true
ON CONFLICT (execution, position) DO UPDATE SET
  state = 'asked', attempts = excluded.attempts, request_id = excluded.request_id,
  asked_at_ms = excluded.asked_at_ms, send_by_ms = excluded.send_by_ms,
  server_offset_ms = excluded.server_offset_ms, reason = ''
WHERE state = 'planned'
"""  # noqa: S608  # our own columns
_SETTLE = f"""
INSERT INTO standing (execution, position, run_id, state, attempts, outcome, reason, evidence, new_run_id, new_etag,
  new_status, recovery, http_status, request_id, asked_at_ms, settled_at_ms, doubted, never_absent, cut_off)
SELECT p.execution, p.position, p.run_id, n.state, n.attempts, n.outcome, n.reason, n.evidence, n.new_run_id,
  n.new_etag, n.new_status, n.recovery, n.http_status, n.request_id, n.asked_at_ms, n.settled_at_ms,
  n.state = 'unresolved', n.never_absent, n.cut_off
FROM (SELECT {_SETTLE_COLUMNS} FROM json_each(?2) j) n
CROSS JOIN planned p ON p.execution = ?1 AND p.position = n.position AND p.run_id = n.run_id
WHERE true
ON CONFLICT (execution, position) DO UPDATE SET
  state = excluded.state, attempts = max(attempts, excluded.attempts), outcome = excluded.outcome,
  reason = excluded.reason, evidence = excluded.evidence, new_run_id = excluded.new_run_id,
  new_etag = excluded.new_etag, new_status = excluded.new_status, recovery = excluded.recovery,
  http_status = coalesce(excluded.http_status, http_status),
  request_id = CASE excluded.request_id WHEN '' THEN request_id ELSE excluded.request_id END,
  asked_at_ms = coalesce(excluded.asked_at_ms, asked_at_ms), settled_at_ms = excluded.settled_at_ms,
  doubted = max(doubted, excluded.doubted), never_absent = max(never_absent, excluded.never_absent),
  cut_off = excluded.cut_off
WHERE state <> 'settled'
"""  # noqa: S608  # likewise


def apply_all(writer: sqlite3.Connection, number: int, entries: Sequence[Entry]) -> None:
    """Change what stands, by many entries, as ``apply`` does by one after another."""
    claims = [claimed_row(number, entry)[1:] for entry in entries if isinstance(entry, Claimed)]
    outcomes = [settled_row(number, entry)[1:] for entry in entries if isinstance(entry, Settled)]
    if _is_worth_it(entries, rows=len(claims) + len(outcomes)) and _in_bulk(
        writer, number, {_CLAIM: claims, _SETTLE: outcomes}
    ):
        rest: Sequence[Entry] = [e for e in entries if not isinstance(e, Claimed | Settled)]
    else:
        rest = entries
    for entry in rest:
        apply(writer, number, entry)


def _is_worth_it(entries: Sequence[Entry], *, rows: int) -> bool:
    positions = [entry.position for entry in entries if hasattr(entry, "position")]
    return rows >= _FEWEST and len(set(positions)) == len(positions)


def _in_bulk(
    writer: sqlite3.Connection, number: int, rows: Mapping[str, Sequence[tuple[object, ...]]]
) -> bool:
    """Write the rows of each statement; where one of them is not taken, write nothing and return false."""
    texts = {
        statement: json.dumps(some, ensure_ascii=False) for statement, some in rows.items() if some
    }
    if any("\\u0000" in text for text in texts.values()):
        return False
    writer.execute("SAVEPOINT bulk")
    try:
        taken = all(
            writer.execute(statement, (number, text)).rowcount == len(rows[statement])
            for statement, text in texts.items()
        )
    except UnicodeEncodeError:
        taken = False
    if not taken:
        writer.execute("ROLLBACK TO bulk")
    writer.execute("RELEASE bulk")
    return taken
