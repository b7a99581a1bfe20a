"""How the rate of calls changed, and why, from the events of an execution. Pure; bounded."""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass

MOST_STEPS = 30
RATE_MARK = '"event": "rate"'
"""Reading every event as JSON would take longer than all the rest of a report."""
_FREE = "free"
_NOT_LOWERED = frozenset({"the spec's limit", "no limit"})
"""The reasons of a rate that nothing holds back but the spec."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateStep:
    """One change. ``sandbox`` is empty where all were meant; ``per_second`` is None where nothing limits it."""

    at: str
    sandbox: str
    per_second: float | None
    reason: str
    change: str = ""
    """``lowered``, ``raised``, ``free`` of all but the spec's limit; at the same rate ``paused`` or ``kept``."""
    from_per_second: float | None = None
    """What it was before; None: not known, or nothing limited it."""

    @property
    def rate(self) -> str:
        """The rate for people."""
        return _rate(self.per_second)

    @property
    def is_lowered(self) -> bool:
        """Whether the platform is given less than the spec's limit allows, though it may be more than before."""
        return self.change not in ("", _FREE)

    @property
    def change_in_words(self) -> str:
        """Which way it went, for people: ``raised from 3/s``."""
        if self.change == _FREE:
            return "no longer lowered"
        same = self.change in ("paused", "kept") or self.from_per_second is None
        since = "" if same else " from "
        return f"{self.change}{since}{_rate(self.from_per_second) if since else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The first changes, and how many more there were."""

    steps: tuple[RateStep, ...]
    more: int


def rates_of(events: Iterable[str], *, at_most: int = MOST_STEPS) -> Rates:
    """Return the changes of rate among an execution's events, which come oldest first."""
    steps: list[RateStep] = []
    former: dict[str, RateStep] = {}
    more = 0
    for line in events:
        if RATE_MARK not in line or (event := _event(line)) is None:
            continue
        step = _step(event, former=former.get(str(event.get("sandbox", ""))))
        former[step.sandbox] = step
        if len(steps) < at_most:
            steps.append(step)
        else:
            more += 1
    return Rates(steps=tuple(steps), more=more)


def _event(line: str) -> dict[str, object] | None:
    event: dict[str, object] = json.loads(line)
    return event if event.get("event") == "rate" else None  # other words may only look like it


def _step(event: dict[str, object], *, former: RateStep | None) -> RateStep:
    per_second, reason = _number(event.get("per_second")), str(event.get("reason", ""))
    was, change = _number(event.get("from_per_second")), str(event.get("change", ""))
    if not change:  # noted by an earlier version, which did not say which way it went
        was = former.per_second if former else None
        change = _direction(per_second, reason, was=was)
    return RateStep(
        at=str(event["at"]),
        sandbox=str(event.get("sandbox", "")),
        per_second=per_second,
        reason=reason,
        change=change,
        from_per_second=was,
    )


def _direction(per_second: float | None, reason: str, *, was: float | None) -> str:
    if reason in _NOT_LOWERED or per_second is None:
        return _FREE
    if per_second == was:
        return "paused" if reason.startswith("paused") else "kept"
    return "raised" if per_second > (math.inf if was is None else was) else "lowered"


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) else None


def _rate(per_second: float | None) -> str:
    return "no limit" if per_second is None else f"{per_second:.4g}/s"
