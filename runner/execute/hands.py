"""Notice other hands: what a colleague or another journal re-triggered already.

A click in the user interface leaves the old run ``failed``; only the newer run that it made gives it away. The
judgement is pure; the looking is a listing of the flows' newest runs, as old as a verification may be.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from runner.clock import Clock
from runner.execute.listed import MOST_PAGES, Listed, Lists, newer_runs
from runner.execute.newer import NewerRuns
from runner.model.plan import FoundRun
from runner.model.platform import Run
from runner.model.skips import skipped_because
from runner.model.traces import Maker, Windows, compare_windows, maker_of
from runner.model.words import FlowId, RunId, SandboxName, SkipReason

REUSED_SECONDS = 20.0
"""How old what a look rests on may be when it is made: well within the minute that all of it may be old in the end."""
MOST_FLOWS = 100
"""So many fit one call."""
_FLOWS_TOGETHER = 20
"""So many are listed together the first time, when there may be many pages."""


Claimed = Callable[[Sequence[RunId]], Awaitable[frozenset[RunId]]]
"""Says which of some runs are known to the journal as the new run of one of its requests."""


def other_hand(
    pinned: FoundRun, old: Run, newer: Iterable[Run], *, our_client: str, claimed: frozenset[RunId]
) -> str:
    """Return why a run may have been re-triggered by somebody already, or nothing.

    A newer run speaks for it when it names the old one as its parent, when it has the same data window, when we made
    it, or when somebody did who is neither the scheduler nor whoever made the old run; not when this journal knows it,
    nor, without a parent, when its window shows that its data are others.
    """
    for run in newer:
        if run.id == old.id or run.id in claimed or not _is_newer(run, old):
            continue
        if run.parent_run_id == old.id:
            return _maybe_already(f"run {run.id} names it as its parent")
        windows = compare_windows(pinned, run.window)
        if windows is Windows.DIFFERENT:
            continue
        why = (
            "has the same data window"
            if windows is Windows.SAME
            else _made_by_hand(run, old, our_client)
        )
        if why:
            return _maybe_already(f"run {run.id} {why}")
    return ""


def _maybe_already(detail: str) -> str:
    return skipped_because(SkipReason.MAYBE_ALREADY_RETRIGGERED, detail)


def _is_newer(run: Run, old: Run) -> bool:
    return run.created_at_ms is not None and run.created_at_ms > (old.created_at_ms or 0)


def _made_by_hand(run: Run, old: Run, our_client: str) -> str:
    match maker_of(run, our_client=our_client):
        case (
            Maker.WE
        ):  # also where we made the old run: then another journal's re-trigger made both
            return "was made by these credentials, and this journal does not know it"
        case Maker.SOMEBODY_ELSE:
            if (run.created_by, run.created_client) == (old.created_by, old.created_client):
                return ""  # made by whoever made the old run: the flow's own schedule
            return f"was made by {run.created_client or run.created_by}"
        case Maker.CANNOT_TELL:
            return ""


@dataclass(slots=True, kw_only=True)
class Hands:
    """What is known of the flows' newer runs.

    A flow is listed once as far back as its oldest run goes that is asked about; after that, only what may be new.
    """

    lists: Lists
    claimed: Claimed
    clock: Clock
    our_client: str
    visibility_lag_seconds: float
    """How long after its creation a run may show up in a listing."""
    server_offset_ms: Callable[[], int | None] = lambda: None
    """How far the platform's clock is ahead of ours, as last seen."""
    _seen: dict[SandboxName, dict[FlowId, NewerRuns]] = field(default_factory=dict)

    async def reasons(
        self, sandbox: SandboxName, pinned: Sequence[FoundRun], now: dict[RunId, Run]
    ) -> dict[RunId, str]:
        """Return which of these runs somebody may have re-triggered already, and why it seems so."""
        there = [(found, now[found.run_id]) for found in pinned if found.run_id in now]
        since: dict[FlowId, int] = {}
        for _, old in there:
            created_ms = old.created_at_ms or 0
            since[old.flow_id] = min(created_ms, since.get(old.flow_id, created_ms))
        await self._list(sandbox, since, oldest_seconds=REUSED_SECONDS)
        seen = self._seen.get(sandbox, {})
        suspects = {pin.run_id: seen[old.flow_id].candidates(pin, old) for pin, old in there}
        ids = {run.id for runs in suspects.values() for run in runs}
        claimed = await self.claimed(sorted(ids)) if ids else frozenset()
        found = {
            pin.run_id: other_hand(
                pin, old, suspects[pin.run_id], our_client=self.our_client, claimed=claimed
            )
            or _unseen(seen[old.flow_id], old)
            for pin, old in there
        }
        return {run_id: why for run_id, why in found.items() if why}

    def listed_at(self, sandbox: SandboxName, flows: Iterable[FlowId]) -> float:
        """Return when the flow was listed of which that is longest ago (monotonic, seconds); infinite: none was."""
        seen = self._seen.get(sandbox, {})
        return min((seen[flow].asked_at for flow in flows if flow in seen), default=math.inf)

    async def look(self, sandbox: SandboxName, since: Mapping[FlowId, int]) -> None:
        """List flows anew, each as far back as a creation (epoch milliseconds), going on from what is known of it."""
        await self._list(sandbox, since, oldest_seconds=0.0)

    async def others(
        self, sandbox: SandboxName, since: Mapping[FlowId, int]
    ) -> dict[FlowId, list[Run]]:
        """Return the flows' runs that were created since then, as last listed, and that this journal does not know."""
        seen = {flow: self._seen[sandbox][flow] for flow in since}
        found = {flow: known.created_since(since[flow]) for flow, known in seen.items()}
        ids = sorted({run.id for runs in found.values() for run in runs})
        claimed = await self.claimed(ids) if ids else frozenset()
        for known in seen.values():
            known.forget(claimed)
        return {
            flow: [run for run in runs if run.id not in claimed] for flow, runs in found.items()
        }

    async def _list(
        self, sandbox: SandboxName, since: Mapping[FlowId, int], *, oldest_seconds: float
    ) -> None:
        """List the flows whose newer runs are not known, or no longer freshly."""
        seen = self._seen.setdefault(sandbox, {})
        unknown = [
            flow
            for flow, at in since.items()
            if flow not in seen or (seen[flow].is_all and seen[flow].from_ms > at + 1)
        ]
        stale = [
            flow
            for flow in since
            if flow not in unknown and self._age(seen[flow]) >= oldest_seconds
        ]
        await self._list_all(sandbox, {flow: since[flow] for flow in sorted(unknown)})
        if stale:
            await self._list_what_is_new(sandbox, {flow: since[flow] for flow in stale})

    def _age(self, known: NewerRuns) -> float:
        return self.clock.monotonic() - known.asked_at

    async def _list_all(self, sandbox: SandboxName, since: Mapping[FlowId, int]) -> None:
        """List flows that are not known, some at a time beside others: a page is only known by the one before it."""
        flows = list(since)
        parts = [flows[at : at + _FLOWS_TOGETHER] for at in range(0, len(flows), _FLOWS_TOGETHER)]
        ends = await asyncio.gather(
            *(self._list_whole(sandbox, part, min(map(since.__getitem__, part))) for part in parts),
            return_exceptions=True,
        )
        for end in ends:
            if end is not None:
                raise end

    async def _list_whole(
        self, sandbox: SandboxName, flows: Sequence[FlowId], since_ms: int
    ) -> None:
        asked_at = self.clock.monotonic()
        listed = await newer_runs(self.lists, sandbox, flows, since_ms=since_ms)
        if len(flows) > 1 and not listed.is_whole:
            for flow in flows:
                await self._list_whole(sandbox, [flow], since_ms)
            return
        for flow in flows:
            self._seen[sandbox][flow] = NewerRuns(
                from_ms=listed.from_ms,
                asked_at=asked_at,
                until_ms=since_ms,
                is_all=listed.from_ms <= since_ms + 1,
            )
        await self._note(sandbox, flows, listed, asked_at=asked_at)

    async def _list_what_is_new(self, sandbox: SandboxName, stale: Mapping[FlowId, int]) -> None:
        """List what these flows may have come to, and others in the same call which need not go back further."""
        seen, lag_ms = self._seen[sandbox], round(self.visibility_lag_seconds * 1000)
        since_ms = min(seen[flow].changed_since_ms(lag_ms=lag_ms) for flow in stale)
        others = [
            flow
            for flow, known in seen.items()
            if flow not in stale
            and self._age(known) >= REUSED_SECONDS / 2
            and known.changed_since_ms(lag_ms=lag_ms) >= since_ms
        ]
        flows = [*stale, *others[: max(0, MOST_FLOWS - len(stale))]]
        asked_at = self.clock.monotonic()
        listed = await newer_runs(self.lists, sandbox, flows, since_ms=since_ms)
        if listed.is_whole:
            await self._note(sandbox, flows, listed, asked_at=asked_at)
        else:  # between what it showed and what was known before there may be more
            await self._list_all(sandbox, stale)

    async def _note(
        self,
        sandbox: SandboxName,
        flows: Sequence[FlowId],
        listed: Listed,
        *,
        asked_at: float,
    ) -> None:
        """Take in what a listing of some flows showed; what this journal knows as its own speaks for nothing."""
        known = {flow: self._seen[sandbox][flow] for flow in flows}
        for run in listed.runs:
            if run.flow_id in known:
                known[run.flow_id].note(run, our_client=self.our_client)
        newest_ms = max((run.created_at_ms or 0 for run in listed.runs), default=0)
        # A creation in the future must not blind us; nor is a listing believed that did not come to its end.
        until_ms = min(newest_ms, self.clock.now_ms() + (self.server_offset_ms() or 0))
        for one in known.values():
            one.asked_at = asked_at
            one.until_ms = max(one.until_ms, until_ms if listed.is_whole else 0)
        unfinished = sorted({run_id for one in known.values() for run_id in one.unfinished})
        claimed = await self.claimed(unfinished) if unfinished else frozenset()
        for one in known.values():
            one.forget(claimed)


def _unseen(known: NewerRuns, old: Run) -> str:
    """Return why nobody can say that a run was not re-triggered: its flow has too many newer ones; or nothing."""
    if known.is_all or known.from_ms <= (old.created_at_ms or 0) + 1:
        return ""
    return _maybe_already(
        f"its flow has more newer runs than are looked through ({MOST_PAGES} pages), and one may be its re-trigger"
    )
