"""What an execution's end means for the exit code; pure. When several apply the most serious wins."""

from collections.abc import Sequence
from dataclasses import dataclass

from runner.errors import RetriggerError
from runner.execute import Ended
from runner.model.report import Tally
from runner.model.words import OutcomeKind, Recovery

INTERRUPTED = 130
A_BUG = 70
_NOT_WELL = frozenset({OutcomeKind.REFUSED, OutcomeKind.GAVE_UP, OutcomeKind.NOT_ATTEMPTED, ""})
_NOT_RECOVERED = frozenset(
    {
        Recovery.RECOVERED_EMPTY,
        Recovery.PARTIAL,
        Recovery.FAILED_AGAIN,
        Recovery.RUNNING,
        Recovery.UNKNOWN,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How an execution rests: its state, why, and the exit code."""

    state: str
    because: str
    exit_code: int


def verdict(ended: Ended, tallies: Sequence[Tally]) -> Verdict:
    """Return the verdict on an execution that came to rest."""
    unresolved = _count(tallies, {OutcomeKind.UNRESOLVED})
    is_bug = ended.failure is not None and not isinstance(ended.failure, RetriggerError)
    if ended.interrupted and not is_bug:
        return Verdict(state="interrupted", because=ended.interrupted, exit_code=INTERRUPTED)
    if ended.failure:
        code = ended.failure.exit_code if isinstance(ended.failure, RetriggerError) else A_BUG
        because = f"could not go on: {ended.failure}"
        return Verdict(state="interrupted", because=because, exit_code=code)
    if unresolved:
        runs = "1 run is" if unresolved == 1 else f"{unresolved} runs are"
        because = ended.stopped_by_rule or f"{runs} unresolved"
        return Verdict(state="stopped", because=because, exit_code=4)
    if ended.stopped_by_rule:
        return Verdict(state="stopped", because=ended.stopped_by_rule, exit_code=3)
    not_well = _count(tallies, _NOT_WELL) + sum(
        tally.count for tally in tallies if tally.recovery in _NOT_RECOVERED
    )
    return Verdict(state="finished", because="", exit_code=1 if not_well else 0)


def _count(tallies: Sequence[Tally], outcomes: set[OutcomeKind] | frozenset[str]) -> int:
    return sum(tally.count for tally in tallies if tally.outcome in outcomes)
