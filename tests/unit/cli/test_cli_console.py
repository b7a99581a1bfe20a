"""Consent where standard input brings ids: it is asked for on the controlling terminal, if there is one."""

import asyncio
import io
import os
import pty
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from runner.cli import console as room
from runner.cli.console import TerminalConsole
from runner.masking import KnownSecrets
from runner.model.secret import Secret
from tests.fakes.clock import FakeClock

SECRET = "planted-s3cret"


@dataclass(frozen=True)
class Person:
    """Somebody before a terminal."""

    master: int

    def types(self, words: str) -> None:
        os.write(self.master, words.encode())

    def sees(self) -> str:
        """What is shown, up to the question's end at least; what was typed is echoed before it or after it."""
        shown = ""
        while "Type yes to go on: " not in shown:
            shown += os.read(self.master, 65536).decode()
        return shown


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:
    master, slave = pty.openpty()
    monkeypatch.setattr(room, "CONTROLLING_TERMINAL", os.ttyname(slave))
    yield Person(master)
    os.close(slave)
    os.close(master)


CONSOLE = TerminalConsole(quiet=False, log_format="text", clock=FakeClock(), stdin_is_taken=True)


@pytest.mark.parametrize(("typed", "agrees"), [("yes\n", True), ("no\n", False), ("\n", False)])
def test_the_controlling_terminal_is_asked(person: Person, typed: str, *, agrees: bool) -> None:
    person.types(typed)

    assert CONSOLE.agree("Re-trigger this run?") is agrees
    assert "Re-trigger this run?\r\n" in person.sees()


async def test_it_is_asked_while_other_work_goes_on(person: Person) -> None:
    answer = asyncio.create_task(CONSOLE.agree_meanwhile("Begin wave 2?"))
    await asyncio.sleep(0)
    person.types("yes\n")

    assert await answer is True


def test_the_question_is_told_on_standard_error_too_and_holds_no_secret(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = io.StringIO()
    monkeypatch.setattr("sys.stderr", said)
    known = KnownSecrets()
    known.note(Secret(SECRET))
    monkeypatch.setattr(room, "SECRETS", known)
    person.types("yes\n")
    CONSOLE.agree(f"Re-trigger {SECRET}?\x1b[2J")

    assert "Type yes to go on" in said.getvalue()
    shown = person.sees()
    assert SECRET not in shown
    assert "\x1b" not in shown


async def test_where_there_is_no_terminal_nobody_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "CONTROLLING_TERMINAL", "/nowhere/tty")

    assert CONSOLE.agree("?") is None
    assert await CONSOLE.agree_meanwhile("?") is None
