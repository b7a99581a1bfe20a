"""Divide the time that an execution was worked among its runs, in proportion to how long each took; all adds up to it.

Pure. Requests overlap and waits lie between them, so their own times add up to anything. A share is no measurement:
``results.csv`` says when each run was asked for and settled.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runner.model.report import ResultRow
from runner.model.session import Session, worked_seconds


def own_ms(row: ResultRow) -> int:
    """Return how long a run took from its request to its outcome; zero where it was not asked for."""
    if row.asked_at_ms is None or row.settled_at_ms is None:
        return 0
    return max(0, row.settled_at_ms - row.asked_at_ms)


@dataclass(slots=True, kw_only=True)
class Shares:
    """What is shared out so far; the rows must come in the order of the pass that ``of`` made."""

    whole_ms: int
    of_all: int
    """What the weights of all rows come to."""
    by_time: bool
    """Whether a row weighs what it took; else, where none took any time, all weigh the same."""
    _given: int = 0

    @classmethod
    def of(cls, sessions: Sequence[Session], rows: Iterable[ResultRow]) -> "Shares":
        """Weigh all rows, in one pass."""
        took = count = 0
        for row in rows:
            count += 1
            took += own_ms(row)
        return cls(
            whole_ms=round(worked_seconds(sessions) * 1000),
            of_all=took or count,
            by_time=took > 0,
        )

    def next(self, row: ResultRow) -> int:
        """Return the next row's share in whole milliseconds; no rounding is lost from one to the next."""
        before = self.whole_ms * self._given // self.of_all
        self._given += own_ms(row) if self.by_time else 1
        return self.whole_ms * self._given // self.of_all - before
