"""Decide whether a call is tried again after a passing fault, and after how long.

Pure: time and chance come in as values, and nobody waits here. Which faults pass is not decided here but where answers
are read; a call that may have been accepted never comes here at all.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from runner.model.spec import RetrySettings

_SECONDS = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")
_WITHOUT_END = 2**31
_MOST_DOUBLINGS = 60
"""Beyond it the longest wait has long been reached, and floats would overflow."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Try again after ``seconds``. ``cut_from``: the platform asked for so many seconds, more than is ever waited."""

    seconds: float
    cut_from: float | None = None
    by_platform: bool = field(default=False, compare=False)
    """Whether the platform named the wait."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Do not try again."""

    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often one call is tried in all, and how long is waited in between."""

    attempts: int
    first_wait_seconds: float
    longest_wait_seconds: float

    @classmethod
    def of(cls, settings: RetrySettings) -> "RetryPolicy":
        """Return the policy that a spec's ``retry`` asks for."""
        return cls(
            attempts=settings.attempts,
            first_wait_seconds=settings.first_wait_seconds,
            longest_wait_seconds=settings.longest_wait_seconds,
        )


def after_passing_fault(
    policy: RetryPolicy, *, attempt: int, asked_to_wait: float | None, chance: float
) -> Wait | GiveUp:
    """Return what follows a fault that may pass with time.

    The waits double from attempt to attempt, and the real one is drawn from zero up to that ("full jitter"), so that
    callers that failed together do not come back together. A wait the platform names is kept instead.

    Args:
        policy: how often and how long.
        attempt: the one that just failed, from 1.
        asked_to_wait: seconds, as ``retry_after_seconds`` read them; None: the platform named no wait.
        chance: from 0 to 1.
    """
    if attempt >= policy.attempts:
        return GiveUp(f"on the last of {policy.attempts} attempts")
    longest = policy.longest_wait_seconds
    if asked_to_wait:
        cut = asked_to_wait > longest
        return Wait(
            min(asked_to_wait, longest), cut_from=asked_to_wait if cut else None, by_platform=True
        )
    doubled = policy.first_wait_seconds * 2.0 ** min(attempt - 1, _MOST_DOUBLINGS)
    return Wait(min(doubled, longest) * chance)


def after_throttling(policy: RetryPolicy, *, asked_to_wait: float | None, chance: float) -> Wait:
    """Return how long a throttled call rests; it says nothing of the call itself, so it is not given up for it.

    The waits do not grow: how often anything is asked at all is the limits' business.
    """
    step = after_passing_fault(
        replace(policy, attempts=_WITHOUT_END),
        attempt=1,
        asked_to_wait=asked_to_wait,
        chance=chance,
    )
    assert isinstance(step, Wait)
    return step


def retry_after_seconds(value: str | None, *, now_ms: int) -> float | None:
    """Read a ``Retry-After`` header: seconds, or an HTTP date (RFC 9110, 10.2.3).

    Args:
        value: the header; None: there was none.
        now_ms: the sender's clock, epoch milliseconds, which a date counts from.

    Returns:
        Seconds above zero, or None where nothing usable was said: no header, zero, a negative number, a date that has
        passed, or garbage.
    """
    if value is None:
        return None
    text = value.strip()
    seconds = float(text) if _SECONDS.fullmatch(text) else _seconds_until(text, now_ms=now_ms)
    return seconds if seconds > 0 else None


def http_date_ms(text: str) -> int | None:
    """Read an HTTP date as epoch milliseconds; None where it is none."""
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:  # "-0000": UTC, and nothing is known of the sender's zone
            moment = moment.replace(tzinfo=UTC)
        return int((moment - _EPOCH).total_seconds() * 1000)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _seconds_until(text: str, *, now_ms: int) -> float:
    at_ms = http_date_ms(text)
    return 0.0 if at_ms is None else (at_ms - now_ms) / 1000
