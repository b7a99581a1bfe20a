"""Make reads: through the gate, with a token, repeated while it may help. Reads change nothing, so all may be repeated.

What cannot be had is an error that says what was asked, what came back, and what to do.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from runner.auth import MOST_REFUSALS, Token, TokenSource
from runner.client.classify import GATEWAY_LASTING_CODES, GATEWAY_PASSING_CODES, TOKEN_CODES
from runner.client.faults import fault_of, tells_of_expired_secret
from runner.client.json_values import parsed
from runner.client.server_time import ServerTime
from runner.client.unreachable import lasting_trouble
from runner.clock import Clock
from runner.errors import (
    CannotGoOn,
    CredentialsRefused,
    PlatformRefused,
    PlatformUnreachable,
    RetryBudgetSpent,
)
from runner.limits import Sign
from runner.model.text import terminal
from runner.model.words import SandboxName
from runner.retry import (
    GiveUp,
    RetryPolicy,
    Wait,
    after_passing_fault,
)
from runner.transport import Call, Failure, Reply, Wire

_LOG = logging.getLogger("runner.client")
_MOST_BYTES = 32 * 1024 * 1024
_SERVER_ERRORS = 500
_NEVER_PASS = frozenset({501, 505})
"""What a server does not implement it will not implement in a minute (RFC 9110, 15.6.2 and 15.6.6)."""
_TOO_MANY = 429
_OVERLOADED = frozenset({_TOO_MANY, 500, 502, 503, 504})
"""Signs of too much load, or of a platform that is not well."""
_BAD_REQUEST = 400
_NOT_FOUND = 404
_ABSENT_NUMBERS = frozenset({"1430", "1439"})
SANDBOX_NUMBERS = frozenset({"2100", "2101", "2106"})
"""Of Flow Service's catalogue: the sandbox is not there (2100-404, 2101-404, 2106-404)."""
_LONGEST_LIST = 300
_CREDENTIALS = (
    "Check org_id, client_id, and that the credentials have a product profile in this organisation."
)
_PERMISSIONS = "Check the sandbox's name and the permissions of these credentials there."
_EXPIRED = "A secret has expired, of these credentials or of the source: set a new one."

OnWait = Callable[[str, float], None]
"""Told what is tried again, with why, and after how many seconds."""


class ReadGate(Protocol):
    """Says when a read may leave."""

    def reading(self, sandbox: SandboxName) -> AbstractAsyncContextManager[None]:
        """Wait for a place and hold it for one read."""
        ...

    def heard(
        self,
        sandbox: SandboxName,
        sign: Sign,
        *,
        sent_at: float,
        said: str = "",
        wait_seconds: float | None = None,
    ) -> bool:
        """Learn from an answer what the platform bears; return whether it is news."""
        ...

    def may_retry(self) -> bool:
        """Count another try of a call, if there is budget left for it."""
        ...


@dataclass(slots=True)
class Reader:
    """Reads from one platform as one client."""

    http: Wire
    base: str
    headers: Mapping[str, str]
    """Of every call but the token: key, organisation."""
    tokens: TokenSource
    policy: RetryPolicy
    gate: ReadGate
    clock: Clock
    chance: Callable[[], float]
    on_wait: OnWait = lambda *_: None
    """Told before a call is made again after a while."""
    sandboxes: frozenset[SandboxName] | None = None
    """Those that these credentials can see; None: it is not known."""
    time: ServerTime = field(init=False)
    """The platform's."""
    _warned: set[str] = field(default_factory=set, repr=False)
    _headers: dict[SandboxName, tuple[int, dict[str, str]]] = field(
        default_factory=dict, repr=False
    )

    def __post_init__(self) -> None:
        """Begin without knowing the platform's time."""
        self.time = ServerTime(self.clock)

    async def get(self, sandbox: SandboxName, path: str) -> object:
        """Return the JSON answer to a read.

        Args:
            sandbox: which; empty for what belongs to none.
            path: below the base, encoded, with its query.

        Raises:
            CredentialsRefused, PlatformUnreachable, PlatformRefused.
        """
        return await self._get(sandbox, path, may_be_absent=False)

    async def look_up(self, sandbox: SandboxName, path: str) -> object:
        """Return the JSON answer to a read of one thing by its id, or None where the platform does not show it.

        Arguments and errors are those of ``get``.
        """
        return await self._get(sandbox, path, may_be_absent=True)

    async def _get(self, sandbox: SandboxName, path: str, *, may_be_absent: bool) -> object:
        attempt, refusals = 1, 0
        while True:
            token = await self.tokens.token()
            outcome, sent_at = await self._call_once(sandbox, path, token)
            if isinstance(outcome, Reply) and outcome.status not in _OVERLOADED:
                self.gate.heard(sandbox, Sign.FINE, sent_at=sent_at)
            if isinstance(outcome, Reply) and outcome.status < 300:  # noqa: PLR2004  # successes
                self.tokens.accepted(token)
                value = None if outcome.cut else parsed(outcome.body)
                if value is not None:
                    return value
            elif may_be_absent and isinstance(outcome, Reply) and says_absent(outcome):
                self.tokens.accepted(token)
                return None
            elif isinstance(outcome, Reply) and _refuses_token(outcome):
                self.tokens.refused(token)
                refusals += 1
                if (
                    refusals > MOST_REFUSALS
                ):  # though others' tokens are taken: it is this very thing
                    raise self._refused(outcome, sandbox, path)
                continue
            wait = self._before_another(sandbox, path, outcome, attempt)
            self._count_retry(sandbox, path, outcome, wait, sent_at=sent_at)
            self.on_wait(f"{_place(sandbox, path)}: {_said(outcome)}", wait.seconds)
            await self.clock.sleep(wait.seconds)
            attempt += 1

    def warn_once(self, words: str) -> None:
        """Warn of what is wrong but can be lived with; the same words once."""
        if words not in self._warned:
            self._warned.add(words)
            _LOG.warning("%s", terminal(words))

    def headers_for(self, sandbox: SandboxName, token: Token) -> dict[str, str]:
        """Return a call's headers, made once for each sandbox and token."""
        known = self._headers.get(sandbox)
        if known and known[0] == token.number:
            return known[1]
        headers = {**self.headers, "Authorization": f"Bearer {token.secret.reveal}"}
        if sandbox:
            headers["x-sandbox-name"] = sandbox
        self._headers[sandbox] = (token.number, headers)
        return headers

    async def _call_once(
        self, sandbox: SandboxName, path: str, token: Token
    ) -> tuple[Reply | Failure, float]:
        call = Call(
            method="GET",
            url=f"{self.base}{path}",
            headers=self.headers_for(sandbox, token),
            most_bytes=_MOST_BYTES,
        )
        async with self.gate.reading(sandbox):
            sent_at = self.clock.monotonic()
            outcome = await self.http.call(call)
        if isinstance(outcome, Reply):
            self.time.learn(outcome)
            _LOG.debug("GET %s: HTTP %s, %s bytes", path, outcome.status, len(outcome.body))
        else:
            _LOG.debug("GET %s: %s", path, outcome.message)
        return outcome, sent_at

    def _before_another(
        self, sandbox: SandboxName, path: str, outcome: Reply | Failure, attempt: int
    ) -> Wait:
        """Return how long to wait before another attempt, or raise what ends them."""
        if trouble := lasting_trouble(outcome, what=_place(sandbox, path)):
            raise trouble
        asked_to_wait = None
        if isinstance(outcome, Reply):
            if not _may_pass(outcome):
                raise self._refused(outcome, sandbox, path)
            asked_to_wait = self.time.asked_to_wait(outcome)
        step = after_passing_fault(
            self.policy, attempt=attempt, asked_to_wait=asked_to_wait, chance=self.chance()
        )
        if isinstance(step, GiveUp):
            raise _given_up(outcome, sandbox, path, step)
        if step.cut_from:
            _LOG.warning(
                "the platform asks for a wait of %g s; it is asked again in %g s (retry.longest_wait)",
                step.cut_from,
                step.seconds,
            )
        return step

    def _refused(self, reply: Reply, sandbox: SandboxName, path: str) -> CannotGoOn:
        """Return what a refusal means: of what a person has to mend, and what may pass."""
        fault = fault_of(reply)
        words = fault.words.rstrip(".")
        message = f"{_place(sandbox, path)}: the platform refuses: HTTP {reply.status}: {words}."
        has_expired = tells_of_expired_secret(parsed(reply.body))
        is_outright = fault.gateway_code in GATEWAY_LASTING_CODES
        if is_outright or _refuses_token(reply):
            remedy = _EXPIRED if has_expired else _CREDENTIALS
            return CredentialsRefused(message, remedy=remedy, may_pass=not is_outright)
        if 300 <= reply.status < 400:  # noqa: PLR2004  # redirects
            message = f"{_place(sandbox, path)}: the platform sends us to {reply.location[:200]}; not followed."
            return PlatformRefused(message, remedy="Write the right platform_url into the spec.")
        is_unlisted = bool(sandbox) and self.sandboxes is not None and sandbox not in self.sandboxes
        if fault.numbers & SANDBOX_NUMBERS or is_unlisted:
            return PlatformRefused(message, remedy=self._right_name(), may_pass=False)
        return PlatformRefused(message, remedy=_EXPIRED if has_expired else _PERMISSIONS)

    def _right_name(self) -> str:
        seen = ", ".join(sorted(self.sandboxes or ()))[:_LONGEST_LIST]
        told = f"; these can see {seen or 'no sandbox'}" if self.sandboxes is not None else ""
        return f"Check the sandbox's name and that these credentials have access to it{told}."

    def _count_retry(
        self,
        sandbox: SandboxName,
        path: str,
        outcome: Reply | Failure,
        wait: Wait,
        *,
        sent_at: float,
    ) -> None:
        """Tell the gate of the platform's load, and count another attempt; raise where the budget is spent.

        What was throttled together counts once: it was under way before anybody could know.
        """
        is_news = True
        if isinstance(outcome, Reply) and outcome.status in _OVERLOADED:
            is_throttled = outcome.status == _TOO_MANY
            is_news = self.gate.heard(
                sandbox,
                Sign.TOO_MUCH if is_throttled else Sign.UNWELL,
                sent_at=sent_at,
                said=f"HTTP {outcome.status}",
                wait_seconds=wait.seconds if is_throttled and wait.by_platform else None,
            )
            is_news = is_news or not is_throttled
        if is_news and not self.gate.may_retry():
            raise RetryBudgetSpent(
                f"{_place(sandbox, path)}: {_said(outcome)}; the retry budget (retry.budget) is spent.",
                remedy="Wait until the platform is well again; then run it again.",
            )


def says_absent(reply: Reply) -> bool:
    """Whether the service says that the thing itself is not there: not its sandbox, and not somebody else speaking.

    The catalogue lists "not found" as 1439-400, the samples have FLOW-1439-404 (docs: Flow Service errors, labels).
    """
    fault = fault_of(reply)
    if reply.status == _NOT_FOUND:
        return fault.is_readable and not fault.gateway_code and not fault.numbers & SANDBOX_NUMBERS
    return reply.status == _BAD_REQUEST and bool(fault.numbers & _ABSENT_NUMBERS)


def _refuses_token(reply: Reply) -> bool:
    return reply.status == 401 or fault_of(reply).gateway_code in TOKEN_CODES  # noqa: PLR2004  # unauthorised


def _may_pass(reply: Reply) -> bool:
    """A read may be repeated after a fault of the server's, a throttling, or an answer that could not be read."""
    return (
        reply.status < 300  # noqa: PLR2004  # a success that could not be read
        or (reply.status >= _SERVER_ERRORS and reply.status not in _NEVER_PASS)
        or reply.status in (408, 425, 429)
        or fault_of(reply).gateway_code in GATEWAY_PASSING_CODES
    )


def _place(sandbox: SandboxName, path: str) -> str:
    what = path.partition("?")[0]
    return f"reading {what} of sandbox {sandbox}" if sandbox else f"reading {what}"


def _said(outcome: Reply | Failure) -> str:
    if isinstance(outcome, Failure):
        return outcome.message
    if outcome.status < 300:  # noqa: PLR2004  # a success that could not be read
        return f"HTTP {outcome.status} whose body broke off"
    return f"HTTP {outcome.status}: {fault_of(outcome).words}"


def _given_up(outcome: Reply | Failure, sandbox: SandboxName, path: str, step: GiveUp) -> Exception:
    if isinstance(outcome, Reply) and outcome.status < 300 and not outcome.cut:  # noqa: PLR2004  # not the platform
        return PlatformRefused(
            f"{_place(sandbox, path)}: HTTP {outcome.status} whose body is no JSON ({step.because}).",
            remedy="Check connection.platform_url: another service, or a page to log in, seems to answer there.",
        )
    return PlatformUnreachable(
        f"{_place(sandbox, path)}: {_said(outcome)} ({step.because}).",
        remedy="Check the network, the proxy (HTTPS_PROXY) and platform_url; then run it again.",
    )
