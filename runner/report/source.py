"""What reports are made from. The journal gives it; nothing here knows where rows are kept."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from runner.model.report import Execution, ResultRow, Tally


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
        """Count the rows, passed-over ones included (as ``skipped``, with their reason)."""
        ...

    def events(self) -> Iterator[str]:
        """Stream the event chain, oldest first, as finished JSON lines without their line ends."""
        ...
