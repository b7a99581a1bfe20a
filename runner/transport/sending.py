"""The last moment before a request leaves: may it still, and the note that it did.

aiohttp first gets a connection and then calls ``send`` with it; the request's first byte is written inside ``send``. So
what went wrong before ``send`` reached nobody, and a deadline is checked there as late as it can be.
"""

from collections.abc import Callable
from contextvars import ContextVar

import aiohttp
from aiohttp.connector import Connection

from runner.clock import Clock


class TooLate(Exception):
    """The time by which the request had to leave has passed; nothing was sent."""


class Sending:
    """One call on its way: until when it may leave (monotonic, seconds; None: at any time), and whether it has."""

    __slots__ = ("clock", "has_left", "leaves", "send_by")

    def __init__(
        self, *, clock: Clock, send_by: float | None, leaves: Callable[[], None] = lambda: None
    ) -> None:
        self.clock = clock
        self.send_by = send_by
        self.leaves = leaves
        self.has_left = False

    def check(self) -> None:
        """Raise TooLate when the time has passed."""
        if self.send_by is not None and self.clock.monotonic() >= self.send_by:
            raise TooLate


# aiohttp makes its requests itself and hands nothing of ours on to them; the task's context does.
CURRENT: ContextVar[Sending] = ContextVar("CURRENT")


class CheckedRequest(aiohttp.ClientRequest):
    """A request that looks at the clock with the connection in its hand."""

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        """Write the request, or raise TooLate with nothing written."""
        sending = CURRENT.get()
        sending.check()
        sending.has_left = True
        sending.leaves()
        return await super().send(conn)
