"""The meter: answers per second over the last ten seconds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.execute.meter import WINDOW_SECONDS, Meter


def test_a_meter_that_counted_nothing_shows_nothing() -> None:
    assert Meter(started=0.0).per_second(100.0) == 0.0


def test_in_its_first_second_it_does_not_exaggerate() -> None:
    meter = Meter(started=100.0)
    for _ in range(3):
        meter.answer(100.1)
    assert meter.per_second(100.2) == 3.0
    assert meter.answered == 3


def test_before_its_window_is_full_it_divides_by_the_time_there_was() -> None:
    meter = Meter(started=0.0)
    for second in range(4):
        meter.answer(float(second))
    assert meter.per_second(4.0) == 1.0


def test_what_is_older_than_the_window_is_forgotten() -> None:
    meter = Meter(started=0.0)
    for _ in range(50):
        meter.answer(1.0)
    assert meter.per_second(1.0 + WINDOW_SECONDS) == 5.0
    assert meter.per_second(1.1 + WINDOW_SECONDS) == 0.0
    assert meter.answered == 50


@given(
    rate=st.integers(1, 200),
    seconds=st.integers(15, 40),
)
def test_an_even_rate_is_shown_as_it_is(rate: int, seconds: int) -> None:
    meter = Meter(started=0.0)
    for number in range(rate * seconds):
        meter.answer(number / rate)
    assert meter.per_second(float(seconds)) == pytest.approx(rate, rel=0.11)


def test_a_steady_rate_is_not_told_before_anything_is_known() -> None:
    meter = Meter(started=0.0)
    assert meter.steady_per_second() is None
    meter.answer(0.1)
    assert meter.steady_per_second() is None
    meter.pass_time(2.0, is_still=False)
    assert meter.steady_per_second() == 0.5


def test_time_in_which_all_stood_still_leaves_the_steady_rate_as_it_was() -> None:
    meter = Meter(started=0.0)
    for number in range(50):
        meter.answer(number / 5)
        meter.pass_time(number / 5, is_still=False)
    before = meter.steady_per_second()

    for second in range(10, 3_600):
        meter.pass_time(float(second), is_still=True)

    assert meter.per_second(3_600.0) == 0.0
    assert meter.steady_per_second() == before == pytest.approx(5.0, rel=0.05)


def test_a_steady_rate_follows_a_lasting_change() -> None:
    meter = Meter(started=0.0)
    for number in range(1_000):
        meter.answer(number / 10)
        meter.pass_time(number / 10, is_still=False)
    for number in range(300):
        meter.answer(100.0 + number)
        meter.pass_time(100.0 + number, is_still=False)

    assert meter.steady_per_second() == pytest.approx(1.0, rel=0.05)


def test_a_flight_is_counted_from_its_leaving_to_its_end_and_once() -> None:
    meter = Meter(started=0.0)
    left, stayed = meter.flight(), meter.flight()
    counts = [meter.in_flight]
    for step in (left.begin, left.begin, stayed.end, left.end, left.end):
        step()
        counts.append(meter.in_flight)
    assert counts == [0, 1, 1, 1, 0, 0]
