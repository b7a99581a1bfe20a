"""Build the real things that commands are given, and run what is asynchronous."""

import asyncio
import os
import random
import re
import secrets
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner.cli.log_lines import set_up_logging
from runner.cli.standard_input import ids_piped_in
from runner.masking import KnownSecrets
from runner.model.log_line import LogFormat

if TYPE_CHECKING:
    from runner.app.controlling import Given
    from runner.app.findings import Decisions
    from runner.app.house import House
    from runner.spec import OneOff


ON_STANDARD_INPUT = "-"
"""What stands for the run ids that are piped in."""

_ALL = 100
_SECONDS = {"s": 1, "m": 60, "h": 3600}

SECRETS = KnownSecrets()
"""The process's one list: what prints needs it before any command has begun, and after it has failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What the options say about talking, and about the journal."""

    quiet: bool = False
    verbose: bool = False
    log_format: LogFormat = "text"
    journal: str | None = None
    stdin_is_taken: bool = False
    """Whether standard input brings ids, and no answers of a person's."""


def house_for(talk: Talk) -> "House":
    """Return what a command is given, from the real machine."""
    from runner.app.house import House, journal_place  # noqa: PLC0415  # late: help must be quick
    from runner.cli.console import TerminalConsole  # noqa: PLC0415  # likewise
    from runner.clock import SystemClock  # noqa: PLC0415  # likewise

    set_up_logging(verbose=talk.verbose, log_format=talk.log_format)
    environment = dict(os.environ)
    clock = SystemClock()
    return House(
        clock=clock,
        environment=environment,
        console=TerminalConsole(
            quiet=talk.quiet,
            log_format=talk.log_format,
            clock=clock,
            stdin_is_taken=talk.stdin_is_taken,
        ),
        secrets=SECRETS,
        chance=random.random,
        token=lambda: secrets.token_hex(8),
        quiet=talk.quiet,
        log_format=talk.log_format,
        journal_place=journal_place(talk.journal, environment),
        proc=Path("/proc"),
    )


def run_async(work: Coroutine[object, object, int]) -> int:
    """Run a command's coroutine to its end."""
    return asyncio.run(work)


def duration_option(_: click.Context, __: click.Parameter, text: str | None) -> float | None:
    """Read an option like ``50m`` as seconds."""
    if text is None:
        return None
    from runner.spec.durations import duration_seconds, is_duration  # noqa: PLC0415  # late: help must be quick

    if not is_duration(text):
        raise click.BadParameter(f"{text!r} is not a duration like 30s, 50m or 2h.")
    return duration_seconds(text)


def percent_option(_: click.Context, __: click.Parameter, text: str | None) -> float | None:
    """Read an option like ``90%`` as a number from 0 to 100."""
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?%", text, re.ASCII) or float(text[:-1]) > _ALL:
        raise click.BadParameter(f"{text!r} is not a percentage like 90%.")
    return float(text[:-1])


def rate_option(_: click.Context, __: click.Parameter, text: str | None) -> float | None:
    """Read an option like ``2/s`` or ``100/m`` as a number a second."""
    if text is None:
        return None
    match = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)/([smh])", text, re.ASCII)
    if match is None or not float(match[1]):
        raise click.BadParameter(f"{text!r} is not a rate like 2/s, 100/m or 500/h.")
    return float(match[1]) / _SECONDS[match[2]]


def decisions_of(
    *, adopt: tuple[str, ...], absent: tuple[str, ...], unverified: bool
) -> "Decisions":
    """Read ``--adopt OLD=NEW``, ``--absent OLD`` and ``--unverified``."""
    from runner.app.findings import Decisions  # noqa: PLC0415  # late: help must be quick
    from runner.model.words import RunId  # noqa: PLC0415  # likewise

    pairs: dict[RunId, RunId] = {}
    gone = frozenset(RunId(run.strip()) for run in absent)
    for pair in adopt:
        old, new = (RunId(run.strip()) for run in pair.partition("=")[::2])
        if not (old and new) or old in gone or {old, new} & {*pairs, *pairs.values()}:
            raise click.BadParameter(
                f"{pair!r}: write OLD=NEW, each run once.", param_hint="--adopt"
            )
        pairs[old] = new
    if unverified and not (pairs or gone):
        raise click.BadParameter("it belongs to --adopt or --absent.", param_hint="--unverified")
    return Decisions(adopt=pairs, absent=gone, unverified=unverified)


def order_given(words: tuple[str, ...], *, sandbox: str | None) -> "Given":
    """Read ``[EXECUTION] pause``, ``[EXECUTION] limits max_per_second=2`` and their like."""
    from runner.app.controlling import Given  # noqa: PLC0415  # late: help must be quick
    from runner.model.orders import OrderKind  # noqa: PLC0415  # likewise

    known = [kind.value for kind in OrderKind]
    place = next((place for place, word in enumerate(words[:2]) if word in known), None)
    if place is None:
        raise click.UsageError(f"Say what to order: one of {', '.join(known)}.")
    what, more = OrderKind(words[place]), words[place + 1 :]
    if what is not OrderKind.LIMITS and (more or sandbox):
        extra = " ".join([*more, *(["--sandbox"] if sandbox else [])])
        raise click.UsageError(f"{extra!r}: only limits takes values and --sandbox.")
    return Given(execution=words[0] if place else None, what=what, limits=more, sandbox=sandbox)


def subject_given(
    spec_or_plan: Path | None,
    *,
    sandbox: str | None,
    runs: tuple[str, ...],
    reason: str | None,
    others: Mapping[str, str | None],
) -> "Path | OneOff":
    """Return the spec or plan that is named, or else the one-off that the options describe.

    ``others`` are the options that may go with a one-off, by their name. Raises UsageError where the two are mixed, or
    where one of ``--sandbox``, ``--run`` and ``--reason`` is missing.
    """
    needed = {"--sandbox": sandbox, "--run": runs or None, "--reason": reason}
    given = [name for name, value in {**needed, **others}.items() if value is not None]
    if spec_or_plan:
        if given:
            raise click.UsageError(
                f"{', '.join(given)}: not together with a spec or plan, which says this itself."
            )
        return spec_or_plan
    missing = [name for name, value in needed.items() if value is None]
    if missing:
        raise click.UsageError(
            f"Give a spec, a plan, or --sandbox, --run and --reason; missing: {', '.join(missing)}."
        )
    from runner.spec import OneOff  # noqa: PLC0415  # late: help must be quick

    named = [run for run in runs if run != ON_STANDARD_INPUT]
    piped, read = ids_piped_in(sandbox=sandbox or "") if len(named) < len(runs) else ([], "")
    return OneOff(
        sandbox=sandbox or "",
        runs=(*named, *piped),
        read=read,
        reason=reason or "",
        ticket=others["--ticket"],
        platform_url=others["--platform-url"],
        ims_url=others["--ims-url"],
    )
