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
        RateStep(at="2026-11-20T02:00:01.000Z", sandbox="prod", per_second=4.5, reason="lowered"),
        RateStep(at="2026-11-20T02:00:02.000Z", sandbox="", per_second=None, reason=""),
    )


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
    assert "10 more changes" in told.getvalue()
    assert "<b>" not in told.getvalue().replace("`<b>`", "")
