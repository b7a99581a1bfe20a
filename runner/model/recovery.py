"""A re-triggered run whose new run is watched, and what became of it. Times are epoch milliseconds."""

from dataclasses import dataclass

from runner.model.plan import FoundRun
from runner.model.words import NOT_FINAL, ETag, FlowId, Recovery, RunId, SandboxName


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """A run that was re-triggered, and whose new run was not seen to its end."""

    position: int
    """Its place in the plan."""
    run_id: RunId
    """The old run; the next four are what was known of it when it was planned."""
    old_etag: ETag | None
    old_status: str
    old_error_code: str
    old_updated_at_ms: int | None
    sandbox: SandboxName
    flow_id: FlowId
    new_run_id: RunId
    """The same as ``run_id`` where the platform takes the run itself up again."""
    since_ms: int
    """When its re-trigger was accepted, by our clock."""


def awaited_of(found: FoundRun, *, position: int, new_run_id: RunId, since_ms: int) -> Awaited:
    """Return what is watched after a planned run's re-trigger was accepted."""
    return Awaited(
        position=position,
        run_id=found.run_id,
        old_etag=found.etag,
        old_status=found.status,
        old_error_code=found.error_code,
        old_updated_at_ms=found.updated_at_ms,
        sandbox=found.sandbox,
        flow_id=found.flow_id,
        new_run_id=new_run_id,
        since_ms=since_ms,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What became of a new run, or what is known of it now. ``status`` is the platform's own word, verbatim."""

    recovery: Recovery
    reason: str = ""
    """More words for a person; empty: the recovery says it all."""
    status: str = ""
    etag: ETag | None = None
    records_in: int | None = None
    records_out: int | None = None
    error_code: str = ""
    """Of the new run's first error, as is ``error_message``."""
    error_message: str = ""
    ended_unread: bool = False
    """The platform gives the time at which it ended, with a status that nobody knows."""

    @property
    def has_ended(self) -> bool:
        """Whether the new run was seen to end, however that was."""
        return self.ended_unread or self.recovery not in NOT_FINAL
