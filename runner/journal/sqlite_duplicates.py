"""What the SQLite journal knows of runs that were re-triggered, and of others that load the same data."""

from runner.journal.entries import Duplicated
from runner.journal.sqlite_file import SqliteFile
from runner.journal.sqlite_reads import PLANNED_COLUMNS, planned_of
from runner.model.duplicate import Retriggered, RetriggeredFlow, Sign
from runner.model.words import ExecutionId, FlowId, RunId, SandboxName

DUPLICATED = """
UPDATE standing SET duplicated_by = ?, duplicate_evidence = ?
WHERE execution = ? AND position = ? AND run_id = ? AND outcome = 'retriggered'
"""
_BETWEEN = ", "
# When it was asked for, by the platform's clock as far as that was known then.
_ASKED = "coalesce(s.asked_at_ms, s.settled_at_ms, 0) + coalesce(s.server_offset_ms, 0)"
_FLOWS = f"""
SELECT l.sandbox, l.flow_id, l.lane, min({_ASKED})
FROM standing s
JOIN planned p ON p.execution = s.execution AND p.position = s.position
JOIN lanes l ON l.execution = p.execution AND l.lane = p.lane
WHERE s.execution = ? AND s.outcome = 'retriggered' AND coalesce(s.new_run_id, '') <> ''
GROUP BY l.sandbox, l.flow_id, l.lane ORDER BY l.lane
"""  # noqa: S608  # our own words
_RETRIGGERED = f"""
SELECT {PLANNED_COLUMNS}, s.new_run_id, {_ASKED}, s.recovery, s.duplicated_by, s.duplicate_evidence
FROM planned p
JOIN lanes l ON l.execution = p.execution AND l.lane = p.lane
JOIN standing s ON s.execution = p.execution AND s.position = p.position
WHERE p.execution = ? AND p.lane = ? AND s.outcome = 'retriggered' AND coalesce(s.new_run_id, '') <> ''
ORDER BY p.lane_position
"""  # noqa: S608  # likewise


class SqliteDuplicates(SqliteFile):
    """The part of the journal that the search for second re-triggers reads."""

    def retriggered_flows(self, execution_id: ExecutionId) -> list[RetriggeredFlow]:
        """Return the flows of which an execution re-triggered runs, in plan order."""
        with self.reading() as reader:
            number = self._number(reader, execution_id)
            return [
                RetriggeredFlow(
                    sandbox=SandboxName(sandbox),
                    flow_id=FlowId(flow_id),
                    lane=lane,
                    first_asked_ms=first_asked_ms,
                )
                for sandbox, flow_id, lane, first_asked_ms in reader.execute(_FLOWS, (number,))
            ]

    def retriggered(self, execution_id: ExecutionId, *, lane: int) -> list[Retriggered]:
        """Return the runs of one lane that were re-triggered, in order."""
        with self.reading() as reader:
            number = self._number(reader, execution_id)
            return [_retriggered(row) for row in reader.execute(_RETRIGGERED, (number, lane))]


def duplicated_row(number: int, entry: Duplicated) -> tuple[object, ...]:
    """Return the values of ``DUPLICATED``."""
    ids = _BETWEEN.join(run_id for run_id, _ in entry.by)
    signs = _BETWEEN.join(sign.value for _, sign in entry.by)
    return ids, signs, number, entry.position, entry.run_id


def _retriggered(row: tuple[object, ...]) -> Retriggered:
    planned = planned_of(row[:17])
    new_run_id, asked_at_ms, recovery, ids, signs = row[17:]
    pairs = zip(_listed(ids), _listed(signs), strict=True)
    return Retriggered(
        position=planned.position,
        found=planned.found,
        new_run_id=RunId(str(new_run_id)),
        asked_at_ms=asked_at_ms if isinstance(asked_at_ms, int) else 0,
        recovery=str(recovery),
        duplicated_by=tuple((RunId(run_id), Sign(sign)) for run_id, sign in pairs),
    )


def _listed(text: object) -> list[str]:
    return str(text).split(_BETWEEN) if text else []
