"""Make one call with aiohttp, and say truly whether it can have been sent.

It never repeats anything and follows no redirect. That aiohttp repeats a request on a connection that went stale is
so only for methods it holds to be idempotent, of which POST is none (aiohttp 3, ``IDEMPOTENT_METHODS``).
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from inspect import signature
from typing import Any

import aiohttp
from yarl import URL

from runner import __version__
from runner.clock import Clock
from runner.masking import KnownSecrets
from runner.model.spec import Timeouts
from runner.transport.addresses import origin_of, proxy_for
from runner.transport.certificates import verifying_context
from runner.transport.receiving import ACCEPTED_ENCODINGS, read_body
from runner.transport.reply import Call, Failure, FailureKind, Lasting, Reply
from runner.transport.sending import CURRENT, CheckedRequest, Sending, TooLate
from runner.transport.words import LOGIN_WANTED, Way, lasting, reason

_KEEP_IDLE_SECONDS = 4.0
"""Shorter than servers keep idle connections (five seconds is the shortest usual setting). A POST that leaves on a
connection which the other side is just closing would get no answer, and its run would have to be looked into."""

_LONGEST_FIELD = 128 * 1024
_MOST_FIELDS = 512
"""Of an answer's headers. Gateways and proxies add to them, and an answer to a re-trigger that cannot be read leaves a
run unresolved; but nobody fills our memory."""

_LONGEST_HEADER = 200

_FIRST_REFUSAL = 300

_TOO_LATE = Failure(
    kind=FailureKind.NOT_SENT,
    message="its time to leave had passed before a connection was there",
)


class Http:
    """A session of calls."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        clock: Clock,
        environment: Mapping[str, str],
        secrets: KnownSecrets,
    ) -> None:
        self._session = session
        self._secrets = secrets
        self._clock = clock
        self._environment = environment
        self._proxies: dict[str, str | None] = {}

    async def call(self, call: Call) -> Reply | Failure:
        """Make one call; it leaves at most once where the method is POST.

        Raises nothing but what cancels it, and UsageError for a proxy in the environment that cannot be used.
        """
        url = call.url
        proxy = self._proxy(url)
        sending = Sending(clock=self._clock, send_by=call.send_by, leaves=call.leaves)
        CURRENT.set(sending)
        try:
            sending.check()
            response = await self._session.request(
                call.method,
                URL(url, encoded=True),
                headers=call.headers,
                data=call.body,
                allow_redirects=False,
                proxy=proxy,
            )
            try:
                body, cut = await read_body(response, most_bytes=call.most_bytes)
            finally:
                response.release()  # closes the connection where the body was not read to its end
            if response.status == LOGIN_WANTED:
                return _login_wanted(origin_of(url))
            return _reply(
                response,
                self._without_secrets(body, call, status=response.status),
                cut=cut,
                secrets=self._secrets,
            )
        except TooLate:
            return _TOO_LATE
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            return Failure(
                kind=FailureKind.NO_ANSWER if sending.has_left else FailureKind.NOT_SENT,
                message=reason(
                    error,
                    way=Way(origin_of(url), proxy, self._environment),
                    timeout=self._session.timeout,
                ),
                lasting=lasting(error),
            )

    def _without_secrets(self, body: bytes, call: Call, *, status: int) -> bytes:
        """Others' words are kept and shown, a secret of ours that they repeat never is."""
        if call.asks_for_token:
            return body
        if status < _FIRST_REFUSAL:
            return self._secrets.masked_success(body)
        return self._secrets.masked_refusal(body)

    def _proxy(self, url: str) -> str | None:
        origin = origin_of(url)
        if origin not in self._proxies:
            self._proxies[origin] = proxy_for(url, self._environment)
        return self._proxies[origin]


@asynccontextmanager
async def open_http(
    *,
    timeouts: Timeouts,
    at_once: int,
    clock: Clock,
    environment: Mapping[str, str],
    secrets: KnownSecrets,
) -> AsyncIterator[Http]:
    """Open a session; closed with its connections when the block ends.

    Certificates are always verified (``certificates.py`` says against whom); raises UsageError where a variable names
    none. No cookie is kept, and no
    ``~/.netrc`` is read, which aiohttp would do if it were to look for proxies itself.
    """
    connector = aiohttp.TCPConnector(
        limit=at_once,
        ssl=verifying_context(environment),
        keepalive_timeout=_KEEP_IDLE_SECONDS,
    )
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(
            total=timeouts.request_seconds, connect=timeouts.connect_seconds
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        request_class=CheckedRequest,
        auto_decompress=False,
        trust_env=False,
        max_line_size=_LONGEST_FIELD,
        max_field_size=_LONGEST_FIELD,
        **_most_fields(),
        headers={
            "User-Agent": f"retrigger/{__version__}",
            "Accept-Encoding": ACCEPTED_ENCODINGS,
        },
    ) as session:
        yield Http(session, clock=clock, environment=environment, secrets=secrets)


def _most_fields() -> dict[str, Any]:
    """Return the option for it, which aiohttp has from the version on that limits them."""
    has_limit = "max_headers" in signature(aiohttp.ClientSession.__init__).parameters
    return {"max_headers": _MOST_FIELDS} if has_limit else {}


def _reply(
    response: aiohttp.ClientResponse, body: bytes, *, cut: bool, secrets: KnownSecrets
) -> Reply:
    """Return an answer; a secret of ours that a header repeats is taken out: others' words are kept and shown."""

    def header(name: str) -> str:
        return _plain(secrets.masked_answer(response.headers.get(name, "")))

    return Reply(
        status=response.status,
        body=body,
        cut=cut,
        content_type=header("Content-Type"),
        retry_after=response.headers.get("Retry-After"),
        date=response.headers.get("Date"),
        request_id=header("X-Request-Id"),
        location=header("Location"),
    )


def _login_wanted(host: str) -> Failure:
    """Return what a 407 means that came in an answer's place: a proxy that nobody named stopped the call."""
    fact = f"a proxy on the way to {host} wants a user and password (HTTP 407)"
    lead = "name it, with them, in HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT"
    return Failure(
        kind=FailureKind.NOT_SENT, message=f"{fact}: {lead}", lasting=Lasting.PROXY_LOGIN
    )


def _plain(value: str) -> str:
    """Cut a header's value short; bytes that are no UTF-8 arrive as lone surrogates, which nothing can store."""
    short = value[:_LONGEST_HEADER]
    return short if short.isascii() else short.encode("utf-8", errors="replace").decode()
