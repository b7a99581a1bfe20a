"""On a loop with virtual time hours pass at once, in the right order, and never while anybody has something to do."""

import asyncio
import threading
from typing import Any

from runner.virtual_time import VirtualClock, VirtualTimeLoop

START_MS = 1_800_000_000_000


def run(story: Any) -> Any:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualTimeLoop)
        return runner.run(story(VirtualClock(loop, starts_at_ms=START_MS)))


def test_a_year_of_sleep_passes_at_once_and_both_clocks_show_it() -> None:
    async def story(clock: VirtualClock) -> tuple[int, float]:
        await clock.sleep(365 * 86_400)
        return clock.now_ms(), clock.monotonic()

    now_ms, passed = run(story)
    assert abs(now_ms - START_MS - 365 * 86_400_000) <= 1
    assert abs(passed - 365 * 86_400) < 0.001


def test_sleepers_wake_in_the_order_of_their_times_each_at_its_own() -> None:
    async def story(clock: VirtualClock) -> list[tuple[str, float]]:
        woken: list[tuple[str, float]] = []

        async def sleeper(name: str, seconds: float) -> None:
            await clock.sleep(seconds)
            woken.append((name, clock.monotonic()))

        await asyncio.gather(sleeper("late", 7200), sleeper("soon", 0.5), sleeper("then", 60))
        return woken

    assert run(story) == [("soon", 0.5), ("then", 60.0), ("late", 7200.0)]


def test_time_stands_still_while_somebody_has_something_to_do() -> None:
    async def story(clock: VirtualClock) -> float:
        sleeper = asyncio.create_task(clock.sleep(10))
        for _ in range(1000):
            await asyncio.sleep(0)
        before = clock.monotonic()
        sleeper.cancel()
        return before

    assert run(story) == 0.0


def test_a_sleeper_that_was_cancelled_holds_nobody_up() -> None:
    async def story(clock: VirtualClock) -> float:
        sleeper = asyncio.create_task(clock.sleep(3600))
        await clock.sleep(1)
        sleeper.cancel()
        await clock.sleep(1)
        return clock.monotonic()

    assert run(story) == 2.0


def test_what_belongs_into_a_thread_is_done_on_the_loop_and_takes_no_time() -> None:
    async def story(clock: VirtualClock) -> tuple[bool, float]:
        thread = await asyncio.to_thread(threading.current_thread)
        return thread is threading.main_thread(), clock.monotonic()

    assert run(story) == (True, 0.0)


def test_what_fails_in_a_thread_fails_for_whoever_waits_for_it() -> None:
    async def story(_: VirtualClock) -> str:
        try:
            await asyncio.to_thread(int, "no number")
        except ValueError as error:
            return str(error)
        return "it did not fail"

    assert "no number" in run(story)


def test_what_comes_from_outside_is_seen_before_time_passes() -> None:
    async def story(clock: VirtualClock) -> float:
        loop = asyncio.get_running_loop()
        come: asyncio.Future[None] = loop.create_future()
        caller = threading.Thread(target=loop.call_soon_threadsafe, args=(come.set_result, None))
        caller.start()
        caller.join()
        sleeper = asyncio.create_task(clock.sleep(3600))
        await come
        sleeper.cancel()
        return clock.monotonic()

    assert run(story) == 0.0
