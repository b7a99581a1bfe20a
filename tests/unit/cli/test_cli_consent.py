"""Consent on a terminal: the word yes and nothing else, and the question says so."""

import asyncio
import io
import os
import sys

import pytest

from runner.cli.console import TerminalConsole
from runner.clock import SystemClock
from runner.model.log_line import LogFormat

QUESTION = "Re-trigger these 3 runs?"


class Typed(io.StringIO):
    """A terminal on which somebody has typed."""

    def isatty(self) -> bool:
        return True


def console(log_format: LogFormat = "text") -> TerminalConsole:
    return TerminalConsole(quiet=False, log_format=log_format, clock=SystemClock())


def at_terminal(monkeypatch: pytest.MonkeyPatch, typed: str) -> Typed:
    """Sit at a terminal and type; return what is shown there."""
    shown = Typed()
    monkeypatch.setattr(sys, "stdin", Typed(typed))
    monkeypatch.setattr(sys, "stderr", shown)
    return shown


@pytest.mark.parametrize("typed", ["yes\n", " yes \r\n", "YES\n", "Yes\n"])
def test_the_word_yes_is_consent(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    at_terminal(monkeypatch, typed)

    assert console().agree(QUESTION) is True


@pytest.mark.parametrize(
    "typed",
    [
        "y\n",
        "Y\n",
        "ye\n",
        "yess\n",
        "yes please\n",
        "yes yes\n",
        "ja\n",
        "1\n",
        "true\n",
        "yes",
        "\n",
        "",
    ],
)
def test_anything_else_is_no_consent(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    at_terminal(monkeypatch, typed)

    assert console().agree(QUESTION) is False


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_the_question_says_which_word_is_awaited(
    monkeypatch: pytest.MonkeyPatch, log_format: LogFormat
) -> None:
    shown = at_terminal(monkeypatch, "no\n")
    console(log_format).agree(QUESTION)

    assert QUESTION in shown.getvalue()
    assert "Only the whole word yes is consent" in shown.getvalue()


@pytest.mark.parametrize(("typed", "agreed"), [(b"y\n", False), (b"yes\n", True)])
async def test_while_work_goes_on_the_same_word_is_awaited(
    monkeypatch: pytest.MonkeyPatch, *, typed: bytes, agreed: bool
) -> None:
    reading, writing = os.pipe()
    os.write(writing, typed)
    os.close(writing)
    with os.fdopen(reading) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setattr("runner.cli.console._has_terminal", lambda: True)
        async with asyncio.timeout(10):
            assert await console().agree_meanwhile(QUESTION) is agreed
