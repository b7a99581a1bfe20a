"""When to look at a new run."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.watch import Pace

HALF_MINUTE = Pace(poll_every_seconds=30, timeout_seconds=7200)


def looks(pace: Pace, *, until: float, typical: float | None) -> list[float]:
    """The ages at which a run is looked at."""
    at = pace.seconds_to_first_look(age=0)
    seen = []
    while at <= until:
        seen.append(round(at))
        at += pace.seconds_to_next_look(age=at, typical=typical)
    return seen


def test_looks_at_a_run_of_unknown_length_grow_apart_with_its_age() -> None:
    ages = looks(HALF_MINUTE, until=7200, typical=None)

    assert ages[:7] == [30, 60, 90, 120, 150, 188, 234]
    assert ages[-1] - ages[-2] == 300
    assert len(ages) < 45


def test_a_long_run_is_looked_at_seldom_at_first_and_often_around_its_expected_end() -> None:
    ages = looks(HALF_MINUTE, until=3600, typical=2400)

    assert [age for age in ages if age < 1200] == [30, 330, 630, 930]
    around = [age for age in ages if 2280 <= age <= 2520]
    assert [later - sooner for sooner, later in itertools.pairwise(around)] == [30] * (
        len(around) - 1
    )
    assert len(around) >= 8


def test_what_was_accepted_long_ago_is_looked_at_at_once() -> None:
    assert HALF_MINUTE.seconds_to_first_look(age=0) == 30
    assert HALF_MINUTE.seconds_to_first_look(age=20) == 10
    assert HALF_MINUTE.seconds_to_first_look(age=3600) == 0


@pytest.mark.parametrize(("every", "longest"), [(1, 10), (30, 300), (60, 300), (900, 900)])
def test_the_longest_wait_is_ten_polls_but_no_more_than_five_minutes(
    every: float, longest: float
) -> None:
    assert Pace(poll_every_seconds=every, timeout_seconds=7200).longest_seconds == longest


def test_failed_looks_are_made_again_later_and_later() -> None:
    waits = [HALF_MINUTE.longer_after(faults=faults) for faults in (1, 2, 3, 4, 99)]

    assert waits == [60, 120, 240, 300, 300]


spans = st.floats(0.001, 10_000)


@given(spans, st.floats(0, 1e9), st.none() | spans, st.integers(1, 10_000))
def test_a_wait_is_never_shorter_than_asked_for_nor_longer_than_the_longest(
    every: float, age: float, typical: float | None, faults: int
) -> None:
    pace = Pace(poll_every_seconds=every, timeout_seconds=7200)

    for wait in (
        pace.seconds_to_next_look(age=age, typical=typical),
        pace.longer_after(faults=faults),
    ):
        assert every <= wait <= pace.longest_seconds
