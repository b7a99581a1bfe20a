"""Open the way to one platform: session, tokens, reader, service."""

import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from runner.auth import Issue, Issued, TokenSource
from runner.client.classify import GATEWAY_LASTING_CODES
from runner.client.faults import tells_of_expired_secret
from runner.client.json_values import JsonObject, as_object, identifier, inner, parsed, text
from runner.client.reading import OnWait, Reader, ReadGate
from runner.client.server_time import ServerTime
from runner.client.service import FlowService
from runner.client.unreachable import lasting_trouble
from runner.clock import Clock
from runner.errors import (
    CannotGoOn,
    CredentialsRefused,
    PlatformUnreachable,
)
from runner.masking import KnownSecrets
from runner.model.secret import Secret
from runner.model.spec import Connection, OAuth, ReadyToken, RetrySettings, Timeouts
from runner.retry import GiveUp, RetryPolicy, after_passing_fault
from runner.transport import (
    Call,
    Failure,
    OpenWire,
    Reply,
    Wire,
    checked_base,
    checked_header,
    is_tls,
    open_http,
    proxy_for,
    refuse_nobody,
)

_LOG = logging.getLogger("runner.client")

_TOKEN_PATH = "/ims/token/v3"  # noqa: S105  # a path, of Adobe's guide to server-to-server credentials
_MOST_BYTES = 256 * 1024
_ERROR_CODE = re.compile(r"[a-z_]{1,40}|[0-9]{3,6}")
"""The codes of RFC 6749 and of the gateway; a secret has another look."""
_OUTRIGHT = frozenset(
    """invalid_client unauthorized_client invalid_grant invalid_scope invalid_request unsupported_grant_type
    access_denied""".split()  # noqa: SIM905  # words read better so
)
"""The codes of RFC 6749 (4.1.2.1 and 5.2) that no waiting changes."""
_CHECK = "Check client_id, client_secret and auth.scopes in the Developer Console; a secret may have expired."
_RENEW = (
    "Add a new client secret to the project in the Developer Console (two may be valid at once) and set it where the "
    "spec takes client_secret from."
)
_MOST_CONNECTIONS = 2000
"""Of the session; the gate keeps how many are used at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _TokenEndpoint:
    """Asks IMS for access tokens."""

    http: Wire
    auth: OAuth
    base: str
    policy: RetryPolicy
    clock: Clock
    chance: Callable[[], float]
    secrets: KnownSecrets
    on_wait: OnWait
    time: ServerTime
    """Its own: it is not the platform."""

    async def issue(self) -> Issued:
        """Ask until there is a token or a reason why there is none."""
        attempt = 0
        while True:
            attempt += 1
            outcome = await self.http.call(self._call())
            if isinstance(outcome, Reply):
                body = as_object(parsed(outcome.body))
                if outcome.status < 300 and (token := text(body, "access_token")):  # noqa: PLR2004  # successes
                    secret = Secret(token)
                    self.secrets.note(secret)
                    return Issued(secret=secret, expires_in=_number(body.get("expires_in")))
                code = self._error_code(body)
                if outcome.status < 500 and not _may_pass(outcome.status, code):  # noqa: PLR2004  # no server error
                    raise _refused(outcome.status, code, has_expired=tells_of_expired_secret(body))
            await self._wait(outcome, attempt)

    async def _wait(self, outcome: Reply | Failure, attempt: int) -> None:
        """Wait before another attempt, or raise what ends them."""
        what = f"no access token could be had from {self.base}"
        if trouble := lasting_trouble(outcome, what=what):
            raise trouble
        asked_to_wait, said = None, ""
        if isinstance(outcome, Reply):
            asked_to_wait = self.time.asked_to_wait(outcome)
            said = f"HTTP {outcome.status} without an access_token"
        else:
            said = outcome.message
        step = after_passing_fault(
            self.policy, attempt=attempt, asked_to_wait=asked_to_wait, chance=self.chance()
        )
        if isinstance(step, GiveUp):
            raise PlatformUnreachable(
                f"{what}: {said} ({step.because}).",
                remedy="Check the network, the proxy (HTTPS_PROXY) and connection.auth.ims_url; then run it again.",
            )
        _LOG.warning("no access token yet: %s; asking again in %.1f s", said, step.seconds)
        self.on_wait(f"no access token yet: {said}", step.seconds)
        await self.clock.sleep(step.seconds)

    def _error_code(self, body: JsonObject) -> str:
        """Return the error's code (RFC 6749, or the gateway's); its words may repeat what was sent: none is shown."""
        code = text(body, "error") or identifier(body, "error_code")
        code = code or text(inner(body, "error"), "code")
        sent = self.auth.client_secret.reveal
        return code if _ERROR_CODE.fullmatch(code) and code not in sent else ""

    def _call(self) -> Call:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.auth.client_id,
            "client_secret": self.auth.client_secret.reveal,
            "scope": ",".join(self.auth.scopes),
        }
        return Call(
            method="POST",
            url=self.base + _TOKEN_PATH,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(form).encode(),
            most_bytes=_MOST_BYTES,
            asks_for_token=True,
        )


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _may_pass(status: int, code: str) -> bool:
    return status < 300 or status in (408, 425, 429) or code == "temporarily_unavailable"  # noqa: PLR2004


def _refused(status: int, code: str, *, has_expired: bool) -> CannotGoOn:
    """Return the refusal: outright where the endpoint says that it is for the credentials, or what they ask for."""
    why = [code, "the client secret has expired" if has_expired else ""]
    fact = (
        f"the token endpoint refuses the credentials: HTTP {status}, "
        f"{': '.join(filter(None, why)) or 'without a reason'}."
    )
    is_outright = has_expired or code in _OUTRIGHT or code in GATEWAY_LASTING_CODES
    remedy = _RENEW if has_expired else _CHECK
    return CredentialsRefused(fact, remedy=remedy, may_pass=not is_outright)


@asynccontextmanager
async def open_flow_service(
    connection: Connection,
    *,
    timeouts: Timeouts,
    retry: RetrySettings,
    gate: ReadGate,
    clock: Clock,
    chance: Callable[[], float],
    environment: Mapping[str, str],
    secrets: KnownSecrets,
    open_wire: OpenWire | None = None,
    on_wait: OnWait = lambda *_: None,
) -> AsyncIterator[FlowService]:
    """Open Flow Service; closed when the block ends. Nothing is called yet.

    ``open_wire`` opens what makes the calls; None: the network. ``on_wait`` is told before a call is made again after a
    while.

    Raises:
        UsageError: an address is plain http beyond loopback, a value cannot stand in a header, or nobody is trusted.
    """
    base = checked_base(connection.platform_url, what="connection.platform_url")
    if open_wire is None:
        proxy_for(
            base, environment
        )  # what cannot be used is better told now than at the first call
        if any(map(is_tls, (base, *_token_base(connection.auth)))):
            refuse_nobody(environment)
    headers = {
        "x-api-key": checked_header(connection.auth.client_id, what="connection.auth.client_id"),
        "x-gw-ims-org-id": checked_header(connection.org_id, what="connection.org_id"),
        "Accept": "application/json",
    }
    policy = RetryPolicy.of(retry)
    async with (open_wire or open_http)(
        timeouts=timeouts,
        at_once=_MOST_CONNECTIONS,
        clock=clock,
        environment=environment,
        secrets=secrets,
    ) as http:
        issue = _issue_for(
            connection.auth,
            http=http,
            policy=policy,
            clock=clock,
            chance=chance,
            secrets=secrets,
            on_wait=on_wait,
        )
        reader = Reader(
            http=http,
            base=base,
            headers=headers,
            tokens=TokenSource(issue=issue, clock=clock),
            policy=policy,
            gate=gate,
            clock=clock,
            chance=chance,
            on_wait=on_wait,
        )
        service = FlowService(reader, http=http, operation=connection.operation)
        try:
            yield service
        finally:
            await service.close()


def _token_base(auth: OAuth | ReadyToken) -> tuple[str, ...]:
    return (auth.ims_url,) if isinstance(auth, OAuth) else ()


def _issue_for(
    auth: OAuth | ReadyToken,
    *,
    http: Wire,
    policy: RetryPolicy,
    clock: Clock,
    chance: Callable[[], float],
    secrets: KnownSecrets,
    on_wait: OnWait,
) -> Issue:
    secrets.note(auth.secret)
    if isinstance(auth, OAuth):
        base = checked_base(auth.ims_url, what="connection.auth.ims_url")
        return _TokenEndpoint(
            http=http,
            auth=auth,
            base=base,
            policy=policy,
            clock=clock,
            chance=chance,
            secrets=secrets,
            on_wait=on_wait,
            time=ServerTime(clock),
        ).issue
    issued = Issued(secret=auth.access_token, expires_in=None)

    async def same_again() -> Issued:
        return issued

    return same_again
