"""From a spec to a plan: find, stage, order, explain, write."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from runner import __version__
from runner.app.house import House
from runner.app.looking_out import looked_out
from runner.app.platform import known_sandboxes
from runner.app.selecting import Looking, frozen_windows, stage
from runner.client import FlowService
from runner.journal import Journal, Staging
from runner.limits import Gate
from runner.model.outlook import Outlook
from runner.model.plan import PlanHeader, PlannedSandbox
from runner.model.spec import Spec
from runner.plan import PLAN_VERSION, PlanFile, wave_ends, write_plan
from runner.spec import read_run_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A plan that is staged and not yet written; gone when its block ends."""

    spec: Spec
    header: PlanHeader
    staging: Staging
    outlook: Outlook
    """What it tells beyond counts."""

    def write(self, path: Path) -> PlanFile:
        """Write it to a file, and the passed-over runs beside it."""
        ends = wave_ends(self.spec.waves, runs=self.staging.chosen_count())
        return write_plan(
            path,
            self.header,
            runs=self.staging.planned(wave_ends=ends),
            passed_over=self.staging.passed_over(),
        )

    def runs_by_sandbox(self) -> dict[str, int]:
        """Count the chosen runs."""
        counts: dict[str, int] = {sandbox.name: 0 for sandbox in self.header.sandboxes}
        for line in self.staging.headlines():
            counts[line.sandbox] += line.runs
        return counts


@asynccontextmanager
async def drafted(
    spec: Spec,
    *,
    service: FlowService,
    gate: Gate,
    journal: Journal | None,
    again: bool,
    house: House,
) -> AsyncIterator[Draft]:
    """Find the runs of a spec; raises StoppedByCap when they are too many."""
    now_ms = house.clock.now_ms()
    sandboxes = await known_sandboxes(spec, service=service, house=house)
    looking = Looking(
        platform=service,
        journal=journal,
        ids_from_file=lambda path, sandbox: read_run_ids(path, sandbox=sandbox),
        now_ms=now_ms,
        again=again,
        found=lambda sandbox, count: house.console.say(
            f"{sandbox}: {count:,} runs looked at", action="selecting"
        ),
    )
    with Staging() as staging:
        await stage(spec, staging, looking)
        outlook = await looked_out(spec, staging, platform=service, gate=gate)
        header = _header(spec, sandboxes, outlook, now_ms=now_ms)
        yield Draft(spec=spec, header=header, staging=staging, outlook=outlook)


def _header(
    spec: Spec, sandboxes: tuple[PlannedSandbox, ...], outlook: Outlook, *, now_ms: int
) -> PlanHeader:
    return PlanHeader(
        plan_version=PLAN_VERSION,
        tool_version=__version__,
        spec_name=spec.name,
        reason=spec.reason,
        ticket=spec.ticket,
        org_id=spec.connection.org_id,
        platform_url=spec.connection.platform_url,
        spec_path=spec.path,
        spec_sha256=spec.sha256,
        spec_text=spec.text,
        created_at_ms=now_ms,
        expires_at_ms=now_ms + round(spec.plan_valid_for_seconds * 1000),
        sandboxes=sandboxes,
        windows=frozen_windows(spec, now_ms=now_ms),
        expected_seconds=round(outlook.forecast.seconds, 1),
    )
