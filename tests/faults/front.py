"""What stands between us and the simulated platform and breaks connections: it passes calls on, or strikes one.

What befalls a struck call, by word:

    reset           the connection is reset, and the platform never sees the call
    close           it is closed without a word, and the platform never sees the call
    not http        nonsense is answered, and the platform never sees the call
    reset after     the platform acts; the connection is reset instead of an answer
    close after     the platform acts; the connection is closed instead of an answer
    half a head     the platform acts; the answer breaks off within its headers
    half a body     the platform acts; the answer breaks off within its body
    silence         the platform acts; nothing is ever answered
    twice           the platform acts; its answer is sent twice over, so that one is left on the connection
    answer, close   the platform acts and answers; the connection that was to be kept is closed at once
    answer, gone    the platform acts and answers; then nobody listens any more, and every connection is dropped
"""

import asyncio
import re
import socket
import ssl
import struct
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from runner.simulator.calls import route

_RESET = struct.pack("ii", 1, 0)
UNSEEN = frozenset({"reset", "close", "not http"})
"""The words of calls that never reach the platform."""
Strikes = Callable[[str, int], bool]
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CONNECTION = re.compile(rb"\r\nconnection: *[^\r]*", re.IGNORECASE)


@dataclass
class Front:
    """A listening front; ``strikes`` says, by kind of call and its place among its like, which calls are struck."""

    platform_port: int
    strikes: Strikes
    befalls: str
    keeps_alive: bool
    tls: ssl.SSLContext | None = None
    port: int = 0
    met: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    _server: asyncio.Server | None = None
    _talks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def listen(self) -> None:
        """Begin to listen; at the same port where it was before."""
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop_listening(self) -> None:
        """Refuse every connection from now on, and drop those there are."""
        if self._server:
            self._server.close()
        others = [talk for talk in self._talks if talk is not asyncio.current_task()]
        for talk in others:
            talk.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._talks.add(task)
        self.connections += 1
        try:
            while await self._one_call(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._talks.discard(task)

    async def _one_call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Pass one call on, or strike it; return whether the connection goes on."""
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(_length(head))
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        kind = route(method, target.partition("?")[0]).kind
        self.met[kind] += 1
        befalls = self.befalls if self.strikes(kind, self.met[kind]) else ""
        answer = b"" if befalls in UNSEEN else await self._of_platform(head, body)
        return await self._carry_out(befalls, answer, writer)

    async def _of_platform(self, head: bytes, body: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.platform_port)
        try:
            alone = _CONNECTION.sub(b"", head)[:-4] + b"\r\nConnection: close\r\n\r\n"
            writer.write(alone + body)
            answer = await reader.read(-1)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
        head, mark, rest = answer.partition(b"\r\n\r\n")
        kept = b"\r\nConnection: keep-alive" if self.keeps_alive else b"\r\nConnection: close"
        return _CONNECTION.sub(b"", head) + kept + mark + rest

    async def _carry_out(self, befalls: str, answer: bytes, writer: asyncio.StreamWriter) -> bool:
        head_size = answer.find(b"\r\n\r\n") + 4
        match befalls:
            case "reset" | "reset after":
                wire: socket.socket = writer.get_extra_info("socket")
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                writer.transport.abort()
                return False
            case "close" | "close after":
                return False
            case "silence":
                await asyncio.Event().wait()  # until the front is gone
            case "not http":
                answer = b"whatever it is, it is not HTTP\r\n\r\n"
            case "half a head":
                answer = answer[: head_size // 2]
            case "half a body":
                answer = answer[: (head_size + len(answer)) // 2]
            case "twice":
                answer += answer
        writer.write(answer)
        await writer.drain()
        if befalls == "answer, gone":
            await self.stop_listening()
        return self.keeps_alive and befalls in ("", "twice")


def _length(head: bytes) -> int:
    found = _LENGTH.search(head)
    return int(found.group(1)) if found else 0


@asynccontextmanager
async def fronted(
    platform_port: int,
    *,
    strikes: Strikes,
    befalls: str,
    keeps_alive: bool,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Front]:
    """Stand before a platform until the block ends."""
    front = Front(platform_port, strikes, befalls, keeps_alive, tls)
    await front.listen()
    try:
        yield front
    finally:
        await front.stop_listening()
