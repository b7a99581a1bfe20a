"""Count what happens, for the display: totals, a rate over the last seconds, and a steady one to foretell by."""

from collections import Counter, deque
from dataclasses import dataclass, field

WINDOW_SECONDS = 10.0
STEADY_SECONDS = 120.0
"""Of time in which something could go on: so that neither a soak nor a burst moves what is foretold by it."""


@dataclass(slots=True)
class _Window:
    """How many came in the last seconds, counted by the second."""

    seconds: float
    _by_second: deque[list[float]] = field(default_factory=deque)

    def add(self, at: float) -> None:
        if self._by_second and at - self._by_second[-1][0] < 1.0:
            self._by_second[-1][1] += 1
        else:
            self._by_second.append([at, 1])
        self._forget(at)

    def count(self, now: float) -> float:
        self._forget(now)
        return sum(count for _, count in self._by_second)

    def _forget(self, now: float) -> None:
        while self._by_second and now - self._by_second[0][0] > self.seconds:
            self._by_second.popleft()


@dataclass(slots=True)
class Meter:
    """Counters of one go. Times are seconds on a monotonic clock."""

    started: float
    outcomes: Counter[str] = field(default_factory=Counter)
    recoveries: Counter[str] = field(default_factory=Counter)
    answered: int = 0
    throttled: int = 0
    in_flight: int = 0
    """Requests that may have left and were not answered yet."""
    last_refusal: str = ""
    _lately: _Window = field(default_factory=lambda: _Window(WINDOW_SECONDS))
    _steadily: _Window = field(default_factory=lambda: _Window(STEADY_SECONDS))
    _active: float = 0.0
    """For how long something could go on, up to ``_seen_at``."""
    _seen_at: float | None = None

    def flight(self) -> "Flight":
        """Return what counts one request while it is in flight."""
        return Flight(self)

    def answer(self, now: float) -> None:
        """Count one answered request."""
        self.answered += 1
        self._lately.add(now)
        self._steadily.add(self._active + now - self._since())

    def per_second(self, now: float) -> float:
        """Return answers per second over the last ten seconds."""
        span = min(WINDOW_SECONDS, max(now - self.started, 1.0))
        return self._lately.count(now) / span

    def pass_time(self, now: float, *, is_still: bool) -> None:
        """Take note of the time since the last call; where all stood still it tells nothing of how fast work goes."""
        if not is_still:
            self._active += now - self._since()
        self._seen_at = now

    def steady_per_second(self) -> float | None:
        """Return answers per second of late, over time in which something could go on; None: too little is known."""
        count = self._steadily.count(self._active)
        if not count or self._active < 1.0:
            return None
        return count / min(STEADY_SECONDS, self._active)

    def _since(self) -> float:
        return self.started if self._seen_at is None else self._seen_at


@dataclass(slots=True)
class Flight:
    """One request's time between its leaving and its answer."""

    meter: Meter
    _is_on: bool = False

    def begin(self) -> None:
        """It may leave now."""
        if not self._is_on:
            self._is_on = True
            self.meter.in_flight += 1

    def end(self) -> None:
        """It was answered, or nobody waits for its answer any more."""
        if self._is_on:
            self._is_on = False
            self.meter.in_flight -= 1
