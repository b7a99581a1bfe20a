"""Work a plan wave by wave: place its lanes, feed them until all are closed, wait for recoveries, then begin the next.

What has to hold between two waves is judged elsewhere.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from runner.clock import Clock
from runner.execute.admission import Admission
from runner.execute.board import Board
from runner.execute.breakers import Breakers
from runner.execute.day import DAY_MS
from runner.execute.doubts import Doubts
from runner.execute.feed import Feeder
from runner.execute.recoveries import Recoveries
from runner.execute.settings import Ended
from runner.journal import GroupCommit, Journal, LaneState, WaveState
from runner.model.doubt import OpenAsk
from runner.model.progress import Waiting
from runner.model.recovery import Awaited
from runner.model.words import ExecutionId


class Between(Protocol):
    """What has to happen between two waves."""

    @property
    def waiting(self) -> Waiting | None:
        """Return what is waited for between two waves; None: nothing is now."""
        ...

    @property
    def soak_seconds(self) -> float:
        """Return how long is waited before each wave but the first."""
        ...

    async def before(self, wave: WaveState, *, former: WaveState) -> str:
        """Wait for what has to be waited for; return why the next wave may not start, or nothing."""
        ...


@dataclass(slots=True, kw_only=True)
class Waves:
    """The waves of one execution."""

    execution_id: ExecutionId
    org_id: str
    journal: Journal
    board: Board
    admission: Admission
    commits: GroupCommit
    clock: Clock
    feeder: Callable[..., Feeder]
    """Makes what feeds one sandbox up to a wave."""
    breakers: Breakers
    doubts: Doubts | None
    recoveries: Recoveries | None
    between: Between | None
    end: Callable[[Ended], None]
    task_ended: Callable[[asyncio.Task[None]], None]
    present: tuple[int, int] = (1, 1)
    """Which wave is worked, and how many there are."""

    def count(self) -> None:
        """Take note of how much there is in all."""
        self.board.count(self.journal.lanes(self.execution_id))

    async def work(
        self, *, open_asks: Sequence[OpenAsk], awaited: Sequence[Awaited], goes_on: bool
    ) -> None:
        """Work every wave from the last that was touched on, or until one may not begin.

        Args:
            open_asks: the requests of earlier goes whose answers were never seen.
            awaited: accepted runs of earlier goes whose recovery is not known.
            goes_on: whether a person lets it go on after it stopped: then a wave that was done is not judged again.
        """
        minding = asyncio.create_task(self.recoveries.mind()) if self.recoveries else None
        if minding:
            minding.add_done_callback(self.task_ended)
        try:
            await self._all(open_asks=open_asks, awaited=awaited, goes_on=goes_on)
        finally:
            if minding:
                minding.cancel()
                await asyncio.gather(minding, return_exceptions=True)

    async def _all(
        self, *, open_asks: Sequence[OpenAsk], awaited: Sequence[Awaited], goes_on: bool
    ) -> None:
        waves = self.journal.waves(self.execution_id)
        await self._count_the_day()
        if not goes_on:  # a crash or a deadline is no consent to begin counting anew
            tripped = self.breakers.take_up(self.journal.done(self.execution_id))
            if tripped.execution:
                self.end(Ended(stopped_by_rule=tripped.execution))
                return
        first = max((place for place, wave in enumerate(waves) if wave.touched), default=0)
        for place, wave in enumerate(waves[first:], start=first):
            if place > first and not goes_on and not await self._may_begin(wave, waves[place - 1]):
                return
            self.present = (wave.number, waves[-1].number)
            await self._place(wave, open_asks=open_asks, awaited=awaited)
            open_asks, awaited = (), ()
            goes_on = goes_on and place == first and self.board.all_closed.is_set()
            await self._until_closed(wave)
            if self.recoveries:
                await self.recoveries.watches.nothing_left()

    async def _count_the_day(self) -> None:
        day, since_ms = self.admission.day, self.clock.now_ms() - DAY_MS
        for sandbox in self.board.works:
            if day.is_limited(sandbox):
                asked = await asyncio.to_thread(
                    self.journal.asked_since, self.org_id, sandbox, since_ms=since_ms
                )
                day.asked[sandbox] = deque(asked)

    async def _may_begin(self, wave: WaveState, former: WaveState) -> bool:
        await self.commits.durable([])  # what is between looks into the journal
        why_not = await self.between.before(wave, former=former) if self.between else ""
        if why_not:
            self.end(Ended(stopped_by_rule=why_not))
        return not why_not

    async def _place(
        self, wave: WaveState, *, open_asks: Sequence[OpenAsk], awaited: Sequence[Awaited]
    ) -> None:
        """Place the lanes of the plan up to the end of a wave, and take up what earlier goes left in progress."""
        await self.commits.durable([])  # what was halted before is read from the journal
        lanes = await asyncio.to_thread(self._lanes, wave)
        by_flow = {(lane.sandbox, lane.flow_id): lane.number for lane in lanes}
        waits = bool(self.recoveries and self.recoveries.holds)
        self.board.take_in(
            lanes,
            in_doubt={ask.lane for ask in open_asks} if self.doubts else (),
            awaited={by_flow[one.sandbox, one.flow_id] for one in awaited if waits},
            held=self._why_held,
        )
        self._take_up(open_asks, awaited)

    def _lanes(self, wave: WaveState) -> list[LaneState]:
        return list(self.journal.lanes(self.execution_id, up_to_wave=wave.number))

    def _why_held(self, lane: LaneState) -> str:
        alone = self.breakers.left_alone(lane.number, lane.sandbox)
        return alone or (self.recoveries.why_held(lane.last) if self.recoveries else "")

    def _take_up(self, open_asks: Sequence[OpenAsk], awaited: Sequence[Awaited]) -> None:
        for ask in open_asks:
            self.admission.room.begin(ask.found.sandbox, ask.found.flow_id)
            if self.doubts:
                self.doubts.open(self.board.lanes[ask.lane], ask)
        if self.recoveries:
            for one in awaited:
                self.admission.room.begin(one.sandbox, one.flow_id)
            self.recoveries.go_on(awaited)

    async def _until_closed(self, wave: WaveState) -> None:
        """Feed every sandbox until the last lane is closed."""
        feeders = [
            asyncio.create_task(self.feeder(work, up_to_wave=wave.number).feed())
            for work in self.board.works.values()
        ]
        for feeder in feeders:
            feeder.add_done_callback(self.task_ended)
        try:
            await self.board.all_closed.wait()
        finally:
            for feeder in feeders:
                feeder.cancel()
            await asyncio.gather(*feeders, return_exceptions=True)
