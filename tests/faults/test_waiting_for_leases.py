"""Flows that others hold, a killed job in another container among them: refused, or waited for."""

import asyncio
import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from runner.app.findings import Decisions
from runner.app.reconciling import reconcile
from runner.app.signals import Interrupted
from runner.clock import SystemClock
from runner.errors import FlowsHeld
from runner.journal import Journal, Stopped, open_journal
from runner.machine import this_process
from runner.model.lease import Hold, Holder
from runner.model.words import ExecutionId
from tests.faults.hall import RUNS, Hall, opened_hall

HELD_SECONDS = 60


@dataclass
class LeapingClock(SystemClock):
    """Goes by itself; but while it leaps, whoever waits a second has waited it at once."""

    leaping: bool = False
    leaps: int = 0
    ahead_seconds: float = 0.0
    meanwhile: Callable[[], None] = lambda: None

    def now_ms(self) -> int:
        return super().now_ms() + round(self.ahead_seconds * 1000)

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead_seconds

    async def sleep(self, seconds: float) -> None:
        if not self.leaping:
            await super().sleep(seconds)
            return
        self.leaps += 1
        self.ahead_seconds += seconds
        await asyncio.sleep(0)
        self.meanwhile()


def in_another_container() -> Holder:
    here = this_process("theirs", environment={"GITHUB_ACTOR": "maria"}, proc=Path("/proc"))
    facts = {**json.loads(here.process), "namespace": "pid:[1]", "pid": 7}
    return Holder(id="theirs", who="maria", host="job-81", process=json.dumps(facts))


@dataclass(kw_only=True)
class Story:
    """An execution that was left, and whoever holds its flows now."""

    hall: Hall
    clock: LeapingClock
    journal: Journal
    execution: ExecutionId
    holder: Holder = field(default_factory=in_another_container)

    def held(self) -> None:
        """Have the other hold the flows from now on, and leap whenever somebody waits for that."""
        now_ms = self.clock.now_ms()
        hold = Hold(
            holder=self.holder,
            now_ms=now_ms,
            expires_at_ms=now_ms + HELD_SECONDS * 1000,
            is_dead=lambda _: True,
        )
        assert self.journal.take_leases(self.execution, hold) == []
        self.clock.leaping = True
        self.clock.meanwhile = self._until_it_ends

    def _until_it_ends(self) -> None:
        leases = self.journal.leases(self.execution)
        if not any(lease.expires_at_ms > self.clock.now_ms() for lease in leases):
            self.clock.leaping = False


@contextmanager
def left(hall: Hall) -> Iterator[Story]:
    clock = LeapingClock()
    hall.clock = clock
    journal = open_journal(str(hall.folder / "journal.db"), make=False)
    try:
        newest = next(journal.executions())
        yield Story(hall=hall, clock=clock, journal=journal, execution=newest.id)
    finally:
        journal.close()


WAITING = {"wait_for_lease_seconds": 120.0}


async def stopped(hall: Hall, path: Path | None = None) -> None:
    assert await hall.apply(path, options={"stop_after_seconds": 0.0}) == 130, hall.said


async def test_at_once_it_is_said_that_nobody_here_can_tell_whether_the_owner_lives(
    working_folder: Path,
) -> None:
    async with opened_hall(working_folder) as hall:
        await stopped(hall)
        with left(hall) as story:
            story.held()
            before = hall.asked("retrigger")
            assert await hall.apply() == 6
            assert story.clock.leaps == 0
        for words in (
            "maria on job-81",
            "cannot be told from here (it is the process of another container)",
            "its hold ends at",
            "--wait-for-lease",
            "Nothing was sent",
        ):
            assert words in hall.said
        assert hall.asked("retrigger") == before


async def test_a_hold_that_nobody_renews_is_waited_for_and_then_it_goes_on(
    working_folder: Path,
) -> None:
    async with opened_hall(working_folder) as hall:
        await stopped(hall)
        with left(hall) as story:
            story.held()
            assert await hall.apply(options=WAITING) == 0, hall.said
            assert HELD_SECONDS - 1 <= story.clock.leaps <= HELD_SECONDS + 1
        waiting = [said for said in hall.ear.said if said.startswith("waiting for 2 flows of")]
        assert len(waiting) == 2  # at once, and half a minute later
        assert "(maria on job-81): held until " in waiting[0]
        assert "nothing is sent meanwhile, and Ctrl-C ends it" in waiting[0]
        assert len(hall.executions()) == 1
        assert len(hall.accepted) == RUNS
        hall.agree()


async def test_when_the_time_is_over_it_is_refused_with_who_holds_them(
    working_folder: Path,
) -> None:
    async with opened_hall(working_folder) as hall:
        await stopped(hall)
        with left(hall) as story:
            story.held()
            assert await hall.apply(options={"wait_for_lease_seconds": 10.0}) == 6
            assert story.clock.leaps == 10
        assert "is being worked on by execution" in hall.said
        assert "Waited 10s for it." in hall.said


async def test_ctrl_c_ends_the_waiting_and_nothing_is_sent(working_folder: Path) -> None:
    async with opened_hall(working_folder) as hall:
        await stopped(hall)
        before = hall.asked("retrigger")
        with left(hall) as story:
            story.held()
            story.clock.meanwhile = lambda: os.kill(os.getpid(), signal.SIGINT)
            assert await hall.apply(options=WAITING) == 130
        assert "interrupted by SIGINT; nothing was sent." in hall.said
        assert hall.asked("retrigger") == before


async def test_what_others_finished_meanwhile_is_not_done_again(working_folder: Path) -> None:
    async with opened_hall(working_folder) as hall:
        plan = await hall.plan()
        await stopped(hall, plan)
        before = hall.asked("retrigger")
        with left(hall) as story:

            def finished_elsewhere() -> None:
                done = Stopped(
                    at_ms=story.clock.now_ms(), state="finished", because="", exit_code=1
                )
                story.journal.write(story.execution, [done])
                story.journal.drop_leases(story.holder)
                story.clock.leaping = False

            story.held()
            story.clock.meanwhile = finished_elsewhere
            assert await hall.apply(plan, options=WAITING) == 1, hall.said
        assert "this very plan was applied before" in hall.said
        assert hall.asked("retrigger") == before


async def test_another_specs_flows_are_waited_for_with_the_plan_that_was_made(
    working_folder: Path,
) -> None:
    async with opened_hall(working_folder) as hall:
        await stopped(hall)
        with left(hall) as story:
            story.held()
            assert await hall.apply(options=WAITING, name="another") == 0, hall.said
        another, _ = hall.executions()
        assert (another.execution.spec_name, another.execution.state) == ("another", "finished")
        assert len(hall.accepted) == RUNS
        hall.agree()


async def test_a_plan_that_expires_while_flows_are_waited_for_is_refused(
    working_folder: Path,
) -> None:
    async with opened_hall(working_folder) as hall:
        await stopped(hall)
        plan = await hall.plan(name="another", plan={"valid_for": "30s"})
        before = hall.asked("retrigger")
        with left(hall) as story:
            story.held()
            assert await hall.apply(plan, options=WAITING) == 5, hall.said
        assert "the plan was valid until" in hall.said
        assert hall.asked("retrigger") == before


@pytest.mark.parametrize("seconds", [0.0, 120.0])
async def test_reconcile_waits_too(working_folder: Path, seconds: float) -> None:
    async with opened_hall(working_folder) as hall:
        await stopped(hall)
        with left(hall) as story:
            story.held()
            looking = reconcile(
                None,
                Decisions(adopt={}, absent=frozenset()),
                wait_for_lease_seconds=seconds,
                house=hall.house(),
            )
            if seconds:
                assert await looking == 1
                assert "waiting for 2 flows of" in hall.said
            else:
                with pytest.raises(FlowsHeld):
                    await looking


async def test_ctrl_c_ends_the_waiting_of_reconcile_too(working_folder: Path) -> None:
    async with opened_hall(working_folder) as hall:
        await stopped(hall)
        with left(hall) as story:
            story.held()
            story.clock.meanwhile = lambda: os.kill(os.getpid(), signal.SIGINT)
            decisions = Decisions(adopt={}, absent=frozenset())
            with pytest.raises(Interrupted, match="SIGINT"):
                await reconcile(None, decisions, wait_for_lease_seconds=120.0, house=hall.house())
