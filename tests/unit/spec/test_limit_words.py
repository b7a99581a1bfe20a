"""Limits on a command line: the spec's names, and what a spec would take as their values."""

import pytest

from runner.errors import UsageError
from runner.spec import limit_values


def test_values_are_read_as_in_a_spec() -> None:
    given = ["max_per_second=0.5", "max_at_once=4", "max_per_day=90", "max_running=spec"]

    assert limit_values(given) == {
        "max_per_second": 0.5,
        "max_at_once": 4,
        "max_per_day": 90,
        "max_running": None,
    }


@pytest.mark.parametrize(
    ("words", "fact", "remedy"),
    [
        ([], "limits: no limit is named.", "Write one or more, like max_per_second=2."),
        (
            ["max_per_second=0"],
            'limits: max_per_second cannot be "0".',
            "Write a number above 0, like 2 or 0.5.",
        ),
        (
            ["max_per_second=fast"],
            'limits: max_per_second cannot be "fast".',
            "Write a number above 0, like 2 or 0.5.",
        ),
        (
            ["max_per_second=10001"],
            'limits: max_per_second cannot be "10001".',
            "Write at most 10000.",
        ),
        (
            ["max_at_once=2.5"],
            'limits: max_at_once cannot be "2.5".',
            "Write a whole number from 1 up, like 8.",
        ),
        (
            ["max_at_once="],
            'limits: max_at_once cannot be "".',
            "Write a whole number from 1 up, like 8.",
        ),
        (
            ["max_at_once"],
            'limits: max_at_once cannot be "".',
            "Write a whole number from 1 up, like 8.",
        ),
        (
            ["max_at_once=true"],
            'limits: max_at_once cannot be "true".',
            "Write a whole number from 1 up, like 8.",
        ),
        (
            ["max_at_once=1", "max_at_once=2"],
            "limits: max_at_once is given twice.",
            "Give it once.",
        ),
    ],
)
def test_what_a_spec_would_not_take_is_refused(words: list[str], fact: str, remedy: str) -> None:
    with pytest.raises(UsageError) as refused:
        limit_values(words)

    assert (str(refused.value), refused.value.remedy) == (fact, remedy)


@pytest.mark.parametrize("value", ["nan", "inf", "1e99", "-1", "0x2", "1_0", "٣", "null", "[1]"])
def test_what_only_looks_like_a_number_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="cannot be"):
        limit_values([f"max_per_second={value}"])


def test_a_misspelt_limit_is_guessed_and_all_are_listed() -> None:
    with pytest.raises(UsageError) as refused:
        limit_values(["maxPerSecond=2"])

    assert str(refused.value) == 'limits: "maxPerSecond" is no limit.'
    assert refused.value.remedy == (
        "Did you mean max_per_second? Those that can be changed are max_per_second, max_reads_per_second, "
        "max_at_once, max_running, max_running_per_flow and max_per_day."
    )


def test_quiet_hours_are_no_limit_that_can_be_ordered() -> None:
    with pytest.raises(UsageError, match="is no limit"):
        limit_values(["not_between=1"])
