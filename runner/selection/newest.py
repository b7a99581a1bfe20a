"""Tell which flows' sources are probably still broken: by the newest run of each that is not among the chosen.

A few listings for all flows together, newest first, and no more of them than stated: it is a hint for people, and
nothing is chosen or left out because of it. Successes seen on the way tell how long a flow's runs take.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from runner.errors import PlatformRefused, PlatformUnreachable
from runner.model.outlook import BrokenSource, SourceLook
from runner.model.plan import PlannedLane
from runner.model.platform import Run, RunQuery
from runner.model.words import FlowId, RunId, SandboxName

MOST_FLOWS = 200
FLOWS_AT_ONCE = 50
MOST_PAGES = 2
"""Of one listing; a flow that does not appear on them is not told of."""
_ENDED = frozenset({"failed", "success", "completed", "partialsuccess", "partialfailure"})
_WELL = frozenset({"success", "completed"})

LaneKey = tuple[SandboxName, FlowId]


class ListsRuns(Protocol):
    """The part of the platform that the look needs."""

    def list_runs(self, sandbox: SandboxName, query: RunQuery) -> AsyncIterator[tuple[Run, ...]]:
        """Return the runs that answer a query, newest first by creation, page by page."""
        ...


ChosenOf = Callable[[SandboxName, Sequence[RunId]], Awaitable[Collection[RunId]]]
"""Says which of some runs are among the chosen."""


async def look_at_sources(
    platform: ListsRuns,
    lanes: Sequence[PlannedLane],
    *,
    codes: Mapping[LaneKey, Collection[str]],
    chosen_of: ChosenOf,
) -> SourceLook:
    """Look at the newest runs of the flows of a plan.

    Args:
        platform: lists their runs.
        lanes: the flows, those first that matter most; beyond ``MOST_FLOWS`` none is looked at.
        codes: the error codes of each flow's chosen runs.
        chosen_of: says which runs are among the chosen.
    """
    looking = _Looking(platform=platform, chosen_of=chosen_of)
    by_sandbox: dict[SandboxName, list[FlowId]] = {}
    for lane in lanes[:MOST_FLOWS]:
        by_sandbox.setdefault(lane.sandbox, []).append(lane.flow_id)
    for sandbox, flow_ids in by_sandbox.items():
        rest = iter(flow_ids)
        while some := tuple(islice(rest, FLOWS_AT_ONCE)):
            await looking.look(sandbox, some)
    broken = (_broken(lane, looking.newest, codes) for lane in lanes)
    return SourceLook(
        broken=tuple(source for source in broken if source),
        not_looked_at=looking.refused + max(0, len(lanes) - MOST_FLOWS),
        success_seconds={key: sum(took) / len(took) for key, took in looking.took.items()},
    )


def _broken(
    lane: PlannedLane, newest: Mapping[LaneKey, Run], codes: Mapping[LaneKey, Collection[str]]
) -> BrokenSource | None:
    key = (lane.sandbox, lane.flow_id)
    run = newest.get(key)
    if run is None or run.status.lower() != "failed":
        return None
    if not run.error_code or run.error_code not in codes.get(key, ()):
        return None
    return BrokenSource(
        sandbox=lane.sandbox,
        flow_id=lane.flow_id,
        flow_name=lane.flow_name,
        run_id=run.id,
        error_code=run.error_code,
        created_at_ms=run.created_at_ms,
    )


@dataclass(slots=True, kw_only=True)
class _Looking:
    platform: ListsRuns
    chosen_of: ChosenOf
    newest: dict[LaneKey, Run] = field(default_factory=dict)
    took: dict[LaneKey, list[float]] = field(default_factory=dict)
    refused: int = 0
    """Flows whose runs the platform did not list: several flows in one expression are not documented for runs."""

    async def look(self, sandbox: SandboxName, flow_ids: Sequence[FlowId]) -> None:
        wanted = {(sandbox, flow_id) for flow_id in flow_ids}
        pages = 0
        try:
            async for page in self.platform.list_runs(sandbox, RunQuery(flow_ids=tuple(flow_ids))):
                await self._note(sandbox, page, wanted)
                pages += 1
                if pages == MOST_PAGES or wanted <= self.newest.keys():
                    return
        except (PlatformRefused, PlatformUnreachable):
            self.refused += len(flow_ids)

    async def _note(
        self, sandbox: SandboxName, page: Sequence[Run], wanted: Collection[LaneKey]
    ) -> None:
        chosen = await self.chosen_of(sandbox, [run.id for run in page])
        for run in page:
            key = (sandbox, run.flow_id)
            status = run.status.lower()
            if key not in wanted or run.id in chosen or status not in _ENDED:
                continue
            self.newest.setdefault(key, run)
            if (
                status in _WELL
                and run.started_at_ms is not None
                and run.completed_at_ms is not None
            ):
                seconds = max(0, run.completed_at_ms - run.started_at_ms) / 1000
                self.took.setdefault(key, []).append(seconds)
