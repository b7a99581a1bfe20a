"""Small plans, with ordinary words and with hostile ones."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runner.model.plan import (
    FoundRun,
    FrozenWindow,
    PassedOver,
    PlanHeader,
    PlannedRun,
    PlannedSandbox,
)
from runner.model.words import ETag, FlowId, RunId, SandboxName, SkipReason
from runner.plan import PlanFile, write_plan

PROD = SandboxName("prod")


def make_found(number: int = 1, **changes: Any) -> FoundRun:
    found = FoundRun(
        sandbox=PROD,
        run_id=RunId(f"run-{number}"),
        flow_id=FlowId("flow-1"),
        flow_name="S3 orders",
        etag=ETag('"1100c53e-0000"'),
        status="failed",
        error_code="CONNECTOR-1001-500",
        error_message="Error in copying the data from Source.",
        created_at_ms=1_795_140_000_000,
        updated_at_ms=1_795_140_090_000,
        started_at_ms=1_795_139_985_000,
        window_start_ms=None,
        window_end_ms=1_795_140_000_000,
    )
    return replace(found, **changes)


def make_run(number: int = 1, **changes: Any) -> PlannedRun:
    return PlannedRun(
        position=number, wave=1, lane_position=number, found=make_found(number, **changes)
    )


def make_passed_over(number: int = 1, **changes: Any) -> PassedOver:
    found = make_found(number, status="success", etag=None)
    passed = PassedOver(found=found, reason=SkipReason.NOT_FAILED, detail="its status is success")
    return replace(passed, **changes)


def make_header(**changes: Any) -> PlanHeader:
    header = PlanHeader(
        plan_version=1,
        tool_version="1.0.0",
        spec_name="inc-2041-s3-outage",
        reason="INC-2041: expired S3 key",
        ticket="https://tickets.example.com/INC-2041",
        org_id="ABC@AdobeOrg",
        platform_url="https://platform.adobe.io",
        spec_path="specs/inc-2041.yaml",
        spec_sha256="5" * 64,
        spec_text="version: 1\nname: inc-2041-s3-outage\n# Zürich\n",
        created_at_ms=1_795_150_800_000,
        expires_at_ms=1_795_237_200_000,
        sandboxes=(PlannedSandbox(name=PROD, type="production", region="VA7"),),
        windows=(
            FrozenWindow(
                sandbox=PROD, filter_number=1, from_ms=1_795_140_000_000, to_ms=1_795_150_800_000
            ),
        ),
    )
    return replace(header, **changes)


@pytest.fixture(scope="session")
def found() -> Callable[..., FoundRun]:
    return make_found


@pytest.fixture(scope="session")
def run() -> Callable[..., PlannedRun]:
    return make_run


@pytest.fixture(scope="session")
def passed_over() -> Callable[..., PassedOver]:
    return make_passed_over


@pytest.fixture(scope="session")
def header() -> Callable[..., PlanHeader]:
    return make_header


@pytest.fixture
def plan(tmp_path: Path) -> PlanFile:
    """A plan of three runs, with two passed over."""
    return write_plan(
        tmp_path / "plans" / "plan.jsonl",
        make_header(),
        runs=map(make_run, (1, 2, 3)),
        passed_over=map(make_passed_over, (8, 9)),
    )
