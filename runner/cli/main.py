"""The way in: run a command, and turn whatever ends it into words and an exit code."""

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TextIO, cast

import click

from runner.cli.commands import commands
from runner.cli.console import TerminalConsole
from runner.cli.failures import A_BUG, report_bug, tell
from runner.cli.streams import EnduringFile, endure, what_was_lost
from runner.cli.wiring import SECRETS
from runner.clock import SystemClock
from runner.errors import CannotWrite, RetriggerError, UsageError
from runner.masking import MaskedStream
from runner.model.log_line import LogFormat

_INTERRUPTED = 130
_ONLY_PRINT = frozenset({"schema", "status"})
"""The commands that do nothing but print."""


def main() -> None:
    """Run the command line and leave with its exit code, whatever became of those who were to read what it prints."""
    out = endure()
    arguments = sys.argv[1:]
    # Before and after what drains on a signal there is nothing to drain: it ends as Ctrl-C does, with the same code.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = _after_printing(run(arguments), arguments=arguments, out=out)
    except KeyboardInterrupt:
        code = _INTERRUPTED
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command; return its exit code. Nothing is raised but SystemExit by ``--help`` and its like."""
    SECRETS.note_environment(os.environ)
    out = cast("TextIO", MaskedStream(sys.stdout, secrets=SECRETS))
    err = cast("TextIO", MaskedStream(sys.stderr, secrets=SECRETS))
    with redirect_stdout(out), redirect_stderr(err):
        return _run(arguments)


def _run(arguments: list[str]) -> int:
    console = _console(arguments)
    try:
        code = commands.main(args=arguments, prog_name="retrigger", standalone_mode=False)
    except click.ClickException as error:
        _misused(error, console)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        console.fail("error: interrupted.", action="interrupted", exit_code=_INTERRUPTED)
        return _INTERRUPTED
    except RetriggerError as error:
        tell(error, console)
        return error.exit_code
    except Exception as error:  # noqa: BLE001  # the last resort: a bug must leave a trace and a code
        folders = (Path(), _journals_folder(arguments))
        text = report_bug(error, secrets=SECRETS, elsewhere=folders)
        console.fail(text, action="bug", exit_code=A_BUG)
        return A_BUG
    return code if isinstance(code, int) else 0


def log_format_of(arguments: Sequence[str]) -> LogFormat:
    """Return how standard error is to look, also for a command line that is wrong in other places."""
    return "json" if _option(arguments, "--log-format") == "json" else "text"


def _journals_folder(arguments: Sequence[str]) -> Path:
    from runner.journal import USUAL_PLACE  # noqa: PLC0415  # late: help must be quick

    named = _option(arguments, "--journal") or os.environ.get("RETRIGGER_JOURNAL")
    return Path(named or USUAL_PLACE).parent


def _option(arguments: Sequence[str], option: str) -> str:
    """Return the last value of an option, also where the rest cannot be understood; empty: there is none."""
    found = ""
    for word, following in zip(arguments, [*arguments, ""][1:], strict=True):
        name, equals, value = word.partition("=")
        if name == option:
            found = value if equals else following
    return found


def _console(arguments: Sequence[str]) -> TerminalConsole:
    return TerminalConsole(quiet=False, log_format=log_format_of(arguments), clock=SystemClock())


def _misused(error: click.ClickException, console: TerminalConsole) -> None:
    if console.log_format == "text":
        error.show()  # with the usage line
        return
    console.fail(error.format_message(), action="usage_error", exit_code=UsageError.exit_code)


def _after_printing(code: int, *, arguments: list[str], out: EnduringFile) -> int:
    """Return the exit code: the true one, but where nothing was to be done but print and that failed."""
    why = what_was_lost(out)
    if not why:
        return code
    console = _console(arguments)
    fact = f"standard output cannot be written: {why}."
    if code == 0 and _ONLY_PRINT.intersection(arguments[:1]):
        words = f"error: {fact} Make room or send it elsewhere, then ask again."
        console.fail(words, action="cannot_write", exit_code=CannotWrite.exit_code)
        return CannotWrite.exit_code
    console.warn(f"{fact} What was to be read there is lost; all else was done.", action="lost")
    return code
