"""The plan of an execution as the SQLite journal has it: enough to write its files again."""

from collections.abc import Iterator

from runner.journal.sqlite_file import SqliteFile
from runner.journal.sqlite_reads import PLANNED_COLUMNS, planned_of
from runner.model.plan import FoundRun, PassedOver, PlanEnds, PlannedRun
from runner.model.words import ETag, ExecutionId, FlowId, RunId, SandboxName, SkipReason

_PLANNED = f"""
SELECT {PLANNED_COLUMNS}
FROM planned p
JOIN lanes l ON l.execution = p.execution AND l.lane = p.lane
LEFT JOIN standing s ON s.execution = p.execution AND s.position = p.position
WHERE p.execution = ? ORDER BY p.position
"""  # noqa: S608  # our own columns
_PASSED_OVER = """
SELECT sandbox, run_id, flow_id, flow_name, etag, status, error_code, error_message, created_at_ms, updated_at_ms,
  started_at_ms, window_start_ms, window_end_ms, reason, detail
FROM passed_over WHERE execution = ? ORDER BY position
"""


class SqlitePlans(SqliteFile):
    """The part of the journal that plans are written from again."""

    def plan_ends(self, execution_id: ExecutionId) -> PlanEnds:
        """Return the first and the last line of an execution's plan; empty where they are not known."""
        with self.reading() as reader:
            number = self._number(reader, execution_id)
            statement = "SELECT plan_header, plan_footer FROM executions WHERE number = ?"
            header, footer = reader.execute(statement, (number,)).fetchone()
        return PlanEnds(header=header, footer=footer)

    def planned(self, execution_id: ExecutionId) -> Iterator[PlannedRun]:
        """Return every run of an execution's plan as it was pinned, in plan order."""
        with self.reading() as reader:
            number = self._number(reader, execution_id)
            yield from map(planned_of, reader.execute(_PLANNED, (number,)))

    def passed_over(self, execution_id: ExecutionId) -> Iterator[PassedOver]:
        """Return every run that an execution's plan passed over, in the order in which it was told of."""
        with self.reading() as reader:
            number = self._number(reader, execution_id)
            for *found, reason, detail in reader.execute(_PASSED_OVER, (number,)):
                yield PassedOver(
                    found=_found(*found), reason=SkipReason(reason), detail=str(detail)
                )


def _found(
    sandbox: str,
    run_id: str,
    flow_id: str,
    flow_name: str,
    etag: str | None,
    status: str,
    error_code: str,
    error_message: str,
    *times: int | None,
) -> FoundRun:
    created, updated, started, window_start, window_end = times
    return FoundRun(
        sandbox=SandboxName(sandbox),
        run_id=RunId(run_id),
        flow_id=FlowId(flow_id),
        flow_name=flow_name,
        etag=None if etag is None else ETag(etag),
        status=status,
        error_code=error_code,
        error_message=error_message,
        created_at_ms=created,
        updated_at_ms=updated,
        started_at_ms=started,
        window_start_ms=window_start,
        window_end_ms=window_end,
    )
