"""A run that an execution re-triggered, and other new runs that load the same data. Times are epoch milliseconds."""

from dataclasses import dataclass
from enum import StrEnum

from runner.model.plan import FoundRun
from runner.model.words import FlowId, RunId, SandboxName


class Sign(StrEnum):
    """What says that another new run was made from the same old run."""

    LINKED = "linked"
    """It names the old run, or our new run, as its parent."""
    SAME_WINDOW = "same_window"
    """It covers the same span of data."""
    OUR_CLIENT = "our_client"
    """These credentials made it, this journal does not know it, and it does not show yet which data it loads."""
    ANOTHER_CLIENT = "another_client"
    """Another known client made it, and it does not show yet which data it loads."""

    @property
    def is_sure(self) -> bool:
        """Whether nothing that is seen later can take it back."""
        return self in (Sign.LINKED, Sign.SAME_WINDOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetriggeredFlow:
    """A flow of which an execution re-triggered runs."""

    sandbox: SandboxName
    flow_id: FlowId
    lane: int
    first_asked_ms: int
    """When the first of them was asked for, by the platform's clock as far as it was known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retriggered:
    """One run that was re-triggered."""

    position: int
    """Its place in the plan."""
    found: FoundRun
    """The old run, as it was pinned."""
    new_run_id: RunId
    asked_at_ms: int
    """Likewise by the platform's clock."""
    recovery: str
    duplicated_by: tuple[tuple[RunId, Sign], ...]
    """What is recorded of others so far."""
