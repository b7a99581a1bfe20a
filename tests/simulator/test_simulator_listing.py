"""``GET /runs`` and ``GET /runs/{id}``: entities, filters, order and pages."""

from typing import Any

import pytest
from yarl import URL

RUNS = {
    "listed": [
        {"id": "A", "started": "-5h"},
        {"id": "B", "started": "-4h", "status": "success"},
        {"id": "C", "started": "-3h", "error": "140"},
        {"id": "D", "started": "-2h", "status": "inProgress"},
        {"id": "E", "started": "-1h", "status": "partialSuccess"},
    ]
}
FLOW = {"id": "F1", "name": "SFTP loyalty", "connector": "sftp", "runs": RUNS}
HOUR_MS = 3_600_000


async def test_one_run_comes_in_a_list_of_one_with_the_documented_fields(
    start: Any, now_ms: int
) -> None:
    visitor = await start(flows=[FLOW])
    answer = await visitor.get("/runs/A")
    (run,) = answer.json["items"]
    assert sorted(answer.json) == ["items"]
    assert {
        key: run[key] for key in ("id", "flowId", "sandboxName", "createdBy", "createdClient")
    } == {
        "id": "A",
        "flowId": "F1",
        "sandboxName": "prod",
        "createdBy": "acp_foundation_connectors@AdobeID",
        "createdClient": "acp_foundation_connectors",
    }
    assert run["etag"].startswith('"')
    assert run["etag"].endswith('"')
    assert run["providerRefId"].startswith("M-F1-incremental-0:")
    assert run["metrics"]["durationSummary"]["startedAtUTC"] == now_ms - 5 * HOUR_MS
    assert 15_000 <= run["createdAt"] - (now_ms - 5 * HOUR_MS) < 20_000
    assert run["metrics"]["statusSummary"] == {
        "status": "failed",
        "errors": [
            {"code": "CONNECTOR-1001-500", "message": "Error in copying the data from Source."}
        ],
        "activityRefs": ["4f008a00-3a04-11eb-adc1-0242ac120002"],
    }
    assert [activity["name"] for activity in run["activities"]] == [
        "SFTP Copy Activity",
        "Promotion Activity",
    ]
    window = run["activities"][0]["durationSummary"]["extensions"]
    assert window["windowEnd"] - window["windowStart"] == HOUR_MS


async def test_a_listed_run_is_shown_as_it_was_written_out(start: Any, now_ms: int) -> None:
    listed = {
        "id": "A",
        "status": "partialFailure",
        "error": "X-1",
        "error_message": "=1+1",
        "started": "2027-01-15T07:00:00+01:00",
        "records_in": 10,
        "records_out": 4,
        "created_by": "ANN@AdobeID",
        "created_client": "exc_app",
    }
    visitor = await start(flows=[{"runs": {"listed": [listed]}}])
    (run,) = (await visitor.get("/runs/A")).json["items"]
    metrics = run["metrics"]
    assert (run["createdBy"], run["createdClient"]) == ("ANN@AdobeID", "exc_app")
    assert metrics["durationSummary"]["startedAtUTC"] == now_ms - 2 * HOUR_MS
    assert metrics["statusSummary"]["status"] == "partialFailure"
    assert metrics["statusSummary"]["errors"] == [{"code": "X-1", "message": "=1+1"}]
    assert metrics["recordSummary"] == {
        "inputRecordCount": 10,
        "outputRecordCount": 4,
        "failedRecordCount": 6,
        "failedInfo": [{"code": "X-1", "message": "=1+1"}],
    }


async def test_a_run_under_way_has_neither_duration_nor_activities(start: Any) -> None:
    visitor = await start(flows=[FLOW])
    (run,) = (await visitor.get("/runs/D")).json["items"]
    assert run["metrics"] == {"statusSummary": {"status": "inProgress"}}
    assert run["activities"] == []


async def test_runs_come_newest_first_unless_asked_otherwise(start: Any) -> None:
    visitor = await start(flows=[FLOW])
    assert (await visitor.get("/runs")).ids == ["E", "D", "C", "B", "A"]
    assert (await visitor.get("/runs", orderby="createdAt")).ids == ["A", "B", "C", "D", "E"]
    assert (await visitor.get("/runs", orderby="+id")).ids == ["A", "B", "C", "D", "E"]
    assert (await visitor.get("/runs", orderby="-metrics.statusSummary.status,id")).ids == [
        *("B", "E", "D"),
        *("A", "C"),
    ]


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        (["metrics.statusSummary.status==failed"], ["C", "A"]),
        (["metrics.statusSummary.status==Failed"], []),
        (["metrics.statusSummary.status==failed,success"], ["C", "B", "A"]),
        (["state==inProgress"], ["D"]),
        (["id==A,C,nothing"], ["C", "A"]),
        (["flowId==F1,F2"], ["E", "D", "C", "B", "A"]),
        (["flowId==F2"], []),
        (["id==A,B", "metrics.statusSummary.status==success"], ["B"]),
        (["metrics.statusSummary.errors[].code==140"], ["C"]),
        (["metrics.statusSummary.errors.code==140"], []),
        (["metrics.durationSummary.startedAtUTC>1799989200000"], ["E"]),
        (["metrics.durationSummary.startedAtUTC>=1799989200000"], ["E", "C"]),
        (["metrics.durationSummary.startedAtUTC<=1799985600000"], ["B", "A"]),
        (["metrics.durationSummary.startedAtUTC<1799985600000"], ["A"]),
        (["createdAt>=1799992800000"], ["E", "D"]),
        (["createdAt>=1799992800000", "createdAt<1799996400000"], ["D"]),
        (["sandboxName==prod"], ["E", "D", "C", "B", "A"]),
        (["sandboxName==stage"], []),
        (["no.such.path==1"], []),
    ],
)
async def test_filters_are_anded_and_mean_what_the_documents_say(
    start: Any, properties: list[str], expected: list[str]
) -> None:
    visitor = await start(flows=[FLOW])
    assert (await visitor.get("/runs", *properties)).ids == expected
    assert (await visitor.get("/runs", *properties, count="true")).json == {"count": len(expected)}


async def test_a_scenario_can_forget_about_the_case_of_a_status(start: Any) -> None:
    visitor = await start(flows=[FLOW], behaviour={"status_case": "any"})
    assert (await visitor.get("/runs", "metrics.statusSummary.status==FAILED")).ids == ["C", "A"]


async def test_a_filter_can_do_nothing(start: Any) -> None:
    visitor = await start(flows=[FLOW], behaviour={"ignored_filters": ["createdAt"]})
    assert len((await visitor.get("/runs", "createdAt>9999999999999")).ids) == 5


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ([("page", "2")], "FLOW-1451-400"),
        ([("start", "0")], "FLOW-1451-400"),
        ([("limit", "5"), ("count", "true")], "FLOW-1401-400"),
        ([("limit", "0")], "FLOW-1453-400"),
        ([("limit", "many")], "FLOW-1453-400"),
        ([("orderby", " createdAt")], "FLOW-1432-400"),
        ([("orderby", "-nothing")], "FLOW-1433-400"),
        ([("property", "id~x")], "FLOW-1440-400"),
        ([("property", "createdAt<=1,2")], "FLOW-1443-400"),
        ([("property", "id>=x")], "FLOW-1448-400"),
        ([("property", "[]==x")], "FLOW-1449-400"),
        ([("property", "id!>x")], "FLOW-1450-400"),
        ([("property", "id!=x")], "FLOW-1450-400"),
        ([("property", "createdAt==1,x")], "FLOW-1452-400"),
        ([("property", "createdAt>=2026-11-20T02:00:00Z")], "FLOW-1452-400"),
        ([("property", "createdAt==")], "FLOW-1453-400"),
        ([("property", "createdAt")], "FLOW-1453-400"),
        ([("continuationToken", "made up")], "FLOW-1453-400"),
        ([("continuationToken", "+RID:~!!!#RT:1/==&x=%2B")], "FLOW-1453-400"),
        ([("continuationToken", "+RID:~WzFlOTk5LDEsMV0=#RT:1/==&x=%2B")], "FLOW-1453-400"),
    ],
)
async def test_what_the_platform_does_not_take_has_its_code_from_the_catalogue(
    start: Any, query: list[tuple[str, str]], code: str
) -> None:
    visitor = await start(flows=[FLOW])
    answer = await visitor.send("GET", "/data/foundation/flowservice/runs", query=query)
    assert (answer.status, answer.code) == (400, code)


async def test_limit_goes_with_a_count_that_is_false(start: Any) -> None:
    visitor = await start(flows=[FLOW])
    assert (await visitor.get("/runs", limit="2", count="false")).ids == ["E", "D"]


async def test_a_page_holds_a_hundred_at_most_and_twenty_unless_asked(start: Any) -> None:
    visitor = await start(flows=[{"runs": {"failed": 120}}])
    assert len((await visitor.get("/runs")).ids) == 20
    assert len((await visitor.get("/runs", limit="5000")).ids) == 100


async def test_following_the_links_meets_every_run_once(start: Any) -> None:
    visitor = await start(flows=[FLOW])
    assert await visitor.walk("/runs", limit="2") == [["E", "D"], ["C", "B"], ["A"]]
    assert await visitor.walk("/runs", limit="2", orderby="createdAt") == [
        ["A", "B"],
        ["C", "D"],
        ["E"],
    ]
    assert await visitor.walk("/runs", limit="3", orderby="id") == [["A", "B", "C"], ["D", "E"]]
    assert await visitor.walk("/runs", "metrics.statusSummary.status==failed", limit="1") == [
        ["C"],
        ["A"],
    ]


async def test_the_next_link_is_relative_and_its_token_is_awkward(start: Any) -> None:
    visitor = await start(flows=[FLOW])
    href = (await visitor.get("/runs", "id==A,B", limit="1")).json["_links"]["next"]["href"]
    assert href.startswith("/runs?continuationToken=%2BRID%3A~")
    assert "property" not in href
    assert href.endswith("%23RT%3A1%2F%3D%3D%26x%3D%252B")


async def test_the_next_link_has_other_forms(start: Any) -> None:
    bare = await start(flows=[FLOW], behaviour={"next_link": "query"})
    whole = await start(flows=[FLOW], behaviour={"next_link": "repeats_filters"})
    href = (await bare.get("/runs", limit="4")).json["_links"]["next"]["href"]
    assert href.startswith("?continuationToken=")
    href = (await whole.get("/runs", "flowId==F1", limit="4")).json["_links"]["next"]["href"]
    assert href.startswith("/runs?property=flowId%3D%3DF1&limit=4&continuationToken=")
    assert await whole.walk("/runs", limit="4") == [["E", "D", "C", "B"], ["A"]]


async def test_the_last_page_has_empty_links_or_none(start: Any) -> None:
    empty = await start(flows=[FLOW])
    none = await start(flows=[FLOW], behaviour={"last_page": "no_links"})
    assert (await empty.get("/runs")).json["_links"] == {}
    assert "_links" not in (await none.get("/runs")).json


async def test_a_new_run_between_two_pages_shifts_them_only_where_the_scenario_says_so(
    start: Any,
) -> None:
    for paging, second in (("stable", ["C", "B"]), ("shifting", ["D", "C"])):
        visitor = await start(flows=[FLOW], behaviour={"paging": paging})
        first = await visitor.get("/runs", limit="2")
        assert first.ids == ["E", "D"]
        await visitor.retrigger("A")
        pages = await visitor.walk("/runs", limit="2")
        assert pages[0][1] == "E"
        token = first.json["_links"]["next"]["href"].partition("=")[2]
        path = f"/data/foundation/flowservice/runs?limit=2&continuationToken={token}"
        url = f"{visitor.served.url}{path}"
        async with visitor.session.get(URL(url, encoded=True), headers=visitor.headers) as response:
            items = (await response.json())["items"]
        assert [item["id"] for item in items] == second


async def test_a_labelled_flow_and_its_runs_are_not_there(start: Any) -> None:
    hidden = {"id": "F2", "labelled": True, "runs": {"failed": 3, "listed": [{"id": "H"}]}}
    visitor = await start(flows=[FLOW, hidden])
    assert (await visitor.get("/runs")).ids == ["E", "D", "C", "B", "A"]
    assert (await visitor.get("/runs", "flowId==F2")).ids == []
    assert (await visitor.get("/runs", "id==H")).ids == []
    assert (await visitor.get("/flows")).ids == ["F1"]
    for path in ("/runs/H", "/flows/F2"):
        answer = await visitor.get(path)
        assert (answer.status, answer.code) == (404, "FLOW-1439-404")
    assert (await visitor.retrigger("H")).status == 404


@pytest.mark.parametrize(("style", "status"), [("404", 404), ("400", 400), ("legacy", 404)])
async def test_not_found_has_three_shapes(start: Any, style: str, status: int) -> None:
    visitor = await start(flows=[FLOW], behaviour={"not_found": style})
    answer = await visitor.get("/runs/nothing")
    assert answer.status == status
    if style == "legacy":
        message = "runs not found with id = [nothing]"
        assert answer.json == {"errorMessage": message, "errorDetails": message}
    else:
        assert answer.code == f"FLOW-1439-{status}"


async def test_a_run_of_another_sandbox_is_not_there(start: Any) -> None:
    sandboxes = [{"name": "prod"}, {"name": "stage", "flows": [FLOW]}]
    visitor = await start(sandboxes=sandboxes)
    assert (await visitor.get("/runs")).ids == []
    assert (await visitor.get("/runs", "id==A")).ids == []
    assert (await visitor.get("/runs/A")).status == 404


async def test_old_flows_tell_time_in_seconds_and_odd_runs_lack_their_end(
    start: Any, now_ms: int
) -> None:
    flow = {**FLOW, "times_in_seconds": True}
    visitor = await start(flows=[flow], behaviour={"quirks": True})
    (run,) = (await visitor.get("/runs/A")).json["items"]
    assert run["metrics"]["durationSummary"] == {"startedAtUTC": (now_ms - 5 * HOUR_MS) // 1000}
    assert run["metrics"]["sizeSummary"] == {"inputBytes": -1, "outputBytes": -1}


async def test_calls_that_the_service_does_not_have_are_refused(start: Any) -> None:
    visitor = await start(flows=[FLOW])
    base = "/data/foundation/flowservice"
    answers = [
        await visitor.send("DELETE", f"{base}/runs/A"),
        await visitor.send("POST", f"{base}/runs"),
        await visitor.send("GET", f"{base}/elsewhere"),
        await visitor.send("GET", "/data/elsewhere"),
    ]
    assert [answer.status for answer in answers] == [405, 405, 404, 404]
