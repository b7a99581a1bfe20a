"""Keep each sandbox supplied with verified runs: read the plan's next ones from the journal and look at them again.

It does not claim, ask or limit. What a look turns down is settled here as skipped.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from runner.clock import Clock
from runner.execute.lanes import Lane, SandboxWork, Verified
from runner.journal import Journal, Settled
from runner.model.plan import PlannedRun
from runner.model.words import ExecutionId, OutcomeKind, SandboxName

BLOCK = 100
"""How many runs are looked at in one listing; the platform's documents allow pages of a hundred."""


class Looks(Protocol):
    """Looks at runs again, in bulk."""

    async def look_again(
        self, sandbox: SandboxName, runs: Sequence[PlannedRun]
    ) -> Mapping[int, str]:
        """Return, by plan position, why each run is skipped after all, or nothing."""
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

    async def feed(self) -> None:
        """Work until cancelled."""
        while True:
            await self.work.wake.wait()
            self.work.wake.clear()
            while self.work.wants_verified(self.clock.monotonic()):
                lanes, most = self._take_block()
                if lanes:
                    await self._feed_block(lanes, most=most)

    def _take_block(self) -> tuple[dict[int, Lane], int]:
        count, most = self.work.next_block(self.clock.monotonic(), most=BLOCK)
        lanes: dict[int, Lane] = {}
        while self.work.hungry and len(lanes) < count:
            lane = self.work.hungry.popleft()
            if not lane.closed:
                lanes[lane.number] = lane
        return lanes, most

    async def _feed_block(self, lanes: dict[int, Lane], *, most: int) -> None:
        places = {number: lane.next_position for number, lane in lanes.items()}
        rows = await asyncio.to_thread(
            self.journal.next_runs,
            self.execution_id,
            places,
            most_per_lane=most,
            up_to_wave=self.up_to_wave,
        )
        # A look is as old as its question, not its answer.
        asked_at = self.clock.monotonic()
        verdicts: dict[int, str] = {}
        for start in range(0, len(rows), BLOCK):
            runs = [run for _, run, _ in rows[start : start + BLOCK]]
            verdicts |= await self.looks.look_again(self.work.name, runs)
        self._hand_on(lanes, rows, most=most, verdicts=verdicts, asked_at=asked_at)

    def _hand_on(
        self,
        lanes: dict[int, Lane],
        rows: list[tuple[int, PlannedRun, int]],
        *,
        most: int,
        verdicts: Mapping[int, str],
        asked_at: float,
    ) -> None:
        skipped = []
        counts = dict.fromkeys(lanes, 0)
        for number, run, attempts in rows:
            lane = lanes[number]
            counts[number] += 1
            lane.next_position = run.lane_position + 1
            if why := verdicts[run.position]:
                skipped.append(self._skipped(run, why, attempts))
            else:
                lane.verified.append(Verified(run=run, attempts=attempts, at=asked_at))
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
