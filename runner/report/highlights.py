"""Choose the rows that a page for people shows: a bounded number, those that need a person first.

Pure, one pass over the rows, and never more than the cap of them kept for each rank.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from runner.model.report import ResultRow
from runner.model.skips import proves_done
from runner.model.words import OutcomeKind, Recovery

_NOT_RECOVERED_RANK = 2
_NOT_DONE_RANK = 3
_RANKS = {
    OutcomeKind.UNRESOLVED.value: 0,
    OutcomeKind.GAVE_UP.value: 1,
    OutcomeKind.REFUSED.value: 1,
    "": _NOT_DONE_RANK,
    OutcomeKind.NOT_ATTEMPTED.value: _NOT_DONE_RANK,
    OutcomeKind.SKIPPED.value: 4,
}
_DUPLICATED_RANK = 1
_WELL_RANK = 5
_LAST_RANK = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Highlights:
    """The rows to show, and how many more there are."""

    rows: tuple[ResultRow, ...]
    more: int


def highlights_of(rows: Iterable[ResultRow], *, at_most: int) -> Highlights:
    """Return ``at_most`` rows: unresolved, refused or duplicated, not recovered, not done, those that need nobody."""
    kept: list[list[ResultRow]] = [[] for _ in range(_LAST_RANK + 1)]
    seen = 0
    for row in rows:
        seen += 1
        rank = kept[_rank(row)]
        if len(rank) < at_most:
            rank.append(row)
    shown = [row for rank in kept for row in rank][:at_most]
    return Highlights(rows=tuple(shown), more=seen - len(shown))


def duplicated_among(rows: Iterable[ResultRow], *, at_most: int | None) -> tuple[ResultRow, ...]:
    """Return the first rows of runs that were re-triggered elsewhere too; None: all of them."""
    return tuple(islice((row for row in rows if row.duplicated_by), at_most))


def has_not_recovered(row: ResultRow) -> bool:
    """Tell whether a re-triggered run was watched and is not well; ``running`` and ``unknown`` are not well yet."""
    return row.outcome == OutcomeKind.RETRIGGERED and row.recovery not in ("", Recovery.RECOVERED)


def _rank(row: ResultRow) -> int:
    if row.duplicated_by:
        return _DUPLICATED_RANK
    if has_not_recovered(row):
        return _NOT_RECOVERED_RANK
    if row.outcome == OutcomeKind.SKIPPED and row.wave is not None and not proves_done(row.reason):
        return _NOT_DONE_RANK  # of the plan, and somebody has to see to it
    return _RANKS.get(row.outcome, _WELL_RANK)
