"""What changes with time: the life of runs, visibility, schedules, colleagues."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("mix", "status", "code", "is_empty"),
    [
        ({"recovers": 1}, "success", None, False),
        ({"empty": 1}, "success", None, True),
        ({"partial": 1}, "partialSuccess", "CONNECTOR-1001-500", False),
        ({"fails_again": 1}, "failed", "CONNECTOR-1001-500", True),
        ({"fails_again": 1, "fails_with": "133"}, "failed", "133", False),
    ],
)
async def test_a_new_run_is_in_progress_and_then_ends_as_the_scenario_says(
    start: Any,
    failed_run: Any,
    *,
    mix: dict[str, Any],
    status: str,
    code: str | None,
    is_empty: bool,
) -> None:
    visitor = await start(flows=[{**failed_run, "retrigger": {**mix, "takes": "2s"}}])
    new_id = (await visitor.retrigger("R1")).json["id"]
    visitor.clock.ms += 1999
    assert await visitor.status(new_id) == "inProgress"
    visitor.clock.ms += 1
    (run,) = (await visitor.get(f"/runs/{new_id}")).json["items"]
    summary = run["metrics"]["statusSummary"]
    assert summary["status"] == status
    assert [error["code"] for error in summary.get("errors", [])] == ([code] if code else [])
    assert (run["metrics"]["recordSummary"]["inputRecordCount"] == 0) is is_empty
    assert run["metrics"]["durationSummary"]["completedAtUTC"] == visitor.clock.ms
    assert run["updatedAt"] == visitor.clock.ms


async def test_the_time_a_run_takes_lies_in_its_span(start: Any) -> None:
    flow = {"runs": {"failed": 50}, "retrigger": {"takes": {"from": "1s", "to": "3s"}}}
    visitor = await start(flows=[flow])
    old = (await visitor.get("/runs", limit="50")).ids
    new = {(await visitor.retrigger(run)).json["id"] for run in old}
    running = []
    for _ in range(5):
        answer = await visitor.get("/runs", "state==inProgress", count="true")
        running.append(answer.json["count"])
        visitor.clock.ms += 500 if len(running) > 1 else 999
    assert len(new) == 50
    assert running[:2] == [50, 50]
    assert 0 < running[3] < 50
    visitor.clock.ms += 500
    assert (await visitor.get("/runs", "state==inProgress")).ids == []


async def test_runs_that_are_over_took_as_long_as_the_scenario_says(start: Any) -> None:
    took = {"from": "2s", "to": "5s"}
    visitor = await start(flows=[{"runs": {"failed": 25, "success": 25, "took": took}}])
    spans = [
        run["metrics"]["durationSummary"]["completedAtUTC"]
        - run["metrics"]["durationSummary"]["startedAtUTC"]
        for run in (await visitor.get("/runs", limit="50")).json["items"]
    ]
    assert len(spans) == 50
    assert min(spans) >= 2_000
    assert max(spans) < 5_000
    assert len(set(spans)) > 25


async def test_a_new_run_stays_unseen_for_the_visibility_lag(start: Any, failed_run: Any) -> None:
    visitor = await start(flows=[failed_run], behaviour={"visibility_lag": "20s"})
    new_id = (await visitor.retrigger("R1")).json["id"]
    visitor.clock.ms += 19_999
    assert (await visitor.get("/runs")).ids == ["R1"]
    assert (await visitor.get("/runs", f"id=={new_id}")).ids == []
    assert (await visitor.get(f"/runs/{new_id}")).status == 404
    visitor.clock.ms += 1
    assert (await visitor.get("/runs")).ids == [new_id, "R1"]


async def test_a_schedule_makes_runs_of_its_own(start: Any, failed_run: Any, now_ms: int) -> None:
    schedule = {"every": "10m", "recovers": 1, "takes": "1m"}
    visitor = await start(flows=[{**failed_run, "schedule": schedule}])
    assert (await visitor.get("/runs")).ids == ["R1"]
    visitor.clock.ms += 35 * 60_000
    runs = (await visitor.get("/runs", "createdAt>0")).json["items"]
    made = [run for run in runs if run["id"] != "R1"]
    assert [run["metrics"]["statusSummary"]["status"] for run in made] == ["success"] * 3
    starts = [run["metrics"]["durationSummary"]["startedAtUTC"] for run in made]
    assert starts == [now_ms + minutes * 60_000 for minutes in (30, 20, 10)]
    assert all(
        15_000 <= run["createdAt"] - at < 20_000 for run, at in zip(made, starts, strict=True)
    )
    assert {run["createdClient"] for run in made} == {"acp_foundation_connectors"}


async def test_a_disabled_flow_makes_no_runs(start: Any, failed_run: Any) -> None:
    flow = {**failed_run, "state": "disabled", "schedule": {"every": "1m"}}
    visitor = await start(flows=[flow])
    visitor.clock.ms += 3_600_000
    assert (await visitor.get("/runs")).ids == ["R1"]


async def test_a_colleague_retriggers_the_oldest_failed_runs_in_the_user_interface(
    start: Any,
) -> None:
    listed = [{"id": f"R{n}", "started": f"-{n}h"} for n in (1, 2, 3)]
    flows = [
        {"id": "F1", "name": "S3 orders", "runs": {"listed": listed}},
        {"id": "F2", "name": "SFTP", "runs": {"listed": [{"id": "X", "started": "-9h"}]}},
    ]
    colleague = {"user": "ANN@AdobeID", "flow": "S3 *", "after": "5s", "every": "2s", "most": 2}
    visitor = await start(flows=flows, colleagues=[colleague])
    visitor.clock.ms += 60_000
    (new, *_) = (await visitor.get("/runs", "createdClient==exc_app")).json["items"]
    accepted = visitor.served.ledger()["accepted"]
    assert (new["createdBy"], new["createdClient"]) == ("ANN@AdobeID", "exc_app")
    assert [(line["old_run"], line["client"]) for line in accepted] == [
        ("R3", "exc_app"),
        ("R2", "exc_app"),
    ]
    assert [line["at_ms"] - visitor.clock.ms for line in accepted] == [-55_000, -53_000]


async def test_a_colleague_leaves_alone_what_cannot_be_retriggered(
    start: Any, failed_run: Any
) -> None:
    flow = {**failed_run, "state": "disabled"}
    visitor = await start(flows=[flow], colleagues=[{"after": "1s", "most": 3}])
    visitor.clock.ms += 60_000
    assert (await visitor.get("/runs")).ids == ["R1"]


async def test_runs_are_spread_over_their_span_or_evenly_spaced(start: Any, now_ms: int) -> None:
    spread = {
        "failed": 30,
        "started_between": {"from": "-6h", "to": "-4h"},
    }
    even = {"failed": 3, "every": "1h", "started_between": {"from": "-6h", "to": "-30m"}}
    visitor = await start(flows=[{"id": "A", "runs": spread}, {"id": "B", "runs": even}])
    path = "metrics.durationSummary.startedAtUTC"
    inside = await visitor.get(
        "/runs",
        "flowId==A",
        f"{path}>={now_ms - 6 * 3_600_000}",
        f"{path}<={now_ms - 4 * 3_600_000}",
        count="true",
    )
    runs = (await visitor.get("/runs", "flowId==B", orderby="createdAt")).json["items"]
    starts = [run["metrics"]["durationSummary"]["startedAtUTC"] for run in runs]
    assert inside.json == {"count": 30}
    assert starts == [now_ms - minutes * 60_000 for minutes in (150, 90, 30)]
