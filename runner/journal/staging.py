"""Put a plan in order without holding it in memory: a scratch database that is gone when it is closed.

What the selection finds streams in; what is planned streams out, in order. The order and the ceiling for each flow
are computed here by SQL; which runs are chosen at all is decided elsewhere.
"""

import os
import sqlite3
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from runner.errors import CannotWrite, PlatformRefused
from runner.journal import sorting
from runner.journal.staged_failures import StagedFailures
from runner.journal.storable import storable
from runner.model.failure import Cluster, Failure
from runner.model.plan import FoundRun, PassedOver, PlannedLane, PlannedRun
from runner.model.words import ETag, FlowId, Order, RunId, SandboxName, SkipReason, is_uuid

# `run` and `flow` are the ids as they are compared, `run_id` and `flow_id` as the platform spells them.
_SCHEMA = """
CREATE TABLE found (
  sandbox TEXT, run_id TEXT, sandbox_rank INTEGER, flow_id TEXT, flow_name TEXT, etag TEXT, status TEXT,
  error_code TEXT, error_message TEXT, created_at_ms INTEGER, updated_at_ms INTEGER, started_at_ms INTEGER,
  window_start_ms INTEGER, window_end_ms INTEGER, reason TEXT, detail TEXT, cluster TEXT, seconds REAL,
  run TEXT, flow TEXT
)
"""
_ADD = f"INSERT INTO found VALUES ({', '.join('?' * 20)})"  # noqa: S608  # question marks only
# Run ids come in no order: a million of them put into an index one by one take ten times as long as sorting them once.
_BY_RUN = "CREATE INDEX found_by_run ON found (sandbox, run, reason)"
# A run found twice: chosen once is chosen (filters are alternatives); else the first reason stays.
_DROP_REPEATS = """
DELETE FROM found WHERE rowid IN (
  SELECT f.rowid
  FROM (
    SELECT sandbox, run, coalesce(min(CASE reason WHEN '' THEN rowid END), min(rowid)) AS kept
    FROM found GROUP BY sandbox, run HAVING count(*) > 1
  ) r
  JOIN found f ON f.sandbox = r.sandbox AND f.run = r.run AND f.rowid <> r.kept
)
"""
# Runs of which the platform showed two spellings.
_SPELT_TWICE = f"""
SELECT min(run_id), max(run_id) FROM found WHERE reason <> '{SkipReason.NOT_FOUND.value}'
GROUP BY sandbox, run HAVING min(run_id) <> max(run_id)
"""  # noqa: S608  # our own word
_START = "coalesce(window_start_ms, started_at_ms, created_at_ms, 0)"
_IN_LANES = """
CREATE TABLE laned AS SELECT rowid AS found_row, sandbox, sandbox_rank, flow, error_code,
  row_number() OVER (PARTITION BY sandbox, flow ORDER BY {start} {direction}, run) AS lane_position
FROM found WHERE reason = ''
"""
_OVER_CAP = f"""
UPDATE found SET reason = '{SkipReason.OVER_FLOW_CAP.value}',
  detail = 'cap.max_runs_per_flow is ' || ?1 || ', and this flow has more'
WHERE rowid IN (SELECT found_row FROM laned WHERE lane_position > ?1)
"""  # noqa: S608  # our own word
_ORDERED = (
    "CREATE TABLE ordered (position INTEGER PRIMARY KEY, found_row INTEGER, lane_position INTEGER)"
)
# Heads of all lanes first; among them each kind of failure of each sandbox once, then each a second time, and so on;
# sandboxes taking turns. So the plan interleaves sandboxes and flows, and its first runs meet every kind of failure.
_IN_ORDER = """
INSERT INTO ordered
SELECT row_number() OVER (ORDER BY lane_position, turn, kind_rank, sandbox_rank, sandbox), found_row, lane_position
FROM (
  SELECT *, row_number() OVER (PARTITION BY sandbox, lane_position, error_code ORDER BY flow) AS turn,
    dense_rank() OVER (PARTITION BY sandbox, lane_position ORDER BY error_code) AS kind_rank
  FROM laned WHERE lane_position <= ?1
)
"""
_NO_FAILURES: Mapping[RunId, Failure] = {}
_FOUND = (
    "f.sandbox, f.run_id, f.flow_id, f.flow_name, f.etag, f.status, f.error_code, f.error_message, "
    "f.created_at_ms, f.updated_at_ms, f.started_at_ms, f.window_start_ms, f.window_end_ms"
)


@contextmanager
def _room_for_it() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise CannotWrite(
            f"the plan in the making cannot be kept in the temporary folder: {error}. Nothing was sent "
            f"({sorting.trouble(os.environ)}).",
            remedy=f"Free space there, or name another. {sorting.REMEDY}",
        ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """How many runs share these words: the lines of a plan's summary."""

    sandbox: str
    flow_id: FlowId
    flow_name: str
    error_code: str
    runs: int


class Staging:
    """A plan in the making. Use as a context manager; add, then put in order, then read."""

    @_room_for_it()
    def __init__(self) -> None:
        # An empty name is a temporary file of SQLite's own: on disk when large, never seen, gone when closed.
        self._scratch = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._scratch.execute("PRAGMA synchronous = OFF")
        self._scratch.execute(_SCHEMA)
        self._scratch.execute(_ORDERED)
        self._failures = StagedFailures(self._scratch)
        self._has_repeats = False
        self._ranks: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._scratch.close()

    @_room_for_it()
    def add(
        self,
        chosen: Sequence[FoundRun],
        passed_over: Sequence[PassedOver],
        failures: Mapping[RunId, Failure] = _NO_FAILURES,
    ) -> None:
        """Take in what one page of the selection gave; raises CannotWrite when there is no room for it."""
        rows = [self._row(found, "", "", failures.get(found.run_id)) for found in chosen]
        rows += [self._row(run.found, run.reason.value, run.detail) for run in passed_over]
        self._has_repeats = True
        self._scratch.execute("BEGIN")
        try:
            self._scratch.executemany(_ADD, rows)
        except UnicodeEncodeError:
            self._scratch.execute("ROLLBACK")
            self._scratch.execute("BEGIN")
            self._scratch.executemany(_ADD, map(storable, rows))
        self._failures.add(failures.values())
        self._scratch.execute("COMMIT")

    @_room_for_it()
    def put_in_order(self, order: Order, *, max_runs_per_flow: int | None) -> None:
        """Give every chosen run its lane position and its place in the plan; pass over what is above the ceiling."""
        direction = "ASC" if order is Order.OLDEST_FIRST else "DESC"
        most = max_runs_per_flow or 2**62
        self._drop_repeats()
        self._scratch.execute(_IN_LANES.format(start=_START, direction=direction))
        self._scratch.execute(_OVER_CAP, (most,))
        self._scratch.execute(_IN_ORDER, (most,))

    @_room_for_it()
    def chosen_count(self) -> int:
        """Return how many runs are chosen; before the order is put, those above a flow's ceiling too."""
        self._drop_repeats()
        return int(
            self._scratch.execute("SELECT count(*) FROM found WHERE reason = ''").fetchone()[0]
        )

    def planned(self, *, wave_ends: Sequence[int] = ()) -> Iterator[PlannedRun]:
        """Return the chosen runs in plan order; ``wave_ends`` are the last positions of all waves but the last."""
        statement = (
            f"SELECT o.position, o.lane_position, {_FOUND} FROM ordered o "  # noqa: S608  # our own columns
            "JOIN found f ON f.rowid = o.found_row ORDER BY o.position"
        )
        with _room_for_it():
            for position, lane_position, *rest in self._scratch.execute(statement):
                yield PlannedRun(
                    position=position,
                    wave=bisect_left(wave_ends, position) + 1,
                    lane_position=lane_position,
                    found=_found(rest),
                )

    def passed_over(self) -> Iterator[PassedOver]:
        """Return the runs left alone, by sandbox and run id."""
        self._drop_repeats()
        statement = f"SELECT f.reason, f.detail, {_FOUND} FROM found f WHERE f.reason <> ''"  # noqa: S608  # likewise
        with _room_for_it():
            for reason, detail, *rest in self._scratch.execute(
                f"{statement} ORDER BY f.sandbox, f.run_id"
            ):
                yield PassedOver(found=_found(rest), reason=SkipReason(reason), detail=detail)

    @_room_for_it()
    def headlines(self) -> list[Headline]:
        """Return the chosen runs counted by sandbox, flow and error code, most runs first in each sandbox."""
        self._drop_repeats()
        rows = self._scratch.execute(
            "SELECT sandbox, min(flow_id), max(flow_name), error_code, count(*) AS runs FROM found "
            "WHERE reason = '' GROUP BY sandbox, flow, error_code ORDER BY sandbox, runs DESC, 3, 2, 4"
        )
        return [
            Headline(
                sandbox=sandbox,
                flow_id=FlowId(flow_id),
                flow_name=name,
                error_code=code,
                runs=runs,
            )
            for sandbox, flow_id, name, code, runs in rows
        ]

    @_room_for_it()
    def reasons(self) -> list[tuple[str, str, int]]:
        """Return (sandbox, reason, count) of the runs left alone."""
        self._drop_repeats()
        return self._scratch.execute(
            "SELECT sandbox, reason, count(*) FROM found WHERE reason <> '' GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2"
        ).fetchall()

    @_room_for_it()
    def details(self, reason: SkipReason, *, most: int) -> list[tuple[str, str, int]]:
        """Return (sandbox, detail, count) of the runs left alone for a reason, the most frequent first."""
        self._drop_repeats()
        return self._scratch.execute(
            "SELECT sandbox, detail, count(*) FROM found WHERE reason = ? GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT ?",
            (reason.value, most),
        ).fetchall()

    @_room_for_it()
    def chosen_of(self, sandbox: SandboxName, run_ids: Sequence[RunId]) -> frozenset[RunId]:
        """Return those of some runs that are chosen."""
        some = ", ".join("?" * len(run_ids))
        statement = (
            f"SELECT run_id FROM found WHERE reason = '' AND sandbox = ? AND run IN ({some})"  # noqa: S608  # question marks only
        )
        rows = self._scratch.execute(
            statement, storable([sandbox, *(run_id.plain for run_id in run_ids)])
        )
        return frozenset(RunId(run_id) for (run_id,) in rows)

    @_room_for_it()
    def clusters(self, *, most: int) -> tuple[int, list[Cluster]]:
        """Return how many failure clusters the chosen runs make, and the largest of them."""
        self._drop_repeats()
        return self._failures.clusters(most=most)

    @_room_for_it()
    def lanes(self) -> list[PlannedLane]:
        """Return every flow with chosen runs, most runs first, and how long its runs took."""
        self._drop_repeats()
        return self._failures.lanes()

    @_room_for_it()
    def _drop_repeats(self) -> None:
        """Leave one row of each run; the order is put and everything is counted after this only."""
        if not self._has_repeats:
            return
        self._scratch.execute(_BY_RUN)
        self._refuse_two_for_one()
        self._scratch.execute(_DROP_REPEATS)
        self._scratch.execute("DROP INDEX found_by_run")
        self._has_repeats = False

    def _refuse_two_for_one(self) -> None:
        """Raise PlatformRefused for two runs that would be taken for one; a UUID in two spellings is one run."""
        for one, other in self._scratch.execute(_SPELT_TWICE):
            if not is_uuid(one):
                raise PlatformRefused(
                    f"the platform shows runs {one} and {other}, whose ids differ in case alone: ids are compared "
                    "without it here. Nothing was sent.",
                    remedy="Narrow the spec so that it finds only one of them.",
                )

    def _row(
        self, found: FoundRun, reason: str, detail: str, failure: Failure | None = None
    ) -> tuple[object, ...]:
        rank = self._ranks.setdefault(found.sandbox, len(self._ranks))
        return (
            found.sandbox,
            found.run_id,
            rank,
            found.flow_id,
            found.flow_name,
            found.etag,
            found.status,
            found.error_code,
            found.error_message,
            found.created_at_ms,
            found.updated_at_ms,
            found.started_at_ms,
            found.window_start_ms,
            found.window_end_ms,
            reason,
            detail,
            failure.cluster if failure else "",
            failure.seconds if failure else None,
            found.run_id.plain,
            found.flow_id.plain,
        )


def _found(row: Sequence[object]) -> FoundRun:
    sandbox, run_id, flow_id, flow_name, etag, status, code, message, *times = row
    created, updated, started, window_start, window_end = (
        t if isinstance(t, int) else None for t in times
    )
    return FoundRun(
        sandbox=SandboxName(str(sandbox)),
        run_id=RunId(str(run_id)),
        flow_id=FlowId(str(flow_id)),
        flow_name=str(flow_name),
        etag=None if etag is None else ETag(str(etag)),
        status=str(status),
        error_code=str(code),
        error_message=str(message),
        created_at_ms=created,
        updated_at_ms=updated,
        started_at_ms=started,
        window_start_ms=window_start,
        window_end_ms=window_end,
    )
