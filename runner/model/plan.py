"""A plan: the chosen runs in order, pinned as they were seen, and the runs passed over, each with its reason."""

from dataclasses import dataclass

from runner.model.words import ETag, FlowId, RunId, SandboxName, SkipReason


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRun:
    """One run that the selection found, pinned: what planned and passed-over runs have in common."""

    sandbox: SandboxName
    run_id: RunId
    flow_id: FlowId
    flow_name: str
    etag: ETag | None
    status: str
    error_code: str
    error_message: str
    created_at_ms: int | None
    updated_at_ms: int | None
    started_at_ms: int | None
    window_start_ms: int | None
    window_end_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Where a run comes from: the first run of its line, and how many re-triggers lie between (the root's is 0)."""

    root: RunId
    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRun:
    """A chosen run at its place: position 1.. in the plan, wave 1.., and lane_position 1.. within its flow."""

    position: int
    wave: int
    lane_position: int
    found: FoundRun


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLane:
    """A flow's chosen runs, counted. ``seconds`` is what one of its runs took on average; None: nothing is known."""

    sandbox: SandboxName
    flow_id: FlowId
    flow_name: str
    runs: int
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """A run that was found (or asked for by id) and is left alone. ``detail`` is for people."""

    found: FoundRun
    reason: SkipReason
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSandbox:
    """A sandbox as it was when the plan was made; ``type`` is shown when consent is asked for."""

    name: SandboxName
    type: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenWindow:
    """A filter's span of time as it was frozen: which sandbox, which filter (1..), from and to."""

    sandbox: SandboxName
    filter_number: int
    from_ms: int | None
    to_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanHeader:
    """What a plan file says before its runs. Times are epoch milliseconds."""

    plan_version: int
    tool_version: str
    spec_name: str
    reason: str
    ticket: str | None
    org_id: str
    platform_url: str
    spec_path: str
    spec_sha256: str
    spec_text: str
    created_at_ms: int
    expires_at_ms: int
    sandboxes: tuple[PlannedSandbox, ...]
    windows: tuple[FrozenWindow, ...]
    expected_seconds: float | None = None
    """The forecast; None in a plan that an earlier version made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEnds:
    """The first and the last line of a plan's file, as they stand in it; both empty where they are not known."""

    header: str
    footer: str


UNKNOWN_ENDS = PlanEnds(header="", footer="")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFooter:
    """What a plan file says after its runs; no footer means it was cut off.

    ``sha256`` covers every byte before the footer's line. ``passed_over_sha256`` is of the file beside it.
    """

    runs: int
    sha256: str
    passed_over: int
    passed_over_sha256: str
