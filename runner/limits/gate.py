"""The gate that every call to the platform passes: limits of the execution and of each sandbox, together.

It answers for never letting a call leave too early or too many be under way, and for going slower than the limits
where the platform bears less. It does not know lanes, runs or answers: others tell it what they heard.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import partial

from runner.clock import Clock
from runner.limits.adaptive import Adaptive, Sign
from runner.limits.budget import RetryBudget
from runner.limits.gcra import Rate
from runner.limits.pace import Pace
from runner.model.spec import Limits
from runner.model.words import SandboxName

_SHORTEST_TIMER_SECONDS = 0.001
"""Event loops cannot be woken more finely; asking for less makes them spin."""
_TOGETHER_SECONDS = 10.0
"""Two sandboxes refused within it: the limit is not one sandbox's."""


class Act(Enum):
    """What wants to pass."""

    READ = "read"
    RETRIGGER = "retrigger"


@dataclass(slots=True)
class _Level:
    """The limits of one level (the execution's, or a sandbox's) and how much of them is used."""

    rate: Rate | None
    read_rate: Rate | None
    """None: reads count against ``rate``."""
    at_once: float
    own: Adaptive
    """What was found out of the platform's own limits; for reads and re-triggers together."""
    lowered_at_ms: int = 0
    under_way: int = 0

    def rate_of(self, act: Act) -> Rate | None:
        return self.read_rate if act is Act.READ and self.read_rate else self.rate

    def wait(self, act: Act, now: float) -> float:
        if self.under_way >= self.at_once or self.under_way >= self.own.crowd:
            return math.inf
        rate = self.rate_of(act)
        return max(self.own.wait(now), rate.wait(now) if rate else 0.0)

    def enter(self, act: Act, now: float) -> None:
        self.under_way += 1
        self.own.take(now)
        if rate := self.rate_of(act):
            rate.take(now)

    def pause(self, until: float) -> None:
        self.own.pause(until)
        for rate in (self.rate, self.read_rate):
            if rate:
                rate.pause(until)

    def limit(self, limits: Limits, now: float) -> None:
        """Take other limits from now on; what was found out of the platform's own stays."""
        self.own.limit = _calls_per_second(limits)
        self.at_once = limits.max_at_once or math.inf
        self.rate = self._rate_at(self.rate, limits.max_per_second, now)
        self.read_rate = self._rate_at(self.read_rate, limits.max_reads_per_second, now)

    def _rate_at(self, rate: Rate | None, per_second: float | None, now: float) -> Rate | None:
        if per_second is None or (rate and rate.per_second == per_second):
            return rate if per_second else None
        changed = rate or Rate(math.inf)
        changed.change(per_second, now=now, resumes=self.own.paused_until)
        return changed


def _level(limits: Limits, *, longest_pause: float) -> _Level:
    return _Level(
        own=Adaptive(limit=_calls_per_second(limits), longest_pause=longest_pause),
        rate=Rate(limits.max_per_second) if limits.max_per_second else None,
        read_rate=Rate(limits.max_reads_per_second) if limits.max_reads_per_second else None,
        at_once=limits.max_at_once or math.inf,
    )


def _calls_per_second(limits: Limits) -> float:
    """Reads and re-triggers together, as the platform sees them."""
    if not limits.max_per_second:
        return math.inf
    return limits.max_per_second + (limits.max_reads_per_second or 0.0)


@dataclass(slots=True)
class Gate:
    """Whether a call may leave now, and if not, when to ask again."""

    clock: Clock
    whole: _Level
    by_sandbox: dict[SandboxName, _Level]
    on_change: Callable[[], None] = lambda: None
    """Called when a re-trigger may leave that could not before; the owner of the re-triggers looks again."""
    budget: RetryBudget = field(default_factory=RetryBudget)
    """Of all calls that pass here."""
    _readers: dict[SandboxName, int] = field(default_factory=dict)
    """How many reads wait, by sandbox: they go before re-triggers, which depend on them."""
    _refused_at: dict[SandboxName, float] = field(default_factory=dict)
    """When each sandbox was refused last for being too fast."""
    _asked_until: float = -math.inf
    """Until when the platform asked to wait."""
    _reads_seen: int = 0
    _read_seconds: float = 0.0
    _waiters: dict[asyncio.Future[None], None] = field(default_factory=dict)
    """In the order in which they came."""

    @classmethod
    def of(
        cls,
        whole: Limits,
        *,
        sandboxes: Mapping[SandboxName, Limits],
        clock: Clock,
        longest_pause: float = 60.0,
        retry_share: float = 0.1,
    ) -> "Gate":
        """Build the gate for one execution's limits. ``retry_share``: of the calls, those that may be retries."""
        made = partial(_level, longest_pause=longest_pause)
        return cls(
            clock=clock,
            whole=made(whole),
            by_sandbox={name: made(limits) for name, limits in sandboxes.items()},
            budget=RetryBudget(share=retry_share),
        )

    def try_retrigger(self, sandbox: SandboxName) -> float:
        """Enter for one re-trigger and return zero, or return how many seconds to wait (infinite: for a change)."""
        now = self.clock.monotonic()
        wait = self._wait(sandbox, Act.RETRIGGER, now)
        if wait == 0.0 and self._a_read_goes_first(now):
            return math.inf
        if wait == 0.0:
            self._enter(sandbox, Act.RETRIGGER, now)
        return wait

    def limit(self, sandbox: SandboxName | None, limits: Limits) -> None:
        """Set other limits for a sandbox that has a level, or (None) for the execution, from now on."""
        level = self.whole if sandbox is None else self.by_sandbox[sandbox]
        level.limit(limits, self.clock.monotonic())
        self._changed()

    def leave(self, sandbox: SandboxName) -> None:
        """Say that one call, read or re-trigger, is no longer under way."""
        self.whole.under_way -= 1
        if level := self.by_sandbox.get(sandbox):
            level.under_way -= 1
        self._changed()

    @asynccontextmanager
    async def reading(self, sandbox: SandboxName) -> AsyncIterator[None]:
        """Wait until one read may leave, and hold its place until it is done."""
        await self._enter_read(sandbox)
        entered = self.clock.monotonic()
        try:
            yield
        finally:
            self._reads_seen += 1
            self._read_seconds += self.clock.monotonic() - entered
            self.leave(sandbox)

    def call_seconds(self) -> float:
        """Return how long a read took on average; zero before the first."""
        return self._read_seconds / self._reads_seen if self._reads_seen else 0.0

    def heard(
        self,
        sandbox: SandboxName,
        sign: Sign,
        *,
        sent_at: float,
        said: str = "",
        wait_seconds: float | None = None,
    ) -> bool:
        """Learn from one answer what the platform bears.

        Args:
            sandbox: whose call it was.
            sign: what the answer says of the load.
            sent_at: when the call left (monotonic, seconds).
            said: the answer in a few words, for people.
            wait_seconds: how long the platform asks to wait; its limits are the whole key's, so everything waits.

        Returns:
            Whether it is news: False for what was under way when the same was heard before.
        """
        now = self.clock.monotonic()
        if sign is Sign.FINE:
            for level in self._levels(sandbox):
                level.own.heard(sign, sent_at=sent_at, now=now)
            return False
        level = self._too_fast(sandbox, now, whole=wait_seconds is not None)
        is_news = level.own.heard(sign, sent_at=sent_at, now=now, said=said)
        if is_news:
            level.lowered_at_ms = self.clock.now_ms()
        if wait_seconds is not None:
            self.whole.pause(now + wait_seconds)
            self._asked_until = max(self._asked_until, now + wait_seconds)
        self.on_change()  # a read that now waits here no longer goes before others' re-triggers
        return is_news

    def took(self, sandbox: SandboxName, seconds: float) -> None:
        """Learn how long a re-trigger took that was answered well."""
        level = self.by_sandbox.get(sandbox, self.whole)
        if level.own.took(seconds, now=self.clock.monotonic()):
            level.lowered_at_ms = self.clock.now_ms()

    def may_retry(self) -> bool:
        """Count another try of a call, if the budget has one left; return whether it had."""
        return self.budget.spend()

    def changes(self, sandbox: SandboxName | None) -> int:
        """Return how often the rate of a sandbox (or of everything) changed; a sandbox without a level has none."""
        level = self.whole if sandbox is None else self.by_sandbox.get(sandbox)
        return level.own.changes if level else 0

    def pace(self, sandbox: SandboxName | None = None) -> Pace:
        """Return the present rate of a sandbox (or of everything) and its reason."""
        level = self.whole if sandbox is None else self.by_sandbox.get(sandbox, self.whole)
        limit = level.rate.per_second if level.rate else None
        bound = min(level.own.limit, self.whole.own.limit)
        own, paused = level.own, self.paused_seconds(sandbox)
        is_lowered = own.is_lowered and own.rate < bound
        return Pace(
            per_second=own.rate if is_lowered else limit,
            lowered_after=own.why if is_lowered else "",
            lowered_at_ms=level.lowered_at_ms if is_lowered else None,
            paused_seconds=paused,
            paused_until_ms=self.clock.now_ms() + round(paused * 1000) if paused else None,
            former_per_second=own.former if own.former < bound else limit,
        )

    def paused_seconds(self, sandbox: SandboxName | None = None) -> float:
        """Return how much longer a sandbox (or everything) is paused; zero: it is not."""
        level = self.whole if sandbox is None else self.by_sandbox.get(sandbox, self.whole)
        return max(0.0, level.own.paused_until - self.clock.monotonic())

    def is_asked_to_wait(self) -> bool:
        """Whether the platform itself asked for the present pause of everything."""
        return self._asked_until > self.clock.monotonic()

    def _levels(self, sandbox: SandboxName) -> Iterator[_Level]:
        yield self.whole
        if level := self.by_sandbox.get(sandbox):
            yield level

    def _too_fast(self, sandbox: SandboxName, now: float, *, whole: bool) -> _Level:
        """Return the level that was too fast: the sandbox's, unless others were refused too or all are meant."""
        others = (at for name, at in self._refused_at.items() if name != sandbox)
        together = any(now - at < _TOGETHER_SECONDS for at in others)
        self._refused_at[sandbox] = now
        return self.whole if whole or together else self.by_sandbox.get(sandbox, self.whole)

    def _wait(self, sandbox: SandboxName, act: Act, now: float) -> float:
        level = self.by_sandbox.get(sandbox)
        wait = max(self.whole.wait(act, now), level.wait(act, now) if level else 0.0)
        return max(wait, _SHORTEST_TIMER_SECONDS) if wait > 0.0 else 0.0

    def _enter(self, sandbox: SandboxName, act: Act, now: float) -> None:
        self.budget.requests += 1
        self.whole.enter(act, now)
        if level := self.by_sandbox.get(sandbox):
            level.enter(act, now)

    def _a_read_goes_first(self, now: float) -> bool:
        """Whether a waiting read could leave now; it is about to be woken, and a re-trigger would take its place.

        Asked only for a re-trigger that could leave itself: a read held up then waits for something that the
        re-trigger does not take (its own sandbox, its own rate), so both can go their ways.
        """
        return any(self._wait(waiting, Act.READ, now) == 0.0 for waiting in self._readers)

    async def _enter_read(self, sandbox: SandboxName) -> None:
        if self._try_read(sandbox) == 0.0:
            return
        self._readers[sandbox] = self._readers.get(sandbox, 0) + 1
        try:
            while (wait := self._try_read(sandbox)) > 0.0:
                await self._change_or(wait)
        finally:
            self._readers[sandbox] -= 1
            if not self._readers[sandbox]:
                del self._readers[sandbox]
            self.on_change()

    def _try_read(self, sandbox: SandboxName) -> float:
        """Enter for one read and return zero, or return how many seconds to wait."""
        now = self.clock.monotonic()
        wait = self._wait(sandbox, Act.READ, now)
        if wait == 0.0:
            self._enter(sandbox, Act.READ, now)
        return wait

    async def _change_or(self, seconds: float) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters[waiter] = None
        timer = asyncio.ensure_future(self.clock.sleep(seconds)) if seconds < math.inf else None
        try:
            await asyncio.wait(
                [f for f in (waiter, timer) if f], return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            self._waiters.pop(waiter, None)
            if timer:
                timer.cancel()

    def _changed(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self.on_change()
