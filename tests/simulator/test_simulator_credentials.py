"""The token endpoint and the gateway, as Adobe's guides describe them."""

from typing import Any

import pytest


async def test_a_token_is_given_for_good_credentials_and_holds_a_day(start: Any) -> None:
    visitor = await start(signed_in=False)
    answer = await visitor.ask_token()
    body = answer.json
    token = body.pop("access_token")
    assert (answer.status, body) == (200, {"token_type": "bearer", "expires_in": 86399})
    visitor.headers["Authorization"] = f"Bearer {token}"
    assert (await visitor.get("/flows")).status == 200
    visitor.clock.ms += 24 * 3600 * 1000
    assert (await visitor.get("/flows")).code == "401013"


async def test_the_old_exchange_said_milliseconds(start: Any) -> None:
    visitor = await start(signed_in=False, behaviour={"expires_in": "milliseconds"})
    assert (await visitor.ask_token()).json["expires_in"] == 86_399_992


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_id": "somebody"}, 400, "invalid_client"),
        ({"client_secret": "guess"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": ""}, 400, "invalid_scope"),
    ],
)
async def test_a_wrong_token_request_is_refused_in_the_shape_of_rfc_6749(
    start: Any, changes: dict[str, str], status: int, error: str
) -> None:
    visitor = await start(signed_in=False)
    answer = await visitor.ask_token(**changes)
    assert (answer.status, answer.json["error"]) == (status, error)
    assert sorted(answer.json) == ["error", "error_description"]


async def test_a_token_request_must_be_a_form(start: Any) -> None:
    visitor = await start(signed_in=False)
    answer = await visitor.send("POST", "/ims/token/v3", data=b"{}")
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


async def test_too_many_tokens_are_throttled_until_a_minute_has_passed(start: Any) -> None:
    visitor = await start(signed_in=False, behaviour={"most_tokens_per_minute": 2})
    statuses = [(await visitor.ask_token()).status for _ in range(3)]
    visitor.clock.ms += 60_000
    statuses.append((await visitor.ask_token()).status)
    assert statuses == [200, 200, 429, 200]


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Authorization": None}, 403, "403010"),
        ({"Authorization": "Bearer nonsense"}, 401, "401013"),
        ({"x-api-key": None}, 403, "403000"),
        ({"x-api-key": "another"}, 403, "403003"),
        ({"x-gw-ims-org-id": None}, 400, "400003"),
        ({"x-gw-ims-org-id": "another@AdobeOrg"}, 403, "403027"),
        ({"x-sandbox-name": None}, 400, "FLOW-2105-400"),
        ({"x-sandbox-name": "nowhere"}, 404, "FLOW-2100-404"),
        ({"x-sandbox-name": "*"}, 403, "FLOW-2111-403"),
        ({"x-sandbox-id": "1"}, 400, "FLOW-2110-400"),
    ],
)
async def test_a_call_with_a_wrong_header_is_refused_with_its_own_code(
    start: Any, headers: dict[str, str | None], status: int, code: str
) -> None:
    visitor = await start()
    answer = await visitor.send("GET", "/data/foundation/flowservice/runs", headers=headers)
    assert (answer.status, answer.code) == (status, code)


async def test_a_post_without_its_content_type_is_refused(start: Any, failed_run: Any) -> None:
    visitor = await start(flows=[failed_run])
    answer = await visitor.retrigger("R1", Content_Type="text/plain")
    assert (answer.status, answer.json["detail"]) == (400, "A valid content-type must be specified")
    assert visitor.served.summary()["accepted"] == 0


async def test_sandboxes_that_cannot_be_used_have_codes_of_their_own(start: Any) -> None:
    sandboxes = [
        {"name": "gone", "state": "deleted"},
        {"name": "theirs", "permission": "none"},
    ]
    visitor = await start(sandboxes=sandboxes)
    gone = await visitor.get("/runs")
    visitor.headers["x-sandbox-name"] = "theirs"
    theirs = await visitor.get("/runs")
    assert (gone.status, gone.code) == (404, "FLOW-2101-404")
    assert (theirs.status, theirs.code) == (403, "FLOW-2120-403")


async def test_a_request_id_is_echoed_or_made_and_stands_in_error_reports(start: Any) -> None:
    visitor = await start()
    visitor.headers["x-request-id"] = "mine"
    echoed = await visitor.get("/runs/unknown")
    del visitor.headers["x-request-id"]
    made = await visitor.get("/runs/unknown")
    assert echoed.headers["X-Request-Id"] == "mine"
    assert echoed.json["report"]["request-id"] == "mine"
    assert made.headers["X-Request-Id"] == made.json["report"]["request-id"]
    assert len(made.headers["X-Request-Id"]) == 36
    assert made.headers["Server"] == "APIP"


async def test_the_date_header_tells_the_platforms_own_time(start: Any) -> None:
    visitor = await start()
    visitor.served.advance(3600)
    assert (await visitor.get("/flows")).headers["Date"] == "Fri, 15 Jan 2027 09:00:00 GMT"


async def test_the_platforms_rate_limit_answers_429_and_refills_with_time(start: Any) -> None:
    visitor = await start(rate_limit={"per_second": 2, "burst": 3, "retry_after_seconds": 1})
    answers = [await visitor.get("/flows") for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].json == {"error_code": "429050", "message": "Too many requests"}
    assert answers[-1].headers["Retry-After"] == "1"
    visitor.clock.ms += 1000
    assert [(await visitor.get("/flows")).status for _ in range(3)] == [200, 200, 429]


async def test_the_rate_limit_can_hide_behind_a_500_without_retry_after(start: Any) -> None:
    limit = {"per_second": 1, "burst": 1, "answer": 500, "retry_after": "none"}
    visitor = await start(rate_limit=limit)
    answers = [await visitor.get("/flows") for _ in range(2)]
    assert (answers[1].status, answers[1].code) == (500, "FLOW-1400-500")
    assert "Retry-After" not in answers[1].headers


async def test_the_rate_limit_can_count_only_some_kinds_of_call(
    start: Any, failed_run: Any
) -> None:
    limit = {"per_second": 1, "burst": 1, "calls": ["retrigger"]}
    visitor = await start(flows=[failed_run], rate_limit=limit)
    reads = [(await visitor.get("/flows")).status for _ in range(5)]
    acts = [(await visitor.retrigger("R1")).status for _ in range(2)]
    assert (reads, acts) == ([200] * 5, [200, 429])
