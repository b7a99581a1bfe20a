"""The real console: results on standard output, everything else on standard error."""

import sys
from dataclasses import dataclass
from typing import TextIO


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalConsole:
    """What a command prints to. A reader that went away (a closed pipe) is no reason to stop working."""

    quiet: bool

    @property
    def progress_stream(self) -> TextIO:
        """Standard error."""
        return sys.stderr

    def out(self, text: str) -> None:
        """Print a result."""
        _print(text, sys.stdout)

    def say(self, text: str) -> None:
        """Print a message, unless quiet."""
        if not self.quiet:
            _print(text, sys.stderr)

    def warn(self, text: str) -> None:
        """Print a warning."""
        _print(f"warning: {text}", sys.stderr)

    def agree(self, question: str) -> bool | None:
        """Ask a person to type yes; None where no terminal is."""
        if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
            return None
        _print(question, sys.stderr)
        sys.stderr.write("Type yes to go on: ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in {"yes", "y"}


def _print(text: str, stream: TextIO) -> None:
    if not text:
        return
    try:
        stream.write(f"{text}\n")
        stream.flush()
    except (BrokenPipeError, UnicodeEncodeError):
        _print_plainly(text, stream)


def _print_plainly(text: str, stream: TextIO) -> None:
    try:
        stream.write(f"{text.encode('ascii', 'backslashreplace').decode()}\n")
        stream.flush()
    except (BrokenPipeError, OSError):
        return
