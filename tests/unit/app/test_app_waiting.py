"""What is waited for where no display of an execution shows it: said once, with its end, and not too often."""

from types import SimpleNamespace
from typing import Any

import pytest

from runner.app import reconciling
from runner.app.listing_progress import ListingProgress
from runner.app.waiting import RetryTeller, told_meanwhile
from runner.model.progress import WaitFor, Waiting
from runner.model.text import clock_time, iso_time
from runner.model.words import SandboxName
from runner.progress.counting import SeldomCounting
from tests.fakes.clock import FakeClock


class Ear:
    def __init__(self) -> None:
        self.said: list[tuple[str, str, Any]] = []

    def say(self, text: str, *, action: str, facts: Any = None) -> None:
        self.said.append((text, action, facts))


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def house(clock: FakeClock, ear: Ear) -> Any:
    return SimpleNamespace(clock=clock, console=ear)


def test_a_call_that_is_made_again_is_told_with_when(
    house: Any, ear: Ear, clock: FakeClock
) -> None:
    RetryTeller(house)("reading runs of sandbox prod: HTTP 429 \x1b[2J", 30.0)

    until = clock.now_ms() + 30_000
    assert ear.said == [
        (
            f"waiting until {clock_time(until)} to try again: reading runs of sandbox prod: HTTP 429 \\x1b[2J",
            "waiting",
            {
                "waiting_for": "platform",
                "until": iso_time(until),
                "next_check": None,
                "sandbox": "",
            },
        )
    ]


def test_calls_that_wait_together_are_told_once_and_short_waits_not_at_all(
    house: Any, ear: Ear, clock: FakeClock
) -> None:
    tell = RetryTeller(house)
    for seconds in (0.5, 1.9, 30.0, 30.0, 29.5, 30.9):
        tell("reading", seconds)
    assert len(ear.said) == 1
    clock.now += 40.0
    tell("reading", 30.0)
    assert len(ear.said) == 2


async def test_a_wait_is_told_when_it_begins_when_it_changes_and_twice_a_minute(
    house: Any, ear: Ear, clock: FakeClock
) -> None:
    present: list[Waiting | None] = [None]

    async with told_meanwhile(lambda: present[0], house=house):
        await clock.advance(5.0)
        assert ear.said == []
        present[0] = Waiting(what=WaitFor.ANSWERS, text="waiting for 2")
        await clock.advance(25.0)
        present[0] = Waiting(what=WaitFor.ANSWERS, text="waiting for 1")
        await clock.advance(65.0)
        present[0] = None
        await clock.advance(60.0)

    assert [text for text, *_ in ear.said] == [
        "waiting for 2",
        "waiting for 1",
        "waiting for 1",
        "waiting for 1",
    ]


def test_reconcile_waits_until_the_last_of_what_is_left_can_be_told(
    house: Any, clock: FakeClock
) -> None:
    now_ms = clock.now_ms()
    decider: Any = SimpleNamespace(due_at_ms=lambda ask: now_ms + ask * 1000)
    left: Any = {1: 100, 2: 240}

    wait = reconciling._waiting(left, decider, house=house)

    assert wait is not None
    until = clock_time(now_ms + 240_000)
    assert wait.text == f"waiting until {until} to see whether 2 unanswered requests acted"
    assert reconciling._waiting({}, decider, house=house) is None
    clock.now += 300.0
    assert reconciling._waiting(left, decider, house=house) is None


def test_a_listing_of_many_pages_is_one_line_and_a_few_on_the_way(
    house: Any, ear: Ear, clock: FakeClock
) -> None:
    counting = SeldomCounting(lambda text: ear.say(text, action="selecting"), clock=clock)
    progress = ListingProgress(house, counting)
    prod, stage = SandboxName("prod"), SandboxName("stage")

    for page in range(1, 51):
        progress.found(prod, page * 100)
        clock.now += 0.25
    progress.all_found(prod, 5_000)
    progress.found(stage, 3)
    progress.all_found(stage, 3)

    assert [text for text, *_ in ear.said] == [
        "prod: 2,100 runs looked at so far",
        "prod: 4,100 runs looked at so far",
        "prod: 5,000 runs looked at",
        "stage: 3 runs looked at",
    ]
    assert ear.said[2][1:] == ("selecting", {"sandbox": "prod", "runs": 5_000})
