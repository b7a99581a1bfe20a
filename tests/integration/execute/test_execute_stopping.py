"""Stopping, in every way there is, and going on afterwards: every run is asked for once, uncertain ones never again."""

import json
from collections.abc import Sequence

import pytest

from runner.errors import JournalUnusable, RetryBudgetSpent
from runner.execute import Ended
from runner.journal import Claimed, Entry, Released, Settled
from runner.model.answer import Passing, Scope
from runner.model.spec import Limits, StopRules
from tests.integration.execute.harness import EXECUTION, Stage, Stuck, busy, no_answer, refused

SHAPE = {"prod": {"A": 4, "B": 4}, "stage": {"C": 4}}
EVERY_RUN = [f"{flow}-{n}" for flow in "ABC" for n in range(1, 5)]


async def finish(stage: Stage) -> None:
    """Go on until the end, as the next apply would, and see that nothing was asked for twice."""
    stage.platform.never.clear()
    stage.resume()
    assert await stage.work() == Ended()
    assert len(stage.platform.accepted) == len(set(stage.platform.accepted))


def by_outcome(stage: Stage, outcome: str) -> set[str]:
    return {run for run, word in stage.outcomes().items() if word == outcome}


async def test_an_interrupt_lets_what_is_under_way_finish_and_takes_nothing_new(
    stage: Stage,
) -> None:
    stage.begin(SHAPE)
    working = stage.coordinator()
    working.start()
    await working.until(lambda: len(stage.platform.calls) == 5)
    under_way = list(stage.platform.asked)
    working.coordinator.interrupt(because="interrupted by SIGTERM")
    assert working.coordinator.is_draining
    assert await working.to_the_end() == Ended(interrupted="interrupted by SIGTERM")
    assert stage.platform.asked == under_way
    assert set(stage.standings().values()) <= {"settled", "planned"}
    assert {run for run, word in stage.standings().items() if word == "settled"} == set(under_way)
    await finish(stage)
    assert sorted(stage.platform.asked) == EVERY_RUN


async def test_what_was_claimed_and_not_sent_is_given_back(stage: Stage) -> None:
    stage.limits = Limits(max_per_second=1, max_at_once=8)
    stage.begin({"prod": dict.fromkeys("ABCDEFGH", 1)})
    working = stage.coordinator()
    working.start()
    await working.until(lambda: len(stage.platform.calls) == 3)
    assert "asked" in stage.standings().values()
    working.coordinator.interrupt(because="enough")
    await working.to_the_end()
    assert set(stage.standings().values()) == {"settled", "planned"}
    assert {row.attempts for row in stage.rows().values() if not row.new_run_id} == {0}
    assert stage.resume() == 0
    assert await stage.work() == Ended()
    assert sorted(stage.platform.asked) == [f"{flow}-1" for flow in "ABCDEFGH"]


async def test_draining_takes_no_longer_than_it_may(stage: Stage) -> None:
    stage.drain_seconds = 75.0
    stage.platform.never = {"B-2"}
    stage.begin(SHAPE)
    working = stage.coordinator()
    working.start()
    await working.until(lambda: "B-2" in stage.platform.asked)
    asked_at = stage.clock.now
    working.coordinator.interrupt(because="enough")
    assert await working.to_the_end() == Ended(interrupted="enough")
    assert stage.clock.now - asked_at == pytest.approx(75.0)
    assert stage.standings()["B-2"] == "asked"
    await finish(stage)
    assert by_outcome(stage, "unresolved") == {"B-2"}
    assert stage.platform.asked.count("B-2") == 1
    assert by_outcome(stage, "retriggered") == set(EVERY_RUN) - {"B-2", "B-3", "B-4"}


async def test_an_abort_waits_for_no_answer_and_leaves_what_was_asked_in_doubt(
    stage: Stage,
) -> None:
    stage.begin(SHAPE)
    working = stage.coordinator()
    working.start()
    await working.until(lambda: len(stage.platform.calls) == 5)
    in_doubt = set(stage.platform.open)
    assert len(in_doubt) == 3
    asked_at = stage.clock.now
    working.coordinator.interrupt(because="interrupted by SIGINT")
    working.coordinator.abort()
    assert await working.to_the_end() == Ended(interrupted="interrupted by SIGINT")
    assert stage.clock.now == asked_at
    assert {run for run, word in stage.standings().items() if word == "asked"} == in_doubt
    await finish(stage)
    assert by_outcome(stage, "unresolved") == in_doubt
    assert all(stage.platform.asked.count(run) == 1 for run in in_doubt)


async def test_a_stopped_execution_goes_on_where_it_was(stage: Stage) -> None:
    stage.limits = Limits(max_at_once=2)
    stage.stop_when = StopRules(failed=2, failed_percent=None, consecutive=None)
    stage.platform.script = {"A-1": [refused()], "A-2": [refused()]}
    stage.begin(SHAPE)
    assert (await stage.work()).stopped_by_rule
    stage.goes_on = True  # a person applies again
    await finish(stage)
    assert sorted(stage.platform.asked) == EVERY_RUN
    assert by_outcome(stage, "refused") == {"A-1", "A-2"}


@pytest.mark.parametrize(
    ("rules", "most"),
    [
        (StopRules(failed=4), 4),
        (StopRules(consecutive=4), 4),
        (StopRules(failed_percent=50.0), 20),
    ],
)
async def test_a_crash_is_no_consent_to_begin_counting_anew(
    stage: Stage, rules: StopRules, most: int
) -> None:
    stage.limits, stage.stop_when = Limits(max_at_once=1), rules
    flows = [f"F{number}" for number in range(30)]
    stage.platform.script = {f"{flow}-1": [refused()] for flow in flows}
    stage.begin({"prod": dict.fromkeys(flows, 1)})
    ended = Ended()
    for count in range(2, 40, 2):
        working = stage.coordinator()
        working.start()
        await working.until(lambda count=count: len(stage.platform.calls) >= count)  # type: ignore[misc]
        working.coordinator.interrupt(because="a deadline")
        ended = await working.to_the_end()
        stage.resume()
        if ended.stopped_by_rule:
            break

    assert "stop_when." in ended.stopped_by_rule
    assert most <= len(stage.platform.calls) <= most + 1


async def test_flows_left_alone_by_a_rule_stay_so_after_a_crash(stage: Stage) -> None:
    stage.limits = Limits(max_at_once=1)
    stage.stop_when = StopRules(consecutive_per_flow=2)
    stage.platform.script = {f"A-{n}": [refused()] for n in range(1, 5)}
    stage.begin({"prod": {"A": 4, "B": 4}})
    working = stage.coordinator()
    working.start()
    await working.until(
        lambda: stage.platform.asked.count("A-2") == 1 and len(stage.platform.calls) > 4
    )
    working.coordinator.abort()
    await working.to_the_end()
    stage.resume()

    stage.decides, stage.looker.truth = True, stage.platform.accepted
    assert await stage.work() == Ended()

    assert [run for run in stage.platform.asked if run[0] == "A"] == ["A-1", "A-2"]
    assert "stop_when.consecutive_per_flow" in stage.rows()["A-3"].reason


async def test_a_run_that_rested_when_it_stopped_is_asked_again_on_resuming(stage: Stage) -> None:
    stage.platform.script = {"A-1": [busy(Passing.THROTTLED, wait_seconds=50.0)]}
    stage.begin(SHAPE)
    working = stage.coordinator()
    working.start()
    await working.until(lambda: working.gate.paused_seconds() > 0)
    working.coordinator.interrupt(because="enough")
    await working.to_the_end()
    assert stage.standings()["A-1"] == "planned"
    await finish(stage)
    assert stage.platform.asked.count("A-1") == 2
    assert stage.rows()["A-1"].attempts == 1  # being throttled says nothing of the run
    assert by_outcome(stage, "retriggered") == set(EVERY_RUN)


async def test_a_blocked_lane_does_not_keep_the_others_from_being_finished(stage: Stage) -> None:
    stage.platform.script = {"A-1": [no_answer()]}
    stage.begin(SHAPE)
    working = stage.coordinator()
    working.start()
    await working.until(lambda: stage.standings().get("A-1") == "unresolved")
    working.coordinator.interrupt(because="enough")
    await working.to_the_end()
    await finish(stage)
    assert stage.platform.asked.count("A-1") == 1
    assert by_outcome(stage, "unresolved") == {"A-1"}
    assert by_outcome(stage, "retriggered") == set(EVERY_RUN) - {f"A-{n}" for n in range(1, 5)}
    stage.comes_to_rest()
    assert {stage.rows()[f"A-{n}"].reason for n in range(2, 5)} == {
        "its flow is blocked: run A-1 is unresolved"
    }


async def test_lanes_that_a_refusal_closed_are_tried_again_on_resuming(stage: Stage) -> None:
    stage.platform.script = {"A-1": [refused(Scope.SANDBOX)]}
    stage.begin(SHAPE)
    await stage.work()
    stage.comes_to_rest()
    await finish(stage)
    assert by_outcome(stage, "refused") == {"A-1"}
    assert by_outcome(stage, "retriggered") == set(EVERY_RUN) - {"A-1"}


async def test_what_waited_too_long_for_its_turn_is_looked_at_again(stage: Stage) -> None:
    stage.send_within_seconds = 5.0
    stage.platform.script = {"A-1": [busy(Passing.THROTTLED, wait_seconds=20.0)]}
    stage.limits = Limits(max_per_second=2, max_at_once=8)
    stage.begin({"prod": dict.fromkeys("ABCDEF", 1)})
    assert await stage.work() == Ended()
    assert sorted(set(stage.platform.asked)) == [f"{flow}-1" for flow in "ABCDEF"]
    assert len(stage.platform.asked) == 7
    looks = [run for _, ids in stage.platform.seen for run in ids]
    handed_back = [run for run in looks if looks.count(run) > 1 and run != "A-1"]
    assert handed_back  # its claim ran out during the pause
    assert {row.attempts for run, row in stage.rows().items() if run != "A-1"} == {1}


async def test_without_the_right_to_work_nothing_is_sent(stage: Stage) -> None:
    stage.limits = Limits(max_per_second=1, max_at_once=8)
    stage.permit.ends = stage.clock.now + 2.5
    stage.begin({"prod": dict.fromkeys("ABCD", 2)})
    working = stage.coordinator()
    working.start()
    with pytest.raises(Stuck):  # nothing goes on; whoever keeps the permit has to end it
        await working.to_the_end()
    sent = list(stage.platform.asked)
    assert max(call.at for call in stage.platform.calls) < stage.permit.ends
    assert set(stage.standings().values()) == {"settled", "planned"}
    lost = RuntimeError("the flows were taken over")
    working.coordinator.fail(lost)
    assert await working.to_the_end() == Ended(failure=lost)
    assert stage.platform.asked == sent
    stage.permit.ends = float("inf")
    await finish(stage)
    assert sorted(stage.platform.asked) == sorted(f"{f}-{n}" for f in "ABCD" for n in (1, 2))


class FullDisk:
    """A journal that cannot be written any more once it saw so many entries of a kind."""

    def __init__(self, stage: Stage, kind: type[Entry], *, after: int) -> None:
        self._journal = stage.journal
        self._stage = stage
        self.sent_until_then: int | None = None
        self._kind = kind
        self._left = after

    def __getattr__(self, name: str) -> object:
        return getattr(self._journal, name)

    def write(self, _: object, entries: Sequence[Entry]) -> None:
        self._left -= sum(isinstance(entry, self._kind) for entry in entries)
        if self._left < 0:
            self.sent_until_then = len(self._stage.platform.calls)
            raise JournalUnusable("the disk is full")
        self._journal.write(EXECUTION, entries)


@pytest.mark.parametrize("kind", [Claimed, Settled, Released])
@pytest.mark.parametrize("after", [0, 1, 4])
async def test_when_the_journal_fails_it_ends_and_nothing_more_is_sent(
    stage: Stage, kind: type[Entry], after: int
) -> None:
    stage.limits = Limits(max_at_once=2)
    stage.chance = 0.0
    stage.platform.script = {run: [busy()] for run in EVERY_RUN}
    stage.begin(SHAPE)
    full = FullDisk(stage, kind, after=after)
    stage.wrapped = lambda _: full  # type: ignore[assignment,return-value]
    ended = await stage.work()
    assert isinstance(ended.failure, JournalUnusable)
    assert full.sent_until_then is not None
    # What was ready with a durable intent may still slip out while the news travels.
    assert len(stage.platform.calls) <= full.sent_until_then + 2
    in_doubt = {run for run, word in stage.standings().items() if word == "asked"}
    settled = {run for run, word in stage.standings().items() if word == "settled"}
    # What was accepted and could not be recorded is in doubt; nothing of it is lost.
    assert set(stage.platform.accepted) <= in_doubt | settled
    stage.wrapped = lambda journal: journal
    await finish(stage)
    assert by_outcome(stage, "unresolved") <= in_doubt
    left = {run for run, word in stage.outcomes().items() if word in ("", "not_attempted")}
    assert by_outcome(stage, "retriggered") | by_outcome(stage, "unresolved") | left == set(
        EVERY_RUN
    )


async def test_a_write_that_the_journal_refuses_ends_it_as_a_bug(stage: Stage) -> None:
    stage.begin(SHAPE)
    working = stage.coordinator()
    working.start()
    await working.until(lambda: len(stage.platform.calls) == 3)
    impossible = Released(
        at_ms=1,
        position=99,
        run_id=stage.platform.calls[0].run,  # type: ignore[arg-type]
        attempt=1,
        counts=False,
        why="",
        http_status=None,
        request_id="",
    )
    working.commits.put([impossible])
    assert isinstance((await working.to_the_end()).failure, AssertionError)


async def test_a_second_reason_to_end_is_kept_beside_the_first(stage: Stage) -> None:
    stage.begin(SHAPE)
    working = stage.coordinator()
    working.start()
    await working.until(lambda: len(stage.platform.calls) == 3)
    bug = KeyError("ours")
    working.coordinator.interrupt(because="enough")
    working.coordinator.interrupt(because="enough, I said")
    working.coordinator.fail(bug)
    assert await working.to_the_end() == Ended(interrupted="enough", failure=bug)


async def test_a_changed_rate_is_noted_in_the_record(stage: Stage) -> None:
    stage.limits = Limits(max_per_second=10, max_at_once=8)
    stage.platform.script = {"A-1": [busy(Passing.THROTTLED, wait_seconds=3.0)]}
    stage.begin({"prod": {"A": 1}})
    await stage.work()
    noted = [line for line in stage.journal.events(EXECUTION) if '"event": "rate"' in line]
    assert len(noted) == 1
    assert '"per_second": 6.0, "reason": "paused until 00:53:23Z after HTTP 429"' in noted[0]
    assert '"change": "lowered", "from_per_second": 10' in noted[0]


async def test_the_record_tells_a_rate_that_rises_from_one_that_falls(stage: Stage) -> None:
    stage.limits = Limits(max_per_second=10, max_at_once=8)
    stage.platform.script = {"A-1": [busy(Passing.THROTTLED)]}
    stage.begin({"prod": dict.fromkeys("ABCDEFGH", 12)})
    await stage.work()
    lines = [line for line in stage.journal.events(EXECUTION) if '"event": "rate"' in line]

    steps = [json.loads(line) for line in lines]
    assert [step["change"] for step in steps][:2] == ["lowered", "raised"]
    for step in steps:
        if step["change"] in ("lowered", "raised"):
            rose = step["per_second"] > step["from_per_second"]
            assert (step["change"] == "raised") == rose, step


async def test_a_long_throttling_does_not_fill_the_record(stage: Stage) -> None:
    stage.limits = Limits(max_per_second=10, max_at_once=8)
    flows = dict.fromkeys("ABCDEFGH", 40)
    stage.platform.script = {
        f"{flow}-{n}": [busy(Passing.THROTTLED)] for flow in flows for n in range(1, 41, 20)
    }
    stage.begin({"prod": flows})
    await stage.work()
    took = stage.clock.now - 1000.0
    noted = [line for line in stage.journal.events(EXECUTION) if '"event": "rate"' in line]
    assert 2 <= len(noted) <= took / 2.0 + 2


async def test_the_record_tells_each_intent_before_its_outcome(stage: Stage) -> None:
    stage.begin(SHAPE)
    await stage.work()
    told = list(stage.journal.events(EXECUTION))
    for run in EVERY_RUN:
        kinds = [
            line.split('"event": "')[1].split('"')[0] for line in told if f'"run": "{run}"' in line
        ]
        assert kinds == ["asked", "settled"]


async def test_a_retry_budget_that_reads_spent_stops_it_like_a_rule(stage: Stage) -> None:
    stage.begin(SHAPE)
    working = stage.coordinator()
    working.start()
    working.coordinator.fail(RetryBudgetSpent("reading runs: HTTP 500; the retry budget is spent."))
    assert await working.to_the_end() == Ended(
        stopped_by_rule="reading runs: HTTP 500; the retry budget is spent."
    )
