"""Every fault, over a real connection: what the client sees, and what the platform did."""

import json
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import pytest

DROPPED = (aiohttp.ClientConnectionError, ConnectionResetError)


def fault(do: Any, *, call: str | list[str] = "retrigger", **when: Any) -> list[dict[str, Any]]:
    return [{"match": {"call": call}, "when": when, "do": do}]


async def test_an_answer_can_be_late_while_the_act_is_not(start: Any, failed_run: Any) -> None:
    visitor = await start(flows=[failed_run], faults=fault({"answer_late": {"seconds": 90}}))
    assert (await visitor.retrigger("R1")).status == 200
    assert visitor.clock.slept == [90]
    assert visitor.served.summary()["accepted"] == 1


async def test_a_connection_can_be_reset_after_the_act(start: Any, failed_run: Any) -> None:
    visitor = await start(flows=[failed_run], faults=fault("commit_then_drop"))
    with pytest.raises(DROPPED):
        await visitor.retrigger("R1")
    assert visitor.served.summary()["accepted"] == 1
    assert visitor.served.ledger()["requests"][-1]["answer"] == "dropped"


async def test_a_connection_can_be_reset_before_the_act(start: Any, failed_run: Any) -> None:
    visitor = await start(flows=[failed_run], faults=fault("drop_before_commit"))
    with pytest.raises(DROPPED):
        await visitor.retrigger("R1")
    assert visitor.served.summary()["accepted"] == 0


async def test_a_lost_request_can_act_later(start: Any, failed_run: Any, now_ms: int) -> None:
    do = {"drop_then_commit": {"seconds": 30}}
    visitor = await start(flows=[failed_run], faults=fault(do))
    with pytest.raises(DROPPED):
        await visitor.retrigger("R1")
    visitor.clock.ms += 29_999
    assert (await visitor.get("/runs")).ids == ["R1"]
    visitor.clock.ms += 1
    assert len((await visitor.get("/runs")).ids) == 2
    assert visitor.served.ledger()["accepted"][0]["at_ms"] == now_ms + 30_000


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize(
    ("body", "content_type"),
    [("json", "application/json"), ("html", "text/html"), ("empty", "application/json")],
)
async def test_the_client_can_be_told_of_an_error_after_the_act(
    start: Any, failed_run: Any, status: int, body: str, content_type: str
) -> None:
    do = {"commit_then_status": {"status": status, "body": body}}
    visitor = await start(flows=[failed_run], faults=fault(do))
    answer = await visitor.retrigger("R1")
    assert (answer.status, answer.headers["Content-Type"]) == (status, content_type)
    assert (answer.body == b"") is (body == "empty")
    assert visitor.served.summary()["accepted"] == 1


@pytest.mark.parametrize(
    ("do", "expected"),
    [
        (
            {"status": 403, "body": "gateway", "code": "503020"},
            {"error_code": "503020", "message": "Could not read the profile"},
        ),
        (
            {"status": 429, "body": "gateway", "code": "429001"},
            {"error_code": "429001", "message": "Service usage limit reached"},
        ),
        (
            {"status": 503, "body": "gateway"},
            {"error_code": "503010", "message": "Could not validate the oauth token"},
        ),
        (
            {"status": 412, "body": "legacy", "message": "m"},
            {"errorMessage": "m", "errorDetails": "m"},
        ),
        ({"status": 500, "body": "json", "message": "m"}, {"message": "m"}),
    ],
)
async def test_an_error_can_be_answered_without_any_act(
    start: Any, failed_run: Any, do: dict[str, Any], expected: dict[str, str]
) -> None:
    visitor = await start(flows=[failed_run], faults=fault({"status": do}))
    answer = await visitor.retrigger("R1")
    assert (answer.status, answer.json) == (do["status"], expected)
    assert visitor.served.summary()["accepted"] == 0


async def test_an_error_can_have_flow_services_shape_or_be_plain_text(
    start: Any, failed_run: Any
) -> None:
    faults = [
        *fault({"status": {"status": 400, "code": "1100-400", "message": "no"}}, nth=1),
        *fault({"status": {"status": 502, "body": "text", "message": "upstream"}}, nth=2),
    ]
    visitor = await start(flows=[failed_run], faults=faults)
    first, second = [await visitor.retrigger("R1") for _ in range(2)]
    assert (first.status, first.code, first.json["errorMessage"]) == (400, "FLOW-1100-400", "no")
    assert (second.status, second.body) == (502, b"upstream")


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("seconds", "7"),
        ("absurd", "1000000000000"),
        ("negative", "-5"),
        ("garbage", "soon"),
        ("none", None),
    ],
)
async def test_retry_after_comes_in_sane_and_insane_forms(
    start: Any, failed_run: Any, form: str, value: str | None
) -> None:
    do = {
        "status": {"status": 429, "body": "gateway", "retry_after": form, "retry_after_seconds": 7}
    }
    visitor = await start(flows=[failed_run], faults=fault(do))
    assert (await visitor.retrigger("R1")).headers.get("Retry-After") == value


async def test_retry_after_can_be_a_date(start: Any, failed_run: Any, now_ms: int) -> None:
    do = {"status": {"status": 429, "retry_after": "http_date", "retry_after_seconds": 7}}
    visitor = await start(flows=[failed_run], faults=fault(do))
    header = (await visitor.retrigger("R1")).headers["Retry-After"]
    assert parsedate_to_datetime(header).timestamp() * 1000 == now_ms + 7000


async def test_throttling_can_look_like_a_server_error(start: Any, failed_run: Any) -> None:
    visitor = await start(flows=[failed_run], faults=fault("throttle_500", nth=1))
    answers = [await visitor.retrigger("R1") for _ in range(2)]
    assert (answers[0].status, answers[0].code, answers[1].status) == (500, "FLOW-1400-500", 200)
    assert visitor.served.summary()["accepted"] == 1


async def test_a_token_can_be_revoked_until_a_new_one_is_asked_for(
    start: Any, failed_run: Any
) -> None:
    visitor = await start(flows=[failed_run], faults=fault("token_revoked", nth=1))
    refused = await visitor.retrigger("R1")
    still = await visitor.get("/flows")
    await visitor.sign_in()
    taken = await visitor.retrigger("R1")
    assert (refused.status, refused.code, still.code) == (401, "401013", "401013")
    assert (taken.status, visitor.served.summary()["accepted"]) == (200, 1)


async def test_a_token_can_be_revoked_for_ever(start: Any, failed_run: Any) -> None:
    visitor = await start(flows=[failed_run], faults=fault("token_revoked_for_ever", nth=1))
    await visitor.retrigger("R1")
    await visitor.sign_in()
    assert (await visitor.retrigger("R1")).code == "401013"


async def test_a_body_can_be_cut_off(start: Any, failed_run: Any) -> None:
    visitor = await start(flows=[failed_run], faults=fault("cut_body"))
    with pytest.raises(aiohttp.ClientPayloadError):
        await visitor.retrigger("R1")
    assert visitor.served.summary()["accepted"] == 1


async def test_a_body_can_come_slowly(start: Any, failed_run: Any) -> None:
    visitor = await start(
        flows=[failed_run], faults=fault({"slow_body": {"seconds": 10}}, call="runs")
    )
    assert (await visitor.get("/runs")).ids == ["R1"]
    assert visitor.clock.slept == [0.5] * 20


async def test_a_body_can_be_huge_and_still_be_json(start: Any, failed_run: Any) -> None:
    do = {"huge_body": {"megabytes": 3.5}}
    visitor = await start(flows=[failed_run], faults=fault(do, call="runs"))
    answer = await visitor.get("/runs")
    assert answer.ids == ["R1"]
    assert len(answer.body) > 3.5 * 2**20
    assert int(answer.headers["Content-Length"]) == len(answer.body)


async def test_a_client_can_be_sent_elsewhere(start: Any, failed_run: Any) -> None:
    do = {"redirect": {"to": "http://127.0.0.1:9/x", "status": 307}}
    visitor = await start(flows=[failed_run], faults=fault(do))
    answer = await visitor.retrigger("R1")
    assert (answer.status, answer.headers["Location"]) == (307, "http://127.0.0.1:9/x")
    assert visitor.served.summary()["accepted"] == 0


async def test_the_content_type_can_lie(start: Any, failed_run: Any) -> None:
    visitor = await start(flows=[failed_run], faults=fault("wrong_content_type"))
    answer = await visitor.retrigger("R1")
    assert (answer.headers["Content-Type"], sorted(answer.json)) == ("text/html", ["etag", "id"])


async def test_a_body_can_be_empty_or_unreadable_after_the_act(start: Any, failed_run: Any) -> None:
    faults = [*fault("empty_body", nth=1), *fault("unreadable_success", nth=2)]
    visitor = await start(flows=[failed_run], faults=faults)
    empty, broken = [await visitor.retrigger("R1") for _ in range(2)]
    assert (empty.status, empty.body) == (200, b"")
    assert broken.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken.body)
    assert visitor.served.summary()["accepted"] == 2


LISTED = {"listed": [{"id": f"R{n}", "started": f"-{n}h"} for n in range(1, 8)]}


@pytest.mark.parametrize("call", [("runs", "/runs", "createdAt"), ("flows", "/flows", "name")])
async def test_a_page_can_come_twice_and_a_page_can_be_missed(
    start: Any, call: tuple[str, str, str]
) -> None:
    kind, path, order = call
    flows = [
        {"id": f"F{n}", "name": f"F{n}", "runs": LISTED if n == 1 else {}} for n in range(1, 8)
    ]
    letter = path[1].upper()
    for behaviour in ({}, {"paging": "shifting"}):
        twice = await start(
            flows=flows, faults=fault("duplicate_page", call=kind, nth=[1, 3]), behaviour=behaviour
        )
        missed = await start(
            flows=flows, faults=fault("missing_page", call=kind, nth=1), behaviour=behaviour
        )
        order_by = f"-{order}" if kind == "runs" else order
        repeated = await twice.walk(path, limit="3", orderby=order_by)
        skipped = await missed.walk(path, limit="3", orderby=order_by)
        pages = [[f"{letter}{n}" for n in page] for page in ((1, 2, 3), (4, 5, 6), (7,))]
        assert repeated == [pages[0], pages[0], pages[1], pages[1], pages[2]]
        assert skipped == [pages[0], pages[2]]


async def test_a_first_page_can_come_twice_in_rising_order(start: Any) -> None:
    faults = fault("duplicate_page", call="runs", nth=1)
    visitor = await start(flows=[{"runs": LISTED}], faults=faults)
    pages = await visitor.walk("/runs", limit="4", orderby="createdAt")
    assert [len(page) for page in pages] == [4, 4, 3]
    assert pages[0] == pages[1]


async def test_a_continuation_token_can_expire(start: Any) -> None:
    faults = fault("expired_continuation_token", call="runs")
    visitor = await start(flows=[{"runs": LISTED}], faults=faults)
    first = await visitor.get("/runs", limit="3")
    assert first.ids == ["R1", "R2", "R3"]
    second = await visitor.get("/runs", limit="3", continuationToken="any")
    assert (second.status, second.code) == (400, "FLOW-1453-400")


async def test_a_message_can_be_hostile(start: Any, failed_run: Any) -> None:
    visitor = await start(flows=[failed_run], faults=fault("hostile_text"))
    answer = await visitor.retrigger("R1")
    message = answer.json["errorMessage"]
    assert (answer.status, answer.code) == (400, "FLOW-1380-400")
    planted = ["\x1b[31m", "<script>", "\n=HYPERLINK(", "\n::error::", "\n::set-output", "##vso["]
    assert [text for text in planted if text not in message] == []


async def test_a_fault_strikes_in_the_turns_it_is_told(start: Any, failed_run: Any) -> None:
    cases = [
        ({"nth": 2}, [200, 503, 200, 200, 200, 200]),
        ({"nth": [1, 5]}, [503, 200, 200, 200, 503, 200]),
        ({"every": 3}, [200, 200, 503, 200, 200, 503]),
        ({"most": 2}, [503, 503, 200, 200, 200, 200]),
        ({"first_per_run": 1}, [503, 200, 200, 200, 200, 200]),
        ({"probability": 0}, [200] * 6),
        ({"every": 2, "most": 1}, [200, 503, 200, 200, 200, 200]),
    ]
    for when, expected in cases:
        do = {"status": {"status": 503}}
        visitor = await start(flows=[failed_run], faults=fault(do, **when))
        assert [(await visitor.retrigger("R1")).status for _ in range(6)] == expected, when


async def test_first_per_run_counts_each_run_by_itself(start: Any) -> None:
    faults = fault({"status": {"status": 503}}, first_per_run=2)
    visitor = await start(flows=[{"runs": LISTED}], faults=faults)
    statuses = [
        (await visitor.retrigger(run)).status for run in ("R1", "R2", "R1", "R1", "R2", "R2")
    ]
    assert statuses == [503, 503, 503, 200, 503, 200]


async def test_chance_comes_from_the_seed(start: Any, failed_run: Any) -> None:
    seen = []
    for seed in (1, 1, 2):
        faults = fault({"status": {"status": 503}}, probability=0.5)
        visitor = await start(flows=[failed_run], faults=faults, seed=seed)
        seen.append([(await visitor.retrigger("R1")).status for _ in range(30)])
    assert seen[0] == seen[1]
    assert seen[0] != seen[2]
    assert 5 < seen[0].count(503) < 25


async def test_a_fault_can_be_bound_to_a_span_of_time(start: Any, failed_run: Any) -> None:
    faults = fault({"status": {"status": 503}}, between={"from": "2s", "to": "4s"})
    visitor = await start(flows=[failed_run], faults=faults)
    statuses = []
    for _ in range(6):
        statuses.append((await visitor.retrigger("R1")).status)
        visitor.clock.ms += 1000
    assert statuses == [200, 200, 503, 503, 200, 200]


async def test_a_fault_can_be_bound_to_a_sandbox_a_flow_or_a_run(start: Any) -> None:
    sandboxes = [
        {
            "name": "prod",
            "flows": [
                {"id": "F1", "name": "S3 a", "runs": {"listed": [{"id": "A1"}, {"id": "A2"}]}},
                {"id": "F2", "name": "SFTP", "runs": {"listed": [{"id": "B1"}]}},
            ],
        },
        {"name": "stage"},
    ]

    def only(**match: str) -> list[dict[str, Any]]:
        return [{"match": match, "do": {"status": {"status": 503}}}]

    visitor = await start(sandboxes=sandboxes, faults=only(call="retrigger", flow="S3 *"))
    assert [(await visitor.retrigger(run)).status for run in ("A1", "B1")] == [503, 200]
    visitor = await start(sandboxes=sandboxes, faults=only(call="retrigger", run="*2"))
    assert [(await visitor.retrigger(run)).status for run in ("A1", "A2")] == [200, 503]
    visitor = await start(sandboxes=sandboxes, faults=only(call="runs", flow="S3 *"))
    answers = [await visitor.get("/runs", text) for text in ("flowId==F1", "flowId==F2")]
    assert [answer.status for answer in answers] == [503, 200]
    visitor = await start(sandboxes=sandboxes, faults=only(sandbox="st*"))
    statuses = [(await visitor.get("/flows")).status]
    visitor.headers["x-sandbox-name"] = "stage"
    statuses.append((await visitor.get("/flows")).status)
    assert statuses == [200, 503]


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("runs", "/data/foundation/flowservice/runs"),
        ("run", "/data/foundation/flowservice/runs/R1"),
        ("flows", "/data/foundation/flowservice/flows"),
        ("flows", "/data/foundation/flowservice/flows/F1"),
        ("flow_specs", "/data/foundation/flowservice/flowSpecs"),
        ("connection_specs", "/data/foundation/flowservice/connectionSpecs"),
        ("sandboxes", "/data/foundation/sandbox-management/"),
        ("sandboxes", "/data/foundation/sandbox-management/sandboxes/prod"),
    ],
)
async def test_every_kind_of_call_can_be_met(
    start: Any, failed_run: Any, kind: str, path: str
) -> None:
    faults = fault({"status": {"status": 504, "body": "html"}}, call=kind)
    visitor = await start(flows=[failed_run], faults=faults)
    assert (await visitor.send("GET", path)).status == 504


async def test_the_token_call_can_be_met(start: Any) -> None:
    faults = fault({"status": {"status": 503}}, call="token")
    visitor = await start(faults=faults, signed_in=False)
    assert (await visitor.ask_token()).status == 503


async def test_of_two_faults_that_are_due_the_first_is_carried_out(
    start: Any, failed_run: Any
) -> None:
    faults = [
        *fault({"status": {"status": 502}}, nth=2),
        *fault({"status": {"status": 503}}, nth=[2, 3]),
    ]
    visitor = await start(flows=[failed_run], faults=faults)
    assert [(await visitor.retrigger("R1")).status for _ in range(4)] == [200, 502, 503, 200]
