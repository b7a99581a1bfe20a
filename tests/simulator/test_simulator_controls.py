"""The ledger, and the controls under ``/_simulator``, which lie in front of no gateway."""

import socket
import time
from typing import Any

import pytest
from aiohttp import ClientSession

from runner.simulator import Scenario, serve


async def control(visitor: Any, method: str, path: str, body: Any = None) -> Any:
    url = f"{visitor.served.url}/_simulator/{path}"
    async with visitor.session.request(method, url, json=body) as response:
        return response.status, await response.json()


async def test_the_ledger_holds_every_request_and_every_accepted_retrigger(
    start: Any, failed_run: Any, now_ms: int
) -> None:
    visitor = await start(flows=[failed_run])
    visitor.clock.ms += 5
    new_id = (await visitor.retrigger("R1")).json["id"]
    await visitor.get("/runs", "id==R1")
    status, ledger = await control(visitor, "GET", "ledger")
    token, act, look = ledger["requests"]
    assert status == 200
    assert ledger == visitor.served.ledger()
    assert (token["kind"], token["method"], token["path"]) == ("token", "POST", "/ims/token/v3")
    assert act == {
        "order": 2,
        "at_ms": now_ms + 5,
        "method": "POST",
        "path": "/data/foundation/flowservice/runs/R1/action",
        "query": "op=re-trigger",
        "kind": "retrigger",
        "sandbox": "prod",
        "run": "R1",
        "answer": 200,
    }
    assert (look["kind"], look["query"]) == ("runs", "property=id%3D%3DR1")
    assert ledger["accepted"] == [
        {
            "order": 1,
            "at_ms": now_ms + 5,
            "old_run": "R1",
            "new_run": new_id,
            "flow": "F1",
            "sandbox": "prod",
            "client": "simulated-client",
        }
    ]


async def test_the_summary_names_runs_that_were_retriggered_twice(start: Any) -> None:
    flow = {"runs": {"listed": [{"id": "A"}, {"id": "B"}]}}
    visitor = await start(flows=[flow])
    ids = [(await visitor.retrigger(run)).json["id"] for run in ("A", "B", "A")]
    status, summary = await control(visitor, "GET", "ledger/summary")
    assert (status, summary) == (
        200,
        {
            "accepted": 3,
            "distinct_old_runs": 2,
            "duplicates": [
                {
                    "old_run": "A",
                    "new_runs": [ids[0], ids[2]],
                    "clients": ["simulated-client", "simulated-client"],
                }
            ],
            "accepted_by_client": {"simulated-client": 3},
            "requests": 4,
            "requests_by_kind": {"token": 1, "retrigger": 3},
            "answers": {"200": 4},
        },
    )


async def test_faults_can_be_replaced_while_the_platform_works(start: Any, failed_run: Any) -> None:
    visitor = await start(flows=[failed_run])
    fault = {"match": {"call": "retrigger"}, "do": {"status": {"status": 502}}}
    assert await control(visitor, "POST", "faults", [fault]) == (200, {"faults": 1})
    assert (await visitor.retrigger("R1")).status == 502
    assert await control(visitor, "POST", "faults", []) == (200, {"faults": 0})
    assert (await visitor.retrigger("R1")).status == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("POST", "faults", {"do": "x"}, 400, "a list of faults"),
        ("POST", "faults", [{"do": "explode"}], 400, "faults[0].do: 'explode' is not one of"),
        ("POST", "faults", [7], 400, "faults[0]: a mapping is meant"),
        ("POST", "advance", {"seconds": "x"}, 400, "a number"),
        ("POST", "advance", {"seconds": -1}, 400, "Time does not go back"),
        ("GET", "advance", None, 404, "is not a control"),
        ("POST", "nonsense", {}, 404, "is not a control"),
    ],
)
async def test_a_control_that_makes_no_sense_says_why(
    start: Any, method: str, path: str, body: Any, status: int, words: str
) -> None:
    visitor = await start()
    answered, message = await control(visitor, method, path, body)
    assert answered == status
    assert words in message["error"]


async def test_the_virtual_clock_can_be_advanced(start: Any, failed_run: Any, now_ms: int) -> None:
    flow = {**failed_run, "retrigger": {"takes": "1h"}}
    visitor = await start(flows=[flow])
    new_id = (await visitor.retrigger("R1")).json["id"]
    assert await visitor.status(new_id) == "inProgress"
    answer = await control(visitor, "POST", "advance", {"seconds": 3600})
    assert answer == (200, {"now_ms": now_ms + 3_600_000})
    assert await visitor.status(new_id) == "success"


async def test_the_machines_own_clock_cannot_be_advanced() -> None:
    async with serve(Scenario.from_dict({"version": 1})) as served, ClientSession() as session:
        before = time.time_ns() // 1_000_000
        url = f"{served.url}/_simulator/advance"
        async with session.post(url, json={"seconds": 1}) as response:
            assert (response.status, await response.json()) == (
                400,
                {"error": "The simulator runs on the machine's clock."},
            )
        assert abs(served.clock.now_ms() - before) < 60_000


async def test_tokens_can_be_revoked(start: Any) -> None:
    visitor = await start()
    assert await control(visitor, "POST", "revoke-tokens") == (
        200,
        {"revoked": True, "for_ever": False},
    )
    assert (await visitor.get("/flows")).code == "401013"
    await visitor.sign_in()
    assert (await visitor.get("/flows")).status == 200
    await control(visitor, "POST", "revoke-tokens", {"for_ever": True})
    await visitor.sign_in()
    assert (await visitor.get("/flows")).code == "401013"


async def test_only_this_machine_can_reach_it(start: Any) -> None:
    visitor = await start()
    assert visitor.served.url == f"http://127.0.0.1:{visitor.served.port}"
    with pytest.raises(OSError):  # refused here, unreachable on other systems
        socket.create_connection(("127.0.0.2", visitor.served.port), timeout=5)
