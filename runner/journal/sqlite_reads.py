"""What is read from the SQLite journal, and the only place that turns its rows into values."""

import json
from collections.abc import Iterator, Mapping, Sequence

from runner.journal.interface import UNANSWERED, History, LaneState, LastDone, OpenQuestion
from runner.journal.result_rows import result_row
from runner.journal.sqlite_file import SqliteFile
from runner.model.plan import FoundRun, PlannedRun, PlannedSandbox
from runner.model.report import Execution, ResultRow
from runner.model.words import ETag, ExecutionId, FlowId, RunId, SandboxName

LAST_WAVE = 2**62
_MANY = 500
"""How many values one IN list holds."""

PENDING = """
CASE
  WHEN coalesce(s.state, '') = 'asked' THEN 'unresolved'
  WHEN coalesce(s.outcome, '') <> '' THEN s.outcome
  WHEN e.state = 'running' THEN ''
  ELSE 'not_attempted'
END
"""
WHY = f"""
CASE
  WHEN coalesce(s.state, '') = 'asked' THEN '{UNANSWERED}'
  WHEN coalesce(s.recovery_reason, '') <> '' THEN
    s.reason || CASE s.reason WHEN '' THEN '' ELSE '; ' END || s.recovery_reason
  WHEN coalesce(s.outcome, '') <> '' THEN s.reason
  WHEN l.halted <> '' THEN l.halted
  WHEN e.state = 'running' THEN ''
  ELSE e.stopped_because
END
"""
JOINED = """
FROM planned p
JOIN executions e ON e.number = p.execution
JOIN lanes l ON l.execution = p.execution AND l.lane = p.lane
LEFT JOIN standing s ON s.execution = p.execution AND s.position = p.position
WHERE p.execution = ?
"""
ROW_COLUMNS = f"""
  e.id, l.sandbox, l.flow_id, l.flow_name, p.run_id, coalesce(p.etag, ''), p.status, p.error_code,
  {PENDING}, {WHY}, coalesce(s.evidence, ''), coalesce(s.new_run_id, ''), coalesce(s.new_etag, ''),
  coalesce(s.new_status, ''), coalesce(s.recovery, ''), s.records_in, s.records_out, coalesce(s.attempts, 0),
  s.http_status, coalesce(s.request_id, ''), p.wave, s.asked_at_ms, s.settled_at_ms, coalesce(s.duplicated_by, ''),
  p.window_start_ms, p.window_end_ms
"""
_ROWS = f"SELECT {ROW_COLUMNS} {JOINED} ORDER BY p.position"  # put together from our own constants
PASSED_OVER_COLUMNS = """
  e.id, o.sandbox, o.flow_id, o.flow_name, o.run_id, coalesce(o.etag, ''), o.status, o.error_code, 'skipped',
  o.reason || CASE o.detail WHEN '' THEN '' ELSE ': ' || o.detail END,
  '', '', '', '', '', NULL, NULL, 0, NULL, '', NULL, NULL, NULL, '', NULL, NULL
"""
_PASSED_OVER_ROWS = f"""
SELECT {PASSED_OVER_COLUMNS}
FROM passed_over o JOIN executions e ON e.number = o.execution WHERE o.execution = ? ORDER BY o.position
"""  # noqa: S608  # our own columns
_LANES = """
SELECT p.lane, l.sandbox, l.flow_id, count(*), sum(coalesce(s.state, '') = 'settled'),
  coalesce(min(CASE WHEN coalesce(s.state, '') <> 'settled' THEN p.lane_position END), max(p.lane_position) + 1),
  l.halted
FROM planned p INDEXED BY planned_in_lane
JOIN lanes l ON l.execution = p.execution AND l.lane = p.lane
LEFT JOIN standing s ON s.execution = p.execution AND s.position = p.position
WHERE p.execution = ? AND p.wave <= ? GROUP BY p.lane ORDER BY p.lane
"""
# The last one of each lane comes last: later ones replace earlier ones where they are read.
_DONE_IN_LANES = """
SELECT p.lane, s.run_id, s.outcome, s.recovery
FROM standing s JOIN planned p ON p.execution = s.execution AND p.position = s.position
WHERE s.execution = ? AND s.outcome IN ('retriggered', 'refused', 'gave_up') ORDER BY p.lane, p.lane_position
"""
_OPEN_IN_LANES = """
SELECT p.lane, s.run_id
FROM standing s JOIN planned p ON p.execution = s.execution AND p.position = s.position
WHERE s.state IN ('asked', 'unresolved') AND s.execution = ? ORDER BY p.lane, p.lane_position
"""
PLANNED_COLUMNS = """
  p.position, p.wave, p.lane_position, l.sandbox, p.run_id, l.flow_id, l.flow_name, p.etag, p.status,
  p.error_code, p.error_message, p.created_at_ms, p.updated_at_ms, p.started_at_ms, p.window_start_ms,
  p.window_end_ms, coalesce(s.attempts, 0)
"""
_NEXT = f"""
SELECT {PLANNED_COLUMNS}
FROM planned p
JOIN lanes l ON l.execution = p.execution AND l.lane = p.lane
LEFT JOIN standing s ON s.execution = p.execution AND s.position = p.position
WHERE p.execution = ? AND p.lane = ? AND p.lane_position >= ? AND p.wave <= ?
  AND coalesce(s.state, 'planned') = 'planned'
ORDER BY p.lane_position LIMIT ?
"""  # noqa: S608  # our own columns
_HISTORY = """
SELECT s.run_id, e.id, s.state, coalesce(s.new_run_id, '')
FROM standing s JOIN executions e ON e.number = s.execution
WHERE e.org_id = ? AND (s.outcome = 'retriggered' OR s.state IN ('asked', 'unresolved'))
  AND lower(s.run_id) IN ({marks})
ORDER BY s.asked_at_ms
"""
_OPEN = """
SELECT e.id, l.sandbox, l.flow_id, s.run_id, coalesce(s.asked_at_ms, 0)
FROM standing s
JOIN executions e ON e.number = s.execution
JOIN planned p ON p.execution = s.execution AND p.position = s.position
JOIN lanes l ON l.execution = p.execution AND l.lane = p.lane
WHERE s.state IN ('asked', 'unresolved') AND e.org_id = ? AND e.id <> ? ORDER BY s.asked_at_ms
"""
_LATEST_EVENTS = """
SELECT line FROM events WHERE execution = ? AND instr(line, ?) > 0 ORDER BY number DESC LIMIT ?
"""
EXECUTION_COLUMNS = ", ".join(Execution.__slots__)


class SqliteReads(SqliteFile):
    """The reading part of the journal; each call reads one consistent state."""

    def execution(self, execution_id: ExecutionId) -> Execution | None:
        """Return one execution, or None."""
        statement = f"SELECT {EXECUTION_COLUMNS} FROM executions WHERE id = ?"  # noqa: S608  # our own columns
        with self.reading() as reader:
            row = reader.execute(statement, (execution_id,)).fetchone()
        return execution_of(row) if row else None

    def executions(self) -> Iterator[Execution]:
        """Return all executions, newest first."""
        statement = f"SELECT {EXECUTION_COLUMNS} FROM executions ORDER BY number DESC"  # noqa: S608  # our own columns
        with self.reading() as reader:
            yield from map(execution_of, reader.execute(statement))

    def lanes(
        self, execution_id: ExecutionId, *, up_to_wave: int | None = None
    ) -> Iterator[LaneState]:
        """Return every lane that has runs up to a wave (None: the last), counting no later ones; in plan order."""
        with self.reading() as reader:
            number = self._number(reader, execution_id)
            asked: dict[int, tuple[RunId, ...]] = {}
            for lane, run_id in reader.execute(_OPEN_IN_LANES, (number,)):
                asked[lane] = (*asked.get(lane, ()), RunId(run_id))
            last = {
                lane: LastDone(run_id=RunId(run_id), outcome=outcome, recovery=recovery)
                for lane, run_id, outcome, recovery in reader.execute(_DONE_IN_LANES, (number,))
            }
            for lane, sandbox, flow_id, runs, settled, following, halted in reader.execute(
                _LANES, (number, up_to_wave or LAST_WAVE)
            ):
                yield LaneState(
                    number=lane,
                    sandbox=SandboxName(sandbox),
                    flow_id=FlowId(flow_id),
                    runs=runs,
                    settled=settled,
                    next_position=following,
                    open_runs=asked.get(lane, ()),
                    halted=halted,
                    last=last.get(lane),
                )

    def next_runs(
        self,
        execution_id: ExecutionId,
        lanes: Mapping[int, int],
        *,
        most_per_lane: int,
        up_to_wave: int | None = None,
    ) -> list[tuple[int, PlannedRun, int]]:
        """Return (lane, run, attempts so far) of the next unsettled runs from each lane's position on."""
        with self.reading() as reader:
            number = self._number(reader, execution_id)
            found: list[tuple[int, PlannedRun, int]] = []
            for lane, following in lanes.items():
                row_of = (number, lane, following, up_to_wave or LAST_WAVE, most_per_lane)
                rows = reader.execute(_NEXT, row_of)
                found.extend((lane, planned_of(row), int(row[16])) for row in rows)
        return found

    def history(self, org_id: str, run_ids: Sequence[RunId]) -> dict[RunId, History]:
        """Return what is known of these old runs; an open question outweighs an answer."""
        known: dict[RunId, History] = {}
        asked = frozenset(run_ids)
        with self.reading() as reader:
            for start in range(0, len(run_ids), _MANY):
                some = run_ids[start : start + _MANY]
                statement = _HISTORY.format(marks=", ".join(["lower(?)"] * len(some)))
                for old_run_id, execution_id, state, new_run_id in reader.execute(
                    statement, (org_id, *some)
                ):
                    run_id = RunId(old_run_id)
                    if run_id not in asked:
                        continue
                    outcome = "retriggered" if state == "settled" else state
                    entry = History(
                        execution_id=execution_id, outcome=outcome, new_run_id=new_run_id
                    )
                    former = known.get(run_id)
                    if former is None or former.outcome == "retriggered":
                        known[run_id] = entry
        return known

    def open_questions(self, org_id: str, *, apart_from: ExecutionId | None) -> list[OpenQuestion]:
        """Return the flows that are blocked by executions (apart from one), oldest question first."""
        with self.reading() as reader:
            return [
                OpenQuestion(
                    execution_id=ExecutionId(execution_id),
                    sandbox=SandboxName(sandbox),
                    flow_id=FlowId(flow_id),
                    run_id=RunId(run_id),
                    asked_at_ms=asked_at_ms,
                )
                for execution_id, sandbox, flow_id, run_id, asked_at_ms in reader.execute(
                    _OPEN, (org_id, apart_from or "")
                )
            ]

    def rows(self, execution_id: ExecutionId) -> Iterator[ResultRow]:
        """Return every planned run in plan order, then every passed-over run."""
        with self.reading() as reader:
            number = self._number(reader, execution_id)
            yield from map(result_row, reader.execute(_ROWS, (number,)))
            yield from map(result_row, reader.execute(_PASSED_OVER_ROWS, (number,)))

    def events(self, execution_id: ExecutionId) -> Iterator[str]:
        """Return the finished event lines, oldest first."""
        with self.reading() as reader:
            number = self._number(reader, execution_id)
            lines = reader.execute(
                "SELECT line FROM events WHERE execution = ? ORDER BY number", (number,)
            )
            yield from (line for (line,) in lines)

    def latest_events(self, execution_id: ExecutionId, what: str, *, most: int) -> list[str]:
        """Return the newest event lines of one kind, newest first."""
        with self.reading() as reader:
            number = self._number(reader, execution_id)
            # The words stand near the start of a line; those of others are quoted, and so never look like it.
            rows = reader.execute(_LATEST_EVENTS, (number, f'"event": "{what}"', most))
            return [line for (line,) in rows]


def execution_of(row: tuple[object, ...]) -> Execution:
    """Return the execution of a row that holds ``EXECUTION_COLUMNS``."""
    fields = dict(zip(Execution.__slots__, row, strict=True))
    sandboxes = json.loads(str(fields.pop("sandboxes")))
    planned = tuple(
        PlannedSandbox(name=SandboxName(name), type=kind, region=region)
        for name, kind, region in sandboxes
    )
    return Execution(sandboxes=planned, **fields)  # type: ignore[arg-type]  # the columns are the fields


def planned_of(row: tuple[object, ...]) -> PlannedRun:
    """Return the planned run of a row that begins with ``PLANNED_COLUMNS``."""
    (position, wave, lane_position, sandbox, run_id, flow_id, flow_name, etag, status, *rest) = row
    code, message, created, updated, started, window_start, window_end, _attempts = rest
    found = FoundRun(
        sandbox=SandboxName(str(sandbox)),
        run_id=RunId(str(run_id)),
        flow_id=FlowId(str(flow_id)),
        flow_name=str(flow_name),
        etag=None if etag is None else ETag(str(etag)),
        status=str(status),
        error_code=str(code),
        error_message=str(message),
        created_at_ms=_whole(created),
        updated_at_ms=_whole(updated),
        started_at_ms=_whole(started),
        window_start_ms=_whole(window_start),
        window_end_ms=_whole(window_end),
    )
    return PlannedRun(
        position=_whole(position) or 0,
        wave=_whole(wave) or 0,
        lane_position=_whole(lane_position) or 0,
        found=found,
    )


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None
