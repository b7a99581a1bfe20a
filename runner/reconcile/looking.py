"""Look at the platform for a request's traces: the flow's newest runs, and the old run itself.

Times are the platform's: our clock is corrected by its ``Date`` header. The order of the listing is not believed before
it is seen: a platform that lists oldest first would blind us on the first page. Nothing is decided or written here.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from runner.errors import ListingCutShort
from runner.model.doubt import OpenAsk
from runner.model.listing_order import ListingOrder
from runner.model.plan import FoundRun
from runner.model.platform import Run, RunQuery
from runner.model.traces import Windows, compare_windows
from runner.model.words import RunId, SandboxName
from runner.reconcile.evidence import Seen

_CLOCK_SLACK_MS = 2_000
"""A ``Date`` header has whole seconds, and travels; so far before the request a run may seem to be created."""

CLOCKS_APART_MS = 120_000
"""The gateway's clock, which we see, and the service's, which dates runs, need not agree: so far apart they may be."""

_MOST_PAGES = 50


class Platform(Protocol):
    """The part of the platform that looking needs."""

    def list_runs(self, sandbox: SandboxName, query: RunQuery) -> AsyncIterator[tuple[Run, ...]]:
        """Return the runs that answer a query, newest first by creation, page by page."""
        ...

    async def runs_by_id(self, sandbox: SandboxName, ids: Sequence[RunId]) -> dict[RunId, Run]:
        """Return those of the runs that are there."""
        ...

    def server_offset_ms(self) -> int | None:
        """Return how far the platform's clock is ahead of ours."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How late a lost request may still act, and how late its run may appear; in seconds."""

    answer_window_seconds: float
    visibility_lag_seconds: float

    def due_at_ms(self, ask: OpenAsk) -> int:
        """Return from when on the absence of a new run means something.

        A request that may have left later than it was meant to has its answer window from then.
        """
        left_by_ms = max(ask.asked_at_ms, ask.left_by_ms or 0)
        acted_by_ms = max(ask.ended_at_ms, left_by_ms + round(self.answer_window_seconds * 1000))
        return acted_by_ms + round(self.visibility_lag_seconds * 1000)


def sent_from_ms(ask: OpenAsk, server_offset_ms: int | None) -> int:
    """Return from when on, by the platform's clock, the request can have made a run.

    The clock that asked may have been another, or may have been set since: what it was off then counts, where known.
    """
    then_ms = server_offset_ms if ask.server_offset_ms is None else ask.server_offset_ms
    return ask.asked_at_ms + (then_ms or 0) - _CLOCK_SLACK_MS


Claimed = Callable[[Sequence[RunId]], Awaitable[frozenset[RunId]]]
"""Says which of some runs are known to the journal as somebody's new run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    """Looks for traces of one request at a time."""

    platform: Platform
    claimed: Claimed
    timing: Timing

    async def look(self, ask: OpenAsk, *, now_ms: int) -> Seen:
        """Return what is to be seen now.

        Args:
            ask: the request.
            now_ms: when the look began, by our clock.

        Raises:
            CannotGoOn: the platform cannot be read; whatever the platform's and the journal's own calls raise.
        """
        found = ask.found
        old = (await self.platform.runs_by_id(found.sandbox, [found.run_id])).get(found.run_id)
        # Known after that call at the latest: how far the platform's clock is from ours.
        offset_ms = self.platform.server_offset_ms()
        then_ms = offset_ms if ask.server_offset_ms is None else ask.server_offset_ms
        since_ms = sent_from_ms(ask, offset_ms)
        due_ms = self.timing.due_at_ms(ask)
        backlog = await self._backlog(ask, since_ms)
        newer = tuple(backlog.newer.values())
        near = backlog.near - {found.run_id}
        ids = [*(run.id for run in newer), *sorted(near)]
        claimed = await self.claimed(ids) if ids else frozenset()
        return Seen(
            newer=newer,
            claimed=claimed,
            # Without the platform's time nobody knows which runs are older; nor where the clocks may be that far apart.
            reached_back=backlog.reached_back and offset_ms is not None and near <= claimed,
            old_run=old,
            # By both clocks: ours may have been set, and a ``Date`` header may be a second off.
            is_late_enough=min(now_ms, now_ms + (offset_ms or 0) - (then_ms or 0)) >= due_ms,
        )

    async def _backlog(self, ask: OpenAsk, since_ms: int) -> "_Backlog":
        """List the flow's runs, newest first, until one is older than the request.

        The listing is bounded by nothing but the flow: not by a creation time, which the platform may filter wrongly or
        not at all, and never by a start time, which a new run does not have (sample runs in Adobe's guides).
        """
        backlog = _Backlog(found=ask.found, since_ms=since_ms)
        query = RunQuery(flow_ids=(ask.found.flow_id,))
        pages = 0
        try:
            async for page in self.platform.list_runs(ask.found.sandbox, query):
                for run in page:
                    backlog.note(run)
                pages += 1
                if backlog.is_enough or pages >= _MOST_PAGES:
                    return backlog
        except ListingCutShort:
            return backlog  # it stopped, and that is not its end: what is missing may be what is looked for
        backlog.has_ended = True
        return backlog


@dataclass(slots=True, kw_only=True)
class _Backlog:
    """What the pages showed so far, and whether they came in the order asked for."""

    found: FoundRun
    """The old run as the plan pinned it."""
    since_ms: int
    newer: dict[RunId, Run] = field(default_factory=dict)
    near: set[RunId] = field(default_factory=set)
    """Runs that seem a little older than the request, by clocks that need not agree."""
    has_ended: bool = False
    _has_older: bool = False
    _order: ListingOrder = field(default_factory=ListingOrder)

    def _is_anothers(self, run: Run) -> bool:
        """Whether a run's data prove that the request did not make it, whatever the clocks."""
        is_linked = run.parent_run_id == self.found.run_id
        return not is_linked and compare_windows(self.found, run.window) is Windows.DIFFERENT

    def note(self, run: Run) -> None:
        """Take in the next run; one of another flow, where the filter does nothing, tells nothing about this one."""
        if run.flow_id != self.found.flow_id:
            return
        created_ms = run.created_at_ms
        if created_ms is None or created_ms >= self.since_ms:
            self.newer.setdefault(run.id, run)
        else:
            self._has_older = True
            if created_ms >= self.since_ms - CLOCKS_APART_MS and not self._is_anothers(run):
                self.near.add(run.id)
        self._order.note(created_ms)

    @property
    def is_enough(self) -> bool:
        """Whether an older run came, and newest first is shown: then nothing newer can follow."""
        return self._has_older and self._order.is_newest_first

    @property
    def reached_back(self) -> bool:
        """Whether a run older than the request was met, and no newer one can be missing."""
        return self.is_enough or (self._has_older and self.has_ended)
