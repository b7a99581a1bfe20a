"""Runs, flows and sandboxes with everything ordinary but what a test names."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from runner.model.platform import Flow, FlowSpec, Run, RunError
from runner.model.spec import ErrorMatch, Filter, FlowMatch, Limits, SandboxSpec, Window
from runner.model.words import ETag, FlowId, RunId, SandboxName
from tests.fakes.runs import bare_run


def make_run(run_id: str = "run-1", **changes: object) -> Run:
    run = bare_run(
        id=RunId(run_id),
        flow_id=FlowId("flow-1"),
        sandbox=SandboxName("prod"),
        etag=ETag('"etag-1"'),
        status="failed",
        created_at_ms=1_020,
        updated_at_ms=1_090,
        started_at_ms=1_000,
        completed_at_ms=1_080,
        created_by="acp_foundation_connectors@AdobeID",
        created_client="acp_foundation_connectors",
        flow_spec_id="kind-1",
        errors=(RunError(code="CONNECTOR-1001-500", message="Error in copying the data."),),
    )
    return replace(run, **changes)  # type: ignore[arg-type]  # keywords of Run


def make_flow(flow_id: str = "flow-1", **changes: object) -> Flow:
    flow = Flow(
        id=FlowId(flow_id),
        name="S3 orders",
        state="enabled",
        flow_spec_id="kind-1",
        is_destination=None,
        has_schedule=True,
        connection_spec_ids=("spec-s3",),
    )
    return replace(flow, **changes)  # type: ignore[arg-type]  # keywords of Flow


def make_kind(kind_id: str = "kind-1", **changes: object) -> FlowSpec:
    kind = FlowSpec(id=kind_id, name="CloudStorageToAEP", frequency="batch", is_source=True)
    return replace(kind, **changes)  # type: ignore[arg-type]  # keywords of FlowSpec


def make_sandbox(**changes: object) -> SandboxSpec:
    sandbox = SandboxSpec(
        name=SandboxName("prod"),
        limits=Limits(),
        runs=(),
        runs_from=None,
        filters=(),
        excluded_runs=frozenset(),
        excluded_flows=(),
    )
    return replace(sandbox, **changes)  # type: ignore[arg-type]  # keywords of SandboxSpec


def make_rule(**changes: object) -> Filter:
    rule = Filter(
        statuses=("failed",),
        started=Window(from_ms=0, to_ms=10_000),
        flows=FlowMatch(),
        errors=ErrorMatch(),
        zero_records=False,
    )
    return replace(rule, **changes)  # type: ignore[arg-type]  # keywords of Filter


@pytest.fixture(scope="session")
def run() -> Callable[..., Run]:
    return make_run


@pytest.fixture(scope="session")
def flow() -> Callable[..., Flow]:
    return make_flow


@pytest.fixture(scope="session")
def kind() -> Callable[..., FlowSpec]:
    return make_kind


@pytest.fixture(scope="session")
def sandbox() -> Callable[..., SandboxSpec]:
    return make_sandbox


@pytest.fixture(scope="session")
def rule() -> Callable[..., Filter]:
    return make_rule
