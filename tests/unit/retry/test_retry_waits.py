"""How long a call waits after a passing fault, and what ``Retry-After`` is taken to say."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model.spec import RetrySettings
from runner.retry import (
    GiveUp,
    RetryPolicy,
    Wait,
    after_passing_fault,
    retry_after_seconds,
)

POLICY = RetryPolicy(attempts=5, first_wait_seconds=1.0, longest_wait_seconds=60.0)
NOW_MS = 1_763_600_000_000
NOW = datetime.fromtimestamp(NOW_MS / 1000, tz=UTC)


def test_the_policy_is_the_one_that_the_spec_asks_for() -> None:
    settings = RetrySettings(attempts=7, first_wait_seconds=0.5, longest_wait_seconds=9.0)
    assert RetryPolicy.of(settings) == RetryPolicy(
        attempts=7, first_wait_seconds=0.5, longest_wait_seconds=9.0
    )


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0)], ids=str)
def test_the_longest_possible_wait_doubles_from_attempt_to_attempt(
    attempt: int, seconds: float
) -> None:
    assert after_passing_fault(POLICY, attempt=attempt, asked_to_wait=None, chance=1.0) == Wait(
        seconds
    )


def test_chance_draws_the_wait_from_zero_up_to_that() -> None:
    assert after_passing_fault(POLICY, attempt=3, asked_to_wait=None, chance=0.25) == Wait(1.0)
    assert after_passing_fault(POLICY, attempt=3, asked_to_wait=None, chance=0.0) == Wait(0.0)


def test_the_wait_never_grows_beyond_the_longest() -> None:
    many = RetryPolicy(attempts=10_000, first_wait_seconds=1.0, longest_wait_seconds=60.0)
    assert after_passing_fault(many, attempt=9_999, asked_to_wait=None, chance=1.0) == Wait(60.0)


def test_the_last_attempt_is_followed_by_none() -> None:
    assert after_passing_fault(POLICY, attempt=5, asked_to_wait=7.0, chance=0.5) == GiveUp(
        "on the last of 5 attempts"
    )


def test_one_attempt_means_no_second_one() -> None:
    once = RetryPolicy(attempts=1, first_wait_seconds=1.0, longest_wait_seconds=60.0)
    assert after_passing_fault(once, attempt=1, asked_to_wait=None, chance=0.5) == GiveUp(
        "on the last of 1 attempts"
    )


def test_a_wait_that_the_platform_names_is_kept_whatever_chance_says() -> None:
    assert after_passing_fault(POLICY, attempt=1, asked_to_wait=38.0, chance=0.0) == Wait(38.0)


def test_an_absurd_wait_is_cut_and_told() -> None:
    assert after_passing_fault(POLICY, attempt=1, asked_to_wait=86_400.0, chance=0.5) == Wait(
        60.0, cut_from=86_400.0
    )


@given(
    attempt=st.integers(min_value=1, max_value=200),
    asked=st.none() | st.floats(min_value=0.0, max_value=1e15),
    chance=st.floats(min_value=0.0, max_value=1.0),
    attempts=st.integers(min_value=1, max_value=200),
    first=st.floats(min_value=0.001, max_value=1e6),
    longest=st.floats(min_value=0.001, max_value=1e6),
)
def test_every_wait_lies_between_nothing_and_the_longest(
    *, attempt: int, asked: float | None, chance: float, attempts: int, first: float, longest: float
) -> None:
    policy = RetryPolicy(attempts=attempts, first_wait_seconds=first, longest_wait_seconds=longest)
    step = after_passing_fault(policy, attempt=attempt, asked_to_wait=asked, chance=chance)
    if attempt >= attempts:
        assert isinstance(step, GiveUp)
    else:
        assert isinstance(step, Wait)
        assert 0.0 <= step.seconds <= longest


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("38", 38.0),
        (" 38 ", 38.0),
        ("0.25", 0.25),
        ("1.5", 1.5),
        ("86400", 86_400.0),
        ("0", None),
        ("-5", None),
        ("+5", None),
        ("", None),
        ("   ", None),
        ("soon", None),
        ("300s", None),
        ("nan", None),
        ("inf", None),
        ("1e400", None),
        ("9" * 400, None),
        ("٣", None),
        ("1,5", None),
        ("Thu, 99 Foo 2026 99:99:99 GMT", None),
        (None, None),
    ],
)
def test_seconds_are_read_and_garbage_is_ignored(
    *, value: str | None, seconds: float | None
) -> None:
    assert retry_after_seconds(value, now_ms=NOW_MS) == seconds


def test_an_http_date_counts_from_the_given_now() -> None:
    at = format_datetime(NOW + timedelta(seconds=90), usegmt=True)
    assert retry_after_seconds(at, now_ms=NOW_MS) == 90.0


def test_a_date_of_unknown_zone_is_taken_as_utc() -> None:
    at = (NOW + timedelta(seconds=90)).strftime("%a, %d %b %Y %H:%M:%S -0000")
    assert retry_after_seconds(at, now_ms=NOW_MS) == 90.0


def test_a_date_that_has_passed_names_no_wait() -> None:
    at = format_datetime(NOW - timedelta(seconds=90), usegmt=True)
    assert retry_after_seconds(at, now_ms=NOW_MS) is None


@given(value=st.text(max_size=60))
def test_no_header_whatever_breaks_the_reading(value: str) -> None:
    seconds = retry_after_seconds(value, now_ms=NOW_MS)
    assert seconds is None or seconds > 0
