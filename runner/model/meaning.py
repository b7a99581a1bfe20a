"""What outcomes and recoveries mean: for exit codes, stop rules, waves, held flows and what a person is told. Pure.

The one place for it. Sets rather than properties of the enums: the journal's words come as text, empty where there is
none yet.
"""

from runner.model.report import Tally
from runner.model.skips import proves_done
from runner.model.words import NOT_FINAL, OutcomeKind, Recovery

NOT_ACCEPTED = frozenset({OutcomeKind.REFUSED, OutcomeKind.GAVE_UP})
"""Asked for, and surely not accepted."""
FAILED = NOT_ACCEPTED | {OutcomeKind.UNRESOLVED}
"""Asked for, and no new run is known to have come of it."""
LEFT = frozenset({OutcomeKind.NOT_ATTEMPTED, ""})
"""Its turn has not come (yet): applying again takes it up."""
NEVER_ASKED = LEFT | {OutcomeKind.SKIPPED}

ENDED_IN_SUCCESS = frozenset({Recovery.RECOVERED, Recovery.RECOVERED_EMPTY})
"""The new run succeeded; an empty success may be all there was in its window."""
FAILED_AGAIN = frozenset({Recovery.FAILED_AGAIN, Recovery.PARTIAL})
NOT_SEEN = NOT_FINAL | {""}
"""Nobody has seen (yet) what became of the new run; empty: nobody looked."""

ENDED = frozenset({"finished", "abandoned"})
"""States after which an execution is not gone on with."""


def is_well(tally: Tally) -> bool:
    """Whether nothing is left to do about these planned runs.

    They were re-triggered, nowhere else too, and, where the new runs were looked at, recovered; or they were skipped
    for a reason that proves that there is nothing to be done.
    """
    if tally.duplicated:
        return False
    if tally.outcome == OutcomeKind.RETRIGGERED:
        return tally.recovery in ("", Recovery.RECOVERED)
    return tally.outcome == OutcomeKind.SKIPPED and proves_done(tally.reason)


def unseen_in_words(state: str, *, is_watched: bool) -> str:
    """Return what is told of accepted runs of which nobody has seen whether they recovered.

    Args:
        state: the execution's.
        is_watched: whether any of its new runs was looked at.
    """
    return "not yet seen" if is_watched or state not in ENDED else "not watched"
