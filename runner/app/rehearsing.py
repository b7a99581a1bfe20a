"""`rehearse`: do a plan on a simulated platform in this process, where hours pass in seconds and nothing is sent."""

import asyncio
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from runner.app.applying import ApplyOptions, apply
from runner.app.house import House, Stage
from runner.app.reading import SpecPath, spec_of_text
from runner.app.rehearsed import RehearsalConsole, tell_beginning, tell_end
from runner.app.simulated_wire import OpenSimulatedWire
from runner.app.simulating import scenario_facts_of
from runner.app.starting import refuse_expired
from runner.app.subject import Subject, refuse_foreign_spec
from runner.errors import CannotWrite, JournalUnusable
from runner.files import scratch_folder
from runner.journal import CommitInTurn, Journal, open_journal
from runner.masking import KnownSecrets
from runner.model.plan import PlanHeader
from runner.model.report import REHEARSAL
from runner.model.secret import Secret
from runner.model.spec import OAuth, Spec
from runner.plan import PlanFile, read_plan
from runner.rehearsal import Assumed, Identity, scenario_of_plan, varied
from runner.simulator import Platform, Scenario
from runner.virtual_time import VirtualClock, VirtualTimeLoop

_IDENTITY = Identity(client_id="rehearsal", client_secret="nothing-is-sent-with-this")  # noqa: S106  # opens nothing
_NOWHERE = "https://rehearsal.invalid"
_USUAL_SEED = 1
_MOMENTS = 20
"""Of the time that was forecast, so many are shown."""
_LEAST_BETWEEN_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalOptions:
    """What the command line says beside the plan."""

    faults: Path | None
    """A scenario file: what goes wrong, and what becomes of which flow's runs."""
    seed: int | None
    assumed: Assumed
    latency_seconds: float
    stop_after_seconds: float | None
    no_wait: bool
    report_directory: Path | None = field(default=None, repr=False)  # has no say in what happens


def rehearse(path: Path, options: RehearsalOptions, *, house: House) -> int:
    """Rehearse a plan and return the exit code that applying it so would have.

    Raises:
        PlanRefused: the plan is altered or expired.
        UsageError: the file of faults does not fit the plan.
    """
    plan = read_plan(path)
    refuse_expired(plan.header, plan.path, now_ms=house.clock.now_ms(), house=house)
    facts = _facts(plan, options)
    spec = _spec(plan, house=house)
    scenario = Scenario.from_dict(facts)
    tell_beginning(plan, scenario, latency_seconds=options.latency_seconds, console=house.console)
    began = house.clock.monotonic()
    with (
        asyncio.Runner(loop_factory=VirtualTimeLoop) as runner,
        _own_folder(options.report_directory or spec.report.directory, house) as folder,
    ):
        clock = _clock_of(runner, plan.header)
        platform = Platform(scenario, now_ms=clock.now_ms)
        inside = _inside(plan, facts, options, house=house, clock=clock, platform=platform)
        inside = replace(inside, journal_place=str(folder / "journal.db"))
        subject = Subject(spec=spec, plan=plan)
        code = runner.run(apply(subject, _apply_options(options), house=inside))
        took = house.clock.monotonic() - began
        tell_end(plan, platform, clock=clock, took_seconds=took, console=house.console)
    return code


@contextmanager
def _own_folder(reports: Path, house: House) -> Iterator[Path]:
    """Give the folder of the rehearsal's own journal; raises CannotWrite where there is no room for one."""
    elsewhere = (Path(), reports, Path(house.journal_place).parent)
    with scratch_folder("retrigger-rehearsal-", elsewhere=elsewhere) as folder:
        try:
            yield folder
        except JournalUnusable as error:
            raise CannotWrite(
                f"the rehearsal's own journal cannot be kept: {error}",
                remedy="Name a folder for temporary files that can be written and has room: TMPDIR=/path.",
            ) from error


def _apply_options(options: RehearsalOptions) -> ApplyOptions:
    return ApplyOptions(
        yes=True,
        abandon=False,
        again=False,
        stop_after_seconds=options.stop_after_seconds,
        no_wait=options.no_wait,
        report_directory=options.report_directory,
    )


def _facts(plan: PlanFile, options: RehearsalOptions) -> Mapping[str, object]:
    """Return the scenario: what the plan pinned, what the file says, and what the command line says over both."""
    facts: Mapping[str, object] = scenario_of_plan(
        plan.header, plan.runs(), assumed=options.assumed, identity=_IDENTITY
    )
    if options.faults:
        variation = scenario_facts_of(options.faults)
        facts = varied(dict(facts), variation, at=str(options.faults))
    return {
        **facts,
        "seed": facts.get("seed", _USUAL_SEED) if options.seed is None else options.seed,
    }


def _clock_of(runner: asyncio.Runner, header: PlanHeader) -> VirtualClock:
    """Return the clock of the runner's loop; it starts when the plan was made, so that a seed tells everything."""
    loop = runner.get_loop()
    assert isinstance(loop, VirtualTimeLoop)
    return VirtualClock(loop, starts_at_ms=header.created_at_ms)


def _spec(plan: PlanFile, *, house: House) -> Spec:
    """Return the plan's spec; who calls whom is the rehearsal's own, whatever the environment holds."""
    header = plan.header
    reading = replace(house, secrets=KnownSecrets())
    stand_ins = _stand_ins(header)
    spec = spec_of_text(header.spec_text, path=header.spec_path, house=reading, stand_ins=stand_ins)
    refuse_foreign_spec(plan, spec, house=house)
    auth = OAuth(
        ims_url=_NOWHERE,
        client_id=_IDENTITY.client_id,
        client_secret=Secret(_IDENTITY.client_secret),
        scopes=("rehearsal",),
    )
    return replace(spec, connection=replace(spec.connection, auth=auth))


def _stand_ins(header: PlanHeader) -> dict[SpecPath, str]:
    of_auth = {
        "ims_url": _NOWHERE,
        "client_id": _IDENTITY.client_id,
        "client_secret": _IDENTITY.client_secret,
        "access_token": _IDENTITY.client_secret,
    }
    return {
        ("connection", "platform_url"): header.platform_url,
        ("connection", "org_id"): header.org_id,
        **{("connection", "auth", key): word for key, word in of_auth.items()},
    }


def _inside(
    plan: PlanFile,
    facts: Mapping[str, object],
    options: RehearsalOptions,
    *,
    house: House,
    clock: VirtualClock,
    platform: Platform,
) -> House:
    """Return the house of a rehearsal: its clock, its chance, its wire and its journal are its own."""
    expected = plan.header.expected_seconds or 0.0
    # All of it, so that another rehearsal has another name, and the same one writes the same files again.
    said = json.dumps([plan.sha256, facts, repr(replace(options, faults=None))], sort_keys=True)
    chance = Random(said)  # noqa: S311  # chance that can be repeated
    wire = OpenSimulatedWire(
        platform=platform,
        base_path=urlsplit(plan.header.platform_url).path.rstrip("/"),
        latency_seconds=options.latency_seconds,
    )
    return replace(
        house,
        clock=clock,
        environment={key: value for key, value in house.environment.items() if not _is_proxy(key)},
        console=RehearsalConsole(house.console, clock),
        secrets=KnownSecrets(),
        chance=chance.random,
        token=lambda: f"{chance.getrandbits(64):016x}",
        stage=Stage(
            open_wire=wire,
            open_journal=_temporary_journal,
            make_commits=CommitInTurn,
            takes_orders=False,
            begins_ids_with=REHEARSAL,
            still_every_seconds=math.inf,  # hours of it pass in no time
            moments_every_seconds=max(_LEAST_BETWEEN_SECONDS, expected / _MOMENTS),
        ),
    )


def _temporary_journal(place: str, *, make: bool) -> Journal:
    journal = open_journal(place, make=make)
    journal.need_not_last()
    return journal


def _is_proxy(name: str) -> bool:
    return name.lower().endswith("_proxy")
