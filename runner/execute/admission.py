"""Whether another run may be claimed, and a claimed one still leave: room, the day's share, the time of day, a pause.

It answers for limits that last longer than a request; how fast requests leave is the gate's business.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from runner.clock import Clock
from runner.execute.day import Day
from runner.execute.lanes import Lane
from runner.execute.room import Room
from runner.model.quiet import quiet_seconds
from runner.model.spec import Limits
from runner.model.words import SandboxName

_NO_LIMITS = Limits()


@dataclass(slots=True, kw_only=True)
class Admission:
    """The long limits of one execution."""

    whole: Limits
    sandboxes: Mapping[SandboxName, Limits]
    room: Room
    day: Day
    clock: Clock
    paused: str = ""
    """Who paused it and why; empty: nobody did."""

    @classmethod
    def of(
        cls, whole: Limits, sandboxes: Mapping[SandboxName, Limits], *, clock: Clock
    ) -> "Admission":
        """Build it for one execution's limits."""
        return cls(
            whole=whole,
            sandboxes=sandboxes,
            room=Room(whole=whole, sandboxes=sandboxes),
            day=Day(whole=whole, sandboxes=sandboxes),
            clock=clock,
        )

    def limit(self, whole: Limits, sandboxes: Mapping[SandboxName, Limits]) -> list[Lane]:
        """Take other limits; return the lanes that waited for a place, which may ask again."""
        self.whole, self.sandboxes = whole, sandboxes
        self.day.whole, self.day.sandboxes = whole, sandboxes
        return self.room.limit(whole, sandboxes)

    def is_closed(self, sandbox: SandboxName) -> bool:
        """Whether nothing of a sandbox may leave at the moment, claimed or not."""
        return bool(self.paused) or self.quiet_seconds(sandbox) > 0.0

    def quiet_seconds(self, sandbox: SandboxName) -> float:
        """Return how much longer it is quiet in a sandbox; zero: it is not."""
        own = self.sandboxes.get(sandbox, _NO_LIMITS).quiet
        if own is None and self.whole.quiet is None:
            return 0.0
        now_ms = self.clock.now_ms()
        return max(
            quiet_seconds(own, now_ms=now_ms), quiet_seconds(self.whole.quiet, now_ms=now_ms)
        )

    def takes(self, sandbox: SandboxName) -> bool:
        """Whether one more run of a sandbox may be claimed now, whatever its flow."""
        return not self.is_closed(sandbox) and self.room.for_sandbox(sandbox)
