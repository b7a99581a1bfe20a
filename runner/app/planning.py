"""From a spec to a plan: find, stage, order, explain, write."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from runner import __version__
from runner.app.house import House
from runner.app.listing_progress import ListingProgress
from runner.app.looking_out import looked_out
from runner.app.platform import known_sandboxes
from runner.app.platform_clock import PlatformClock
from runner.app.selecting import Looking, frozen_windows, refuse_too_many, stage
from runner.client import FlowService
from runner.errors import UsageError
from runner.journal import Journal, Staging
from runner.limits import Gate
from runner.model.outlook import Outlook
from runner.model.plan import FrozenWindow, PlanHeader, PlannedSandbox
from runner.model.selected import SelectionFacts
from runner.model.spec import Spec
from runner.model.text import shortened, terminal
from runner.model.words import RunId, SandboxName, SkipReason
from runner.plan import (
    ON_TERMINAL,
    PLAN_VERSION,
    PlanFile,
    SelectionLines,
    Shown,
    Undecided,
    selection_lines,
    wave_ends,
    write_plan,
)
from runner.spec import RowCount, RunsRead, read_run_ids

_MOST_DETAILS = 1000
_LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A plan that is staged and not yet written; gone when its block ends."""

    spec: Spec
    header: PlanHeader
    staging: Staging
    outlook: Outlook
    """What it tells beyond counts."""
    facts: SelectionFacts
    """What finding its runs told."""
    clock: PlatformClock
    """By which relative windows were counted."""
    files: Sequence[RunsRead] = ()
    """The files of run ids, and what became of their rows."""

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

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to re-trigger."""
        return not self.staging.chosen_count()

    def refuse_undecided(self) -> None:
        """Raise UsageError where nothing is left because no exclusion could be judged: that is no success."""
        undecided = self.staging.details(SkipReason.EXCLUSION_UNKNOWN, most=1)
        if self.is_empty and undecided:
            raise UsageError(
                f"{self.spec.place}: no run is left, because it cannot be judged which are excluded. Nothing was sent.",
                remedy="The warning above names the cause: let these credentials read it, or exclude by id.",
            )

    def refuse_empty(self) -> None:
        """Raise UsageError where there is nothing to re-trigger, with what left nothing."""
        if self.is_empty:
            left = "; ".join(self.selection_lines(ON_TERMINAL).nothing)
            raise nothing_to_do(self.spec.place, left)

    def selection_lines(self, shown: Shown) -> SelectionLines:
        """Return what finding the runs told, as lines."""
        return lines_of(self.facts, self.staging, self.spec, shown)


def nothing_to_do(place: str, why: str) -> UsageError:
    """Return the error of --fail-if-empty."""
    why = terminal(shortened(why, longest=_LONGEST_REASON))
    return UsageError(
        f"{place}: there is nothing to re-trigger (--fail-if-empty): {why}. Nothing was sent.",
        remedy="Look at the filters and patterns of the spec (a plan says what each matched).",
    )


def lines_of(facts: SelectionFacts, staging: Staging, spec: Spec, shown: Shown) -> SelectionLines:
    """Return what finding the runs told, and what of it became staged runs, as lines."""
    reasons = staging.reasons()
    left = {line.sandbox for line in staging.headlines()}
    why: dict[str, str] = {}
    for sandbox, detail, _ in staging.details(SkipReason.EXCLUSION_UNKNOWN, most=_MOST_DETAILS):
        why.setdefault(sandbox, detail)
    undecided = [
        Undecided(sandbox=sandbox, runs=count, why=why.get(sandbox, ""), is_all=sandbox not in left)
        for sandbox, reason, count in reasons
        if reason == SkipReason.EXCLUSION_UNKNOWN
    ]
    return selection_lines(
        facts,
        undecided=undecided,
        empty=[one.name for one in spec.sandboxes if one.name not in left],
        reasons=reasons,
        shown=shown,
    )


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
    progress = ListingProgress.of(house)
    clock = PlatformClock(offset_ms=service.server_offset_ms())
    windows_end_ms = clock.now_ms(now_ms)
    files = _Files(spec=spec)
    looking = Looking(
        platform=service,
        journal=journal,
        ids_from_file=files.ids,
        now_ms=windows_end_ms,
        again=again,
        found=progress.found,
        all_found=progress.all_found,
    )
    with Staging() as staging:
        try:
            facts = await stage(spec, staging, looking)
        finally:
            progress.counting.stop()
        for line in lines_of(facts, staging, spec, ON_TERMINAL).warnings:
            house.console.warn(line, action="selection")
        refuse_too_many(spec, staging)
        outlook = await looked_out(spec, staging, platform=service, gate=gate)
        windows = frozen_windows(spec, now_ms=windows_end_ms)
        header = _header(spec, sandboxes, outlook, windows, now_ms=now_ms)
        yield Draft(
            spec=spec,
            header=header,
            staging=staging,
            outlook=outlook,
            facts=facts,
            clock=clock,
            files=files.read,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Files:
    """The files of run ids of a spec, and what was read of them."""

    spec: Spec
    read: list[RunsRead] = field(default_factory=list)

    def ids(self, path: Path, name: SandboxName) -> Iterator[RunId]:
        """Give the run ids of a file, and count its rows."""
        sandbox = next(one for one in self.spec.sandboxes if one.name == name)
        count = RowCount(
            sandbox=name, listed=frozenset(sandbox.runs), excluded=sandbox.excluded_runs
        )
        place = f"sandboxes[{name}].runs_from"
        self.read.append(RunsRead(self.spec.place, place, str(path), count))
        return read_run_ids(path, sandbox=name, count=count)


def _header(
    spec: Spec,
    sandboxes: tuple[PlannedSandbox, ...],
    outlook: Outlook,
    windows: tuple[FrozenWindow, ...],
    *,
    now_ms: int,
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
        windows=windows,
        expected_seconds=round(outlook.forecast.seconds, 1),
    )
