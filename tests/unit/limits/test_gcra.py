"""The rate core, proved with a clock that the test moves: never too many in any window, and never slower than asked."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.limits import Rate, burst_of

rates = st.floats(min_value=0.01, max_value=5000.0)
START = 1_000_000.0
"""Seconds, as a machine that was started some days ago shows them."""
HAIR = 1e-6
"""What floating point takes from or adds to a window."""


def left_at(rate: Rate, steps: list[float]) -> list[float]:
    """Try once after each step of time, and again and again until refused; return when one left."""
    now, left = START, []
    for step in steps:
        now += step
        while rate.wait(now) == 0.0:
            rate.take(now)
            left.append(now)
    return left


def too_many(left: list[float], *, per_second: float) -> list[tuple[float, float, int]]:
    """Return the windows that hold more than the promise: from, seconds, how many."""
    return [
        (left[first], left[last] - left[first], last - first + 1)
        for first in range(len(left))
        for last in range(first, len(left))
        if last - first + 1
        > per_second * (left[last] - left[first] + HAIR) + burst_of(per_second) + HAIR
    ]


@given(per_second=rates, shares=st.lists(st.floats(min_value=0.0, max_value=4.0), max_size=40))
def test_no_window_of_any_length_holds_more_than_the_rate_and_the_burst(
    per_second: float, shares: list[float]
) -> None:
    left = left_at(Rate(per_second), [share / per_second for share in shares])

    assert too_many(left, per_second=per_second) == []


@given(
    per_second=rates,
    shares=st.lists(st.floats(min_value=0.0, max_value=4.0), min_size=1, max_size=20),
    pause=st.floats(min_value=0.0, max_value=100.0),
    later=st.lists(st.floats(min_value=0.0, max_value=4.0), max_size=20),
)
def test_after_a_pause_the_first_leaves_right_at_its_end_and_no_burst_follows(
    per_second: float, shares: list[float], pause: float, later: list[float]
) -> None:
    rate = Rate(per_second)
    left_at(rate, [share / per_second for share in shares])
    now = START + sum(share / per_second for share in shares)
    end = max(now + pause, now + rate.wait(now))

    rate.pause(end)

    assert rate.wait(now) == pytest.approx(end - now, abs=HAIR)
    assert rate.wait(end + HAIR) == 0.0
    left = left_at(rate, [end - START + HAIR, *(share / per_second for share in later)])
    assert left[0] == pytest.approx(end + HAIR)
    assert all(
        number <= (moment - end + 2 * HAIR) * per_second + 1 + HAIR
        for number, moment in enumerate(left, start=1)
        if moment - end < 1 / per_second
    )
    assert too_many(left, per_second=per_second) == []


def test_right_after_a_pause_they_leave_evenly() -> None:
    rate = Rate(100.0)
    left_at(rate, [0.0])
    rate.pause(START + 30.0)

    left = left_at(rate, [0.001] * 30_100)

    assert left[0] == pytest.approx(START + 30.0, abs=0.0011)
    assert [round(b - a, 3) for a, b in pairwise(left[:8])] == [0.01] * 7


def test_a_shorter_pause_does_not_shorten_a_longer_one() -> None:
    rate = Rate(10.0)
    rate.pause(START + 30.0)
    rate.pause(START + 5.0)

    assert rate.wait(START) == pytest.approx(30.0)


def test_a_long_rest_saves_up_no_more_than_the_burst() -> None:
    rate = Rate(1000.0)

    first, second = left_at(rate, [0.0]), left_at(rate, [3600.0])

    assert len(first) == len(second) == 7
    assert burst_of(1000.0) == 10.0


@pytest.mark.parametrize(
    ("per_second", "burst"), [(0.5, 2.0), (10.0, 2.0), (200.0, 2.0), (1000.0, 10.0)]
)
def test_the_stated_burst_is_two_or_a_hundredth_of_the_rate(
    per_second: float, burst: float
) -> None:
    assert burst_of(per_second) == burst


@pytest.mark.parametrize("per_second", [10.0, 100.0, 1000.0])
@pytest.mark.parametrize("late_seconds", [0.0, 0.0003, 0.001])
def test_a_greedy_sender_with_a_late_timer_reaches_the_whole_rate(
    per_second: float, late_seconds: float
) -> None:
    rate, now, left = Rate(per_second), START, []
    while now < START + 20.0:
        wait = rate.wait(now)
        if wait == 0.0:
            rate.take(now)
            left.append(now)
        else:
            now += max(wait, 0.001) + late_seconds

    assert (
        0.995 <= len(left) / (20.0 * per_second) <= 1.0 + burst_of(per_second) / (20.0 * per_second)
    )
    assert too_many(left[:400], per_second=per_second) == []


@given(per_second=rates, asked_at=st.lists(st.floats(min_value=0.0, max_value=3.0), max_size=20))
def test_whoever_waits_as_long_as_told_may_leave(per_second: float, asked_at: list[float]) -> None:
    rate, now = Rate(per_second), START
    for share in asked_at:
        now += share / per_second
        now += rate.wait(now) + HAIR
        assert rate.wait(now) == 0.0
        rate.take(now)


@given(
    old=rates,
    new=rates,
    before=st.integers(min_value=0, max_value=5),
    idle=st.floats(min_value=0.0, max_value=100.0),
)
def test_from_a_change_on_a_greedy_sender_keeps_the_new_rate_evenly(
    old: float, new: float, before: int, idle: float
) -> None:
    rate, now = Rate(old), START
    for _ in range(before):
        now += rate.wait(now) + HAIR
        rate.take(now)
    now += idle
    rate.change(new, now=now, resumes=0.0)

    left = []
    for _ in range(10):
        now += rate.wait(now) + HAIR
        rate.take(now)
        left.append(now)
    assert too_many(left, per_second=new) == []


def test_a_higher_rate_does_not_wait_out_the_lower_one() -> None:
    rate = Rate(0.01)
    rate.take(START)
    rate.take(START + rate.wait(START))
    assert rate.wait(START + 25.0) > 50.0

    rate.change(5.0, now=START + 25.0, resumes=0.0)

    assert rate.wait(START + 25.0) == 0.0


def test_a_lower_rate_holds_at_once_without_what_was_saved_up() -> None:
    rate, now = Rate(100.0), START

    rate.change(0.5, now=now, resumes=0.0)
    rate.take(now)

    assert rate.wait(now) == pytest.approx(2.0)


@pytest.mark.parametrize("per_second", [0.5, 50.0])
def test_a_change_ends_no_pause(per_second: float) -> None:
    rate = Rate(5.0)
    rate.pause(START + 30.0)

    rate.change(per_second, now=START, resumes=START + 30.0)

    assert rate.wait(START) == pytest.approx(30.0)
