"""How much longer it takes: a steady rate, known waits added, and nothing where it cannot be told."""

import pytest

from runner.execute.estimate import seconds_left, soaks_to_come
from runner.model.progress import WaitFor, Waiting

NOW = 1_795_140_000_000


def wait(
    seconds: float | None, *, stops_all: bool = True, what: WaitFor = WaitFor.THROTTLED
) -> Waiting:
    until_ms = None if seconds is None else NOW + round(seconds * 1000)
    return Waiting(what=what, text="", until_ms=until_ms, stops_all=stops_all)


@pytest.mark.parametrize(
    ("waits", "soaks", "expected"),
    [
        ([], 0.0, 20.0),
        ([wait(30.0)], 0.0, 50.0),
        ([wait(30.0), wait(10.0)], 0.0, 50.0),
        ([wait(-5.0)], 0.0, 20.0),
        ([wait(8.0, stops_all=False)], 0.0, 20.0),
        ([wait(90.0, stops_all=False)], 0.0, 90.0),
        ([wait(None, stops_all=False)], 0.0, 20.0),
        ([wait(None)], 0.0, None),
        ([wait(30.0), wait(None)], 0.0, None),
        ([wait(80_000.0, stops_all=False, what=WaitFor.DAY)], 0.0, 20.0),
        ([wait(30.0)], 600.0, 650.0),
    ],
)
def test_known_waits_are_added_and_what_is_unknown_is_not_told(
    waits: list[Waiting], soaks: float, expected: float | None
) -> None:
    assert seconds_left(100, per_second=5.0, waits=waits, soaks=soaks, now_ms=NOW) == expected


def test_without_a_rate_nothing_is_told() -> None:
    assert seconds_left(100, per_second=None, waits=[wait(3.0)], soaks=0.0, now_ms=NOW) is None


@pytest.mark.parametrize(
    ("wave", "soaking", "expected"),
    [((1, 1), False, 0.0), ((1, 3), False, 20.0), ((1, 3), True, 10.0), ((3, 3), False, 0.0)],
)
def test_soaks_that_are_still_to_come_are_known(
    wave: tuple[int, int], *, soaking: bool, expected: float
) -> None:
    waits = [wait(5.0, what=WaitFor.SOAK)] if soaking else []

    assert soaks_to_come(waits, wave=wave, soak_seconds=10.0) == expected
