"""How much longer an execution takes, as far as that can be told: a steady rate, and the waits that are known. Pure."""

from collections.abc import Sequence

from runner.model.progress import WaitFor, Waiting

_SEEN_TO_END = frozenset({WaitFor.NEW_RUNS, WaitFor.RUNNING})
"""New runs take as long as they take."""


def seconds_left(
    left: int,
    *,
    per_second: float | None,
    waits: Sequence[Waiting],
    soaks: float,
    now_ms: int,
) -> float | None:
    """Return how long what is left takes; None where the rate, or the end of what stops everything, is not known.

    Args:
        left: how many runs are not settled.
        per_second: how fast they go while something can go on.
        waits: what is waited for now. What stops all is added; beside the others work goes on.
        soaks: the seconds of the waits between waves that are still to come, a present one not counted.
        now_ms: the wall clock.
    """
    if per_second is None or any(_ends_anytime(one) for one in waits if one.stops_all):
        return None
    stopped = max((_until(one, now_ms) for one in waits if one.stops_all), default=0.0)
    beside = max((_until(one, now_ms) for one in waits if not one.stops_all), default=0.0)
    return max(stopped + left / per_second, beside) + soaks


def soaks_to_come(waits: Sequence[Waiting], *, wave: tuple[int, int], soak_seconds: float) -> float:
    """Return the seconds of the waits before the waves that are still to begin, a present one not counted."""
    present, of = wave
    begun = any(one.what is WaitFor.SOAK for one in waits)
    return soak_seconds * max(0, of - present - begun)


def _ends_anytime(wait: Waiting) -> bool:
    """Whether nobody knows when a wait ends, though it may be known by when at the latest."""
    return wait.until_ms is None or wait.next_check_ms is not None or wait.what in _SEEN_TO_END


def _until(wait: Waiting, now_ms: int) -> float:
    # The day's quota holds for another go: this one ends without it.
    if wait.until_ms is None or wait.what is WaitFor.DAY or wait.what in _SEEN_TO_END:
        return 0.0
    return max(0.0, (wait.until_ms - now_ms) / 1000)
