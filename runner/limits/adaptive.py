"""Find the rate that a platform bears when it does not say: up gently, down at once, and remember the ceiling.

Pure: the time comes in with each question. It never waits, and knows neither runs nor what an answer means for them.

Free, it holds nothing back but the first crowd. The first sign of too much lowers it to a pace: strictly even, since
some servers refuse two requests that come too close. From there it halves the way to the rate that was refused (as
BIC does for TCP), rests just below it, and now and then tries a little more; what goes well goes faster each time.
Requests that were under way when it slowed down say nothing new: one cut for one congestion. While it is free, what
may be a mishap is one until it happens again soon.
"""

import math
from dataclasses import dataclass, field
from enum import Enum

from runner.limits.measured import Latency, Recent


class Sign(Enum):
    """What an answer says of the platform's load."""

    FINE = "fine"
    UNWELL = "unwell"
    """Too much, or a mishap: a server's error says no more. One alone is a mishap."""
    TOO_MUCH = "too much"


_LOWEST_PER_SECOND = 0.5
"""Slower than this only by pauses."""
_FIRST_CROWD = 16
"""Requests under way at once before anything was answered; each good answer allows one more."""

_STEP_SECONDS = 1.0
_STEP_ANSWERS = 5
"""How long, and for how many good answers, a rate must be borne before a higher one is tried."""
_USED_SHARE = 0.6
"""A rate of which less than this was used is not proved by it."""
_MOST_PER_STEP = 2.0
"""No step more than doubles the rate."""
_NEAR = 0.96
"""At this share of the refused rate the search rests."""

_FIRST_REST_SECONDS = 4.0
_LONGEST_REST_SECONDS = 30.0
_REST_ANSWERS = 200
"""A try of more that fails costs a refusal: between two, so many answers or so long, whichever comes first."""
_FIRST_GROWTH = 0.03
_FASTER = 1.6
"""What is tried beyond the refused rate, and how much more of it from step to step."""

_KEPT = 0.93
_LEAST_KEPT = 0.75
_KEPT_AGAIN = 0.6
_LEAST_KEPT_AGAIN = 0.1
"""Shares of its rate that a level keeps: refused at a borne rate; while growing fast; and just after another cut."""
_AGAIN_SECONDS = 1.0
"""A refusal so soon after a cut: cut again, deeper, and let the platform rest for a while."""
_MISHAP_SECONDS = 10.0
"""A second server's error within it is no mishap."""
_KEPT_WHEN_SLOWER = 0.8
_LEAST_MEASURED = 5.0
"""Per second: what left in the last second tells of no lower rate. Slow answers at the start keep the pace low anyway,
and a cut from there would take a minute to grow out of; a platform that bears less says so again at once."""

_FORGIVEN_AFTER = 50
"""A refusal that comes alone, after so many good answers, tells of a late timer or a crowd elsewhere, not of the rate:
where the rate is too high, the next one comes before so many more."""

_FORGIVEN_SECONDS = 0.002
_FORGIVEN_ABOVE_PER_SECOND = 200.0
"""Timers come up to a millisecond late. Where that is much of an interval, lateness is made good."""


@dataclass(slots=True)
class Adaptive:
    """One level's pace. Others keep ``limit`` (per second; infinite where none is set); here it ends the search."""

    limit: float = math.inf
    longest_pause: float = 60.0
    rate: float = math.inf
    """Infinite: free."""
    crowd: int = _FIRST_CROWD
    """How many may be under way at once."""
    paused_until: float = -math.inf
    why: str = ""
    """What was heard when it was lowered last, in a few words."""
    changes: int = 0
    """How often the rate changed: up, down or free again."""
    former: float = math.inf
    """The rate before it changed last; infinite: free."""
    _ceiling: float = math.inf
    """The rate that was refused last, or is thought to be."""
    _borne: float = 0.0
    """The highest rate that was borne since it was lowered; zero: none."""
    _growth: float = 0.0
    """The share tried beyond the ceiling; zero: it is below."""
    _due: float = -math.inf
    _lowered_at: float = -math.inf
    _unwell_at: float = -math.inf
    """When it was heard last that the server is unwell."""
    _in_a_row: int = 0
    """Congestions without a good answer in between."""
    _rest_seconds: float = _FIRST_REST_SECONDS
    _step_at: float = 0.0
    _step_answers: int = 0
    _again: int = 0
    """Congestions soon after another one."""
    _answers: int = 0
    """Good ones since it was lowered last."""
    _in_peace: int = 0
    """Good ones since the last refusal."""
    _sent: Recent = field(default_factory=lambda: Recent(window=1.0))
    _fine: Recent = field(default_factory=lambda: Recent(window=8.0))
    _latency: Latency = field(default_factory=Latency)

    @property
    def is_lowered(self) -> bool:
        """Whether it holds back more than the limit does."""
        return self.rate < self.limit

    def wait(self, now: float) -> float:
        """Return how many seconds must pass before one more may leave; zero: now."""
        return max(0.0, self._due - now, self.paused_until - now)

    def take(self, now: float) -> None:
        """Record that one leaves now."""
        self._sent.count(now)
        if self.is_lowered:
            self._due = max(self._due, now - self._forgiven()) + 1.0 / self.rate

    def pause(self, until: float) -> None:
        """Let nothing leave before ``until``, and no crowd at its end."""
        self.paused_until = max(self.paused_until, until)
        if self.is_lowered:
            self._due = max(self._due, until + self._forgiven())

    def heard(self, sign: Sign, *, sent_at: float, now: float, said: str = "") -> bool:
        """Learn from one answer; return whether it is lowered for it.

        Args:
            sign: what it says.
            sent_at: when its request left.
            now: when it came.
            said: the answer in a few words, for people.
        """
        if sign is Sign.UNWELL and self._is_mishap(sent_at=sent_at, now=now):
            return False
        if sign is not Sign.FINE:
            is_forgiven = self.is_lowered and self._in_peace >= _FORGIVEN_AFTER
            self._in_peace = 0
            return not is_forgiven and sent_at >= self._lowered_at and self._congested(now, said)
        self._in_a_row = 0
        self._in_peace += 1
        self.crowd += 1
        self._answers += 1
        self._fine.count(now)
        if self.is_lowered and sent_at >= self._step_at:
            self._step_answers += 1
            self._see_whether_to_grow(now)
        return False

    def took(self, seconds: float, *, now: float) -> bool:
        """Learn how long a good answer took; return whether it is lowered for it."""
        if not self._latency.rose(seconds):
            return False
        present = self._present(now)
        self._ceiling = present
        self._lower(present * _KEPT_WHEN_SLOWER, now=now, said="slower answers")
        return True

    # Private

    def _is_mishap(self, *, sent_at: float, now: float) -> bool:
        """Whether a server's error stands alone: with those under way beside it, while nothing else says too much."""
        unwell_at = self._unwell_at
        if sent_at > unwell_at:
            self._unwell_at = now
        return not self.is_lowered and (sent_at <= unwell_at or now - unwell_at > _MISHAP_SECONDS)

    def _congested(self, now: float, said: str) -> bool:
        again = now < max(self._lowered_at, self.paused_until) + _AGAIN_SECONDS
        self._again = self._again + 1 if again else 0
        self._in_a_row += 1
        self._rest_seconds = min(self._rest_seconds * 2.0, _LONGEST_REST_SECONDS)
        present = self._present(now)
        self._ceiling = present
        self._lower(self._less_than(present, now), now=now, said=said)
        if again:
            pause = min(2.0 ** min(self._in_a_row - 1, 30) * _AGAIN_SECONDS, self.longest_pause)
            self.pause(now + pause)
        return True

    def _less_than(self, present: float, now: float) -> float:
        """The rate to go on with. Answers come late, so a second refusal soon after is met by a pause alone."""
        if self._again == 1:
            return present
        if self._again:
            borne = self._answers / max(now - self._lowered_at, _AGAIN_SECONDS)
            return min(max(borne, present * _LEAST_KEPT_AGAIN), present * _KEPT_AGAIN)
        borne = self._fine.per_second(now)
        return min(max(borne * _KEPT, present * _KEPT_AGAIN), present * self._kept(present))

    def _present(self, now: float) -> float:
        """The rate that was refused: no more than what really left."""
        if self.is_lowered:
            return self.rate
        return min(self.limit, max(self._sent.per_second(now), _LEAST_MEASURED))

    def _kept(self, present: float) -> float:
        if not self.is_lowered:
            return _LEAST_KEPT
        if self._growth:
            return max(_LEAST_KEPT, 1.0 / (1.0 + 2.0 * self._growth))
        if self._borne and self._borne < present:
            return max(_LEAST_KEPT, self._borne / present)
        return _KEPT

    def _lower(self, rate: float, *, now: float, said: str) -> None:
        self.former = self.rate
        self.rate = min(max(rate, _LOWEST_PER_SECOND), self.limit)
        self.why = said
        self.changes += 1
        self._borne = 0.0
        self._growth = 0.0
        self._lowered_at = now
        self._answers = 0
        self._due = now + 1.0 / self.rate
        self._begin_step(now)

    def _see_whether_to_grow(self, now: float) -> None:
        lasted = now - self._step_at
        if self._step_answers < _STEP_ANSWERS or lasted < self._step_lasts():
            return
        if self._step_answers < lasted * self.rate * _USED_SHARE:
            self._begin_step(now)  # it was not used: nothing is proved
            return
        self._borne = self.rate
        self._grow()
        self._begin_step(now)

    def _step_lasts(self) -> float:
        if self._is_near() and not self._growth:
            return max(self._rest_seconds, min(_REST_ANSWERS / self.rate, _LONGEST_REST_SECONDS))
        return _STEP_SECONDS

    def _is_near(self) -> bool:
        return self.rate >= self._ceiling * _NEAR

    def _grow(self) -> None:
        self.changes += 1
        self.former = self.rate
        if not self._is_near():
            self.rate = min((self.rate + self._ceiling) / 2.0, self.rate * _MOST_PER_STEP)
            return
        if self._growth:
            self._rest_seconds = _FIRST_REST_SECONDS
        self._growth = min(self._growth * _FASTER, 1.0) if self._growth else _FIRST_GROWTH
        self.rate = max(self.rate, self._ceiling) * (1.0 + self._growth)
        self._ceiling = min(self._ceiling, self.rate)
        if self.rate >= self.limit:
            self._set_free()

    def _set_free(self) -> None:
        self.rate, self._ceiling, self._growth = math.inf, math.inf, 0.0
        self.why = ""

    def _begin_step(self, now: float) -> None:
        self._step_at, self._step_answers = now, 0

    def _forgiven(self) -> float:
        return _FORGIVEN_SECONDS if self.rate > _FORGIVEN_ABOVE_PER_SECOND else 0.0
