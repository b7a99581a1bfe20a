"""The steps of the rate, as reports tell them."""

import io
import json
from collections.abc import Callable

import pytest

from runner.report.html_file import write_html
from runner.report.markdown_file import write_markdown
from runner.report.rates import RateStep, rates_of
from runner.report.source import ReportSource


def changed(number: int, **facts: object) -> str:
    event = {"number": number, "at": f"2026-11-20T02:00:{number % 60:02}.000Z", "event": "rate"}
    return json.dumps(event | facts)


ASKED = json.dumps({"number": 0, "event": "asked", "reason": 'he said "event": "rate"'})


def test_only_changes_of_rate_are_told() -> None:
    lines = [ASKED, changed(1, sandbox="prod", per_second=4.5, reason="lowered"), changed(2)]

    assert rates_of(lines).steps == (
        RateStep(
            at="2026-11-20T02:00:01.000Z",
            sandbox="prod",
            per_second=4.5,
            reason="lowered",
            change="lowered",
        ),
        RateStep(
            at="2026-11-20T02:00:02.000Z", sandbox="", per_second=None, reason="", change="free"
        ),
    )


def test_a_step_says_which_way_it_went_and_from_where() -> None:
    lines = [
        changed(1, sandbox="prod", per_second=6.0, change="lowered", from_per_second=10.0),
        changed(2, sandbox="stage", per_second=2, change="lowered"),
        changed(3, sandbox="prod", per_second=6.0, change="paused", from_per_second=6.0),
        changed(4, sandbox="prod", per_second=8.0, change="raised", from_per_second=6.0),
        changed(5, sandbox="prod", per_second=10.0, change="free", from_per_second=8.0),
    ]

    steps = rates_of(lines).steps

    assert [step.change_in_words for step in steps] == [
        "lowered from 10/s",
        "lowered",
        "paused",
        "raised from 6/s",
        "no longer lowered",
    ]
    assert [step.is_lowered for step in steps] == [True, True, True, True, False]


def test_steps_that_an_earlier_version_noted_are_compared_with_the_ones_before() -> None:
    why = "lowered after HTTP 429 at 02:00:00Z"
    lines = [
        changed(1, sandbox="prod", per_second=6.0, reason=why),
        changed(2, sandbox="stage", per_second=9.0, reason=why),
        changed(3, sandbox="prod", per_second=8.0, reason=why),
        changed(4, sandbox="prod", per_second=8.0, reason="paused until 02:00:30Z after HTTP 429"),
        changed(5, sandbox="prod", per_second=3.0, reason=why),
        changed(6, sandbox="prod", per_second=10.0, reason="the spec's limit"),
        changed(7, sandbox="stage", reason="no limit"),
    ]

    assert [step.change_in_words for step in rates_of(lines).steps] == [
        "lowered",
        "lowered",
        "raised from 6/s",
        "paused",
        "lowered from 8/s",
        "no longer lowered",
        "no longer lowered",
    ]


def test_words_that_only_look_like_a_change_are_none() -> None:
    line = json.dumps({"event": "halted", "reason": {"event": "rate"}})

    assert rates_of([line]).steps == ()


def test_a_long_list_is_cut_and_says_so() -> None:
    rates = rates_of([changed(number) for number in range(50)], at_most=30)

    assert (len(rates.steps), rates.more) == (30, 20)


@pytest.mark.parametrize("write", [write_markdown, write_html])
def test_reports_tell_the_steps_and_nothing_where_there_are_none(
    write: Callable[..., None], source_of: Callable[..., ReportSource]
) -> None:
    quiet, told = io.StringIO(), io.StringIO()
    write(source_of(events=[ASKED]), quiet)
    lines = [changed(n, sandbox="<b>", per_second=4.5, reason="x|y") for n in range(40)]
    write(source_of(events=lines), told)

    assert "Rate<" not in quiet.getvalue()
    assert "## Rate" not in quiet.getvalue()
    assert "02:00:07" in told.getvalue()
    assert "4.5/s" in told.getvalue()
    assert "change" in told.getvalue()
    assert "lowered" in told.getvalue()
    assert "10 more changes" in told.getvalue()
    assert "<b>" not in told.getvalue().replace("`<b>`", "")
