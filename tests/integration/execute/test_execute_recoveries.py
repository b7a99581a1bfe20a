"""Accepted is not recovered: flows are held, places are kept, and rules count, by what became of the new runs."""

import pytest

from runner.errors import CredentialsRefused
from runner.execute import Ended
from runner.model.answer import Scope
from runner.model.spec import Limits, StopRules
from runner.model.words import OnFailure, SandboxName
from tests.integration.execute.harness import Stage, no_answer, refused

PROD, OTHER = SandboxName("prod"), SandboxName("stage")
HOLD = OnFailure.HOLD_FLOW


@pytest.fixture
def waiting(stage: Stage) -> Stage:
    stage.waits = True
    return stage


def asked_at(stage: Stage) -> dict[str, float]:
    return {call.run: call.at for call in stage.platform.calls}


async def test_every_new_run_is_watched_to_its_end(waiting: Stage) -> None:
    waiting.platform.ends |= {
        "A-1": (600.0, "success", 10),
        "A-2": (30.0, "success", 0),
        "B-1": (30.0, "failed", None),
        "B-2": (30.0, "partialSuccess", 5),
    }
    waiting.begin({"prod": {"A": 2, "B": 2}})

    assert await waiting.work() == Ended()

    assert waiting.recoveries() == {
        "A-1": "recovered",
        "A-2": "recovered_empty",
        "B-1": "failed_again",
        "B-2": "partial",
    }


async def test_a_held_flow_goes_on_only_when_its_run_has_recovered(waiting: Stage) -> None:
    waiting.on_failure = HOLD
    waiting.platform.ends |= {"A-1": (300.0, "success", 10), "B-1": (5.0, "success", 0)}
    waiting.begin({"prod": {"A": 2, "B": 2}})

    assert await waiting.work() == Ended()

    at = asked_at(waiting)
    assert at["A-2"] - at["A-1"] >= 300
    assert at["B-2"] - at["B-1"] < 60
    assert set(waiting.recoveries().values()) == {"recovered", "recovered_empty"}


async def test_without_holding_a_flow_goes_on_when_its_run_was_accepted(waiting: Stage) -> None:
    waiting.begin({"prod": {"A": 3}})

    await waiting.work()

    at = asked_at(waiting)
    assert at["A-3"] - at["A-1"] < 1


@pytest.mark.parametrize(
    ("status", "recovery"), [("failed", "failed_again"), ("partialFailure", "partial")]
)
async def test_a_run_that_fails_again_holds_the_rest_of_its_flow_alone(
    waiting: Stage, status: str, recovery: str
) -> None:
    waiting.on_failure = HOLD
    waiting.platform.ends["A-1"] = (30.0, status, None)
    waiting.begin({"prod": {"A": 3, "B": 2}})

    assert await waiting.work() == Ended()

    rows = waiting.rows()
    assert waiting.platform.asked == ["A-1", "B-1", "B-2"]
    assert rows["A-2"].outcome == rows["A-3"].outcome == ""
    assert rows["A-3"].reason == f"its flow is held: run A-1 ended as {recovery}"
    assert rows["B-2"].recovery == "recovered"


async def test_a_refused_run_holds_its_flow_too(waiting: Stage) -> None:
    waiting.on_failure = HOLD
    waiting.platform.script["A-1"] = [refused(Scope.RUN)]
    waiting.begin({"prod": {"A": 2}})

    await waiting.work()

    assert waiting.platform.asked == ["A-1"]
    assert waiting.rows()["A-2"].reason == "its flow is held: run A-1 was refused"


async def test_a_run_that_does_not_end_in_time_is_told_as_running_and_holds(waiting: Stage) -> None:
    waiting.on_failure, waiting.wait_seconds = HOLD, 600.0
    waiting.platform.ends["A-1"] = (10_000.0, "success", 10)
    waiting.begin({"prod": {"A": 2, "B": 1}})

    assert await waiting.work() == Ended()

    assert waiting.recoveries() == {"A-1": "running", "A-2": "", "B-1": "recovered"}
    assert waiting.platform.asked == ["A-1", "B-1"]


async def test_one_that_fails_again_stops_everything_where_the_spec_says_so(waiting: Stage) -> None:
    waiting.on_failure = OnFailure.STOP
    waiting.platform.ends["A-1"] = (30.0, "failed", None)
    waiting.begin({"prod": {"A": 2, "B": 9}})

    ended = await waiting.work()

    assert ended.stopped_by_rule == "on_failure is stop, and run A-1 ended as failed_again"
    assert len(waiting.platform.asked) < 11


async def test_a_failed_recovery_counts_for_the_stop_rules(waiting: Stage) -> None:
    waiting.stop_when = StopRules(failed=2)
    waiting.limits = Limits(max_at_once=1, max_running=1)
    for run in ("A-1", "C-1"):
        waiting.platform.ends[run] = (20.0, "failed", None)
    waiting.begin({"prod": dict.fromkeys("ABCDE", 1)})

    ended = await waiting.work()

    assert "stop_when.failed: 2 failures; the last: A-1, C-1" in ended.stopped_by_rule
    assert waiting.platform.asked == ["A-1", "B-1", "C-1"]


async def test_a_sandboxs_own_rule_leaves_the_others_going_on(stage: Stage) -> None:
    stage.sandbox_stop_when = {PROD: StopRules(consecutive=2)}
    stage.limits = Limits(max_at_once=1)
    for run in ("A-1", "A-2", "A-3"):
        stage.platform.script[run] = [refused()]
    stage.begin({"prod": {"A": 4}, "stage": {"B": 4}})

    assert await stage.work() == Ended()

    outcomes = stage.outcomes()
    assert [outcomes[f"A-{n}"] for n in range(1, 5)] == ["refused", "refused", "", ""]
    assert {outcomes[f"B-{n}"] for n in range(1, 5)} == {"retriggered"}
    assert "stop_when.consecutive: 2 failures in a row" in stage.rows()["A-3"].reason


async def test_a_flow_that_fails_again_and_again_is_left_alone_by_itself(stage: Stage) -> None:
    stage.stop_when = StopRules(consecutive_per_flow=2)
    for n in range(1, 6):
        stage.platform.script[f"A-{n}"] = [refused()]
    stage.begin({"prod": {"A": 5, "B": 5}})

    assert await stage.work() == Ended()

    assert [run for run in stage.platform.asked if run[0] == "A"] == ["A-1", "A-2"]
    assert [run for run in stage.platform.asked if run[0] == "B"] == [f"B-{n}" for n in range(1, 6)]
    assert "stop_when.consecutive_per_flow: 2 failures in a row" in stage.rows()["A-3"].reason


@pytest.mark.parametrize(
    ("whole", "prod", "place", "most"),
    [
        (Limits(max_running=3), Limits(), "all", 3),
        (Limits(), Limits(max_running=2), "prod", 2),
        (Limits(max_running_per_flow=1), Limits(), "prod/A", 1),
        (Limits(), Limits(max_running_per_flow=2), "prod/B", 2),
    ],
)
async def test_no_more_runs_are_in_progress_than_there_are_places(
    waiting: Stage, whole: Limits, prod: Limits, place: str, most: int
) -> None:
    waiting.limits, waiting.sandbox_limits = whole, {PROD: prod}
    waiting.begin({"prod": {"A": 4, "B": 4}, "stage": {"C": 4}})

    assert await waiting.work() == Ended()

    assert set(waiting.recoveries().values()) == {"recovered"}
    assert waiting.platform.most_in_progress[place] == most


async def test_a_place_that_nobody_is_seen_to_leave_ends_the_rest_in_words(waiting: Stage) -> None:
    waiting.limits, waiting.wait_seconds = Limits(max_running=1), 300.0
    waiting.platform.ends["A-1"] = (1e9, "success", 1)
    waiting.begin({"prod": {"A": 1, "B": 2}})

    ended = await waiting.work()

    reason = (
        "limits.max_running of 1 is used up by runs that were not seen to end within wait.timeout"
    )
    assert ended == Ended(stopped_by_rule=reason)
    assert waiting.rows()["B-1"].reason == reason


async def test_a_run_that_ended_in_a_way_nobody_knows_leaves_its_place_and_holds_its_flow(
    waiting: Stage,
) -> None:
    waiting.on_failure, waiting.limits = HOLD, Limits(max_running=1)
    waiting.platform.ends["A-1"] = (30.0, "aborted", None)
    waiting.begin({"prod": {"A": 2, "B": 1}})

    assert await waiting.work() == Ended()

    assert waiting.recoveries() == {"A-1": "unknown", "A-2": "", "B-1": "recovered"}
    assert asked_at(waiting)["B-1"] - asked_at(waiting)["A-1"] < 600  # wait.timeout is two hours
    assert waiting.rows()["A-1"].new_status == "aborted"
    assert waiting.rows()["A-2"].reason == "its flow is held: run A-1 ended as unknown"


async def test_a_flows_own_place_that_nobody_is_seen_to_leave_ends_its_rest_in_words(
    waiting: Stage,
) -> None:
    waiting.limits, waiting.wait_seconds = Limits(max_running_per_flow=1), 300.0
    waiting.platform.ends["A-1"] = (1e9, "success", 1)
    waiting.begin({"prod": {"A": 2, "B": 2}})

    ended = await waiting.work()

    assert ended.stopped_by_rule.startswith("max_running_per_flow of 1 is used up by runs that")
    assert sorted(waiting.platform.asked) == ["A-1", "B-1", "B-2"]
    assert waiting.rows()["A-2"].reason == ended.stopped_by_rule


async def test_a_watch_that_cannot_go_on_ends_it_although_every_flow_is_held(
    waiting: Stage,
) -> None:
    waiting.on_failure = HOLD
    waiting.platform.watching_fails = CredentialsRefused("no more")
    waiting.begin({"prod": {"A": 2}})

    ended = await waiting.work()

    assert isinstance(ended.failure, CredentialsRefused)
    assert waiting.platform.asked == ["A-1"]


async def test_an_unanswered_run_keeps_its_place(waiting: Stage) -> None:
    waiting.limits = Limits(max_running=1)
    waiting.decides = True
    waiting.platform.script["A-1"] = [no_answer()]
    waiting.begin({"prod": {"A": 1, "B": 1}})

    ended = await waiting.work()

    assert "max_running of 1 is used up" in ended.stopped_by_rule
    assert waiting.platform.asked == ["A-1"]


async def test_going_on_later_watches_what_was_accepted_before_anything_of_its_flow_starts(
    waiting: Stage,
) -> None:
    waiting.on_failure = HOLD
    waiting.platform.ends["A-1"] = (500.0, "success", 10)
    waiting.begin({"prod": {"A": 2}})
    working = waiting.coordinator()
    working.start()
    await working.until(lambda: working.coordinator.watched == 1)
    working.coordinator.interrupt(because="enough")
    await working.to_the_end()
    waiting.comes_to_rest()

    waiting.resume()
    assert await waiting.work() == Ended()

    at = asked_at(waiting)
    assert waiting.platform.asked == ["A-1", "A-2"]
    assert at["A-2"] - at["A-1"] >= 500
    assert waiting.recoveries() == {"A-1": "recovered", "A-2": "recovered"}


async def test_a_held_flow_stays_held_when_it_is_gone_on_with(waiting: Stage) -> None:
    waiting.on_failure = HOLD
    waiting.platform.ends["A-1"] = (30.0, "failed", None)
    waiting.begin({"prod": {"A": 2}})
    await waiting.work()
    waiting.comes_to_rest()

    waiting.resume()
    assert await waiting.work() == Ended()

    assert waiting.platform.asked == ["A-1"]
    assert waiting.rows()["A-2"].reason == "its flow is held: run A-1 ended as failed_again"
