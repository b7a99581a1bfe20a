"""Absence is believed when two looks in a row show it; whatever else a look shows, one is enough."""

from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from runner.model.doubt import Absent, Adopt, OpenAsk, StillOpen, Verdict
from runner.model.platform import Run, RunQuery
from runner.model.words import RunId, SandboxName
from runner.reconcile import Looker, Timing, decide
from tests.fakes.clock import FakeClock

ASKED_MS = 1_795_150_000_000
LATE_MS = ASKED_MS + 75_000 + 180_000
Listing = tuple[Run, ...]


class ForgetfulPlatform:
    """Shows at each look what the next listing says."""

    def __init__(self, old: Run, listings: Sequence[Listing]) -> None:
        self._old = old
        self._listings = list(listings)

    @property
    def looks_left(self) -> int:
        return len(self._listings)

    async def list_runs(self, _: SandboxName, __: RunQuery) -> AsyncIterator[Listing]:
        yield (*self._listings.pop(0), self._old)

    async def runs_by_id(self, _: SandboxName, __: Sequence[RunId]) -> dict[RunId, Run]:
        return {self._old.id: self._old}

    def server_offset_ms(self) -> int | None:
        return 0


async def nothing_claimed(_: Sequence[RunId]) -> frozenset[RunId]:
    return frozenset()


@pytest.fixture
def new(make_new: Callable[..., Run]) -> Run:
    """The run that the request made; it is ours beyond doubt."""
    return make_new(created_client="our-client")


async def decided(platform: ForgetfulPlatform, ask: OpenAsk, *, now_ms: int = LATE_MS) -> Verdict:
    timing = Timing(answer_window_seconds=60, visibility_lag_seconds=180)
    return await decide(
        ask,
        looker=Looker(platform=platform, claimed=nothing_claimed, timing=timing),
        clock=FakeClock(wall_ms=now_ms),
        our_client="our-client",
    )


async def test_a_run_that_one_listing_left_out_is_found_by_the_next(
    make_ask: Callable[..., OpenAsk], make_old: Callable[..., Run], new: Run
) -> None:
    platform = ForgetfulPlatform(make_old(), [(), (new,)])

    verdict = await decided(platform, make_ask())

    assert isinstance(verdict, Adopt)
    assert verdict.run_id == new.id


async def test_what_two_looks_in_a_row_do_not_show_is_absent(
    make_ask: Callable[..., OpenAsk], make_old: Callable[..., Run]
) -> None:
    platform = ForgetfulPlatform(make_old(), [(), ()])

    assert isinstance(await decided(platform, make_ask()), Absent)
    assert platform.looks_left == 0


async def test_what_is_found_at_once_is_not_looked_for_again(
    make_ask: Callable[..., OpenAsk], make_old: Callable[..., Run], new: Run
) -> None:
    platform = ForgetfulPlatform(make_old(), [(new,), ()])

    assert isinstance(await decided(platform, make_ask()), Adopt)
    assert platform.looks_left == 1


async def test_before_it_is_late_enough_one_look_is_enough_to_know_nothing(
    make_ask: Callable[..., OpenAsk], make_old: Callable[..., Run]
) -> None:
    platform = ForgetfulPlatform(make_old(), [(), ()])

    verdict = await decided(platform, make_ask(), now_ms=ASKED_MS + 80_000)

    assert isinstance(verdict, StillOpen)
    assert platform.looks_left == 1
