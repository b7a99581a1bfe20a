"""The platform's things in our words, as the client last saw them. Statuses and states are kept verbatim."""

from dataclasses import dataclass

from runner.model.words import ETag, FlowId, RunId, SandboxName

SUCCEEDED, FAILED, PARTIAL = "success", "failed", frozenset({"partialsuccess", "partialfailure"})
"""What a run's status is when it has ended, without case and separators (samples and the OpenAPI file)."""
_ENDED = frozenset({SUCCEEDED, FAILED, *PARTIAL})
_UNDER_WAY = frozenset({"inprogress", "queued", "scheduled", "processing", "waiting"})
"""What it is while a run has not ended, likewise (the last two are what the destinations' OpenAPI file shows)."""

_SEPARATORS = str.maketrans("", "", " _-")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunError:
    """One error that a run carries."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataWindow:
    """The span of source data that a run covers, epoch milliseconds; either end may be unknown."""

    start_ms: int | None
    end_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of a dataflow. Times are epoch milliseconds; None is "the platform did not say"."""

    id: RunId
    flow_id: FlowId
    sandbox: SandboxName
    etag: ETag | None
    status: str
    """``metrics.statusSummary.status``; empty when absent."""
    created_at_ms: int | None
    updated_at_ms: int | None
    started_at_ms: int | None
    completed_at_ms: int | None
    created_by: str
    created_client: str
    flow_spec_id: str
    parent_run_id: RunId
    records_in: int | None
    records_out: int | None
    errors: tuple[RunError, ...]
    """Of the status summary first, then of activities and record summaries; without repeats."""
    has_unread_errors: bool = False
    """Whether the platform shows errors whose codes cannot be read, beside those."""
    window: DataWindow | None

    @property
    def error_code(self) -> str:
        """The first error's code, or empty."""
        return self.errors[0].code if self.errors else ""

    @property
    def plain_status(self) -> str:
        """The status without case and separators: samples and the OpenAPI file spell one status in several ways."""
        return self.status.lower().translate(_SEPARATORS)

    @property
    def has_ended(self) -> bool:
        """Whether the status is known for an end. ``completed`` is none: see ``watch.judge``."""
        return self.plain_status in _ENDED

    @property
    def is_under_way(self) -> bool:
        """Whether the status is known for one of a run that goes on."""
        return self.plain_status in _UNDER_WAY

    @property
    def is_empty(self) -> bool:
        """Whether no records are known to have come in, or none to have been written."""
        return 0 in (self.records_in, self.records_out)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A dataflow. The three flags are None where the platform does not say."""

    id: FlowId
    name: str
    state: str
    flow_spec_id: str
    is_destination: bool | None
    has_schedule: bool
    connection_spec_ids: tuple[str, ...]
    """Of its source connections."""
    unread: str = ""
    """Why what is known of it cannot be relied on; empty: the platform shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSpec:
    """What kind of flow: ``frequency`` is ``batch`` or another word, empty when absent."""

    id: str
    name: str
    frequency: str
    is_source: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """A sandbox; ``type`` is ``production`` or ``development``; only ``active`` ones can be used."""

    name: SandboxName
    title: str
    state: str
    type: str
    region: str
    is_default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunQuery:
    """What to list. What the platform can filter is pushed down; the client checks every run again."""

    statuses: tuple[str, ...] = ()
    started_from_ms: int | None = None
    started_to_ms: int | None = None
    created_from_ms: int | None = None
    flow_ids: tuple[FlowId, ...] = ()
