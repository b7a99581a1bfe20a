"""A spec as it was read: every default filled in, every duration in seconds, every time in epoch milliseconds.

What is allowed is said once, in ``schemas/spec.v1.schema.json``; these values hold only what passed it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from runner.model.secret import Secret
from runner.model.words import FlowId, OnFailure, Order, ReportFormat, RunId, SandboxName


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth:
    """OAuth server-to-server credentials."""

    ims_url: str
    client_id: str
    client_secret: Secret
    scopes: tuple[str, ...]

    @property
    def secret(self) -> Secret:
        """Return what must not be shown."""
        return self.client_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyToken:
    """An access token made elsewhere; it cannot be renewed. ``client_id`` is sent as ``x-api-key``."""

    client_id: str
    access_token: Secret

    @property
    def secret(self) -> Secret:
        """Return what must not be shown."""
        return self.access_token


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Where the platform is and who we are there."""

    platform_url: str
    org_id: str
    operation: str
    """The wire value of the re-trigger operation, ``re-trigger`` unless changed."""
    auth: OAuth | ReadyToken


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """A span of each day in which nothing is re-triggered: from <= t < to, in minutes after midnight of a zone.

    Past midnight where ``from_minute`` is the later one.
    """

    from_minute: int
    to_minute: int
    zone: str
    """A name of the IANA database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How fast and how many at once; None means no limit of its own at this level."""

    max_per_second: float | None = None
    max_at_once: int | None = None
    max_running: int | None = None
    max_running_per_flow: int | None = None
    max_per_day: int | None = None
    max_reads_per_second: float | None = None
    """None: reads and re-triggers share ``max_per_second``."""
    quiet: QuietHours | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRules:
    """When to stop; a rule trips when its number is reached. None: the rule is off."""

    failed: int | None = None
    failed_percent: float | None = None
    consecutive: int | None = None
    consecutive_per_flow: int | None = None
    """Leaves one flow alone; the others stop something larger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A half-open span of time: from_ms <= t < to_ms; either end may be open (None), not both."""

    from_ms: int | None
    to_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """A span that ends when the plan is made; frozen into a Window then."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowMatch:
    """Which flows: OR between the three kinds of entry; all empty means every flow. Names are globs."""

    names: tuple[str, ...] = ()
    ids: tuple[FlowId, ...] = ()
    connectors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorMatch:
    """Which error codes and which failure clusters, as globs; empty include means every one."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    include_clusters: tuple[str, ...] = ()
    exclude_clusters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One entry of ``filters``: its conditions are ANDed."""

    statuses: tuple[str, ...]
    started: Window | Last
    flows: FlowMatch
    errors: ErrorMatch
    zero_records: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSpec:
    """One sandbox: what to look for there and under which limits."""

    name: SandboxName
    limits: Limits
    stop_when: StopRules = StopRules()
    runs: tuple[RunId, ...]
    runs_from: Path | None
    """Absolute or relative to the working folder; already resolved against the spec's own folder."""
    filters: tuple[Filter, ...]
    excluded_runs: frozenset[RunId]
    excluded_flows: tuple[str, ...]
    """Flow ids or name globs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """A cumulative share of the plan: a count of runs or a percent of them."""

    amount: float
    unit: Literal["runs", "percent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BetweenWaves:
    """What must hold before the next wave starts."""

    max_failed_percent: float = 0.0
    soak_seconds: float = 0.0
    ask: bool = False
    """Whether a person is asked; where there is no terminal, the execution stops and a later apply goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """Ceilings on how much one execution may touch."""

    max_runs: int
    max_runs_per_flow: int | None
    max_generations: int = 3
    """How many re-triggers, one after another, may have made a run that is re-triggered once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitSettings:
    """Whether and how long to watch the new runs."""

    for_recovery: bool
    timeout_seconds: float
    poll_every_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSettings:
    """Where reports go (relative to the working folder) and which kinds are written."""

    directory: Path
    formats: tuple[ReportFormat, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds for one call: to connect, and in all (longer than the gateway's own 60 s)."""

    connect_seconds: float
    request_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrySettings:
    """Retries of one call, only where it was surely not accepted. Waits in seconds."""

    attempts: int
    first_wait_seconds: float
    longest_wait_seconds: float
    budget_percent: float = 10.0
    """Of all calls, those that may be other tries; the first ten always may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileSettings:
    """How late a lost request may still act, and how late its run may appear."""

    answer_window_seconds: float
    visibility_lag_seconds: float


THE_COMMAND_LINE = "the command line"
"""What messages call the spec of a one-off, which is in no file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """Everything that one spec file declares."""

    path: str
    """As the person gave it; empty for a one-off, which is in no file."""
    text: str
    """The file as it was, with ``${...}`` unexpanded: this is what plans and reports keep."""
    sha256: str
    """Of ``text`` in UTF-8, as lower-case hex."""
    name: str
    reason: str
    ticket: str | None
    connection: Connection
    limits: Limits
    sandboxes: tuple[SandboxSpec, ...]
    order: Order
    on_failure: OnFailure
    waves: tuple[Wave, ...]
    between_waves: BetweenWaves
    stop_when: StopRules
    cap: Cap
    wait: WaitSettings
    report: ReportSettings
    plan_valid_for_seconds: float
    timeouts: Timeouts
    retry: RetrySettings
    reconcile: ReconcileSettings
    lease_expires_after_seconds: float

    @property
    def place(self) -> str:
        """What messages call it."""
        return self.path or THE_COMMAND_LINE
