"""What is counted in the SQLite journal: outcomes, waves, and how much was asked for lately."""

from collections.abc import Iterator

from runner.journal.interface import DoneRun, WaveState
from runner.journal.sqlite_file import SqliteFile
from runner.journal.sqlite_reads import JOINED, LAST_WAVE, PENDING, WHY
from runner.model.report import Tally
from runner.model.words import ExecutionId, FlowId, RunId, SandboxName

_TALLIES = f"""
SELECT l.sandbox, {PENDING} AS outcome, {WHY} AS reason, coalesce(s.recovery, '') AS recovery, count(*),
  sum(CASE WHEN coalesce(s.duplicated_by, '') <> '' THEN 1 ELSE 0 END)
{JOINED} AND p.wave BETWEEN ? AND ? GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""  # likewise
_PASSED_OVER_TALLIES = """
SELECT o.sandbox, 'skipped', o.reason, '', count(*), 0 FROM passed_over o WHERE o.execution = ?
GROUP BY 1, 3 ORDER BY 1, 3
"""
_WAVES = """
SELECT p.wave, count(*), sum(coalesce(s.state, '') = 'settled'), count(s.state) > 0
FROM planned p LEFT JOIN standing s ON s.execution = p.execution AND s.position = p.position
WHERE p.execution = ? GROUP BY p.wave ORDER BY p.wave
"""
_ASKED_SINCE = """
SELECT s.asked_at_ms
FROM executions e
JOIN standing s ON s.execution = e.number
JOIN planned p ON p.execution = s.execution AND p.position = s.position
JOIN lanes l ON l.execution = p.execution AND l.lane = p.lane
WHERE e.org_id = ?1 AND l.sandbox = ?2 AND coalesce(e.finished_at_ms, ?3) >= ?3 AND s.asked_at_ms >= ?3
  AND (s.outcome = 'retriggered' OR s.state IN ('asked', 'unresolved'))
ORDER BY s.asked_at_ms
"""
_DONE = """
SELECT p.lane, l.sandbox, l.flow_id, s.run_id, s.outcome, s.recovery
FROM standing s
JOIN planned p ON p.execution = s.execution AND p.position = s.position
JOIN lanes l ON l.execution = p.execution AND l.lane = p.lane
WHERE s.execution = ? AND s.outcome IN ('retriggered', 'refused', 'gave_up', 'unresolved')
  AND NOT (s.outcome = 'unresolved' AND s.cut_off)
ORDER BY s.settled_at_ms, s.position
"""
_SETTLED_SINCE = """
SELECT count(*) FROM standing s WHERE s.execution = ? AND s.state = 'settled' AND s.settled_at_ms >= ?
"""


class SqliteCounts(SqliteFile):
    """The part of the journal that counts; each call reads one consistent state."""

    def tallies(self, execution_id: ExecutionId) -> list[Tally]:
        """Return how many rows share sandbox, outcome, reason and recovery; adds up to all rows."""
        with self.reading() as reader:
            number = self._number(reader, execution_id)
            planned = reader.execute(_TALLIES, (number, 0, LAST_WAVE))
            passed_over = reader.execute(_PASSED_OVER_TALLIES, (number,))
            return [
                *(_tally(row) for row in planned),
                *(_tally(row, is_planned=False) for row in passed_over),
            ]

    def wave_tallies(self, execution_id: ExecutionId, *, wave: int) -> list[Tally]:
        """Return how many planned runs of a wave share sandbox, outcome, reason and recovery."""
        with self.reading() as reader:
            number = self._number(reader, execution_id)
            return [_tally(row) for row in reader.execute(_TALLIES, (number, wave, wave))]

    def waves(self, execution_id: ExecutionId) -> list[WaveState]:
        """Return every wave, in order."""
        with self.reading() as reader:
            number = self._number(reader, execution_id)
            return [
                WaveState(number=wave, runs=runs, settled=settled, touched=bool(touched))
                for wave, runs, settled, touched in reader.execute(_WAVES, (number,))
            ]

    def done(self, execution_id: ExecutionId) -> Iterator[DoneRun]:
        """Return every run that was asked for and has an outcome, in the order in which they came to it."""
        with self.reading() as reader:
            number = self._number(reader, execution_id)
            for lane, sandbox, flow_id, run_id, outcome, recovery in reader.execute(
                _DONE, (number,)
            ):
                yield DoneRun(
                    lane=lane,
                    sandbox=SandboxName(sandbox),
                    flow_id=FlowId(flow_id),
                    run_id=RunId(run_id),
                    outcome=outcome,
                    recovery=recovery,
                )

    def settled_since(self, execution_id: ExecutionId, at_ms: int) -> int:
        """Return how many planned runs were settled at this moment or later."""
        with self.reading() as reader:
            number = self._number(reader, execution_id)
            (count,) = reader.execute(_SETTLED_SINCE, (number, at_ms)).fetchone()
        return int(count)

    def asked_since(self, org_id: str, sandbox: SandboxName, *, since_ms: int) -> list[int]:
        """Return when re-triggers of a sandbox were asked for, by any execution, oldest first."""
        with self.reading() as reader:
            rows = reader.execute(_ASKED_SINCE, (org_id, sandbox, since_ms))
            return [asked_at_ms for (asked_at_ms,) in rows]


def _tally(row: tuple[str, str, str, str, int, int], *, is_planned: bool = True) -> Tally:
    sandbox, outcome, reason, recovery, count, duplicated = row
    return Tally(
        sandbox=sandbox,
        outcome=outcome,
        reason=reason,
        recovery=recovery,
        count=count,
        is_planned=is_planned,
        duplicated=duplicated,
    )
