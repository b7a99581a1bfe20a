"""A request whose answer was never seen, and the verdicts on it. Times are epoch milliseconds."""

from dataclasses import dataclass

from runner.model.plan import FoundRun
from runner.model.words import ETag, Evidence, RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAsk:
    """A request whose answer was never seen, or could not be read. Times are by our clock."""

    position: int
    found: FoundRun
    """The old run as the plan pinned it."""
    attempts: int
    asked_at_ms: int
    """When its intent was written; the request left later."""
    ended_at_ms: int
    """When the request surely had ended: its answer failed, or it could no longer be sent."""
    never_absent: bool
    """The platform said yes in words we could not read: it is not to be taken for absent."""
    left_by_ms: int | None = None
    """The latest moment at which the request can have left, where the program was cut off; None: as asked."""
    server_offset_ms: int | None = None
    """How far the platform's clock was ahead of the asking one when it was asked; None: not known."""
    lane: int = 0
    lane_position: int = 1

    @property
    def was_cut_off(self) -> bool:
        """Whether the program ended before the request did: that says nothing of the run."""
        return self.left_by_ms is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopt:
    """The request was accepted, and this is the run it made."""

    run_id: RunId
    etag: ETag | None
    status: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """The request was surely never accepted: the run may be asked for again."""

    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StillOpen:
    """Nothing can be told. ``candidates``: runs that it might have made, for a person to look at."""

    because: str
    candidates: tuple[RunId, ...]
    final: bool
    """Whether a later look can not be expected to tell more."""


Verdict = Adopt | Absent | StillOpen
