"""Find out what a staged plan tells beyond counts: clusters, sources, forecast."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise

from runner.journal import Staging
from runner.limits import Gate
from runner.model.outlook import Forecast, Outlook, SourceLook
from runner.model.plan import PlannedLane
from runner.model.spec import Spec
from runner.model.words import FlowId, OnFailure, RunId, SandboxName
from runner.plan import Pace, Waiting, forecast, wave_ends
from runner.selection import Platform, look_at_sources

_MOST_CLUSTERS = 50


async def looked_out(spec: Spec, staging: Staging, *, platform: Platform, gate: Gate) -> Outlook:
    """Return what a plan whose runs are staged and in order tells beyond counts; a few reads, nothing sent."""
    lanes = await asyncio.to_thread(staging.lanes)
    count, clusters = await asyncio.to_thread(staging.clusters, most=_MOST_CLUSTERS)
    waves = _waves(spec, sum(lane.runs for lane in lanes))
    sources = await _sources(staging, lanes, platform)
    return Outlook(
        clusters=tuple(clusters),
        cluster_count=count,
        sources=sources,
        forecast=_forecast(spec, lanes, sources, call_seconds=gate.call_seconds(), waves=waves),
    )


async def _sources(
    staging: Staging, lanes: Sequence[PlannedLane], platform: Platform
) -> SourceLook:
    async def chosen_of(sandbox: SandboxName, ids: Sequence[RunId]) -> Collection[RunId]:
        return await asyncio.to_thread(staging.chosen_of, sandbox, ids)

    codes: dict[tuple[SandboxName, FlowId], set[str]] = {}
    for line in staging.headlines():
        key = (SandboxName(line.sandbox), FlowId(line.flow_id))
        codes.setdefault(key, set()).add(line.error_code)
    return await look_at_sources(platform, lanes, codes=codes, chosen_of=chosen_of)


def _forecast(
    spec: Spec,
    lanes: Sequence[PlannedLane],
    sources: SourceLook,
    *,
    call_seconds: float,
    waves: Sequence[int],
) -> Forecast:
    """Return the forecast; how long a flow's successes took tells more than how long its failures did."""
    took = sources.success_seconds
    typical = [
        replace(lane, seconds=took.get((lane.sandbox, lane.flow_id), lane.seconds))
        for lane in lanes
    ]
    pace = Pace(
        call_seconds=call_seconds,
        poll_every_seconds=spec.wait.poll_every_seconds,
        waiting=_waiting(spec),
        soak_seconds=spec.between_waves.soak_seconds,
    )
    limits = {sandbox.name: sandbox.limits for sandbox in spec.sandboxes}
    return forecast(typical, whole=spec.limits, sandboxes=limits, pace=pace, waves=waves)


def _waves(spec: Spec, runs: int) -> list[int]:
    ends = [0, *wave_ends(spec.waves, runs=runs), runs]
    return [end - start for start, end in pairwise(ends)]


def _waiting(spec: Spec) -> Waiting:
    if not spec.wait.for_recovery:
        return Waiting.NONE
    holds = spec.on_failure is OnFailure.HOLD_FLOW
    return Waiting.IN_EACH_LANE if holds else Waiting.AT_THE_END
