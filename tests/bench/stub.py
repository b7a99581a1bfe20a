"""A platform for measuring: a bare protocol that answers at once (or after a latency), in a process of its own.

It holds the runs of ``flows`` flows, all failed, and accepts every re-trigger. It is far faster than any client, so
that what is measured is the client.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from urllib.parse import parse_qs, unquote, urlsplit

PAGE = 100
_HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: r\r\nContent-Length: {}\r\n\r\n"


def run_id(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


def flow_id(number: int) -> str:
    return f"{number:08x}-1111-4000-8000-000000000000"


class Stub:
    """What the platform holds."""

    def __init__(self, *, runs: int, flows: int) -> None:
        self.runs = runs
        self.flows = flows
        self.posts = 0

    def answer(self, method: str, target: str) -> bytes:
        if method == "POST" and "/action?" in target:
            self.posts += 1
            return _answer({"id": run_id(0x80000000 + self.posts), "etag": '"new"'})
        parts = urlsplit(target)
        query = parse_qs(parts.query)
        name = parts.path.rsplit("/", 1)[-1]
        if name == "v3":
            return _answer({"access_token": "token", "token_type": "bearer", "expires_in": 86399})
        if name == "sandbox-management" or parts.path.endswith("sandbox-management/"):
            sandbox = {"name": "prod", "state": "active", "type": "production", "region": "VA7"}
            return _answer({"sandboxes": [sandbox]})
        if name == "runs":
            return self._runs(query)
        if name == "flows":
            return _answer({"items": [_flow(unquoted) for unquoted in _values(query, "id==")]})
        spec = {"id": name, "attributes": {"isSourceFlow": True, "frequency": "batch"}}
        return _answer({"items": [spec]})

    def _runs(self, query: dict[str, list[str]]) -> bytes:
        wanted = _values(query, "id==")
        if wanted:
            return _answer({"items": [self._run(int(one[:8], 16)) for one in wanted]})
        # As the platform does: newest first, and only the flows that are asked for.
        flows = [int(one[:8], 16) for one in _values(query, "flowId==")]
        numbers = self._newest_first(flows)
        start = int(query.get("continuationToken", ["0"])[0])
        page = numbers[start : start + PAGE]
        body: dict[str, object] = {"items": [self._run(number) for number in page]}
        if start + PAGE < len(numbers):
            body["_links"] = {"next": {"href": f"/runs?continuationToken={start + PAGE}"}}
        return _answer(body)

    def _newest_first(self, flows: list[int]) -> Sequence[int]:
        if not flows:
            return range(self.runs - 1, -1, -1)
        found = [number for flow in flows for number in range(flow, self.runs, self.flows)]
        return sorted(found, reverse=True)

    def _run(self, number: int) -> dict[str, object]:
        created = 1_700_000_000_000 + number
        status = {
            "status": "failed",
            "errors": [{"code": "CONNECTOR-1001-500", "message": "Error in copying."}],
        }
        return {
            "id": run_id(number),
            "flowId": flow_id(number % self.flows),
            "etag": f'"etag-{number}"',
            "createdAt": created,
            "updatedAt": created,
            "createdBy": "acp_foundation_connectors@AdobeID",
            "createdClient": "acp_foundation_connectors",
            "metrics": {"durationSummary": {"startedAtUTC": created}, "statusSummary": status},
            "activities": [],
        }


def _values(query: dict[str, list[str]], name: str) -> list[str]:
    for expression in query.get("property", []):
        if expression.startswith(name):
            return unquote(expression[len(name) :]).split(",")
    return []


def _flow(one: str) -> dict[str, object]:
    return {
        "id": one,
        "name": f"flow {one[:8]}",
        "state": "enabled",
        "flowSpec": {"id": "s", "version": "1"},
    }


def _answer(body: object) -> bytes:
    text = json.dumps(body).encode()
    return _HEAD.format(len(text)).encode() + text


class _Connection(asyncio.Protocol):
    def __init__(self, stub: Stub, latency: float) -> None:
        self._stub = stub
        self._latency = latency
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].decode("latin-1")
            length = 0
            for line in head.split("\r\n")[1:]:
                if line[:15].lower() == "content-length:":
                    length = int(line[15:])
            if len(self._buffer) < end + 4 + length:
                return
            self._buffer = self._buffer[end + 4 + length :]
            method, target, _ = head.split(" ", 2)
            answer = self._stub.answer(method, target)
            if self._latency:
                asyncio.get_running_loop().call_later(self._latency, self._transport.write, answer)
            else:
                self._transport.write(answer)


async def serve(runs: int, flows: int, latency: float) -> None:
    loop = asyncio.get_running_loop()
    stub = Stub(runs=runs, flows=flows)
    server = await loop.create_server(lambda: _Connection(stub, latency), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201  # the driver reads the port
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
