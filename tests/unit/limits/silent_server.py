"""A platform that bears so many requests per second and says so only by refusing, and somebody who calls it.

Time is simulated: ``called`` moves from event to event, and knows exactly when each request left, arrived and was
answered.
"""

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from runner.limits.adaptive import Adaptive, Sign
from runner.limits.gcra import Rate

_EVEN = 1e-9
"""Sums of floats differ from what they should be by less."""


@dataclass
class Bucket:
    """Saves up to ``burst`` requests."""

    per_second: float
    burst: float
    _saved: float = math.inf
    _at: float = 0.0

    def takes(self, now: float) -> bool:
        saved = self._saved + (now - self._at) * self.per_second
        self._saved, self._at = min(saved, self.burst), now
        if self._saved < 1.0 - _EVEN:
            return False
        self._saved -= 1.0
        return True


@dataclass
class Strict:
    """Refuses whatever comes sooner after the last accepted one than an even sender would (nginx, without burst)."""

    per_second: float
    _last: float = -math.inf

    def takes(self, now: float) -> bool:
        if now - self._last < 1.0 / self.per_second - _EVEN:
            return False
        self._last = now
        return True


Server = Bucket | Strict


@dataclass
class Story:
    """What became of every request: when it was answered, and whether well."""

    answers: list[tuple[float, bool]] = field(default_factory=list)
    cuts: int = 0

    def per_second(self, start: float, end: float) -> float:
        """Good answers per second."""
        return sum(fine for at, fine in self.answers if start <= at < end) / (end - start)

    def refused_share(self, start: float, end: float) -> float:
        told = [fine for at, fine in self.answers if start <= at < end]
        return 1.0 - sum(told) / len(told)


def called(
    server: Server,
    own: Adaptive,
    *,
    seconds: float,
    round_trip: float = 0.02,
    at_once: int = 128,
    refusal: Sign = Sign.TOO_MUCH,
    happens: Callable[[float], None] = lambda _: None,
) -> Story:
    """Call as often as the pace, its limit and ``at_once`` allow. ``happens`` is told when each request arrives."""
    spec = Rate(own.limit) if own.limit < math.inf else None
    story = Story()
    under_way: list[tuple[float, int, float, bool | None]] = []
    now, number, count = 0.0, 0, 0
    while now < seconds:
        wait = max(own.wait(now), spec.wait(now) if spec else 0.0)
        if count >= min(at_once, own.crowd):
            wait = math.inf
        if wait == 0.0:
            own.take(now)
            if spec:
                spec.take(now)
            heapq.heappush(under_way, (now + round_trip / 2, number, now, None))
            number, count = number + 1, count + 1
        elif under_way and under_way[0][0] <= now + wait:
            now, _, sent_at, fine = heapq.heappop(under_way)
            if fine is None:
                happens(now)
                answer = (now + round_trip / 2, number, sent_at, server.takes(now))
                heapq.heappush(under_way, answer)
                number += 1
            else:
                count -= 1
                story.answers.append((now, fine))
                sign = Sign.FINE if fine else refusal
                story.cuts += own.heard(sign, sent_at=sent_at, now=now, said="HTTP 429")
        else:
            now += max(wait, 1e-6)
    return story
