"""What becomes of runs, lanes and sandboxes by what the platform says."""

from collections import Counter
from dataclasses import replace

import pytest

from runner.errors import CredentialsRefused, PlatformRefused, PlatformUnreachable
from runner.execute import Ended
from runner.model.answer import Passing, Scope
from runner.model.spec import Limits, StopRules
from runner.model.words import SandboxName
from tests.integration.execute.harness import Stage, busy, no_answer, refused

PROD, OTHER = SandboxName("prod"), SandboxName("stage")


def times_of(stage: Stage, run: str) -> list[float]:
    return [call.at for call in stage.platform.calls if call.run == run]


async def test_what_may_pass_is_asked_again_after_its_wait(stage: Stage) -> None:
    stage.platform.script = {"A-1": [busy(), busy()]}
    stage.begin({"prod": {"A": 2}})
    assert await stage.work() == Ended()
    assert stage.platform.asked == ["A-1", "A-1", "A-1", "A-2"]
    # Waits of 1 s and 2 s, half of each by chance, after answers that took 0.1 s.
    assert times_of(stage, "A-1") == pytest.approx([1000.0, 1000.6, 1001.7])
    assert stage.rows()["A-1"].attempts == 3
    assert stage.outcomes() == {"A-1": "retriggered", "A-2": "retriggered"}


async def test_a_wait_of_nothing_is_no_reason_to_pass_a_run_over(stage: Stage) -> None:
    stage.chance = 0.0
    stage.retry_share = 1.0
    stage.platform.script = {f"A-{n}": [busy()] for n in range(1, 20)}
    stage.begin({"prod": {"A": 19}})
    assert await stage.work() == Ended()
    assert stage.platform.asked == [f"A-{n}" for n in range(1, 20) for _ in range(2)]
    assert set(stage.outcomes().values()) == {"retriggered"}


async def test_at_the_policys_end_it_gives_up_and_the_lane_goes_on(stage: Stage) -> None:
    stage.platform.script = {"A-1": [busy(), busy(), busy()]}
    stage.begin({"prod": {"A": 2}})
    assert await stage.work() == Ended()
    assert stage.platform.asked == ["A-1", "A-1", "A-1", "A-2"]
    row = stage.rows()["A-1"]
    assert (row.outcome, row.attempts, row.http_status) == ("gave_up", 3, 503)
    assert row.reason == "busy (on the last of 3 attempts)"
    assert stage.outcomes()["A-2"] == "retriggered"


async def test_other_lanes_go_on_while_one_rests(stage: Stage) -> None:
    stage.platform.script = {"A-1": [busy(Passing.NOT_SENT), busy(Passing.NOT_SENT)]}
    stage.begin({"prod": {"A": 1, "B": 6}})
    await stage.work()
    assert stage.platform.asked.index("B-6") < len(stage.platform.asked) - 1
    assert stage.platform.asked[-1] == "A-1"


async def test_a_wait_that_the_platform_names_pauses_everything(stage: Stage) -> None:
    stage.platform.script = {"A-1": [busy(Passing.THROTTLED, wait_seconds=30.0)]}
    stage.begin({"prod": {"A": 3}, "stage": {"B": 50}})
    await stage.work()
    before = [call for call in stage.platform.calls if call.at < 1000.1]
    after = [call.at for call in stage.platform.calls if call.at >= 1000.1]
    assert {call.run for call in before} == {"A-1", "B-1"}
    assert min(after) >= 1030.1
    assert set(stage.outcomes().values()) == {"retriggered"}


async def test_throttling_without_a_named_wait_slows_its_sandbox_only(stage: Stage) -> None:
    stage.platform.script = {"A-1": [busy(Passing.THROTTLED)]}
    flows = dict.fromkeys("ACDEFGHI", 10)
    stage.begin({"prod": flows, "stage": {"B": 30, "J": 30}})
    stage.sandbox_limits = {PROD: Limits(max_per_second=20), OTHER: Limits(max_per_second=20)}
    await stage.work()
    first = Counter(call.sandbox for call in stage.platform.calls if 1000.2 <= call.at < 1002.2)
    assert first["prod"] < 35
    assert 38 <= first["stage"] <= 42
    assert set(stage.outcomes().values()) == {"retriggered"}


async def test_throttling_of_two_sandboxes_slows_everything(stage: Stage) -> None:
    stage.platform.script = {
        "A-1": [busy(Passing.THROTTLED)],
        "B-2": [busy(Passing.THROTTLED)],
    }
    stage.begin({"prod": {"A": 2}, "stage": {"B": 20}})
    stage.sandbox_limits = {PROD: Limits(max_per_second=20), OTHER: Limits(max_per_second=20)}
    working = stage.coordinator()
    working.start()
    await working.until(lambda: "B-4" in stage.platform.asked)
    assert working.gate.pace().lowered_after == "HTTP 429"
    await working.to_the_end()


async def test_a_throttled_run_is_never_given_up(stage: Stage) -> None:
    stage.platform.script = {"A-1": [busy(Passing.THROTTLED)] * 7}
    stage.begin({"prod": {"A": 1}})
    assert await stage.work() == Ended()
    row = stage.rows()["A-1"]
    assert (row.outcome, row.attempts, stage.platform.asked.count("A-1")) == ("retriggered", 1, 8)


async def test_a_second_500_soon_slows_down_and_neither_is_asked_again(stage: Stage) -> None:
    failing = replace(no_answer(), message="HTTP 500", http_status=500)
    stage.platform.script = {"A-1": [failing], "B-3": [failing]}
    stage.begin({"prod": {"A": 1, "B": 3, "C": 5}})
    working = stage.coordinator()
    working.start()
    await working.until(lambda: "C-3" in stage.platform.asked)
    assert working.gate.pace(PROD).lowered_after == ""  # one alone is a mishap
    await working.until(lambda: "C-5" in stage.platform.asked)
    assert working.gate.pace(PROD).lowered_after == "HTTP 500"
    await working.to_the_end()
    assert [stage.platform.asked.count(run) for run in ("A-1", "B-3")] == [1, 1]
    assert [stage.outcomes()[run] for run in ("A-1", "B-3")] == ["unresolved"] * 2


async def test_a_permanent_throttling_stops_without_burning_the_plan(stage: Stage) -> None:
    flows = dict.fromkeys("ABCDEFGH", 50)
    stage.platform.script = {
        f"{flow}-{n}": [busy(Passing.THROTTLED)] * 1000 for flow in flows for n in range(1, 51)
    }
    stage.begin({"prod": flows})
    ended = await stage.work()
    assert ended.stopped_by_rule.startswith("stopped by ")
    assert len(stage.platform.asked) < 40
    assert set(stage.outcomes().values()) == {""}
    stage.comes_to_rest()
    assert set(stage.outcomes().values()) == {"not_attempted"}


async def test_where_nothing_but_throttling_is_heard_it_stops(stage: Stage) -> None:
    stage.platform.script = {"A-1": [busy(Passing.THROTTLED, wait_seconds=60.0)] * 1000}
    stage.begin({"prod": {"A": 1}})
    ended = await stage.work()
    assert ended.stopped_by_rule == (
        "stopped by the platform answered nothing but that it is too much (busy) for 3m00s "
        "(retry.longest_wait x retry.attempts)"
    )
    assert stage.platform.asked == ["A-1"] * 4
    assert stage.standings() == {"A-1": "planned"}


async def test_a_spent_retry_budget_stops_before_an_outage_is_made_worse(stage: Stage) -> None:
    flows = dict.fromkeys("ABCDEFGH", 50)
    stage.platform.script = {
        f"{flow}-{n}": [busy(Passing.NOT_SENT)] * 1000 for flow in flows for n in range(1, 51)
    }
    stage.begin({"prod": flows})
    ended = await stage.work()
    assert ended.stopped_by_rule.startswith("stopped by retry.budget: 10 % is spent: ")
    assert len(stage.platform.asked) <= 30
    stage.platform.script = {}
    await stage.work()
    assert Counter(stage.outcomes().values())["retriggered"] >= 390


async def test_looks_older_than_a_minute_are_not_relied_on(stage: Stage) -> None:
    stage.platform.script = {"A-1": [busy(Passing.THROTTLED, wait_seconds=60.0)] * 2}
    stage.begin({"prod": {"A": 2, "B": 2, "C": 2}})
    await stage.work()
    looked: dict[str, list[float]] = {run: [] for run in stage.outcomes()}
    for at, ids in stage.platform.seen:
        for run in ids:
            looked[run].append(at)
    for call in stage.platform.calls:
        age = call.at - max(at for at in looked[call.run] if at <= call.at)
        assert age <= 60.0
    assert set(stage.outcomes().values()) == {"retriggered"}


async def test_a_run_that_changed_while_it_rested_is_skipped(stage: Stage) -> None:
    stage.platform.script = {"A-1": [busy()]}
    stage.platform.looks = {"A-1": ["", "changed_since_plan: its status was failed and is success"]}
    stage.begin({"prod": {"A": 2}})
    await stage.work()
    assert stage.platform.asked == ["A-1", "A-2"]
    assert stage.outcomes() == {"A-1": "skipped", "A-2": "retriggered"}


async def test_no_certain_answer_leaves_the_run_unresolved_and_blocks_its_lane(
    stage: Stage,
) -> None:
    stage.platform.script = {"A-2": [no_answer()]}
    stage.begin({"prod": {"A": 4, "B": 3}})
    assert await stage.work() == Ended()
    assert stage.platform.asked.count("A-2") == 1
    assert not {"A-3", "A-4"} & set(stage.platform.asked)
    stage.comes_to_rest()
    assert stage.outcomes() == {
        "A-1": "retriggered",
        "A-2": "unresolved",
        "A-3": "not_attempted",
        "A-4": "not_attempted",
        "B-1": "retriggered",
        "B-2": "retriggered",
        "B-3": "retriggered",
    }
    assert stage.rows()["A-3"].reason == "its flow is blocked: run A-2 is unresolved"


async def test_a_refused_run_does_not_keep_its_lane_from_going_on(stage: Stage) -> None:
    stage.platform.script = {"A-1": [refused()]}
    stage.begin({"prod": {"A": 2}})
    assert await stage.work() == Ended()
    assert stage.outcomes() == {"A-1": "refused", "A-2": "retriggered"}
    assert stage.rows()["A-1"].reason == "1387-400: no"


async def test_a_refusal_for_the_flow_closes_its_lane_only(stage: Stage) -> None:
    stage.platform.script = {"A-1": [refused(Scope.FLOW)]}
    stage.begin({"prod": {"A": 3, "B": 2}})
    assert await stage.work() == Ended()
    assert sorted(stage.platform.asked) == ["A-1", "B-1", "B-2"]
    stage.comes_to_rest()
    assert stage.outcomes()["A-2"] == "not_attempted"
    assert stage.rows()["A-2"].reason == "refused for its flow: 1387-400: no"


async def test_a_refusal_for_the_sandbox_closes_all_its_lanes(stage: Stage) -> None:
    stage.sandbox_limits = {PROD: Limits(max_at_once=1)}
    stage.platform.script = {"A-1": [refused(Scope.SANDBOX)]}
    stage.begin({"prod": {"A": 3, "B": 3, "C": 3}, "stage": {"D": 4}})
    assert await stage.work() == Ended()
    assert stage.platform.asked.count("A-1") == 1
    prod = [call.run for call in stage.platform.calls if call.sandbox == "prod"]
    assert prod == ["A-1"]
    stage.comes_to_rest()
    left = {run: row for run, row in stage.rows().items() if row.outcome == "not_attempted"}
    assert set(left) == {f"{flow}-{n}" for flow in "ABC" for n in range(1, 4)} - {"A-1"}
    assert {row.reason for row in left.values()} == {"refused for its sandbox: 1387-400: no"}
    assert [stage.outcomes()[f"D-{n}"] for n in range(1, 5)] == ["retriggered"] * 4


async def test_nobody_slips_into_the_place_of_the_request_that_ends_it(stage: Stage) -> None:
    stage.sandbox_limits = {PROD: Limits(max_at_once=1)}
    stage.stop_when = StopRules(failed=1, failed_percent=None, consecutive=None)
    stage.platform.script = {"A-1": [refused()]}
    stage.begin({"prod": {"A": 2, "B": 2}})
    await stage.work()
    assert stage.platform.asked == ["A-1"]


async def test_a_refused_sandbox_is_not_looked_at_any_more(stage: Stage) -> None:
    stage.limits = Limits(max_per_second=1, max_at_once=1)  # looks only some twenty runs ahead
    stage.platform.script = {"F0-1": [refused(Scope.SANDBOX)]}
    stage.begin({"prod": {f"F{n}": 1 for n in range(400)}, "stage": {"S": 5}})
    await stage.work()
    assert stage.platform.asked == ["F0-1", *(f"S-{n}" for n in range(1, 6))]
    assert len([ids for _, ids in stage.platform.seen if ids[0].startswith("F")]) == 1


async def test_a_refusal_of_everything_ends_it(stage: Stage) -> None:
    stage.platform.script = {"A-1": [refused(Scope.EVERYTHING)]}
    stage.limits = Limits(max_at_once=1)
    stage.begin({"prod": {"A": 2}, "stage": {"B": 2}})
    ended = await stage.work()
    assert isinstance(ended.failure, PlatformRefused)
    assert str(ended.failure) == "the platform refuses every call: 1387-400: no"
    assert stage.platform.asked == ["A-1"]
    assert stage.standings()["A-1"] == "settled"
    assert set(stage.standings().values()) <= {"settled", "planned"}


@pytest.mark.parametrize("error", [CredentialsRefused("no"), PlatformUnreachable("no token")])
async def test_without_a_token_it_ends_and_the_run_counts_as_not_asked(
    stage: Stage, error: Exception
) -> None:
    stage.platform.script = {"B-1": [error]}
    stage.begin({"prod": {"A": 3, "B": 3, "C": 3}})
    ended = await stage.work()
    assert ended == Ended(failure=error)
    assert set(stage.standings().values()) <= {"settled", "planned"}
    assert stage.standings()["B-1"] == "planned"
    assert stage.rows()["B-1"].attempts == 0
    stage.resume()
    assert await stage.work() == Ended()
    assert set(stage.outcomes().values()) == {"retriggered"}
    assert sorted(stage.platform.accepted) == sorted(stage.outcomes())


async def test_a_bug_in_the_client_ends_it_and_leaves_its_run_in_doubt(stage: Stage) -> None:
    bug = ZeroDivisionError("ours")
    stage.platform.script = {"B-1": [bug]}
    stage.begin({"prod": {"A": 3, "B": 3}})
    assert await stage.work() == Ended(failure=bug)
    assert stage.standings()["B-1"] == "asked"
    assert stage.resume() == 1
    assert stage.standings()["B-1"] == "unresolved"


async def test_a_look_that_fails_ends_it(stage: Stage) -> None:
    failure = PlatformUnreachable("no answer")

    async def fails(*_: object) -> None:
        raise failure

    stage.platform.look_again = fails  # type: ignore[assignment]
    stage.begin({"prod": {"A": 1}})
    assert await stage.work() == Ended(failure=failure)
    assert stage.platform.calls == []


async def test_when_every_busy_lane_is_closed_at_once_the_waiting_ones_get_their_turn(
    stage: Stage,
) -> None:
    # Seventeen lanes of many runs fill what is verified ahead; the others must wait for room.
    stage.limits = Limits(max_at_once=64)
    flows = [f"F{n}" for n in range(30)]
    stage.platform.script = {f"{flow}-1": [no_answer()] for flow in flows[:28]}
    stage.begin({"prod": dict.fromkeys(flows, 90)})
    assert await stage.work() == Ended()
    assert {run.partition("-")[0] for run in stage.platform.asked} == set(flows)
    assert [stage.outcomes()[f"{flow}-90"] for flow in flows[28:]] == ["retriggered"] * 2


async def test_a_stop_rule_leaves_the_rest_not_attempted(stage: Stage) -> None:
    stage.limits = Limits(max_at_once=1)
    stage.stop_when = StopRules(failed=2, failed_percent=None, consecutive=None)
    stage.platform.script = {"A-1": [refused()], "B-1": [refused()]}
    stage.begin({"prod": {"A": 3, "B": 3}})
    ended = await stage.work()
    assert ended == Ended(
        stopped_by_rule="stopped by stop_when.failed: 2 failures; the last: A-1, B-1"
    )
    assert stage.platform.asked == ["A-1", "B-1"]
    assert set(stage.standings().values()) <= {"settled", "planned"}


async def test_a_stop_rule_lets_what_is_under_way_finish(stage: Stage) -> None:
    stage.stop_when = StopRules(failed=1, failed_percent=None, consecutive=None)
    stage.platform.script = {"A-1": [refused()]}
    stage.begin({"prod": dict.fromkeys("ABCD", 2)})
    await stage.work()
    assert sorted(stage.platform.asked) == ["A-1", "B-1", "C-1", "D-1"]
    settled = [run for run, word in stage.standings().items() if word == "settled"]
    assert settled == ["A-1", "B-1", "C-1", "D-1"]


async def test_throttling_never_trips_a_stop_rule(stage: Stage) -> None:
    stage.stop_when = StopRules(failed=1, failed_percent=1.0, consecutive=1)
    stage.platform.script = {f"A-{n}": [busy(Passing.THROTTLED)] * 3 for n in range(1, 4)}
    stage.begin({"prod": {"A": 4}})
    assert await stage.work() == Ended()
    assert list(stage.outcomes().values()) == ["retriggered"] * 4
