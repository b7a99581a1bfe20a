"""A rate limit as a generic cell rate algorithm: one number of state, no queue, no timer.

Pure: the time comes in with each question. It decides when; it never waits, and knows nothing of who asks.
"""

from dataclasses import dataclass

_USED_SHARE = 0.75
"""How much of the stated burst is spent here; the rest absorbs what the network bunches up on the way."""


def burst_of(per_second: float) -> float:
    """Return the stated burst: in any window of t seconds at most ``per_second * t + burst`` requests leave."""
    return max(2.0, per_second / 100.0)


@dataclass(slots=True)
class Rate:
    """A limit of ``per_second``, and the time at which a perfectly even sender would send next."""

    per_second: float
    due: float = 0.0

    def wait(self, now: float) -> float:
        """Return how many seconds must pass before one more may leave; zero: now."""
        return max(0.0, self.due - self._tolerance() - now)

    def take(self, now: float) -> None:
        """Record that one leaves now; call only when ``wait`` is zero."""
        self.due = max(self.due, now) + 1.0 / self.per_second

    def pause(self, until: float) -> None:
        """Let nothing leave before ``until``, and no burst at its end: the saved-up tokens are gone."""
        self.due = max(self.due, until + self._tolerance())

    def change(self, per_second: float, *, now: float, resumes: float) -> None:
        """Go on evenly at another rate, at once: slower without a burst, faster without the wait of the old rate.

        A pause until ``resumes`` stays.
        """
        slower, self.per_second = per_second < self.per_second, per_second
        even = max(now, resumes) + self._tolerance()
        self.due = max(self.due, even) if slower else min(self.due, even)

    def _tolerance(self) -> float:
        return (burst_of(self.per_second) - 1.0) * _USED_SHARE / self.per_second
