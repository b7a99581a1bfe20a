"""Say what is waited for, and until when, where no display of an execution does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from runner.app.house import House
from runner.model.progress import WaitFor, Waiting
from runner.model.text import brief, until_time

_SHORTEST_SECONDS = 2.0
"""A shorter wait is over before anybody has read of it."""
_SAME_END_MS = 1_000
_LOOK_EVERY_SECONDS = 1.0
_AGAIN_AFTER_SECONDS = 30.0


def say_waiting(waiting: Waiting, *, house: House) -> None:
    """Say it, for programs with its end."""
    house.console.say(brief(waiting.text), action="waiting", facts=waiting.facts)


@dataclass(slots=True)
class RetryTeller:
    """Says that a call is made again after a while; of calls that wait until the same moment, the first."""

    house: House
    _until_ms: int = 0

    def __call__(self, what: str, seconds: float) -> None:
        """Say it, where it is long enough to be wondered at and not said already."""
        now_ms = self.house.clock.now_ms()
        until_ms = now_ms + round(seconds * 1000)
        if seconds < _SHORTEST_SECONDS or until_ms <= self._until_ms + _SAME_END_MS:
            return
        self._until_ms = until_ms
        text = f"waiting until {until_time(until_ms, now_ms=now_ms)} to try again: {what}"
        say_waiting(Waiting(what=WaitFor.PLATFORM, text=text, until_ms=until_ms), house=self.house)


@asynccontextmanager
async def told_meanwhile(now: Callable[[], Waiting | None], *, house: House) -> AsyncIterator[None]:
    """Say what is waited for while the block works: when it begins, when it changes, and each half minute."""
    telling = asyncio.create_task(_tell(now, house))
    try:
        yield
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


async def _tell(now: Callable[[], Waiting | None], house: House) -> None:
    said, at = "", 0.0
    while True:
        waiting, moment = now(), house.clock.monotonic()
        if waiting and (waiting.text != said or moment - at >= _AGAIN_AFTER_SECONDS):
            said, at = waiting.text, moment
            say_waiting(waiting, house=house)
        await house.clock.sleep(_LOOK_EVERY_SECONDS)
