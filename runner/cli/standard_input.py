"""Run ids on standard input: all that is piped in, read as a file of run ids is."""

import sys
from typing import TextIO

import click

from runner.errors import UsageError

WHAT = "standard input"
_MOST_BYTES = 32 * 1024 * 1024
"""As much as a spec may hold, which the ids become."""
_HOW = "Pipe run ids in, or redirect a file of them: `--run - < ids.txt`. Nothing was sent."


def ids_piped_in(*, sandbox: str) -> tuple[list[str], str]:
    """Return the run ids that are for a sandbox, and what was read, in words.

    Raises UsageError where nothing can be read, SpecInvalid with every line that is wrong, and click's UsageError where
    no id came.
    """
    from runner.model.words import SandboxName  # noqa: PLC0415  # late: help must be quick
    from runner.spec import run_ids_given  # noqa: PLC0415  # likewise

    content = _bytes_of(sys.stdin)
    ids, count = run_ids_given(content, called=WHAT, sandbox=SandboxName(sandbox))
    if not ids:
        there = f" for sandbox {sandbox}; {count.words}" if count.rows else ""
        raise click.UsageError(f"--run -: no run id came on standard input{there}.")
    return [str(one) for one in ids], f"{WHAT}: {count.words}"


def _bytes_of(stream: TextIO | None) -> bytes:
    """Return all that is piped in; raises UsageError where that is nothing that can be read."""
    if stream is None or stream.closed:
        raise _unreadable("it is closed")
    if stream.isatty():
        raise _unreadable("it is a terminal, and run ids are awaited from a pipe or a file")
    try:
        binary = getattr(stream, "buffer", None)
        content = binary.read(_MOST_BYTES + 1) if binary else stream.read().encode()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _unreadable(f"it cannot be read ({why})") from None
    if len(content) > _MOST_BYTES:
        raise _unreadable("it holds more than 32 MiB")
    return bytes(content)


def _unreadable(why: str) -> UsageError:
    return UsageError(f"--run -: no run ids can be read from {WHAT}: {why}.", remedy=_HOW)
