"""How long a plan takes at least, by hand-made sums."""

import pytest

from runner.model.spec import Limits
from runner.plan import expected_seconds

NONE = Limits()


@pytest.mark.parametrize(
    ("runs", "whole", "sandboxes", "longest_lane", "seconds"),
    [
        ({}, Limits(max_per_second=5.0), {}, 0, 0.0),
        ({"prod": 100}, Limits(max_per_second=5.0), {}, 1, 20.0),
        ({"prod": 100}, NONE, {}, 1, 0.5),  # no limit, and one call takes half a second
        ({"prod": 100}, Limits(max_at_once=8), {}, 1, 6.25),
        ({"prod": 100}, Limits(max_at_once=1, max_per_second=5.0), {}, 1, 50.0),
        ({"prod": 100}, Limits(max_per_second=50.0), {}, 100, 50.0),  # one flow, one after another
        ({"prod": 60, "stage": 40}, Limits(max_per_second=5.0), {}, 1, 20.0),
        (
            {"prod": 60, "stage": 40},
            Limits(max_per_second=50.0),
            {"prod": Limits(max_per_second=2.0), "stage": Limits(max_per_second=1.0)},
            1,
            40.0,
        ),
        ({"prod": 60}, NONE, {"stage": Limits(max_per_second=0.1)}, 1, 0.5),
    ],
)
def test_the_slowest_of_all_limits_and_the_fullest_flow_decides(
    runs: dict[str, int],
    whole: Limits,
    sandboxes: dict[str, Limits],
    longest_lane: int,
    seconds: float,
) -> None:
    found = expected_seconds(
        runs, whole=whole, sandboxes=sandboxes, longest_lane=longest_lane, call_seconds=0.5
    )

    assert found == pytest.approx(seconds)


def test_slower_calls_take_longer_where_places_or_the_fullest_flow_decide() -> None:
    def seconds(call_seconds: float) -> float:
        return expected_seconds(
            {"prod": 100},
            whole=Limits(max_at_once=10, max_per_second=100.0),
            sandboxes={},
            longest_lane=10,
            call_seconds=call_seconds,
        )

    assert [seconds(0.01), seconds(0.5), seconds(2.0)] == [1.0, 5.0, 20.0]
