"""Read the small words of a scenario: durations, and moments that count from now.

Pure: what "now" is comes in as a parameter.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_UNIT_MS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_PART = re.compile(r"([0-9]+)(ms|d|h|m|s)")
_WHOLE = re.compile(r"(?:[0-9]+(?:ms|d|h|m|s))+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time: milliseconds since 1970, or milliseconds from the moment the simulator starts."""

    ms: int
    from_now: bool

    def at(self, now_ms: int) -> int:
        """Return epoch milliseconds, given when the simulator started."""
        return now_ms + self.ms if self.from_now else self.ms


def duration_ms(word: str) -> int:
    """Return milliseconds; ``1h30m`` is 5,400,000. Raises ValueError for anything else."""
    if not _WHOLE.fullmatch(word):
        raise ValueError(word)
    return sum(int(number) * _UNIT_MS[unit] for number, unit in _PART.findall(word))


def moment(word: str) -> Moment:
    """Return the moment of ``now``, ``-12h``, ``+5m`` or an ISO time with its offset; raises ValueError."""
    if word == "now":
        return Moment(0, from_now=True)
    if word[:1] in {"-", "+"}:
        size = duration_ms(word[1:])
        return Moment(-size if word[0] == "-" else size, from_now=True)
    when = datetime.fromisoformat(word)
    if when.tzinfo is None:
        raise ValueError(word)
    return Moment((when - _EPOCH) // timedelta(milliseconds=1), from_now=False)
