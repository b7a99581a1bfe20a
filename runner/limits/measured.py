"""What is measured of a level's calls: how many left lately, and whether their answers become slower. Pure."""

import math
from collections import deque
from dataclasses import dataclass, field

_BUCKETS = 20
_SHORTEST_SECONDS = 0.05
"""Over less than this no rate is told."""

_SMOOTH = 0.1
_SLOW_DRIFT = 0.01
"""How much one answer moves the smoothed time, and how much it moves what is taken for normal upwards."""
_WELL_ABOVE = 3.0
_AT_LEAST_SECONDS = 0.25
"""Slower is three times the normal time and a quarter of a second more: less may be the network, or this machine."""
_SAMPLES = 20


@dataclass(slots=True)
class Recent:
    """Counts events of the last ``window`` seconds, in twentieths of them."""

    window: float
    _buckets: deque[list[float]] = field(default_factory=deque)
    _since: float = math.inf

    def count(self, now: float) -> None:
        """Count one."""
        if self._buckets and now - self._buckets[-1][0] < self.window / _BUCKETS:
            self._buckets[-1][1] += 1
            return
        self._buckets.append([now, 1])
        self._since = min(self._since, now)
        self._forget(now)

    def knows(self, now: float) -> bool:
        """Whether it has counted for a whole window."""
        return now - self._since >= self.window

    def per_second(self, now: float) -> float:
        """Return how many there were in a second, of late."""
        self._forget(now)
        span = min(self.window, max(now - self._since, _SHORTEST_SECONDS))
        return sum(count for _, count in self._buckets) / span

    def _forget(self, now: float) -> None:
        while self._buckets and now - self._buckets[0][0] > self.window:
            self._buckets.popleft()


@dataclass(slots=True)
class Latency:
    """Tells when answers take much longer than they normally do; what lasts becomes normal."""

    _smooth: float = 0.0
    _normal: float = math.inf
    _samples: int = 0

    def rose(self, seconds: float) -> bool:
        """Learn how long one answer took; return whether answers became much slower (told once in a while)."""
        self._samples += 1
        self._smooth += (seconds - self._smooth) * max(_SMOOTH, 1.0 / self._samples)
        if self._smooth < self._normal:
            self._normal = self._smooth
        else:
            self._normal += (self._smooth - self._normal) * _SLOW_DRIFT
        if self._samples < _SAMPLES or not self._is_slow():
            return False
        self._samples = 0
        return True

    def _is_slow(self) -> bool:
        return self._smooth > max(self._normal * _WELL_ABOVE, self._normal + _AT_LEAST_SECONDS)
