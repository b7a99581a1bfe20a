"""Servers on loopback that do what they are told byte by byte, certificates, and the calls made to them."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest

from runner.clock import Clock
from runner.masking import KnownSecrets
from runner.model.secret import Secret
from runner.model.spec import Timeouts
from runner.transport import Call, Http, open_http
from tests.fakes.clock import settle

Script = Callable[["Conversation"], Awaitable[None]]
PLANTED_TOKEN = "p8e-planted-token"


@dataclass
class Conversation:
    """One connection, seen from the server's side."""

    server: "ScriptedServer"
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int

    async def request(self) -> bytes:
        """Read one request, head and body; nothing when the other side is gone."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError) as gone:
            partial = gone.partial if isinstance(gone, asyncio.IncompleteReadError) else b""
            if partial:
                self.server.stray.append(partial)
            return b""
        lines = head.lower().split(b"\r\n")
        lengths = [int(line[15:]) for line in lines if line.startswith(b"content-length:")]
        whole = head + await self.reader.readexactly(lengths[0] if lengths else 0)
        self.server.requests.append(whole)
        self.server.arrived.set()
        return whole

    async def say(self, *parts: bytes) -> None:
        """Send bytes as they are."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()

    def reset(self) -> None:
        """Break the connection so that the other side sees a reset."""
        plain = self.writer.get_extra_info("socket")
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass
class ScriptedServer:
    """Runs a script for each connection and keeps what it was sent."""

    script: Script
    port: int = 0
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    stray: list[bytes] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    """For scripts that wait for the test."""
    tls: ssl.SSLContext | None = None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def base(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self.tasks.add(task)
        self.connections += 1
        try:
            await self.script(Conversation(self, reader, writer, self.connections))
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self.tasks.discard(task)


Serve = Callable[..., Awaitable[ScriptedServer]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start a server with a script; stopped, with every connection, when the test ends."""
    running: list[tuple[ScriptedServer, asyncio.Server]] = []

    async def start(script: Script, *, tls: ssl.SSLContext | None = None) -> ScriptedServer:
        scripted = ScriptedServer(script, tls=tls)
        server = await asyncio.start_server(scripted.talk, "127.0.0.1", 0, ssl=tls)
        scripted.port = server.sockets[0].getsockname()[1]
        running.append((scripted, server))
        return scripted

    yield start
    for scripted, server in running:
        server.close()
        tasks = list(scripted.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
    await settle()  # closed connections are let go one turn of the loop later


def answer(body: bytes = b"{}", *, status: str = "200 OK", headers: str = "") -> bytes:
    """A whole HTTP/1.1 answer."""
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.fixture
def say() -> Callable[..., Script]:
    """Return a script that answers every request with the same bytes."""

    def script(*parts: bytes) -> Script:
        async def talk(conversation: Conversation) -> None:
            while await conversation.request():
                await conversation.say(*parts)

        return talk

    return script


@pytest.fixture
def http_answer() -> Callable[..., bytes]:
    return answer


OpenHttp = Callable[..., Awaitable[Http]]


@pytest.fixture
async def http(clock: Clock) -> AsyncIterator[OpenHttp]:
    """Open sessions, closed when the test ends; a second is long enough for loopback, and short for a hanging test."""
    async with AsyncExitStack() as stack:

        async def opened(
            *,
            connect: float = 10.0,
            request: float = 20.0,
            at_once: int = 10,
            environment: Mapping[str, str] | None = None,
        ) -> Http:
            secrets = KnownSecrets()
            secrets.note(Secret(PLANTED_TOKEN))
            session = open_http(
                timeouts=Timeouts(connect_seconds=connect, request_seconds=request),
                at_once=at_once,
                clock=clock,
                environment=environment or {},
                secrets=secrets,
            )
            return await stack.enter_async_context(session)

        yield opened


MakeCall = Callable[..., Call]


@pytest.fixture
def call_of() -> MakeCall:
    """A call that carries a planted token."""

    def make(
        url: str, *, method: str = "POST", send_by: float | None = None, most_bytes: int = 1 << 20
    ) -> Call:
        return Call(
            method=method,
            url=url,
            headers={"Authorization": f"Bearer {PLANTED_TOKEN}", "x-sandbox-name": "prod"},
            body=b"client_secret=p8e-planted-secret" if method == "POST" else None,
            send_by=send_by,
            most_bytes=most_bytes,
        )

    return make
