"""When something stops by itself; pure counting. A rule trips when its number is reached.

Counted are failures that say something of the runs or of the platform's will to take them. Throttling is never counted.
"""

from dataclasses import dataclass, field

from runner.model.spec import StopRules

SMALLEST_SAMPLE = 20
"""Counted runs below which ``failed_percent`` says nothing yet."""


@dataclass(slots=True)
class StopWatch:
    """Counts runs and says when a rule trips."""

    rules: StopRules
    asked: int = 0
    failed: int = 0
    in_a_row: int = 0
    _last: list[str] = field(default_factory=list)

    def after(self, *, run_id: str, failed: bool) -> str:
        """Count one run; return why to stop, or nothing."""
        self.asked += 1
        if not failed:
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
