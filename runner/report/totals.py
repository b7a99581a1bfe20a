"""Add the journal's tallies up into the totals that every report shows.

Pure, and from the tallies alone: a million rows cost nothing here.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.model.report import Execution, Tally
from runner.model.words import OutcomeKind, Recovery

NOT_SETTLED = "not_settled"
"""Stands for a planned run without an outcome."""
NOT_WAITED_FOR = "not_waited_for"
"""Stands for a re-triggered run whose recovery nobody looked at."""
_ID = re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
"""The platform names the run in its words, so that no two of them would be alike."""
OUTCOMES = (*(kind.value for kind in OutcomeKind), NOT_SETTLED)
NOT_DONE = (OutcomeKind.REFUSED, OutcomeKind.GAVE_UP, OutcomeKind.NOT_ATTEMPTED)
"""The outcomes of planned runs that were surely not re-triggered."""
RECOVERIES = (*(recovery.value for recovery in Recovery), NOT_WAITED_FOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonCount:
    """How many runs have this outcome, or this recovery, for this reason."""

    outcome: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Runs of an execution, passed-over ones included; outcomes and recoveries that did not occur count zero."""

    by_outcome: Mapping[str, int]
    by_recovery: Mapping[str, int]
    """Of the re-triggered runs only."""
    by_sandbox: Mapping[str, Mapping[str, int]]
    """Outcomes of each sandbox: the plan's sandboxes in their order, then any others by name."""
    by_reason: tuple[ReasonCount, ...]
    """Of the runs that have a reason; most frequent first."""
    not_recovered: tuple[ReasonCount, ...]
    """Of the re-triggered runs that were watched and are not well, by recovery; most frequent first."""

    @property
    def runs(self) -> int:
        """Return how many runs there are in all."""
        return sum(self.by_outcome.values())

    def of_outcomes(self, *outcomes: str) -> tuple[ReasonCount, ...]:
        """Return the reasons of these outcomes, most frequent first; those that differ only in ids count as one."""
        alike = Counter[tuple[str, str]]()
        for each in self.by_reason:
            if each.outcome in outcomes:
                alike[each.outcome, _ID.sub("…", each.reason)] += each.count
        return _most_frequent_first(alike)


def totals_of(execution: Execution, tallies: Sequence[Tally]) -> Totals:
    """Return the totals of one execution."""
    outcomes = Counter[str]()
    recoveries = Counter[str]()
    reasons = Counter[tuple[str, str]]()
    not_recovered = Counter[tuple[str, str]]()
    sandboxes = {name: Counter[str]() for name in _sandbox_names(execution, tallies)}
    for tally in tallies:
        outcome = tally.outcome or NOT_SETTLED
        outcomes[outcome] += tally.count
        sandboxes[tally.sandbox][outcome] += tally.count
        if tally.reason:
            reasons[outcome, tally.reason] += tally.count
        if outcome == OutcomeKind.RETRIGGERED:
            recoveries[tally.recovery or NOT_WAITED_FOR] += tally.count
            if tally.recovery not in ("", Recovery.RECOVERED):
                not_recovered[tally.recovery, tally.reason] += tally.count
    return Totals(
        by_outcome={word: outcomes[word] for word in OUTCOMES},
        by_recovery={word: recoveries[word] for word in RECOVERIES},
        by_sandbox={
            name: {word: counts[word] for word in OUTCOMES} for name, counts in sandboxes.items()
        },
        by_reason=_most_frequent_first(reasons),
        not_recovered=_most_frequent_first(not_recovered),
    )


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
