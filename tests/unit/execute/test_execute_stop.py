"""Stop rules: counted is what says something of the runs; a rule trips when its number is reached."""

from hypothesis import given
from hypothesis import strategies as st

from runner.execute.stop import SMALLEST_SAMPLE, StopWatch
from runner.model.spec import StopRules

FINE, BAD = False, True


def rules(
    *,
    failed: int | None = None,
    failed_percent: float | None = None,
    consecutive: int | None = None,
) -> StopRules:
    return StopRules(failed=failed, failed_percent=failed_percent, consecutive=consecutive)


def fed(watch: StopWatch, runs: list[bool]) -> list[str]:
    return [
        watch.after(run_id=f"run-{number}", failed=failed)
        for number, failed in enumerate(runs, start=1)
    ]


def test_failures_in_a_row_trip_when_their_number_is_reached() -> None:
    said = fed(StopWatch(rules(consecutive=3)), [BAD, BAD, BAD])
    assert said == [
        "",
        "",
        "stopped by stop_when.consecutive: 3 failures in a row; the last: run-1, run-2, run-3",
    ]


def test_a_success_begins_the_row_anew() -> None:
    watch = StopWatch(rules(consecutive=3))
    assert fed(watch, [BAD, BAD, FINE, BAD, BAD]) == [""] * 5
    assert (watch.asked, watch.failed, watch.in_a_row) == (5, 4, 2)


def test_failures_in_all_trip_when_their_number_is_reached() -> None:
    said = fed(StopWatch(rules(failed=2)), [BAD, FINE, BAD])
    assert said == ["", "", "stopped by stop_when.failed: 2 failures; the last: run-1, run-3"]


def test_a_percent_says_nothing_below_its_smallest_sample() -> None:
    watch = StopWatch(rules(failed_percent=10.0))
    assert fed(watch, [BAD] * (SMALLEST_SAMPLE - 1)) == [""] * (SMALLEST_SAMPLE - 1)
    assert watch.after(run_id="x", failed=False) == ""
    assert watch.after(run_id="last", failed=True) == (
        "stopped by stop_when.failed_percent: 95 % (20 of 21 failed); the last: run-18, run-19, last"
    )


def test_a_percent_trips_when_it_is_reached_and_not_before() -> None:
    watch = StopWatch(rules(failed_percent=10.0))
    assert fed(watch, [FINE] * 18 + [BAD]) == [""] * 19  # 1 of 19, and too few
    said = watch.after(run_id="b", failed=True)
    assert said == (
        "stopped by stop_when.failed_percent: 10 % (2 of 20 failed); the last: run-19, b"
    )


def test_without_rules_nothing_trips() -> None:
    assert fed(StopWatch(rules()), [BAD] * 500) == [""] * 500


@given(
    history=st.lists(st.booleans(), min_size=1, max_size=80),
    failed=st.none() | st.integers(1, 30),
    percent=st.none() | st.floats(1, 100),
    consecutive=st.none() | st.integers(1, 10),
)
def test_a_rule_trips_exactly_when_a_plain_count_says_so(
    history: list[bool], failed: int | None, percent: float | None, consecutive: int | None
) -> None:
    watch = StopWatch(rules(failed=failed, failed_percent=percent, consecutive=consecutive))
    counted: list[bool] = []
    for has_failed in history:
        said = watch.after(run_id="r", failed=has_failed)
        counted.append(has_failed)
        failures = sum(counted)
        row = next((n for n, was in enumerate(reversed(counted)) if not was), len(counted))
        trips = counted[-1] and (
            (consecutive is not None and row >= consecutive)
            or (failed is not None and failures >= failed)
            or (
                percent is not None
                and len(counted) >= SMALLEST_SAMPLE
                and 100 * failures / len(counted) >= percent
            )
        )
        assert bool(said) is trips
