"""The parts of a scenario as frozen values: sandboxes, flows, runs, behaviour, limits, colleagues.

Values only; ``scenario`` reads them and ``world`` builds from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from runner.simulator.amounts import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """What becomes of new runs: weights of the four ends, and how long a run takes, in milliseconds."""

    recovers: float
    fails_again: float
    empty: float
    partial: float
    takes_from_ms: int
    takes_to_ms: int
    fails_with: str
    """The error code of a run that fails again; empty: the code of the run it came from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The provider's refusal of every re-trigger of a flow: its number and whether Flow Service wraps it."""

    code: str
    wrapped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRun:
    """One run written out by hand; empty texts and None stand for "made up"."""

    id: str
    status: str
    error: str
    error_message: str
    started: Moment
    records_in: int | None
    records_out: int | None
    created_by: str
    created_client: str
    etag: str
    created: Moment | None
    updated: Moment | None
    window: tuple[Moment, Moment] | None
    """The span of source data it covers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsPlan:
    """How many runs of each kind a flow has, and when they started."""

    failed: int
    success: int
    success_empty: int
    partial: int
    in_progress: int
    queued: int
    scheduled: int
    errors: Mapping[str, float]
    started_from: Moment
    started_to: Moment
    every_ms: int
    """Above zero: evenly spaced, the last one at ``started_to``."""
    took_from_ms: int
    took_to_ms: int
    listed: tuple[ListedRun, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A flow that goes on making runs of its own while the simulator runs."""

    every_ms: int
    mix: Mix


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowPlan:
    """One flow, or ``count`` of them that are alike."""

    id: str
    name: str
    count: int
    connector: str
    frequency: str
    state: str
    labelled: bool
    times_in_seconds: bool
    refuse: Refusal | None
    schedule: Schedule | None
    runs: RunsPlan
    retrigger: Mix


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxPlan:
    """One sandbox and its flows. ``permission`` is ``full``, ``view`` or ``none``."""

    name: str
    title: str
    type: str
    state: str
    region: str
    is_default: bool
    permission: str
    flows: tuple[FlowPlan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """A person who re-triggers failed runs in the user interface meanwhile, oldest first."""

    user: str
    sandbox: str
    flow: str
    after_ms: int
    every_ms: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """The platform's own limit: a bucket of ``burst`` calls, refilled with ``per_second``."""

    per_second: float
    burst: float
    answer: int
    retry_after: str
    retry_after_seconds: float
    calls: tuple[str, ...]
    """Kinds of call it counts; empty: all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How the platform behaves where Adobe's documents are silent or disagree; text fields hold words of the schema."""

    second_retrigger: str
    new_run: str
    body_shape: str
    success_status: int
    old_run: str
    successes: str
    made_by: str
    windows: str
    links: str
    visibility_lag_ms: int
    provider_errors: str
    provider_prefix: str
    not_found: str
    last_page: str
    next_link: str
    paging: str
    page_size: int
    largest_page: int
    status_case: str
    ignored_filters: tuple[str, ...]
    token_lifetime_ms: int
    expires_in: str
    most_tokens_per_minute: int
    sandbox_admin: bool
    quirks: bool
