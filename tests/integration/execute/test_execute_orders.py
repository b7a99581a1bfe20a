"""Orders to an execution at work: looked for each second, carried out, recorded; and limits that change under it."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from runner.app.obeying import Orders
from runner.app.signals import Stopping
from runner.errors import JournalUnusable
from runner.execute import Ended
from runner.model.answer import Passing
from runner.model.orders import LimitChange, Order, OrderKind
from runner.model.spec import Limits
from runner.model.words import SandboxName
from tests.integration.execute.harness import EXECUTION, Stage, Working, busy, plan_of

PROD, OTHER = SandboxName("prod"), SandboxName("other")
MANY = {"prod": dict.fromkeys("ABCDEFGHIJ", 4)}


@dataclass
class Console:
    said: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)

    def say(self, text: str, *, action: str = "said", facts: object = None) -> None:
        self.said.append(text)

    def warn(self, text: str, *, action: str = "warned", facts: object = None) -> None:
        self.warned.append(text)


@dataclass
class Desk:
    """A process at work, and people who give it orders."""

    stage: Stage
    working: Working
    console: Console = field(default_factory=Console)

    @property
    def posts(self) -> int:
        return len(self.stage.platform.calls)

    def order(self, what: OrderKind, *, sandbox: SandboxName | None = None, **values: Any) -> int:
        change = LimitChange(sandbox=sandbox, values=values)
        return self.stage.journal.order(EXECUTION, replace(_ORDER, what=what, change=change))

    async def until(self, reached: Callable[[], bool]) -> None:
        await self.working.until(reached)
        assert reached()

    async def taken(self, number: int) -> Order:
        """Go on until an order was taken, which is within two seconds."""
        given = self.stage.clock.now
        await self.until(lambda: self._order(number).taken_at_ms is not None)
        assert self.stage.clock.now - given <= 2.0
        return self._order(number)

    async def later(self, seconds: float) -> None:
        end = self.stage.clock.now + seconds
        await self.until(lambda: self.stage.clock.now >= end)

    def _order(self, number: int) -> Order:
        orders = self.stage.journal.orders(EXECUTION, holder_id="us", after=number - 1)
        return orders[0]

    def events(self) -> list[dict[str, Any]]:
        lines = map(json.loads, self.stage.journal.events(EXECUTION))
        return [line for line in lines if line["event"] == "control"]


_ORDER = Order(holder_id="us", at_ms=1, who="ada", host="laptop", what=OrderKind.PAUSE)


async def at_work(stage: Stage, shape: Any = MANY) -> tuple[Desk, Any]:
    """Return a desk where an execution has begun, and the context in which orders are taken."""
    stage.begin(shape)
    working = stage.coordinator()
    desk = Desk(stage, working)
    stopping = Stopping(
        first=lambda why: working.coordinator.interrupt(because=why),
        second=working.coordinator.abort,
    )
    orders = Orders(
        execution_id=EXECUTION,
        holder_id="us",
        coordinator=working.coordinator,
        journal=stage.journal,
        commits=working.commits,
        stopping=stopping,
        house=_house(stage, desk.console),
    )
    working.start()
    return desk, orders.obeyed()


async def test_a_pause_holds_until_it_is_ended_and_both_are_told(stage: Stage) -> None:
    stage.limits = Limits(max_per_second=2, max_at_once=4)
    desk, obeyed = await at_work(stage)
    async with obeyed:
        await desk.until(lambda: desk.posts >= 4)
        await desk.taken(desk.order(OrderKind.PAUSE))
        held = desk.posts
        paused = desk.working.coordinator.admission.paused
        await desk.later(300.0)
        assert desk.posts == held
        assert not desk.working.coordinator.meter.in_flight

        await desk.taken(desk.order(OrderKind.RESUME))
        assert desk.working.coordinator.admission.paused == ""
        await desk.until(lambda: desk.posts == 40)
    assert await desk.working.to_the_end() == Ended()

    assert paused.startswith("paused by ada on laptop since 20")
    assert desk.console.said == ["ada on laptop ordered: pause", "ada on laptop ordered: resume"]
    told = [{key: event[key] for key in ("order", "who", "host")} for event in desk.events()]
    assert told == [{"order": what, "who": "ada", "host": "laptop"} for what in ("pause", "resume")]


async def test_a_stop_drains_as_a_signal_does_and_is_recorded(stage: Stage) -> None:
    stage.limits = Limits(max_per_second=2, max_at_once=4)
    stage.platform.takes_seconds = 5.0
    desk, obeyed = await at_work(stage)
    async with obeyed:
        await desk.until(lambda: desk.posts >= 3)
        number = desk.order(OrderKind.STOP)
        await desk.working.until(lambda: False)
    assert await desk.working.to_the_end() == Ended(interrupted="stopped by ada on laptop")

    (order,) = stage.journal.orders(EXECUTION, holder_id="us")
    assert order.number == number
    assert order.taken_at_ms is not None
    assert [event["order"] for event in desk.events()] == ["stop"]
    outcomes = Counter(stage.outcomes().values())
    assert set(outcomes) == {"retriggered", ""}
    assert outcomes["retriggered"] == desk.posts


async def test_what_stops_already_takes_a_stop_and_nothing_else(stage: Stage) -> None:
    stage.limits = Limits(max_at_once=1)
    stage.platform.takes_seconds = 30.0
    desk, obeyed = await at_work(stage)
    async with obeyed:
        await desk.until(lambda: desk.posts >= 1)
        desk.working.coordinator.interrupt(because="a signal")
        assert (await desk.taken(desk.order(OrderKind.STOP))).refused == ""
        late = await desk.taken(desk.order(OrderKind.LIMITS, max_at_once=1))
        assert late.refused.startswith("it is stopping already.")
        assert (await desk.taken(desk.order(OrderKind.PAUSE))).refused
    assert await desk.working.to_the_end() == Ended(interrupted="a signal")
    assert stage.outcomes()["A-1"] == "retriggered"  # a second stop does not send anybody home


async def test_lower_limits_hold_at_once_and_higher_ones_soon(stage: Stage) -> None:
    stage.limits = Limits(max_per_second=10, max_at_once=8)
    desk, obeyed = await at_work(stage, {"prod": {f"F{n}": 30 for n in range(20)}})
    async with obeyed:
        await desk.until(lambda: desk.posts >= 20)
        await desk.taken(desk.order(OrderKind.LIMITS, max_per_second=1))
        low = stage.clock.now
        await desk.later(30.0)
        slow = [call.at for call in stage.platform.calls if call.at > low]
        assert 28 <= len(slow) <= 31
        await desk.taken(desk.order(OrderKind.LIMITS, max_per_second=None))
        high = stage.clock.now
        await desk.later(10.0)
        fast = [call.at for call in stage.platform.calls if call.at > high]
        assert 95 <= len(fast) <= 102
        desk.working.coordinator.interrupt(because="enough")
        await desk.working.until(lambda: False)
    await desk.working.to_the_end()
    first, second = desk.events()
    assert first["max_per_second"] == 1
    assert second["max_per_second"] == "spec"


async def test_fewer_at_once_in_one_sandbox_leave_the_other_alone(stage: Stage) -> None:
    stage.limits = Limits(max_at_once=8)
    stage.sandbox_limits = {PROD: Limits(), OTHER: Limits()}
    stage.platform.takes_seconds = 1.0
    shape = {name: {f"{name[0].upper()}{n}": 6 for n in range(8)} for name in ("prod", "other")}
    desk, obeyed = await at_work(stage, shape)
    async with obeyed:
        await desk.until(lambda: desk.posts >= 8)
        await desk.taken(desk.order(OrderKind.LIMITS, sandbox=PROD, max_at_once=1))
        await desk.until(lambda: stage.platform.under_way["prod"] <= 1)
        stage.platform.most_under_way.clear()
        await desk.working.until(lambda: False)
    assert await desk.working.to_the_end() == Ended()

    assert stage.platform.most_under_way["prod"] == 1
    assert stage.platform.most_under_way["other"] == 7
    assert set(stage.outcomes().values()) == {"retriggered"}


async def test_more_than_the_spec_allows_is_refused_and_changes_nothing(stage: Stage) -> None:
    stage.limits = Limits(max_per_second=2, max_at_once=4)
    desk, obeyed = await at_work(stage)
    async with obeyed:
        before = desk.working.coordinator.steering.levels
        order = await desk.taken(desk.order(OrderKind.LIMITS, max_at_once=2, max_per_second=9))
        assert "the spec's limits.max_per_second of 2" in order.refused
        assert desk.working.coordinator.steering.levels == before
        assert "refused: max_per_second=9" in desk.console.said[0]
        await desk.working.until(lambda: False)
    assert await desk.working.to_the_end() == Ended()
    assert desk.events()[0]["refused"] == order.refused


async def test_more_places_on_the_platform_are_taken_by_whoever_waited(stage: Stage) -> None:
    stage.waits = True
    stage.limits = Limits(max_at_once=8, max_running=6, max_running_per_flow=2)
    stage.platform.ends = dict.fromkeys(_runs(MANY), (600.0, "success", 1))
    desk, obeyed = await at_work(stage)
    async with obeyed:
        await desk.taken(desk.order(OrderKind.LIMITS, max_running=3, max_running_per_flow=1))
        await desk.until(lambda: desk.posts >= 9)
        later = stage.clock.now + 700.0
        await desk.until(lambda: stage.clock.now >= later)
        assert stage.platform.in_progress()["all"] <= 3
        stage.platform.most_in_progress.clear()
        await desk.taken(desk.order(OrderKind.LIMITS, max_running=None, max_running_per_flow=None))
        await desk.working.until(lambda: False)
    assert await desk.working.to_the_end() == Ended()
    assert stage.platform.most_in_progress["all"] == 6
    assert set(stage.outcomes().values()) == {"retriggered"}


async def test_places_that_nobody_can_be_seen_to_leave_do_not_hold_it_for_ever(
    stage: Stage,
) -> None:
    stage.waits, stage.wait_seconds = True, 60.0
    stage.limits = Limits(max_per_second=1, max_at_once=8, max_running=6)
    stage.platform.ends = dict.fromkeys(_runs(MANY), (1e9, "success", 1))
    desk, obeyed = await at_work(stage)
    async with obeyed:
        await desk.until(lambda: desk.posts >= 3)
        await desk.taken(desk.order(OrderKind.PAUSE))
        held = desk.posts
        await desk.later(200.0)  # nobody watches them any more
        desk.order(OrderKind.LIMITS, max_running=1)
        await desk.working.until(lambda: False)
    ended = await desk.working.to_the_end()
    assert "limits.max_running of 1 is used up" in ended.stopped_by_rule
    assert desk.posts == held


async def test_a_share_of_the_day_counts_what_was_asked_before_it_was_ordered(
    stage: Stage,
) -> None:
    stage.limits = Limits(max_per_second=1, max_at_once=2)
    desk, obeyed = await at_work(stage)
    async with obeyed:
        await desk.until(lambda: desk.posts >= 5)
        await desk.taken(desk.order(OrderKind.LIMITS, max_per_day=12))
        await desk.working.until(lambda: False)
    ended = await desk.working.to_the_end()
    assert ended.stopped_by_rule.startswith("limits.max_per_day of 12 is reached")
    assert 11 <= desk.posts <= 12  # what was asked in the very moment of the order may count twice


async def test_orders_to_an_earlier_process_are_never_taken(stage: Stage) -> None:
    stage.limits = Limits(max_at_once=1)
    stage.begin(MANY)
    stage.journal.order(EXECUTION, replace(_ORDER, holder_id="an earlier one", what=OrderKind.STOP))
    working = stage.coordinator()
    assert await _worked(stage, working) == Ended()

    (old,) = stage.journal.orders(EXECUTION, holder_id="an earlier one")
    assert old.taken_at_ms is None


async def test_orders_that_cannot_be_read_are_warned_of_once_and_the_work_goes_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.limits = Limits(max_per_second=2, max_at_once=4)
    desk, obeyed = await at_work(stage)

    def broken(*_: object, **__: object) -> list[Order]:
        raise JournalUnusable("it cannot be read.")

    monkeypatch.setattr(type(stage.journal), "orders", broken)
    async with obeyed:
        await desk.working.until(lambda: False)
    assert await desk.working.to_the_end() == Ended()
    assert desk.console.warned == ["orders cannot be taken: it cannot be read."]


async def test_a_lowered_limit_is_the_end_of_what_a_throttled_rate_climbs_to(
    stage: Stage,
) -> None:
    stage.limits = Limits(max_per_second=20, max_at_once=8)
    desk, obeyed = await at_work(stage, {"prod": {f"F{n}": 40 for n in range(20)}})
    async with obeyed:
        await desk.until(lambda: desk.posts >= 40)
        run = next(run for run in _runs({"prod": {"F19": 40}}) if not stage.outcomes()[run])
        stage.platform.script[run] = [busy(Passing.THROTTLED)]
        await desk.until(lambda: run in stage.platform.throttled)
        await desk.taken(desk.order(OrderKind.LIMITS, max_per_second=2))
        low = stage.clock.now
        await desk.later(60.0)
        assert 110 <= sum(call.at > low for call in stage.platform.calls) <= 122
        desk.working.coordinator.interrupt(because="enough")
        await desk.working.until(lambda: False)
    await desk.working.to_the_end()


def _house(stage: Stage, console: Console) -> Any:
    return SimpleNamespace(clock=stage.clock, console=console)


def _runs(shape: Any) -> list[str]:
    return [str(run.found.run_id) for run in plan_of(shape)]


async def _worked(stage: Stage, working: Working) -> Ended:
    orders = Orders(
        execution_id=EXECUTION,
        holder_id="us",
        coordinator=working.coordinator,
        journal=stage.journal,
        commits=working.commits,
        stopping=Stopping(first=lambda _: None, second=lambda: None),
        house=_house(stage, Console()),
    )
    working.start()
    async with orders.obeyed():
        await working.until(lambda: False)
    return await working.to_the_end()
