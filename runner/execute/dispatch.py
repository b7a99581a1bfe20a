"""Hand claimed runs to idle workers: sandboxes take turns, and the gate says when.

It knows no answers and writes nothing. A job that waited too long for its turn is handed back unasked.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from runner.clock import Clock
from runner.execute.lanes import Job, SandboxWork
from runner.limits import Gate


@dataclass(slots=True)
class Dispatcher:
    """The only place where a worker waits for work."""

    gate: Gate
    clock: Clock
    turns: deque[SandboxWork]
    is_stale: Callable[[Job], bool] = lambda _: False
    hand_back: Callable[[Job], None] = lambda _: None
    taken: Callable[[SandboxWork], None] = lambda _: None
    """Told when a sandbox's queue of claimed runs became shorter."""
    out: int = 0
    """Jobs handed to workers that have not said that they are done with them."""
    _idle: deque[asyncio.Future[Job | None]] = field(default_factory=deque)
    _alarm: asyncio.Task[None] | None = None
    _alarm_at: float = math.inf
    _closed: bool = False

    async def next_job(self) -> Job | None:
        """Return a job that has entered the gate, as soon as there is one; None: there will be no more."""
        if self._closed:
            return None
        if not self._idle and (job := self._try_next()):
            return job
        place: asyncio.Future[Job | None] = asyncio.get_running_loop().create_future()
        self._idle.append(place)
        return await place

    def pump(self) -> None:
        """Look again: something is ready, or a place was freed."""
        while self._idle and not self._closed:
            if self._idle[0].done():
                self._idle.popleft()
            elif job := self._try_next():
                self._idle.popleft().set_result(job)
            else:
                return

    def close(self) -> None:
        """Give out nothing more; whoever waits goes home."""
        self._closed = True
        for place in self._idle:
            if not place.done():
                place.set_result(None)
        self._idle.clear()
        if self._alarm:
            self._alarm.cancel()

    def _try_next(self) -> Job | None:
        soonest = math.inf
        for _ in range(len(self.turns)):
            work = self.turns[0]
            self.turns.rotate(-1)
            if self._drop_stale(work):
                wait = self.gate.try_retrigger(work.name)
                if wait == 0.0:
                    job = work.ready.popleft()
                    self.out += 1
                    self.taken(work)
                    return job
                soonest = min(soonest, wait)
        self._wake_in(soonest)
        return None

    def _drop_stale(self, work: SandboxWork) -> bool:
        """Hand back what waited too long; return whether anything is left."""
        while work.ready and self.is_stale(work.ready[0]):
            self.hand_back(work.ready.popleft())
        return bool(work.ready)

    def _wake_in(self, seconds: float) -> None:
        at = self.clock.monotonic() + seconds
        if at >= self._alarm_at:
            return
        if self._alarm:
            self._alarm.cancel()
        self._alarm_at = at
        self._alarm = asyncio.create_task(self._ring(seconds))

    async def _ring(self, seconds: float) -> None:
        await self.clock.sleep(seconds)
        self._alarm, self._alarm_at = None, math.inf
        self.pump()
