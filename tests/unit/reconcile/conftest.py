"""One unanswered request, the run it was for, and runs that might have come of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from runner.model.doubt import OpenAsk
from runner.model.plan import FoundRun
from runner.model.platform import DataWindow, Run
from runner.model.words import ETag, FlowId, RunId, SandboxName
from tests.fakes.runs import bare_run

ASKED_MS = 1_795_150_000_000
WINDOW = DataWindow(start_ms=1_795_136_400_000, end_ms=1_795_140_000_000)

_FOUND = FoundRun(
    sandbox=SandboxName("prod"),
    run_id=RunId("old"),
    flow_id=FlowId("flow-1"),
    flow_name="S3 orders",
    etag=ETag('"old-1"'),
    status="failed",
    error_code="CONNECTOR-1001-500",
    error_message="Error in copying the data from Source.",
    created_at_ms=1_795_140_015_000,
    updated_at_ms=1_795_140_090_000,
    started_at_ms=1_795_140_000_000,
    window_start_ms=WINDOW.start_ms,
    window_end_ms=WINDOW.end_ms,
)
_OLD = bare_run(
    id=_FOUND.run_id,
    flow_id=_FOUND.flow_id,
    sandbox=_FOUND.sandbox,
    etag=_FOUND.etag,
    status="failed",
    created_at_ms=_FOUND.created_at_ms,
    updated_at_ms=_FOUND.updated_at_ms,
    started_at_ms=_FOUND.started_at_ms,
    created_by="acp_foundation_connectors@AdobeID",
    created_client="acp_foundation_connectors",
    window=WINDOW,
)
_NEW = replace(
    _OLD,
    id=RunId("new"),
    etag=ETag('"new-1"'),
    status="inProgress",
    created_at_ms=ASKED_MS + 3_000,
    updated_at_ms=ASKED_MS + 3_000,
    started_at_ms=None,
    created_by="",
    created_client="",
    window=None,
)


def _make_ask(found: dict[str, Any] | None = None, **changes: Any) -> OpenAsk:
    ask = OpenAsk(
        position=1,
        found=replace(_FOUND, **(found or {})),
        attempts=1,
        asked_at_ms=ASKED_MS,
        ended_at_ms=ASKED_MS + 75_000,
        never_absent=False,
    )
    return replace(ask, **changes)


@pytest.fixture(scope="session")
def make_ask() -> Callable[..., OpenAsk]:
    """Make the request; ``found`` changes the run it was for, as the plan pinned it."""
    return _make_ask


@pytest.fixture(scope="session")
def make_old() -> Callable[..., Run]:
    """Make the old run as it is now: untouched, but for what is named."""
    return lambda **changes: replace(_OLD, **changes)


@pytest.fixture(scope="session")
def make_new() -> Callable[..., Run]:
    """Make a run that is newer than the request and says nothing about itself, but for what is named."""
    return lambda **changes: replace(_NEW, **changes)
