"""The sessions of an execution, and how long it was worked in them. Pure.

An execution that was interrupted and went on later was worked in several; the hours between them are nobody's work.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from runner.model.text import counted, duration_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The work of one process on an execution, from its first to its last event. Times are epoch milliseconds."""

    from_ms: int
    to_ms: int
    is_reconciling: bool = False
    """Whether it only looked again at what others had asked for."""

    @property
    def seconds(self) -> float:
        """Return how long it took; a clock that went back takes nothing from it."""
        return max(0, self.to_ms - self.from_ms) / 1000


def worked_seconds(sessions: Sequence[Session]) -> float:
    """Return how long an execution was worked in all."""
    return sum(session.seconds for session in sessions)


def worked_in_words(sessions: Sequence[Session]) -> str:
    """Return ``1m12s``, or ``1m12s in 2 sessions, over 9h05m``."""
    worked = duration_text(worked_seconds(sessions))
    if len(sessions) < 2:  # noqa: PLR2004  # then there is nothing between them
        return worked
    over = duration_text((sessions[-1].to_ms - sessions[0].from_ms) / 1000)
    return f"{worked} in {counted(len(sessions), 'session')}, over {over}"
