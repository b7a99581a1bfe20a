"""Turn errors into one line for a person, and an exit code. A bug of ours leaves its full traceback in a file."""

import os
import platform
import re
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from runner import __version__
from runner.cli.console import TerminalConsole
from runner.errors import RetriggerError
from runner.masking import KnownSecrets
from runner.model.text import shortened, terminal

A_BUG = 70
_LONGEST_FACT = 1000
"""The platform's words can be in it; a terminal should not be flooded with them."""
_WORD_STARTS = re.compile(r"(?<=[a-z])(?=[A-Z])")


def tell(error: RetriggerError, console: TerminalConsole) -> None:
    """Print what ended a command: the fact and the remedy in one line; of a wrong spec, every problem."""
    from runner.spec import SpecInvalid, render  # noqa: PLC0415  # late: an error may come before anything is loaded

    action = _WORD_STARTS.sub("_", type(error).__name__).lower()
    if not isinstance(error, SpecInvalid):
        texts = [_in_words(error)]
    elif console.log_format == "json":
        texts = str(error).split("\n")  # a line a problem
    else:
        texts = [render(error.problems, "text").rstrip("\n")]
    for text in texts:
        console.fail(text, action=action, exit_code=error.exit_code)


def _in_words(error: RetriggerError) -> str:
    fact = shortened(str(error), longest=_LONGEST_FACT)
    return terminal(f"error: {fact} {error.remedy}".rstrip())


def report_bug(error: BaseException, *, secrets: KnownSecrets, elsewhere: Sequence[Path]) -> str:
    """Keep the traceback in a file of the owner's alone, and return the line that points to it.

    The file is put where temporary ones are, else into one of the folders ``elsewhere``; where none of them can be
    written, what is returned ends with the traceback itself.
    """
    traced = "".join(traceback.format_exception(error))
    facts = f"retrigger {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
    text = secrets.masked(f"{facts}{' '.join(sys.argv[:2])}\n\n{traced}")
    kind = type(error).__name__
    fact = f"error: this is a bug of retrigger ({kind}). The journal holds what happened. "
    path = next(filter(None, (_kept(text, folder) for folder in (None, *elsewhere))), "")
    if path:
        return terminal(f"{fact}The full traceback is in {path}: please report it.")
    return (
        f"{terminal(f'{fact}The full traceback can be kept in no file: please report it.')}\n{text}"
    )


def _kept(text: str, folder: Path | None) -> str:
    """Write the text to a new file in a folder (None: the usual one); return its path, or nothing where that fails."""
    path = ""
    try:
        descriptor, path = tempfile.mkstemp(prefix="retrigger-bug-", suffix=".txt", dir=folder)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError:
        with suppress(OSError):  # what was begun there is of no use
            Path(path).unlink()
        return ""
    return path
