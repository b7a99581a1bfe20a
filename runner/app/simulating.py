"""`simulate` and `demo`: the simulator on a free port of this machine, alone or with the whole story told on it."""

import asyncio
import os
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from runner.app.applying import ApplyOptions, apply
from runner.app.house import House
from runner.app.reading import spec_of_text
from runner.app.signals import Stopping, signals_handled
from runner.app.subject import Subject
from runner.errors import UsageError
from runner.resources import path_of
from runner.simulator import Scenario, Served, serve
from runner.spec import load_validated

DEMO_SPEC = "specs/demo.yaml"
DEMO_SCENARIO = "specs/demo.scenario.yaml"

_NOT_ALL_WELL = 1


def scenario_of(path: Path) -> Scenario:
    """Read a scenario file; raises SpecInvalid with every problem, UsageError when it cannot be read."""
    return Scenario.from_dict(scenario_facts_of(path))


def scenario_facts_of(path: Path) -> dict[str, object]:
    """Read a scenario file as plain values; raises as ``scenario_of`` does."""
    try:
        text = path.read_bytes()
    except OSError as error:
        fact = f"{path}: the scenario cannot be read: {error.strerror or error}."
        raise UsageError(
            fact,
            remedy="Name a scenario file, and let this user read it; docs/simulator.md shows one.",
        ) from error
    return load_validated(text, path=str(path), schema="scenario")


async def simulate(path: Path | None, *, port: int, house: House) -> int:
    """Serve a scenario on loopback until interrupted; raises UsageError where the port cannot be had."""
    scenario = scenario_of(path or path_of(DEMO_SCENARIO))
    over = asyncio.Event()
    stopping = Stopping(first=lambda _: over.set(), second=over.set)
    with signals_handled(stopping):
        async with AsyncExitStack() as stack:
            try:
                served = await stack.enter_async_context(serve(scenario, port=port))
            except OSError as error:
                raise UsageError(
                    f"port {port} of this machine cannot be had: {os.strerror(error.errno or 0)}.",
                    remedy="Give another with --port, or none for any free one.",
                ) from error
            house.console.out(f"platform: {served.url}")
            for name, value in _environment(served, scenario).items():
                house.console.out(f"export {name}={value}")
            house.console.say("serving until Ctrl-C", action="serving")
            await over.wait()
    return 0


async def demo(*, house: House) -> int:
    """Tell the whole story on this machine: a platform with failures, a plan, an apply, its reports."""
    scenario = scenario_of(path_of(DEMO_SCENARIO))
    async with serve(scenario, port=0) as served:
        house.console.say(f"a simulated platform is at {served.url}", action="serving")
        environment = {**house.environment, **_environment(served, scenario)}
        # A journal of its own: the demo's runs exist nowhere else, and come again with the same ids each time.
        inside = replace(
            house,
            environment=environment,
            journal_place=str(Path(".retrigger") / f"demo-{house.token()[:6]}.db"),
        )
        text = path_of(DEMO_SPEC).read_text(encoding="utf-8")
        subject = Subject(spec=spec_of_text(text, path=DEMO_SPEC, house=inside), plan=None)
        options = ApplyOptions(
            yes=True, abandon=False, again=False, stop_after_seconds=None, is_demo=True
        )
        code = await apply(subject, options, house=inside)
        ledger = served.summary()
    house.console.out(
        f"the platform's own ledger: {ledger['accepted']} re-triggers accepted, of {ledger['distinct_old_runs']} runs"
    )
    # In earnest exit code 1: some runs are refused or fail again, as the scenario has it. The story went as it should.
    return 0 if code == _NOT_ALL_WELL else code


def _environment(served: Served, scenario: Scenario) -> dict[str, str]:
    """Return the variables that specs/demo.yaml reads."""
    return {
        "RETRIGGER_DEMO_URL": served.url,
        "RETRIGGER_DEMO_ORG_ID": scenario.organisation,
        "RETRIGGER_DEMO_CLIENT_ID": scenario.client_id,
        "RETRIGGER_DEMO_CLIENT_SECRET": scenario.client_secret,
    }
