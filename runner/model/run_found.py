"""What a journal knows of one run: each execution that planned it, passed it over, made it or saw it beside its own."""

from dataclasses import dataclass
from enum import StrEnum

from runner.model.report import Execution, ResultRow


class Role(StrEnum):
    """What a run is in a row."""

    OLD_RUN = "old_run"
    """The run that was to be re-triggered."""
    NEW_RUN = "new_run"
    """The run that its re-trigger made."""
    OTHER_NEW_RUN = "other_new_run"
    """Another new run of the same data, which this journal did not make."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFound:
    """One row in which a run stands, with all that is recorded of it."""

    role: Role
    execution: Execution
    row: ResultRow
    position: int | None
    """The old run's place in the plan; None: it was passed over."""
    duplicate_evidence: str
    """What says so of each run in ``duplicated_by``."""
    events: tuple[str, ...]
    """The event lines that name the old run, oldest first."""


def role_of(run_id: str, row: ResultRow) -> Role:
    """Return what a run is in a row that names it; ids are compared without case."""
    wanted = run_id.lower()
    if row.old_run_id.lower() == wanted:
        return Role.OLD_RUN
    return Role.NEW_RUN if row.new_run_id.lower() == wanted else Role.OTHER_NEW_RUN
