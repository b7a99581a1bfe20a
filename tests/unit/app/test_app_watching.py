"""Watching the new runs of an execution: what is said, recorded and left when it ends, in whatever way."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from runner.app import watching
from runner.app.signals import Stopping
from runner.app.watching import RecoveryWatch
from runner.errors import CannotGoOn, CredentialsRefused, FlowsHeld, PlatformUnreachable
from runner.journal import Entry, Watched
from runner.model.platform import Run
from runner.model.recovery import Awaited
from runner.model.report import Tally
from runner.model.text import clock_time, iso_time
from runner.model.words import ExecutionId, FlowId, RunId, SandboxName
from tests.fakes.clock import FakeClock
from tests.fakes.runs import bare_run

pytestmark = pytest.mark.usefixtures("threads_at_once")

OURS = ExecutionId("ours")
_RUN = bare_run(
    id=RunId("new"),
    flow_id=FlowId("f"),
    sandbox=SandboxName("prod"),
    status="success",
    records_in=1,
    records_out=1,
)


@dataclass
class Book:
    """The part of a journal that a watch uses; also the keeper that writes to it."""

    clock: FakeClock
    runs: int
    execution_id: ExecutionId = OURS
    written: dict[int, str] = field(default_factory=dict)
    pages: list[int] = field(default_factory=list)
    refuses: Exception | None = None

    @property
    def journal(self) -> "Book":
        return self

    def tallies(self, _: ExecutionId) -> list[Tally]:
        words = Counter(self.written.get(position, "") for position in range(1, self.runs + 1))
        return [
            Tally(sandbox="prod", outcome="retriggered", reason="", recovery=word, count=count)
            for word, count in words.items()
        ] + [Tally(sandbox="prod", outcome="refused", reason="", recovery="", count=7)]

    def awaited(self, _: ExecutionId, *, after: int, most: int) -> list[Awaited]:
        self.pages.append(after)
        return [self._awaited(n) for n in range(after + 1, self.runs + 1)][:most]

    def _awaited(self, number: int) -> Awaited:
        return Awaited(
            position=number,
            run_id=RunId(f"old-{number}"),
            old_etag=None,
            old_status="failed",
            old_error_code="",
            old_updated_at_ms=None,
            sandbox=SandboxName("prod"),
            flow_id=FlowId("f"),
            new_run_id=RunId(f"new-{number}"),
            since_ms=self.clock.now_ms() - 3_600_000,
        )

    def write(self, _: ExecutionId, entries: Sequence[Entry]) -> None:
        if self.refuses:
            raise self.refuses
        for entry in entries:
            assert isinstance(entry, Watched)
            self.written[entry.position] = entry.recovered.recovery.value


@dataclass
class Shown:
    """A platform that shows each run with its status; ``fault`` stands in its way."""

    statuses: dict[str, str]
    fault: CannotGoOn | None = None

    async def runs_by_id(self, _: SandboxName, ids: Sequence[RunId]) -> dict[RunId, Run]:
        if self.fault:
            raise self.fault
        return {run: replace(_RUN, id=run, status=self.statuses.get(run, "queued")) for run in ids}


@dataclass
class Desk:
    clock: FakeClock
    book: Book
    said: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    stopping: Stopping = field(default_factory=lambda: Stopping(lambda _: None, lambda: None))
    until_ms: int = 0

    def _say(self, text: str, *, action: str, facts: dict[str, object]) -> None:
        assert (action, facts["waiting_for"]) == ("waiting", "new_runs")
        assert facts["until"] == iso_time(self.until_ms)
        self.said.append(text)

    def watch(self, platform: Shown) -> "asyncio.Task[None]":
        self.until_ms = self.clock.now_ms() + 600_000
        wait = SimpleNamespace(timeout_seconds=600.0, poll_every_seconds=30.0)
        console = SimpleNamespace(say=self._say, warn=self.warned.append)
        parts: dict[str, Any] = {
            "spec": SimpleNamespace(wait=wait),
            "keeper": self.book,
            "house": SimpleNamespace(clock=self.clock, console=console),
        }
        watch = RecoveryWatch(**parts, stopping=self.stopping)
        return asyncio.ensure_future(watch.watch(platform))


@pytest.fixture
def desk(clock: FakeClock) -> Callable[[int], Desk]:
    return lambda runs: Desk(clock, Book(clock, runs))


async def test_it_says_how_many_are_left_and_records_each(desk: Callable[[int], Desk]) -> None:
    d = desk(3)
    platform = Shown({"new-1": "success", "new-2": "failed"})
    working = d.watch(platform)
    await d.clock.advance(25)
    platform.statuses["new-3"] = "success"
    await d.clock.advance(300)
    await working

    at_half_a_minute = clock_time(d.until_ms - 570_000)
    assert d.said == [
        f"watching 3 new runs for at most 10m00s, until {clock_time(d.until_ms)}; Ctrl-C ends it",
        "watching: 1 left, 1 recovered, 1 failed_again; next check at " + at_half_a_minute,
    ]
    assert d.book.written == {1: "recovered", 2: "failed_again", 3: "recovered"}
    assert d.warned == []


async def test_while_nothing_changes_it_says_so_twice_a_minute_with_the_next_look(
    desk: Callable[[int], Desk],
) -> None:
    d = desk(1)
    working = d.watch(Shown({}))
    await d.clock.advance(125)
    d.stopping.ask("enough")
    await working

    assert len(d.said) == 1 + 4
    assert all("watching: 1 left; next check at " in text for text in d.said[1:])


async def test_where_nothing_is_awaited_nothing_is_said_or_asked(
    desk: Callable[[int], Desk],
) -> None:
    d = desk(0)
    await d.watch(Shown({}, fault=CredentialsRefused("never asked")))

    assert (d.said, d.book.pages) == ([], [])


async def test_when_the_time_is_up_what_is_left_is_recorded_as_running(
    desk: Callable[[int], Desk],
) -> None:
    d = desk(1)
    working = d.watch(Shown({}))
    await d.clock.advance(599)
    assert not working.done()
    await d.clock.advance(1)
    await working

    assert d.book.written == {1: "running"}


async def test_more_runs_than_are_held_at_once_come_one_lot_after_another(
    desk: Callable[[int], Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_MOST_AT_ONCE", 2)
    d = desk(5)
    working = d.watch(Shown({f"new-{n}": "success" for n in range(1, 6)}))
    await d.clock.advance(120)
    await working

    assert d.book.pages == [0, 2, 4, 5]
    assert set(d.book.written) == {1, 2, 3, 4, 5}


async def test_the_first_signal_ends_it_and_what_was_seen_is_recorded(
    desk: Callable[[int], Desk],
) -> None:
    d = desk(2)
    working = d.watch(Shown({"new-1": "success"}))
    await d.clock.advance(5)
    d.stopping.ask("interrupted by SIGINT")
    await working
    d.stopping.first("again")  # harmless once it has ended

    assert d.book.written == {1: "recovered"}


async def test_a_journal_that_refuses_ends_it(desk: Callable[[int], Desk]) -> None:
    d = desk(2)
    d.book.refuses = FlowsHeld("taken over")
    working = d.watch(Shown({"new-1": "success"}))

    with pytest.raises(FlowsHeld):
        await working


async def test_credentials_that_are_refused_end_it(desk: Callable[[int], Desk]) -> None:
    d = desk(1)
    with pytest.raises(CredentialsRefused):
        await d.watch(Shown({}, fault=CredentialsRefused("HTTP 401")))


async def test_a_platform_that_cannot_be_reached_is_warned_of_once_and_asked_again(
    desk: Callable[[int], Desk],
) -> None:
    d = desk(1)
    platform = Shown({"new-1": "success"}, fault=PlatformUnreachable("no \x1b answer."))
    working = d.watch(platform)
    await d.clock.advance(200)
    platform.fault = None
    await d.clock.advance(300)
    await working

    assert d.warned == ["sandbox prod cannot be looked at; it is tried again: no \\x1b answer."]
    assert d.book.written == {1: "recovered"}
