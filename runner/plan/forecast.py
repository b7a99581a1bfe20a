"""How long a plan will take under its limits; pure arithmetic, no promise."""

from collections.abc import Mapping

from runner.model.spec import Limits


def expected_seconds(
    runs_by_sandbox: Mapping[str, int],
    *,
    whole: Limits,
    sandboxes: Mapping[str, Limits],
    longest_lane: int,
    call_seconds: float,
) -> float:
    """Return the least time the limits allow, and no less than the fullest flow needs one run after another.

    Args:
        runs_by_sandbox: how many runs are planned in each.
        whole: the execution's limits.
        sandboxes: each sandbox's own limits.
        longest_lane: how many runs the fullest flow has; they go one at a time.
        call_seconds: what one call takes, as far as was seen while planning.
    """
    total = sum(runs_by_sandbox.values())
    times = [_seconds(total, whole, call_seconds), longest_lane * call_seconds]
    times += [
        _seconds(count, sandboxes.get(name, Limits()), call_seconds)
        for name, count in runs_by_sandbox.items()
    ]
    return max(times)


def _seconds(runs: int, limits: Limits, call_seconds: float) -> float:
    by_rate = runs / limits.max_per_second if limits.max_per_second else 0.0
    by_places = runs * call_seconds / limits.max_at_once if limits.max_at_once else 0.0
    return max(by_rate, by_places)
