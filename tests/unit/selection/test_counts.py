"""Counting what patterns match, and what there is where one matches nothing."""

from runner.model.words import SandboxName
from runner.selection.counts import Counts
from runner.selection.patterns import fits

PROD = SandboxName("prod")


def told_of(patterns: list[str], words: list[str]) -> list[tuple[str, int, tuple[str, ...], int]]:
    counts = Counts(patterns)
    for word in words:
        counts.take((fits(word, one) for one in patterns), [word])
    told = counts.told(PROD, "key", thing="flow", here_called="flows")
    return [(one.pattern, one.matched, one.here, one.here_more) for one in told]


def test_of_many_names_the_five_most_like_the_pattern_are_told() -> None:
    names = [f"Flow number {number}" for number in range(500)]

    ((_, matched, here, more),) = told_of(["Legcy orders"], [*names, "Legacy orders", "orders"])

    assert (matched, len(here), more) == (0, 5, 497)
    assert set(here[:2]) == {"Legacy orders", "orders"}


def test_the_names_that_are_kept_and_the_patterns_that_are_looked_into_are_bounded() -> None:
    told = told_of([f"x{number}" for number in range(30)], [f"{n}" for n in range(10_500)])

    assert [len(here) for _, _, here, _ in told] == [5] * 20 + [0] * 10
    assert told[0][3] == 9_995


def test_where_there_is_nothing_nothing_is_told_to_be_there() -> None:
    assert told_of(["x"], []) == [("x", 0, (), 0)]
