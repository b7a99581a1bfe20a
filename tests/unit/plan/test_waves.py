"""Where waves end: cumulative, rising, never empty, and together the whole plan."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model.spec import Wave
from runner.plan import wave_ends

RUNS, PERCENT = "runs", "percent"


def waves(*amounts: int | str) -> list[Wave]:
    return [
        Wave(amount=float(one.rstrip("%")), unit="percent")
        if isinstance(one, str)
        else Wave(amount=one, unit="runs")
        for one in amounts
    ]


@pytest.mark.parametrize(
    ("amounts", "runs", "ends"),
    [
        (("100%",), 42, ()),
        ((1, "10%", "100%"), 42, (1, 5)),
        ((1, "10%", "100%"), 500, (1, 50)),
        ((1, "10%", "100%"), 7, (1,)),
        ((1, "100%"), 1, ()),
        ((5, 10, "100%"), 7, (5,)),
        (("0.5%", "100%"), 1000, (5,)),
        ((1, "100%"), 0, ()),
    ],
)
def test_waves_end_where_their_share_of_the_plan_does(
    amounts: tuple[int | str, ...], runs: int, ends: tuple[int, ...]
) -> None:
    assert wave_ends(waves(*amounts), runs=runs) == ends


@given(
    st.lists(st.one_of(st.integers(1, 50), st.integers(1, 99).map(lambda n: f"{n}%")), max_size=6),
    st.integers(0, 200),
)
def test_no_wave_is_empty_and_none_reaches_past_the_plan(
    amounts: list[int | str], runs: int
) -> None:
    ends = wave_ends(waves(*amounts, "100%"), runs=runs)

    assert all(former < later for former, later in pairwise((0, *ends)))
    assert all(end < runs for end in ends)
