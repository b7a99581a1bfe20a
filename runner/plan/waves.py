"""Where the waves of a plan end; pure."""

import math
from collections.abc import Sequence

from runner.model.spec import Wave


def wave_ends(waves: Sequence[Wave], *, runs: int) -> tuple[int, ...]:
    """Return the last position of each wave but the last, which goes on to the plan's end.

    A percent is rounded up, so that the smallest share of any plan is one run. A wave that adds nothing to the one
    before it (1% of ten runs after 1 run) is none.

    >>> wave_ends([Wave(amount=1, unit="runs"), Wave(amount=10, unit="percent")], runs=42)
    (1, 5)
    """
    ends: list[int] = []
    for wave in waves:
        end = math.ceil(runs * wave.amount / 100) if wave.unit == "percent" else int(wave.amount)
        if end < runs and end > (ends[-1] if ends else 0):
            ends.append(end)
    return tuple(ends)
