"""What reports are made from. The journal gives it; nothing here knows where rows are kept."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from runner.model.report import Execution, ResultRow, Tally, WorstFlows
from runner.model.session import Session


class ReportSource(Protocol):
    """One execution as the journal knows it; every call answers from the same moment."""

    @property
    def execution(self) -> Execution:
        """Who did what, where and why."""
        ...

    def rows(self) -> Iterator[ResultRow]:
        """Stream the planned runs in plan order, then the passed-over ones. Each call is a new pass."""
        ...

    def tallies(self) -> Sequence[Tally]:
        """Count the rows, passed-over ones included (as ``skipped``, with their reason, and not ``is_planned``)."""
        ...

    def worst_flows(self) -> Mapping[str, WorstFlows]:
        """Return the flows with most planned runs of each of the kinds of which flows are named."""
        ...

    def sessions(self) -> Sequence[Session]:
        """Return the sessions in which it was worked, oldest first."""
        ...

    def events(self) -> Iterator[str]:
        """Stream the event chain, oldest first, as finished JSON lines without their line ends."""
        ...
