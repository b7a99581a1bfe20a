"""When to look at a new run: rarely while its end is far, often around it; pure."""

from dataclasses import dataclass

_SHARE = 4
"""A look waits for this part of the distance to the expected end, before it and after it."""

_MOST_TIMES = 10
_LONGEST_SECONDS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often one new run is looked at, and how long; in seconds."""

    poll_every_seconds: float
    timeout_seconds: float

    @property
    def longest_seconds(self) -> float:
        """Return the longest time between two looks: ten times ``poll_every``, at most five minutes."""
        most = min(self.poll_every_seconds * _MOST_TIMES, _LONGEST_SECONDS)
        return max(self.poll_every_seconds, most)

    def seconds_to_next_look(self, *, age: float, typical: float | None) -> float:
        """Return how long to wait after a look.

        Without a typical time the expected end lies at the start, so that looks grow apart with the run's age.

        Args:
            age: how long ago its re-trigger was accepted.
            typical: how long runs of its flow take; None: not known.
        """
        distance = abs(age - (typical or 0.0))
        return min(max(distance / _SHARE, self.poll_every_seconds), self.longest_seconds)

    def seconds_to_first_look(self, *, age: float) -> float:
        """Return how long to wait before the first look; one that was accepted long ago is looked at at once."""
        return max(0.0, self.poll_every_seconds - age)

    def longer_after(self, *, faults: int) -> float:
        """Return how long to wait after so many failed looks in a row."""
        return min(self.poll_every_seconds * 2.0 ** min(faults, 16), self.longest_seconds)
