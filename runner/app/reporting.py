"""Have an execution's reports written from the journal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from runner.app.house import House, advised
from runner.app.plan_files import plan_restored
from runner.errors import CannotWrite, UsageError
from runner.journal import Journal
from runner.model.advised import recorded
from runner.model.report import Execution, ResultRow, Tally
from runner.model.session import Session
from runner.model.words import ExecutionId, ReportFormat
from runner.report import (
    KINDS_WITH_FLOWS,
    MOST_FLOWS,
    Worst,
    duplicated_among,
    write_reports,
)

MOST_DUPLICATED = 10
"""So many are named on a terminal."""


@dataclass(frozen=True)
class JournalSource:
    """One execution as the reports read it, after it came to rest; what several pages ask for is looked up once."""

    journal: Journal
    execution: Execution

    def rows(self) -> Iterator[ResultRow]:
        """Stream its rows."""
        return self.journal.rows(self.execution.id)

    def tallies(self) -> Sequence[Tally]:
        """Count its rows."""
        return self.journal.tallies(self.execution.id)

    def worst_flows(self) -> Worst:
        """Name the flows in which most went wrong."""
        return self._worst_flows

    def sessions(self) -> Sequence[Session]:
        """Return the sessions in which it was worked."""
        return self._sessions

    @cached_property
    def _worst_flows(self) -> Worst:
        return worst_flows(self.journal, self.execution.id)

    @cached_property
    def _sessions(self) -> Sequence[Session]:
        return self.journal.sessions(self.execution.id)

    def events(self) -> Iterator[str]:
        """Stream its events."""
        return self.journal.events(self.execution.id)


def report(journal: Journal, execution: Execution, *, directory: Path | None) -> tuple[Path, ...]:
    """Write an execution's reports, where they were written before unless another folder is given.

    Its plan is written again where it is not there any more.
    """
    formats = [ReportFormat(word) for word in execution.report_formats.split()]
    folder = directory or Path(execution.reports_directory)
    if not execution.journal_place:  # it was begun when that was not recorded yet
        execution = replace(execution, journal_place=str(Path(journal.place).absolute()))
    try:
        reports = write_reports(
            JournalSource(journal, execution), directory=folder, formats=formats
        )
        return (*reports, *plan_restored(journal, execution, folder))
    except CannotWrite as error:
        here = recorded(folder="", journal_place=journal.place)
        again = here.command("report", execution.id, "--directory", "FOLDER")
        kept = f"The journal holds all of it: `{again}` writes the reports elsewhere."
        raise CannotWrite(str(error), remedy=f"{error.remedy} {kept}") from error


def worst_flows(journal: Journal, execution_id: ExecutionId) -> Worst:
    """Return the flows in which most went wrong, of the kinds of which flows are named."""
    return journal.worst_flows(execution_id, KINDS_WITH_FLOWS, most=MOST_FLOWS)


def duplicated_rows(
    journal: Journal,
    execution: Execution,
    tallies: Sequence[Tally],
    *,
    at_most: int | None = MOST_DUPLICATED,
) -> tuple[ResultRow, ...]:
    """Return the first rows of runs that were re-triggered elsewhere too (None: all); free where there are none."""
    if not any(tally.duplicated for tally in tallies):
        return ()
    return duplicated_among(journal.rows(execution.id), at_most=at_most)


def known_execution(journal: Journal, name: str | None, *, house: House) -> Execution:
    """Return the execution a person named: by its id, the start of it, or (None) the newest."""
    if name is None:
        newest = next(journal.executions(), None)
        if newest is None:
            raise UsageError(f"{journal.place}: the journal holds no execution yet.")
        return newest
    if exact := journal.execution(ExecutionId(name)):
        return exact
    alike = [execution for execution in journal.executions() if execution.id.startswith(name)]
    if len(alike) == 1:
        return alike[0]
    fact = (
        f"{len(alike)} executions begin with {name}" if alike else f"no execution is called {name}"
    )
    remedy = f"`{advised(house, 'status')}` lists them."
    raise UsageError(f"{journal.place}: {fact}.", remedy=remedy)
