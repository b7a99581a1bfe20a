"""Quiet hours by the clock on the wall of a zone, also past midnight and where clocks are set."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model.quiet import quiet_seconds
from runner.model.spec import QuietHours


def hours(first: str, second: str, zone: str = "UTC") -> QuietHours:
    minutes = [int(word[:2]) * 60 + int(word[3:]) for word in (first, second)]
    return QuietHours(from_minute=minutes[0], to_minute=minutes[1], zone=zone)


def ms(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1000)


@pytest.mark.parametrize(
    ("quiet", "now", "seconds"),
    [
        (hours("01:00", "05:00"), "2026-11-20T00:59:59+00:00", 0),
        (hours("01:00", "05:00"), "2026-11-20T01:00:00+00:00", 4 * 3600),
        (hours("01:00", "05:00"), "2026-11-20T04:59:59+00:00", 1),
        (hours("01:00", "05:00"), "2026-11-20T05:00:00+00:00", 0),
        (hours("22:30", "01:00"), "2026-11-20T23:30:00+00:00", 1.5 * 3600),
        (hours("22:30", "01:00"), "2026-11-20T00:30:00+00:00", 0.5 * 3600),
        (hours("22:30", "01:00"), "2026-11-20T12:00:00+00:00", 0),
        (hours("01:00", "05:00", "Europe/Zurich"), "2026-11-20T00:30:00+00:00", 3.5 * 3600),
        (hours("01:00", "05:00", "Asia/Kolkata"), "2026-11-20T19:29:00+00:00", 0),
        (hours("01:00", "05:00", "Asia/Kolkata"), "2026-11-20T19:30:00+00:00", 4 * 3600),
        # In the night of 25 October clocks in Zurich go back at three: from one to five are five hours.
        (hours("01:00", "05:00", "Europe/Zurich"), "2026-10-24T23:00:00+00:00", 5 * 3600),
        # In that of 29 March they go forward at two: from one to five are three hours.
        (hours("01:00", "05:00", "Europe/Zurich"), "2026-03-29T00:00:00+00:00", 3 * 3600),
    ],
)
def test_quiet_lasts_until_its_end_on_the_wall(quiet: QuietHours, now: str, seconds: float) -> None:
    assert quiet_seconds(quiet, now_ms=ms(now)) == seconds


def test_without_quiet_hours_it_is_never_quiet() -> None:
    assert quiet_seconds(None, now_ms=ms("2026-11-20T02:00:00+00:00")) == 0


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 4_000_000_000_000))
def test_when_it_is_over_it_is_over(first: int, second: int, now_ms: int) -> None:
    quiet = QuietHours(from_minute=first, to_minute=second, zone="UTC")

    left = quiet_seconds(quiet, now_ms=now_ms)

    assert 0 <= left <= 86_400
    if left and first != second:
        assert quiet_seconds(quiet, now_ms=now_ms + round(left * 1000)) == 0
