"""What the SQLite journal knows of requests that are in doubt."""

from collections.abc import Iterator, Sequence

from runner.journal.result_rows import result_row
from runner.journal.sqlite_file import SqliteFile
from runner.journal.sqlite_reads import PLANNED_COLUMNS, ROW_COLUMNS, planned_of
from runner.model.doubt import OpenAsk
from runner.model.plan import Lineage
from runner.model.report import ResultRow
from runner.model.words import ExecutionId, RunId

_MANY = 500

_OPEN_ASKS = f"""
SELECT {PLANNED_COLUMNS}, p.lane, s.asked_at_ms, s.send_by_ms, s.settled_at_ms, s.never_absent, s.cut_off,
  s.server_offset_ms
FROM standing s
JOIN planned p ON p.execution = s.execution AND p.position = s.position
JOIN lanes l ON l.execution = p.execution AND l.lane = p.lane
WHERE s.state = 'unresolved' AND s.execution = ? ORDER BY p.lane, p.lane_position
"""  # noqa: S608  # our own columns
# The first condition is what the index of open runs asks for.
_UNRESOLVED = f"""
SELECT {ROW_COLUMNS}
FROM standing s
JOIN planned p ON p.execution = s.execution AND p.position = s.position
JOIN executions e ON e.number = p.execution
JOIN lanes l ON l.execution = p.execution AND l.lane = p.lane
WHERE s.state IN ('asked', 'unresolved') AND s.execution = ?1 AND (s.state = 'unresolved' OR ?2)
ORDER BY p.position
"""  # noqa: S608  # likewise
_DOUBTED = "SELECT position FROM standing WHERE execution = ? AND doubted"
# Ids are compared as RunId does; ``lower`` is where the index finds all that may be equal.
_CLAIMED = """
SELECT s.new_run_id FROM standing s JOIN executions e ON e.number = s.execution
WHERE e.org_id = ? AND s.new_run_id IS NOT NULL AND lower(s.new_run_id) IN ({marks})
"""
_MADE_FROM = """
SELECT s.run_id, s.new_run_id FROM standing s JOIN executions e ON e.number = s.execution
WHERE e.org_id = ? AND s.new_run_id IS NOT NULL AND lower(s.new_run_id) = lower(?)
"""
_MOST_GENERATIONS = 1000


class SqliteDoubts(SqliteFile):
    """The part of the journal that reconciliation reads."""

    def open_asks(self, execution_id: ExecutionId) -> list[OpenAsk]:
        """Return the unresolved requests of an execution, by lane."""
        with self.reading() as reader:
            number = self._number(reader, execution_id)
            return [_open_ask(row) for row in reader.execute(_OPEN_ASKS, (number,))]

    def unresolved(self, execution_id: ExecutionId, *, with_asked: bool) -> Iterator[ResultRow]:
        """Return the rows of the runs whose fate is unknown, in plan order."""
        with self.reading() as reader:
            number = self._number(reader, execution_id)
            yield from map(result_row, reader.execute(_UNRESOLVED, (number, with_asked)))

    def doubted(self, execution_id: ExecutionId) -> frozenset[int]:
        """Return the positions whose request was in doubt once, decided meanwhile or not."""
        with self.reading() as reader:
            number = self._number(reader, execution_id)
            return frozenset(position for (position,) in reader.execute(_DOUBTED, (number,)))

    def claimed_runs(self, org_id: str, run_ids: Sequence[RunId]) -> frozenset[RunId]:
        """Return those of some runs that are known as the new run of a request of this journal."""
        asked, found = frozenset(run_ids), set[RunId]()
        with self.reading() as reader:
            for start in range(0, len(run_ids), _MANY):
                some = run_ids[start : start + _MANY]
                statement = _CLAIMED.format(marks=", ".join(["lower(?)"] * len(some)))
                found |= {RunId(run_id) for (run_id,) in reader.execute(statement, (org_id, *some))}
        return asked & found

    def lineage(self, org_id: str, run_ids: Sequence[RunId]) -> dict[RunId, Lineage]:
        """Return where some runs come from; absent: not from a re-trigger that this journal knows."""
        found: dict[RunId, Lineage] = {}
        with self.reading() as reader:
            for run_id in run_ids:
                root, generation = run_id, 0
                while generation < _MOST_GENERATIONS:
                    rows = reader.execute(_MADE_FROM, (org_id, root))
                    olds = (RunId(old) for old, new in rows if RunId(new) == root)
                    made_from = next((old for old in olds if old != root), None)
                    if made_from is None:
                        break
                    root, generation = made_from, generation + 1
                if generation:
                    found[run_id] = Lineage(root=root, generation=generation)
        return found


def _open_ask(row: tuple[object, ...]) -> OpenAsk:
    planned = planned_of(row[:17])
    attempts, lane, asked, send_by, settled, never_absent, cut_off = map(_whole, row[16:23])
    # Cut off, the request can have left until its send-by time; else its end was seen.
    left_by = send_by if cut_off else None
    return OpenAsk(
        position=planned.position,
        found=planned.found,
        attempts=attempts,
        asked_at_ms=asked,
        ended_at_ms=send_by if cut_off else settled,
        never_absent=bool(never_absent),
        left_by_ms=left_by,
        server_offset_ms=row[23] if isinstance(row[23], int) else None,
        lane=lane,
        lane_position=planned.lane_position,
    )


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
