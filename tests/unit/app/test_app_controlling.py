"""Giving an order: to whoever holds the leases, and only where somebody does; and saying what came of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runner.app.controlling import Given, control
from runner.errors import UsageError
from runner.journal import Journal, Stopped, open_journal
from runner.machine import this_process
from runner.model.lease import Hold
from runner.model.orders import OrderKind
from tests.contract.making import AT, FIRST, a_holder, begun

PAUSE = Given(execution=None, what=OrderKind.PAUSE)
ID = str(FIRST)


@dataclass
class Clock:
    """Sleeping is all that takes time; what happens meanwhile is the test's."""

    now: float = 0.0
    meanwhile: Callable[[], None] = lambda: None

    def now_ms(self) -> int:
        return AT + round(self.now * 1000)

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.meanwhile()


@dataclass
class Console:
    printed: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)

    def out(self, text: str) -> None:
        self.printed.append(text)

    def say(self, text: str, *, action: str, facts: object = None) -> None:
        self.said.append(text)

    def warn(self, text: str, *, action: str, facts: object = None) -> None:
        self.warned.append(text)


@dataclass
class Terminal:
    """The other terminal."""

    journal: Journal
    house: Any

    @property
    def console(self) -> Any:
        return self.house.console

    def held(self, holder: str = "us") -> None:
        """Have somebody work on the execution, for a minute."""
        now_ms = self.house.clock.now_ms()
        hold = Hold(
            holder=a_holder(holder),
            now_ms=now_ms,
            expires_at_ms=now_ms + 60_000,
            is_dead=lambda _: True,
        )
        assert self.journal.take_leases(FIRST, hold) == []

    def answered(self, refused: str = "") -> None:
        """Have whoever works on it take the first order a second later."""

        def meanwhile() -> None:
            if self.house.clock.now > 1.0:
                self.journal.take_order(FIRST, 1, at_ms=AT, refused=refused)

        self.house.clock.meanwhile = meanwhile


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    place = str(tmp_path / "journal.db")
    journal = open_journal(place, make=True)
    begun(journal, "a b", name=FIRST)
    yield Terminal(
        journal,
        SimpleNamespace(
            clock=Clock(),
            console=Console(),
            environment={"USER": "ada\x1b[2J"},
            journal_place=place,
            proc=tmp_path / "no processes",
        ),
    )
    journal.close()


async def test_an_order_is_given_to_the_holder_and_its_taking_waited_for(
    terminal: Terminal,
) -> None:
    terminal.held()
    terminal.answered()

    assert await control(PAUSE, house=terminal.house) == 0

    (order,) = terminal.journal.orders(FIRST, holder_id="us")
    assert (order.what, order.who, order.at_ms) == (OrderKind.PAUSE, "ada\x1b[2J", AT)
    assert 1.0 < terminal.house.clock.now < 1.2
    assert terminal.console.said[0].startswith(f"ordered: pause of {ID}, which ")
    assert terminal.console.printed[0].startswith(f"{ID} paused: nothing new leaves")
    assert terminal.console.warned == []


async def test_a_refusal_is_an_error_with_the_reason(terminal: Terminal) -> None:
    terminal.held()
    terminal.answered("max_at_once=9 is more than the spec's.")
    given = Given(execution=ID, what=OrderKind.LIMITS, limits=["max_at_once=9"], sandbox="prod")

    with pytest.raises(UsageError) as refused:
        await control(given, house=terminal.house)

    assert str(refused.value) == f"execution {ID} refused: max_at_once=9 is more than the spec's."
    (order,) = terminal.journal.orders(FIRST, holder_id="us")
    assert order.in_words == "limits max_at_once=9 in sandbox prod"


async def test_nobody_at_work_takes_no_order(terminal: Terminal) -> None:
    with pytest.raises(UsageError, match=f"nobody works on execution {ID}, which was cut off"):
        await control(PAUSE, house=terminal.house)
    stopped = Stopped(at_ms=AT, state="finished", because="", exit_code=0)
    terminal.journal.write(FIRST, [stopped])
    with pytest.raises(UsageError, match="which is finished"):
        await control(PAUSE, house=terminal.house)

    assert terminal.journal.orders(FIRST, holder_id="us") == []


async def test_a_hold_that_has_ended_counts_for_nothing(terminal: Terminal) -> None:
    terminal.held()
    terminal.house.clock.now += 61.0

    with pytest.raises(UsageError, match="nobody works"):
        await control(PAUSE, house=terminal.house)


async def test_a_process_that_is_provably_dead_counts_for_nothing(terminal: Terminal) -> None:
    proc = Path("/proc")
    us = this_process("us", environment={}, proc=proc)
    dead = replace(us, process=us.process.replace('"started": "', '"started": "9'))
    if dead == us or not (proc / "self/ns/pid").is_symlink():
        pytest.skip("this machine does not tell of its processes")
    terminal.house.proc = proc
    hold = Hold(holder=dead, now_ms=AT, expires_at_ms=AT + 60_000, is_dead=lambda _: True)
    terminal.journal.take_leases(FIRST, hold)

    with pytest.raises(UsageError, match="nobody works"):
        await control(PAUSE, house=terminal.house)


async def test_an_order_that_is_not_taken_in_five_seconds_is_warned_of(terminal: Terminal) -> None:
    terminal.held()

    assert await control(PAUSE, house=terminal.house) == 1

    assert 5.0 <= terminal.house.clock.now < 5.2
    (warning,) = terminal.console.warned
    assert f"execution {ID} did not take the order within 5 s" in warning
    assert "as soon as it can" in warning
    assert terminal.console.printed == []


async def test_a_process_that_ended_meanwhile_is_said_to_be_gone(terminal: Terminal) -> None:
    terminal.held()
    terminal.house.clock.meanwhile = lambda: terminal.journal.drop_leases(a_holder("us"))

    assert await control(PAUSE, house=terminal.house) == 1

    assert terminal.console.warned[0].endswith("within 5 s: nobody works on it any more.")


async def test_a_wrong_limit_is_told_before_anything_is_ordered(terminal: Terminal) -> None:
    terminal.held()
    given = Given(execution=None, what=OrderKind.LIMITS, limits=["max_at_once=0"])

    with pytest.raises(UsageError, match="max_at_once cannot be"):
        await control(given, house=terminal.house)

    assert terminal.journal.orders(FIRST, holder_id="us") == []
