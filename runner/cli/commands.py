"""The commands and their options. Each hands over to ``runner.app`` at once, imported only then: help must be quick."""

import sys
from pathlib import Path
from typing import Literal

import click

from runner import __version__
from runner.cli.apply_command import apply
from runner.cli.journal_commands import journal_commands
from runner.cli.options import PATH, journalled, requiring_a_journal, talking, waiting_for_leases
from runner.cli.simulated_commands import demo, rehearse, simulate
from runner.cli.wiring import Talk, house_for, run_async
from runner.model.log_line import LogFormat

_SCHEMAS = ("spec", "plan", "report", "status", "run", "scenario")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="retrigger")
def commands() -> None:
    """Re-trigger failed Adobe Experience Platform dataflow runs in bulk, from a reviewed spec.

    A re-trigger cannot be undone: nothing is sent without consent, nothing is asked twice by accident, and every run
    is accounted for in the reports.
    """


@commands.command(short_help="Check specs offline: every problem at once.")
@click.argument("specs", nargs=-1, required=True, type=PATH)
@click.option(
    "--no-env",
    is_flag=True,
    help="Check without the environment: placeholders count as well-formed.",
)
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="How problems are printed; github makes annotations.",
)
def check(
    specs: tuple[Path, ...], *, no_env: bool, output: Literal["text", "json", "github"]
) -> int:
    """Check specs offline: every problem at once, with its place and the remedy.

    Exit codes: 0 all is well, 2 something is wrong.
    """
    from runner.app.checking import check as run_check  # noqa: PLC0415  # late: help must be quick

    return run_check(specs, with_environment=not no_env, output=output, house=house_for(Talk()))


@commands.command(short_help="Check online what applying a spec needs.")
@click.argument("spec", type=PATH)
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the checklist is printed.",
)
@journalled
@talking
def doctor(
    spec: Path,
    *,
    output: Literal["text", "json"],
    journal: str | None,
    quiet: bool,
    verbose: bool,
    log_format: LogFormat,
) -> int:
    """Check online what applying a spec needs: token, permissions, sandboxes, clock, journal, proxy.

    Re-triggers nothing and makes no journal. Exit codes: 0 nothing failed (there may be warnings), 2 spec, settings,
    sandbox or credentials wrong, 7 platform or journal.
    """
    from runner.app.doctor import doctor as run_doctor  # noqa: PLC0415  # late: help must be quick

    house = house_for(Talk(quiet=quiet, verbose=verbose, log_format=log_format, journal=journal))
    return run_async(run_doctor(spec, output=output, house=house))


@commands.command(short_help="Say what a spec would re-trigger; send nothing.")
@click.argument("spec", type=PATH)
@click.option(
    "-o", "--output", type=PATH, help="Write the plan here (JSON Lines), its summary beside it."
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 8 when there is work to do.")
@click.option(
    "--fail-if-empty", is_flag=True, help="Exit with 2 when there is nothing to re-trigger."
)
@requiring_a_journal
@journalled
@talking
def plan(
    spec: Path,
    *,
    output: Path | None,
    detailed_exitcode: bool,
    fail_if_empty: bool,
    require_journal: bool,
    journal: str | None,
    quiet: bool,
    verbose: bool,
    log_format: LogFormat,
) -> int:
    """Find the runs a spec asks for, say what would be done and why not the rest, and write the plan.

    Sends nothing but reads. Exit codes: 0 planned, 2 spec, sandbox or credentials wrong, or nothing to re-trigger with
    --fail-if-empty, 3 more runs than the cap, 7 platform or journal.
    """
    from runner.app.plan_command import plan as run_plan  # noqa: PLC0415  # late: help must be quick

    house = house_for(Talk(quiet=quiet, verbose=verbose, log_format=log_format, journal=journal))
    return run_async(
        run_plan(
            spec,
            output=output,
            detailed_exit_code=detailed_exitcode,
            fail_if_empty=fail_if_empty,
            require_journal=require_journal,
            house=house,
        )
    )


@commands.command(short_help="Say where an execution stands.")
@click.argument("execution", required=False)
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How it is printed; json: one object, see retrigger schema status (and schema run).",
)
@click.option(
    "--run",
    "run_id",
    metavar="ID",
    help="Say instead what happened to this run, old or new, in any execution, and on what evidence.",
)
@journalled
def status(
    execution: str | None,
    *,
    output: Literal["text", "json"],
    run_id: str | None,
    journal: str | None,
) -> int:
    """Say where an execution stands (the newest, unless named), also while another process works on it.

    Unresolved runs are named. Where no terminal reads it, nothing is cut. With --run: exit code 1 where the journal
    knows nothing of that run.
    """
    if run_id is not None:
        from runner.app.run_status import tell_run  # noqa: PLC0415  # late: help must be quick

        house = house_for(Talk(journal=journal))
        return tell_run(run_id.strip(), execution=execution, output=output, house=house)
    from runner.app.status import status as run_status  # noqa: PLC0415  # late: help must be quick

    house = house_for(Talk(journal=journal))
    return run_status(execution, output=output, is_whole=not sys.stdout.isatty(), house=house)


@commands.command(short_help="Pause, resume, stop or slow down an execution at work.")
@click.argument("words", nargs=-1, required=True, metavar="[EXECUTION] ORDER [NAME=VALUE]...")
@click.option("--sandbox", metavar="NAME", help="With limits: of this sandbox alone.")
@journalled
@talking
def control(
    words: tuple[str, ...],
    *,
    sandbox: str | None,
    journal: str | None,
    quiet: bool,
    verbose: bool,
    log_format: LogFormat,
) -> int:
    """Order something of an execution (the newest, unless named) while another process works on it.

    ORDER is pause (nothing new leaves, what is in flight ends), resume, stop (as the first Ctrl-C there), or limits
    with values as in the spec, like limits max_per_second=2 max_at_once=4. The spec's own numbers are the most that
    is allowed, and max_per_second=spec goes back to them. It is taken within two seconds, by this process alone: when
    it has ended, the next apply works under the spec's limits again.

    Exit codes: 0 the order was taken, 1 it was not within 5 s, 2 usage wrong, refused, or nobody works on it,
    7 journal.
    """
    from runner.app.controlling import control as run_control  # noqa: PLC0415  # late: help must be quick
    from runner.cli.wiring import order_given  # noqa: PLC0415  # likewise

    given = order_given(words, sandbox=sandbox)
    house = house_for(Talk(quiet=quiet, verbose=verbose, log_format=log_format, journal=journal))
    return run_async(run_control(given, house=house))


@commands.command(short_help="Look again at runs whose answers were never seen.")
@click.argument("execution", required=False)
@click.option(
    "--adopt", metavar="OLD=NEW", multiple=True, help="Record that run OLD became run NEW."
)
@click.option(
    "--absent", metavar="OLD", multiple=True, help="Record that run OLD was never accepted."
)
@click.option(
    "--unverified",
    is_flag=True,
    help="Record it also where it cannot be verified, or a run is there that OLD may have become.",
)
@waiting_for_leases
@journalled
@talking
def reconcile(
    execution: str | None,
    *,
    adopt: tuple[str, ...],
    absent: tuple[str, ...],
    unverified: bool,
    wait_for_lease: float | None,
    journal: str | None,
    quiet: bool,
    verbose: bool,
    log_format: LogFormat,
) -> int:
    """Look again at runs whose requests went unanswered, or record what you found out about them.

    Then watch the new runs until they end, or wait.timeout is over, and say which recovered; Ctrl-C ends that, and what
    was seen is kept. A run that was never accepted is asked for again by the next apply. With --adopt, NEW is looked
    up, and refused where it is surely not what OLD became; with --absent, the flow's newer runs are.

    Exit codes: 0 nothing is left to do, 1 runs are left or did not recover, 2 what you found out is refused or cannot
    be verified, 4 unresolved runs remain, 6 others work on these flows, 7 platform or journal, 130 interrupted.
    """
    from runner.app.reconciling import reconcile as run_reconcile  # noqa: PLC0415  # late: help must be quick
    from runner.cli.wiring import decisions_of  # noqa: PLC0415  # likewise

    house = house_for(Talk(quiet=quiet, verbose=verbose, log_format=log_format, journal=journal))
    decisions = decisions_of(adopt=adopt, absent=absent, unverified=unverified)
    return run_async(
        run_reconcile(
            execution, decisions, wait_for_lease_seconds=wait_for_lease or 0.0, house=house
        )
    )


@commands.command(short_help="Write an execution's reports again, or verify them.")
@click.argument("execution", required=False)
@click.option("--directory", type=PATH, help="The folder, if not where they were written before.")
@click.option(
    "--verify",
    "is_check",
    is_flag=True,
    help="Write nothing: check that events.jsonl and the journal are as they were written.",
)
@journalled
def report(
    execution: str | None, *, directory: Path | None, is_check: bool, journal: str | None
) -> int:
    """Write an execution's reports again from the journal: same journal, same bytes.

    With --verify: exit codes 0 the event log is whole, 1 a line was changed, taken out, put in or moved.
    """
    house = house_for(Talk(journal=journal))
    if is_check:
        from runner.app.verifying import verify  # noqa: PLC0415  # late: help must be quick

        return verify(execution, directory=directory, house=house)
    from runner.app.status import report_again  # noqa: PLC0415  # likewise

    return report_again(execution, directory=directory, house=house)


@commands.command(short_help="Print a JSON Schema.")
@click.argument("name", type=click.Choice(_SCHEMAS))
def schema(name: str) -> int:
    """Print a JSON Schema: of specs, plans, reports, what status prints (of one run too), or simulator scenarios."""
    from runner.resources import schema_text  # noqa: PLC0415  # late: help must be quick

    click.echo(schema_text(name), nl=False)
    return 0


for _command in (apply, journal_commands, rehearse, simulate, demo):
    commands.add_command(_command)
