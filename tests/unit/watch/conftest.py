"""A re-triggered run under watch, and its new run as the platform may show it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from runner.model.platform import Run, RunError
from runner.model.recovery import Awaited
from runner.model.words import ETag, FlowId, RunId, SandboxName
from tests.fakes.runs import bare_run

AT = 1_763_600_000_000

_NEW = bare_run(
    id=RunId("new"),
    flow_id=FlowId("flow-1"),
    sandbox=SandboxName("prod"),
    etag=ETag('"new-1"'),
    status="inProgress",
    created_at_ms=AT + 3_000,
    updated_at_ms=AT + 3_000,
)
_AWAITED = Awaited(
    position=1,
    run_id=RunId("old"),
    old_etag=ETag('"old-1"'),
    old_status="failed",
    old_error_code="CONNECTOR-1001-500",
    old_updated_at_ms=AT - 60_000,
    sandbox=SandboxName("prod"),
    flow_id=FlowId("flow-1"),
    new_run_id=RunId("new"),
    since_ms=AT,
)


@pytest.fixture
def new_run() -> Callable[..., Run]:
    """Make the new run, with changes; ``code`` and ``message`` are of its only error."""

    def make(status: str = "inProgress", /, code: str = "", message: str = "", **more: Any) -> Run:
        errors = (RunError(code=code, message=message),) if code or message else ()
        return replace(_NEW, status=status, errors=errors, **more)

    return make


@pytest.fixture
def awaited() -> Callable[..., Awaited]:
    def make(**changes: Any) -> Awaited:
        return replace(_AWAITED, **changes)

    return make
