"""Add the journal's tallies up into the totals that every report shows.

Pure, and from the tallies alone: a million rows cost nothing here.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.model.report import Execution, Tally
from runner.model.skips import without_etags
from runner.model.words import OutcomeKind, Recovery

NOT_SETTLED = "not_settled"
"""Stands for a planned run without an outcome."""
NOT_WAITED_FOR = "not_waited_for"
"""Stands for a re-triggered run whose recovery nobody looked at."""
_ID = re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
"""The platform names the run in its words, so that no two of them would be alike."""
OUTCOMES = (*(kind.value for kind in OutcomeKind), NOT_SETTLED)
NOT_DONE = (
    OutcomeKind.REFUSED,
    OutcomeKind.GAVE_UP,
    OutcomeKind.SKIPPED,
    OutcomeKind.NOT_ATTEMPTED,
)
"""The outcomes of planned runs that were surely not re-triggered."""
PASSED_OVER = "passed_over"
"""Stands for a run that is not of the plan, where these are told apart from planned ones that were skipped."""
COLUMNS = (*OUTCOMES, PASSED_OVER)
RECOVERIES = (*(recovery.value for recovery in Recovery), NOT_WAITED_FOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonCount:
    """How many runs have this outcome, or this recovery, for this reason."""

    outcome: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Runs of an execution; outcomes and recoveries that did not occur count zero."""

    by_outcome: Mapping[str, int]
    """Passed-over runs count as skipped here, in ``by_sandbox`` and in ``by_reason``: as in the rows."""
    by_recovery: Mapping[str, int]
    """Of the re-triggered runs only."""
    duplicated: int
    """Of the re-triggered runs, how many somebody else re-triggered too."""
    by_sandbox: Mapping[str, Mapping[str, int]]
    """Outcomes of each sandbox: the plan's sandboxes in their order, then any others by name."""
    by_reason: tuple[ReasonCount, ...]
    """Of the runs that have a reason; most frequent first."""
    apart: Mapping[str, Mapping[str, int]]
    """As ``by_sandbox``, but with passed-over runs told apart from skipped ones."""
    planned_reasons: tuple[ReasonCount, ...]
    """Of the planned runs alone; most frequent first."""
    passed_over: tuple[ReasonCount, ...]
    """Of the runs that the plan passed over; most frequent first."""
    not_recovered: tuple[ReasonCount, ...]
    """Of the re-triggered runs that were watched and are not well, by recovery; most frequent first."""

    @property
    def runs(self) -> int:
        """Return how many runs there are in all."""
        return sum(self.by_outcome.values())

    def apart_of(self, word: str) -> int:
        """Return how many runs have an outcome, passed-over ones told apart."""
        return sum(counts[word] for counts in self.apart.values())

    @property
    def skipped(self) -> tuple[ReasonCount, ...]:
        """The reasons why planned runs were skipped, verbatim."""
        return tuple(each for each in self.planned_reasons if each.outcome == OutcomeKind.SKIPPED)

    def of_outcomes(self, *outcomes: str) -> tuple[ReasonCount, ...]:
        """Return the reasons of planned runs with these outcomes, most frequent first.

        Those that differ only in ids count as one.
        """
        alike = Counter[tuple[str, str]]()
        for each in self.planned_reasons:
            if each.outcome in outcomes:
                alike[each.outcome, _ID.sub("…", without_etags(each.reason))] += each.count
        return _most_frequent_first(alike)


def totals_of(execution: Execution, tallies: Sequence[Tally]) -> Totals:
    """Return the totals of one execution."""
    outcomes, recoveries = Counter[str](), Counter[str]()
    reasons = {True: _Reasons(), False: _Reasons()}
    not_recovered = _Reasons()
    names = _sandbox_names(execution, tallies)
    sandboxes = {name: Counter[str]() for name in names}
    apart = {name: Counter[str]() for name in names}
    for tally in tallies:
        outcome = tally.outcome or NOT_SETTLED
        outcomes[outcome] += tally.count
        sandboxes[tally.sandbox][outcome] += tally.count
        apart[tally.sandbox][outcome if tally.is_planned else PASSED_OVER] += tally.count
        if tally.reason:
            reasons[tally.is_planned][outcome, tally.reason] += tally.count
        if outcome == OutcomeKind.RETRIGGERED:
            recoveries[tally.recovery or NOT_WAITED_FOR] += tally.count
            if tally.recovery not in ("", Recovery.RECOVERED):
                not_recovered[tally.recovery, tally.reason] += tally.count
    return Totals(
        by_outcome=_all(OUTCOMES, outcomes),
        by_recovery=_all(RECOVERIES, recoveries),
        duplicated=sum(tally.duplicated for tally in tallies),
        by_sandbox={name: _all(OUTCOMES, counts) for name, counts in sandboxes.items()},
        by_reason=_most_frequent_first(reasons[True] + reasons[False]),
        apart={name: _all(COLUMNS, counts) for name, counts in apart.items()},
        planned_reasons=_most_frequent_first(reasons[True]),
        passed_over=_most_frequent_first(reasons[False]),
        not_recovered=_most_frequent_first(not_recovered),
    )


_Reasons = Counter[tuple[str, str]]


def _all(words: Sequence[str], counts: Counter[str]) -> dict[str, int]:
    return {word: counts[word] for word in words}


def _sandbox_names(execution: Execution, tallies: Sequence[Tally]) -> tuple[str, ...]:
    planned = [str(sandbox.name) for sandbox in execution.sandboxes]
    others = sorted({tally.sandbox for tally in tallies} - set(planned))
    return tuple(dict.fromkeys((*planned, *others)))


def _most_frequent_first(reasons: Mapping[tuple[str, str], int]) -> tuple[ReasonCount, ...]:
    counts = (
        ReasonCount(outcome=outcome, reason=reason, count=count)
        for (outcome, reason), count in reasons.items()
    )
    return tuple(sorted(counts, key=lambda each: (-each.count, each.outcome, each.reason)))
