"""The watcher on a clock moved by hand, before a platform of a few lines."""

import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from runner.errors import CannotGoOn, CredentialsRefused, PlatformRefused, PlatformUnreachable
from runner.model.platform import Run
from runner.model.recovery import Awaited, Recovered
from runner.model.words import ETag, RunId, SandboxName
from runner.watch import Pace, Watcher
from tests.fakes.clock import FakeClock

AT = 1_763_600_000_000
NewRun = Callable[..., Run]
MakeAwaited = Callable[..., Awaited]


@dataclass
class Scripted:
    """Shows each new run from a moment on, and lets it end; all by its id."""

    clock: FakeClock
    new_run: NewRun
    ends: dict[str, tuple[float, str]] = field(default_factory=dict)
    """When a run ends, in seconds from the start, and how; one that is not here runs for ever."""
    visible: dict[str, float] = field(default_factory=dict)
    faults: list[CannotGoOn | None] = field(default_factory=list)
    """What the next calls raise; None: this one is answered."""
    calls: list[tuple[float, str, int]] = field(default_factory=list)
    _running: dict[str, Run] = field(default_factory=dict)

    async def runs_by_id(self, sandbox: SandboxName, ids: Sequence[RunId]) -> dict[RunId, Run]:
        age = self.clock.now - 1000
        self.calls.append((round(age), sandbox, len(ids)))
        if self.faults and (fault := self.faults.pop(0)):
            raise fault
        return {run: self._shown(run, age) for run in ids if age >= self.visible.get(run, 0)}

    def _shown(self, run: RunId, age: float) -> Run:
        at, status = self.ends.get(run, (float("inf"), ""))
        if age < at:
            if run not in self._running:
                self._running[run] = self.new_run(id=run)
            return self._running[run]
        made = self.new_run(status, id=run, records_in=1)
        return replace(made, started_at_ms=AT, completed_at_ms=AT + round(at * 1000))


@dataclass
class Told:
    """What the watcher said."""

    recoveries: list[tuple[int, str, str]] = field(default_factory=list)
    at: dict[int, float] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)


@dataclass
class Scene:
    clock: FakeClock
    platform: Scripted
    told: Told
    watcher: Watcher

    @property
    def polls(self) -> list[float]:
        return [at for at, _, _ in self.platform.calls]


OpenScene = Callable[..., AbstractAsyncContextManager[Scene]]


@pytest.fixture
def scene(new_run: NewRun) -> OpenScene:
    @asynccontextmanager
    async def opened(
        *, every: float = 30, patience: float = 7200, offset_ms: int | None = None
    ) -> AsyncIterator[Scene]:
        clock, told = FakeClock(wall_ms=AT), Told()
        platform = Scripted(clock, new_run)

        def on_recovery(awaited: Awaited, recovered: Recovered) -> None:
            told.recoveries.append((awaited.position, recovered.recovery, recovered.reason))
            told.at[awaited.position] = clock.now - 1000

        watcher = Watcher(
            platform,
            pace=Pace(poll_every_seconds=every, timeout_seconds=patience),
            clock=clock,
            on_recovery=on_recovery,
            on_trouble=lambda sandbox, error: told.troubles.append(f"{sandbox}: {error}"),
            server_offset_ms=lambda: offset_ms,
        )
        try:
            yield Scene(clock, platform, told, watcher)
        finally:
            await watcher.close()

    return opened


async def test_a_new_run_is_told_once_when_it_has_ended(
    scene: OpenScene, awaited: MakeAwaited
) -> None:
    async with scene() as s:
        s.platform.ends = {"new": (100, "success")}
        s.watcher.watch(awaited(), wait_from_ms=AT)
        await s.clock.advance(119)
        assert (s.told.recoveries, s.watcher.left) == ([], 1)
        await s.clock.advance(3600)

        assert s.told.recoveries == [(1, "recovered", "")]
        assert s.polls == [30, 60, 90, 120]
        await s.watcher.nothing_left()


async def test_a_run_that_ended_in_a_way_nobody_knows_is_told_at_once(
    scene: OpenScene, awaited: MakeAwaited
) -> None:
    async with scene() as s:
        s.platform.ends = {"new": (100, "aborted")}
        s.watcher.watch(awaited(), wait_from_ms=AT)
        await s.clock.advance(120)

        assert [told[:2] for told in s.told.recoveries] == [(1, "unknown")]
        assert "aborted" in s.told.recoveries[0][2]


@pytest.mark.parametrize(("offset_ms", "at"), [(None, 3720), (3_600_000, 120)])
async def test_when_a_run_ended_is_read_by_the_platforms_clock(
    scene: OpenScene, awaited: MakeAwaited, offset_ms: int | None, at: float
) -> None:
    """The platform is an hour ahead: by our clock the end of the run is yet to come."""
    async with scene(offset_ms=offset_ms) as s:
        run = s.platform.new_run(
            "aborted",
            id=RunId("new"),
            created_at_ms=AT + 3_600_000,
            completed_at_ms=AT + 3_700_000,
        )
        s.platform.visible = {"new": 100}
        s.platform._running = {RunId("new"): run}
        s.watcher.watch(awaited(), wait_from_ms=AT)
        await s.clock.advance(7100)

        assert [told[:2] for told in s.told.recoveries] == [(1, "unknown")]
        assert s.told.at[1] >= at
        assert (s.told.at[1] < 3600) is (offset_ms is not None)


async def test_nothing_is_left_before_anything_was_watched(scene: OpenScene) -> None:
    async with scene() as s:
        await s.watcher.nothing_left()
        assert s.watcher.left == 0


async def test_a_run_that_is_not_listed_yet_is_looked_for_again(
    scene: OpenScene, awaited: MakeAwaited
) -> None:
    async with scene() as s:
        s.platform.visible = {"new": 170}
        s.platform.ends = {"new": (60, "failed")}
        s.watcher.watch(awaited(), wait_from_ms=AT)
        await s.clock.advance(300)

        assert [told[:2] for told in s.told.recoveries] == [(1, "failed_again")]
        assert s.told.at == {1: 210}


async def test_when_the_time_is_up_a_run_is_told_as_running_or_unknown_and_let_go(
    scene: OpenScene, awaited: MakeAwaited
) -> None:
    async with scene(patience=600) as s:
        s.platform.visible = {"hidden": float("inf")}
        s.watcher.watch(awaited(), wait_from_ms=AT)
        s.watcher.watch(awaited(position=2, new_run_id=RunId("hidden")), wait_from_ms=AT)
        await s.clock.advance(599)
        assert s.told.recoveries == []
        await s.clock.advance(1)

        assert s.told.recoveries == [
            (1, "running", "still inProgress after a wait of 10m00s"),
            (2, "unknown", "the platform did not list the new run within 10m00s"),
        ]
        calls = len(s.platform.calls)
        await s.clock.advance(3600)
        assert (len(s.platform.calls), s.watcher.left) == (calls, 0)


async def test_the_time_counts_from_acceptance_or_from_when_watching_began(
    scene: OpenScene, awaited: MakeAwaited
) -> None:
    async with scene(patience=600) as s:
        long_ago = AT - 500_000
        s.watcher.watch(awaited(since_ms=long_ago), wait_from_ms=long_ago)
        s.watcher.watch(
            awaited(position=2, new_run_id=RunId("two"), since_ms=long_ago), wait_from_ms=AT
        )
        await s.clock.advance(700)

        assert s.told.at == {1: 120, 2: 600}


async def test_what_was_accepted_long_ago_is_looked_at_at_once(
    scene: OpenScene, awaited: MakeAwaited
) -> None:
    async with scene() as s:
        s.platform.ends = {"new": (0, "success"), "two": (0, "success")}
        s.watcher.watch(awaited(since_ms=AT - 3_600_000), wait_from_ms=AT)
        await s.clock.advance(0)
        assert s.told.at == {1: 0}
        await s.clock.advance(10)
        s.watcher.watch(
            awaited(position=2, new_run_id=RunId("two"), since_ms=AT - 3_600_000), wait_from_ms=AT
        )
        await s.clock.advance(30)

        assert s.told.at == {1: 0, 2: 30}


async def test_a_run_taken_up_again_under_its_old_id_is_not_taken_for_failed_again(
    scene: OpenScene, awaited: MakeAwaited
) -> None:
    async with scene() as s:
        s.platform.ends = {"old": (0, "failed")}
        same = awaited(new_run_id=RunId("old"), old_etag=ETag('"new-1"'))
        s.watcher.watch(same, wait_from_ms=AT)
        await s.clock.advance(100)
        assert s.told.recoveries == []

        before = s.platform.new_run
        s.platform.new_run = lambda status, **more: replace(
            before(status, **more), etag=ETag('"moved"')
        )
        await s.clock.advance(100)
        assert [told[:2] for told in s.told.recoveries] == [(1, "failed_again")]


async def test_faults_of_the_platform_are_outlived_and_told_of_once(
    scene: OpenScene, awaited: MakeAwaited
) -> None:
    async with scene() as s:
        s.platform.faults = [
            PlatformUnreachable("no answer"),
            PlatformRefused("HTTP 403"),
            PlatformUnreachable("no answer"),
        ]
        s.platform.ends = {"new": (10, "success")}
        s.watcher.watch(awaited(), wait_from_ms=AT)
        await s.clock.advance(1000)

        assert s.polls == [30, 90, 210, 450]
        assert [told[:2] for told in s.told.recoveries] == [(1, "recovered")]
        assert s.told.troubles == ["prod: no answer"]


async def test_a_platform_that_never_answers_does_not_keep_anyone_waiting_past_the_time(
    scene: OpenScene, awaited: MakeAwaited
) -> None:
    async with scene(patience=300) as s:
        s.platform.faults = [PlatformUnreachable("no answer")] * 99
        for number in range(250):
            one = awaited(position=number, new_run_id=RunId(f"new-{number}"))
            s.watcher.watch(one, wait_from_ms=AT)
        await s.clock.advance(300)

        assert {told[1] for told in s.told.recoveries} == {"unknown"}
        assert len(s.told.recoveries) == 250
        assert len(s.platform.calls) == 4, "one failed call is enough to know"


async def test_one_refused_list_of_runs_does_not_keep_the_others_from_being_seen(
    scene: OpenScene, awaited: MakeAwaited
) -> None:
    async with scene() as s:
        s.platform.faults = [PlatformRefused("HTTP 400")]
        for number in range(250):
            s.platform.ends[f"new-{number}"] = (0, "success")
            one = awaited(position=number, new_run_id=RunId(f"new-{number}"))
            s.watcher.watch(one, wait_from_ms=AT)
        await s.clock.advance(30)
        assert sorted(s.told.at) == list(range(100, 250))
        await s.clock.advance(60)

        assert len(s.told.recoveries) == 250


async def test_refused_credentials_end_the_watch(scene: OpenScene, awaited: MakeAwaited) -> None:
    async with scene() as s:
        s.platform.faults = [CredentialsRefused("HTTP 401")]
        s.watcher.watch(awaited(), wait_from_ms=AT)
        await s.clock.advance(30)

        with pytest.raises(CredentialsRefused):
            await s.watcher.nothing_left()
        s.watcher.watch(awaited(position=2), wait_from_ms=AT)
        with pytest.raises(CredentialsRefused):
            await s.watcher.nothing_left()


async def test_a_bug_in_who_is_told_is_not_swallowed(
    scene: OpenScene, awaited: MakeAwaited, new_run: NewRun
) -> None:
    clock = FakeClock(wall_ms=AT)
    platform = Scripted(clock, new_run, ends={"new": (0, "success")})

    def broken(_: Awaited, __: Recovered) -> None:
        raise ZeroDivisionError

    watcher = Watcher(
        platform,
        pace=Pace(poll_every_seconds=30, timeout_seconds=600),
        clock=clock,
        on_recovery=broken,
        on_trouble=lambda _, __: None,
    )
    watcher.watch(awaited(), wait_from_ms=AT)
    await clock.advance(30)
    with pytest.raises(ZeroDivisionError):
        await watcher.nothing_left()
    await watcher.close()


async def test_close_leaves_the_rest_untold(scene: OpenScene, awaited: MakeAwaited) -> None:
    async with scene() as s:
        s.watcher.watch(awaited(), wait_from_ms=AT)
        await s.clock.advance(60)
        await s.watcher.close()
        calls = len(s.platform.calls)
        await s.clock.advance(7200)

        assert (s.told.recoveries, s.watcher.left, len(s.platform.calls)) == ([], 1, calls)


async def test_what_a_flows_runs_take_is_learned_and_a_long_run_is_looked_at_less(
    scene: OpenScene, awaited: MakeAwaited
) -> None:
    async with scene() as s:
        s.platform.ends = {"new": (2400, "success")}
        s.watcher.watch(awaited(), wait_from_ms=AT)
        await s.clock.advance(3000)
        first = len(s.platform.calls)
        since_ms = s.clock.now_ms()
        s.platform.ends["next"] = (3000 + 2400, "success")
        s.watcher.watch(
            awaited(position=2, new_run_id=RunId("next"), since_ms=since_ms), wait_from_ms=since_ms
        )
        await s.clock.advance(1200)
        early = len(s.platform.calls) - first
        assert early <= 6
        await s.clock.advance(1260)

        assert s.told.at[2] - (3000 + 2400) <= 60


async def test_ten_thousand_runs_cost_a_call_per_hundred_and_poll(
    scene: OpenScene, awaited: MakeAwaited
) -> None:
    async with scene() as s:
        for number in range(10_000):
            if number % 100 == 0:
                await s.clock.advance(0.5)  # accepted over fifty seconds
            run = RunId(f"new-{number}")
            since_ms = s.clock.now_ms()
            one = awaited(position=number, new_run_id=run, since_ms=since_ms)
            s.watcher.watch(one, wait_from_ms=since_ms)
            s.platform.ends[run] = (200, "success")
        await s.clock.advance(1000)

        assert len(s.told.recoveries) == 10_000
        assert s.watcher.left == 0
        by_tick: dict[float, list[int]] = {}
        for at, _, many in s.platform.calls:
            by_tick.setdefault(at, []).append(many)
        ticks = sorted(by_tick)
        assert all(later - sooner >= 30 for sooner, later in itertools.pairwise(ticks))
        assert all(len(calls) == -(-sum(calls) // 100) for calls in by_tick.values())
        assert max(sum(calls) for calls in by_tick.values()) <= 10_000


async def test_each_sandbox_is_watched_on_its_own(scene: OpenScene, awaited: MakeAwaited) -> None:
    async with scene() as s:
        s.platform.ends = {"new": (0, "success"), "two": (0, "success")}
        s.platform.faults = [PlatformUnreachable("no answer")]
        s.watcher.watch(awaited(), wait_from_ms=AT)
        s.watcher.watch(
            awaited(position=2, sandbox=SandboxName("stage"), new_run_id=RunId("two")),
            wait_from_ms=AT,
        )
        await s.clock.advance(30)
        assert s.told.at == {2: 30}
        await s.clock.advance(60)

        assert s.told.at == {2: 30, 1: 90}
