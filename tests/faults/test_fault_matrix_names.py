"""Names that cannot be resolved and servers that cannot be trusted, at every kind of call, in mid-work: nothing is said
to them, what did not leave is made again, and nothing is looked for that surely never left.

Each call has a connection of its own here, since one that is kept asks for no name and shows no certificate.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from runner.simulator.calls import route
from runner.transport.http import Http
from runner.transport.reply import Call, Failure, Reply
from tests.fakes.certificates import Certificates
from tests.faults.front import Front, Strikes, fronted
from tests.faults.hall import RUNS, Hall, opened_hall
from tests.faults.test_fault_matrix_reads import READS, USUAL, every_kind

HOST = "platform.example.com"
SAYS = {
    "unknown": f"the name {HOST} cannot be resolved",
    "alone": f"the certificate of {HOST} is not trusted (self-signed certificate)",
    "other": f"the certificate of {HOST} is not trusted (Hostname mismatch",
    "plain": f"TLS with {HOST} failed",
}
"""What befalls a call, by word, and what we say of it: the name is unknown; or another server is there, which signs
itself, is vouched for under another name, or speaks no TLS."""

LASTING = {"alone", "other"}
"""What no other try mends: whoever answers there is not trusted."""

_STRUCK: ContextVar[bool] = ContextVar("_STRUCK", default=False)


@dataclass
class Names:
    """The name service of the test: it says of each call's host that it is the front, unless the call is struck."""

    front: Front
    strikes: Strikes
    astray: int | None = None
    """The port that struck calls are led to; None: their name is unknown."""
    met: Counter[str] = field(default_factory=Counter)
    struck: int = 0
    heard: list[bytes] = field(default_factory=list)
    """What those said who were led astray."""

    def watching(self, call: Callable[[Http, Call], object]) -> Callable[[Http, Call], object]:
        async def watched(http: Http, made: Call) -> Reply | Failure:
            kind = route(made.method, urlsplit(made.url).path).kind
            self.met[kind] += 1
            _STRUCK.set(self.strikes(kind, self.met[kind]))
            return await call(http, made)  # type: ignore[misc, no-any-return]  # it is Http.call

        return watched

    async def getaddrinfo(self, host: str, port: int, **_: object) -> list[object]:
        assert (host, port) == (HOST, self.front.port)
        if _STRUCK.get():
            self.struck += 1
            if self.astray is None:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            port = self.astray
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))]

    async def listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard.append(await reader.read(4096))
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()


@pytest.fixture
def patched(
    certificates: Certificates, _few_authorities: None, monkeypatch: pytest.MonkeyPatch
) -> pytest.MonkeyPatch:
    """Trust the authority of the tests, and ask for each connection's name anew, as after its time has passed."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    uncached = partial(aiohttp.TCPConnector, use_dns_cache=False)
    monkeypatch.setattr("runner.transport.http.aiohttp.TCPConnector", uncached)
    return monkeypatch


@asynccontextmanager
async def led_astray(
    folder: Path,
    patched: pytest.MonkeyPatch,
    certificates: Certificates,
    *,
    strikes: Strikes,
    befalls: str,
) -> AsyncIterator[tuple[Hall, Names]]:
    async with (
        opened_hall(folder) as hall,
        fronted(
            hall.served.port,
            strikes=lambda _, __: False,
            befalls="",
            keeps_alive=False,
            tls=certificates.server("server"),
        ) as front,
    ):
        names = Names(front, strikes)
        tls = certificates.server(befalls) if befalls in {"alone", "other"} else None
        server = await asyncio.start_server(names.listen, "127.0.0.1", 0, ssl=tls)
        if befalls != "unknown":
            names.astray = server.sockets[0].getsockname()[1]
        patched.setattr(Http, "call", names.watching(Http.call))
        patched.setattr(asyncio.get_running_loop(), "getaddrinfo", names.getaddrinfo)
        url = f"https://{HOST}:{front.port}"
        hall.environment |= {"AEP_URL": url, "IMS_URL": url}
        async with server:
            yield hall, names
        assert not any(b"HTTP" in said or b"Bearer" in said for said in names.heard)


every_way = pytest.mark.parametrize("befalls", SAYS)
passing_ways = pytest.mark.parametrize("befalls", sorted(SAYS.keys() - LASTING))
lasting_ways = pytest.mark.parametrize("befalls", sorted(LASTING))


@passing_ways
async def test_every_read_that_met_it_once_is_repeated(
    folder: Path, patched: pytest.MonkeyPatch, certificates: Certificates, befalls: str
) -> None:
    def every_read(kind: str, place: int) -> bool:
        return kind != "retrigger" and place % 2 == 1

    async with led_astray(folder, patched, certificates, strikes=every_read, befalls=befalls) as (
        hall,
        names,
    ):
        assert await hall.apply(**every_kind(hall)) == 0, hall.said
        hall.agree()
        assert hall.executions()[0].outcomes == {"retriggered": RUNS}
        assert names.met == {
            kind: count * (1 if kind == "retrigger" else 2) for kind, count in USUAL.items()
        }
        assert names.struck == sum(USUAL.values()) - USUAL["retrigger"]
        assert (hall.asked("retrigger"), len(hall.accepted)) == (RUNS, RUNS)


@passing_ways
@pytest.mark.parametrize("nth", [1, RUNS])
async def test_a_request_that_met_it_once_is_made_again_for_it_surely_never_left(
    folder: Path, patched: pytest.MonkeyPatch, certificates: Certificates, befalls: str, nth: int
) -> None:
    async with led_astray(
        folder,
        patched,
        certificates,
        strikes=lambda kind, place: (kind, place) == ("retrigger", nth),
        befalls=befalls,
    ) as (hall, names):
        assert await hall.apply() == 0, hall.said
        hall.agree()
        (stood,) = hall.executions()
        assert stood.outcomes == {"retriggered": RUNS}
        assert sorted(row.attempts for row in stood.rows) == [1, 1, 1, 2]
        assert {row.evidence for row in stood.rows} == {"response"}
        assert (names.struck, names.met["retrigger"]) == (1, RUNS + 1)
        assert (hall.asked("retrigger"), len(hall.accepted)) == (RUNS, RUNS)


@every_way
@pytest.mark.parametrize("call", READS)
async def test_a_read_that_always_meets_it_ends_the_work_and_says_why(
    folder: Path, patched: pytest.MonkeyPatch, certificates: Certificates, befalls: str, call: str
) -> None:
    async with led_astray(
        folder,
        patched,
        certificates,
        strikes=lambda kind, _: kind == call,
        befalls=befalls,
    ) as (hall, names):
        code = await hall.apply(**every_kind(hall))
        assert SAYS[befalls] in hall.said
        assert (code, hall.asked("retrigger")) == (7, 0), hall.said
        names.strikes = lambda _, __: False
        await hall.healed(**every_kind(hall))


@lasting_ways
@pytest.mark.parametrize("call", READS)
async def test_a_read_before_somebody_who_is_not_trusted_is_not_repeated(
    folder: Path, patched: pytest.MonkeyPatch, certificates: Certificates, befalls: str, call: str
) -> None:
    async with led_astray(
        folder,
        patched,
        certificates,
        strikes=lambda kind, place: (kind, place) == (call, 1),
        befalls=befalls,
    ) as (hall, names):
        assert await hall.apply(**every_kind(hall)) == 7, hall.said
        assert SAYS[befalls] in hall.said
        assert "`retrigger doctor` says whose certificates are trusted" in hall.said
        assert (names.struck, names.met[call], hall.asked("retrigger")) == (1, 1, 0)
        await hall.healed(**every_kind(hall))


@lasting_ways
@pytest.mark.parametrize("nth", [1, RUNS])
async def test_a_request_before_somebody_who_is_not_trusted_ends_the_work_and_none_is_lost(
    folder: Path, patched: pytest.MonkeyPatch, certificates: Certificates, befalls: str, nth: int
) -> None:
    async with led_astray(
        folder,
        patched,
        certificates,
        strikes=lambda kind, place: (kind, place) == ("retrigger", nth),
        befalls=befalls,
    ) as (hall, names):
        assert await hall.apply() == 7, hall.said
        hall.agree()
        (stood,) = hall.executions()
        assert stood.execution.state == "interrupted"
        assert SAYS[befalls] in stood.execution.stopped_because
        assert (names.struck, names.met["retrigger"]) == (1, nth)
        assert len(hall.accepted) == nth - 1
        assert stood.outcomes.get("not_attempted") == RUNS - nth + 1
        await hall.healed()
        assert names.met["retrigger"] == RUNS + 1


@passing_ways
async def test_requests_that_always_meet_it_are_none_and_none_is_lost(
    folder: Path, patched: pytest.MonkeyPatch, certificates: Certificates, befalls: str
) -> None:
    async with led_astray(
        folder,
        patched,
        certificates,
        strikes=lambda kind, _: kind == "retrigger",
        befalls=befalls,
    ) as (hall, names):
        assert await hall.apply() == 1, hall.said
        hall.agree()
        (stood,) = hall.executions()
        assert stood.outcomes == {"gave_up": RUNS}
        assert all(SAYS[befalls] in row.reason for row in stood.rows)
        assert (hall.asked("retrigger"), hall.accepted) == (0, {})
        names.strikes = lambda _, __: False
        await hall.healed()
