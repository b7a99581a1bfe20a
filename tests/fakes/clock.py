"""A clock that tests move by hand."""

import asyncio
import heapq
from itertools import count


class FakeClock:
    """Both clocks in one: the wall shows `wall_ms` at first, the monotonic one `now` seconds.

    ``sleep`` waits until the test moves the clock past it. ``advance`` moves it step by step, from sleeper to sleeper,
    and lets everything that became possible happen in between.
    """

    def __init__(self, *, wall_ms: int = 1_763_600_000_000, now: float = 1000.0) -> None:
        self.now = now
        self._wall_offset_ms = wall_ms - round(now * 1000)
        self.slept: list[float] = []
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()

    def now_ms(self) -> int:
        return self._wall_offset_ms + round(self.now * 1000)

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._numbers), waiter))
        await waiter

    async def advance(self, seconds: float) -> None:
        """Move on, waking each sleeper at its own time."""
        end = self.now + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            at, _, waiter = heapq.heappop(self._sleepers)
            self.now = max(self.now, at)
            if not waiter.done():
                waiter.set_result(None)
            await settle()
        self.now = end
        await settle()


async def settle() -> None:
    """Let every task go on until it waits for something."""
    for _ in range(20):
        await asyncio.sleep(0)
