"""The client and the simulator, each written from the documents: what one says, the other's ledger confirms."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from runner.client import FlowService, open_flow_service
from runner.clock import SystemClock
from runner.errors import CredentialsRefused, PlatformRefused
from runner.masking import KnownSecrets
from runner.model.answer import Accepted, Passing, Refused, Scope, TryAgain, Uncertain
from runner.model.platform import RunQuery
from runner.model.spec import RetrySettings, Timeouts
from runner.model.words import FlowId, RunId, SandboxName
from runner.simulator import Scenario, Served, serve
from tests.fakes.client import OpenGate, connection_to

PROD = SandboxName("prod")
LISTED = RunId("1f3c2d7e-5a41-4a09-9d0e-000000000001")


Start = Callable[..., Awaitable[tuple[FlowService, Served]]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Serve a scenario with one flow of failed runs, and open a client to it."""
    async with AsyncExitStack() as stack:

        async def begin(
            *,
            failed: int = 3,
            flow: dict[str, Any] | None = None,
            request: float = 20.0,
            **scenario: Any,
        ) -> tuple[FlowService, Served]:
            runs = {"failed": failed, "started_between": {"from": "-12h", "to": "-1h"}}
            flows = [{"name": "S3 orders", "runs": runs, **(flow or {})}]
            data = {
                "version": 1,
                "sandboxes": [{"name": "prod", "type": "production", "flows": flows}],
                **scenario,
            }
            served = await stack.enter_async_context(serve(Scenario.from_dict(data)))
            opened = open_flow_service(
                connection_to(served),
                timeouts=Timeouts(connect_seconds=5, request_seconds=request),
                retry=RetrySettings(
                    attempts=4, first_wait_seconds=0.001, longest_wait_seconds=0.01
                ),
                gate=OpenGate(),
                clock=SystemClock(),
                chance=lambda: 0.5,
                environment={},
                secrets=KnownSecrets(),
            )
            return await stack.enter_async_context(opened), served

        yield begin


async def failed_runs(service: FlowService) -> list[RunId]:
    pages = service.list_runs(PROD, RunQuery(statuses=("failed",)))
    return [run.id async for runs in pages for run in runs]


async def ask(service: FlowService, run_id: RunId) -> Any:
    send_by = SystemClock().monotonic() + 30
    return await service.retrigger(PROD, run_id, request_id="req-1", send_by=send_by)


def accepted(served: Served) -> dict[str, str]:
    return {line.old_run: line.new_run for line in served.platform.ledger.accepted}


# Re-triggers


@pytest.mark.parametrize("shape", ["flat", "items", "entity"])
@pytest.mark.parametrize("status", [200, 201])
async def test_the_new_run_is_known_in_whatever_shape_it_is_told(
    start: Start, shape: str, status: int
) -> None:
    service, served = await start(behaviour={"body_shape": shape, "success_status": status})
    for run_id in await failed_runs(service):
        answer = await ask(service, run_id)
        assert isinstance(answer, Accepted)
        assert answer.new_run_id == accepted(served)[run_id]
        assert answer.new_etag
        assert answer.http_status == status
    assert served.summary()["duplicates"] == []


async def test_a_run_that_keeps_its_id_is_accepted_under_it(start: Start) -> None:
    service, served = await start(behaviour={"new_run": "same"})
    (run_id, *_) = await failed_runs(service)
    answer = await ask(service, run_id)
    assert isinstance(answer, Accepted)
    assert answer.new_run_id == run_id
    assert accepted(served) == {run_id: run_id}


@pytest.mark.parametrize(
    ("fault", "request_seconds", "is_accepted"),
    [
        ("commit_then_drop", 20.0, True),
        ({"commit_then_status": {"status": 500}}, 20.0, True),
        ({"commit_then_status": {"status": 502, "body": "html"}}, 20.0, True),
        ({"commit_then_status": {"status": 504, "body": "empty"}}, 20.0, True),
        ({"answer_late": {"seconds": 30}}, 0.3, True),
        ({"slow_body": {"seconds": 30}}, 0.3, True),
        ("cut_body", 20.0, True),
        ("empty_body", 20.0, True),
        ("unreadable_success", 20.0, True),
        ("drop_before_commit", 20.0, False),
        ("throttle_500", 20.0, False),
        ({"status": {"status": 503, "body": "html"}}, 20.0, False),
        ({"redirect": {"to": "http://127.0.0.1:1/", "status": 302}}, 20.0, False),
    ],
    ids=lambda value: str(value)[:48],
)
async def test_what_may_have_been_accepted_is_uncertain_whether_it_was_or_not(
    *, start: Start, fault: Any, request_seconds: float, is_accepted: bool
) -> None:
    faults = [{"match": {"call": "retrigger"}, "when": {"every": 1}, "do": fault}]
    service, served = await start(request=request_seconds, faults=faults)
    (run_id, *_) = await failed_runs(service)
    assert isinstance(await ask(service, run_id), Uncertain)
    assert list(accepted(served)) == [run_id] * is_accepted
    assert served.summary()["requests_by_kind"]["retrigger"] == 1  # type: ignore[index]  # a mapping


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ({"status": {"status": 429, "code": "429050", "body": "gateway"}}, Passing.THROTTLED),
        ({"status": {"status": 429, "body": "html"}}, Passing.THROTTLED),
        ({"status": {"status": 503, "code": "503010", "body": "gateway"}}, Passing.GATEWAY),
        ({"status": {"status": 403, "code": "503020", "body": "gateway"}}, Passing.GATEWAY),
        ({"status": {"status": 403, "code": "403025", "body": "gateway"}}, Scope.EVERYTHING),
        ({"redirect": {"to": "http://127.0.0.1:1/", "status": 307}}, Scope.EVERYTHING),
        ({"hostile_text": {"status": 400}}, Scope.RUN),
    ],
    ids=lambda value: str(value)[:48],
)
async def test_what_was_surely_not_accepted_is_not_in_the_ledger(
    start: Start, fault: Any, answer: Passing | Scope
) -> None:
    faults = [{"match": {"call": "retrigger"}, "when": {"every": 1}, "do": fault}]
    service, served = await start(faults=faults)
    (run_id, *_) = await failed_runs(service)
    told = await ask(service, run_id)
    assert isinstance(told, Refused if isinstance(answer, Scope) else TryAgain)
    assert (told.scope if isinstance(told, Refused) else told.why) is answer
    assert accepted(served) == {}


@pytest.mark.parametrize("errors", ["plain", "wrapped"])
@pytest.mark.parametrize("prefix", ["FLOW", "CONN"])
async def test_a_flow_that_is_not_enabled_refuses_every_run_of_it(
    start: Start, errors: str, prefix: str
) -> None:
    behaviour = {"provider_errors": errors, "provider_prefix": prefix}
    service, served = await start(flow={"state": "disabled"}, behaviour=behaviour)
    (run_id, *_) = await failed_runs(service)
    told = await ask(service, run_id)
    assert isinstance(told, Refused)
    assert told.scope is Scope.FLOW
    assert accepted(served) == {}


@pytest.mark.parametrize("errors", ["plain", "wrapped"])
async def test_a_run_in_an_invalid_state_is_refused_alone(start: Start, errors: str) -> None:
    behaviour = {"second_retrigger": "refused", "provider_errors": errors}
    service, served = await start(behaviour=behaviour)
    (run_id, *_) = await failed_runs(service)
    assert isinstance(await ask(service, run_id), Accepted)
    told = await ask(service, run_id)
    assert isinstance(told, Refused)
    assert told.scope is Scope.RUN
    assert served.summary()["duplicates"] == []


@pytest.mark.parametrize("shape", ["404", "400", "legacy"])
async def test_an_unknown_run_is_refused_alone(start: Start, shape: str) -> None:
    service, _ = await start(behaviour={"not_found": shape})
    told = await ask(service, LISTED)
    assert isinstance(told, Refused)
    assert told.scope is Scope.RUN


# Tokens


async def test_a_crowd_with_a_revoked_token_asks_for_one_new_one(start: Start) -> None:
    revoked = {"match": {"call": "retrigger"}, "when": {"nth": 1}, "do": "token_revoked"}
    service, served = await start(failed=40, faults=[revoked])
    runs = await failed_runs(service)
    answers = await asyncio.gather(*(ask(service, run_id) for run_id in runs))
    refused = [
        run_id for run_id, told in zip(runs, answers, strict=True) if isinstance(told, TryAgain)
    ]
    assert refused
    again = await asyncio.gather(*(ask(service, run_id) for run_id in refused))
    assert all(isinstance(told, Accepted) for told in again)
    assert sorted(accepted(served)) == sorted(runs)
    summary: Any = served.summary()
    assert summary["duplicates"] == []
    assert summary["requests_by_kind"]["token"] == 2


async def test_credentials_that_are_revoked_for_ever_are_given_up(start: Start) -> None:
    service, served = await start(
        faults=[{"match": {"call": "runs"}, "when": {"nth": 1}, "do": "token_revoked_for_ever"}]
    )
    with pytest.raises(CredentialsRefused):
        await failed_runs(service)
    assert accepted(served) == {}


# Listings


@pytest.mark.parametrize("last_page", ["empty_links", "no_links"])
@pytest.mark.parametrize("next_link", ["path", "query", "repeats_filters"])
async def test_a_listing_is_whole_whatever_its_links_look_like(
    start: Start, last_page: str, next_link: str
) -> None:
    service, served = await start(
        failed=250, behaviour={"last_page": last_page, "next_link": next_link}
    )
    runs = await failed_runs(service)
    assert len(runs) == len(set(runs)) == 250
    assert served.summary()["requests_by_kind"]["runs"] == 3  # type: ignore[index]  # a mapping


@pytest.mark.parametrize(
    "fault",
    [
        "duplicate_page",
        "expired_continuation_token",
        {"status": {"status": 503}},
        "cut_body",
        "empty_body",
    ],
    ids=str,
)
async def test_a_listing_is_whole_in_spite_of_a_fault_in_the_middle(
    start: Start, fault: Any
) -> None:
    faults = [{"match": {"call": "runs"}, "when": {"nth": 2}, "do": fault}]
    service, _ = await start(failed=350, faults=faults)
    runs = await failed_runs(service)
    assert len(runs) == len(set(runs)) == 350


async def test_runs_and_flows_are_found_by_id(start: Start) -> None:
    service, _ = await start(failed=130)
    runs = await failed_runs(service)
    found = await service.runs_by_id(PROD, [*runs, LISTED])
    assert sorted(found) == sorted(runs)
    flow_ids = sorted({run.flow_id for run in found.values()})
    flows = await service.flows_by_id(PROD, [*flow_ids, FlowId("unknown")])
    assert [flow.name for flow in flows.values()] == ["S3 orders"]
    (flow,) = flows.values()
    kind = await service.flow_spec(PROD, flow.flow_spec_id)
    assert kind
    assert (kind.frequency, kind.is_source) == ("batch", True)
    names = await service.connector_names(PROD)
    assert [names[spec_id] for spec_id in flow.connection_spec_ids] == ["amazon-s3"]


@pytest.mark.parametrize("shape", ["404", "400", "legacy"])
async def test_a_hidden_flow_is_absent(start: Start, shape: str) -> None:
    service, served = await start(flow={"labelled": True}, behaviour={"not_found": shape})
    (flow,) = served.platform.world.flows
    assert await service.flows_by_id(PROD, [FlowId(flow.id)]) == {}


async def test_an_unknown_sandbox_is_a_refusal_and_not_an_empty_one(start: Start) -> None:
    service, _ = await start()
    with pytest.raises(PlatformRefused):
        await service.runs_by_id(SandboxName("nowhere"), [LISTED])
    with pytest.raises(PlatformRefused):
        await anext(service.list_flows(SandboxName("nowhere")))


async def test_the_sandboxes_are_listed(start: Start) -> None:
    service, _ = await start()
    assert [(box.name, box.state, box.type) for box in await service.sandboxes()] == [
        ("prod", "active", "production")
    ]


async def test_the_platforms_clock_is_learnt(start: Start) -> None:
    service, _ = await start()
    await failed_runs(service)
    offset = service.server_offset_ms()
    assert offset is not None
    assert -5_000 < offset < 5_000
