"""What the SQLite journal knows of new runs: which are awaited, and what became of them."""

from runner.journal.entries import Watched
from runner.journal.sqlite_file import SqliteFile
from runner.journal.sqlite_reads import PLANNED_COLUMNS, planned_of
from runner.model.meaning import NOT_SEEN
from runner.model.recovery import Awaited, awaited_of
from runner.model.words import ExecutionId, RunId

_NOT_FINAL = f"({', '.join(repr(word) for word in sorted(map(str, NOT_SEEN)))})"

WATCH = f"""
UPDATE standing SET recovery = ?1, recovery_reason = ?2, new_status = CASE ?3 WHEN '' THEN new_status ELSE ?3 END,
  new_etag = coalesce(?4, new_etag), records_in = coalesce(?5, records_in), records_out = coalesce(?6, records_out)
WHERE execution = ?7 AND position = ?8 AND run_id = ?9 AND outcome = 'retriggered' AND recovery IN {_NOT_FINAL}
"""  # noqa: S608  # our own words
"""An outcome never changes by it, and a recovery only while it is not final."""

_AWAITED = f"""
SELECT {PLANNED_COLUMNS}, s.new_run_id, s.settled_at_ms
FROM standing s
JOIN planned p ON p.execution = s.execution AND p.position = s.position
JOIN lanes l ON l.execution = p.execution AND l.lane = p.lane
WHERE s.execution = ? AND s.position > ? AND s.outcome = 'retriggered' AND s.recovery IN {_NOT_FINAL}
  AND coalesce(s.new_run_id, '') <> ''
ORDER BY s.position LIMIT ?
"""  # noqa: S608  # likewise


class SqliteRecoveries(SqliteFile):
    """The part of the journal that watching reads."""

    def awaited(self, execution_id: ExecutionId, *, after: int, most: int) -> list[Awaited]:
        """Return the next re-triggered runs, in plan order, whose new run was not seen to its end."""
        with self.reading() as reader:
            number = self._number(reader, execution_id)
            return [_awaited(row) for row in reader.execute(_AWAITED, (number, after, most))]


def watched_row(number: int, entry: Watched) -> tuple[object, ...]:
    """Return the values of ``WATCH``."""
    recovered = entry.recovered
    return (
        recovered.recovery.value,
        recovered.reason,
        recovered.status,
        recovered.etag,
        recovered.records_in,
        recovered.records_out,
        number,
        entry.position,
        entry.run_id,
    )


def _awaited(row: tuple[object, ...]) -> Awaited:
    planned, since_ms = planned_of(row[:17]), row[18]
    return awaited_of(
        planned.found,
        position=planned.position,
        new_run_id=RunId(str(row[17])),
        since_ms=since_ms if isinstance(since_ms, int) else 0,
    )
