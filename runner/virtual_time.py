"""An event loop whose time jumps to the next sleeper when nothing else can happen: hours pass in seconds.

What would be a thread's work is done at once, on the loop, so that a story has one order; nothing here waits for the
machine's own clock. Whatever reads time from the clock of such a loop lives in the same hours.
"""

import asyncio
import math
import selectors
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

_T = TypeVar("_T")

_RESOLUTION_SECONDS = 1e-6


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop on a time of its own, which begins at zero and stands still while anybody has something to do."""

    def __init__(self) -> None:
        self._passed = 0.0
        super().__init__(_JumpingSelector(self.pass_by))
        # The loop wakes whoever is due within it; by the machine's, after some months, nobody ever would be: a float of
        # so many seconds cannot tell nanoseconds apart.
        self._clock_resolution = _RESOLUTION_SECONDS

    def time(self) -> float:
        """Return the seconds that have passed on this loop."""
        return self._passed

    def pass_by(self, seconds: float) -> None:
        """Let so much time pass at once; never nothing, however late it is and however small the step."""
        self._passed = max(self._passed + seconds, math.nextafter(self._passed, math.inf))

    def run_in_executor(  # type: ignore[override]  # a plain future is all that anybody awaits here
        self,
        _executor: object,
        func: Callable[..., _T],
        *args: Any,  # noqa: ANN401  # whatever the function takes
    ) -> asyncio.Future[_T]:
        """Do at once what a thread would do, and tell of it a turn later, as a thread would."""
        done: asyncio.Future[_T] = self.create_future()
        try:
            tell = partial(done.set_result, func(*args))
        except Exception as error:  # noqa: BLE001  # as a thread hands it on
            tell = partial(done.set_exception, error)
        self.call_soon(_unless_done, done, tell)
        return done


def _unless_done(done: asyncio.Future[_T], tell: Callable[[], None]) -> None:
    if not done.done():
        tell()


class _JumpingSelector(selectors.DefaultSelector):
    """Where the loop would wait for time to pass, it looks for what has come, and lets the time pass."""

    def __init__(self, pass_by: Callable[[float], None]) -> None:
        super().__init__()
        self._pass_by = pass_by

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what came; None: there is no sleeper, and only a signal can wake anybody."""
        if timeout is None or timeout <= 0:
            return list(super().select(timeout))
        come = list(super().select(0))
        if not come:
            self._pass_by(timeout)
        return come


class VirtualClock:
    """The clock of a loop on virtual time: the wall clock starts at a given moment."""

    def __init__(self, loop: VirtualTimeLoop, *, starts_at_ms: int) -> None:
        self._loop = loop
        self._starts_at_ms = starts_at_ms

    def now_ms(self) -> int:
        """Return the virtual wall clock, in milliseconds since 1970 UTC."""
        return self._starts_at_ms + int(self._loop.time() * 1000)

    def monotonic(self) -> float:
        """Return the seconds that have passed."""
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        """Wait; zero or less yields once."""
        await asyncio.sleep(max(0.0, seconds))
