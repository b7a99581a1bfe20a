"""The real console: results on standard output, everything else on standard error."""

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO, TextIOWrapper
from typing import TextIO

from runner.cli.wiring import SECRETS
from runner.clock import Clock
from runner.model.log_line import Level, LogFormat, log_line
from runner.model.text import terminal_block

_CONSENT = "yes"
_HOW_TO_AGREE = "Only the whole word yes is consent. Type yes to go on: "
CONTROLLING_TERMINAL = "/dev/tty"


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalConsole:
    """What a command prints to; ``log_format`` is how standard error looks."""

    quiet: bool
    log_format: LogFormat
    clock: Clock
    stdin_is_taken: bool = False
    """Whether standard input is no person: then the controlling terminal is asked."""

    @property
    def progress_stream(self) -> TextIO:
        """Standard error."""
        return sys.stderr

    def out(self, text: str) -> None:
        """Print a result."""
        _print(text, sys.stdout)

    def say(
        self, text: str, *, action: str = "said", facts: Mapping[str, object] | None = None
    ) -> None:
        """Print a message, unless quiet."""
        if not self.quiet:
            self._tell(text, plainly=text, level="info", action=action, facts=facts)

    def warn(
        self, text: str, *, action: str = "warned", facts: Mapping[str, object] | None = None
    ) -> None:
        """Print a warning."""
        self._tell(text, plainly=f"warning: {text}", level="warning", action=action, facts=facts)

    def fail(self, text: str, *, action: str, exit_code: int) -> None:
        """Print what ended the command."""
        self._tell(
            text.removeprefix("error: "),
            plainly=text,
            level="error",
            action=action,
            facts={"exit_code": exit_code},
        )

    def agree(self, question: str) -> bool | None:
        """Ask a person to type yes; None where no terminal is."""
        with self._terminal() as terminal:
            if terminal is None:
                return None
            self._ask(question, terminal)
            return _answer(terminal)

    async def agree_meanwhile(self, question: str) -> bool | None:
        """Ask a person to type yes while other work goes on; None where no terminal is."""
        with self._terminal() as terminal:
            if terminal is None:
                return None
            self._ask(question, terminal)
            loop, typed = asyncio.get_running_loop(), asyncio.Event()
            loop.add_reader(terminal.fileno(), typed.set)
            try:
                await typed.wait()
            finally:
                loop.remove_reader(terminal.fileno())
            return _answer(terminal)

    @contextmanager
    def _terminal(self) -> Iterator[TextIO | None]:
        """Give the terminal that a person can answer on; None: there is none."""
        if not self.stdin_is_taken:
            yield sys.stdin if _has_terminal() else None
            return
        try:
            descriptor = os.open(CONTROLLING_TERMINAL, os.O_RDWR | os.O_NOCTTY)
        except OSError:
            yield None
            return
        with TextIOWrapper(FileIO(descriptor, "r+"), encoding="utf-8") as terminal:
            yield terminal

    def _ask(self, question: str, terminal: TextIO) -> None:
        asked = f"{question} {_HOW_TO_AGREE.strip()}"
        self._tell(asked, plainly=question, level="info", action="consent")
        if self.log_format == "text":
            sys.stderr.write(_HOW_TO_AGREE)
            sys.stderr.flush()
        if self.stdin_is_taken and not sys.stderr.isatty():  # what is said there nobody sees
            terminal.write(SECRETS.masked(f"{terminal_block(question)}\n{_HOW_TO_AGREE}"))
            terminal.flush()

    def _tell(
        self,
        text: str,
        *,
        plainly: str,
        level: Level,
        action: str,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        if not text:
            return
        if self.log_format == "json":
            plainly = log_line(
                text, at_ms=self.clock.now_ms(), level=level, action=action, facts=facts or {}
            )
        _print(
            terminal_block(plainly), sys.stderr
        )  # whoever wrote it: no message steers a terminal


def _has_terminal() -> bool:
    return bool(sys.stdin and sys.stdin.isatty() and sys.stderr.isatty())


def _answer(terminal: TextIO) -> bool:
    """Whether the word itself was typed: a key hit by mistake must not start what cannot be undone."""
    try:
        line = terminal.readline()
        return line.endswith("\n") and line.strip().lower() == _CONSENT
    except (OSError, UnicodeError):  # the terminal is gone, or what was typed is not text
        return False


def _print(text: str, stream: TextIO) -> None:
    if text:
        stream.write(f"{text}\n")
        stream.flush()
