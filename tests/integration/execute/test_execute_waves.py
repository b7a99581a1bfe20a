"""Waves: each settles, and recovers where that is watched, before the next begins; what is between may end it all."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from runner.execute import Ended
from runner.journal import WaveState
from runner.model.spec import Limits, QuietHours
from runner.model.words import OnFailure, SandboxName
from tests.integration.execute.harness import Stage, no_answer, refused

SHAPE = {"prod": {"A": 3, "B": 3}, "stage": {"C": 3}}


@dataclass
class Between:
    """Lets waves begin, after a while, as long as the test says."""

    stage: Stage
    refuse: Callable[[int], str] = lambda _: ""
    soak: float = 0.0
    asked: list[tuple[int, int, float]] = field(default_factory=list)

    async def before(self, wave: WaveState, *, former: WaveState) -> str:
        assert former.number == wave.number - 1
        self.asked.append((wave.number, len(self.stage.platform.calls), self.stage.clock.now))
        await self.stage.clock.sleep(self.soak)
        return self.refuse(wave.number)


@pytest.fixture
def waves(stage: Stage) -> Stage:
    stage.wave_ends = (1, 4)
    stage.between = Between(stage)
    return stage


def times(stage: Stage) -> list[float]:
    return [call.at for call in stage.platform.calls]


async def test_a_wave_is_settled_before_the_next_begins(waves: Stage) -> None:
    waves.begin(SHAPE)

    assert await waves.work() == Ended()

    assert isinstance(waves.between, Between)
    assert [(wave, asked) for wave, asked, _ in waves.between.asked] == [(2, 1), (3, 4)]
    assert set(waves.outcomes().values()) == {"retriggered"}
    assert waves.platform.asked[0] == "A-1"


async def test_with_waiting_a_wave_has_recovered_before_the_next_begins(waves: Stage) -> None:
    waves.waits = True
    waves.platform.ends["A-1"] = (500.0, "success", 1)
    waves.begin(SHAPE)

    assert await waves.work() == Ended()

    assert times(waves)[1] - times(waves)[0] >= 500


async def test_what_is_between_can_take_its_time_and_be_interrupted(waves: Stage) -> None:
    waves.between = Between(waves, soak=600.0)
    waves.begin(SHAPE)
    working = waves.coordinator()
    working.start()
    await working.until(lambda: len(waves.platform.calls) >= 4)
    assert times(waves)[1] - times(waves)[0] >= 600

    working.coordinator.interrupt(because="enough")

    assert await working.to_the_end() == Ended(interrupted="enough")
    assert len(waves.platform.calls) == 4


async def test_a_wave_that_may_not_begin_ends_it_and_a_later_go_begins_it(waves: Stage) -> None:
    waves.between = Between(waves, refuse=lambda wave: "not now" if wave == 3 else "")
    waves.begin(SHAPE)

    assert await waves.work() == Ended(stopped_by_rule="not now")
    assert len(waves.platform.calls) == 4

    waves.comes_to_rest()
    waves.resume()
    waves.between = Between(waves, refuse=lambda wave: "not now" if wave == 3 else "")
    assert await waves.work() == Ended(stopped_by_rule="not now")
    waves.comes_to_rest()
    waves.resume()
    waves.goes_on = True  # a person applies again: that is the consent
    assert await waves.work() == Ended()
    assert sorted(waves.platform.asked) == sorted(waves.outcomes())


async def test_a_lane_that_was_left_alone_stays_so_in_later_waves(waves: Stage) -> None:
    waves.waits, waves.on_failure = True, OnFailure.HOLD_FLOW
    waves.platform.ends["A-1"] = (30.0, "failed", None)
    waves.platform.script["B-1"] = [no_answer()]
    waves.begin(SHAPE)

    assert await waves.work() == Ended()

    assert sorted(waves.platform.asked) == ["A-1", "B-1", "C-1", "C-2", "C-3"]
    assert waves.rows()["A-3"].reason == "its flow is held: run A-1 ended as failed_again"
    assert "unresolved" in waves.rows()["B-3"].reason


async def test_a_crash_goes_on_in_the_wave_it_had_reached(waves: Stage) -> None:
    waves.begin(SHAPE)
    working = waves.coordinator()
    working.start()
    await working.until(lambda: len(waves.platform.calls) >= 2)
    working.coordinator.abort()
    await working.to_the_end()

    waves.decides = True
    waves.looker.truth = waves.platform.accepted
    waves.between = Between(waves)
    waves.resume()
    assert await waves.work() == Ended()

    assert [wave for wave, _, _ in waves.between.asked] == [3]
    assert set(waves.outcomes().values()) == {"retriggered"}
    assert len(waves.platform.accepted) == len(set(waves.platform.accepted)) == 9


NIGHT = QuietHours(from_minute=60, to_minute=300, zone="UTC")


def at_night(stage: Stage, word: str) -> None:
    stage.clock._wall_offset_ms = round(
        datetime.fromisoformat(word).timestamp() * 1000 - stage.clock.now * 1000
    )


def hours(stage: Stage) -> list[float]:
    offset = stage.clock._wall_offset_ms
    return [round((offset + call.at * 1000) / 3_600_000 % 24, 2) for call in stage.platform.calls]


async def test_nothing_leaves_in_quiet_hours_and_all_goes_on_after_them(stage: Stage) -> None:
    stage.limits = Limits(max_per_second=0.01, max_at_once=2, quiet=NIGHT)
    at_night(stage, "2026-11-20T00:50:00+00:00")
    stage.begin({"prod": dict.fromkeys("ABCDEFGHIJ", 2)})

    assert await stage.work() == Ended()

    asked = hours(stage)
    assert len(asked) == 20
    assert not [at for at in asked if 1 <= at < 5]
    assert [at for at in asked if at < 1]
    assert [at for at in asked if at >= 5]


async def test_one_sandboxs_night_is_no_others(stage: Stage) -> None:
    stage.sandbox_limits = {SandboxName("prod"): Limits(quiet=NIGHT)}
    at_night(stage, "2026-11-20T01:30:00+00:00")
    stage.begin({"prod": {"A": 1}, "stage": {"B": 1}})

    assert await stage.work() == Ended()

    assert dict(zip(stage.platform.asked, hours(stage), strict=True)) == {"B-1": 1.5, "A-1": 5.0}


async def test_a_day_has_no_more_than_its_share(stage: Stage) -> None:
    stage.sandbox_limits = {SandboxName("prod"): Limits(max_per_day=3)}
    stage.begin({"prod": {"A": 3, "B": 3}, "stage": {"C": 2}})

    ended = await stage.work()

    assert sorted(run for run in stage.platform.asked if run[0] != "C") != []
    assert len([run for run in stage.platform.asked if run[0] != "C"]) == 3
    assert [run for run in stage.platform.asked if run[0] == "C"] == ["C-1", "C-2"]
    assert ended.stopped_by_rule.startswith(
        "max_per_day of 3 in prod is reached; apply again from "
    )

    stage.comes_to_rest()
    stage.clock.now += 3600
    stage.resume()
    assert (await stage.work()).stopped_by_rule == ended.stopped_by_rule
    assert len(stage.platform.calls) == 5

    stage.comes_to_rest()
    stage.clock.now += 23 * 3600
    stage.resume()
    assert await stage.work() == Ended()
    assert set(stage.outcomes().values()) == {"retriggered"}


@pytest.mark.parametrize("most", [1, 2, 3, 7])
@pytest.mark.parametrize("limits", [Limits(max_per_second=15), Limits(max_at_once=8), Limits()])
async def test_a_days_share_is_used_to_its_end(stage: Stage, limits: Limits, most: int) -> None:
    stage.limits = replace(limits, max_per_day=most)
    stage.begin({"prod": dict.fromkeys("ABCDEFGHIJ", 3)})

    ended = await stage.work()

    assert len(stage.platform.accepted) == most
    assert f"limits.max_per_day of {most} is reached" in ended.stopped_by_rule


async def test_what_is_in_doubt_is_decided_before_the_days_share_counts_as_spent(
    stage: Stage,
) -> None:
    stage.limits, stage.decides = Limits(max_per_day=1), True
    stage.platform.script["A-1"] = [no_answer()]
    stage.looker.truth = stage.platform.accepted
    stage.begin({"prod": {"A": 1, "B": 1}})

    await stage.work()

    assert len(stage.platform.accepted) == 1
    assert stage.outcomes()["A-1"] in ("retriggered", "")


async def test_a_refused_run_is_none_of_the_days_share(stage: Stage) -> None:
    stage.limits = Limits(max_per_day=2, max_at_once=1)
    stage.platform.script["A-1"] = [refused()]
    stage.begin({"prod": {"A": 3}})

    assert await stage.work() == Ended()

    assert stage.platform.asked == ["A-1", "A-2", "A-3"]


async def test_a_pause_lets_nothing_leave_and_its_end_lets_all_go_on(stage: Stage) -> None:
    stage.limits = Limits(max_per_second=1, max_at_once=4)
    stage.begin({"prod": dict.fromkeys("ABCDEFGH", 1)})
    working = stage.coordinator()
    working.start()
    await working.until(lambda: len(stage.platform.calls) == 3)

    working.coordinator.pause("ada thinks")
    thinking, later = (asyncio.ensure_future(stage.clock.sleep(n)) for n in (500, 501))
    await working.until(thinking.done)
    later.cancel()
    woken = stage.clock.now
    assert len(stage.platform.calls) == 3

    working.coordinator.go_on()
    assert await working.to_the_end() == Ended()
    assert all(call.at >= woken for call in stage.platform.calls[3:])
    assert sorted(stage.platform.asked) == [f"{flow}-1" for flow in "ABCDEFGH"]
