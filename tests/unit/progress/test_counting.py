"""One line that counts: in place on a terminal, seldom elsewhere."""

import io
import re
from typing import Any

import pytest

from runner.progress import choose_counting
from runner.progress.counting import RedrawnCounting, SeldomCounting

ENVIRONMENT = {"TERM": "xterm", "COLUMNS": "80", "LINES": "24"}


def chosen(stream: Any, clock: Any, said: list[str], **changes: Any) -> Any:
    usual: dict[str, Any] = {"quiet": False, "log_format": "text", "environment": ENVIRONMENT}
    return choose_counting(stream, clock=clock, say=said.append, **{**usual, **changes})


def test_a_log_gets_a_count_every_five_seconds_and_none_of_what_is_over_sooner(clock: Any) -> None:
    said: list[str] = []
    counting = chosen(io.StringIO(), clock, said)

    for page in range(50):
        counting.show(f"{page}")
        clock.ms += 250
    counting.stop()
    counting.show("another")

    assert said == ["20", "40"]


def test_a_terminal_gets_one_line_that_is_gone_at_the_end(clock: Any, terminal: Any) -> None:
    said: list[str] = []
    counting = chosen(terminal, clock, said)

    for page in range(50):
        counting.show(f"prod: {page} runs \x1b[2J")
        clock.ms += 60
    counting.stop()
    counting.stop()

    shown = terminal.getvalue()
    assert said == []
    assert isinstance(counting, RedrawnCounting)
    assert "prod: 48 runs \\x1b[2J" in shown
    assert 20 < shown.count("prod:") < 40
    assert re.search(r"\x1b\[2K$", shown)
    assert shown.count("\x1b[?25h") == 1


@pytest.mark.parametrize(
    "changes", [{"quiet": True}, {"log_format": "json"}, {"environment": {"TERM": "dumb"}}]
)
def test_nothing_is_redrawn_for_programs_or_where_nothing_can_be(
    changes: Any, clock: Any, terminal: Any
) -> None:
    assert isinstance(chosen(terminal, clock, [], **changes), SeldomCounting)


def test_a_terminal_that_goes_away_stops_nobody(clock: Any, terminal: Any) -> None:
    counting = chosen(terminal, clock, [])
    counting.show("1")
    terminal.close()
    clock.ms += 1000

    counting.show("2")
    counting.show("3")
    counting.stop()
