"""``POST /runs/{id}/action?op=re-trigger``: what is accepted, what is refused, and in which shapes."""

from typing import Any

import pytest

KINDS = {
    "listed": [
        {"id": "failed"},
        {"id": "success", "status": "success"},
        {"id": "empty", "status": "success", "records_in": 0},
        {"id": "partial", "status": "partialSuccess"},
        {"id": "running", "status": "inProgress"},
        {"id": "odd", "status": "partialFailure"},
    ]
}


async def test_an_accepted_retrigger_answers_with_a_new_id_and_an_etag(
    start: Any, failed_run: Any
) -> None:
    visitor = await start(flows=[failed_run])
    answer = await visitor.retrigger("R1")
    new_id, etag = answer.json["id"], answer.json["etag"]
    assert (answer.status, sorted(answer.json)) == (200, ["etag", "id"])
    assert new_id != "R1"
    assert (etag[0], etag[-1]) == ('"', '"')
    (run,) = (await visitor.get(f"/runs/{new_id}")).json["items"]
    assert (run["flowId"], run["etag"]) == ("F1", etag)
    assert run["metrics"] == {"statusSummary": {"status": "inProgress"}}
    assert (await visitor.get("/runs", "flowId==F1")).ids == [new_id, "R1"]


@pytest.mark.parametrize("operation", ["re-trigger", "RE-TRIGGER", "RE_TRIGGER"])
async def test_both_documented_spellings_of_the_operation_are_taken(
    start: Any, failed_run: Any, operation: str
) -> None:
    visitor = await start(flows=[failed_run])
    assert (await visitor.retrigger("R1", op=operation)).status == 200


@pytest.mark.parametrize("operation", ["retry", "cancel", ""])
async def test_any_other_operation_is_refused(start: Any, failed_run: Any, operation: str) -> None:
    visitor = await start(flows=[failed_run])
    answer = await visitor.retrigger("R1", op=operation)
    assert (answer.status, answer.code) == (400, "FLOW-1401-400")
    assert f"flow run action={operation} is not supported" in answer.json["errorMessage"]


async def test_failed_runs_and_empty_successes_are_taken_and_others_are_not(start: Any) -> None:
    visitor = await start(flows=[{"runs": KINDS}])
    statuses = {run["id"]: (await visitor.retrigger(run["id"])).status for run in KINDS["listed"]}
    assert statuses == {
        "failed": 200,
        "success": 400,
        "empty": 200,
        "partial": 400,
        "running": 400,
        "odd": 400,
    }
    refusal = await visitor.retrigger("running")
    assert refusal.code == "FLOW-1387-400"
    assert refusal.json["report"]["detailed-message"] == (
        "The flowRunId=running is in an invalid state=inProgress for re-triggering. "
        "Please try again after some time and contact customer support if the problem persists."
    )


async def test_a_permissive_platform_takes_every_run_that_is_over(start: Any) -> None:
    visitor = await start(flows=[{"runs": KINDS}], behaviour={"successes": "accepted"})
    statuses = [(await visitor.retrigger(run["id"])).status for run in KINDS["listed"]]
    assert statuses == [200, 200, 200, 200, 400, 200]


@pytest.mark.parametrize(
    ("flow", "code"),
    [
        ({"state": "disabled"}, "FLOW-1388-400"),
        ({"connector": "http-api"}, "FLOW-1333-400"),
        ({"connector": "s3-destination"}, "FLOW-1333-400"),
        ({"refuse": {"code": "1380"}}, "FLOW-1380-400"),
        ({"refuse": {"code": "1427"}}, "FLOW-1427-400"),
        ({"refuse": {"code": "1387", "wrapped": True}}, "FLOW-1100-400"),
    ],
)
async def test_a_flow_can_be_the_reason_for_a_refusal(
    start: Any, failed_run: Any, flow: dict[str, Any], code: str
) -> None:
    visitor = await start(flows=[{**failed_run, **flow}])
    answer = await visitor.retrigger("R1")
    assert (answer.status, answer.code) == (400, code)
    assert visitor.served.summary()["accepted"] == 0


async def test_a_wrapped_refusal_carries_the_providers_words(start: Any, failed_run: Any) -> None:
    flow = {**failed_run, "state": "disabled"}
    visitor = await start(flows=[flow], behaviour={"provider_errors": "wrapped"})
    answer = await visitor.retrigger("R1")
    assert answer.code == "FLOW-1100-400"
    assert answer.json["errorMessage"] == (
        "The request could not be processed. Error from flow provider: "
        "The flow=F1 is in state=disabled and cannot be re-triggered. "
        "The flow must be in enabled state for re-triggering."
    )


async def test_the_providers_errors_can_carry_another_prefix(start: Any, failed_run: Any) -> None:
    flow = {**failed_run, "state": "disabled"}
    visitor = await start(flows=[flow], behaviour={"provider_prefix": "SOURCES"})
    assert (await visitor.retrigger("R1")).code == "SOURCES-1388-400"


async def test_credentials_that_only_view_may_not_retrigger(start: Any, failed_run: Any) -> None:
    visitor = await start(sandboxes=[{"name": "prod", "permission": "view", "flows": [failed_run]}])
    assert (await visitor.get("/runs")).ids == ["R1"]
    assert (await visitor.retrigger("R1")).code == "FLOW-1427-400"


async def test_a_second_retrigger_makes_another_run_or_is_refused(
    start: Any, failed_run: Any
) -> None:
    lenient = await start(flows=[failed_run])
    strict = await start(flows=[failed_run], behaviour={"second_retrigger": "refused"})
    ids = {(await lenient.retrigger("R1")).json["id"] for _ in range(2)}
    answers = [await strict.retrigger("R1") for _ in range(2)]
    assert len(ids) == 2
    assert [answer.status for answer in answers] == [200, 400]
    assert answers[1].code == "FLOW-1387-400"


async def test_a_run_made_by_a_retrigger_can_be_retriggered_when_it_fails(
    start: Any, failed_run: Any
) -> None:
    flow = {**failed_run, "retrigger": {"fails_again": 1, "takes": "2s"}}
    visitor = await start(flows=[flow])
    new_id = (await visitor.retrigger("R1")).json["id"]
    too_early = await visitor.retrigger(new_id)
    visitor.clock.ms += 2000
    assert (too_early.code, (await visitor.retrigger(new_id)).status) == ("FLOW-1387-400", 200)


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("shape", ["flat", "items", "entity"])
async def test_the_answer_has_three_shapes_and_two_statuses(
    start: Any, failed_run: Any, shape: str, status: int
) -> None:
    behaviour = {"body_shape": shape, "success_status": status}
    visitor = await start(flows=[failed_run], behaviour=behaviour)
    answer = await visitor.retrigger("R1")
    assert answer.status == status
    body = answer.json
    if shape == "items":
        assert sorted(body) == ["items"]
        (body,) = body["items"]
    if shape == "entity":
        assert body["flowId"] == "F1"
        assert "etag" not in body
        body = {"id": body["id"], "etag": body["eTag"]}
    assert body == {
        "id": visitor.served.ledger()["accepted"][0]["new_run"],
        "etag": (await visitor.get(f"/runs/{body['id']}")).json["items"][0]["etag"],
    }


async def test_if_match_is_optional_and_compares_the_etag_with_its_quotes(
    start: Any, failed_run: Any
) -> None:
    visitor = await start(flows=[failed_run])
    etag = (await visitor.get("/runs/R1")).json["items"][0]["etag"]
    wrong = await visitor.retrigger("R1", If_Match=etag.strip('"'))
    right = await visitor.retrigger("R1", If_Match=etag)
    assert (wrong.status, wrong.code, right.status) == (412, "FLOW-1404-412", 200)


async def test_the_same_run_can_be_taken_up_again_under_its_own_id(
    start: Any, failed_run: Any
) -> None:
    flow = {**failed_run, "retrigger": {"takes": "2s"}}
    visitor = await start(flows=[flow], behaviour={"new_run": "same"})
    answer = await visitor.retrigger("R1")
    assert answer.json["id"] == "R1"
    assert await visitor.status("R1") == "inProgress"
    visitor.clock.ms += 2000
    assert await visitor.status("R1") == "success"
    assert (await visitor.get("/runs")).ids == ["R1"]


@pytest.mark.parametrize(("mode", "moves"), [("unchanged", False), ("touched", True)])
async def test_the_old_run_stays_as_it_was_unless_the_scenario_says_otherwise(
    start: Any, failed_run: Any, *, mode: str, moves: bool
) -> None:
    visitor = await start(flows=[failed_run], behaviour={"old_run": mode})
    before = (await visitor.get("/runs/R1")).json["items"][0]
    await visitor.retrigger("R1")
    after = (await visitor.get("/runs/R1")).json["items"][0]
    assert (after["etag"] != before["etag"]) is moves
    assert (after["updatedAt"] != before["updatedAt"]) is moves
    assert after["metrics"] == before["metrics"]


@pytest.mark.parametrize(
    ("mode", "client"),
    [
        ("client", "simulated-client"),
        ("technical_account", "simulated-client"),
        ("connectors", "acp_foundation_connectors"),
    ],
)
async def test_the_new_run_says_who_made_it_as_the_scenario_wants(
    start: Any, failed_run: Any, mode: str, client: str
) -> None:
    visitor = await start(flows=[failed_run], behaviour={"made_by": mode})
    new_id = (await visitor.retrigger("R1")).json["id"]
    (run,) = (await visitor.get(f"/runs/{new_id}")).json["items"]
    assert run["createdClient"] == client
    assert run["createdBy"].endswith("@techacct.adobe.com") is (mode == "technical_account")
    assert visitor.served.ledger()["accepted"][0]["client"] == "simulated-client"


async def test_a_new_run_covers_the_window_of_the_old_one(start: Any, failed_run: Any) -> None:
    visitor = await start(flows=[failed_run], behaviour={"windows": "params", "links": "parent"})
    new_id = (await visitor.retrigger("R1")).json["id"]
    (old,) = (await visitor.get("/runs/R1")).json["items"]
    (new,) = (await visitor.get(f"/runs/{new_id}")).json["items"]
    assert new["params"] == old["params"]
    assert sorted(new["params"]) == ["windowEndTime", "windowStartTime"]
    assert (new["parentFlowRunId"], old.get("parentFlowRunId")) == ("R1", None)


async def test_windows_and_links_can_be_left_out(start: Any, failed_run: Any) -> None:
    visitor = await start(flows=[failed_run], behaviour={"windows": "none"})
    (old,) = (await visitor.get("/runs/R1")).json["items"]
    assert "extensions" not in old["activities"][0]["durationSummary"]
    assert "params" not in old
    new_id = (await visitor.retrigger("R1")).json["id"]
    assert "parentFlowRunId" not in (await visitor.get(f"/runs/{new_id}")).json["items"][0]
