"""Notice other hands: what a colleague or another journal re-triggered already.

A click in the user interface leaves the old run ``failed``; only the newer run that it made gives it away. The
judgement is pure; the looking is a listing of the flows' newest runs, as old as a verification may be.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from runner.clock import Clock
from runner.errors import ListingCutShort, PlatformRefused
from runner.model.plan import FoundRun
from runner.model.platform import DataWindow, Run, RunQuery
from runner.model.traces import Maker, Windows, compare_windows, maker_of
from runner.model.words import FlowId, RunId, SandboxName, SkipReason

_MOST_PAGES = 50
_FRESH_SECONDS = 45.0
"""How old a listing may be when a run is verified: within the minute that a verification may be old."""


class Lists(Protocol):
    """The part of the platform that noticing needs."""

    def list_runs(self, sandbox: SandboxName, query: RunQuery) -> AsyncIterator[tuple[Run, ...]]:
        """Return the runs that answer a query, newest first by creation, page by page."""
        ...


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
            return f"{SkipReason.MAYBE_ALREADY_RETRIGGERED}: run {run.id} names it as its parent"
        windows = compare_windows(pinned, run.window)
        if windows is Windows.DIFFERENT:
            continue
        why = (
            "has the same data window"
            if windows is Windows.SAME
            else _made_by_hand(run, old, our_client)
        )
        if why:
            return f"{SkipReason.MAYBE_ALREADY_RETRIGGERED}: run {run.id} {why}"
    return ""


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


@dataclass(slots=True)
class _Newer:
    """A flow's listed runs, put so that those which may speak for a re-trigger are found without going through all."""

    by_window: dict[tuple[int, int], list[Run]] = field(default_factory=dict)
    """By the seconds of both ends of the data window."""
    by_maker: dict[tuple[str, str], list[Run]] = field(default_factory=dict)
    """Those that somebody made, by who made them."""
    by_parent: dict[str, list[Run]] = field(default_factory=dict)
    ours: list[Run] = field(default_factory=list)

    def note(self, run: Run, *, our_client: str) -> None:
        """Take in one run."""
        if run.parent_run_id:
            self.by_parent.setdefault(run.parent_run_id, []).append(run)
        if key := _seconds(run.window):
            self.by_window.setdefault(key, []).append(run)
        maker = maker_of(run, our_client=our_client)
        if maker is Maker.WE:
            self.ours.append(run)
        elif maker is Maker.SOMEBODY_ELSE:
            self.by_maker.setdefault((run.created_by, run.created_client), []).append(run)

    def candidates(self, pinned: FoundRun, old: Run) -> list[Run]:
        """Return the runs that may speak for a re-trigger of the old one."""
        window = DataWindow(start_ms=pinned.window_start_ms, end_ms=pinned.window_end_ms)
        key = _seconds(window)
        found = [*self.by_parent.get(old.id, ()), *(self.by_window.get(key, ()) if key else ())]
        found += self.ours
        for maker, runs in self.by_maker.items():
            if maker != (old.created_by, old.created_client):
                found += runs
        return found


def _seconds(window: DataWindow | None) -> tuple[int, int] | None:
    if window is None or window.start_ms is None or window.end_ms is None:
        return None
    return window.start_ms // 1000, window.end_ms // 1000


@dataclass(slots=True, kw_only=True)
class Hands:
    """What is known of the flows' newer runs, one sandbox at a time."""

    lists: Lists
    claimed: Claimed
    clock: Clock
    our_client: str
    _seen: dict[FlowId, tuple[float, int, _Newer]] = field(default_factory=dict)
    """By flow: when it was listed (monotonic), how far back (epoch milliseconds), and its runs since then."""

    async def reasons(
        self, sandbox: SandboxName, pinned: Sequence[FoundRun], now: dict[RunId, Run]
    ) -> dict[RunId, str]:
        """Return which of these runs somebody may have re-triggered already, and why it seems so."""
        there = [(found, now[found.run_id]) for found in pinned if found.run_id in now]
        await self._list(sandbox, [old for _, old in there])
        suspects = {
            pin.run_id: self._seen[old.flow_id][2].candidates(pin, old) for pin, old in there
        }
        ids = {run.id for runs in suspects.values() for run in runs}
        claimed = await self.claimed(sorted(ids)) if ids else frozenset()
        found = {
            pin.run_id: other_hand(
                pin, old, suspects[pin.run_id], our_client=self.our_client, claimed=claimed
            )
            for pin, old in there
        }
        return {run_id: why for run_id, why in found.items() if why}

    async def _list(self, sandbox: SandboxName, old_runs: Sequence[Run]) -> None:
        """List the flows whose newer runs are not known, or no longer freshly."""
        since: dict[FlowId, int] = {}
        for run in old_runs:
            created_ms = run.created_at_ms or 0
            since[run.flow_id] = min(created_ms, since.get(run.flow_id, created_ms))
        stale = {flow_id: at for flow_id, at in since.items() if not self._is_fresh(flow_id, at)}
        if not stale:
            return
        asked_at, since_ms = self.clock.monotonic(), min(stale.values())
        try:
            runs = await self._newer(sandbox, sorted(stale), since_ms)
        except PlatformRefused:
            # Several flows in one expression are not documented for runs; one is.
            runs = [
                r
                for flow_id in sorted(stale)
                for r in await self._newer(sandbox, [flow_id], since_ms)
            ]
        for flow_id in stale:
            self._seen[flow_id] = (asked_at, since_ms, _Newer())
        for run in runs:
            if run.flow_id in stale:
                self._seen[run.flow_id][2].note(run, our_client=self.our_client)

    def _is_fresh(self, flow_id: FlowId, since_ms: int) -> bool:
        asked_at, from_ms, _ = self._seen.get(flow_id, (0.0, 0, None))
        known = flow_id in self._seen and from_ms <= since_ms
        return known and self.clock.monotonic() - asked_at < _FRESH_SECONDS

    async def _newer(
        self, sandbox: SandboxName, flow_ids: Sequence[FlowId], since_ms: int
    ) -> list[Run]:
        """List runs newest first until one is older.

        The platform is not asked to filter by creation time, which it may do wrongly or not at all.
        """
        runs: list[Run] = []
        pages = 0
        try:
            async for page in self.lists.list_runs(sandbox, RunQuery(flow_ids=tuple(flow_ids))):
                runs += page
                pages += 1
                oldest = page[-1].created_at_ms if page else None
                if pages >= _MOST_PAGES or (oldest is not None and oldest < since_ms):
                    break
        except ListingCutShort:
            return runs  # the newest came first; a warning has said that more may be missing
        return runs
