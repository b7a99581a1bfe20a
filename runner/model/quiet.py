"""Quiet hours: whether it is the time of day in which nothing is re-triggered, and for how much longer. Pure."""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from runner.model.spec import QuietHours


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo:
    """Return a time zone of the IANA database; UTC is known without one.

    Raises ValueError, OSError or ZoneInfoNotFoundError for one that is not known on this machine.
    """
    return UTC if name.upper() == "UTC" else ZoneInfo(name)


def quiet_seconds(quiet: QuietHours | None, *, now_ms: int) -> float:
    """Return how many seconds the present quiet time still lasts; zero: it is not quiet now.

    >>> nights = QuietHours(from_minute=60, to_minute=300, zone="UTC")
    >>> quiet_seconds(nights, now_ms=2 * 3_600_000), quiet_seconds(nights, now_ms=5 * 3_600_000)
    (10800.0, 0.0)
    """
    if quiet is None:
        return 0.0
    now = datetime.fromtimestamp(now_ms / 1000, tz=zone_of(quiet.zone))
    minute = now.hour * 60 + now.minute
    begins, ends = quiet.from_minute, quiet.to_minute
    if begins < ends:
        is_quiet, days = begins <= minute < ends, 0
    else:
        is_quiet, days = minute >= begins or minute < ends, int(minute >= begins)
    if not is_quiet:
        return 0.0
    end = (now + timedelta(days=days)).replace(
        hour=ends // 60, minute=ends % 60, second=0, microsecond=0
    )
    # By the clock of the world: where clocks are set in between, the span on the wall is longer or shorter.
    return max(0.001, end.timestamp() - now_ms / 1000)
