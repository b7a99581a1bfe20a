"""Turn errors into one line for a person, and an exit code. A bug of ours leaves its full traceback in a file."""

import os
import platform
import sys
import tempfile
import traceback

from runner import __version__
from runner.errors import RetriggerError
from runner.masking import KnownSecrets
from runner.model.text import terminal

A_BUG = 70


def in_words(error: RetriggerError) -> str:
    """Return the fact and the remedy in one line, safe for a terminal; of a wrong spec, every problem."""
    from runner.spec import SpecInvalid, render  # noqa: PLC0415  # late: an error may come before anything is loaded

    if isinstance(error, SpecInvalid):
        return render(error.problems, "text").rstrip("\n")
    return terminal(f"error: {error} {error.remedy}".rstrip())


def report_bug(error: BaseException, *, secrets: KnownSecrets) -> str:
    """Keep the traceback in a file of the owner's alone, and return the line that points to it."""
    text = "".join(traceback.format_exception(error))
    facts = f"retrigger {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
    descriptor, path = tempfile.mkstemp(prefix="retrigger-bug-", suffix=".txt")
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(secrets.masked(f"{facts}{' '.join(sys.argv[:2])}\n\n{text}"))
    kind = type(error).__name__
    return terminal(
        f"error: this is a bug of retrigger ({kind}). The journal holds what happened. "
        f"The full traceback is in {path}: please report it."
    )
