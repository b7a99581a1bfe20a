"""The commands that reach no platform but a simulated one; ``runner.app`` is imported late here too."""

from pathlib import Path

import click

from runner.cli.options import PATH, reporting, talking
from runner.cli.wiring import (
    Talk,
    duration_option,
    house_for,
    percent_option,
    rate_option,
    run_async,
)
from runner.model.log_line import LogFormat


@click.command(short_help="Do a plan on a simulated platform, hours in seconds.")
@click.argument("plan_file", metavar="PLAN", type=PATH)
@click.option(
    "--faults",
    type=PATH,
    help="A scenario: faults, rate_limit, and by name of flow what becomes of new runs.",
)
@click.option("--seed", type=click.IntRange(min=0), help="Chance; the same seed, the same results.")
@click.option(
    "--recovers",
    metavar="PERCENT",
    callback=percent_option,
    help="How many of the new runs recover (90%); else all of them.",
)
@click.option(
    "--takes",
    metavar="DURATION",
    callback=duration_option,
    help="How long a new run takes; else what its flow's planned runs took, or 5m.",
)
@click.option(
    "--throttle",
    metavar="RATE",
    callback=rate_option,
    help="How many calls the platform bears before it answers 429: 2/s, 100/m; else any.",
)
@click.option(
    "--latency",
    metavar="DURATION",
    callback=duration_option,
    default="200ms",
    show_default=True,
    help="How long a call takes.",
)
@click.option("--no-wait", is_flag=True, help="Do not watch the new runs, whatever the spec says.")
@click.option(
    "--stop-after",
    metavar="DURATION",
    callback=duration_option,
    help="Drain and stop after so long, in virtual time.",
)
@reporting
@talking
def rehearse(
    plan_file: Path,
    *,
    faults: Path | None,
    seed: int | None,
    recovers: float | None,
    takes: float | None,
    throttle: float | None,
    latency: float,
    no_wait: bool,
    stop_after: float | None,
    report_directory: Path | None,
    quiet: bool,
    verbose: bool,
    log_format: LogFormat,
) -> int:
    """Do a plan on a simulated platform in this process, on a virtual clock: hours pass in seconds, nothing is sent.

    The platform holds the plan's flows and runs as they were pinned. Limits, waves, waiting, holding, stop rules and
    reconciliation are the real ones. Needs no credentials, asks for no consent, and leaves the journal alone. The
    reports go to a folder of their own, marked as a rehearsal.

    Exit codes: those of apply, for what happened in the rehearsal.
    """
    from runner.app.rehearsing import RehearsalOptions  # noqa: PLC0415  # late: help must be quick
    from runner.app.rehearsing import rehearse as run_rehearse  # noqa: PLC0415  # likewise
    from runner.rehearsal import Assumed  # noqa: PLC0415  # likewise

    assumed = Assumed(
        recovers_percent=recovers,
        takes_ms=None if takes is None else round(takes * 1000),
        throttle_per_second=throttle,
    )
    options = RehearsalOptions(
        faults=faults,
        seed=seed,
        assumed=assumed,
        latency_seconds=latency,
        stop_after_seconds=stop_after,
        no_wait=no_wait,
        report_directory=report_directory,
    )
    house = house_for(Talk(quiet=quiet, verbose=verbose, log_format=log_format))
    return run_rehearse(plan_file, options, house=house)


@click.command(short_help="Serve a simulated platform on this machine.")
@click.option("--scenario", type=PATH, help="What exists and what goes wrong; else the demo's.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0: any free one."
)
def simulate(*, scenario: Path | None, port: int) -> int:
    """Serve a simulated platform on this machine until Ctrl-C: Flow Service, tokens, sandboxes, faults."""
    from runner.app.simulating import simulate as run_simulate  # noqa: PLC0415  # late: help must be quick

    return run_async(run_simulate(scenario, port=port, house=house_for(Talk())))


@click.command(short_help="Tell the whole story on this machine in seconds.")
@talking
def demo(*, quiet: bool, verbose: bool, log_format: LogFormat) -> int:
    """Tell the whole story on this machine in seconds: a simulated platform, a plan, an apply, its reports."""
    from runner.app.simulating import demo as run_demo  # noqa: PLC0415  # late: help must be quick

    return run_async(
        run_demo(house=house_for(Talk(quiet=quiet, verbose=verbose, log_format=log_format)))
    )
