"""How long a plan takes at least, and how much it loads, by hand-made sums."""

import math
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model.outlook import Forecast, SandboxForecast
from runner.model.plan import PlannedLane
from runner.model.spec import Limits
from runner.model.words import FlowId, SandboxName
from runner.plan import Pace, Waiting, forecast

NONE = Limits()
PROD, STAGE = SandboxName("prod"), SandboxName("stage")


def lane(
    flow: str, runs: int, *, seconds: float | None = None, sandbox: SandboxName = PROD
) -> PlannedLane:
    return PlannedLane(
        sandbox=sandbox, flow_id=FlowId(flow), flow_name="", runs=runs, seconds=seconds
    )


def lanes_of(
    runs: int, *, seconds: float | None = None, sandbox: SandboxName = PROD
) -> list[PlannedLane]:
    """So many flows with one run each."""
    return [lane(f"f{number}", 1, seconds=seconds, sandbox=sandbox) for number in range(runs)]


def told(
    lanes: list[PlannedLane],
    whole: Limits = NONE,
    waiting: Waiting = Waiting.NONE,
    waves: Sequence[int] = (),
    soak: float = 0.0,
    **sandboxes: Limits,
) -> Forecast:
    return forecast(
        lanes,
        whole=whole,
        sandboxes={SandboxName(name): limits for name, limits in sandboxes.items()},
        pace=Pace(call_seconds=0.5, poll_every_seconds=30.0, waiting=waiting, soak_seconds=soak),
        waves=waves,
    )


@pytest.mark.parametrize(
    ("lanes", "whole", "sandboxes", "seconds", "bound_by"),
    [
        ([], Limits(max_per_second=5.0), {}, 0.0, ""),
        (lanes_of(100), Limits(max_per_second=5.0), {}, 20.4, "max_per_second"),
        (lanes_of(100), NONE, {}, 0.5, "the runs of flow f0"),
        (lanes_of(100), Limits(max_at_once=8), {}, 6.375, "max_at_once"),
        (lanes_of(100), Limits(max_at_once=1, max_per_second=5.0), {}, 51.0, "max_at_once"),
        ([lane("f", 100)], Limits(max_per_second=50.0), {}, 50.0, "the runs of flow f"),
        (
            lanes_of(60) + lanes_of(40, sandbox=STAGE),
            Limits(max_per_second=50.0),
            {"prod": Limits(max_per_second=2.0), "stage": Limits(max_per_second=1.0)},
            40.8,
            "max_per_second of sandbox stage",
        ),
        (lanes_of(60), NONE, {"stage": Limits(max_per_second=0.1)}, 0.5, "the runs of flow f0"),
        (lanes_of(90), NONE, {"prod": Limits(max_per_day=90)}, 0.5, "the runs of flow f0"),
        (
            lanes_of(181),
            NONE,
            {"prod": Limits(max_per_day=90)},
            2 * 86_400.0,
            "max_per_day of sandbox prod",
        ),
    ],
)
def test_the_slowest_of_all_limits_and_the_longest_lane_decides(
    lanes: list[PlannedLane],
    whole: Limits,
    sandboxes: dict[str, Limits],
    seconds: float,
    bound_by: str,
) -> None:
    found = told(lanes, whole, **sandboxes)

    assert (found.seconds, found.bound_by) == (pytest.approx(seconds), bound_by)


@pytest.mark.parametrize(
    ("lanes", "whole", "waiting", "seconds", "bound_by"),
    [
        # Ten at a second, and the last one takes its minute.
        (lanes_of(100, seconds=60), Limits(max_per_second=10), "AT_THE_END", 70.3, "max_per_sec"),
        (lanes_of(100, seconds=60), Limits(max_per_second=10), "NONE", 10.2, "max_per_second"),
        # Each lane waits for its run, and half a look on top.
        ([lane("f", 4, seconds=60)], NONE, "IN_EACH_LANE", 4 * 75.5, "the runs of flow f"),
        ([lane("f", 4, seconds=60)], NONE, "AT_THE_END", 62.0, "the runs of flow f"),
        ([lane("f", 4, seconds=60)], NONE, "NONE", 2.0, "the runs of flow f"),
        # Twenty in progress at once, a minute and half a look each.
        (lanes_of(100, seconds=60), Limits(max_running=20), "AT_THE_END", 375.0, "max_running"),
        (lanes_of(100, seconds=60), Limits(max_running=20), "NONE", 0.5, "the runs of flow f0"),
        # A flow of which nothing is known is taken to be like the others.
        (
            [lane("a", 1, seconds=10), lane("b", 3, seconds=30), lane("c", 4)],
            NONE,
            "IN_EACH_LANE",
            4 * (0.5 + 25 + 15),
            "the runs of flow c",
        ),
        ([lane("f", 4)], NONE, "IN_EACH_LANE", 4 * 15.5, "the runs of flow f"),
    ],
)
def test_waiting_adds_what_runs_take(
    lanes: list[PlannedLane], whole: Limits, waiting: str, seconds: float, bound_by: str
) -> None:
    found = told(lanes, whole, Waiting[waiting])

    assert found.seconds == pytest.approx(seconds)
    assert found.bound_by.startswith(bound_by)


@pytest.mark.parametrize(
    ("lanes", "limits", "waiting", "per_hour", "running"),
    [
        (lanes_of(9_000, seconds=60), Limits(max_per_second=2), "NONE", 7_058, 118),
        (lanes_of(100, seconds=60), Limits(max_per_second=2), "NONE", 100, 100),
        (lanes_of(9_000), Limits(max_per_second=2), "NONE", 7_058, None),
        (lanes_of(9_000, seconds=60), Limits(max_per_day=90), "NONE", 90, 9_000),
        (lanes_of(9_000, seconds=60), Limits(max_at_once=1), "NONE", 7_200, 120),
        (lanes_of(9_000, seconds=60), Limits(max_running=20), "AT_THE_END", 1_200, 20),
        (lanes_of(9_000, seconds=60), Limits(max_running=20), "NONE", 9_000, 9_000),
        ([lane("f", 500, seconds=34.5)], NONE, "IN_EACH_LANE", 72, 1),
        ([lane("f", 500, seconds=9_000)], NONE, "IN_EACH_LANE", 1, 1),
        ([], NONE, "NONE", 0, None),
    ],
)
def test_the_load_is_what_the_fullest_hour_starts_and_what_is_in_progress_then(
    lanes: list[PlannedLane], limits: Limits, waiting: str, per_hour: int, running: int | None
) -> None:
    (found,) = told(lanes, NONE, Waiting[waiting], prod=limits).sandboxes

    assert (found.per_hour, found.running) == (per_hour, running)


def test_each_sandbox_is_told_of_in_order_with_its_own_runs_and_time() -> None:
    lanes = lanes_of(40, sandbox=STAGE) + lanes_of(60)

    found = told(lanes, Limits(max_per_second=5), prod=Limits(max_per_second=1), stage=NONE)

    assert found.sandboxes == (
        SandboxForecast(name=PROD, runs=60, seconds=61.2, per_hour=60, running=None),
        SandboxForecast(name=STAGE, runs=40, seconds=0.5, per_hour=40, running=None),
    )


@pytest.mark.parametrize(
    ("whole", "waiting", "seconds"),
    [
        # Each wave ends with its last run's minute.
        (Limits(max_per_second=10), "AT_THE_END", 10.3 + 3 * 60 + 2 * 5),
        (Limits(max_per_second=10), "NONE", 10.2 + 2 * 5),
        # Ten and twenty do not fill forty places, and take their turn all the same.
        (Limits(max_running=40), "AT_THE_END", (1 + 1 + 70 / 40) * 75 + 2 * 5),
    ],
)
def test_waves_are_waited_for_one_after_another(
    whole: Limits, waiting: str, seconds: float
) -> None:
    lanes = lanes_of(100, seconds=60)

    found = told(lanes, whole, Waiting[waiting], waves=(10, 20, 70), soak=5.0)

    assert found.seconds == pytest.approx(seconds)


def test_reads_with_a_rate_of_their_own_take_nothing_from_re_triggers() -> None:
    own = Limits(max_per_second=5, max_reads_per_second=10)

    assert told(lanes_of(100), own).seconds == pytest.approx(20.0)
    assert told(lanes_of(100), prod=own).sandboxes[0].seconds == pytest.approx(20.0)


limit = st.none() | st.integers(1, 50)
some_limits = st.builds(
    Limits,
    max_per_second=st.none() | st.floats(0.1, 100),
    max_at_once=limit,
    max_running=limit,
    max_per_day=limit,
)
some_lanes = st.lists(
    st.builds(
        lane,
        st.sampled_from("abcdef"),
        st.integers(1, 500),
        seconds=st.none() | st.floats(0, 1e5),
        sandbox=st.sampled_from([PROD, STAGE]),
    ),
    max_size=8,
)


@given(lanes=some_lanes, whole=some_limits, prod=some_limits, waiting=st.sampled_from(Waiting))
def test_every_run_has_its_sandbox_and_no_number_is_out_of_reach(
    lanes: list[PlannedLane], whole: Limits, prod: Limits, waiting: Waiting
) -> None:
    found = told(lanes, whole, waiting, prod=prod)

    assert sum(each.runs for each in found.sandboxes) == sum(each.runs for each in lanes)
    assert 0 <= found.seconds < math.inf
    for each in found.sandboxes:
        assert each.seconds <= found.seconds
        assert min(each.runs, 1) <= each.per_hour <= each.runs
        assert each.running is None or min(each.runs, 1) <= each.running <= each.runs


@given(lanes=some_lanes, whole=some_limits, waiting=st.sampled_from(Waiting), data=st.data())
def test_a_stricter_limit_never_makes_it_faster(
    lanes: list[PlannedLane], whole: Limits, waiting: Waiting, data: Any
) -> None:
    stricter = Limits(
        max_per_second=whole.max_per_second and whole.max_per_second / 2,
        max_at_once=whole.max_at_once and data.draw(st.integers(1, whole.max_at_once)),
        max_running=whole.max_running and data.draw(st.integers(1, whole.max_running)),
        max_per_day=whole.max_per_day and data.draw(st.integers(1, whole.max_per_day)),
    )

    assert told(lanes, stricter, waiting).seconds >= told(lanes, whole, waiting).seconds
