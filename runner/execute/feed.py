"""Keep each sandbox supplied with verified runs: read the plan's next ones from the journal and look at them again.

It does not claim, ask or limit. What a look turns down is settled here as skipped.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from runner.clock import Clock
from runner.execute.hands import REUSED_SECONDS
from runner.execute.lanes import BLOCK, Lane, SandboxWork, Verified
from runner.execute.verify import Looked
from runner.journal import Journal, Settled
from runner.model.plan import PlannedRun
from runner.model.words import ExecutionId, OutcomeKind, SandboxName

_BLOCKS_AT_ONCE = 4
"""So many looks hide each other's latency; the gate bounds what leaves all the same."""


class Looks(Protocol):
    """Looks at runs again, in bulk."""

    async def look_again(self, sandbox: SandboxName, runs: Sequence[PlannedRun]) -> Looked:
        """Return why each run is skipped after all, if it is."""
        ...


class Hall(Protocol):
    """What the feeder hands its work to."""

    def supplied(self, work: SandboxWork, lane: Lane) -> None:
        """Take a lane that has verified runs again."""
        ...

    def ran_out(self, lane: Lane) -> None:
        """Take note that nothing is left of a lane."""
        ...

    def skip(self, work: SandboxWork, entries: Sequence[Settled]) -> None:
        """Settle runs that are no longer what the plan pinned."""
        ...


@dataclass(slots=True)
class Feeder:
    """Feeds one sandbox."""

    work: SandboxWork
    execution_id: ExecutionId
    journal: Journal
    looks: Looks
    clock: Clock
    hall: Hall
    up_to_wave: int | None = None
    _blocks: set[asyncio.Task[None]] = field(default_factory=set)
    """Those on their way."""
    _failure: BaseException | None = None

    async def feed(self) -> None:
        """Work until cancelled; raises what ended one of its looks."""
        try:
            while True:
                await self.work.wake.wait()
                self.work.wake.clear()
                if self._failure:
                    raise self._failure
                self._begin_blocks()
        finally:
            for block in self._blocks:
                block.cancel()
            await asyncio.gather(*self._blocks, return_exceptions=True)

    def _begin_blocks(self) -> None:
        while len(self._blocks) < _BLOCKS_AT_ONCE and self.work.wants_verified(
            self.clock.monotonic()
        ):
            lanes, most = self._take_block()
            if lanes:
                self.work.verifying += len(lanes) * most
                block = asyncio.create_task(self._feed_block(lanes, most=most))
                self._blocks.add(block)
                block.add_done_callback(self._block_ended)

    def _block_ended(self, block: asyncio.Task[None]) -> None:
        self._blocks.discard(block)
        if not block.cancelled():
            self._failure = self._failure or block.exception()
        self.work.wake.set()

    def _take_block(self) -> tuple[dict[int, Lane], int]:
        count, most = self.work.next_block(self.clock.monotonic())
        lanes: dict[int, Lane] = {}
        while self.work.hungry and len(lanes) < count:
            lane = self.work.hungry.popleft()
            if not lane.closed:
                lanes[lane.number] = lane
        return lanes, most

    async def _feed_block(self, lanes: dict[int, Lane], *, most: int) -> None:
        try:
            rows, looked = await self._looked_at(lanes, most=most)
        finally:
            self.work.verifying -= len(lanes) * most
        self._hand_on(lanes, rows, most=most, looked=looked)

    async def _looked_at(
        self, lanes: dict[int, Lane], *, most: int
    ) -> tuple[list[tuple[int, PlannedRun, int]], Looked]:
        """Return the lanes' next runs, and what a look at them found."""
        rows = await asyncio.to_thread(
            self.journal.next_runs,
            self.execution_id,
            {number: lane.next_position for number, lane in lanes.items()},
            most_per_lane=most,
            up_to_wave=self.up_to_wave,
        )
        why_not: dict[int, str] = {}
        at = self.clock.monotonic()
        for start in range(0, len(rows), BLOCK):
            runs = [run for _, run, _ in rows[start : start + BLOCK]]
            looked = await self.looks.look_again(self.work.name, runs)
            why_not |= looked.why_not
            at = min(at, looked.at)  # a look is as old as its oldest question, not its answers
        # But where limits make looking itself take long, no look would ever be young enough to act on.
        oldest = self.clock.monotonic() - REUSED_SECONDS
        return rows, Looked(why_not=why_not, at=max(at, oldest))

    def _hand_on(
        self,
        lanes: dict[int, Lane],
        rows: list[tuple[int, PlannedRun, int]],
        *,
        most: int,
        looked: Looked,
    ) -> None:
        skipped = []
        counts = dict.fromkeys(lanes, 0)
        for number, run, attempts in rows:
            lane = lanes[number]
            counts[number] += 1
            lane.next_position = run.lane_position + 1
            if why := looked.why_not[run.position]:
                skipped.append(self._skipped(run, why, attempts))
            else:
                lane.verified.append(Verified(run=run, attempts=attempts, at=looked.at))
                self.work.verified += 1
        if skipped:
            self.hall.skip(self.work, skipped)
        for number, lane in lanes.items():
            lane.exhausted = counts[number] < most
            self._place(lane)

    def _place(self, lane: Lane) -> None:
        if lane.verified:
            self.hall.supplied(self.work, lane)
        elif lane.exhausted:
            self.hall.ran_out(lane)
        elif not lane.closed:
            self.work.hungry.append(lane)

    def _skipped(self, run: PlannedRun, why: str, attempts: int) -> Settled:
        return Settled(
            at_ms=self.clock.now_ms(),
            position=run.position,
            run_id=run.found.run_id,
            outcome=OutcomeKind.SKIPPED,
            reason=why,
            attempts=attempts,
        )
