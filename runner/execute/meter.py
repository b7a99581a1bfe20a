"""Count what happens, for the display: totals, and a rate over the last seconds."""

from collections import Counter, deque
from dataclasses import dataclass, field

WINDOW_SECONDS = 10.0


@dataclass(slots=True)
class Meter:
    """Counters of one execution. Times are seconds on a monotonic clock."""

    started: float
    outcomes: Counter[str] = field(default_factory=Counter)
    recoveries: Counter[str] = field(default_factory=Counter)
    answered: int = 0
    throttled: int = 0
    in_flight: int = 0
    last_refusal: str = ""
    _by_second: deque[list[float]] = field(default_factory=deque)

    def answer(self, now: float) -> None:
        """Count one answered request."""
        self.answered += 1
        if self._by_second and now - self._by_second[-1][0] < 1.0:
            self._by_second[-1][1] += 1
        else:
            self._by_second.append([now, 1])
        self._forget(now)

    def per_second(self, now: float) -> float:
        """Return answers per second over the last ten seconds."""
        self._forget(now)
        span = min(WINDOW_SECONDS, max(now - self.started, 1.0))
        return sum(count for _, count in self._by_second) / span

    def _forget(self, now: float) -> None:
        while self._by_second and now - self._by_second[0][0] > WINDOW_SECONDS:
            self._by_second.popleft()
