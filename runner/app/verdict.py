"""What an execution's end means for the exit code; pure. When several apply the most serious wins."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runner.errors import CannotGoOn, RetriggerError, UsageError
from runner.execute import Ended
from runner.model.meaning import is_well
from runner.model.report import Tally
from runner.model.words import OutcomeKind

INTERRUPTED = 130
A_BUG = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How an execution rests: its state, why, and the exit code."""

    state: str
    because: str
    exit_code: int


def verdict(
    ended: Ended, tallies: Sequence[Tally], *, has_sent: Callable[[], bool] = lambda: True
) -> Verdict:
    """Return the verdict on an execution that came to rest; what its plan passed over does not count.

    ``has_sent``: whether any re-trigger request ever left.
    """
    planned = [tally for tally in tallies if tally.is_planned]
    unresolved = sum(each.count for each in planned if each.outcome == OutcomeKind.UNRESOLVED)
    is_bug = ended.failure is not None and not isinstance(ended.failure, RetriggerError)
    if ended.interrupted and not is_bug:
        return Verdict(state="interrupted", because=ended.interrupted, exit_code=INTERRUPTED)
    if ended.failure:
        code = ended.failure.exit_code if isinstance(ended.failure, RetriggerError) else A_BUG
        if code == UsageError.exit_code and has_sent():  # which says that nothing was sent
            code = CannotGoOn.exit_code
        because = f"could not go on: {ended.failure}"
        return Verdict(state="interrupted", because=because, exit_code=code)
    if unresolved:
        runs = "1 run is" if unresolved == 1 else f"{unresolved} runs are"
        because = ended.stopped_by_rule or f"{runs} unresolved"
        return Verdict(state="stopped", because=because, exit_code=4)
    if ended.stopped_by_rule:
        return Verdict(state="stopped", because=ended.stopped_by_rule, exit_code=3)
    return Verdict(state="finished", because="", exit_code=0 if all(map(is_well, planned)) else 1)


def end_in_a_word(ended: Ended, *, unresolved: int, is_cut_off: bool) -> str:
    """Return what the last line of progress says: ``done``, ``stopped``, ``interrupted`` or ``failed``.

    Args:
        ended: how it came to rest, as far as the coordinator knows.
        unresolved: how many runs are.
        is_cut_off: whether it was left by an exception.
    """
    is_bug = ended.failure is not None and not isinstance(ended.failure, RetriggerError)
    if ended.interrupted and not is_bug:
        return "interrupted"
    if ended.failure or is_cut_off:
        return "failed"
    return "stopped" if ended.stopped_by_rule or unresolved else "done"
