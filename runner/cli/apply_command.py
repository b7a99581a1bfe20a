"""`apply` and its many options; ``runner.app`` is imported late here too."""

from pathlib import Path

import click

from runner.cli.options import (
    PATH,
    journalled,
    reporting,
    requiring_a_journal,
    talking,
    waiting_for_leases,
)
from runner.cli.wiring import ON_STANDARD_INPUT, Talk, duration_option, house_for, run_async
from runner.model.log_line import LogFormat


@click.command(short_help="Re-trigger what a spec or a plan says, or go on with it.")
@click.argument("spec_or_plan", type=PATH, required=False)
@click.option("--sandbox", metavar="NAME", help="Without a spec: the sandbox of the runs.")
@click.option(
    "--run",
    "runs",
    metavar="ID",
    multiple=True,
    help="Without a spec: re-trigger this run; may be repeated, and - reads standard input as runs_from is read.",
)
@click.option("--reason", metavar="TEXT", help="Without a spec: why; it stands in every report.")
@click.option("--ticket", metavar="TEXT", help="Without a spec: where the incident is tracked.")
@click.option(
    "--platform-url", metavar="URL", help="Without a spec: the platform, else $AEP_PLATFORM_URL."
)
@click.option(
    "--ims-url", metavar="URL", help="Without a spec: the token service, else $AEP_IMS_URL."
)
@click.option("--yes", is_flag=True, help="Agree beforehand; needed where no terminal is.")
@click.option(
    "--spec", "spec_path", type=PATH, help="Refuse the plan unless it was made from this spec."
)
@click.option(
    "--abandon", is_flag=True, help="End the spec's unfinished execution for good, then go on."
)
@click.option(
    "--again",
    is_flag=True,
    help="Re-trigger also runs that were re-triggered already: their data may be loaded twice.",
)
@click.option("--no-wait", is_flag=True, help="Do not watch the new runs; a later reconcile does.")
@click.option(
    "--fail-if-empty", is_flag=True, help="Exit with 2 when there is nothing to re-trigger."
)
@click.option(
    "--stop-after",
    metavar="DURATION",
    callback=duration_option,
    help="Drain and stop after so long (30s, 50m): a CI job's own deadline.",
)
@waiting_for_leases
@reporting
@requiring_a_journal
@journalled
@talking
def apply(
    spec_or_plan: Path | None,
    *,
    sandbox: str | None,
    runs: tuple[str, ...],
    reason: str | None,
    ticket: str | None,
    platform_url: str | None,
    ims_url: str | None,
    yes: bool,
    spec_path: Path | None,
    abandon: bool,
    again: bool,
    no_wait: bool,
    fail_if_empty: bool,
    stop_after: float | None,
    wait_for_lease: float | None,
    report_directory: Path | None,
    require_journal: bool,
    journal: str | None,
    quiet: bool,
    verbose: bool,
    log_format: LogFormat,
) -> int:
    """Re-trigger what a spec selects, exactly what a plan file holds, or the runs of --run.

    Without a spec the connection comes from the environment: AEP_ORG_ID, AEP_CLIENT_ID, and AEP_CLIENT_SECRET or
    AEP_ACCESS_TOKEN. The spec that the command stands for is kept with its reports.

    Run again, it goes on where it was left: only what is not settled is touched. The first Ctrl-C finishes what is
    under way and says how to resume; the second stops at once.

    Exit codes: 0 all re-triggered (and recovered, where that is watched), 1 some were not, 2 spec, usage, sandbox or
    credentials wrong and nothing sent, or nothing to re-trigger with --fail-if-empty, 3 stopped by a rule, by a cap or
    between waves, 4 unresolved runs remain, 5 plan altered or expired, 6 others work on these flows, 7 platform or
    journal, 70 a bug, 130 interrupted and resumable.
    """
    from runner.app.applying import ApplyOptions  # noqa: PLC0415  # late: help must be quick
    from runner.app.applying import apply as run_apply  # noqa: PLC0415  # likewise
    from runner.app.subject import subject_of, subject_of_one_off  # noqa: PLC0415  # likewise
    from runner.cli.wiring import subject_given  # noqa: PLC0415  # likewise

    others = {"--ticket": ticket, "--platform-url": platform_url, "--ims-url": ims_url}
    given = subject_given(spec_or_plan, sandbox=sandbox, runs=runs, reason=reason, others=others)
    house = house_for(
        Talk(
            quiet=quiet,
            verbose=verbose,
            log_format=log_format,
            journal=journal,
            stdin_is_taken=ON_STANDARD_INPUT in runs,
        )
    )
    subject = (
        subject_of(given, spec_path=spec_path, house=house)
        if isinstance(given, Path)
        else subject_of_one_off(given, house=house)
    )
    options = ApplyOptions(
        yes=yes,
        abandon=abandon,
        again=again,
        no_wait=no_wait,
        fail_if_empty=fail_if_empty,
        stop_after_seconds=stop_after,
        require_journal=require_journal,
        report_directory=report_directory,
        wait_for_lease_seconds=wait_for_lease or 0.0,
    )
    return run_async(run_apply(subject, options, house=house))
