"""The small grammars inside words: durations, percents and times.

What is allowed is said by the patterns of the schema; these functions read what passed it, and write it back.
"""

import re
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

from runner.model.quiet import zone_of

_UNIT_MS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_PART = re.compile(r"([0-9]+)(ms|d|h|m|s)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_duration(word: str) -> bool:
    """Whether a word that no schema has looked at is a duration above nothing."""
    whole = re.fullmatch(f"({_PART.pattern})+", word, re.ASCII)
    return whole is not None and duration_ms(word) > 0


def duration_ms(word: str) -> int:
    """Return milliseconds; ``1h30m`` is 5,400,000. The word has passed the schema's pattern."""
    return sum(int(number) * _UNIT_MS[unit] for number, unit in _PART.findall(word))


def duration_seconds(word: str) -> float:
    """Return seconds; ``500ms`` is 0.5."""
    return duration_ms(word) / 1000


def percent(word: str) -> float:
    """Return the number in ``10%``."""
    return float(word.removesuffix("%"))


def day_minute(word: str) -> int:
    """Return the minute of the day of ``01:30``."""
    hours, minutes = word.split(":")
    return int(hours) * 60 + int(minutes)


def is_zone(name: str) -> bool:
    """Whether a time zone is known here."""
    try:
        zone_of(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return False
    return True


def time_ms(word: str) -> int:
    """Return epoch milliseconds of a time with offset or ``Z``; raises ValueError for one that does not exist.

    Nor do the first and the last year that can be written: in UTC they may be before the one and after the other.
    """
    moment = datetime.fromisoformat(word)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset is nobody's")
    if not MINYEAR < moment.year < MAXYEAR:
        raise ValueError("too far from now")
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def time_word(milliseconds: int) -> str:
    """Return the time in UTC to the second: ``2026-11-20T02:00:00Z``."""
    moment = _EPOCH + timedelta(milliseconds=milliseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
