"""What each of the platform's answers to a re-trigger means: the documents' table, row by row."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.client.classify import answer_of
from runner.model.answer import (
    Accepted,
    Answer,
    Passing,
    Refused,
    Scope,
    TryAgain,
    Uncertain,
)
from runner.model.words import ETag, RunId
from runner.transport import Failure, FailureKind, Reply

NOW_MS = 1_763_600_000_000
ERRORS = "https://ns.adobe.com/aep/errors/"
OLD_ID = "4fb0418e-1804-45d6-8d56-dd51f05c0baf"


def reply(
    status: int, body: Any = b"", *, cut: bool = False, retry_after: str | None = None
) -> Reply:
    return Reply(
        status=status,
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        cut=cut,
        content_type="",
        retry_after=retry_after,
        date=None,
        request_id="req-1",
        location="https://elsewhere.example.com/x",
    )


def gateway(code: Any, message: str = "words") -> dict[str, Any]:
    return {"error_code": code, "message": message}


def flow_service(number: str, http: int, message: str = "words") -> dict[str, Any]:
    return {
        "type": f"{ERRORS}FLOW-{number}-{http}",
        "title": "a title",
        "status": http,
        "report": {"detailed-message": message, "request-id": "r"},
        "errorMessage": message,
        "errorDetails": message,
    }


def provider(number: str, http: int, message: str = "words") -> dict[str, Any]:
    return {"type": f"{ERRORS}CONN-{number}-{http}", "status": http, "title": message}


def wrapper(message: str, *, number: str = "1100", http: int = 400) -> dict[str, Any]:
    return flow_service(
        number, http, f"The request could not be processed. Error from flow provider: {message}"
    )


def legacy(message: str) -> dict[str, Any]:
    return {"errorMessage": message, "errorDetails": message}


NOT_ENABLED = "Flow abc is in state disabled. It must be enabled."
UNSUPPORTED = "Flow run action is not supported for source with spec id abc"
INVALID_STATE = (
    "flowRunId abc is in invalid state inProgress for re-triggering. Try again after some time."
)
HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"

SURELY_REFUSED = [
    # The gateway: key, scope, profile, region, header
    (403, gateway("403000", "Api Key is required"), Scope.EVERYTHING, "403000"),
    (403, gateway("403003", "Api Key is invalid"), Scope.EVERYTHING, "403003"),
    (403, gateway("403011", "Scope mismatch"), Scope.EVERYTHING, "403011"),
    (403, gateway("403023", "Profile is not valid"), Scope.EVERYTHING, "403023"),
    (403, gateway("403025", "Profile is not valid"), Scope.EVERYTHING, "403025"),
    (403, gateway(403025, "Profile is not valid"), Scope.EVERYTHING, "403025"),
    (403, gateway("403027", "User region is missing"), Scope.EVERYTHING, "403027"),
    (400, gateway("400003", "Missing header"), Scope.EVERYTHING, "400003"),
    # Permissions and sandbox
    (403, flow_service("2118", 403), Scope.SANDBOX, "FLOW-2118-403"),
    (403, flow_service("2120", 403), Scope.SANDBOX, "FLOW-2120-403"),
    (403, flow_service("2121", 403), Scope.SANDBOX, "FLOW-2121-403"),
    (400, flow_service("1427", 400), Scope.SANDBOX, "FLOW-1427-400"),
    (404, flow_service("2100", 404), Scope.SANDBOX, "FLOW-2100-404"),
    (404, flow_service("2101", 404), Scope.SANDBOX, "FLOW-2101-404"),
    # The flow
    (400, provider("1388", 400, NOT_ENABLED), Scope.FLOW, "CONN-1388-400"),
    (400, flow_service("1388", 400, NOT_ENABLED), Scope.FLOW, "FLOW-1388-400"),
    (400, wrapper(f"CONN-1388-400: {NOT_ENABLED}"), Scope.FLOW, "FLOW-1100-400"),
    (400, wrapper(NOT_ENABLED), Scope.FLOW, "FLOW-1100-400"),
    (400, provider("1333", 400, UNSUPPORTED), Scope.FLOW, "CONN-1333-400"),
    (400, wrapper(f"1333-400 {UNSUPPORTED}"), Scope.FLOW, "FLOW-1100-400"),
    (404, flow_service("1439", 404, "The requested flows resource abc is not found."), Scope.FLOW,
     "FLOW-1439-404"),
    (400, flow_service("1439", 400, "The requested flows resource abc is not found."), Scope.FLOW,
     "FLOW-1439-400"),
    (404, legacy("flows not found with id = [abc]"), Scope.FLOW, "HTTP 404"),
    # The run alone
    (400, provider("1387", 400, INVALID_STATE), Scope.RUN, "CONN-1387-400"),
    (400, wrapper(f"CONN-1387-400: {INVALID_STATE}"), Scope.RUN, "FLOW-1100-400"),
    (404, flow_service("1439", 404, "The requested runs resource abc is not found."), Scope.RUN,
     "FLOW-1439-404"),
    (404, legacy("runs not found with id = [abc]"), Scope.RUN, "HTTP 404"),
    (412, flow_service("1404", 412), Scope.RUN, "FLOW-1404-412"),
    (412, legacy("Supplied version=[a] does not match"), Scope.RUN, "HTTP 412"),
    (400, flow_service("1403", 400), Scope.RUN, "FLOW-1403-400"),
    # Numbers that both catalogues use for different things
    (400, flow_service("1401", 400, "limit and count together"), Scope.RUN, "FLOW-1401-400"),
    (400, provider("1401", 400, "flow run action not supported"), Scope.RUN, "CONN-1401-400"),
    (404, flow_service("1101", 404), Scope.RUN, "FLOW-1101-404"),
    (400, provider("1380", 400, "failed to create flow run"), Scope.RUN, "CONN-1380-400"),
    # An id whose middle looks like a catalogue number
    (404, legacy("run abcdef01-1388-4045-8d56-dd51f05c0baf not found"), Scope.RUN, "HTTP 404"),
    (404, legacy("run abcdef01-1388-404a-8d56-dd51f05c0baf not found"), Scope.RUN, "HTTP 404"),
    # Others' shapes
    (400, {"type": "/placeholder/type/uri", "status": 400, "title": "BadRequestError",
           "detail": "A valid content-type must be specified"}, Scope.RUN, "HTTP 400"),
    (403, HTML, Scope.RUN, "HTTP 403"),
    (405, b"", Scope.RUN, "HTTP 405"),
    (400, b"[1, 2]", Scope.RUN, "HTTP 400"),
    (400, b"null", Scope.RUN, "HTTP 400"),
    (422, b"\xff\xfe\x00", Scope.RUN, "HTTP 422"),
]  # fmt: skip

MAY_BE_ASKED_AGAIN = [
    (401, gateway("401013", "Oauth token is not valid"), Passing.TOKEN),
    (401, b"", Passing.TOKEN),
    (401, HTML, Passing.TOKEN),
    (403, gateway("403010", "Oauth token is missing."), Passing.TOKEN),
    (429, gateway("429001"), Passing.THROTTLED),
    (429, gateway("429002"), Passing.THROTTLED),
    (429, gateway("429050", "Too many requests"), Passing.THROTTLED),
    (429, {"title": "RequestRateTooLarge", "status": 429, "detail": "Request rate is large"},
     Passing.THROTTLED),
    (429, b"", Passing.THROTTLED),
    (429, HTML, Passing.THROTTLED),
    (503, gateway("503000"), Passing.GATEWAY),
    (503, gateway("503010"), Passing.GATEWAY),
    (503, gateway("503030"), Passing.GATEWAY),
    (503, gateway("503071"), Passing.GATEWAY),
    (403, gateway("503020", "Could not read the profile"), Passing.GATEWAY),
]  # fmt: skip

NEVER_ASKED_AGAIN_WITHOUT_LOOKING = [
    (500, b""),
    (500, flow_service("1102", 500)),
    (500, {"type": f"{ERRORS}FLOW-1102-500", "title": "too many simultaneous calls"}),
    (500, gateway("500001")),
    (500, gateway("401013")),
    (502, gateway("403000")),
    (504, gateway("503010")),
    (500, provider("1388", 500, NOT_ENABLED)),
    (502, HTML),
    (503, b""),
    (503, HTML),
    (503, flow_service("1103", 503)),
    (503, gateway("503999")),
    (504, HTML),
    (504, flow_service("1104", 504)),
    (408, b""),
    (409, legacy("conflict")),
    (425, b""),
    (599, b""),
    (301, b""),
    (302, b""),
    (303, b""),
    (304, b""),
]

CARRIES_AN_ID = [
    (200, {"id": 736873}, "736873", None),
    (200, {"id": "new", "etag": '"1100c53e"'}, "new", '"1100c53e"'),
    (200, {"id": "new", "eTag": '"1100c53e"'}, "new", '"1100c53e"'),
    (200, {"items": [{"id": "new", "etag": '"e"'}]}, "new", '"e"'),
    (
        200,
        {"items": [{"id": "new", "eTag": '"e"', "metrics": {"statusSummary": {}}}]},
        "new",
        '"e"',
    ),
    (
        200,
        {"id": "new", "etag": '"e"', "flowId": "f", "metrics": {}, "activities": []},
        "new",
        '"e"',
    ),
    (201, {"id": "new", "etag": '"e"'}, "new", '"e"'),
    (202, {"id": "new"}, "new", None),
    (200, {"id": OLD_ID, "etag": '"e"'}, OLD_ID, '"e"'),
    (200, {"id": "new", "etag": 7}, "new", None),
]

UNREADABLE = [
    (200, b""),
    (204, b""),
    (200, HTML),
    (200, b'{"id":"ne'),
    (200, b"null"),
    (200, b"[]"),
    (200, b'"new"'),
    (200, {}),
    (200, {"id": ""}),
    (200, {"id": None}),
    (200, {"id": 7.5}),
    (200, {"id": True}),
    (200, {"id": 10**300}),
    (200, {"items": []}),
    (200, {"items": [{}]}),
    (200, {"items": {"id": "new"}}),
    (200, {"items": ["new"]}),
    (200, b"[" * 100_000),
    (200, b"\xff\xfe"),
]


def named(rows: list[Any]) -> list[Any]:
    return [
        pytest.param(*row, id=f"{number} {row[0]} {str(row[1])[:40]}")
        for number, row in enumerate(rows)
    ]


def ask(each: Reply | Failure) -> Answer:
    return answer_of(each, now_ms=NOW_MS)


@pytest.mark.parametrize(("status", "body", "scope", "code"), named(SURELY_REFUSED))
def test_a_documented_refusal_is_one_of_its_scope(
    status: int, body: Any, scope: Scope, code: str
) -> None:
    answer = ask(reply(status, body))
    assert isinstance(answer, Refused)
    assert (answer.scope, answer.code, answer.http_status) == (scope, code, status)
    assert answer.request_id == "req-1"
    assert answer.message


@pytest.mark.parametrize(("status", "body", "why"), named(MAY_BE_ASKED_AGAIN))
def test_what_the_gateway_kept_from_the_service_may_be_asked_again(
    status: int, body: Any, why: Passing
) -> None:
    answer = ask(reply(status, body))
    assert isinstance(answer, TryAgain)
    assert (answer.why, answer.http_status, answer.wait_seconds) == (why, status, None)


@pytest.mark.parametrize(("status", "body"), named(NEVER_ASKED_AGAIN_WITHOUT_LOOKING))
def test_what_may_have_been_accepted_is_uncertain(status: int, body: Any) -> None:
    answer = ask(reply(status, body, retry_after="1"))
    assert isinstance(answer, Uncertain)
    assert (answer.http_status, answer.unreadable_success) == (status, False)
    assert answer.message.startswith(f"HTTP {status}")


@pytest.mark.parametrize(("status", "body", "new_id", "etag"), named(CARRIES_AN_ID))
def test_any_success_with_an_id_is_accepted(
    status: int, body: Any, new_id: str, etag: str | None
) -> None:
    assert ask(reply(status, body)) == Accepted(
        new_run_id=RunId(new_id),
        new_etag=ETag(etag) if etag else None,
        http_status=status,
        request_id="req-1",
    )


@pytest.mark.parametrize(("status", "body"), named(UNREADABLE))
def test_a_success_that_cannot_be_read_is_never_asked_again(status: int, body: Any) -> None:
    assert ask(reply(status, body)) == Uncertain(
        message=f"HTTP {status} whose body cannot be read",
        http_status=status,
        request_id="req-1",
        unreadable_success=True,
    )


@pytest.mark.parametrize(
    "body",
    [
        flow_service("1387", 400) | {"id": "x"},
        gateway("401013") | {"id": "x"},
        {"id": "x", "errorMessage": "words"},
        {"items": [{"id": "x"}], "status": 500, "detail": "words"},
    ],
    ids=["flow service", "gateway", "legacy", "generic"],
)
def test_an_error_under_a_success_is_neither_a_yes_nor_a_no(body: Any) -> None:
    """Whoever said it, it may have been accepted before; its id is no new run's."""
    answer = ask(reply(200, body))
    assert isinstance(answer, Uncertain)
    assert answer.unreadable_success
    assert answer.message.startswith("HTTP 200 whose body says ")
    assert answer.message.endswith("words")


@pytest.mark.parametrize(
    "body",
    [
        b'\xef\xbb\xbf{"id": "new", "eTag": "e"}',
        '{"id": "new", "eTag": "e"}'.encode("utf-16"),
        '{"id": "new", "eTag": "e", "name": "Zürich"}'.encode("latin-1"),
        b'{"id": "new", "eTag": "e", "size": NaN, "count": -Infinity}',
        b'{"id": "new", "eTag": "e", "etag": null, "items": null, "metrics": null, "errorMessage": null}',
    ],
    ids=["a byte order mark", "UTF-16", "another character set", "NaN", "nulls"],
)
def test_an_oddly_written_yes_is_a_yes(body: bytes) -> None:
    answer = ask(reply(200, body))
    assert isinstance(answer, Accepted)
    assert (answer.new_run_id, answer.new_etag) == ("new", "e")


def test_a_success_that_was_cut_is_not_believed_even_where_it_can_be_read() -> None:
    answer = ask(reply(200, {"id": "new"}, cut=True))
    assert isinstance(answer, Uncertain)
    assert answer.unreadable_success


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_that_says_nothing_was_done_is_refused_and_names_the_target(status: int) -> None:
    answer = ask(reply(status))
    assert answer == Refused(
        code=f"HTTP {status}",
        message=f"HTTP {status}: the platform sends us to https://elsewhere.example.com/x; not followed",
        http_status=status,
        request_id="req-1",
        scope=Scope.EVERYTHING,
    )


def test_a_request_that_did_not_leave_may_be_asked_again() -> None:
    failure = Failure(kind=FailureKind.NOT_SENT, message="no connection")
    assert ask(failure) == TryAgain(
        why=Passing.NOT_SENT,
        message="no connection",
        http_status=None,
        request_id="",
        wait_seconds=None,
    )


def test_a_request_without_an_answer_is_uncertain() -> None:
    failure = Failure(kind=FailureKind.NO_ANSWER, message="the connection broke")
    assert ask(failure) == Uncertain(
        message="the connection broke", http_status=None, request_id="", unreadable_success=False
    )


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("38", 38.0),
        ("Thu, 20 Nov 2025 00:54:50 GMT", 90.0),
        ("86400", 86_400.0),
        ("300s", None),
        ("-1", None),
        (None, None),
    ],
)
def test_the_wait_that_a_throttling_asks_for_is_read(
    header: str | None, seconds: float | None
) -> None:
    answer = ask(reply(429, gateway("429050"), retry_after=header))
    assert isinstance(answer, TryAgain)
    assert answer.wait_seconds == seconds


def test_the_platforms_words_are_kept_verbatim_and_cut() -> None:
    words = "é\x1b[31m=HYPERLINK() " * 1000
    answer = ask(reply(400, flow_service("9999", 400, words)))
    assert isinstance(answer, Refused)
    assert answer.message == words[:2000]


def test_an_html_page_is_told_without_its_tags() -> None:
    answer = ask(reply(502, HTML))
    assert answer.message == "HTTP 502: 502 Bad Gateway nginx"


def test_a_body_without_words_is_said_to_be_so() -> None:
    answer = ask(reply(500))
    assert answer.message == "HTTP 500: no words"


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["id", "items", "etag", "error_code", "message", "type", "report", "title", "status",
             "detailed-message", "errorMessage", "errorDetails", "detail"]
        ) | st.text(max_size=3),
        inner,
        max_size=5,
    ),
    max_leaves=12,
)  # fmt: skip


@given(status=st.integers(min_value=100, max_value=599), body=JSON, cut=st.booleans())
def test_no_json_whatever_breaks_the_reading_and_only_a_success_is_accepted(
    *, status: int, body: Any, cut: bool
) -> None:
    answer = ask(reply(status, body, cut=cut))
    accepted_or_unread = isinstance(answer, Accepted) or (
        isinstance(answer, Uncertain) and answer.unreadable_success
    )
    assert accepted_or_unread is (200 <= status < 300)
    said = [answer.new_run_id] if isinstance(answer, Accepted) else [answer.message]
    for words in [*said, *([answer.code] if isinstance(answer, Refused) else [])]:
        words.encode()


@given(status=st.integers(min_value=200, max_value=599), body=st.binary(max_size=300))
def test_no_bytes_whatever_break_the_reading(status: int, body: bytes) -> None:
    ask(reply(status, body)).request_id.encode()


@given(status=st.integers(min_value=500, max_value=599), body=JSON)
def test_a_server_error_is_never_taken_for_a_refusal(status: int, body: Any) -> None:
    answer = ask(reply(status, body))
    assert isinstance(answer, Uncertain) or (
        isinstance(answer, TryAgain) and status == 503 and answer.why is Passing.GATEWAY
    )
