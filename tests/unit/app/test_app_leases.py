"""Holding flows: taken whole or not at all, renewed in time, and never relied on after their time."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from runner.app import leases
from runner.app.leases import HeldByOthers, LeaseKeeper
from runner.errors import FlowsHeld, JournalUnusable
from runner.model.lease import Hold, Holder, Lease
from runner.model.words import ExecutionId, FlowId, SandboxName
from tests.fakes.clock import FakeClock

ME = Holder(id="me", who="ada", host="here", process="{}")
OTHER = Lease(
    sandbox=SandboxName("prod"),
    flow_id=FlowId("flow-1"),
    execution_id=ExecutionId("theirs"),
    holder=Holder(id="other", who="bob", host="there", process="{}"),
    since_ms=0,
    heartbeat_ms=1_000,
    expires_at_ms=61_000,
)


@dataclass
class LeaseBook:
    """The part of a journal that a keeper uses."""

    in_the_way: list[Lease] = field(default_factory=list)
    flows: int = 2
    held: int | Exception = 2
    expiries: list[int] = field(default_factory=list)
    dropped: list[Holder] = field(default_factory=list)
    when_renewed: Callable[[], None] = lambda: None

    def take_leases(self, _: ExecutionId, hold: Hold) -> list[Lease]:
        self.expiries.append(hold.expires_at_ms)
        return self.in_the_way

    def leases(self, _: ExecutionId) -> list[None]:
        return [None] * self.flows

    def renew_leases(self, _: Holder, *, expires_at_ms: int, **__: object) -> int:
        self.when_renewed()
        if isinstance(self.held, Exception):
            raise self.held
        self.expiries.append(expires_at_ms)
        return self.held

    def drop_leases(self, holder: Holder) -> None:
        self.dropped.append(holder)


def keeper_of(book: LeaseBook, clock: FakeClock) -> tuple[LeaseKeeper, list[Exception]]:
    lost: list[Exception] = []
    keeper = LeaseKeeper(
        journal=book,  # type: ignore[arg-type]
        execution_id=ExecutionId("ours"),
        holder=ME,
        clock=clock,
        expires_after_seconds=60.0,
        proc=Path("/nowhere"),
        lost=lost.append,
    )
    return keeper, lost


def test_flows_that_others_hold_are_not_taken_and_their_holder_is_named(clock: FakeClock) -> None:
    keeper, _ = keeper_of(LeaseBook(in_the_way=[OTHER, OTHER]), clock)
    with pytest.raises(FlowsHeld) as caught:
        keeper.take()
    assert str(caught.value) == (
        "flow flow-1 in sandbox prod and 1 more flow is being worked on by execution theirs "
        "(bob on there, since 1970-01-01 00:00:00 UTC, last seen 1970-01-01 00:00:01 UTC). Nothing was sent."
    )
    assert keeper.until() < clock.now


def way_on(clock: FakeClock, lease: Lease, monkeypatch: pytest.MonkeyPatch, hidden: str) -> str:
    monkeypatch.setattr(leases, "out_of_sight", lambda *_, **__: hidden)
    keeper, _ = keeper_of(LeaseBook(in_the_way=[lease]), clock)
    with pytest.raises(HeldByOthers) as caught:
        keeper.take()
    assert caught.value.leases == [lease]
    return caught.value.remedy


def since(clock: FakeClock, seconds: float) -> Lease:
    """A lease of a minute that was renewed so long ago."""
    seen = clock.now_ms() - round(seconds * 1000)
    return replace(OTHER, heartbeat_ms=seen, expires_at_ms=seen + 60_000)


def test_the_way_on_says_when_the_hold_ends(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    remedy = way_on(clock, since(clock, 5), monkeypatch, hidden="")

    assert "Its hold ends at 00:54:15Z unless it is renewed." in remedy
    assert "--wait-for-lease 2m" in remedy


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (5, "(in another container): if it does not, its hold ends at 00:54:15Z."),
        (40, "has not renewed its hold since 00:52:40Z and is probably gone: the hold ends at"),
    ],
)
def test_of_an_owner_out_of_sight_it_is_said_that_nobody_can_tell(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch, seconds: float, words: str
) -> None:
    remedy = way_on(clock, since(clock, seconds), monkeypatch, hidden="in another container")

    assert "Whether it still works cannot be told from here" in remedy
    assert words in remedy


def test_nothing_is_sent_in_the_last_tenth_of_a_leases_time(clock: FakeClock) -> None:
    book = LeaseBook()
    keeper, _ = keeper_of(book, clock)
    keeper.take()
    assert keeper.until() == clock.now + 54.0
    assert book.expiries == [clock.now_ms() + 60_000]


@pytest.mark.usefixtures("threads_at_once")
async def test_leases_are_renewed_three_times_within_their_time(clock: FakeClock) -> None:
    book = LeaseBook()
    keeper, lost = keeper_of(book, clock)
    keeper.take()
    keeper.keep()
    start_ms = clock.now_ms()
    await clock.advance(61.0)
    assert [at - start_ms for at in book.expiries] == [60_000, 80_000, 100_000, 120_000]
    assert keeper.until() == pytest.approx(clock.now - 1.0 + 54.0)
    await keeper.drop()
    assert (lost, book.dropped) == ([], [ME])
    await clock.advance(60.0)
    assert len(book.expiries) == 4


@pytest.mark.usefixtures("threads_at_once")
async def test_a_flow_that_was_taken_over_ends_the_work(clock: FakeClock) -> None:
    book = LeaseBook()
    keeper, lost = keeper_of(book, clock)
    keeper.take()
    keeper.keep()
    book.held = 1
    until = keeper.until()
    await clock.advance(20.0)
    assert [str(error) for error in lost] == [
        "this process was stopped for longer than its hold on the flows lasts."
    ]
    assert isinstance(lost[0], FlowsHeld)
    assert keeper.until() == until
    await keeper.drop()


@pytest.mark.usefixtures("threads_at_once")
async def test_a_renewal_that_comes_too_late_is_not_relied_on(clock: FakeClock) -> None:
    def suspended() -> None:
        clock.now += 40.0

    book = LeaseBook(when_renewed=suspended)
    keeper, lost = keeper_of(book, clock)
    keeper.take()
    keeper.keep()
    until = keeper.until()
    await clock.advance(20.0)
    assert len(lost) == 1
    assert keeper.until() == until
    await keeper.drop()


@pytest.mark.usefixtures("threads_at_once")
async def test_a_journal_that_cannot_be_written_ends_the_hold(clock: FakeClock) -> None:
    failure = JournalUnusable("the disk is full")
    book = LeaseBook(held=failure)
    keeper, lost = keeper_of(book, clock)
    keeper.take()
    keeper.keep()
    await clock.advance(20.0)
    assert lost == [failure]
    await keeper.drop()
