"""List the newer runs of flows, page by page, as far back as is asked for, and say how far that was.

What the runs mean is the business of ``hands``.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from runner.errors import ListingCutShort, PlatformRefused
from runner.model.listing_order import ListingOrder
from runner.model.platform import Run, RunQuery
from runner.model.words import FlowId, SandboxName

_MOST_PAGES_TOGETHER = 50
MOST_PAGES = 200
"""So many pages are listed of several flows together, and of one alone."""
_NEVER_MS = 1 << 62


class Lists(Protocol):
    """The part of the platform that noticing needs."""

    def list_runs(self, sandbox: SandboxName, query: RunQuery) -> AsyncIterator[tuple[Run, ...]]:
        """Return the runs that answer a query, newest first by creation, page by page."""
        ...


@dataclass(frozen=True, slots=True)
class Listed:
    """What came of a listing."""

    runs: list[Run]
    from_ms: int
    """Since when all of them are there, as far as that can be had at all (epoch milliseconds)."""
    is_whole: bool = True
    """Whether it came to its end, or as far back as was asked for."""


async def newer_runs(
    lists: Lists, sandbox: SandboxName, flows: Sequence[FlowId], *, since_ms: int
) -> Listed:
    """List some flows' runs, newest first, until one is older than ``since_ms`` (epoch milliseconds).

    The platform is not asked to filter by creation time, which it may do wrongly or not at all. Nor is its order
    believed before it is seen: one that lists oldest first would blind us on the first page.

    Raises what the listing raises; one that is cut short is not whole.
    """
    most = _MOST_PAGES_TOGETHER if len(flows) > 1 else MOST_PAGES
    try:
        return await _listed(lists, sandbox, sorted(flows), since_ms, most=most)
    except PlatformRefused:
        # Several flows in one expression are not documented for runs; one is.
        each = [
            await _listed(lists, sandbox, [flow], since_ms, most=MOST_PAGES)
            for flow in sorted(flows)
        ]
        return Listed(
            [run for one in each for run in one.runs],
            from_ms=max(one.from_ms for one in each),
            is_whole=all(one.is_whole for one in each),
        )


async def _listed(
    lists: Lists, sandbox: SandboxName, flows: Sequence[FlowId], since_ms: int, *, most: int
) -> Listed:
    runs: list[Run] = []
    order, pages = ListingOrder(), 0
    try:
        async for page in lists.list_runs(sandbox, RunQuery(flow_ids=tuple(flows))):
            runs += page
            pages += 1
            for run in page:
                order.note(run.created_at_ms)
            reached_ms = order.last_ms if order.is_newest_first else None
            if reached_ms is not None and reached_ms < since_ms:
                return Listed(runs, from_ms=reached_ms + 1)
            if pages >= most:
                from_ms = _NEVER_MS if reached_ms is None else reached_ms + 1
                return Listed(runs, from_ms=from_ms, is_whole=False)
    except ListingCutShort:
        # The newest came first; a warning has said that more may be missing.
        return Listed(runs, from_ms=since_ms, is_whole=False)
    return Listed(runs, from_ms=0)
