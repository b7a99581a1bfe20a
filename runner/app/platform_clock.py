"""The platform's clock beside this machine's: when they differ too much, what is said of it, and whose counts. Pure."""

from dataclasses import dataclass

from runner.model.spec import Last, Spec
from runner.model.text import duration_text

SKEW_SECONDS = 5
"""Clocks that differ by less agree: a ``Date`` header has whole seconds, and an answer takes its time."""
REMEDY = "Have the clock set by a time service (NTP)."


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformClock:
    """How far the platform's clock is ahead of ours; None: no time was had from it."""

    offset_ms: int | None

    @property
    def differs(self) -> bool:
        """Whether it differs from ours by more than answers take."""
        return self.offset_ms is not None and abs(self.offset_ms) > SKEW_SECONDS * 1000

    @property
    def difference(self) -> str:
        """Say by how much they differ and what follows which; empty where they do not."""
        if self.offset_ms is None or not self.differs:
            return ""
        way = "behind" if self.offset_ms > 0 else "ahead of"
        return (
            f"this machine's clock is {duration_text(abs(self.offset_ms) / 1000)} {way} the platform's. Windows such "
            "as `last: 24h` are counted by the platform's; how long plans are valid, how long flows are held, and "
            "hours of the day (`not_between`) follow this machine's."
        )

    def now_ms(self, ours_ms: int) -> int:
        """Return the time that relative windows end at: the platform's, since it dated the runs."""
        return ours_ms + (self.offset_ms or 0) if self.differs else ours_ms

    def last_counted(self, spec: Spec) -> str:
        """Say by whose clock the relative windows of a spec are counted; empty where it has none."""
        rules = [rule for sandbox in spec.sandboxes for rule in sandbox.filters]
        seconds = [rule.started.seconds for rule in rules if isinstance(rule.started, Last)]
        if not seconds:
            return ""
        said = f"`last: {duration_text(seconds[0])}` is counted"
        if self.differs:
            return f"{said} by the platform's clock, not by this machine's."
        if self.offset_ms is None:
            return f"{said} by this machine's clock; the platform did not tell its time."
        return f"{said} by this machine's clock, which agrees with the platform's."
