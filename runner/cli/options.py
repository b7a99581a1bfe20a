"""Options that several commands have."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from runner.cli.wiring import duration_option

PATH = click.Path(path_type=Path)
_Command = TypeVar("_Command", bound=Callable[..., Any])


def talking(command: _Command) -> _Command:
    """Add the options of every command that works."""
    for option in (
        click.option("-q", "--quiet", is_flag=True, help="Only results, warnings and errors."),
        click.option("-v", "--verbose", is_flag=True, help="Log each call to the platform."),
        click.option(
            "--log-format",
            type=click.Choice(["text", "json"]),
            default="text",
            show_default=True,
            help="How standard error looks; json: one object a line, and no live display.",
        ),
    ):
        command = option(command)
    return command


def journalled(command: _Command) -> _Command:
    """Add the option that names the journal."""
    return click.option(
        "--journal",
        metavar="PLACE",
        help="The journal's file; else $RETRIGGER_JOURNAL, else .retrigger/journal.db.",
    )(command)


def requiring_a_journal(command: _Command) -> _Command:
    """Add the option that refuses a journal without a history."""
    return click.option(
        "--require-journal",
        is_flag=True,
        help="Refuse a journal that is new or has no execution of the organisation: for CI, where caches get lost.",
    )(command)


def reporting(command: _Command) -> _Command:
    """Add the option that says where reports go."""
    return click.option(
        "--report-directory",
        type=PATH,
        help="Where the execution's folder of reports is made; else report.directory of the spec.",
    )(command)


def waiting_for_leases(command: _Command) -> _Command:
    """Add the option that waits for flows which others hold."""
    return click.option(
        "--wait-for-lease",
        "wait_for_lease",
        metavar="DURATION",
        callback=duration_option,
        help="Wait so long (2m) for flows that others hold, a killed job among them; else exit with 6 at once.",
    )(command)
