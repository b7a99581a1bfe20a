"""A server between the command and the simulated platform that repeats what it was sent in whatever it says."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import escape
from urllib.parse import parse_qs, quote

import aiohttp
from aiohttp import web

Answer = Callable[["Heard"], web.Response | None]
"""What is said to a call; None breaks the connection."""


@dataclass(frozen=True)
class Heard:
    """What a call carried."""

    authorization: str
    form: str

    @property
    def words(self) -> str:
        """All of it, as it came and in the writings that servers use."""
        secrets = [self.authorization.removeprefix("Bearer "), *self.form_values, self.form]
        writings = [*secrets, *map(quote, secrets), *map(escape, secrets)]
        writings += ["".join(f"%{ord(one):02X}" for one in secret[:40]) for secret in secrets]
        return f"{self.authorization} {' '.join(writings)}"

    @property
    def form_values(self) -> list[str]:
        return [value for values in parse_qs(self.form).values() for value in values]

    @property
    def cut(self) -> str:
        """The beginning of the worst of it, as one word."""
        return (self.authorization or self.form[self.form.find("client_secret=") + 14 :])[:60]


@dataclass
class Hostile:
    """Which calls are answered how, by kind (``token``, ``retrigger``, ``get``); all others reach the platform."""

    behind: str
    url: str = ""
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    repeated: int = 0
    """How many calls got a hostile answer."""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        heard = Heard(request.headers.get("Authorization", ""), body.decode())
        if heard.authorization:
            self.tokens.add(heard.authorization.removeprefix("Bearer "))
        answers = self.answers.get(_kind(request))
        if not answers:
            return await self._forward(request, body)
        answer = answers[self.repeated % len(answers)](heard)
        self.repeated += 1
        if answer is None:
            _reset(request)
            return web.Response()
        return answer

    async def _forward(self, request: web.Request, body: bytes) -> web.Response:
        headers = {key: one for key, one in request.headers.items() if key.lower() != "host"}
        headers.pop("Accept-Encoding", None)
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                request.method,
                f"{self.behind}{request.raw_path}",
                headers=headers,
                data=body or None,
            ) as reply,
        ):
            return web.Response(
                status=reply.status,
                body=await reply.read(),
                headers={"Content-Type": reply.headers.get("Content-Type", "text/plain")},
            )


def _kind(request: web.Request) -> str:
    if request.path.startswith("/ims"):
        return "token"
    return "retrigger" if request.method == "POST" else "get"


def _reset(request: web.Request) -> None:
    assert request.transport
    plain = request.transport.get_extra_info("socket")
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()


@asynccontextmanager
async def hostile_before(url: str) -> AsyncIterator[Hostile]:
    """Serve on loopback before the server at this address."""
    hostile = Hostile(url)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", hostile.handle)
    runner = web.AppRunner(app, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    hostile.url = f"http://127.0.0.1:{port}"
    try:
        yield hostile
    finally:
        await runner.cleanup()
        await asyncio.sleep(0)


# What it says


def flow_service(status: int) -> Answer:
    """Flow Service's shape."""

    def answer(heard: Heard) -> web.Response:
        report = {"detailed-message": f"bad credentials: {heard.words}"}
        return _json(
            status, {"type": f"x {heard.cut}", "title": heard.words, "report": report}, heard
        )

    return answer


def gateway(status: int, code: str) -> Answer:
    """The gateway's shape."""
    return lambda heard: _json(status, {"error_code": code, "message": heard.words}, heard)


def oauth(status: int) -> Answer:
    """The token service's shape; a code of letters alone could be a secret."""
    return lambda heard: _json(
        status, {"error": heard.cut, "error_description": heard.words}, heard
    )


def escaped(status: int) -> Answer:
    """JSON in which each character is escaped."""

    def answer(heard: Heard) -> web.Response:
        words = "".join(f"\\u{ord(one):04x}" for one in heard.words)
        return web.Response(status=status, text=f'{{"message": "{words}"}}')

    return answer


def page(status: int) -> Answer:
    """A page."""
    return lambda heard: web.Response(
        status=status,
        text=f"<html><h1>Error</h1><pre>{heard.words}</pre></html>",
        content_type="text/html",
        headers={"X-Request-Id": heard.cut},
    )


def redirect(heard: Heard) -> web.Response:
    """To an address that carries what was sent."""
    target = f"https://elsewhere.example.com/?{'x' * 100}&back={heard.authorization or heard.form}"
    return web.Response(status=302, headers={"Location": target.replace(" ", "%20")})


def reset(_: Heard) -> None:
    """Nothing at all."""


def _json(status: int, body: object, heard: Heard) -> web.Response:
    return web.Response(
        status=status,
        text=json.dumps(body).replace("/", "\\/"),
        content_type="application/json",
        headers={"X-Request-Id": f"id-{heard.cut}"},
    )
