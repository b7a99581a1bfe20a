"""How long a plan will take under its limits, and how much it loads each sandbox; pure arithmetic, no promise."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from runner.model.outlook import Forecast, SandboxForecast
from runner.model.plan import PlannedLane
from runner.model.spec import Limits
from runner.model.words import SandboxName

_DAY_SECONDS = 86_400.0
_HOUR_SECONDS = 3600.0
_READS_PER_RUN = 0.02
_LOOKS_PER_RUN = 0.01
"""Each run is verified and its flow's newer runs are listed; where it is waited for, its new run is looked at as well.
Once each at least, and a hundred to a call."""


class Waiting(Enum):
    """What waiting for recoveries does to a lane."""

    NONE = auto()
    """Nothing is waited for: a lane goes on when its re-trigger is accepted."""
    AT_THE_END = auto()
    """New runs are watched; a lane does not wait for them."""
    IN_EACH_LANE = auto()
    """A lane goes on when its new run has recovered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast things go: one call, the look at new runs, and whether lanes wait."""

    call_seconds: float
    """What one call takes, as far as was seen while planning."""
    poll_every_seconds: float
    waiting: Waiting
    soak_seconds: float = 0.0
    """Between two waves."""

    @property
    def calls_per_run(self) -> float:
        """The re-trigger itself and the run's share of reads."""
        return 1.0 + _READS_PER_RUN + (0.0 if self.waiting is Waiting.NONE else _LOOKS_PER_RUN)


def forecast(
    lanes: Sequence[PlannedLane],
    *,
    whole: Limits,
    sandboxes: Mapping[SandboxName, Limits],
    pace: Pace,
    waves: Sequence[int] = (),
) -> Forecast:
    """Return the least time the limits allow, no less than the longest lane needs, and the load at the fullest.

    Args:
        lanes: the flows with their runs; where a flow's typical time is not known, the others' mean stands in.
        whole: the execution's limits.
        sandboxes: each sandbox's own limits, in the order in which they are told of.
        pace: how fast things go.
        waves: how many runs each wave has; none: there is one wave.
    """
    known = _with_typical_times(lanes)
    by_sandbox = {
        name: [lane for lane in known if lane.sandbox == name]
        for name in dict.fromkeys([*sandboxes, *(lane.sandbox for lane in known)])
    }
    total = sum(lane.runs for lane in known) or 1
    shares = [count / total for count in waves] or [1.0]
    bounds = [*_bounds(known, whole, pace, of="", shares=shares)]
    parts = []
    for name, mine in by_sandbox.items():
        limits = sandboxes.get(name, Limits())
        own = [*_bounds(mine, limits, pace, of=f" of sandbox {name}", shares=shares)]
        bounds += own
        parts.append(_of_sandbox(name, mine, limits=limits, whole=whole, pace=pace, bounds=own))
    longest = max(bounds, key=lambda bound: bound.seconds, default=_Bound(0.0, ""))
    between = (len(shares) - 1) * pace.soak_seconds
    return Forecast(
        seconds=longest.seconds + between, bound_by=longest.words, sandboxes=tuple(parts)
    )


@dataclass(frozen=True, slots=True)
class _Bound:
    """Something that does not let it be faster."""

    seconds: float
    words: str


def _with_typical_times(lanes: Sequence[PlannedLane]) -> list[PlannedLane]:
    mean = _mean_seconds(lanes)
    return [lane if lane.seconds is not None else replace(lane, seconds=mean) for lane in lanes]


def _mean_seconds(lanes: Iterable[PlannedLane]) -> float | None:
    known = [(lane.runs, lane.seconds) for lane in lanes if lane.seconds is not None]
    runs = sum(count for count, _ in known)
    return sum(count * seconds for count, seconds in known) / runs if runs else None


def _bounds(
    lanes: Sequence[PlannedLane], limits: Limits, pace: Pace, *, of: str, shares: Sequence[float]
) -> Iterable[_Bound]:
    """Yield what each limit needs; every wave ends with its last run's time. ``shares``: the waves' of all runs."""
    runs = sum(lane.runs for lane in lanes)
    if not runs:
        return
    mean = _mean_seconds(lanes) or 0.0
    waits = pace.waiting is not Waiting.NONE
    watched = mean * len(shares) if waits else 0.0
    if limits.max_per_second:
        calls = runs * _calls_per_run(limits, pace)
        yield _Bound(calls / limits.max_per_second + watched, f"max_per_second{of}")
    if limits.max_at_once:
        places = runs * pace.calls_per_run * pace.call_seconds / limits.max_at_once
        yield _Bound(places + watched, f"max_at_once{of}")
    if limits.max_running and waits:
        held = mean + pace.poll_every_seconds / 2  # an end is seen half a look late, on average
        turns = sum(max(1.0, runs * share / limits.max_running) for share in shares)
        yield _Bound(turns * held, f"max_running{of}")
    if limits.max_per_day and (days := (runs - 1) // limits.max_per_day):
        yield _Bound(days * _DAY_SECONDS + watched, f"max_per_day{of}")
    yield max((_of_lane(lane, pace) for lane in lanes), key=lambda bound: bound.seconds)


def _calls_per_run(limits: Limits, pace: Pace) -> float:
    """Return how many calls of ``max_per_second`` a run takes: reads may have a rate of their own."""
    return 1.0 if limits.max_reads_per_second else pace.calls_per_run


def _of_lane(lane: PlannedLane, pace: Pace) -> _Bound:
    """A lane's runs go one at a time."""
    name = lane.flow_name or lane.flow_id
    at_the_end = (lane.seconds or 0.0) if pace.waiting is Waiting.AT_THE_END else 0.0
    return _Bound(lane.runs * _held_seconds(lane, pace) + at_the_end, f"the runs of flow {name}")


def _held_seconds(lane: PlannedLane, pace: Pace) -> float:
    """Return how long one run keeps its lane from going on; an end is seen half a look late, on average."""
    if pace.waiting is not Waiting.IN_EACH_LANE:
        return pace.call_seconds
    return pace.call_seconds + (lane.seconds or 0.0) + pace.poll_every_seconds / 2


def _of_sandbox(
    name: SandboxName,
    lanes: Sequence[PlannedLane],
    *,
    limits: Limits,
    whole: Limits,
    pace: Pace,
    bounds: Sequence[_Bound],
) -> SandboxForecast:
    runs = sum(lane.runs for lane in lanes)
    mean = _mean_seconds(lanes)
    per_second = _peak_per_second(lanes, (limits, whole), pace, mean)
    ceilings = [runs, *(each.max_per_day for each in (limits, whole) if each.max_per_day)]
    if per_second < math.inf:
        ceilings.append(max(1, math.floor(per_second * _HOUR_SECONDS)))
    return SandboxForecast(
        name=name,
        runs=runs,
        seconds=max((bound.seconds for bound in bounds), default=0.0),
        per_hour=min(ceilings),
        running=None if mean is None else _running(runs, per_second, mean, (limits, whole), pace),
    )


def _peak_per_second(
    lanes: Sequence[PlannedLane], levels: Sequence[Limits], pace: Pace, mean: float | None
) -> float:
    """Return how many re-triggers a second all limits, and lanes that go one run at a time, let through."""
    rates = [
        limits.max_per_second / _calls_per_run(limits, pace)
        for limits in levels
        if limits.max_per_second
    ]
    if pace.call_seconds:
        rates += [limits.max_at_once / pace.call_seconds for limits in levels if limits.max_at_once]
    if pace.waiting is not Waiting.NONE and mean:
        rates += [limits.max_running / mean for limits in levels if limits.max_running]
    held = [_held_seconds(lane, pace) for lane in lanes]
    if all(held):
        rates.append(sum(1 / seconds for seconds in held))
    return min(rates, default=math.inf)


def _running(
    runs: int, per_second: float, mean: float, levels: Sequence[Limits], pace: Pace
) -> int:
    """Return how many are in progress at once: as many as start while one takes its time."""
    ceilings = [runs]
    if per_second < math.inf:
        ceilings.append(max(1, math.ceil(per_second * mean)))
    if pace.waiting is not Waiting.NONE:
        ceilings += [limits.max_running for limits in levels if limits.max_running]
    return min(ceilings)
