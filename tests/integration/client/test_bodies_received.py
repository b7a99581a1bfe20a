"""Bodies that are cut, packed, endless or strange: kept as far as they came, and never more than the bound."""

import gzip
import tracemalloc
import zlib
from inspect import signature
from typing import Any

import aiohttp
import pytest

from runner.transport import Failure, FailureKind, Reply

URL_PATH = "/data/foundation/flowservice/runs"
MIB = 1 << 20


@pytest.fixture
def got(http: Any, call_of: Any, serve: Any, say: Any) -> Any:
    """Return what comes of a call that is answered with these bytes."""

    async def get(*parts: bytes, most_bytes: int = MIB, request: float = 20.0) -> Reply:
        server = await serve(say(*parts))
        session = await http(request=request)
        outcome = await session.call(call_of(server.base + URL_PATH, most_bytes=most_bytes))
        assert isinstance(outcome, Reply)
        return outcome

    return get


async def test_an_answer_is_told_with_the_headers_that_matter(got: Any, http_answer: Any) -> None:
    headers = (
        "Content-Type: application/json\r\nRetry-After: 38\r\nX-Request-Id: abc\r\n"
        "Date: Thu, 20 Nov 2025 00:00:00 GMT\r\nServer: APIP\r\nLocation: /x\r\n"
    )
    reply = await got(http_answer(b'{"id":"x"}', status="429 Too Many Requests", headers=headers))
    assert reply == Reply(
        status=429,
        body=b'{"id":"x"}',
        cut=False,
        content_type="application/json",
        retry_after="38",
        date="Thu, 20 Nov 2025 00:00:00 GMT",
        request_id="abc",
        location="/x",
    )


@pytest.mark.parametrize(("count", "size"), [(1, 8_200), (1, 128_000), (500, 100), (60, 9_000)])
async def test_an_answer_with_long_or_many_headers_is_read(
    got: Any, http_answer: Any, count: int, size: int
) -> None:
    headers = "".join(f"X-Number-{number}: {'y' * size}\r\n" for number in range(count))
    reply = await got(http_answer(b'{"id":"new"}', headers=f"{headers}X-Request-Id: abc\r\n"))
    assert (reply.status, reply.body, reply.request_id) == (200, b'{"id":"new"}', "abc")


COUNTS_HEADERS = "max_headers" in signature(aiohttp.ClientSession.__init__).parameters
UNCOUNTED = pytest.mark.skipif(not COUNTS_HEADERS, reason="this aiohttp bounds each header alone")


@pytest.mark.parametrize(("count", "size"), [(1, 140_000), pytest.param(600, 10, marks=UNCOUNTED)])
async def test_headers_without_end_are_not_read_and_told(
    *, http: Any, call_of: Any, serve: Any, say: Any, http_answer: Any, count: int, size: int
) -> None:
    headers = "".join(f"X-Number-{number}: {'y' * size}\r\n" for number in range(count))
    server = await serve(say(http_answer(headers=headers)))
    outcome = await (await http()).call(call_of(server.base + URL_PATH))
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.NO_ANSWER
    assert "headers that are too long or too many" in outcome.message


async def test_absent_headers_are_empty(got: Any, http_answer: Any) -> None:
    assert await got(http_answer(b"")) == Reply(
        status=200,
        body=b"",
        cut=False,
        content_type="",
        retry_after=None,
        date=None,
        request_id="",
        location="",
    )


async def test_headers_that_are_long_or_no_text_can_be_kept(got: Any) -> None:
    raw = (
        b"HTTP/1.1 200 OK\r\nX-Request-Id: \xff\xfe"
        + b"y" * 1000
        + b"\r\nContent-Length: 0\r\n\r\n"
    )
    reply = await got(raw)
    assert reply.request_id == "??" + "y" * 198


@pytest.mark.parametrize("length", [0, 1, 65_536, MIB])
async def test_a_body_up_to_the_bound_is_whole(got: Any, http_answer: Any, length: int) -> None:
    reply = await got(http_answer(b"x" * length))
    assert (len(reply.body), reply.cut) == (length, False)


async def test_a_body_beyond_the_bound_is_cut_at_it(got: Any, http_answer: Any) -> None:
    reply = await got(http_answer(b"x" * (MIB + 1)))
    assert (len(reply.body), reply.cut) == (MIB, True)


async def test_a_body_in_chunks_is_put_together(got: Any) -> None:
    reply = await got(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"3\r\nabc\r\n",
        b"2\r\nde\r\n0\r\n\r\n",
    )
    assert (reply.body, reply.cut) == (b"abcde", False)


@pytest.mark.parametrize(
    "head", ["Content-Length: 1000\r\n", "Transfer-Encoding: chunked\r\n"], ids=["length", "chunks"]
)
async def test_a_body_that_breaks_off_is_kept_as_far_as_it_came(
    http: Any, call_of: Any, serve: Any, head: str
) -> None:
    start = b"7\r\n" if "chunked" in head else b""

    async def break_off(conversation: Any) -> None:
        await conversation.request()
        await conversation.say(f"HTTP/1.1 200 OK\r\n{head}\r\n".encode() + start + b'{"id":"')

    server = await serve(break_off)
    reply = await (await http()).call(call_of(server.base + URL_PATH))
    assert isinstance(reply, Reply)
    assert (reply.status, reply.body, reply.cut) == (200, b'{"id":"', True)


async def test_a_body_that_drips_is_cut_by_the_total_timeout(
    http: Any, call_of: Any, serve: Any
) -> None:
    async def drip(conversation: Any) -> None:
        await conversation.request()
        await conversation.say(b"HTTP/1.1 503 Busy\r\nContent-Length: 1000\r\n\r\nab")
        await conversation.server.go_on.wait()

    server = await serve(drip)
    reply = await (await http(request=0.1)).call(call_of(server.base + URL_PATH))
    assert isinstance(reply, Reply)
    assert (reply.status, reply.body, reply.cut) == (503, b"ab", True)


async def test_a_body_without_end_stops_at_the_bound(http: Any, call_of: Any, serve: Any) -> None:
    sent = 0

    async def flood(conversation: Any) -> None:
        nonlocal sent
        await conversation.request()
        await conversation.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
        block = b"x" * 65_536
        while sent < 1 << 30:
            await conversation.say(block)
            sent += len(block)

    server = await serve(flood)
    session = await http()
    tracemalloc.start()
    reply = await session.call(call_of(server.base + URL_PATH, most_bytes=MIB))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(reply, Reply)
    assert (len(reply.body), reply.cut) == (MIB, True)
    assert sent < 64 * MIB
    assert peak < 32 * MIB


async def test_a_bomb_of_a_quarter_gigabyte_is_not_unpacked(
    http: Any, call_of: Any, serve: Any, say: Any, http_answer: Any
) -> None:
    packer = zlib.compressobj(9, wbits=31)
    zeros = b"\0" * MIB
    bomb = b"".join(packer.compress(zeros) for _ in range(256)) + packer.flush()
    server = await serve(say(http_answer(bomb, headers="Content-Encoding: gzip\r\n")))
    session = await http()
    tracemalloc.start()
    reply = await session.call(call_of(server.base + URL_PATH, most_bytes=2 * MIB))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(reply, Reply)
    assert (len(reply.body), reply.cut) == (2 * MIB, True)
    assert peak < 32 * MIB


PLAIN = b'{"id":"new"}' * 10


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(PLAIN)),
        ("GZIP", gzip.compress(PLAIN)),
        ("x-gzip", gzip.compress(PLAIN)),
        ("deflate", zlib.compress(PLAIN)),
        ("deflate", zlib.compress(PLAIN)[2:-4]),
        ("identity", PLAIN),
        ("", PLAIN),
    ],
    ids=["gzip", "upper case", "x-gzip", "deflate", "raw deflate", "identity", "empty"],
)
async def test_a_packed_body_is_unpacked(
    got: Any, http_answer: Any, encoding: str, packed: bytes
) -> None:
    reply = await got(http_answer(packed, headers=f"Content-Encoding: {encoding}\r\n"))
    assert (reply.body, reply.cut) == (PLAIN, False)


async def test_an_empty_body_that_is_said_to_be_packed_is_empty(got: Any, http_answer: Any) -> None:
    reply = await got(http_answer(b"", headers="Content-Encoding: gzip\r\n"))
    assert (reply.body, reply.cut) == (b"", False)


async def test_a_packed_body_that_is_cut_gives_what_could_be_unpacked(
    got: Any, http_answer: Any
) -> None:
    packed = gzip.compress(PLAIN)
    reply = await got(http_answer(packed[:-8], headers="Content-Encoding: gzip\r\n"))
    assert (reply.body, reply.cut) == (PLAIN, True)


@pytest.mark.parametrize(
    ("encoding", "body"), [("gzip", b"no gzip"), ("br", b"\x0b\x02"), ("zstd, gzip", b"x")]
)
async def test_what_cannot_be_unpacked_is_cut_and_empty(
    got: Any, http_answer: Any, encoding: str, body: bytes
) -> None:
    reply = await got(http_answer(body, headers=f"Content-Encoding: {encoding}\r\n"))
    assert (reply.body, reply.cut) == (b"", True)
