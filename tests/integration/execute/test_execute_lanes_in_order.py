"""Lanes, turns and limits: what is asked, when, and in which order."""

import pytest

from runner.execute import Ended
from runner.model.spec import Limits
from runner.model.words import SandboxName
from tests.integration.execute.harness import Shape, Stage

SHAPE: Shape = {"prod": {"A": 4, "B": 2, "C": 1}, "stage": {"D": 3, "E": 1}}
EVERY_RUN = {
    *(f"A-{n}" for n in range(1, 5)),
    *(f"B-{n}" for n in range(1, 3)),
    "C-1",
    *(f"D-{n}" for n in range(1, 4)),
    "E-1",
}


def of_flow(stage: Stage, flow: str) -> list[str]:
    return [run for run in stage.platform.asked if run.startswith(flow)]


async def test_every_run_is_asked_for_exactly_once_and_in_lane_order(stage: Stage) -> None:
    stage.begin(SHAPE)
    assert await stage.work() == Ended()
    assert sorted(stage.platform.asked) == sorted(EVERY_RUN)
    assert of_flow(stage, "A") == ["A-1", "A-2", "A-3", "A-4"]
    assert of_flow(stage, "D") == ["D-1", "D-2", "D-3"]
    assert stage.outcomes() == dict.fromkeys(EVERY_RUN, "retriggered")
    assert {run: row.new_run_id for run, row in stage.rows().items()} == {
        run: f"new-{run}" for run in EVERY_RUN
    }


async def test_a_lane_has_one_request_open_at_a_time(stage: Stage) -> None:
    stage.begin({"prod": {"A": 5}})
    await stage.work()
    assert stage.platform.most_under_way["all"] == 1


async def test_an_empty_plan_ends_at_once(stage: Stage) -> None:
    stage.begin({})
    assert await stage.work() == Ended()
    assert stage.platform.calls == []
    assert stage.platform.seen == []


async def test_no_more_than_max_at_once_are_under_way(stage: Stage) -> None:
    stage.limits = Limits(max_at_once=3)
    stage.begin({"prod": {f"F{n}": 3 for n in range(10)}})
    await stage.work()
    assert stage.platform.most_under_way["all"] == 3
    assert len(stage.platform.asked) == 30


async def test_no_more_than_a_sandboxs_own_max_at_once_are_under_way(stage: Stage) -> None:
    stage.limits = Limits(max_at_once=6)
    stage.sandbox_limits = {SandboxName("prod"): Limits(max_at_once=2)}
    shape = {"prod": {f"P{n}": 2 for n in range(8)}, "stage": {f"S{n}": 2 for n in range(8)}}
    stage.begin(shape)
    await stage.work()
    assert stage.platform.most_under_way["prod"] == 2
    assert stage.platform.most_under_way["all"] == 6
    assert len(stage.platform.asked) == 32


def most_in_any(times: list[float], seconds: float) -> int:
    return max(sum(start <= t < start + seconds for t in times) for start in times)


@pytest.mark.parametrize("rate", [2.0, 10.0])
async def test_no_window_sees_more_than_the_rate_and_its_burst(stage: Stage, rate: float) -> None:
    stage.limits = Limits(max_per_second=rate, max_at_once=50)
    stage.begin({"prod": {f"F{n}": 2 for n in range(30)}})
    started = stage.clock.now
    await stage.work()
    times = [call.at for call in stage.platform.calls]
    for seconds in (0.5, 1.0, 5.0):
        assert most_in_any(times, seconds) <= rate * seconds + 2
    # It is used as well: sixty runs take little more than sixty turns.
    assert 60 / rate - 2 <= stage.clock.now - started <= 60 / rate + 2


async def test_a_sandboxs_own_rate_holds_only_its_own_runs(stage: Stage) -> None:
    stage.limits = Limits(max_per_second=100, max_at_once=50)
    stage.sandbox_limits = {SandboxName("prod"): Limits(max_per_second=1)}
    stage.begin({"prod": {f"P{n}": 1 for n in range(6)}, "stage": {f"S{n}": 1 for n in range(20)}})
    await stage.work()
    prod = [call.at for call in stage.platform.calls if call.sandbox == "prod"]
    other = [call.at for call in stage.platform.calls if call.sandbox == "stage"]
    assert most_in_any(prod, 1.0) <= 3
    assert prod[-1] - prod[0] >= 4.0
    assert other[-1] - other[0] < 1.0


async def test_sandboxes_take_turns(stage: Stage) -> None:
    stage.limits = Limits(max_per_second=10, max_at_once=4)
    shape = {"prod": {f"P{n}": 5 for n in range(10)}, "stage": {f"S{n}": 5 for n in range(2)}}
    stage.begin(shape)
    await stage.work()
    first = [call.sandbox for call in stage.platform.calls[:20]]
    assert 8 <= first.count("stage") <= 10
    assert max_in_a_row(first, "prod") <= 3


def max_in_a_row(words: list[str], word: str) -> int:
    longest = row = 0
    for one in words:
        row = row + 1 if one == word else 0
        longest = max(longest, row)
    return longest


async def test_lanes_of_one_sandbox_take_turns(stage: Stage) -> None:
    stage.limits = Limits(max_per_second=10, max_at_once=1)
    stage.begin({"prod": {"A": 6, "B": 6, "C": 6}})
    await stage.work()
    for start in range(0, 18, 3):
        assert {run[0] for run in stage.platform.asked[start : start + 3]} == {"A", "B", "C"}


async def test_runs_are_looked_at_in_bulk(stage: Stage) -> None:
    stage.limits = Limits(max_at_once=32)
    stage.begin({"prod": {f"F{n}": 10 for n in range(50)}})
    await stage.work()
    assert len(stage.platform.asked) == 500
    assert len(stage.platform.seen) <= 20
    assert max(len(ids) for _, ids in stage.platform.seen) <= 100


async def test_a_run_that_changed_is_skipped_and_its_lane_goes_on(stage: Stage) -> None:
    stage.platform.looks = {"A-1": ["not_found: gone"], "A-3": ["changed_since_plan: moved"]}
    stage.begin({"prod": {"A": 4}})
    assert await stage.work() == Ended()
    assert stage.platform.asked == ["A-2", "A-4"]
    assert stage.outcomes() == {
        "A-1": "skipped",
        "A-2": "retriggered",
        "A-3": "skipped",
        "A-4": "retriggered",
    }
    assert stage.rows()["A-3"].reason == "changed_since_plan: moved"
    assert stage.rows()["A-3"].attempts == 0


async def test_a_lane_of_which_everything_changed_is_left_alone(stage: Stage) -> None:
    stage.platform.looks = {f"A-{n}": ["not_found: gone"] for n in range(1, 300)}
    stage.begin({"prod": {"A": 299, "B": 1}})
    assert await stage.work() == Ended()
    assert stage.platform.asked == ["B-1"]
    assert sum(word == "skipped" for word in stage.outcomes().values()) == 299
