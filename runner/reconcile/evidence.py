"""What a look at the platform showed: what a verdict is made from."""

from dataclasses import dataclass

from runner.model.platform import Run
from runner.model.words import RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a look at the platform showed."""

    newer: tuple[Run, ...]
    """The flow's runs that were created since the request, by the platform's clock, each once; those too of which the
    platform does not say when they were created."""
    claimed: frozenset[RunId]
    """Those of them that are known to be somebody's: another request's of this journal."""
    reached_back: bool
    """Whether the listing surely came to a run older than the request, newest first; else we may be blind."""
    old_run: Run | None
    """The old run as it is now; None where it can no longer be seen."""
    is_late_enough: bool
    """Whether a run that the request made must be visible by now."""
