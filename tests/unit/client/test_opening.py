"""The way to a platform is opened: addresses and headers checked, a token had, and no secret shown."""

import inspect
import logging
import re
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import Mock
from urllib.parse import parse_qs

import pytest
from aiohttp import ClientConnectionError, ClientResponse
from aioresponses import CallbackResult, aioresponses

from runner.client import FlowService, open_flow_service
from runner.errors import CannotGoOn, CredentialsRefused, PlatformUnreachable, UsageError
from runner.masking import KnownSecrets
from runner.model.answer import Accepted
from runner.model.secret import Secret
from runner.model.spec import Connection, OAuth, ReadyToken, RetrySettings, Timeouts
from runner.model.words import RunId, SandboxName

PLATFORM = "https://platform.example.com"
IMS = "https://ims.example.com/ims/token/v3"
ACTION = f"{PLATFORM}/data/foundation/flowservice/runs/r/action?op=re-trigger"
SECRET = "p8e-planted+/secret="
TOKEN = "p8e-planted-token"
PROD = SandboxName("prod")
OAUTH = OAuth(
    ims_url="https://ims.example.com/",
    client_id="the-client",
    client_secret=Secret(SECRET),
    scopes=("openid", "AdobeID"),
)
CONNECTION = Connection(
    platform_url=f"{PLATFORM}/", org_id="1@AdobeOrg", operation="re-trigger", auth=OAUTH
)
READY = ReadyToken(client_id="the-client", access_token=Secret(TOKEN))


class WholeClientResponse(ClientResponse):
    """aioresponses 0.7.9 leaves out an argument that aiohttp 3.14 wants (aioresponses issue 289)."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        if "stream_writer" in inspect.signature(ClientResponse.__init__).parameters:
            named.setdefault("stream_writer", Mock(output_size=0))
        super().__init__(*arguments, **named)


@pytest.fixture
def mocked() -> Iterator[aioresponses]:
    with aioresponses() as mock:
        yield mock


def issue(mock: aioresponses, **changes: Any) -> list[dict[str, Any]]:
    """Have the token endpoint answer, and return what it was asked."""
    asked: list[dict[str, Any]] = []

    def answer(_: Any, **named: Any) -> CallbackResult:
        asked.append(named)
        told = changes or {"payload": {"access_token": TOKEN, "expires_in": 86_399}}
        return CallbackResult(**told, response_class=WholeClientResponse)

    mock.post(IMS, callback=answer, repeat=True)
    return asked


def accept(mock: aioresponses) -> list[dict[str, Any]]:
    """Have the platform accept, and return what it was asked."""
    asked: list[dict[str, Any]] = []

    def answer(_: Any, **named: Any) -> CallbackResult:
        asked.append(named)
        return CallbackResult(payload={"id": "new"}, response_class=WholeClientResponse)

    mock.post(re.compile(re.escape(ACTION)), callback=answer, repeat=True)
    return asked


@pytest.fixture
def opened(gate: Any, clock: Any) -> Any:
    def opening(
        connection: Connection = CONNECTION, environment: dict[str, str] | None = None
    ) -> AbstractAsyncContextManager[FlowService]:
        return open_flow_service(
            connection,
            timeouts=Timeouts(connect_seconds=10, request_seconds=75),
            retry=RetrySettings(attempts=3, first_wait_seconds=1, longest_wait_seconds=60),
            gate=gate,
            clock=clock,
            chance=lambda: 0.5,
            environment=environment or {},
            secrets=KnownSecrets(),
        )

    return opening


async def retrigger(service: FlowService) -> Any:
    return await service.retrigger(PROD, RunId("r"), request_id="req", send_by=1e9)


async def test_a_token_is_asked_for_with_a_form_and_sent_with_every_call(
    opened: Any, mocked: aioresponses
) -> None:
    tokens, actions = issue(mocked), accept(mocked)
    async with opened() as service:
        for _ in range(2):
            assert isinstance(await retrigger(service), Accepted)
    (asked,) = tokens
    assert parse_qs(asked["data"].decode(), strict_parsing=True) == {
        "grant_type": ["client_credentials"],
        "client_id": ["the-client"],
        "client_secret": [SECRET],
        "scope": ["openid,AdobeID"],
    }
    assert asked["headers"]["Content-Type"] == "application/x-www-form-urlencoded"
    assert "Authorization" not in asked["headers"]
    assert len(actions) == 2
    headers = actions[1]["headers"]
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["x-api-key"] == "the-client"
    assert headers["x-gw-ims-org-id"] == "1@AdobeOrg"
    assert headers["x-sandbox-name"] == "prod"
    assert {each["allow_redirects"] for each in (asked, *actions)} == {False}


async def test_a_ready_token_is_sent_as_it_is(opened: Any, mocked: aioresponses) -> None:
    actions = accept(mocked)
    connection = Connection(
        platform_url=PLATFORM, org_id="1@AdobeOrg", operation="re-trigger", auth=READY
    )
    async with opened(connection) as service:
        assert isinstance(await retrigger(service), Accepted)
    assert actions[0]["headers"]["Authorization"] == f"Bearer {TOKEN}"


async def test_the_operation_of_the_spec_is_the_one_on_the_wire(
    opened: Any, mocked: aioresponses
) -> None:
    issue(mocked)
    asked: list[Any] = []

    def answer(url: Any, **_: Any) -> CallbackResult:
        asked.append(url.query["op"])
        return CallbackResult(payload={"id": "new"}, response_class=WholeClientResponse)

    mocked.post(re.compile(r".*/action\?op=.*"), callback=answer)
    connection = Connection(
        platform_url=PLATFORM, org_id="1@AdobeOrg", operation="RE_TRIGGER", auth=OAUTH
    )
    async with opened(connection) as service:
        assert isinstance(await retrigger(service), Accepted)
    assert asked == ["RE_TRIGGER"]


@pytest.mark.parametrize(
    "expires_in", [86_399, "86399", 86_399_992, None, "soon", True, [], 10**400]
)
async def test_however_the_lifetime_is_told_the_token_serves(
    opened: Any, mocked: aioresponses, expires_in: Any
) -> None:
    issue(mocked, payload={"access_token": TOKEN, "expires_in": expires_in})
    accept(mocked)
    async with opened() as service:
        assert isinstance(await retrigger(service), Accepted)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"platform_url": "http://platform.example.com"}, "connection.platform_url is plain http"),
        ({"platform_url": "platform.example.com"}, "connection.platform_url is not an address."),
        ({"org_id": "a\r\nx: y"}, "connection.org_id is empty, or holds"),
        (
            {"auth": OAuth(ims_url="http://ims.example.com", client_id="c",
                           client_secret=Secret(SECRET), scopes=())},
            "connection.auth.ims_url is plain http",
        ),
        (
            {"auth": ReadyToken(client_id="a\nb", access_token=Secret(TOKEN))},
            "connection.auth.client_id is empty, or holds",
        ),
    ],
)  # fmt: skip
async def test_a_connection_that_cannot_be_used_is_told_before_anything_is_called(
    opened: Any, mocked: aioresponses, changes: dict[str, Any], said: str
) -> None:
    usual: dict[str, Any] = {
        "platform_url": PLATFORM,
        "org_id": "o",
        "operation": "x",
        "auth": OAUTH,
    }
    with pytest.raises(UsageError) as mistake:
        async with opened(Connection(**(usual | changes))):
            raise AssertionError("it must not open")
    assert str(mistake.value).startswith(said)
    assert "p8e" not in str(mistake.value)
    assert not mocked.requests


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        (
            {"HTTPS_PROXY": "socks5://user:p8e-proxy@proxy"},
            "HTTPS_PROXY in the environment does not",
        ),
        ({"SSL_CERT_FILE": "/nowhere/ca.pem"}, "SSL_CERT_FILE in the environment names /nowhere"),
        ({"SSL_CERT_DIR": "/nowhere"}, "SSL_CERT_DIR in the environment names /nowhere"),
        ({"SSL_CERT_FILE": "/dev/null"}, "SSL_CERT_FILE in the environment names /dev/null, which"),
    ],
)
async def test_an_environment_that_cannot_be_used_is_told_before_anything_is_called(
    opened: Any, environment: dict[str, str], said: str
) -> None:
    with pytest.raises(UsageError) as mistake:
        async with opened(environment=environment):
            raise AssertionError("it must not open")
    assert str(mistake.value).startswith(said)
    assert mistake.value.remedy
    assert "p8e" not in str(mistake.value)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (
            400,
            {"error": "invalid_client", "error_description": SECRET},
            "HTTP 400, invalid_client.",
        ),
        (401, {"error": "invalid_client"}, "HTTP 401, invalid_client."),
        (400, {"error": "invalid_scope"}, "HTTP 400, invalid_scope."),
        (403, {"error_code": "403003", "message": SECRET}, "HTTP 403, 403003."),
        (400, {"error": SECRET}, "HTTP 400, without a reason."),
        (404, None, "HTTP 404, without a reason."),
        (302, None, "HTTP 302, without a reason."),
    ],
)
async def test_a_refusal_of_the_token_endpoint_names_its_code_and_nothing_secret(
    *, opened: Any, mocked: aioresponses, status: int, body: Any, said: str
) -> None:
    asked = issue(mocked, status=status, payload=body)
    async with opened() as service:
        with pytest.raises(CredentialsRefused) as refusal:
            await retrigger(service)
    assert str(refusal.value) == f"the token endpoint refuses the credentials: {said}"
    assert refusal.value.remedy
    assert refusal.value.exit_code == (7 if "without a reason" in said else 2)
    assert len(asked) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"error": "invalid_client", "error_description": "AADSTS7000222: the keys are expired."},
        {"error": "x-1", "error_description": "expired client secret"},
        {"error_code": "x", "message": "Expired client secret."},
        {"title": "no", "detail": "The client secret 'abc' of this project has expired."},
        {"report": {"detailed-message": "bad request: expired_client_secret"}},
        {"error": {"code": "invalid_client", "message": "ClientSecretExpired"}},
        {"errors": [{"message": '{"error": "the \\"client secret\\" is expired"}'}]},
    ],
    ids=lambda body: str(list(body.items())[-1])[:50],
)
async def test_a_secret_that_has_expired_is_told_as_that_wherever_it_is_said(
    opened: Any, mocked: aioresponses, body: Any
) -> None:
    issue(mocked, status=400, payload=body)
    async with opened() as service:
        with pytest.raises(CredentialsRefused) as refusal:
            await retrigger(service)
    assert "the client secret has expired" in str(refusal.value)
    assert "Add a new client secret" in refusal.value.remedy
    assert refusal.value.exit_code == 2


async def test_a_code_that_is_the_secret_is_not_shown(opened: Any, mocked: aioresponses) -> None:
    word = Secret("hunter")
    issue(mocked, status=401, payload={"error": "hunter"})
    async with opened(replace(CONNECTION, auth=replace(OAUTH, client_secret=word))) as service:
        with pytest.raises(CredentialsRefused) as refusal:
            await retrigger(service)
    assert str(refusal.value).endswith("HTTP 401, without a reason.")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, b""),
        (500, b"<html>"),
        (503, b'{"error":"temporarily_unavailable"}'),
        (400, b'{"error":"temporarily_unavailable"}'),
        (408, b""),
        (200, b""),
        (200, b"<html>a login page</html>"),
        (200, b'{"access_token":""}'),
        (200, b'{"access_token":7}'),
        (200, b"[" * 100_000),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_a_token_that_may_come_yet_is_asked_for_again(
    *, opened: Any, mocked: aioresponses, clock: Any, status: int, body: bytes
) -> None:
    asked = issue(mocked, status=status, body=body)
    async with opened() as service:
        with pytest.raises(PlatformUnreachable) as failure:
            await service.runs_by_id(PROD, [RunId("r")])
    assert str(failure.value) == (
        f"no access token could be had from https://ims.example.com: HTTP {status} without an access_token "
        "(on the last of 3 attempts)."
    )
    assert "connection.auth.ims_url" in failure.value.remedy
    assert len(asked) == 3
    assert clock.slept == [0.5, 1.0]


async def test_the_token_endpoints_own_wait_is_kept(
    opened: Any, mocked: aioresponses, clock: Any
) -> None:
    mocked.post(IMS, callback=lambda *_, **__: CallbackResult(
        status=429, headers={"Retry-After": "38"}, response_class=WholeClientResponse))  # fmt: skip
    issue(mocked)
    accept(mocked)
    async with opened() as service:
        assert isinstance(await retrigger(service), Accepted)
    assert clock.slept == [38.0]


async def test_the_token_endpoint_is_waited_for_by_its_own_clock(
    opened: Any, mocked: aioresponses, clock: Any
) -> None:
    """It is an hour ahead of ours; the platform's clock is another."""
    headers = {
        "Retry-After": "Thu, 20 Nov 2025 01:53:58 GMT",
        "Date": "Thu, 20 Nov 2025 01:53:20 GMT",
    }
    mocked.post(IMS, callback=lambda *_, **__: CallbackResult(
        status=503, headers=headers, response_class=WholeClientResponse))  # fmt: skip
    issue(mocked)
    accept(mocked)
    async with opened() as service:
        assert isinstance(await retrigger(service), Accepted)
        assert service.server_offset_ms() is None
    assert clock.slept == [38.0]


@pytest.mark.parametrize(
    "told",
    [
        {"exception": ClientConnectionError(SECRET)},
        {"exception": OSError(SECRET)},
        {"status": 400, "body": f'{{"error":"{SECRET}","error_description":"{SECRET}"}}'},
        {"status": 400, "body": SECRET},
        {"status": 500, "body": SECRET},
        {"status": 200, "body": f'{{"access_token":"{TOKEN} {SECRET}"}}'},
        {"status": 302, "headers": {"Location": f"https://x.example.com/?s={SECRET}"}},
    ],
    ids=lambda told: str(told.get("status", type(told.get("exception")).__name__)),
)
async def test_no_error_no_log_and_no_repr_shows_the_secret(
    *, opened: Any, mocked: aioresponses, told: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    if "exception" in told:
        mocked.post(IMS, repeat=True, **told)
    else:
        issue(mocked, **told)
    async with opened() as service:
        with pytest.raises(CannotGoOn) as failure:
            await service.runs_by_id(PROD, [RunId("r")])
        chain: BaseException | None = failure.value
        shown = [repr(service), repr(service._reader), repr(CONNECTION), caplog.text]
        while chain:
            shown += [repr(chain), str(chain), getattr(chain, "remedy", "")]
            chain = chain.__cause__ or chain.__context__
    assert "p8e" not in "".join(shown)
