"""When second re-triggers are looked for, and what is said of them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from runner.app.noticing import LOOK_EVERY_SECONDS, Noticing
from runner.app.signals import Stopping
from runner.errors import JournalUnusable, PlatformRefused, PlatformUnreachable
from runner.journal import Duplicated
from runner.model.duplicate import Sign
from runner.model.words import ExecutionId, RunId
from tests.fakes.clock import FakeClock

NAME = ExecutionId("x-1")


@dataclass
class Looks:
    """What each look finds; then nothing."""

    found: list[list[Duplicated] | Exception] = field(default_factory=list)
    count: int = 0
    hangs: bool = False
    execution_id: ExecutionId = NAME

    async def look(self) -> list[Duplicated]:
        self.count += 1
        if self.hangs:
            await asyncio.Event().wait()
        found = self.found.pop(0) if self.found else []
        if isinstance(found, Exception):
            raise found
        return found


@dataclass
class Desk:
    clock: FakeClock = field(default_factory=FakeClock)
    looks: Looks = field(default_factory=Looks)
    said: list[str] = field(default_factory=list)
    written: list[Duplicated] = field(default_factory=list)
    refuses: Exception | None = None
    stopping: Stopping = field(default_factory=lambda: Stopping(lambda _: None, lambda: None))

    def noticing(self) -> Noticing:
        def note(text: str, *, action: str) -> None:
            self.said.append(f"{action}: {text}")

        house: Any = SimpleNamespace(
            clock=self.clock,
            console=SimpleNamespace(say=note, warn=note),
            environment={},
            journal_place="j/gl.db",
        )
        beside: Any = self.looks
        return Noticing(beside=beside, write=self._write, house=house)

    async def _write(self, entries: Sequence[Duplicated]) -> None:
        if self.refuses:
            raise self.refuses
        self.written += entries


def twice(number: int, *by: tuple[str, Sign]) -> Duplicated:
    return Duplicated(
        at_ms=1,
        position=number,
        run_id=RunId(f"old-{number}"),
        new_run_id=RunId(f"new-{number}"),
        by=tuple((RunId(run), sign) for run, sign in by),
    )


FIRST = twice(1, ("x-1", Sign.SAME_WINDOW))


async def test_it_looks_from_time_to_time_and_says_what_it_found_once_it_is_recorded() -> None:
    desk = Desk(looks=Looks([[], [FIRST]]))
    async with desk.noticing().meanwhile():
        await desk.clock.advance(LOOK_EVERY_SECONDS - 1)
        assert desk.looks.count == 0
        await desk.clock.advance(1)
        assert (desk.looks.count, desk.said) == (1, [])
        await desk.clock.advance(LOOK_EVERY_SECONDS)

    assert desk.written == [FIRST]
    assert desk.said == [
        "duplicated: re-triggered elsewhere too: old-1 became new-1 here; duplicated_by x-1 (the same data window)"
    ]


async def test_the_first_few_are_named_and_the_others_counted() -> None:
    found = [twice(n, (f"x-{n}", Sign.LINKED)) for n in range(1, 1006)]
    desk = Desk(looks=Looks([found]))
    await desk.noticing().at_the_end(desk.stopping)

    assert len(desk.written) == 1005
    assert [line.count("old-") for line in desk.said] == [1, 1, 1, 0]
    assert desk.said[-1] == "duplicated: and 1,002 more runs, re-triggered elsewhere too"


async def test_what_is_taken_back_is_said() -> None:
    desk = Desk(looks=Looks([[twice(1), twice(2), FIRST]]))
    await desk.noticing().at_the_end(desk.stopping)

    assert desk.said[0].startswith("not_duplicated: 2 runs: not re-triggered elsewhere after all")
    assert len(desk.said) == 2


async def test_two_new_runs_beside_ours_are_both_named() -> None:
    desk = Desk(looks=Looks([[twice(1, ("x-1", Sign.SAME_WINDOW), ("y-1", Sign.OUR_CLIENT))]]))
    await desk.noticing().at_the_end(desk.stopping)

    (said,) = desk.said
    assert "x-1 (the same data window), y-1 (made with these credentials meanwhile" in said


async def test_that_it_cannot_be_looked_is_said_once_for_each_reason_with_the_way_out() -> None:
    gone, refused = PlatformUnreachable("no answer."), PlatformRefused("HTTP 403.")
    desk = Desk(looks=Looks([gone, gone, refused, [], gone]))
    async with desk.noticing().meanwhile():
        await desk.clock.advance(5 * LOOK_EVERY_SECONDS)

    assert desk.looks.count == 5
    assert [said.partition("too: ")[2] for said in desk.said] == [
        f"{why}. `retrigger reconcile x-1 --journal j/gl.db` looks again."
        for why in ("no answer", "HTTP 403", "no answer")
    ]


async def test_a_request_to_stop_ends_the_last_look() -> None:
    desk = Desk(looks=Looks(hangs=True))
    looking = asyncio.create_task(desk.noticing().at_the_end(desk.stopping))
    await desk.clock.advance(1)
    desk.stopping.ask("interrupted by SIGINT")
    await looking

    assert desk.said[0].startswith("not_looked: it is not known whether")
    assert "interrupted by SIGINT" in desk.said[0]


async def test_after_a_request_to_stop_nothing_is_looked_at() -> None:
    desk = Desk()
    desk.stopping.ask("interrupted by SIGINT")
    await desk.noticing().at_the_end(desk.stopping)

    assert (desk.looks.count, desk.said) == (0, [])


async def test_a_journal_that_refuses_is_told_to_whoever_works() -> None:
    refused = JournalUnusable("the disk is full.")
    desk = Desk(looks=Looks([[FIRST]]), refuses=refused)
    told: list[Exception] = []
    async with desk.noticing().meanwhile(failed=told.append):
        await desk.clock.advance(LOOK_EVERY_SECONDS)
        assert told == [refused]

    desk.looks.found = [[FIRST]]
    with pytest.raises(JournalUnusable):
        async with desk.noticing().meanwhile():
            await desk.clock.advance(LOOK_EVERY_SECONDS)
    desk.looks.found = [[FIRST]]
    with pytest.raises(JournalUnusable):
        await desk.noticing().at_the_end(desk.stopping)
