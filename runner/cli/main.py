"""The way in: run a command, and turn whatever ends it into words and an exit code."""

import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import TextIO, cast

import click

from runner.cli.commands import commands
from runner.cli.failures import A_BUG, in_words, report_bug
from runner.cli.wiring import SECRETS
from runner.errors import RetriggerError
from runner.masking import MaskedStream

_INTERRUPTED = 130


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; return its exit code. Nothing is raised but SystemExit by ``--help`` and its like."""
    SECRETS.note_environment(os.environ)
    out = cast("TextIO", MaskedStream(sys.stdout, secrets=SECRETS))
    err = cast("TextIO", MaskedStream(sys.stderr, secrets=SECRETS))
    with redirect_stdout(out), redirect_stderr(err):
        return _run(arguments)


def _run(arguments: list[str]) -> int:
    try:
        code = commands.main(args=arguments, prog_name="retrigger", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("error: interrupted.", err=True)
        return _INTERRUPTED
    except RetriggerError as error:
        click.echo(in_words(error), err=True)
        return error.exit_code
    except Exception as error:  # noqa: BLE001  # the last resort: a bug must leave a trace and a code
        click.echo(report_bug(error, secrets=SECRETS), err=True)
        return A_BUG
    return code if isinstance(code, int) else 0
