"""The gate: what may leave when, with a clock that the test moves and callers that the test starts and stops."""

import asyncio
import math
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import pytest

from runner.limits import Gate, Sign, burst_of
from runner.model.spec import Limits
from runner.model.text import clock_time
from runner.model.words import SandboxName
from tests.fakes.clock import FakeClock, settle

PROD, STAGE = SandboxName("prod"), SandboxName("stage")
NONE = Limits()


def gate_of(
    clock: FakeClock, whole: Limits = NONE, *, prod: Limits = NONE, stage: Limits = NONE
) -> Gate:
    return Gate.of(whole, sandboxes={PROD: prod, STAGE: stage}, clock=clock)


def slow_down(gate: Gate, sandbox: SandboxName, seconds: float) -> None:
    """Pause one sandbox (all of them where the gate does not know it)."""
    gate.by_sandbox.get(sandbox, gate.whole).pause(gate.clock.monotonic() + seconds)
    gate.on_change()


def slow_everything_down(gate: Gate, seconds: float) -> None:
    gate.whole.pause(gate.clock.monotonic() + seconds)
    gate.on_change()


def used(gate: Gate) -> tuple[int, int, int]:
    """How many are under way: in all, in prod, in stage."""
    levels = (gate.whole, gate.by_sandbox[PROD], gate.by_sandbox[STAGE])
    return tuple(level.under_way for level in levels)  # type: ignore[return-value]  # three of them


@dataclass
class Reads:
    """Reads that the test starts, and ends when it likes."""

    gate: Gate
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    inside: list[str] = field(default_factory=list)
    ends: dict[str, asyncio.Event] = field(default_factory=dict)

    async def start(self, name: str, sandbox: SandboxName) -> None:
        self.ends[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._read(name, sandbox))
        await settle()

    async def end(self, name: str) -> None:
        self.ends[name].set()
        await settle()

    async def cancel(self, name: str) -> None:
        self.tasks[name].cancel()
        await asyncio.wait([self.tasks[name]])
        await settle()

    async def _read(self, name: str, sandbox: SandboxName) -> None:
        async with self.gate.reading(sandbox):
            self.inside.append(name)
            await self.ends[name].wait()


@asynccontextmanager
async def reads_of(gate: Gate) -> AsyncIterator[Reads]:
    reads = Reads(gate)
    try:
        yield reads
    finally:
        for task in reads.tasks.values():
            task.cancel()
        if reads.tasks:
            await asyncio.wait(reads.tasks.values())
        await settle()


async def test_the_strictest_level_decides(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_per_second=10.0), prod=Limits(max_per_second=2.0))
    slow_everything_down(gate, 0.0)  # no burst, so that the arithmetic is plain
    slow_down(gate, PROD, 0.0)

    assert gate.try_retrigger(PROD) == 0.0
    assert gate.try_retrigger(PROD) == pytest.approx(0.5)
    assert gate.try_retrigger(STAGE) == pytest.approx(0.1)
    clock.now += 0.1001
    assert gate.try_retrigger(STAGE) == 0.0
    assert gate.try_retrigger(PROD) == pytest.approx(0.3999)
    clock.now += 0.3999
    assert gate.try_retrigger(PROD) == 0.0


async def test_what_is_refused_takes_nothing(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_per_second=10.0), prod=Limits(max_at_once=1))
    slow_everything_down(gate, 0.0)
    gate.try_retrigger(PROD)
    clock.now += 0.2

    refused = [gate.try_retrigger(PROD) for _ in range(50)]

    assert refused == [math.inf] * 50
    assert used(gate) == (1, 1, 0)
    assert gate.try_retrigger(STAGE) == 0.0


async def test_a_wait_is_never_finer_than_a_timer(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_per_second=5000.0))
    slow_everything_down(gate, 0.0)
    gate.try_retrigger(PROD)

    assert gate.try_retrigger(PROD) == 0.001


@pytest.mark.parametrize(
    ("whole", "own", "expected"),
    [(3, None, 3), (None, 2, 2), (3, 2, 2), (2, 3, 2), (None, None, 9)],
)
async def test_no_more_are_under_way_than_either_level_allows(
    clock: FakeClock, whole: int | None, own: int | None, expected: int
) -> None:
    gate = gate_of(clock, Limits(max_at_once=whole), prod=Limits(max_at_once=own))

    waits = [gate.try_retrigger(PROD) for _ in range(9)]

    assert waits == [0.0] * expected + [math.inf] * (9 - expected)
    for _ in range(expected):
        gate.leave(PROD)
    assert used(gate) == (0, 0, 0)


async def test_reads_and_retriggers_share_the_places(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_at_once=2))
    async with reads_of(gate) as reads:
        await reads.start("one", PROD)

        assert [gate.try_retrigger(PROD), gate.try_retrigger(STAGE)] == [0.0, math.inf]
        await reads.start("two", STAGE)
        assert reads.inside == ["one"]
        gate.leave(PROD)
        await settle()
        assert reads.inside == ["one", "two"]
    assert used(gate) == (0, 0, 0)


async def test_reads_and_retriggers_share_the_rate_unless_reads_have_their_own(
    clock: FakeClock,
) -> None:
    shared = gate_of(clock, Limits(max_per_second=10.0))
    apart = gate_of(clock, Limits(max_per_second=10.0, max_reads_per_second=1.0))
    for gate in (shared, apart):
        slow_everything_down(gate, 0.0)
        async with gate.reading(PROD):
            pass

    assert shared.try_retrigger(PROD) == pytest.approx(0.1)
    assert apart.try_retrigger(PROD) == 0.0


async def test_reads_keep_to_their_own_rate(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_reads_per_second=1.0))
    slow_everything_down(gate, 0.0)
    async with reads_of(gate) as reads:
        for number in range(4):
            await reads.start(str(number), PROD)
        seen = [len(reads.inside)]
        for _ in range(4):
            await clock.advance(0.5)
            before = len(reads.inside)
            await clock.advance(0.505)
            seen.append(len(reads.inside))
            assert before == seen[-2]

    assert seen == [1, 2, 3, 4, 4]


async def test_a_read_held_up_by_its_own_rate_holds_up_no_retrigger(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_per_second=1000.0, max_reads_per_second=0.1))
    slow_everything_down(gate, 0.0)
    async with reads_of(gate) as reads:
        await reads.start("first", PROD)
        await reads.start("waits", PROD)

        assert reads.inside == ["first"]
        assert [gate.try_retrigger(PROD), gate.try_retrigger(STAGE)] == [0.0, 0.001]


async def test_a_waiting_read_goes_before_retriggers_of_every_sandbox(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_at_once=1))
    asked: list[float] = []
    async with reads_of(gate) as reads:
        assert gate.try_retrigger(PROD) == 0.0
        await reads.start("read", STAGE)
        gate.on_change = lambda: asked.extend([gate.try_retrigger(PROD), gate.try_retrigger(STAGE)])

        gate.leave(PROD)
        assert asked == [math.inf, math.inf]
        await settle()
        assert reads.inside == ["read"]
        assert asked == [math.inf] * 4
        await reads.end("read")
        assert asked[4:] == [0.0, math.inf]


async def test_a_read_gets_the_next_token_of_a_rate_that_retriggers_use_up(
    clock: FakeClock,
) -> None:
    gate = gate_of(clock, Limits(max_per_second=10.0))
    slow_everything_down(gate, 0.0)
    gate.try_retrigger(PROD)
    async with reads_of(gate) as reads:
        await reads.start("read", PROD)
        clock.now += 0.1001  # the read's timer is late, and re-triggers ask first

        assert [gate.try_retrigger(PROD), gate.try_retrigger(STAGE)] == [math.inf, math.inf]
        await clock.advance(0.0)
        assert reads.inside == ["read"]
        assert gate.try_retrigger(STAGE) == pytest.approx(0.1, abs=0.001)


async def test_a_read_of_a_paused_sandbox_leaves_the_others_alone(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_at_once=4))
    async with reads_of(gate) as reads:
        slow_down(gate, PROD, 60.0)
        await reads.start("paused", PROD)
        await reads.start("free", STAGE)

        assert reads.inside == ["free"]
        assert [gate.try_retrigger(STAGE), gate.try_retrigger(PROD)] == [0.0, pytest.approx(60.0)]
        await clock.advance(59.9)
        assert reads.inside == ["free"]
        await clock.advance(0.2)
        assert reads.inside == ["free", "paused"]


async def test_a_sandbox_that_is_full_leaves_the_others_alone(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_at_once=4), prod=Limits(max_at_once=1))
    async with reads_of(gate) as reads:
        await reads.start("one", PROD)
        await reads.start("waits", PROD)

        assert [gate.try_retrigger(STAGE), gate.try_retrigger(PROD)] == [0.0, math.inf]


async def test_a_pause_frees_the_retriggers_that_a_read_was_holding_up(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_at_once=1))
    asked: list[float] = []
    async with reads_of(gate) as reads:
        assert gate.try_retrigger(PROD) == 0.0
        await reads.start("read", PROD)
        gate.on_change = lambda: asked.append(gate.try_retrigger(STAGE))

        gate.leave(PROD)
        gate.heard(PROD, Sign.TOO_MUCH, sent_at=clock.now)
        await settle()

        assert asked == [math.inf, 0.0]
        assert reads.inside == []


async def test_retriggers_are_told_when_one_of_several_reads_has_gone(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_at_once=9), prod=Limits(max_per_second=1.0))
    slow_down(gate, PROD, 0.0)
    asked: list[float] = []
    async with reads_of(gate) as reads:
        slow_everything_down(gate, 5.0)
        await reads.start("one", PROD)
        await reads.start("two", PROD)
        clock.now += 5.1
        assert (
            gate.try_retrigger(STAGE) == math.inf
        )  # both reads go first, and their timers are late
        gate.on_change = lambda: asked.append(gate.try_retrigger(STAGE))

        await clock.advance(0.0)

        assert reads.inside == ["one"]  # the second waits for its own sandbox now
        assert asked == [0.0]


async def test_a_pause_holds_up_everything_or_one_sandbox_and_says_how_long(
    clock: FakeClock,
) -> None:
    gate = gate_of(clock, Limits(max_at_once=9))

    slow_down(gate, PROD, 10.0)
    slow_down(gate, PROD, 3.0)
    assert [gate.paused_seconds(PROD), gate.paused_seconds(STAGE), gate.paused_seconds()] == [
        10.0,
        0.0,
        0.0,
    ]
    slow_everything_down(gate, 20.0)
    assert [gate.try_retrigger(PROD), gate.try_retrigger(STAGE)] == [20.0, 20.0]
    clock.now += 20.0
    assert [gate.paused_seconds(PROD), gate.paused_seconds()] == [0.0, 0.0]
    assert [gate.try_retrigger(PROD), gate.try_retrigger(STAGE)] == [0.0, 0.0]


async def test_a_pause_ends_without_a_burst_at_both_levels_and_for_reads_too(
    clock: FakeClock,
) -> None:
    limits = Limits(max_per_second=1000.0, max_reads_per_second=1000.0)
    gate = gate_of(clock, limits, prod=limits)
    slow_down(gate, PROD, 10.0)
    clock.now += 10.0001

    assert [gate.try_retrigger(PROD), gate.try_retrigger(PROD)] == [0.0, 0.001]
    async with reads_of(gate) as reads:
        for number in range(3):
            await reads.start(str(number), PROD)
        assert reads.inside == ["0"]


async def test_a_sandbox_the_gate_does_not_know_is_under_the_whole_limits(
    clock: FakeClock,
) -> None:
    gate = gate_of(clock, Limits(max_at_once=1))
    other = SandboxName("other")

    assert [gate.try_retrigger(other), gate.try_retrigger(other)] == [0.0, math.inf]
    gate.leave(other)
    slow_down(gate, other, 5.0)
    assert [gate.paused_seconds(other), gate.paused_seconds()] == [5.0, 5.0]
    assert gate.try_retrigger(PROD) == 5.0


async def test_each_thing_that_frees_is_told(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_at_once=1))
    calls: list[str] = []
    gate.on_change = lambda: calls.append("changed")
    async with reads_of(gate) as reads:
        gate.try_retrigger(PROD)
        assert calls == []
        gate.leave(PROD)
        assert len(calls) == 1
        await reads.start("at once", PROD)
        assert len(calls) == 1
        await reads.start("waits", PROD)
        await reads.end("at once")
        assert len(calls) == 3  # one left, and one that waited has entered
        await reads.end("waits")
        assert len(calls) == 4


async def test_what_is_told_of_a_change_may_enter_and_leave_at_once(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_at_once=1))
    done: list[SandboxName] = []

    def enter_and_leave() -> None:
        if len(done) < 5 and gate.try_retrigger(STAGE) == 0.0:
            done.append(STAGE)
            gate.leave(STAGE)

    gate.try_retrigger(PROD)
    gate.on_change = enter_and_leave
    gate.leave(PROD)

    assert done == [STAGE] * 5
    assert used(gate) == (0, 0, 0)


@pytest.mark.parametrize("hold_up", ["full", "paused"])
async def test_a_cancelled_wait_leaves_no_trace(clock: FakeClock, hold_up: str) -> None:
    gate = gate_of(clock, Limits(max_at_once=1))
    asked: list[float] = []
    async with reads_of(gate) as reads:
        if hold_up == "full":
            gate.try_retrigger(PROD)
        else:
            slow_everything_down(gate, 60.0)
        await reads.start("waits", PROD)
        gate.on_change = lambda: asked.append(gate.try_retrigger(STAGE))
        await reads.cancel("waits")
        assert len(asked) == 1
        assert (gate._readers, gate._waiters) == ({}, {})

        if hold_up == "full":
            gate.leave(PROD)
        else:
            await clock.advance(60.1)
            gate.on_change()
        assert asked[-1] == 0.0
        assert used(gate) == (1, 0, 1)


async def test_a_read_cancelled_at_work_gives_its_place_back(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_at_once=1))
    async with reads_of(gate) as reads:
        await reads.start("one", PROD)
        await reads.start("two", STAGE)
        await reads.cancel("one")

        assert reads.inside == ["one", "two"]
        assert used(gate) == (1, 0, 1)


async def test_a_read_cancelled_while_its_turn_comes_passes_it_on(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_at_once=1))
    async with reads_of(gate) as reads:
        gate.try_retrigger(PROD)
        await reads.start("one", PROD)
        await reads.start("two", PROD)

        gate.leave(PROD)  # wakes both
        await reads.cancel("one")

        assert reads.inside == ["two"]
        assert used(gate) == (1, 1, 0)


async def test_reads_that_wait_enter_in_the_order_they_came(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_at_once=1))
    async with reads_of(gate) as reads:
        for name in ("one", "two", "three"):
            await reads.start(name, PROD)
        for name in ("one", "two", "three"):
            await reads.end(name)

        assert reads.inside == ["one", "two", "three"]


async def test_waiting_through_many_timers_keeps_nothing(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_at_once=1))
    async with reads_of(gate) as reads:
        slow_everything_down(gate, 1.0)
        await reads.start("read", PROD)
        for _ in range(50):
            slow_everything_down(gate, 1.0)
            await clock.advance(0.999)
        assert len(gate._waiters) == 1
        await clock.advance(1.0)
        assert reads.inside == ["read"]
        assert gate._waiters == {}


@dataclass
class Crowd:
    """Senders that ask by the rules, as the executor does: told of changes, and with an alarm of their own."""

    gate: Gate
    clock: FakeClock
    wanted: dict[SandboxName, int]
    chance: random.Random
    longest_call_seconds: float
    left: list[tuple[float, SandboxName, str]] = field(default_factory=list)
    most_at_once: Counter[str] = field(default_factory=Counter)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    alarm: asyncio.Task[None] | None = None

    def pump(self) -> None:
        soonest = math.inf
        for sandbox in list(self.wanted):
            while self.wanted[sandbox]:
                wait = self.gate.try_retrigger(sandbox)
                if wait > 0.0:
                    soonest = min(soonest, wait)
                    break
                self.wanted[sandbox] -= 1
                self.note(sandbox, "retrigger")
                self.start(self.call(sandbox))
        if self.alarm:
            self.alarm.cancel()
        self.alarm = asyncio.create_task(self.ring(soonest)) if soonest < math.inf else None

    async def ring(self, seconds: float) -> None:
        await self.clock.sleep(seconds + self.chance.choice([0.0, 0.0005, 0.001]))
        self.alarm = None
        self.pump()

    async def call(self, sandbox: SandboxName) -> None:
        await self.clock.sleep(self.chance.uniform(0.0, self.longest_call_seconds))
        self.gate.leave(sandbox)

    async def read(self, sandbox: SandboxName) -> None:
        async with self.gate.reading(sandbox):
            self.note(sandbox, "read")
            await self.clock.sleep(self.chance.uniform(0.0, self.longest_call_seconds))

    def note(self, sandbox: SandboxName, act: str) -> None:
        self.left.append((self.clock.now, sandbox, act))
        for name, level in (("whole", self.gate.whole), *self.gate.by_sandbox.items()):
            self.most_at_once[name] = max(self.most_at_once[name], level.under_way)

    def start(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]  # a coroutine
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


def most_in_a_window(moments: list[float], *, per_second: float) -> float:
    """By how much the fullest window is above the rate alone."""
    return max(
        (last - first + 1 - per_second * (moments[last] - moments[first]))
        for first in range(len(moments))
        for last in range(first, len(moments))
    )


@pytest.mark.parametrize("seed", range(12))
async def test_a_crowd_gets_through_whole_and_never_breaks_a_limit(
    clock: FakeClock, seed: int
) -> None:
    chance = random.Random(seed)
    whole = Limits(
        max_per_second=chance.choice([20.0, 50.0]),
        max_at_once=chance.choice([1, 4]),
        max_reads_per_second=chance.choice([None, 5.0]),
    )
    prod = Limits(max_per_second=10.0, max_at_once=chance.choice([None, 2]))
    gate = gate_of(clock, whole, prod=prod)
    crowd = Crowd(gate, clock, {PROD: 40, STAGE: 40}, chance, longest_call_seconds=0.1)
    gate.on_change = crowd.pump

    crowd.pump()
    for number in range(30):
        crowd.start(crowd.read(chance.choice([PROD, STAGE])))
        if number % 10 == 5:
            act: Callable[[float], None] = chance.choice(
                [partial(slow_everything_down, gate), partial(slow_down, gate, PROD)]
            )
            act(chance.uniform(0.1, 2.0))
        if number % 7 == 3 and crowd.tasks:
            reading = [task for task in crowd.tasks if "read" in repr(task.get_coro())]
            chance.choice(reading).cancel() if reading else None
        await clock.advance(chance.uniform(0.0, 0.3))
    await clock.advance(120.0)

    assert crowd.wanted == {PROD: 0, STAGE: 0}
    assert crowd.tasks == set()
    assert used(gate) == (0, 0, 0)
    assert (gate._readers, gate._waiters) == ({}, {})
    assert crowd.most_at_once["whole"] <= (whole.max_at_once or math.inf)
    assert crowd.most_at_once[PROD] <= (prod.max_at_once or math.inf)
    counted = ["retrigger"] if whole.max_reads_per_second else ["retrigger", "read"]
    everything = [at for at, _, act_ in crowd.left if act_ in counted]
    in_prod = [at for at, sandbox, _ in crowd.left if sandbox == PROD]
    rate = whole.max_per_second or 0.0
    assert most_in_a_window(everything, per_second=rate) <= burst_of(rate) + 1e-6
    assert most_in_a_window(in_prod, per_second=10.0) <= burst_of(10.0) + 1e-6


async def test_a_call_is_supposed_to_take_what_reads_took_on_average(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_at_once=1))
    async with reads_of(gate) as reads:
        seen = [gate.call_seconds()]
        await reads.start("one", PROD)
        await reads.start("two", PROD)  # its time in the queue does not count
        seen.append(gate.call_seconds())
        clock.now += 0.25
        await reads.end("one")
        seen.append(gate.call_seconds())
        clock.now += 0.75
        await reads.cancel("two")
        seen.append(gate.call_seconds())

    assert seen == [0.0, 0.0, 0.25, 0.5]


async def test_waking_twice_before_the_woken_come_to_run_does_no_harm(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_at_once=2))
    async with reads_of(gate) as reads:
        gate.try_retrigger(PROD)
        gate.try_retrigger(PROD)
        await reads.start("one", PROD)
        await reads.start("two", STAGE)

        gate.leave(PROD)
        gate.leave(PROD)
        await settle()

        assert reads.inside == ["one", "two"]
        assert used(gate) == (2, 1, 1)


def too_much(gate: Gate, sandbox: SandboxName, *, wait_seconds: float | None = None) -> bool:
    now = gate.clock.monotonic()
    return gate.heard(
        sandbox, Sign.TOO_MUCH, sent_at=now, said="HTTP 429", wait_seconds=wait_seconds
    )


async def test_a_refusal_slows_reads_and_retriggers_of_its_sandbox_only(clock: FakeClock) -> None:
    gate = gate_of(clock, prod=Limits(max_per_second=10.0, max_reads_per_second=100.0))
    gate.try_retrigger(PROD)

    assert too_much(gate, PROD)
    clock.now += gate.try_retrigger(PROD)
    assert gate.try_retrigger(PROD) == 0.0
    async with reads_of(gate) as reads:
        await reads.start("held up", PROD)
        await reads.start("free", STAGE)
        assert reads.inside == ["free"]
        await reads.end("free")


async def test_reads_with_a_rate_of_their_own_are_counted_with_the_others(clock: FakeClock) -> None:
    gate = gate_of(clock, prod=Limits(max_per_second=10.0, max_reads_per_second=90.0))
    for number in range(80):
        clock.now += 0.0125
        async with gate.reading(PROD):
            assert gate.by_sandbox[PROD].under_way == 1, number

    too_much(gate, PROD)

    assert gate.pace(PROD).per_second == pytest.approx(48.0, rel=0.1)


async def test_refusals_of_two_sandboxes_slow_everything(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_per_second=20.0))
    too_much(gate, PROD)
    assert not gate.pace().lowered

    too_much(gate, STAGE)

    assert gate.pace().lowered.endswith("after HTTP 429")


async def test_a_named_wait_pauses_everything_and_leaves_no_crowd(clock: FakeClock) -> None:
    gate = gate_of(clock)
    for _ in range(5):
        gate.try_retrigger(PROD)

    too_much(gate, PROD, wait_seconds=30.0)
    for _ in range(5):
        gate.leave(PROD)

    assert gate.try_retrigger(STAGE) >= 30.0
    clock.now += gate.try_retrigger(STAGE)
    left = [gate.try_retrigger(STAGE) for _ in range(5)]
    assert left[0] == 0.0
    assert min(left[1:]) > 0.0


async def test_the_present_rate_tells_its_reason(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_per_second=5.0), prod=Limits(max_per_second=4.0))
    at = clock_time(clock.now_ms())

    assert (gate.pace().per_second, gate.pace().reason) == (5.0, "the spec's limit")
    assert gate_of(clock).pace().reason == "no limit"
    gate.try_retrigger(PROD)
    too_much(gate, PROD)
    assert gate.pace(PROD).reason == f"lowered after HTTP 429 at {at}"
    assert gate.pace(PROD).lowered == "lowered to 2.4/s after HTTP 429"
    too_much(gate, PROD, wait_seconds=30.0)
    until = clock_time(clock.now_ms() + 30_000)
    assert gate.pace().reason == f"paused until {until} after HTTP 429"


async def test_a_rate_that_rises_again_is_not_told_as_lowered(clock: FakeClock) -> None:
    gate = gate_of(clock, prod=Limits(max_per_second=10.0))
    at = clock_time(clock.now_ms())
    assert gate.pace(PROD).change == "free"
    gate.try_retrigger(PROD)
    too_much(gate, PROD)
    lowered = gate.pace(PROD)
    assert (lowered.change, lowered.former_per_second) == ("lowered", 10.0)

    while gate.changes(PROD) == 1:
        clock.now += 0.2
        if gate.try_retrigger(PROD) == 0.0:
            gate.leave(PROD)
            gate.heard(PROD, Sign.FINE, sent_at=clock.now)

    raised = gate.pace(PROD)
    assert (raised.change, raised.former_per_second) == ("raised", lowered.per_second)
    assert raised.reason == f"recovering from HTTP 429 at {at}"


async def test_slower_answers_lower_the_rate(clock: FakeClock) -> None:
    gate = gate_of(clock, prod=Limits(max_per_second=10.0))
    for _ in range(30):
        gate.try_retrigger(PROD)
        gate.took(PROD, 0.1)
    for _ in range(15):
        gate.took(PROD, 3.0)

    assert gate.pace(PROD).lowered_after == "slower answers"
    assert gate.changes(PROD) == 1


async def test_a_refusal_of_what_was_sent_long_ago_does_not_stop_everything(
    clock: FakeClock,
) -> None:
    gate = gate_of(clock, prod=Limits(max_per_second=5.0))
    gate.try_retrigger(PROD)
    clock.now += 10.0

    gate.heard(PROD, Sign.TOO_MUCH, sent_at=clock.now - 10.0, said="HTTP 429")

    assert gate.pace(PROD).per_second == pytest.approx(3.0)


async def test_retries_are_a_share_of_all_calls(clock: FakeClock) -> None:
    gate = Gate.of(NONE, sandboxes={}, clock=clock, retry_share=0.1)

    assert [gate.may_retry() for _ in range(11)] == [True] * 10 + [False]
    for _ in range(10):
        gate.try_retrigger(PROD)
    assert [gate.may_retry() for _ in range(2)] == [True, False]
    assert gate.budget.spent() == "retry.budget: 10 % is spent: 11 retries of 10 calls"


async def test_other_limits_hold_at_once_and_wake_whoever_waited(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_per_second=0.01, max_at_once=8))
    pumped: list[float] = []
    gate.on_change = lambda: pumped.append(clock.now)
    assert [gate.try_retrigger(PROD) == 0.0 for _ in range(3)] == [True, False, False]
    async with reads_of(gate) as reads:
        await reads.start("waits", STAGE)
        assert reads.inside == []

        gate.limit(None, Limits(max_per_second=10.0, max_at_once=8))

        await settle()
        assert pumped
        assert reads.inside == ["waits"]
        assert gate.pace().per_second == 10.0


async def test_fewer_at_once_let_nobody_in_until_enough_have_left(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_at_once=4))
    for _ in range(4):
        assert gate.try_retrigger(PROD) == 0.0

    gate.limit(None, Limits(max_at_once=2))

    for _ in range(2):
        gate.leave(PROD)
        assert gate.try_retrigger(PROD) == math.inf
    gate.leave(PROD)
    assert gate.try_retrigger(PROD) == 0.0


async def test_a_limit_for_one_sandbox_leaves_the_others(clock: FakeClock) -> None:
    gate = gate_of(clock)

    gate.limit(PROD, Limits(max_per_second=1.0))

    assert gate.try_retrigger(PROD) == 0.0
    assert gate.try_retrigger(PROD) == pytest.approx(1.0)
    assert [gate.try_retrigger(STAGE) for _ in range(5)] == [0.0] * 5

    gate.limit(PROD, NONE)
    assert [gate.try_retrigger(PROD) for _ in range(5)] == [0.0] * 5


async def test_what_the_platform_was_found_to_bear_outlives_a_lower_limit(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_per_second=10.0))
    for _ in range(20):
        clock.now += 0.1
        assert gate.try_retrigger(PROD) == 0.0
        gate.leave(PROD)
    gate.heard(PROD, Sign.TOO_MUCH, sent_at=clock.now, said="HTTP 429", wait_seconds=0.0)
    found = gate.pace().per_second
    assert found is not None
    assert found < 10.0

    gate.limit(None, Limits(max_per_second=1.0))
    assert gate.pace().per_second == 1.0
    clock.now += 1.0
    assert gate.try_retrigger(PROD) == 0.0
    assert gate.try_retrigger(PROD) == pytest.approx(0.25)  # a second, less the burst
    clock.now += 0.25
    assert gate.try_retrigger(PROD) == 0.0
    assert gate.try_retrigger(PROD) == pytest.approx(1.0)

    gate.limit(None, Limits(max_per_second=10.0))
    assert gate.pace().per_second == found


async def test_other_limits_end_no_pause_that_the_platform_asked_for(clock: FakeClock) -> None:
    gate = gate_of(clock, Limits(max_per_second=1.0))
    slow_everything_down(gate, 30.0)

    gate.limit(None, Limits(max_per_second=100.0))

    assert gate.try_retrigger(PROD) == pytest.approx(30.0)
