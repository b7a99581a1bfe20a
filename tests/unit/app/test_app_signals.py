"""Requests to stop: the first drains, the second stops at once; a deadline is a first request."""

import asyncio
import os
import signal

import pytest

from runner.app.signals import Interrupted, Stopping, deadline, plain_interrupts, signals_handled
from tests.fakes.clock import FakeClock, settle


def stopping_into(said: list[str]) -> Stopping:
    return Stopping(first=said.append, second=lambda: said.append("at once"))


def test_the_first_request_drains_and_every_further_one_stops_at_once() -> None:
    said: list[str] = []
    stopping = stopping_into(said)
    for why in ("one", "two", "three"):
        stopping.ask(why)
    assert said == ["one", "at once", "at once"]
    assert stopping.asked == "one"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_asks_to_stop_and_is_let_go_afterwards(number: signal.Signals) -> None:
    said: list[str] = []
    former = signal.getsignal(number)
    with signals_handled(stopping_into(said)):
        os.kill(os.getpid(), number)
        await settle()
        assert said == [f"interrupted by {number.name}"]
    assert signal.getsignal(number) == former


async def test_a_hangup_that_is_ignored_stays_ignored() -> None:
    said: list[str] = []
    former = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals_handled(stopping_into(said)):
            os.kill(os.getpid(), signal.SIGHUP)
            await settle()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, former)
    assert said == []


async def test_before_anything_was_sent_a_request_cancels_the_work() -> None:
    async def work() -> None:
        await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await settle()
    stopping = Stopping.cancelling(task)
    stopping.ask("interrupted by SIGTERM")
    stopping.ask("again")
    await settle()
    assert task.cancelled()


async def test_ctrl_c_at_a_question_is_an_interrupt_and_handling_is_taken_up_again() -> None:
    said: list[str] = []
    stopping = stopping_into(said)
    with signals_handled(stopping):
        with pytest.raises(Interrupted) as caught, plain_interrupts(stopping):
            signal.raise_signal(signal.SIGINT)
        assert str(caught.value) == "interrupted; nothing was sent."
        assert caught.value.exit_code == 130
        os.kill(os.getpid(), signal.SIGINT)
        await settle()
    assert said == ["interrupted by SIGINT"]


async def test_a_deadline_asks_once_its_time_is_up(clock: FakeClock) -> None:
    said: list[str] = []
    async with deadline(60.0, stopping=stopping_into(said), clock=clock):
        await clock.advance(59.0)
        assert said == []
        await clock.advance(1.0)
        assert said == ["--stop-after 1m00s is over"]


async def test_a_deadline_after_a_signal_does_not_make_it_rude(clock: FakeClock) -> None:
    said: list[str] = []
    stopping = stopping_into(said)
    async with deadline(60.0, stopping=stopping, clock=clock):
        stopping.ask("interrupted by SIGINT")
        await clock.advance(61.0)
    assert said == ["interrupted by SIGINT"]


async def test_without_a_deadline_nothing_is_asked(clock: FakeClock) -> None:
    said: list[str] = []
    async with deadline(None, stopping=stopping_into(said), clock=clock):
        await clock.advance(1e6)
    assert said == []
    assert clock.slept == []
