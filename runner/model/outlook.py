"""What a plan tells beyond counts: how runs failed, whether their sources are mended, what it takes and loads."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.model.failure import Cluster
from runner.model.words import FlowId, RunId, SandboxName


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxForecast:
    """What a plan takes and loads in one sandbox, at least and at most."""

    name: SandboxName
    runs: int
    seconds: float
    per_hour: int
    """How many new runs its fullest hour starts at most."""
    running: int | None
    """How many new runs are in progress at once then; None: how long they take is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a plan takes and loads under its limits; no promise."""

    seconds: float
    bound_by: str
    """What makes it take so long, in words."""
    sandboxes: tuple[SandboxForecast, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenSource:
    """A flow whose newest run, which is not among the chosen, failed with an error that chosen runs carry too."""

    sandbox: SandboxName
    flow_id: FlowId
    flow_name: str
    run_id: RunId
    error_code: str
    created_at_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLook:
    """What the flows' newest runs tell."""

    broken: tuple[BrokenSource, ...] = ()
    not_looked_at: int = 0
    """How many flows were left out: too many, or the platform did not list their runs."""
    success_seconds: Mapping[tuple[SandboxName, FlowId], float] = field(default_factory=dict)
    """How long the successes seen took, on average."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a plan tells beyond counts."""

    clusters: tuple[Cluster, ...]
    """The largest."""
    cluster_count: int
    sources: SourceLook
    forecast: Forecast
