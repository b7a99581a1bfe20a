"""Runs as the platform shows them, of which a test says only what it is about."""

from dataclasses import replace
from typing import Any

from runner.model.platform import Run
from runner.model.words import FlowId, RunId, SandboxName

_BARE = Run(
    id=RunId(""),
    flow_id=FlowId(""),
    sandbox=SandboxName(""),
    etag=None,
    status="",
    created_at_ms=None,
    updated_at_ms=None,
    started_at_ms=None,
    completed_at_ms=None,
    created_by="",
    created_client="",
    flow_spec_id="",
    parent_run_id="",
    records_in=None,
    records_out=None,
    errors=(),
    window=None,
)


def bare_run(**known: Any) -> Run:
    """A run of which nothing is known but this."""
    return replace(_BARE, **known)
