"""Requests without a certain answer: looked into while others work; adopted, asked again, or left to a person."""

import pytest

from runner.errors import CredentialsRefused, PlatformUnreachable
from runner.execute import Ended
from runner.model.answer import Refused, Scope
from runner.model.doubt import Absent
from tests.integration.execute.harness import (
    Stage,
    adopt,
    no_answer,
    refused,
    still_open,
)

ABSENT = Absent(because="no new run of this flow is there")


@pytest.fixture(autouse=True)
def _looking(stage: Stage) -> None:
    stage.decides = True


async def test_what_is_found_is_adopted_and_the_lane_goes_on(stage: Stage) -> None:
    stage.platform.script = {"A-1": [no_answer()]}
    stage.looker.script = {"A-1": [still_open(final=False), adopt("A-1")]}
    stage.begin({"prod": {"A": 3, "B": 3}})
    assert await stage.work() == Ended()
    assert stage.platform.asked.count("A-1") == 1
    assert [run for run, _ in stage.looker.looked] == ["A-1", "A-1"]
    row = stage.rows()["A-1"]
    assert (row.outcome, row.new_run_id, row.new_status, row.evidence) == (
        "retriggered",
        "new-A-1",
        "inProgress",
        "same_window, our_client",
    )
    assert set(stage.outcomes().values()) == {"retriggered"}


async def test_while_a_lane_is_looked_into_nothing_of_it_leaves_and_others_go_on(
    stage: Stage,
) -> None:
    stage.platform.script = {"A-1": [no_answer()]}
    stage.looker.script = {"A-1": [adopt("A-1")]}
    stage.begin({"prod": {"A": 2, "B": 9}})
    await stage.work()
    when = {call.run: call.at for call in stage.platform.calls}
    looked_at = stage.looker.looked[0][1]
    assert looked_at == pytest.approx(1010.1)
    assert when["B-9"] < looked_at <= when["A-2"]


async def test_what_was_surely_never_accepted_is_asked_again_in_its_place(stage: Stage) -> None:
    stage.platform.script = {"A-1": [no_answer()]}
    stage.looker.script = {"A-1": [ABSENT]}
    stage.begin({"prod": {"A": 3}})
    assert await stage.work() == Ended()
    assert stage.platform.asked == ["A-1", "A-1", "A-2", "A-3"]
    assert stage.rows()["A-1"].attempts == 2
    assert set(stage.outcomes().values()) == {"retriggered"}


async def test_a_run_that_is_never_accepted_is_given_up_at_the_policys_end(stage: Stage) -> None:
    stage.platform.script = {"A-1": [no_answer()] * 3}
    stage.looker.script = {"A-1": [ABSENT] * 3}
    stage.begin({"prod": {"A": 2}})
    assert await stage.work() == Ended()
    assert stage.platform.asked == ["A-1", "A-1", "A-1", "A-2"]
    row = stage.rows()["A-1"]
    assert (row.outcome, row.attempts) == ("gave_up", 3)
    assert row.reason == (
        "never accepted (no new run of this flow is there), on the last of 3 attempts"
    )


async def test_invalid_state_after_a_doubt_is_no_refusal(stage: Stage) -> None:
    again = Refused(
        code="1387-400",
        message="invalid state",
        http_status=400,
        request_id="theirs",
        scope=Scope.RUN,
    )
    stage.platform.script = {"A-1": [no_answer(), again]}
    stage.looker.script = {"A-1": [ABSENT, adopt("A-1")]}
    stage.begin({"prod": {"A": 2}})
    assert await stage.work() == Ended()
    assert stage.outcomes() == {"A-1": "retriggered", "A-2": "retriggered"}
    assert stage.rows()["A-1"].evidence == "same_window, our_client"


async def test_what_cannot_be_told_blocks_its_lane_for_a_person(stage: Stage) -> None:
    stage.platform.script = {"A-1": [no_answer()]}
    stage.begin({"prod": {"A": 3, "B": 2}})
    assert await stage.work() == Ended()
    stage.comes_to_rest()
    assert stage.outcomes() == {
        "A-1": "unresolved",
        "B-1": "retriggered",
        "A-2": "not_attempted",
        "B-2": "retriggered",
        "A-3": "not_attempted",
    }
    assert stage.rows()["A-1"].reason == "nothing can be told"
    assert stage.rows()["A-3"].reason == "its flow is blocked: run A-1 is unresolved"


async def test_looks_that_fail_leave_the_question_open_and_stop_no_other_lane(
    stage: Stage,
) -> None:
    stage.platform.script = {"A-1": [no_answer()]}
    stage.looker.script = {"A-1": [PlatformUnreachable("no answer")] * 3}
    stage.begin({"prod": {"A": 2}, "stage": {"B": 2}})
    assert await stage.work() == Ended()
    assert stage.outcomes()["A-1"] == "unresolved"
    assert stage.rows()["A-1"].reason == "the platform cannot be read: no answer"
    assert stage.outcomes()["B-2"] == "retriggered"
    stage.looker.script = {"A-1": [adopt("A-1")]}
    assert stage.resume() == 0
    assert await stage.work() == Ended()
    assert sorted(stage.platform.asked) == ["A-1", "A-2", "B-1", "B-2"]
    assert set(stage.outcomes().values()) == {"retriggered"}


async def test_a_look_that_fails_once_is_followed_by_another(stage: Stage) -> None:
    stage.platform.script = {"A-1": [no_answer()]}
    stage.looker.script = {"A-1": [PlatformUnreachable("no answer"), adopt("A-1")]}
    stage.begin({"prod": {"A": 2}})
    assert await stage.work() == Ended()
    assert set(stage.outcomes().values()) == {"retriggered"}


async def test_credentials_that_are_refused_while_looking_end_it(stage: Stage) -> None:
    failure = CredentialsRefused("no more")
    stage.platform.script = {"A-1": [no_answer()]}
    stage.looker.script = {"A-1": [failure]}
    stage.begin({"prod": {"A": 2}})
    assert await stage.work() == Ended(failure=failure)
    assert stage.standings() == {"A-1": "unresolved"}


async def test_an_interrupt_does_not_wait_for_open_questions(stage: Stage) -> None:
    stage.platform.script = {"A-1": [no_answer()]}
    stage.begin({"prod": {"A": 2, "B": 1}})
    working = stage.coordinator()
    working.start()
    await working.until(lambda: stage.standings().get("A-1") == "unresolved")
    since = stage.clock.now
    working.coordinator.interrupt(because="enough")
    assert await working.to_the_end() == Ended(interrupted="enough")
    assert stage.clock.now - since < 1.0
    assert stage.standings()["A-1"] == "unresolved"


@pytest.mark.parametrize(("verdict", "asked"), [("adopt", 1), ("absent", 2), ("open", 1)])
async def test_on_resuming_every_open_question_is_decided_before_its_lane_goes_on(
    stage: Stage, verdict: str, asked: int
) -> None:
    stage.begin({"prod": {"A": 2, "B": 2}, "stage": {"C": 1}})
    working = stage.coordinator()
    working.start()
    await working.until(lambda: "A-1" in stage.platform.asked)
    in_doubt = set(stage.platform.open)
    working.coordinator.abort()
    await working.to_the_end()
    assert stage.resume() == len(in_doubt) > 0
    stage.looker.script = {
        run: [{"adopt": adopt(run), "absent": ABSENT, "open": still_open(final=True)}[verdict]]
        for run in in_doubt
    }
    assert await stage.work() == Ended()
    assert {stage.platform.asked.count(run) for run in in_doubt} == {asked}
    assert {run for run, _ in stage.looker.looked} == in_doubt
    stage.comes_to_rest()
    left = {run for run, word in stage.outcomes().items() if word != "retriggered"}
    blocked = {run[0] for run in in_doubt}
    expected = {run for run in stage.outcomes() if run[0] in blocked}
    assert left == (expected if verdict == "open" else set())


async def test_a_run_is_not_given_up_for_requests_that_were_cut_off_however_many(
    stage: Stage,
) -> None:
    stage.begin({"prod": {"A": 1}})
    for times in range(1, 5):  # of three attempts
        working = stage.coordinator()
        working.start()
        await working.until(lambda times=times: stage.platform.asked.count("A-1") == times)
        working.coordinator.abort()
        await working.to_the_end()
        assert stage.resume() == 1
        stage.looker.script = {"A-1": [ABSENT]}
    assert await stage.work() == Ended()
    row = stage.rows()["A-1"]
    assert (row.outcome, row.attempts, stage.platform.asked.count("A-1")) == ("retriggered", 5, 5)


async def test_a_lane_that_was_closed_meanwhile_is_not_gone_on_with(stage: Stage) -> None:
    stage.platform.script = {"A-1": [no_answer()], "B-2": [refused(Scope.SANDBOX)]}
    stage.looker.script = {"A-1": [adopt("A-1")]}
    stage.begin({"prod": {"A": 2, "B": 3}, "stage": {"C": 200}})
    assert await stage.work() == Ended()
    stage.comes_to_rest()
    assert "A-2" not in stage.platform.asked
    assert "B-3" not in stage.platform.asked
    assert stage.outcomes()["A-2"] == "not_attempted"
    assert stage.outcomes()["C-200"] == "retriggered"
