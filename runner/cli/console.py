"""The real console: results on standard output, everything else on standard error."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

from runner.clock import Clock
from runner.model.log_line import Level, LogFormat, log_line
from runner.model.text import terminal_block

_CONSENT = "yes"
_HOW_TO_AGREE = "Only the whole word yes is consent. Type yes to go on: "


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalConsole:
    """What a command prints to; ``log_format`` is how standard error looks."""

    quiet: bool
    log_format: LogFormat
    clock: Clock

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
        if not _has_terminal():
            return None
        self._ask(question)
        return _answer()

    async def agree_meanwhile(self, question: str) -> bool | None:
        """Ask a person to type yes while other work goes on; None where no terminal is."""
        if not _has_terminal():
            return None
        self._ask(question)
        loop, typed = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(sys.stdin.fileno(), typed.set)
        try:
            await typed.wait()
        finally:
            loop.remove_reader(sys.stdin.fileno())
        return _answer()

    def _ask(self, question: str) -> None:
        asked = f"{question} {_HOW_TO_AGREE.strip()}"
        self._tell(asked, plainly=question, level="info", action="consent")
        if self.log_format == "text":
            sys.stderr.write(_HOW_TO_AGREE)
            sys.stderr.flush()

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


def _answer() -> bool:
    """Whether the word itself was typed: a key hit by mistake must not start what cannot be undone."""
    try:
        return sys.stdin.readline().strip().lower() == _CONSENT
    except (OSError, UnicodeError):  # the terminal is gone, or what was typed is not text
        return False


def _print(text: str, stream: TextIO) -> None:
    if text:
        stream.write(f"{text}\n")
        stream.flush()
