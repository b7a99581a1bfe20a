"""How exactly the clock wakes whoever waits, on a machine whose time is the test's."""

import asyncio

import pytest

from runner.clock import SystemClock
from runner.virtual_time import VirtualTimeLoop

TURN_SECONDS = 0.00002
"""What one turn of an event loop takes."""


class Machine(SystemClock):
    """Time passes while the loop sleeps, which it does up to two milliseconds too long, and a little with each turn."""

    def __init__(self, loop: VirtualTimeLoop, *, late_seconds: float) -> None:
        self._loop = loop
        self._late_seconds = late_seconds
        self.turns = 0

    def monotonic(self) -> float:
        self.turns += 1
        slept = self._loop.time()
        return slept + (self._late_seconds if slept else 0.0) + self.turns * TURN_SECONDS


def waited(seconds: float, *, late_seconds: float) -> tuple[float, int]:
    """How long a wait took, and how many turns of the loop."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualTimeLoop)
        machine = Machine(loop, late_seconds=late_seconds)
        began = machine.monotonic()
        runner.run(machine.sleep(seconds))
        return machine.monotonic() - began, machine.turns


@pytest.mark.parametrize("late_seconds", [0.0, 0.0005, 0.0012, 0.002])
@pytest.mark.parametrize("seconds", [0.004, 0.02, 1.0])
def test_a_wait_is_never_too_short_and_at_most_a_few_turns_too_long(
    seconds: float, late_seconds: float
) -> None:
    took, _ = waited(seconds, late_seconds=late_seconds)

    assert seconds <= took < seconds + 5 * TURN_SECONDS


def test_it_turns_no_longer_than_a_loop_may_be_late() -> None:
    _, turns = waited(3600.0, late_seconds=0.0)

    assert turns <= 0.0014 / TURN_SECONDS + 5


def test_short_waits_are_left_to_the_loop() -> None:
    took, turns = waited(0.003, late_seconds=0.001)

    assert took == pytest.approx(0.004, abs=5 * TURN_SECONDS)
    assert turns <= 3
