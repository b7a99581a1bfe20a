"""How the rate of calls changed, and why, from the events of an execution. Pure; bounded."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

MOST_STEPS = 30
RATE_MARK = '"event": "rate"'
"""Reading every event as JSON would take longer than all the rest of a report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateStep:
    """One change. ``sandbox`` is empty where all were meant; ``per_second`` is None where nothing limits it."""

    at: str
    sandbox: str
    per_second: float | None
    reason: str

    @property
    def rate(self) -> str:
        """The rate for people."""
        return "no limit" if self.per_second is None else f"{self.per_second:.4g}/s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The first changes, and how many more there were."""

    steps: tuple[RateStep, ...]
    more: int


def rates_of(events: Iterable[str], *, at_most: int = MOST_STEPS) -> Rates:
    """Return the changes of rate among an execution's events."""
    steps: list[RateStep] = []
    more = 0
    for line in events:
        if RATE_MARK not in line or (step := _step(line)) is None:
            continue
        if len(steps) < at_most:
            steps.append(step)
        else:
            more += 1
    return Rates(steps=tuple(steps), more=more)


def _step(line: str) -> RateStep | None:
    event = json.loads(line)
    if event.get("event") != "rate":
        return None  # other words that only look like it
    return RateStep(
        at=event["at"],
        sandbox=event.get("sandbox", ""),
        per_second=event.get("per_second"),
        reason=event.get("reason", ""),
    )
