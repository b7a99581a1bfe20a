"""When an execution stops by itself; pure counting. A rule trips when its number is reached.

Counted are failures that say something about the runs or the platform's will to take them: refusals, runs given up
for other reasons than throttling, and unanswered requests. Throttling is never counted.
"""

from dataclasses import dataclass, field

from runner.model.spec import StopRules
from runner.model.words import OutcomeKind

SMALLEST_SAMPLE = 20
"""Settled runs below which ``failed_percent`` says nothing yet."""

_FAILURES = frozenset({OutcomeKind.REFUSED, OutcomeKind.GAVE_UP, OutcomeKind.UNRESOLVED})
_NEVER_ASKED = frozenset({OutcomeKind.SKIPPED, OutcomeKind.NOT_ATTEMPTED})


@dataclass(slots=True)
class StopWatch:
    """Counts outcomes and says when a rule trips."""

    rules: StopRules
    asked: int = 0
    failed: int = 0
    in_a_row: int = 0
    _last: list[str] = field(default_factory=list)

    def after(self, outcome: OutcomeKind, *, run_id: str, by_throttling: bool) -> str:
        """Count one outcome; return why to stop, or nothing."""
        if outcome in _NEVER_ASKED or by_throttling:
            return ""
        self.asked += 1
        if outcome not in _FAILURES:
            self.in_a_row = 0
            return ""
        self.failed += 1
        self.in_a_row += 1
        self._last = [*self._last[-2:], run_id]
        return self._tripped()

    def _tripped(self) -> str:
        rules = self.rules
        if rules.consecutive and self.in_a_row >= rules.consecutive:
            return self._say(f"stop_when.consecutive: {self.in_a_row} failures in a row")
        if rules.failed and self.failed >= rules.failed:
            return self._say(f"stop_when.failed: {self.failed} failures")
        percent = 100.0 * self.failed / self.asked
        if (
            rules.failed_percent
            and self.asked >= SMALLEST_SAMPLE
            and percent >= rules.failed_percent
        ):
            counts = f"{self.failed} of {self.asked} failed"
            return self._say(f"stop_when.failed_percent: {percent:.0f} % ({counts})")
        return ""

    def _say(self, rule: str) -> str:
        return f"stopped by {rule}; the last: {', '.join(self._last)}"
