"""Hold the access token: ask for it, renew it in time, and notice when nobody takes it any more.

How a token is asked for, and how often, is the business of the callable that is handed in. It does not repeat the
platform's calls either: whoever was refused says so with ``refused``, and asks for the token again.
"""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from runner.clock import Clock
from runner.errors import CredentialsRefused
from runner.model.secret import Secret

_LOG = logging.getLogger(__name__)

MOST_REFUSALS = 3
"""So many refusals in a row, of tokens issued after a first refusal, and the credentials are given up."""

_LONGEST_MARGIN_SECONDS = 300.0
_MARGIN_SHARE = 0.1
# The old exchange said milliseconds (docs: API authentication, 86399992); no token lasts eleven days.
_MILLISECONDS_ABOVE = 1_000_000
_TRY_AGAIN_SECONDS = 10.0
"""How long a renewal that failed ahead of time is left alone: the present token still serves."""
_REMEDY = (
    "Check org_id, and that the project in the Developer Console has the Experience Platform API and a product "
    "profile. A ready access_token cannot be renewed: it has probably expired, so set a new one."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A token as it was issued. ``expires_in`` is in seconds, or huge and in milliseconds; None: it is not known."""

    secret: Secret
    expires_in: float | None


Issue = Callable[[], Awaitable[Issued]]
"""Asks for a token; raises CredentialsRefused or PlatformUnreachable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token. ``number`` counts from 1, so that late news of an old token is known as such."""

    secret: Secret
    number: int


class TokenSource:
    """Gives out the token that is valid now."""

    def __init__(self, *, issue: Issue, clock: Clock) -> None:
        self._issue = issue
        self._clock = clock
        self._current: Token | None = None
        self._issued = 0
        self._renew_at = math.inf
        self._expires_at = math.inf
        self._renewing: asyncio.Task[Token] | None = None
        self._first_refused: Token | None = None
        """Whose refusal began the present row of refusals."""
        self._refusals = 0
        self._is_ready = False
        """Whether the token that was refused last is issued again as it was: then there is no other."""

    async def token(self) -> Token:
        """Return a token that is valid as far as anyone knows.

        However many callers wait, one request is made; a caller that is cancelled does not stop it for the others.
        Raises CredentialsRefused, and PlatformUnreachable when the token endpoint gives no answer.
        """
        now = self._clock.monotonic()
        if self._current and now < self._renew_at:
            return self._current
        self._refuse_when_given_up()
        renewal = self._renewal()
        if self._current and now < self._expires_at:
            return self._current  # it still serves while the next one is on its way
        return await asyncio.shield(renewal)

    def refused(self, token: Token) -> None:
        """Take note that the platform refused this token.

        News of a token that was replaced meanwhile counts for nothing. Raises CredentialsRefused when the credentials
        are given up.
        """
        if self._current and self._current.number == token.number:
            self._current = None
            self._is_ready = bool(
                self._first_refused and token.secret == self._first_refused.secret
            )
            if self._first_refused is None:
                self._first_refused = token
            else:
                # A ready token is issued again as it was: then the first refusal was of this very token.
                self._refusals += 2 if self._is_ready and not self._refusals else 1
        self._refuse_when_given_up()

    def accepted(self, token: Token) -> None:
        """Take note that the platform took this token."""
        if self._first_refused and token.number > self._first_refused.number:
            self._first_refused = None
            self._refusals = 0

    def seconds_left(self) -> float | None:
        """Return how long the present token is good for; None: there is none, or nobody said how long it lasts."""
        if self._current is None or self._expires_at == math.inf:
            return None
        return max(0.0, self._expires_at - self._clock.monotonic())

    async def close(self) -> None:
        """Stop a renewal that is under way."""
        if self._renewing:
            self._renewing.cancel()
            await asyncio.wait([self._renewing])

    def _refuse_when_given_up(self) -> None:
        if self._refusals < MOST_REFUSALS:
            return
        raise CredentialsRefused(
            f"the platform refused the access token {self._refusals} times in a row, renewals included.",
            remedy=_REMEDY,
            may_pass=not self._is_ready,  # whoever issues new tokens takes the credentials
        )

    def _renewal(self) -> asyncio.Task[Token]:
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._renew())
            self._renewing.add_done_callback(self._renewed)
        return self._renewing

    def _renewed(self, task: asyncio.Task[Token]) -> None:
        self._renewing = None
        # The failure is asked for here, so that asyncio never reports it as forgotten.
        if not task.cancelled() and (failure := task.exception()) and self._current:
            _LOG.warning("the access token could not be renewed ahead of time: %s", failure)
            self._renew_at = min(self._clock.monotonic() + _TRY_AGAIN_SECONDS, self._expires_at)

    async def _renew(self) -> Token:
        asked_at = self._clock.monotonic()
        issued = await self._issue()
        _refuse_unsendable(issued.secret)
        lifetime = _lifetime_seconds(issued.expires_in)
        self._issued += 1
        self._expires_at = asked_at + lifetime
        self._renew_at = self._expires_at - min(_LONGEST_MARGIN_SECONDS, lifetime * _MARGIN_SHARE)
        self._current = Token(secret=issued.secret, number=self._issued)
        return self._current


def _refuse_unsendable(secret: Secret) -> None:
    """A token is visible ASCII only: anything else could end the header it is sent in."""
    if not secret.reveal or not all("!" <= character <= "~" for character in secret.reveal):
        raise CredentialsRefused(
            "the access token is empty, or holds a blank, a line end or a sign that no token has.",
            remedy="Set access_token again, without anything around it.",
            may_pass=False,
        )


def _lifetime_seconds(expires_in: float | None) -> float:
    """Return the lifetime; endless where nothing usable is said: then a refusal is what ends it."""
    if expires_in is None or not 0 < expires_in < math.inf:
        return math.inf
    return expires_in / 1000 if expires_in > _MILLISECONDS_ABOVE else expires_in
