"""Look at runs once more, in bulk, just before they are asked for: is each still what the plan pinned?

The judgement is a pure function; the looking is one listing for up to a hundred runs.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from runner.clock import Clock
from runner.execute.hands import MOST_FLOWS, REUSED_SECONDS, Hands
from runner.model.plan import FoundRun, PlannedRun
from runner.model.platform import Flow, Run
from runner.model.skips import etag_changed, skipped_because, status_changed
from runner.model.words import FlowId, RunId, SandboxName, SkipReason

FRESH_SECONDS = 60.0
"""How old a look may be when the request leaves."""

FLOW_FRESH_SECONDS = REUSED_SECONDS


class Look(Protocol):
    """The part of the platform that verification needs."""

    async def runs_by_id(self, sandbox: SandboxName, ids: Sequence[RunId]) -> dict[RunId, Run]:
        """Return those of the runs that are there."""
        ...

    async def flows_by_id(self, sandbox: SandboxName, ids: Sequence[FlowId]) -> dict[FlowId, Flow]:
        """Return those of the flows that are there; may be remembered from before."""
        ...

    def forget_flows(self, sandbox: SandboxName) -> None:
        """Have the next look at flows be a new one."""
        ...


Elsewhere = Callable[[SandboxName, Sequence[FoundRun]], Awaitable[Mapping[RunId, str]]]
"""Says which of some runs this journal's other executions asked for, or keep from being asked for, and why."""


def why_not(pinned: FoundRun, now: Run | None, flow: Flow | None) -> str:
    """Return why a run is skipped after all, or nothing: it is still what the plan pinned."""
    if now is None:
        return skipped_because(SkipReason.NOT_FOUND, "the run is no longer there")
    if now.status != pinned.status:
        return status_changed(pinned.status, now)
    if pinned.etag and now.etag and now.etag != pinned.etag:
        return etag_changed(pinned.etag, now.etag)
    if flow is not None and flow.state and flow.state.lower() != "enabled":
        return skipped_because(SkipReason.FLOW_NOT_ENABLED, f"the flow is {flow.state}")
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a look found."""

    why_not: Mapping[int, str]
    """By plan position why each run is skipped after all, or nothing."""
    at: float
    """When the oldest of what it rests on was asked for (monotonic, seconds)."""


@dataclass(slots=True)
class Verifier:
    """Verifies runs of one execution; remembers how old its knowledge of flows is."""

    look: Look
    clock: Clock
    hands: Hands | None = None
    """Notices what others re-triggered; None: that is not asked."""
    elsewhere: Elsewhere | None = None
    """Knows what this journal's other executions did since the plan was made; None: that is not asked."""
    _flows_seen: dict[SandboxName, float] = field(default_factory=dict)
    _flows_asked: dict[SandboxName, dict[FlowId, None]] = field(default_factory=dict)
    """Since the flows were looked at anew."""

    async def look_again(self, sandbox: SandboxName, runs: Sequence[PlannedRun]) -> Looked:
        """Return why each run is skipped after all, if it is."""
        began = self.clock.monotonic()
        now = await self.look.runs_by_id(sandbox, [run.found.run_id for run in runs])
        flows = await self._flows(sandbox, {run.found.flow_id for run in runs})
        verdicts = {
            run.position: why_not(
                run.found, now.get(run.found.run_id), flows.get(run.found.flow_id)
            )
            for run in runs
        }
        others: dict[RunId, str] = {}
        left = [run.found for run in runs if not verdicts[run.position]]
        if self.hands:
            others |= await self.hands.reasons(sandbox, left, now)
        if self.elsewhere:
            others |= await self.elsewhere(sandbox, left)
        by_others = {
            run.position: others[run.found.run_id] for run in runs if run.found.run_id in others
        }
        listed_at = (
            self.hands.listed_at(sandbox, {run.found.flow_id for run in runs})
            if self.hands
            else began
        )
        at = min(began, listed_at, self._flows_seen[sandbox])
        return Looked(why_not=verdicts | by_others, at=at)

    async def _flows(self, sandbox: SandboxName, ids: set[FlowId]) -> dict[FlowId, Flow]:
        """Return the flows; when it is time for a new look, others of late share its call."""
        moment = self.clock.monotonic()
        wanted = sorted(ids)
        if moment - self._flows_seen.get(sandbox, -FLOW_FRESH_SECONDS) >= FLOW_FRESH_SECONDS:
            self.look.forget_flows(sandbox)
            self._flows_seen[sandbox] = moment
            former = [one for one in self._flows_asked.get(sandbox, ()) if one not in ids]
            wanted += former[: max(0, MOST_FLOWS - len(wanted))]
            self._flows_asked[sandbox] = {}
        self._flows_asked.setdefault(sandbox, {}).update(dict.fromkeys(sorted(ids)))
        return await self.look.flows_by_id(sandbox, wanted)
