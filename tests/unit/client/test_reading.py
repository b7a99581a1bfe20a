"""Reads: repeated while it may help, and errors that name the place, the fact and the remedy."""

import asyncio
import logging
from email.utils import formatdate, parsedate_to_datetime
from typing import Any

import pytest

from runner.errors import (
    CannotGoOn,
    CredentialsRefused,
    NotTrusted,
    PlatformRefused,
    PlatformUnreachable,
    RetryBudgetSpent,
)
from runner.limits import Sign
from runner.model.answer import Accepted, Passing, Refused, TryAgain, Uncertain
from runner.model.words import FlowId, RunId, SandboxName
from runner.transport import Failure, FailureKind, Lasting

PROD = SandboxName("prod")
RUNS = [RunId("r")]
ERRORS = "https://ns.adobe.com/aep/errors/"
NOT_SENT = Failure(kind=FailureKind.NOT_SENT, message="no connection to the platform")
NO_ANSWER = Failure(kind=FailureKind.NO_ANSWER, message="the connection broke")
FOUND: dict[str, Any] = {"items": [{"id": "r", "flowId": "f"}]}


def gateway(code: str) -> dict[str, str]:
    return {"error_code": code, "message": "words"}


def flow_service(code: str) -> dict[str, Any]:
    return {"type": f"{ERRORS}FLOW-{code}", "title": "t", "report": {"detailed-message": "words"}}


async def look(service: Any) -> list[str]:
    return list(await service.runs_by_id(PROD, RUNS))


@pytest.fixture
def passing(reply: Any) -> list[Any]:
    """Every fault after which a read may be repeated."""
    return [
        NOT_SENT,
        NO_ANSWER,
        reply(b"", status=500),
        reply(b"<html>", status=502),
        reply(gateway("503010"), status=503),
        reply(gateway("503020"), status=403),
        reply(b"", status=504),
        reply(b"", status=408),
        reply(b"", status=425),
        reply(gateway("429050"), status=429),
        reply(b"", status=204),
        reply(b"<html>a login page</html>"),
        reply(FOUND, cut=True),
        reply(b"null"),
    ]


async def test_a_read_is_repeated_after_every_fault_that_may_pass(
    service: Any, http: Any, clock: Any, passing: list[Any]
) -> None:
    for fault in passing:
        clock.slept.clear()
        http.on("/runs", fault, fault, FOUND)
        assert await look(service) == ["r"]
        assert clock.slept == [0.5, 1.0]
    assert len(http.calls) == 3 * len(passing)


async def test_a_read_is_given_up_after_the_last_attempt(
    service: Any, http: Any, passing: list[Any]
) -> None:
    for fault in passing:
        http.on("/runs", fault)
        with pytest.raises((PlatformUnreachable, PlatformRefused)) as failure:
            await look(service)
        assert str(failure.value).startswith(
            "reading /data/foundation/flowservice/runs of sandbox prod: "
        )
        assert str(failure.value).endswith("(on the last of 3 attempts).")
        assert failure.value.remedy
    assert len(http.calls) == 3 * len(passing)


@pytest.mark.parametrize(
    ("cut", "kind", "words"),
    [(False, PlatformRefused, "is no JSON"), (True, PlatformUnreachable, "broke off")],
)
async def test_an_answer_that_cannot_be_read_is_told_as_such(
    *, service: Any, http: Any, reply: Any, cut: bool, kind: type[CannotGoOn], words: str
) -> None:
    """Whole and no JSON, somebody else speaks; cut, the way is bad."""
    http.on("/runs", reply(b"<html>a login page</html>", cut=cut))
    with pytest.raises(kind) as failure:
        await look(service)
    assert f"HTTP 200 whose body {words}" in str(failure.value)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, flow_service("1451-400"), PlatformRefused),
        (403, flow_service("2120-403"), PlatformRefused),
        (404, flow_service("2100-404"), PlatformRefused),
        (404, flow_service("1439-404"), PlatformRefused),
        (404, b"<html>not here</html>", PlatformRefused),
        (404, b"", PlatformRefused),
        (409, b"", PlatformRefused),
        (302, b"", PlatformRefused),
        (308, b"", PlatformRefused),
        (403, gateway("403003"), CredentialsRefused),
        (403, gateway("403025"), CredentialsRefused),
        (400, gateway("400003"), CredentialsRefused),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_read_that_is_refused_is_not_repeated(
    *, service: Any, http: Any, reply: Any, status: int, body: Any, kind: type[CannotGoOn]
) -> None:
    http.on("/runs", reply(body, status=status, location="https://elsewhere.example.com/"))
    with pytest.raises(kind) as refusal:
        await look(service)
    assert type(refusal.value) is kind
    assert "of sandbox prod" in str(refusal.value)
    assert refusal.value.remedy
    assert len(http.calls) == 1


SANDBOX_LIST = "/data/foundation/sandbox-management/"


@pytest.mark.parametrize(
    ("status", "body", "exit_code"),
    [
        (404, flow_service("2100-404"), 2),
        (404, flow_service("2101-404"), 2),
        (403, gateway("403003"), 2),
        (403, gateway("403025"), 2),
        (403, gateway("403027"), 2),
        (400, gateway("400003"), 2),
        (403, flow_service("2120-403"), 7),
        (404, flow_service("1439-404"), 7),
        (302, b"", 7),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_only_what_no_waiting_helps_is_said_to_be_a_wrong_setting(
    *, service: Any, http: Any, reply: Any, status: int, body: Any, exit_code: int
) -> None:
    http.on("/runs", reply(body, status=status))
    with pytest.raises(CannotGoOn) as refusal:
        await look(service)
    assert refusal.value.exit_code == exit_code


@pytest.mark.parametrize(("name", "exit_code"), [("prod", 2), ("dev", 7)])
async def test_a_sandbox_that_is_not_listed_and_cannot_be_read_is_a_wrong_name(
    *, service: Any, http: Any, reply: Any, name: str, exit_code: int
) -> None:
    listed = {"sandboxes": [{"name": "dev"}, {"name": "stage"}], "_links": {"page": {"href": "x"}}}
    http.on(SANDBOX_LIST, listed)
    await service.sandboxes()
    http.on("/runs", reply(b"", status=403))
    with pytest.raises(PlatformRefused) as refusal:
        await service.runs_by_id(SandboxName(name), RUNS)
    assert refusal.value.exit_code == exit_code
    assert ("these can see dev, stage" in refusal.value.remedy) is (exit_code == 2)


async def test_a_refusal_names_status_code_and_words(service: Any, http: Any, reply: Any) -> None:
    http.on("/runs", reply(flow_service("2120-403"), status=403))
    with pytest.raises(PlatformRefused) as refusal:
        await look(service)
    assert str(refusal.value) == (
        "reading /data/foundation/flowservice/runs of sandbox prod: the platform refuses: "
        "HTTP 403: FLOW-2120-403: words."
    )


async def test_a_redirect_names_where_it_leads(service: Any, http: Any, reply: Any) -> None:
    http.on("/runs", reply(b"", status=302, location="https://elsewhere.example.com/"))
    with pytest.raises(PlatformRefused) as refusal:
        await look(service)
    assert "sends us to https://elsewhere.example.com/; not followed" in str(refusal.value)
    assert "platform_url" in refusal.value.remedy


@pytest.mark.parametrize("wait", ["38", "Thu, 20 Nov 2025 01:53:58 GMT"])
async def test_a_throttled_read_waits_as_it_is_told_and_slows_the_gate(
    *, service: Any, http: Any, reply: Any, clock: Any, gate: Any, wait: str
) -> None:
    """The date counts from the platform's clock, which is an hour ahead of ours."""
    date = "Thu, 20 Nov 2025 01:53:20 GMT"
    http.on("/runs", reply(gateway("429050"), status=429, retry_after=wait, date=date), FOUND)
    assert await look(service) == ["r"]
    assert clock.slept == [38.0]
    assert gate.slowed == [(PROD, 38.0)]


async def test_an_absurd_wait_is_cut_and_told(
    *, service: Any, http: Any, reply: Any, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    http.on("/runs", reply(b"", status=429, retry_after="86400"), FOUND)
    assert await look(service) == ["r"]
    assert clock.slept == [60.0]
    assert "asks for a wait of 86400 s; it is asked again in 60 s" in caplog.text


async def test_a_read_holds_its_place_at_the_gate_only_while_it_is_under_way(
    service: Any, http: Any, reply: Any, gate: Any, clock: Any
) -> None:
    http.on("/runs", reply(b"", status=500), FOUND)
    sleep, under_way = clock.sleep, []

    async def watched(seconds: float) -> None:
        under_way.append(gate.under_way)
        await sleep(seconds)

    clock.sleep = watched
    await look(service)
    assert under_way == [0]
    assert gate.entered == [PROD, PROD]


# Tokens


async def test_a_read_with_a_refused_token_is_repeated_with_a_new_one(
    service: Any, http: Any, reply: Any, clock: Any
) -> None:
    http.on("/runs", reply(gateway("401013"), status=401), FOUND)
    assert await look(service) == ["r"]
    assert [call.headers["Authorization"] for call in http.calls] == [
        "Bearer p8e-token-1",
        "Bearer p8e-token-2",
    ]
    assert clock.slept == []


async def test_refused_tokens_and_passing_faults_are_counted_apart(
    service: Any, http: Any, reply: Any, clock: Any
) -> None:
    refused, passing = reply(gateway("401013"), status=401), reply(b"", status=500)
    http.on("/runs", passing, refused, passing, refused, FOUND)
    assert await look(service) == ["r"]
    assert clock.slept == [0.5, 1.0]


async def test_the_credentials_are_given_up_when_new_tokens_are_refused(
    service: Any, http: Any, reply: Any
) -> None:
    http.on("/runs", reply(gateway("401013"), status=401))
    with pytest.raises(CredentialsRefused):
        await look(service)
    assert len(http.calls) == 4


async def test_a_read_that_alone_is_refused_every_token_does_not_go_on_for_ever(
    service: Any, http: Any, reply: Any, tokens: Any
) -> None:
    """Another call succeeds in between each time, so that the tokens are not to blame."""
    http.on("/runs", reply(gateway("401013"), status=401))
    refused = tokens.refused

    def refused_then_taken(token: Any) -> None:
        refused(token)
        tokens._first_refused = None

    tokens.refused = refused_then_taken
    with pytest.raises(CredentialsRefused) as refusal:
        await look(service)
    assert "of sandbox prod" in str(refusal.value)
    assert len(http.calls) == 4


# Absent things


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, flow_service("1439-404")),
        (400, flow_service("1439-400")),
        (400, flow_service("1430-400")),
        (404, {"errorMessage": "flows not found with id = [gone]"}),
    ],
)
async def test_a_look_up_by_id_takes_not_found_for_absent(
    service: Any, http: Any, reply: Any, status: int, body: Any
) -> None:
    http.on("/flows", {"items": []})
    http.on("/flows/gone", reply(body, status=status))
    assert await service.flows_by_id(PROD, [FlowId("gone")]) == {}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, flow_service("2100-404")),
        (404, flow_service("2106-404")),
        (404, b"<html>wrong door</html>"),
        (404, b""),
        (404, gateway("404000")),
        (400, flow_service("1451-400")),
        (403, flow_service("2120-403")),
    ],
)
async def test_a_refusal_of_something_else_is_not_taken_for_absent(
    service: Any, http: Any, reply: Any, status: int, body: Any
) -> None:
    http.on("/flows", {"items": []})
    http.on("/flows/gone", reply(body, status=status))
    (flow,) = (await service.flows_by_id(PROD, [FlowId("gone")])).values()
    assert (flow.id, flow.name, flow.state, flow.flow_spec_id) == ("gone", "", "", "")
    assert f"HTTP {status}" in flow.unread


async def test_one_flow_that_cannot_be_looked_up_does_not_hide_the_others(
    *, service: Any, http: Any, reply: Any, caplog: Any
) -> None:
    names = {"a": "one", "b": "", "c": "", "d": "four"}
    http.on("/flows", {"items": [{"id": "a", "name": "one"}]})
    http.on("/flows/b", reply(flow_service("2120-403"), status=403))
    http.on("/flows/c", reply(b"<html>", status=404))
    http.on("/flows/d", {"items": [{"id": "d", "name": "four"}]})

    found = await service.flows_by_id(PROD, [FlowId(one) for one in names])

    assert {one: flow.name for one, flow in found.items()} == names
    assert [one for one, flow in found.items() if flow.unread] == ["b", "c"]
    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "flows of sandbox prod cannot be looked up" in warning.getMessage()


NO_ENDPOINT = [
    (404, b"<html>Cannot GET /flows</html>"),
    (404, b""),
    (404, {"detail": "Not Found"}),
    (405, b""),
    (501, b"not implemented"),
    (200, b"<html>a page for everything</html>"),
    (403, flow_service("2120-403")),
]


@pytest.mark.parametrize(("status", "body"), NO_ENDPOINT)
async def test_where_flows_cannot_be_looked_up_nothing_is_known_of_them_and_that_is_said_once(
    *, service: Any, http: Any, reply: Any, caplog: Any, status: int, body: Any
) -> None:
    """They are nice to know: their runs stay in, and the platform decides."""
    http.on("/flows", reply(body, status=status))
    wanted = [FlowId("f1"), FlowId("f2")]
    for _ in range(3):
        found = await service.flows_by_id(PROD, wanted)
        assert [(flow.id, flow.state) for flow in found.values()] == [("f1", ""), ("f2", "")]
        service.forget_flows(PROD)
    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert warning.getMessage().startswith("flows of sandbox prod cannot be looked up")
    assert f"HTTP {status}" in warning.getMessage()
    assert {call.method for call in http.calls} == {"GET"}
    assert "/flows/f1" not in http.urls


@pytest.mark.parametrize(("status", "body"), NO_ENDPOINT)
async def test_where_kinds_of_flow_cannot_be_looked_up_none_is_known_and_that_is_said_once(
    *, service: Any, http: Any, reply: Any, caplog: Any, status: int, body: Any
) -> None:
    for kind in ("s1", "s2"):
        http.on(f"/flowSpecs/{kind}", reply(body, status=status))
        assert await service.flow_spec(PROD, kind) is None
    warned = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warned) == (0 if body == {"detail": "Not Found"} else 2)


async def test_what_the_platform_says_in_a_warning_cannot_steer_a_terminal(
    service: Any, http: Any, reply: Any, caplog: Any
) -> None:
    http.on("/flows", reply({"detail": "no\x1b[2Jflows\n::error::here"}, status=404))
    await service.flows_by_id(PROD, [FlowId("f")])
    (record,) = caplog.records
    assert "\x1b" not in record.getMessage()
    assert "\n" not in record.getMessage()


@pytest.mark.parametrize("status", [501, 505])
async def test_what_is_not_implemented_is_not_asked_for_again(
    service: Any, http: Any, reply: Any, status: int
) -> None:
    http.on("/runs", reply(b"", status=status))
    with pytest.raises(PlatformRefused):
        await look(service)
    assert len(http.calls) == 1


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_a_refused_listing_is_never_taken_for_an_empty_one(
    service: Any, http: Any, reply: Any, status: int
) -> None:
    for path in ("/runs", "/flows", "/connectionSpecs", "/data/foundation/sandbox-management/"):
        http.on(path, reply(flow_service(f"1439-{status}"), status=status))
    asked = (
        look(service),
        anext(service.list_flows(PROD)),
        service.connector_names(PROD),
        service.sandboxes(),
    )
    for asking in asked:
        with pytest.raises(PlatformRefused):
            await asking


# One attempt


async def test_a_retrigger_is_one_post_with_its_headers_and_no_body(
    service: Any, http: Any, clock: Any, gate: Any
) -> None:
    http.on("/runs/a-1/action", {"id": "new", "etag": '"e"'})
    answer = await service.retrigger(PROD, RunId("a-1"), request_id="req-7", send_by=clock.now + 9)
    assert answer == Accepted(
        new_run_id=RunId("new"), new_etag='"e"', http_status=200, request_id=""
    )
    (call,) = http.calls
    assert (call.method, call.body, call.send_by) == ("POST", None, clock.now + 9)
    assert http.urls == ["/runs/a-1/action?op=re-trigger"]
    assert dict(call.headers) == {
        "x-api-key": "key",
        "x-gw-ims-org-id": "org",
        "Authorization": "Bearer p8e-token-1",
        "x-sandbox-name": "prod",
        "Content-Type": "application/json",
        "x-request-id": "req-7",
    }
    assert gate.entered == []


async def test_a_run_id_cannot_bend_the_path(service: Any, http: Any) -> None:
    http.on("/runs/..%2F..%2Fx%3Fop%3D1%23/action", {"id": "new"})
    await service.retrigger(PROD, RunId("../../x?op=1#"), request_id="r", send_by=1e9)
    assert http.urls == ["/runs/..%2F..%2Fx%3Fop%3D1%23/action?op=re-trigger"]


async def test_a_retrigger_is_never_repeated_whatever_comes(
    service: Any, http: Any, reply: Any, passing: list[Any], clock: Any
) -> None:
    for number, fault in enumerate(passing, start=1):
        http.on("/runs/a/action", fault)
        answer = await service.retrigger(PROD, RunId("a"), request_id="r", send_by=1e9)
        assert isinstance(answer, (TryAgain, Uncertain))
        assert len(http.calls) == number
    assert clock.slept == []


async def test_a_retrigger_with_a_refused_token_says_so_and_the_next_has_a_new_one(
    service: Any, http: Any, reply: Any
) -> None:
    http.on("/runs/a/action", reply(gateway("401013"), status=401), {"id": "new"})
    first = await service.retrigger(PROD, RunId("a"), request_id="r", send_by=1e9)
    assert isinstance(first, TryAgain)
    assert first.why is Passing.TOKEN
    second = await service.retrigger(PROD, RunId("a"), request_id="r", send_by=1e9)
    assert isinstance(second, Accepted)
    assert http.calls[1].headers["Authorization"] == "Bearer p8e-token-2"


async def test_a_retrigger_gives_the_credentials_up_like_a_read(
    service: Any, http: Any, reply: Any
) -> None:
    http.on("/runs/a/action", reply(gateway("401013"), status=401))
    for _ in range(3):
        await service.retrigger(PROD, RunId("a"), request_id="r", send_by=1e9)
    with pytest.raises(CredentialsRefused):
        await service.retrigger(PROD, RunId("a"), request_id="r", send_by=1e9)


async def test_a_retrigger_without_a_token_is_not_sent(
    service: Any, http: Any, tokens: Any
) -> None:
    async def unreachable() -> Any:
        raise PlatformUnreachable("the token endpoint is gone")

    tokens._issue = unreachable
    answer = await service.retrigger(PROD, RunId("a"), request_id="r", send_by=1e9)
    assert answer == TryAgain(
        why=Passing.TOKEN,
        message="the token endpoint is gone",
        http_status=None,
        request_id="",
        wait_seconds=None,
    )
    assert http.calls == []


# What no other try mends


NOT_TRUSTED = Failure(
    kind=FailureKind.NOT_SENT,
    message="the certificate of x is not trusted (expired)",
    lasting=Lasting.CERTIFICATE,
)
LOGIN_WANTED = Failure(
    kind=FailureKind.NOT_SENT,
    message="the proxy http://p:3128 does not connect to x (HTTP 407): it wants a user and password",
    lasting=Lasting.PROXY_LOGIN,
)


@pytest.mark.parametrize(
    ("failure", "kind", "exit_code", "remedy"),
    [
        (NOT_TRUSTED, NotTrusted, 7, "`retrigger doctor` says whose certificates are trusted"),
        (LOGIN_WANTED, CredentialsRefused, 2, "user and password of HTTPS_PROXY"),
    ],
)
async def test_a_connection_that_never_comes_about_is_tried_once(
    *,
    service: Any,
    http: Any,
    clock: Any,
    failure: Failure,
    kind: type[CannotGoOn],
    exit_code: int,
    remedy: str,
) -> None:
    for path in ("/runs", "/runs/a/action", SANDBOX_LIST):
        http.on(path, failure)
    calls = (
        look(service),
        service.retrigger(PROD, RunId("a"), request_id="r", send_by=1e9),
        service.try_reaching(),
    )
    for call in calls:
        with pytest.raises(kind) as trouble:
            await call
        assert failure.message in str(trouble.value)
        assert remedy in trouble.value.remedy
        assert trouble.value.exit_code == exit_code
    assert (len(http.calls), clock.slept) == (3, [])


async def test_a_retrigger_whose_token_cannot_be_had_from_somebody_trusted_is_not_tried_again(
    service: Any, http: Any, tokens: Any
) -> None:
    async def not_trusted() -> Any:
        raise NotTrusted("the certificate of the token endpoint is not trusted")

    tokens._issue = not_trusted
    with pytest.raises(NotTrusted):
        await service.retrigger(PROD, RunId("a"), request_id="r", send_by=1e9)
    assert http.calls == []


# The platform's clock


async def test_the_platforms_clock_is_learnt_from_any_answer(
    service: Any, http: Any, reply: Any, clock: Any
) -> None:
    assert service.server_offset_ms() is None
    http.on("/runs", reply(FOUND, date="Thu, 20 Nov 2025 00:53:25 GMT"))
    await look(service)
    assert service.server_offset_ms() == 5_000
    refused = reply(b"{}", status=400, date="Thu, 20 Nov 2025 00:53:19 GMT")
    http.on("/runs/a/action", refused)
    answer = await service.retrigger(PROD, RunId("a"), request_id="r", send_by=1e9)
    assert isinstance(answer, Refused)
    assert service.server_offset_ms() == -1_000


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 99 Nov 2025 99:99:99 GMT", "0" * 200])
async def test_a_date_that_is_none_teaches_nothing(
    service: Any, http: Any, reply: Any, date: str
) -> None:
    http.on("/runs", reply(FOUND, date=date))
    await look(service)
    assert service.server_offset_ms() is None


AN_HOUR_AHEAD, AN_HOUR_BEHIND = "Thu, 20 Nov 2025 01:53:20 GMT", "Wed, 19 Nov 2025 23:53:20 GMT"


def in_seconds(date: str, seconds: int) -> str:
    return formatdate(parsedate_to_datetime(date).timestamp() + seconds, usegmt=True)


@pytest.mark.parametrize("date", [AN_HOUR_AHEAD, AN_HOUR_BEHIND])
@pytest.mark.parametrize("has_its_own_date", [True, False])
async def test_until_when_a_retrigger_is_to_wait_is_read_by_the_platforms_clock(
    *, service: Any, http: Any, reply: Any, date: str, has_its_own_date: bool
) -> None:
    """By the date of the answer itself; where it has none, by what former answers told of the platform's clock."""
    own = date if has_its_own_date else None
    former = AN_HOUR_BEHIND if has_its_own_date and date == AN_HOUR_AHEAD else date
    http.on("/runs", reply(FOUND, date=former))
    await look(service)
    throttled = {"status": 429, "retry_after": in_seconds(date, 38), "date": own}
    http.on("/runs/a/action", reply(gateway("429050"), **throttled))
    answer = await service.retrigger(PROD, RunId("a"), request_id="r", send_by=1e9)
    assert isinstance(answer, TryAgain)
    assert answer.wait_seconds == 38.0


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("date", [AN_HOUR_AHEAD, AN_HOUR_BEHIND])
async def test_until_when_a_read_is_to_wait_is_read_by_the_platforms_clock(
    *, service: Any, http: Any, reply: Any, clock: Any, status: int, date: str
) -> None:
    busy = reply(b"", status=status, retry_after=in_seconds(date, 38), date=date)
    http.on("/flows", busy, {"items": []})
    await service.try_listing(PROD, "flows")
    assert clock.slept == [38.0]


async def test_how_far_the_clocks_are_apart_is_told_once(
    service: Any, http: Any, reply: Any
) -> None:
    told: list[int] = []
    service.when_time_is_known(told.append)
    http.on("/runs", reply(FOUND), reply(FOUND, date=AN_HOUR_AHEAD), reply(FOUND, date="x"))
    for _ in range(3):
        await look(service)
    assert told == [3_600_000]
    assert service.server_offset_ms() == 3_600_000


# Secrets


async def test_no_error_and_no_log_shows_the_token(
    *, service: Any, http: Any, reply: Any, passing: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = [repr(service), repr(service._reader), str(service)]
    for fault in [*passing, reply(gateway("403003"), status=403), reply(b"", status=404)]:
        http.on("/runs", fault)
        http.on("/runs/r/action", fault)
        with pytest.raises(CannotGoOn) as failure:
            await look(service)
        answer = await service.retrigger(PROD, RunId("r"), request_id="r", send_by=1e9)
        shown += [repr(failure.value), failure.value.remedy, repr(answer)]
    shown += [repr(call) for call in http.calls]
    assert "p8e-token" not in "".join(shown) + caplog.text
    assert "re-trigger of r in prod" in caplog.text


async def test_a_cancelled_read_leaves_its_place_at_the_gate(
    service: Any, http: Any, gate: Any
) -> None:
    entered = asyncio.Event()

    async def never(call: Any) -> Any:
        entered.set()
        await asyncio.Event().wait()

    http.call = never
    reading = asyncio.create_task(look(service))
    await entered.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert gate.under_way == 0


async def test_the_gate_hears_what_each_read_says_of_the_load(
    service: Any, http: Any, reply: Any, gate: Any
) -> None:
    http.on("/runs", reply(b"", status=503), reply(b"", status=429), FOUND)
    assert await look(service) == ["r"]
    assert gate.said == [
        (PROD, Sign.UNWELL, "HTTP 503"),
        (PROD, Sign.TOO_MUCH, "HTTP 429"),
        (PROD, Sign.FINE, ""),
    ]
    assert gate.slowed == []  # no wait was named


async def test_a_read_is_not_repeated_when_the_retry_budget_is_spent(
    service: Any, http: Any, reply: Any, gate: Any
) -> None:
    gate.most_retries = 1
    http.on("/runs", *[reply(b"", status=500)] * 5)
    with pytest.raises(RetryBudgetSpent, match=r"HTTP 500.*retry\.budget") as spent:
        await look(service)
    assert spent.value.exit_code == 3
    assert gate.retries == 2


async def test_reads_throttled_together_count_one_retry(
    service: Any, http: Any, reply: Any, gate: Any
) -> None:
    gate.is_news = False
    http.on("/runs", reply(b"", status=429), FOUND)
    assert await look(service) == ["r"]
    assert gate.retries == 0


# Trying


async def test_a_listing_is_tried_with_one_small_call(service: Any, http: Any) -> None:
    http.on("/runs", {"items": []})
    await service.try_listing(PROD, "runs")

    assert http.urls == ["/runs?limit=1"]


async def test_a_tried_listing_without_items_is_refused(service: Any, http: Any) -> None:
    http.on("/flows", {"hello": "world"})
    with pytest.raises(PlatformRefused) as failure:
        await service.try_listing(PROD, "flows")

    assert str(failure.value) == (
        "listing flows of sandbox prod: the platform sent an answer without items."
    )


async def test_whatever_the_platform_answers_without_a_token_it_is_reached(
    service: Any, http: Any, clock: Any, reply: Any
) -> None:
    date = "Thu, 20 Nov 2025 00:53:20 GMT"  # what the clock shows, in whole seconds
    http.on("/data/foundation/sandbox-management/", reply(gateway("403010"), status=403, date=date))
    await service.try_reaching()

    assert [call.headers for call in http.calls] == [{}]
    assert service.server_offset_ms() == 1_763_600_000_000 - clock.now_ms()


async def test_a_platform_that_does_not_answer_is_not_reached(service: Any, http: Any) -> None:
    http.on("/data/foundation/sandbox-management/", NOT_SENT)
    with pytest.raises(PlatformUnreachable) as failure:
        await service.try_reaching()

    assert str(failure.value) == "the platform does not answer: no connection to the platform."


async def test_a_token_is_had_and_its_time_is_told(service: Any, http: Any) -> None:
    assert await service.token_seconds() == 86_399.0
    assert http.calls == []


async def test_a_read_that_is_made_again_later_is_told_with_how_long_that_is(
    service: Any, http: Any, reply: Any
) -> None:
    told: list[tuple[str, float]] = []
    service._reader.on_wait = lambda what, seconds: told.append((what, seconds))
    http.on("/runs", reply(gateway("429050"), status=429, retry_after="40"), FOUND)

    assert await look(service) == ["r"]

    ((what, seconds),) = told
    assert seconds == 40.0
    assert "of sandbox prod: HTTP 429" in what
