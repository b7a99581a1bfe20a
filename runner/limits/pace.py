"""The present rate of a sandbox or of a whole execution, and why it is that: a value, and a few words for people."""

import math
from dataclasses import dataclass

from runner.model.text import clock_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast calls may leave at one moment."""

    per_second: float | None
    """None: nothing limits it."""
    lowered_after: str
    """What the platform answered; empty: the rate is the spec's limit."""
    lowered_at_ms: int | None
    paused_seconds: float
    paused_until_ms: int | None
    former_per_second: float | None = None
    """What it was before it changed last; None: nothing limited it."""

    @property
    def is_raised(self) -> bool:
        """Whether it is lower than the limit still, and went up when it changed last."""
        was = math.inf if self.former_per_second is None else self.former_per_second
        return bool(self.lowered_after) and was < (self.per_second or math.inf)

    @property
    def change(self) -> str:
        """How it changed: ``lowered``, ``raised``, ``free`` as the spec has it; ``paused`` or ``kept`` at its rate."""
        if not self.lowered_after:
            return "free"
        if self.per_second == self.former_per_second:
            return "paused" if self.paused_until_ms is not None else "kept"
        return "raised" if self.is_raised else "lowered"

    @property
    def reason(self) -> str:
        """Why, in a few words."""
        if self.paused_until_ms is not None:
            return f"paused until {clock_time(self.paused_until_ms)}{self._after(' after ')}"
        if self.lowered_at_ms is not None and self.is_raised:
            return f"recovering from {self.lowered_after} at {clock_time(self.lowered_at_ms)}"
        if self.lowered_at_ms is not None:
            return f"lowered after {self.lowered_after} at {clock_time(self.lowered_at_ms)}"
        return "the spec's limit" if self.per_second is not None else "no limit"

    @property
    def lowered(self) -> str:
        """What to tell while it is lower than the spec's limit, such as ``lowered to 4.7/s after HTTP 429``."""
        if not self.lowered_after or self.per_second is None:
            return ""
        return f"lowered to {rate_text(self.per_second)}{self._after(' after ')}"

    def _after(self, link: str) -> str:
        return f"{link}{self.lowered_after}" if self.lowered_after else ""


def rate_text(per_second: float) -> str:
    """Return ``4.7/s``, or without a fraction from a hundred on."""
    return f"{per_second:.0f}/s" if per_second >= 100 else f"{per_second:.2g}/s"  # noqa: PLR2004
