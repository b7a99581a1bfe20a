"""How many re-triggers the last 24 hours saw, in a sandbox and in all of them, and whether one more may be made.

Counted are the journal's, of every execution, and those of this one as they are made. Counting only.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.model.spec import Limits
from runner.model.text import person_time
from runner.model.words import SandboxName

DAY_MS = 24 * 3600 * 1000
_NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """A day's limit that is reached, the execution's or a sandbox's, and when the next one may be asked for."""

    is_whole: bool
    most: int
    next_ms: int


@dataclass(slots=True, kw_only=True)
class Day:
    """The re-triggers of the last 24 hours. Times are epoch milliseconds."""

    whole: Limits
    sandboxes: Mapping[SandboxName, Limits]
    asked: dict[SandboxName, deque[int]] = field(default_factory=dict)
    """By sandbox, oldest first."""
    counted: set[SandboxName] = field(default_factory=set)
    """Sandboxes that are counted though the spec does not limit them: a limit was ordered."""

    def is_limited(self, sandbox: SandboxName) -> bool:
        """Whether a sandbox's re-triggers are counted at all."""
        own = self.sandboxes.get(sandbox, _NO_LIMITS).max_per_day
        limited = self.whole.max_per_day is not None or own is not None
        return limited or sandbox in self.counted

    def why_not(self, sandbox: SandboxName, *, now_ms: int) -> str:
        """Return why no further run of a sandbox may be asked for now, or nothing."""
        if not (spent := self.spent(sandbox, now_ms=now_ms)):
            return ""
        limit = f"max_per_day of {spent.most} in {sandbox}"
        if spent.is_whole:
            limit = f"limits.max_per_day of {spent.most}"
        return f"{limit} is reached; apply again from {person_time(spent.next_ms)} on"

    def spent(self, sandbox: SandboxName, *, now_ms: int) -> "Spent | None":
        """Return the limit that is reached, where one is."""
        if not self.is_limited(sandbox):
            return None
        for times in self.asked.values():
            while times and times[0] <= now_ms - DAY_MS:
                times.popleft()
        own = self.sandboxes.get(sandbox, _NO_LIMITS).max_per_day
        mine = self.asked.get(sandbox, deque())
        if own is not None and len(mine) >= own:
            return Spent(is_whole=False, most=own, next_ms=mine[len(mine) - own] + DAY_MS)
        most = self.whole.max_per_day
        if most is not None and sum(map(len, self.asked.values())) >= most:
            every = sorted(at_ms for times in self.asked.values() for at_ms in times)
            return Spent(is_whole=True, most=most, next_ms=every[len(every) - most] + DAY_MS)
        return None

    def take(self, sandbox: SandboxName, *, at_ms: int) -> None:
        """Count one re-trigger."""
        if self.is_limited(sandbox):
            self.asked.setdefault(sandbox, deque()).append(at_ms)

    def give_back(self, sandbox: SandboxName) -> None:
        """Take one back that was surely not accepted."""
        if self.asked.get(sandbox):
            self.asked[sandbox].pop()
