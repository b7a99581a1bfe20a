"""Group the chosen runs of a plan in the making by how they failed: in the scratch database, never in memory.

Part of ``staging``, whose table ``found`` names each run's cluster and how long the run took.
"""

import sqlite3
from collections.abc import Iterable

from runner.journal.storable import storable
from runner.model.advice import Advice, Prospect
from runner.model.failure import Cluster, Failure
from runner.model.plan import PlannedLane
from runner.model.words import FlowId, SandboxName

MOST_FLOW_NAMES = 3
_SCHEMA = """
CREATE TABLE clusters (
  name TEXT PRIMARY KEY, example TEXT, prospect TEXT, words TEXT, source TEXT
) WITHOUT ROWID
"""
_ADD = "INSERT OR IGNORE INTO clusters VALUES (?, ?, ?, ?, ?)"
_COUNT = """
CREATE TABLE counted AS
SELECT cluster, sandbox, min(flow_id) AS flow_id, max(flow_name) AS flow_name, count(*) AS runs
FROM found WHERE reason = '' AND cluster <> '' GROUP BY cluster, sandbox, flow
"""
_LARGEST = """
SELECT c.name, c.example, c.prospect, c.words, c.source, sum(n.runs) AS runs, count(*)
FROM counted n JOIN clusters c ON c.name = n.cluster GROUP BY c.name ORDER BY runs DESC, c.name LIMIT ?
"""
_FLOWS_OF = """
SELECT CASE flow_name WHEN '' THEN flow_id ELSE flow_name END FROM counted
WHERE cluster = ? ORDER BY runs DESC, flow_name, sandbox, flow_id LIMIT ?
"""
_LANES = """
SELECT sandbox, min(flow_id) AS flow_id, max(flow_name), count(*) AS runs, avg(seconds) FROM found
WHERE reason = '' GROUP BY sandbox, flow ORDER BY runs DESC, sandbox, flow_id
"""


class StagedFailures:
    """What the scratch database knows of failures."""

    def __init__(self, scratch: sqlite3.Connection) -> None:
        self._scratch = scratch
        scratch.execute(_SCHEMA)

    def add(self, failures: Iterable[Failure]) -> None:
        """Take in the clusters of some runs; the first run of each is its example."""
        new = {failure.cluster: failure for failure in failures if failure.cluster}
        self._scratch.executemany(_ADD, (storable(_row(failure)) for failure in new.values()))

    def clusters(self, *, most: int) -> tuple[int, list[Cluster]]:
        """Return how many clusters the chosen runs make, and the largest of them."""
        self._scratch.execute("DROP TABLE IF EXISTS counted")
        self._scratch.execute(_COUNT)
        count = self._scratch.execute("SELECT count(DISTINCT cluster) FROM counted").fetchone()[0]
        largest = self._scratch.execute(_LARGEST, (most,)).fetchall()
        return count, [
            Cluster(
                name=name,
                example=example,
                advice=_advice(*advice),
                runs=runs,
                flows=flows,
                flow_names=self._flows_of(name),
            )
            for name, example, *advice, runs, flows in largest
        ]

    def lanes(self) -> list[PlannedLane]:
        """Return every flow with chosen runs, and what one of them took on average."""
        return [
            PlannedLane(
                sandbox=SandboxName(sandbox),
                flow_id=FlowId(flow_id),
                flow_name=name,
                runs=runs,
                seconds=seconds,
            )
            for sandbox, flow_id, name, runs, seconds in self._scratch.execute(_LANES)
        ]

    def _flows_of(self, cluster: str) -> tuple[str, ...]:
        rows = self._scratch.execute(_FLOWS_OF, (cluster, MOST_FLOW_NAMES))
        return tuple(name for (name,) in rows)


def _row(failure: Failure) -> tuple[object, ...]:
    advice = failure.advice
    told = (advice.prospect.value, advice.words, advice.source) if advice else ("", "", "")
    return (failure.cluster, failure.example, *told)


def _advice(prospect: str, words: str, source: str) -> Advice | None:
    return Advice(prospect=Prospect(prospect), words=words, source=source) if prospect else None
