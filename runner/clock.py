"""Time comes in by the door: what the program reads time from, and waits on.

Two clocks are kept apart. ``now_ms`` is the wall clock, for what people and the platform read. ``monotonic`` never
goes back, for waiting and limits. It counts time the machine was suspended where the system offers such a clock, so
that a deadline passes while a laptop sleeps.
"""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """The only source of time in the program; tests move one by hand."""

    def now_ms(self) -> int:
        """Return the wall clock, in milliseconds since 1970 UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds on a clock that only goes forward."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; zero or less yields once."""
        ...


# CLOCK_BOOTTIME counts suspended time; time.monotonic() does not on Linux.
_BOOTTIME: int | None = getattr(time, "CLOCK_BOOTTIME", None)

_LATE_SECONDS = 0.0022
"""How late an event loop wakes at most, where it has nothing else to do: its selector counts in milliseconds."""
_TICK_SECONDS = 0.001
_LATE_AFTER_A_TICK_SECONDS = 0.0014
"""What the shortest wait takes at most."""
_EXACT_FROM_SECONDS = 0.004


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        """Return the wall clock, in milliseconds since 1970 UTC."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Return seconds on a clock that only goes forward and counts suspended time."""
        return time.clock_gettime(_BOOTTIME) if _BOOTTIME is not None else time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait; zero or less yields once.

        An event loop wakes a millisecond late, or two. Where that is little beside the wait, the last of it is spent
        turning instead: requests that must keep a distance then keep just that.
        """
        if seconds < _EXACT_FROM_SECONDS:
            await asyncio.sleep(max(0.0, seconds))
            return
        until = self.monotonic() + seconds
        await asyncio.sleep(seconds - _LATE_SECONDS)
        while (left := until - self.monotonic()) > 0.0:  # noqa: ASYNC110  # for a moment, no event
            await asyncio.sleep(_TICK_SECONDS if left > _LATE_AFTER_A_TICK_SECONDS else 0.0)
