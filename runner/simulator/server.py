"""The simulated platform over HTTP, on this machine only, and its own control calls under ``/_simulator``.

Thin: it turns requests into calls and carries deliveries out, broken ones included. Answers are decided in
``simulated_platform``. It always binds to 127.0.0.1, so that nothing outside this machine can reach it.
"""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import formatdate

from aiohttp import web

from runner.clock import Clock, SystemClock
from runner.errors import RetriggerError, UsageError
from runner.simulator.calls import Call, Delivery, Reply
from runner.simulator.replies import json_reply
from runner.simulator.scenario import Scenario
from runner.simulator.simulated_platform import Platform

HOST = "127.0.0.1"
_CONTROL = "/_simulator/"
_PIECES = 20
_CHUNK = b" " * (1 << 16)
_CLOSING_SECONDS = 0.2
# l_onoff=1, l_linger=0: closing sends RST, and what was not sent yet is thrown away.
_RESET = struct.pack("ii", 1, 0)


class VirtualClock:
    """The wall clock, moved forward by hand."""

    def __init__(self, clock: Clock, *, offset_seconds: float | None) -> None:
        self._clock = clock
        self._offset_ms = int((offset_seconds or 0) * 1000)
        self.may_advance = offset_seconds is not None

    def now_ms(self) -> int:
        """Return epoch milliseconds as the platform sees them."""
        return self._clock.now_ms() + self._offset_ms

    def advance(self, seconds: float) -> None:
        """Move forward; raises UsageError on a clock that is not virtual, and for a step back."""
        if not self.may_advance:
            raise UsageError(
                "The simulator runs on the machine's clock.", remedy="Start it with a clock offset."
            )
        if seconds < 0:
            raise UsageError("Time does not go back.", remedy="Give seconds above zero.")
        self._offset_ms += int(seconds * 1000)


@dataclass(frozen=True, slots=True)
class Served:
    """A simulated platform that is listening. ``url`` serves as platform address and as token service alike."""

    platform: Platform
    clock: VirtualClock
    port: int

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://{HOST}:{self.port}"

    def ledger(self) -> dict[str, object]:
        """Return every request and every accepted re-trigger."""
        return self.platform.ledger.whole()

    def summary(self) -> dict[str, object]:
        """Return the ledger's totals and duplicates."""
        return self.platform.ledger.summary()

    def advance(self, seconds: float) -> None:
        """Move the virtual clock forward, and let what falls due happen; raises UsageError."""
        self.clock.advance(seconds)
        self.platform.catch_up()


@asynccontextmanager
async def serve(
    scenario: Scenario,
    *,
    port: int = 0,
    clock: Clock | None = None,
    clock_offset_seconds: float | None = None,
) -> AsyncIterator[Served]:
    """Serve a scenario on 127.0.0.1 until the block ends; port 0 takes any free one.

    With ``clock_offset_seconds`` (0 will do) the platform's clock is virtual and can be advanced. Raises OSError when
    the port is taken, UsageError for a scenario that contradicts itself.
    """
    machine = clock or SystemClock()
    virtual = VirtualClock(machine, offset_seconds=clock_offset_seconds)
    platform = Platform(scenario, now_ms=virtual.now_ms)
    listening = socket.create_server((HOST, port))
    served = Served(platform, virtual, listening.getsockname()[1])
    handler = _Handler(served, sleep=machine.sleep)
    server = web.Server(handler.handle, access_log=None)
    runner = web.ServerRunner(server, shutdown_timeout=_CLOSING_SECONDS)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        yield served
    finally:
        await runner.cleanup()
        listening.close()


class _Handler:
    """Requests in, responses out."""

    def __init__(self, served: Served, *, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._served = served
        self._sleep = sleep
        self._controls: dict[tuple[str, str], Callable[[bytes], object]] = {
            ("GET", "ledger"): lambda _: served.ledger(),
            ("GET", "ledger/summary"): lambda _: served.summary(),
            ("POST", "faults"): self._replace_faults,
            ("POST", "advance"): self._advance,
            ("POST", "revoke-tokens"): self._revoke_tokens,
        }

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        body = await request.read()
        url = request.rel_url
        if url.path.startswith(_CONTROL):
            reply = self._control(request.method, url.path.removeprefix(_CONTROL), body)
            return self._response(reply)
        call = Call(
            method=request.method,
            path=url.path,
            query=tuple(url.query.items()),
            raw_query=url.raw_query_string,
            headers=request.headers,
            body=body,
        )
        delivery = self._served.platform.handle(call)
        if delivery.late_seconds:
            await self._sleep(delivery.late_seconds)
        return await self._carry_out(request, delivery)

    async def _carry_out(self, request: web.BaseRequest, delivery: Delivery) -> web.StreamResponse:
        if delivery.manner == "whole":
            return self._response(delivery.reply)
        if delivery.manner == "dropped":
            _reset(request)
            return web.Response()
        reply = delivery.reply
        response = self._streamed(reply, length=len(reply.body) + delivery.padding_bytes)
        try:
            await response.prepare(request)
            await self._stream(request, response, delivery)
        except ConnectionError:
            pass  # the client had enough; nothing is left to be told
        return response

    async def _stream(
        self, request: web.BaseRequest, response: web.StreamResponse, delivery: Delivery
    ) -> None:
        body = delivery.reply.body
        if delivery.manner == "cut":
            await response.write(body[: len(body) // 2])
            _close(request)
            return
        if delivery.manner == "drip":
            await self._drip(response, body, seconds=delivery.drip_seconds)
        else:
            await response.write(body)
            for sent in range(0, delivery.padding_bytes, len(_CHUNK)):
                await response.write(_CHUNK[: delivery.padding_bytes - sent])
        await response.write_eof()

    async def _drip(self, response: web.StreamResponse, body: bytes, *, seconds: float) -> None:
        size = max(1, -(-len(body) // _PIECES))
        for start in range(0, len(body), size):
            await response.write(body[start : start + size])
            await self._sleep(seconds / _PIECES)

    def _response(self, reply: Reply) -> web.Response:
        return web.Response(body=reply.body, status=reply.status, headers=self._headers(reply))

    def _streamed(self, reply: Reply, *, length: int) -> web.StreamResponse:
        headers = {**self._headers(reply), "Content-Length": str(length)}
        return web.StreamResponse(status=reply.status, headers=headers)

    def _headers(self, reply: Reply) -> dict[str, str]:
        date = formatdate(self._served.clock.now_ms() / 1000, usegmt=True)
        return {"Content-Type": reply.content_type, "Date": date, **dict(reply.headers)}

    def _control(self, method: str, what: str, body: bytes) -> Reply:
        control = self._controls.get((method, what))
        if control is None:
            return json_reply({"error": f"{method} {_CONTROL}{what} is not a control"}, status=404)
        try:
            answer = control(body)
        except (RetriggerError, ValueError) as error:
            return json_reply({"error": str(error)}, status=400)
        return Reply(status=200, body=json.dumps(answer).encode())

    def _replace_faults(self, body: bytes) -> object:
        entries: object = json.loads(body)
        if not isinstance(entries, list):
            raise UsageError("The body is a list of faults, as in a scenario.")
        self._served.platform.replace_faults(entries)
        return {"faults": len(entries)}

    def _advance(self, body: bytes) -> object:
        seconds = _mapping(body).get("seconds")
        if not isinstance(seconds, (int, float)):
            raise UsageError('The body is {"seconds": a number}.')
        self._served.advance(seconds)
        return {"now_ms": self._served.clock.now_ms()}

    def _revoke_tokens(self, body: bytes) -> object:
        for_ever = bool(_mapping(body or b"{}").get("for_ever"))
        self._served.platform.tokens.revoke(for_ever=for_ever)
        return {"revoked": True, "for_ever": for_ever}


def _mapping(body: bytes) -> Mapping[str, object]:
    found: object = json.loads(body)
    return found if isinstance(found, dict) else {}


def _reset(request: web.BaseRequest) -> None:
    """Reset the connection, as a network does that forgot about it."""
    transport = request.transport
    if transport is None:
        return
    wire: socket.socket | None = transport.get_extra_info("socket")
    if wire is not None:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()


def _close(request: web.BaseRequest) -> None:
    transport = request.transport
    if isinstance(transport, asyncio.WriteTransport):
        transport.close()
