"""Whatever an execution waits for is said, with its end, and the time left goes through waits without a jump."""

from dataclasses import dataclass, field
from datetime import datetime

import pytest

from runner.execute import Ended, seconds_left, soaks_to_come
from runner.journal import WaveState
from runner.model.answer import Passing
from runner.model.progress import WaitFor, Waiting
from runner.model.spec import Limits, QuietHours
from runner.model.words import OnFailure, SandboxName
from tests.integration.execute.harness import Stage, Working, adopt, busy, no_answer

PROD = SandboxName("prod")


@dataclass
class Watched:
    """An execution at work, and each wait that was seen, once a text, with when it was seen first."""

    working: Working
    seen: dict[str, tuple[float, Waiting]] = field(default_factory=dict)
    left: list[tuple[float, float | None]] = field(default_factory=list)
    """How much time was left at which moment."""

    def look(self) -> bool:
        coordinator, clock = self.working.coordinator, self.working.stage.clock
        waits = coordinator.waits.now()
        for one in waits:
            self.seen.setdefault(one.text, (clock.now, one))
        coordinator.meter.pass_time(clock.now, is_still=any(one.stops_all for one in waits))
        works = coordinator.board.works.values()
        soak = coordinator.soak_seconds
        left = seconds_left(
            sum(work.planned - work.settled for work in works),
            per_second=coordinator.meter.steady_per_second(),
            waits=waits,
            soaks=soaks_to_come(waits, wave=coordinator.wave, soak_seconds=soak),
            now_ms=clock.now_ms(),
        )
        self.left.append((clock.now, left))
        return False

    def of(self, what: WaitFor) -> list[Waiting]:
        return [one for _, one in self.seen.values() if one.what is what]


async def watched(stage: Stage) -> tuple[Watched, Ended]:
    """Work to the end, looking at every step what is waited for."""
    watched = Watched(stage.coordinator())
    watched.working.start()
    await watched.working.until(watched.look)
    return watched, await watched.working.to_the_end()


def at_time(stage: Stage, word: str) -> None:
    stage.clock._wall_offset_ms = round(
        datetime.fromisoformat(word).timestamp() * 1000 - stage.clock.now * 1000
    )


@pytest.fixture
def morning(stage: Stage) -> Stage:
    at_time(stage, "2026-11-20T08:20:00+00:00")
    return stage


async def test_unanswered_requests_are_waited_for_until_a_moment(morning: Stage) -> None:
    morning.decides = True
    morning.platform.script = {"A-1": [no_answer()], "B-1": [no_answer()]}
    morning.looker.script = {"A-1": [adopt("A-1")], "B-1": [adopt("B-1")]}
    morning.begin({"prod": {"A": 2, "B": 1}})

    seen, ended = await watched(morning)

    assert ended == Ended()
    texts = [one.text for one in seen.of(WaitFor.ANSWERS)]
    assert "waiting until 08:20:30Z to see whether 2 unanswered requests acted" in texts
    assert seen.of(WaitFor.ANSWERS)[-1].stops_all


async def test_what_was_left_unanswered_is_waited_for_on_resuming(morning: Stage) -> None:
    morning.decides = True
    morning.platform.never = {"A-1"}
    morning.begin({"prod": {"A": 2}})
    working = morning.coordinator()
    working.start()
    await working.until(lambda: bool(morning.platform.calls))
    working.coordinator.abort()
    await working.to_the_end()
    assert morning.resume() == 1
    morning.platform.never = set()
    morning.looker.script = {"A-1": [adopt("A-1")]}

    seen, ended = await watched(morning)

    assert ended == Ended()
    assert [one.text for one in seen.of(WaitFor.ANSWERS)] == [
        "waiting until 08:21:00Z to see whether 1 unanswered request acted"
    ]


async def test_a_pause_that_the_platform_asks_for_is_said_with_its_end(morning: Stage) -> None:
    morning.limits = Limits(max_per_second=10, max_at_once=8)
    morning.platform.script = {"A-1": [busy(Passing.THROTTLED, wait_seconds=30.0)]}
    morning.begin({"prod": {"A": 1}})

    seen, _ = await watched(morning)

    (wait,) = seen.of(WaitFor.THROTTLED)
    assert wait.text.startswith("paused until 08:20:30Z")
    assert wait.text.endswith("as the platform asks (Retry-After)")
    assert wait.until_ms == morning.clock._wall_offset_ms + 1_030_100


async def test_one_sandboxs_own_pause_is_said_as_its_own(morning: Stage) -> None:
    morning.limits = Limits(max_per_second=10, max_at_once=8)
    morning.sandbox_limits = {PROD: Limits(max_per_second=2), SandboxName("stage"): Limits()}
    morning.platform.script = {"A-1": [busy(Passing.THROTTLED)]}
    morning.begin({"prod": {"A": 1}, "stage": {"B": 40}})
    working = morning.coordinator()
    working.start()
    await working.until(lambda: bool(morning.platform.throttled))
    working.gate.by_sandbox[PROD].own.pause(morning.clock.now + 20.0)

    (wait,) = (one for one in working.coordinator.waits.now() if one.what is WaitFor.THROTTLED)
    assert wait.text == "prod: paused until 08:20:20Z after HTTP 429"
    assert (wait.sandbox, wait.stops_all) == ("prod", False)
    assert await working.to_the_end() == Ended()


async def test_quiet_hours_are_said_with_their_end_once_for_all(morning: Stage) -> None:
    quiet = QuietHours(from_minute=8 * 60, to_minute=9 * 60, zone="UTC")
    morning.limits = Limits(max_at_once=8, quiet=quiet)
    morning.begin({"prod": {"A": 1}, "stage": {"B": 1}})

    seen, _ = await watched(morning)

    (wait,) = seen.of(WaitFor.QUIET_HOURS)
    assert (wait.text, wait.sandbox) == ("quiet hours until 09:00:00Z", "")


async def test_quiet_hours_of_one_sandbox_name_it(morning: Stage) -> None:
    quiet = QuietHours(from_minute=8 * 60, to_minute=9 * 60, zone="UTC")
    morning.sandbox_limits = {PROD: Limits(quiet=quiet)}
    morning.begin({"prod": {"A": 1}, "stage": {"B": 9}})

    seen, _ = await watched(morning)

    first = seen.of(WaitFor.QUIET_HOURS)[0]
    assert (first.text, first.sandbox) == ("quiet hours of prod until 09:00:00Z", "prod")


async def test_a_full_platform_is_said_with_the_next_check(morning: Stage) -> None:
    morning.waits = True
    morning.limits = Limits(max_at_once=8, max_running=2)
    morning.begin({"prod": {"A": 2, "B": 2, "C": 2}})

    seen, ended = await watched(morning)

    assert ended == Ended()
    texts = [one.text for one in seen.of(WaitFor.RUNNING)]
    assert texts[:2] == [
        "max_running: 2 of 2 running; next check at 08:20:20Z",
        "max_running: 2 of 2 running; next check at 08:20:30Z",
    ]


async def test_a_sandboxs_own_limit_on_running_names_it(morning: Stage) -> None:
    morning.waits = True
    morning.sandbox_limits = {PROD: Limits(max_running=1)}
    morning.begin({"prod": {"A": 2, "B": 2}})

    seen, _ = await watched(morning)

    assert seen.of(WaitFor.RUNNING)
    for wait in seen.of(WaitFor.RUNNING):
        assert wait.text.startswith("max_running of prod: 1 of 1 running; next check at 08:2")
        assert wait.sandbox == "prod"


async def test_held_flows_and_the_last_new_runs_are_waited_for_with_the_next_check(
    morning: Stage,
) -> None:
    morning.waits = True
    morning.on_failure = OnFailure.HOLD_FLOW
    morning.begin({"prod": {"A": 2, "B": 2}})

    seen, _ = await watched(morning)

    first = seen.of(WaitFor.NEW_RUNS)[0]
    assert first.text == (
        "waiting for 2 new runs to end; next check at 08:20:20Z, at most until 09:20:10Z"
    )
    assert (first.next_check_ms, first.until_ms) == (1_795_162_820_000, 1_795_166_410_000)


async def test_a_spent_day_is_said_with_its_next_moment_while_others_go_on(morning: Stage) -> None:
    morning.sandbox_limits = {PROD: Limits(max_per_day=1)}
    morning.limits = Limits(max_per_second=1, max_at_once=4)
    morning.begin({"prod": {"A": 3}, "stage": {"B": 9}})

    seen, ended = await watched(morning)

    assert ended.stopped_by_rule.startswith("max_per_day of 1 in prod is reached")
    (wait,) = seen.of(WaitFor.DAY)
    assert wait.text.startswith("daily quota of prod: next at 2026-11-21 08:20:")
    assert (wait.sandbox, wait.stops_all) == ("prod", False)


async def test_runs_that_are_asked_for_again_later_are_said_with_when(morning: Stage) -> None:
    morning.platform.script = {"A-1": [busy(wait_seconds=20.0)], "B-1": [busy(wait_seconds=40.0)]}
    morning.begin({"prod": {"A": 1, "B": 1}})

    seen, _ = await watched(morning)

    assert [one.text for one in seen.of(WaitFor.RETRY)] == [
        "next try at 08:20:20Z: 2 runs to be asked for again",
        "next try at 08:20:40Z: 1 run to be asked for again",
    ]


async def test_a_person_who_paused_it_is_named(morning: Stage) -> None:
    morning.begin({"prod": {"A": 3}})
    working = morning.coordinator()
    working.start()
    working.coordinator.pause("paused by maria on host since 08:19:00Z")

    (wait,) = working.coordinator.waits.now()

    assert (wait.what, wait.text, wait.until_ms, wait.stops_all) == (
        WaitFor.PAUSE,
        "paused by maria on host since 08:19:00Z",
        None,
        True,
    )
    working.coordinator.go_on()
    assert await working.to_the_end() == Ended()


async def test_while_it_stops_the_requests_under_way_are_waited_for(morning: Stage) -> None:
    morning.platform.never = {"A-1", "B-1"}
    morning.begin({"prod": {"A": 1, "B": 1}})
    seen = Watched(morning.coordinator())
    seen.working.start()
    await seen.working.until(lambda: len(morning.platform.calls) == 2)
    seen.working.coordinator.interrupt(because="told to")
    await seen.working.until(seen.look)
    await seen.working.to_the_end()

    texts = [one.text for one in seen.of(WaitFor.REQUESTS)]
    assert texts == ["waiting until 08:21:15Z at the latest for 2 requests under way"]


async def test_what_has_not_left_or_was_answered_is_not_in_flight(morning: Stage) -> None:
    morning.limits = Limits(max_at_once=2)
    morning.begin({"prod": dict.fromkeys("ABCD", 2)})
    working = morning.coordinator()
    most: list[int] = []
    flights = morning.platform.under_way

    def look() -> bool:
        in_flight = working.coordinator.meter.in_flight
        most.append(in_flight)
        assert in_flight <= flights["all"]
        return False

    working.start()
    await working.until(look)
    await working.to_the_end()

    assert max(most) == 2
    assert working.coordinator.meter.in_flight == 0


@dataclass
class Soaks:
    """Waits between waves as a spec's soak does."""

    stage: Stage
    soak_seconds: float = 600.0
    waiting: Waiting | None = None

    async def before(self, wave: WaveState, *, former: WaveState) -> str:
        del former
        until_ms = self.stage.clock.now_ms() + round(self.soak_seconds * 1000)
        text = f"soak before wave {wave.number}"
        self.waiting = Waiting(what=WaitFor.SOAK, text=text, until_ms=until_ms, stops_all=True)
        for _ in range(20):
            await self.stage.clock.sleep(self.soak_seconds / 20)
        self.waiting = None
        return ""


async def test_the_time_left_does_not_jump_around_a_soak(morning: Stage) -> None:
    morning.limits = Limits(max_per_second=1, max_at_once=4)
    morning.wave_ends = (20, 40)
    morning.between = Soaks(morning)
    morning.begin({"prod": dict.fromkeys("ABCDEF", 10)})

    seen, ended = await watched(morning)

    assert ended == Ended()
    end = morning.clock.now
    told = [(at, left) for at, left in seen.left if left is not None and at > 1005.0]
    assert len(told) > 50
    for at, left in told:
        assert abs(at + left - end) < 40.0, (at, left, end)
