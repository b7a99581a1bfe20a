"""How a token is had, kept, renewed and given up."""

import asyncio
import logging
from dataclasses import dataclass, field

import pytest

from runner.auth import MOST_REFUSALS, Issued, Token, TokenSource
from runner.errors import CredentialsRefused, PlatformUnreachable
from runner.model.secret import Secret
from tests.fakes.clock import FakeClock, settle

TOKEN = "eyJ.planted-token"
DAY = 86_399.0


@dataclass
class Issuer:
    """Issues numbered tokens, fails as often as it is told to, and waits while its gate is closed."""

    failures: list[Exception] = field(default_factory=list)
    calls: int = 0
    expires_in: float | None = DAY
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def __call__(self) -> Issued:
        self.calls += 1
        number = self.calls
        await self.gate.wait()
        if self.failures:
            raise self.failures.pop(0)
        return Issued(secret=Secret(f"{TOKEN}-{number}"), expires_in=self.expires_in)


def refusal() -> CredentialsRefused:
    return CredentialsRefused("the token endpoint refuses", remedy="ask elsewhere")


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def source(issuer: Issuer, clock: FakeClock) -> TokenSource:
    return TokenSource(issue=issuer, clock=clock)


def ready(clock: FakeClock, value: str = TOKEN) -> TokenSource:
    """A source whose token is the same whenever it is asked for."""

    async def same() -> Issued:
        return Issued(secret=Secret(value), expires_in=None)

    return TokenSource(issue=same, clock=clock)


# Asking


async def test_a_token_is_asked_for_once_and_used_many_times(
    issuer: Issuer, source: TokenSource
) -> None:
    first = await source.token()
    assert first == Token(secret=Secret(f"{TOKEN}-1"), number=1)
    assert await source.token() is first
    assert issuer.calls == 1


async def test_however_many_wait_one_request_is_made(issuer: Issuer, source: TokenSource) -> None:
    issuer.gate.clear()
    waiting = [asyncio.create_task(source.token()) for _ in range(200)]
    await settle()
    issuer.gate.set()
    assert {token.number for token in await asyncio.gather(*waiting)} == {1}
    assert issuer.calls == 1


async def test_a_waiter_that_is_cancelled_does_not_stop_the_request_for_others(
    issuer: Issuer, source: TokenSource
) -> None:
    issuer.gate.clear()
    first, second = (asyncio.create_task(source.token()) for _ in range(2))
    await settle()
    first.cancel()
    await settle()
    issuer.gate.set()
    assert (await second).number == 1
    assert first.cancelled()
    assert issuer.calls == 1


async def test_a_request_whose_every_waiter_left_still_serves_the_next(
    issuer: Issuer, source: TokenSource
) -> None:
    issuer.gate.clear()
    only = asyncio.create_task(source.token())
    await settle()
    only.cancel()
    await settle()
    issuer.gate.set()
    assert (await source.token()).number == 1
    assert issuer.calls == 1


async def test_a_failure_that_nobody_waits_for_any_more_is_silent(
    issuer: Issuer, source: TokenSource, caplog: pytest.LogCaptureFixture
) -> None:
    issuer.failures = [refusal()]
    issuer.gate.clear()
    only = asyncio.create_task(source.token())
    await settle()
    only.cancel()
    await settle()
    issuer.gate.set()
    await settle()
    assert [record.message for record in caplog.records if record.name == "asyncio"] == []
    assert (await source.token()).secret == Secret(f"{TOKEN}-2")


async def test_all_who_wait_learn_of_a_failure(issuer: Issuer, source: TokenSource) -> None:
    issuer.failures = [refusal()]
    issuer.gate.clear()
    waiting = [asyncio.create_task(source.token()) for _ in range(3)]
    await settle()
    issuer.gate.set()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["the token endpoint refuses"] * 3
    assert issuer.calls == 1


async def test_an_unreachable_token_endpoint_is_asked_anew_by_the_next_who_needs_a_token(
    issuer: Issuer, source: TokenSource
) -> None:
    issuer.failures = [PlatformUnreachable("nobody there")]
    with pytest.raises(PlatformUnreachable):
        await source.token()
    assert (await source.token()).number == 1


async def test_closing_stops_a_request_under_way(issuer: Issuer, source: TokenSource) -> None:
    issuer.gate.clear()
    waiting = asyncio.create_task(source.token())
    await settle()
    await source.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await source.close()


# Renewing


@pytest.mark.parametrize(
    ("expires_in", "renewed_after"),
    [
        (86_399.0, 86_399 - 300),
        (3_600.0, 3_300),
        (3_000.0, 2_700),
        (1_000.0, 900),
        (100.0, 90),
        (86_399_992.0, 86_399.992 - 300),
        (3_600_000.0, 3_300),
    ],
)
async def test_a_token_is_renewed_before_it_expires(
    *,
    issuer: Issuer,
    source: TokenSource,
    clock: FakeClock,
    expires_in: float,
    renewed_after: float,
) -> None:
    issuer.expires_in = expires_in
    await source.token()
    await clock.advance(renewed_after - 0.01)
    assert (await source.token()).number == 1
    await settle()
    assert issuer.calls == 1
    await clock.advance(0.02)
    await source.token()
    await settle()
    assert issuer.calls == 2
    assert (await source.token()).number == 2


@pytest.mark.parametrize("expires_in", [None, 0.0, -5.0, float("inf"), float("nan")])
async def test_a_token_whose_end_is_not_known_serves_until_it_is_refused(
    issuer: Issuer, source: TokenSource, clock: FakeClock, expires_in: float | None
) -> None:
    issuer.expires_in = expires_in
    token = await source.token()
    await clock.advance(10.0**8)
    assert await source.token() is token
    source.refused(token)
    assert (await source.token()).number == 2


async def test_the_old_token_serves_while_the_next_is_on_its_way(
    issuer: Issuer, source: TokenSource, clock: FakeClock
) -> None:
    old = await source.token()
    await clock.advance(DAY - 200)
    issuer.gate.clear()
    assert await source.token() is old
    assert await source.token() is old
    await settle()
    assert issuer.calls == 2
    issuer.gate.set()
    await settle()
    assert (await source.token()).number == 2


async def test_an_expired_token_is_never_given_out(source: TokenSource, clock: FakeClock) -> None:
    await source.token()
    await clock.advance(DAY)
    assert (await source.token()).number == 2


async def test_a_renewal_that_fails_ahead_of_time_is_tried_again_before_the_end(
    issuer: Issuer, source: TokenSource, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    old = await source.token()
    issuer.failures = [PlatformUnreachable("nobody there")]
    await clock.advance(DAY - 200)
    assert await source.token() is old
    await settle()
    assert "the access token could not be renewed ahead of time: nobody there" in caplog.text
    assert await source.token() is old
    assert issuer.calls == 2
    await clock.advance(10)
    assert await source.token() is old
    await settle()
    assert (await source.token()).secret == Secret(f"{TOKEN}-3")


async def test_the_lifetime_counts_from_the_asking_and_not_from_the_answer(
    issuer: Issuer, source: TokenSource, clock: FakeClock
) -> None:
    issuer.expires_in = 100.0
    issuer.gate.clear()
    asking = asyncio.create_task(source.token())
    await clock.advance(50)
    issuer.gate.set()
    assert (await asking).number == 1
    await clock.advance(40)
    await source.token()
    await settle()
    assert issuer.calls == 2


# Refused by the platform


async def test_a_refused_token_is_replaced(issuer: Issuer, source: TokenSource) -> None:
    source.refused(await source.token())
    assert (await source.token()).number == 2


async def test_the_credentials_are_given_up_when_three_new_tokens_in_a_row_are_refused(
    issuer: Issuer, source: TokenSource
) -> None:
    source.refused(await source.token())
    for _ in range(MOST_REFUSALS - 1):
        source.refused(await source.token())
    last = await source.token()
    with pytest.raises(CredentialsRefused) as given_up:
        source.refused(last)
    assert str(given_up.value) == (
        "the platform refused the access token 3 times in a row, renewals included."
    )
    assert given_up.value.remedy
    assert given_up.value.exit_code == 7
    with pytest.raises(CredentialsRefused):
        await source.token()
    assert issuer.calls == MOST_REFUSALS + 1


async def test_everybody_who_was_refused_learns_that_the_credentials_are_given_up(
    source: TokenSource,
) -> None:
    for _ in range(MOST_REFUSALS):
        source.refused(await source.token())
    last = await source.token()
    for _ in range(3):
        with pytest.raises(CredentialsRefused):
            source.refused(last)


async def test_a_crowd_that_is_refused_with_one_token_counts_once(source: TokenSource) -> None:
    for _ in range(MOST_REFUSALS):
        token = await source.token()
        for _ in range(50):
            source.refused(token)
    assert (await source.token()).number == MOST_REFUSALS + 1


async def test_late_refusals_of_an_old_token_never_count(source: TokenSource) -> None:
    old = await source.token()
    source.refused(old)
    new = await source.token()
    for _ in range(100):
        source.refused(old)
    assert await source.token() is new


async def test_a_success_in_between_begins_the_count_anew(
    issuer: Issuer, source: TokenSource
) -> None:
    for _ in range(10):
        for _ in range(MOST_REFUSALS):
            source.refused(await source.token())
        source.accepted(await source.token())
    assert issuer.calls == 31


async def test_a_late_success_of_the_old_token_does_not(source: TokenSource) -> None:
    old = await source.token()
    source.refused(old)
    for _ in range(MOST_REFUSALS - 1):
        source.refused(await source.token())
        source.accepted(old)
    last = await source.token()
    source.accepted(old)
    with pytest.raises(CredentialsRefused):
        source.refused(last)


async def test_a_ready_token_is_given_up_after_three_refusals_without_success(
    clock: FakeClock,
) -> None:
    source = ready(clock)
    source.refused(await source.token())
    source.refused(await source.token())
    source.accepted(await source.token())
    source.refused(await source.token())
    source.refused(await source.token())
    last = await source.token()
    with pytest.raises(CredentialsRefused) as given_up:
        source.refused(last)
    assert "A ready access_token cannot be renewed" in given_up.value.remedy
    assert given_up.value.exit_code == 2


@pytest.mark.parametrize(
    "value", ["", "two words", "line\r\nx-evil: 1", "tab\there", "nul\0", "umläut", "\u200b"]
)
async def test_a_token_that_could_end_its_header_is_never_given_out(
    clock: FakeClock, value: str
) -> None:
    with pytest.raises(CredentialsRefused) as mistake:
        await ready(clock, value).token()
    assert value == "" or value not in str(mistake.value) + mistake.value.remedy


async def test_the_token_is_in_no_repr_and_in_no_log(
    issuer: Issuer, source: TokenSource, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = await source.token()
    issuer.failures = [refusal()]
    await clock.advance(DAY - 1)
    await source.token()
    await settle()
    issued = Issued(secret=token.secret, expires_in=1.0)
    shown = "".join(repr(thing) + str(thing) + f"{thing}" for thing in (source, token, issued))
    assert TOKEN not in shown + caplog.text


# How long it lasts


async def test_how_long_a_token_is_good_for_counts_down_to_nothing(
    source: TokenSource, clock: FakeClock
) -> None:
    assert source.seconds_left() is None
    await source.token()
    assert source.seconds_left() == DAY
    clock.now += 100
    assert source.seconds_left() == DAY - 100
    clock.now += DAY
    assert source.seconds_left() == 0.0


async def test_nobody_knows_how_long_a_ready_token_lasts(clock: FakeClock) -> None:
    source = ready(clock)
    await source.token()

    assert source.seconds_left() is None
