"""What time it is on a server, by the ``Date`` of its answers; each server has its own.

A clock here may be hours off; whatever a server dates (until when to wait, what was in the last hour) is meant by its
own.
"""

from collections.abc import Callable
from dataclasses import dataclass

from runner.clock import Clock
from runner.retry import http_date_ms, retry_after_seconds
from runner.transport import Reply


@dataclass(slots=True)
class ServerTime:
    """One server's time, as far as it is known."""

    clock: Clock
    offset_ms: int | None = None
    """How far its clock is ahead of ours, by the last ``Date`` header; None: it sent none."""
    on_known: Callable[[int], None] | None = None
    """Told once how far it is ahead, as soon as that is known."""
    _date: str = ""
    _moment_ms: int | None = None

    def learn(self, reply: Reply) -> None:
        """Learn from an answer that just came; one date is read once, which costs more than the rest of a call."""
        if reply.date is None or reply.date == self._date:
            return
        self._date = reply.date
        self._moment_ms = http_date_ms(reply.date)
        if self._moment_ms is None:
            return
        self.offset_ms = self._moment_ms - self.clock.now_ms()
        if self.on_known:
            tell, self.on_known = self.on_known, None
            tell(self.offset_ms)

    def now_ms(self) -> int:
        """Return the time on its clock, on ours where it is not known."""
        return self.clock.now_ms() + (self.offset_ms or 0)

    def when_said(self, reply: Reply) -> int:
        """Return when an answer that just came was made, by the clock of who made it as far as it is known."""
        self.learn(reply)
        if reply.date is None or self._moment_ms is None:
            return self.now_ms()
        return self._moment_ms

    def asked_to_wait(self, reply: Reply) -> float | None:
        """Return for how many seconds an answer that just came asks to wait; None where it does not say."""
        return retry_after_seconds(reply.retry_after, now_ms=self.when_said(reply))
