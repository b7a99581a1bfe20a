"""What is said of a call whose connection misbehaves: surely not sent, or perhaps; and that a POST leaves once."""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runner.transport import Failure, FailureKind, Lasting, Reply
from tests.fakes.clock import FakeClock, settle

PATH = "/data/foundation/flowservice/runs/1/action?op=re-trigger"


def not_sent(message: str) -> Failure:
    return Failure(kind=FailureKind.NOT_SENT, message=message)


def no_answer(message: str) -> Failure:
    return Failure(kind=FailureKind.NO_ANSWER, message=message)


@pytest.fixture
def closed_port() -> Any:
    """A port that refuses connections: bound, and nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


async def hang(conversation: Any) -> None:
    if await conversation.request():
        await conversation.server.go_on.wait()


# Surely not sent


async def test_a_refused_connection_means_not_sent(
    http: Any, call_of: Any, closed_port: int
) -> None:
    outcome = await (await http()).call(call_of(f"http://127.0.0.1:{closed_port}{PATH}"))
    assert outcome == not_sent(
        f"no connection to http://127.0.0.1:{closed_port} (Connect call failed ('127.0.0.1', {closed_port}))"
    ) or outcome == not_sent(
        f"no connection to http://127.0.0.1:{closed_port} (Connection refused)"
    )


async def test_a_name_that_cannot_be_resolved_means_not_sent(
    http: Any, call_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    outcome = await (await http()).call(call_of(f"https://platform.example.com{PATH}"))
    assert outcome == not_sent(
        "the name platform.example.com cannot be resolved (Name or service not known)"
    )


async def test_a_name_whose_resolving_takes_too_long_means_not_sent(
    http: Any, call_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: Any, **__: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)
    outcome = await (await http(connect=0.05)).call(call_of(f"https://platform.example.com{PATH}"))
    assert outcome == not_sent("no connection to https://platform.example.com within 0.05 s")


async def test_a_total_timeout_that_comes_while_connecting_means_not_sent(
    http: Any, call_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: Any, **__: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)
    session = await http(connect=10, request=0.05)
    outcome = await session.call(call_of(f"https://platform.example.com{PATH}"))
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.NOT_SENT


async def test_a_self_signed_certificate_means_not_sent(
    http: Any, call_of: Any, serve: Any, certificates: Any
) -> None:
    server = await serve(hang, tls=certificates.server("alone"))
    outcome = await (await http()).call(call_of(server.base + PATH))
    assert outcome == not_sent(
        "the certificate of 127.0.0.1 is not trusted (self-signed certificate); "
        "SSL_CERT_FILE can name a file with your organisation's own authorities"
    )
    assert outcome.lasting is Lasting.CERTIFICATE
    assert (server.requests, server.stray) == ([], [])


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
async def test_where_a_variable_names_certificates_it_is_named_and_not_advised(
    *, http: Any, call_of: Any, serve: Any, certificates: Any, variable: str
) -> None:
    server = await serve(hang, tls=certificates.server("alone"))
    session = await http(environment={variable: str(certificates.authority)})
    outcome = await session.call(call_of(server.base + PATH))
    held = f"{variable} ({certificates.authority}: 1 certificate)"
    assert f"what is trusted here: {held}" in outcome.message
    assert "can name a file" not in outcome.message


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize("form", ["file", "folder"])
async def test_an_authority_that_other_tools_are_told_of_is_trusted_here_too(
    *,
    http: Any,
    call_of: Any,
    serve: Any,
    say: Any,
    http_answer: Any,
    certificates: Any,
    variable: str,
    form: str,
) -> None:
    place = certificates.authority if form == "file" else certificates.hashed
    server = await serve(say(http_answer()), tls=certificates.server("server"))
    session = await http(environment={variable: str(place)})
    assert isinstance(await session.call(call_of(server.base + PATH)), Reply)


async def test_a_certificate_of_an_unknown_authority_means_not_sent(
    http: Any, call_of: Any, serve: Any, certificates: Any
) -> None:
    server = await serve(hang, tls=certificates.server("server"))
    outcome = await (await http()).call(call_of(server.base + PATH))
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.NOT_SENT
    assert "the certificate of 127.0.0.1 is not trusted (unable to get" in outcome.message


async def test_a_certificate_of_another_name_means_not_sent(
    http: Any, call_of: Any, serve: Any, certificates: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    server = await serve(hang, tls=certificates.server("other"))
    outcome = await (await http()).call(call_of(server.base + PATH))
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.NOT_SENT
    assert "IP address mismatch" in outcome.message
    assert "check the address, and who answers in its place" in outcome.message
    assert outcome.lasting is Lasting.CERTIFICATE


async def test_tls_spoken_to_a_server_without_it_means_not_sent(
    http: Any, call_of: Any, serve: Any
) -> None:
    async def plain(conversation: Any) -> None:
        await conversation.reader.read(1)
        await conversation.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    server = await serve(plain)
    outcome = await (await http()).call(call_of(f"https://127.0.0.1:{server.port}{PATH}"))
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.NOT_SENT
    assert outcome.message.startswith("TLS with 127.0.0.1 failed (")


async def test_a_server_that_takes_the_connection_but_never_greets_means_not_sent(
    http: Any, call_of: Any, serve: Any
) -> None:
    server = await serve(lambda conversation: conversation.server.go_on.wait())
    session = await http(connect=0.05)
    outcome = await session.call(call_of(f"https://127.0.0.1:{server.port}{PATH}"))
    assert outcome == not_sent(f"no connection to https://127.0.0.1:{server.port} within 0.05 s")


# Perhaps sent


async def test_a_reset_before_the_request_was_read_means_no_answer(
    http: Any, call_of: Any, serve: Any
) -> None:
    async def break_off(conversation: Any) -> None:
        conversation.reset()

    server = await serve(break_off)
    outcome = await (await http()).call(call_of(server.base + PATH))
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.NO_ANSWER
    assert server.connections == 1


@pytest.mark.parametrize("manner", ["reset", "close"])
async def test_a_connection_broken_after_the_request_was_read_means_no_answer(
    http: Any, call_of: Any, serve: Any, manner: str
) -> None:
    async def break_off(conversation: Any) -> None:
        await conversation.request()
        if manner == "reset":
            conversation.reset()

    server = await serve(break_off)
    outcome = await (await http()).call(call_of(server.base + PATH))
    assert outcome in (
        no_answer(f"{server.base} closed the connection before an answer came"),
        no_answer(f"the connection to {server.base} broke (Connection reset by peer)"),
    )
    assert len(server.requests) == 1
    assert server.connections == 1


async def test_silence_until_the_total_timeout_means_no_answer(
    http: Any, call_of: Any, serve: Any
) -> None:
    server = await serve(hang)
    outcome = await (await http(request=0.1)).call(call_of(server.base + PATH))
    assert outcome == no_answer(f"no answer from {server.base} within 0.1 s")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "garbage",
    [b"SSH-2.0-OpenSSH_9.6\r\n", b"\x00\x01\x02\r\n\r\n", b"HTTP/1.1 two hundred\r\n\r\n"],
)
async def test_an_answer_that_is_not_http_means_no_answer(
    http: Any, call_of: Any, serve: Any, garbage: bytes
) -> None:
    async def talk(conversation: Any) -> None:
        await conversation.request()
        await conversation.say(garbage)

    server = await serve(talk)
    outcome = await (await http()).call(call_of(server.base + PATH))
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.NO_ANSWER


async def test_headers_without_end_are_not_read_for_ever(
    http: Any, call_of: Any, serve: Any
) -> None:
    async def talk(conversation: Any) -> None:
        await conversation.request()
        await conversation.say(b"HTTP/1.1 200 OK\r\nX-Long: ")
        for _ in range(4096):
            await conversation.say(b"x" * 4096)

    server = await serve(talk)
    outcome = await (await http()).call(call_of(server.base + PATH))
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.NO_ANSWER


# Once


def after_the_first(break_off: Callable[[Any], None]) -> Callable[[Any], Any]:
    """A server that answers the first request of a connection, and on the second breaks the connection."""

    async def talk(conversation: Any) -> None:
        await conversation.request()
        await conversation.say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        if await conversation.request():
            break_off(conversation)

    return talk


@pytest.mark.parametrize("manner", ["reset", "close"])
@pytest.mark.parametrize(("method", "seen"), [("POST", 2), ("GET", 3)])
async def test_a_post_on_a_connection_that_went_stale_is_never_sent_again(
    *, http: Any, call_of: Any, serve: Any, manner: str, method: str, seen: int
) -> None:
    """A GET is sent again by aiohttp, which shows that this server would see it."""
    server = await serve(after_the_first(lambda each: each.reset() if manner == "reset" else None))
    session = await http()
    call = call_of(server.base + PATH, method=method)
    first, second = await session.call(call), await session.call(call)
    assert isinstance(first, Reply)
    assert isinstance(second, Failure if method == "POST" else Reply)
    if isinstance(second, Failure):
        assert second.kind is FailureKind.NO_ANSWER
    assert len(server.requests) == seen


async def test_a_connection_that_was_closed_while_idle_is_not_used(
    http: Any, call_of: Any, serve: Any
) -> None:
    async def one_answer_each(conversation: Any) -> None:
        await conversation.request()
        await conversation.say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    server = await serve(one_answer_each)
    session = await http()
    for _ in range(5):
        assert isinstance(await session.call(call_of(server.base + PATH)), Reply)
        await asyncio.gather(*server.tasks)
        await settle()
    assert server.connections == 5


async def test_calls_one_after_another_share_a_connection(
    http: Any, call_of: Any, serve: Any, say: Any, http_answer: Any
) -> None:
    server = await serve(say(http_answer()))
    session = await http()
    for _ in range(5):
        assert isinstance(await session.call(call_of(server.base + PATH)), Reply)
    assert (server.connections, len(server.requests)) == (1, 5)


async def test_a_cancelled_call_leaves_a_session_that_works(
    http: Any, call_of: Any, serve: Any, http_answer: Any
) -> None:
    async def second_time(conversation: Any) -> None:
        await conversation.request()
        if conversation.number > 1:
            await conversation.say(http_answer())
        await conversation.server.go_on.wait()

    server = await serve(second_time)
    session = await http(at_once=1)
    calling = asyncio.create_task(session.call(call_of(server.base + PATH)))
    await server.arrived.wait()
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    assert isinstance(await session.call(call_of(server.base + PATH)), Reply)
    assert server.connections == 2


# Send-by


async def test_a_call_whose_time_has_passed_does_not_even_connect(
    http: Any, call_of: Any, serve: Any, clock: FakeClock
) -> None:
    server = await serve(hang)
    outcome = await (await http()).call(call_of(server.base + PATH, send_by=clock.now))
    assert outcome == not_sent("its time to leave had passed before a connection was there")
    assert server.connections == 0


async def test_a_server_that_takes_the_connection_too_late_never_sees_the_request(
    *, http: Any, call_of: Any, serve: Any, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    resolve, resolving, go_on = loop.getaddrinfo, asyncio.Event(), asyncio.Event()

    async def slowly(*arguments: Any, **named: Any) -> Any:
        resolving.set()
        await go_on.wait()
        return await resolve(*arguments, **named)

    monkeypatch.setattr(loop, "getaddrinfo", slowly)
    server = await serve(hang)
    session = await http()
    url = f"http://localhost:{server.port}{PATH}"
    calling = asyncio.create_task(session.call(call_of(url, send_by=clock.now + 30)))
    await resolving.wait()
    await clock.advance(30)
    go_on.set()
    assert await calling == not_sent("its time to leave had passed before a connection was there")
    assert server.connections == 1
    await asyncio.gather(*server.tasks)
    assert (server.requests, server.stray) == ([], [])


async def test_a_tls_server_that_greets_too_late_never_sees_the_request(
    *,
    http: Any,
    call_of: Any,
    serve: Any,
    clock: FakeClock,
    certificates: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    tls = certificates.server("server")

    def time_passes(*_: Any) -> None:
        clock.now += 30

    tls.sni_callback = time_passes  # called in the middle of the handshake
    tls.maximum_version = ssl.TLSVersion.TLSv1_2  # in which the server's end is ready first
    server = await serve(hang, tls=tls)
    outcome = await (await http()).call(call_of(server.base + PATH, send_by=clock.now + 30))
    assert outcome == not_sent("its time to leave had passed before a connection was there")
    await asyncio.gather(*server.tasks)
    assert (server.connections, server.requests, server.stray) == (1, [], [])


async def test_a_call_that_waits_too_long_for_a_free_connection_is_not_sent(
    http: Any, call_of: Any, serve: Any, clock: FakeClock, http_answer: Any
) -> None:
    async def when_told(conversation: Any) -> None:
        while await conversation.request():
            await conversation.server.go_on.wait()
            await conversation.say(http_answer())

    server = await serve(when_told)
    session = await http(at_once=1)
    first = asyncio.create_task(session.call(call_of(server.base + PATH)))
    await server.arrived.wait()
    second = asyncio.create_task(session.call(call_of(server.base + PATH, send_by=clock.now + 30)))
    await settle()
    await clock.advance(30)
    server.go_on.set()
    assert isinstance(await first, Reply)
    assert await second == not_sent("its time to leave had passed before a connection was there")
    assert len(server.requests) == 1


async def test_a_call_within_its_time_is_sent(
    http: Any, call_of: Any, serve: Any, clock: FakeClock, say: Any, http_answer: Any
) -> None:
    server = await serve(say(http_answer()))
    outcome = await (await http()).call(call_of(server.base + PATH, send_by=clock.now + 0.001))
    assert isinstance(outcome, Reply)


# What leaves


async def test_the_request_is_on_the_wire_as_it_was_made(
    http: Any, call_of: Any, serve: Any, say: Any, http_answer: Any
) -> None:
    server = await serve(say(http_answer()))
    path = "/runs/a%2Fb%3F%23%20..%2E?property=id%3D%3Da%2Cb&x=%2B+%25&y=%e2%82%ac"
    await (await http()).call(call_of(server.base + path))
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    assert line == f"POST {path} HTTP/1.1"
    assert body == b"client_secret=p8e-planted-secret"
    names = {name.lower(): value for name, _, value in (each.partition(": ") for each in headers)}
    assert names.pop("user-agent").startswith("retrigger/")
    assert names == {
        "host": f"127.0.0.1:{server.port}",
        "authorization": "Bearer p8e-planted-token",
        "x-sandbox-name": "prod",
        "accept": "*/*",
        "accept-encoding": "gzip, deflate",
        "content-length": "32",
        "content-type": "application/octet-stream",
    }


async def test_cookies_are_not_kept(
    http: Any, call_of: Any, serve: Any, say: Any, http_answer: Any
) -> None:
    server = await serve(say(http_answer(headers="Set-Cookie: a=b; Path=/\r\n")))
    session = await http()
    for _ in range(2):
        await session.call(call_of(server.base + PATH))
    assert [b"cookie" in request.lower() for request in server.requests] == [False, False]


async def test_a_netrc_puts_nothing_on_our_requests(
    *,
    http: Any,
    serve: Any,
    say: Any,
    http_answer: Any,
    call_of: Any,
    monkeypatch: pytest.MonkeyPatch,
    working_folder: Path,
) -> None:
    netrc = working_folder / ".netrc"
    netrc.write_text(
        "machine 127.0.0.1 login nobody password p8e-netrc\ndefault login a password b\n"
    )
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(working_folder))
    monkeypatch.setenv("NETRC", str(netrc))
    server = await serve(say(http_answer()))
    session = await http()
    call = call_of(server.base + PATH)
    await session.call(type(call)(method="POST", url=call.url, headers={}, most_bytes=1000))
    assert b"authorization" not in server.requests[0].lower()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(
    http: Any, call_of: Any, serve: Any, say: Any, http_answer: Any, status: int
) -> None:
    elsewhere = await serve(hang)
    headers = f"Location: {elsewhere.base}/else\r\n"
    server = await serve(say(http_answer(b"", status=f"{status} Moved", headers=headers)))
    outcome = await (await http()).call(call_of(server.base + PATH))
    assert isinstance(outcome, Reply)
    assert (outcome.status, outcome.location) == (status, f"{elsewhere.base}/else")
    assert (elsewhere.connections, len(server.requests)) == (0, 1)


# Trust


async def test_an_authority_named_by_ssl_cert_file_is_trusted(
    *,
    http: Any,
    call_of: Any,
    serve: Any,
    say: Any,
    http_answer: Any,
    certificates: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    server = await serve(say(http_answer()), tls=certificates.server("server"))
    session = await http(environment={"SSL_CERT_FILE": str(certificates.authority)})
    outcome = await session.call(call_of(server.base + PATH))
    assert isinstance(outcome, Reply)


# Proxies


async def both_ways(
    near_in: asyncio.StreamReader,
    near_out: asyncio.StreamWriter,
    far_in: asyncio.StreamReader,
    far_out: asyncio.StreamWriter,
) -> None:
    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while part := await source.read(65536):
            sink.write(part)
        sink.close()

    try:
        await asyncio.gather(pump(near_in, far_out), pump(far_in, near_out), return_exceptions=True)
    finally:
        far_out.transport.abort()


def proxy_to(port: int) -> Callable[[Any], Any]:
    """A proxy whose every name is this machine's port: only it can resolve platform.example.com."""

    async def talk(conversation: Any) -> None:
        await conversation.request()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await conversation.say(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await both_ways(conversation.reader, conversation.writer, reader, writer)

    return talk


async def test_a_proxy_of_the_environment_is_used_and_learns_nothing(
    *,
    http: Any,
    call_of: Any,
    serve: Any,
    say: Any,
    http_answer: Any,
    certificates: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    server = await serve(say(http_answer(b'{"id":"new"}')), tls=certificates.server("server"))
    proxy = await serve(proxy_to(server.port))
    environment = {"HTTPS_PROXY": f"http://user:p8e-proxy@127.0.0.1:{proxy.port}"}
    session = await http(environment=environment)
    for _ in range(2):
        outcome = await session.call(call_of(f"https://platform.example.com{PATH}"))
        assert isinstance(outcome, Reply)
        assert outcome.body == b'{"id":"new"}'
    assert len(proxy.requests) == 1
    assert proxy.requests[0].startswith(b"CONNECT platform.example.com:443 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic dXNlcjpwOGUtcHJveHk=" in proxy.requests[0]
    assert b"p8e-planted" not in proxy.requests[0]
    assert [request.count(b"roxy-") for request in server.requests] == [0, 0]
    assert server.requests[0].startswith(f"POST {PATH} HTTP/1.1\r\n".encode())


async def test_a_proxy_that_does_not_connect_means_not_sent(
    http: Any, call_of: Any, serve: Any, say: Any, http_answer: Any
) -> None:
    proxy = await serve(say(http_answer(b"", status="407 Proxy Authentication Required")))
    session = await http(environment={"https_proxy": f"http://127.0.0.1:{proxy.port}"})
    outcome = await session.call(call_of(f"https://platform.example.com{PATH}"))
    assert outcome == not_sent(
        f"the proxy http://127.0.0.1:{proxy.port} does not connect to https://platform.example.com (HTTP 407): it "
        "wants a user and password in the proxy's address (HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT)"
    )
    assert outcome.lasting is Lasting.PROXY_LOGIN
    session = await http(environment={"https_proxy": f"http://me:p8e-pw@127.0.0.1:{proxy.port}"})
    outcome = await session.call(call_of(f"https://platform.example.com{PATH}"))
    assert "it refuses the user and password" in outcome.message
    assert "p8e" not in outcome.message


async def test_a_proxy_that_nobody_named_is_told_by_its_answer(
    http: Any, call_of: Any, serve: Any, say: Any, http_answer: Any
) -> None:
    server = await serve(say(http_answer(b"", status="407 Proxy Authentication Required")))
    session = await http(environment={})
    outcome = await session.call(call_of(f"http://127.0.0.1:{server.port}{PATH}"))
    assert outcome.kind is FailureKind.NOT_SENT
    assert outcome.lasting is Lasting.PROXY_LOGIN
    for fragment in ("a proxy on the way to", "HTTP 407", "HTTPS_PROXY=http://USER"):
        assert fragment in outcome.message


async def test_a_proxy_that_does_not_connect_today_may_do_so_later(
    http: Any, call_of: Any, serve: Any, say: Any, http_answer: Any
) -> None:
    proxy = await serve(say(http_answer(b"", status="503 Service Unavailable")))
    session = await http(environment={"https_proxy": f"http://127.0.0.1:{proxy.port}"})
    outcome = await session.call(call_of(f"https://platform.example.com{PATH}"))
    assert outcome.message == (
        f"the proxy http://127.0.0.1:{proxy.port} does not connect to https://platform.example.com (HTTP 503)"
    )
    assert outcome.lasting is None


async def test_a_proxy_that_is_not_there_means_not_sent(
    http: Any, call_of: Any, closed_port: int
) -> None:
    proxy = f"http://user:p8e-proxy@127.0.0.1:{closed_port}"
    session = await http(environment={"https_proxy": proxy})
    outcome = await session.call(call_of(f"https://platform.example.com{PATH}"))
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.NOT_SENT
    assert outcome.message.startswith(f"the proxy 127.0.0.1:{closed_port} cannot be reached (")
    assert "p8e" not in outcome.message


@pytest.mark.parametrize("manner", ["close", "silence"])
async def test_a_proxy_that_breaks_off_or_keeps_silent_means_not_sent(
    http: Any, call_of: Any, serve: Any, manner: str
) -> None:
    async def talk(conversation: Any) -> None:
        await conversation.request()
        if manner == "silence":
            await conversation.server.go_on.wait()

    proxy = await serve(talk)
    session = await http(connect=0.2, environment={"https_proxy": f"http://127.0.0.1:{proxy.port}"})
    outcome = await session.call(call_of(f"https://platform.example.com{PATH}"))
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.NOT_SENT


# Secrets


async def test_no_failure_and_no_log_shows_a_secret(
    *, http: Any, call_of: Any, serve: Any, closed_port: int, certificates: Any, caplog: Any
) -> None:
    caplog.set_level(logging.DEBUG)

    async def break_off(conversation: Any) -> None:
        await conversation.request()

    async def garbage(conversation: Any) -> None:
        echo = await conversation.request()
        await conversation.say(b"not http: " + echo)

    async def header_echo(conversation: Any) -> None:
        await conversation.request()
        await conversation.say(b"HTTP/1.1 200 OK\r\nAuthorization Bearer p8e-planted-token\r\n\r\n")

    bases = [f"http://127.0.0.1:{closed_port}"]
    bases += [(await serve(script)).base for script in (break_off, garbage, header_echo, hang)]
    bases.append((await serve(hang, tls=certificates.server("alone"))).base)
    session = await http(request=0.5, connect=0.2)
    calls = [call_of(base + PATH) for base in bases]
    outcomes = [await session.call(call) for call in calls]
    assert {type(outcome) for outcome in outcomes} == {Failure}
    shown = "".join(f"{thing!r} {thing}" for thing in (*outcomes, *calls, session))
    assert "p8e-planted" not in shown + caplog.text


@pytest.mark.parametrize(
    ("method", "status"),
    [
        ("POST", "200 OK"),  # an error can come under a 200
        ("POST", "400 Bad Request"),
        ("GET", "403 Forbidden"),
        ("GET", "200 OK"),
    ],
)
async def test_an_answer_that_repeats_our_token_is_kept_without_it(
    *,
    http: Any,
    call_of: Any,
    serve: Any,
    http_answer: Any,
    say: Any,
    method: str,
    status: str,
) -> None:
    echo = b'{"errorMessage": "Authorization: Bearer p8e-planted-token"}'
    server = await serve(say(http_answer(echo, status=status)))
    reply = await (await http()).call(call_of(server.base + PATH, method=method))
    assert isinstance(reply, Reply)
    assert reply.body == b'{"errorMessage": "Authorization: Bearer ***"}'


async def test_an_answer_to_who_asks_for_a_token_is_kept_as_it_is(
    http: Any, call_of: Any, serve: Any, http_answer: Any, say: Any
) -> None:
    issued = b'{"access_token": "p8e-planted-token"}'
    server = await serve(say(http_answer(issued)))
    call = replace(call_of(server.base + PATH), asks_for_token=True)
    reply = await (await http()).call(call)
    assert isinstance(reply, Reply)
    assert reply.body == issued
