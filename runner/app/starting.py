"""Bring an execution into the journal: from a fresh draft, from a plan file, or find the one to go on with."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from runner import __version__
from runner.app.house import House, lasting_place
from runner.app.leases import LeaseKeeper
from runner.app.subject import made_anew
from runner.disk import writing_remedy
from runner.errors import CannotWrite, PlanRefused, UsageError
from runner.files import try_folder
from runner.journal import Journal, NewExecution, Stopped
from runner.machine import ci_job_url, host, who
from runner.model.plan import PlanHeader
from runner.model.report import Execution, Whereabouts
from runner.model.spec import Spec
from runner.model.text import person_time
from runner.model.words import ExecutionId
from runner.plan import PlanFile, read_passed_over

UNFINISHED = frozenset({"running", "interrupted", "stopped"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a new execution's reports go: its id and its folder."""

    execution_id: ExecutionId
    folder: Path

    @property
    def plan(self) -> Path:
        """Where its plan is kept."""
        return self.folder / "plan.jsonl"


def new_place(spec: Spec, *, directory: Path | None, house: House) -> Place:
    """Return a name that no execution has, sorted by time, and its folder; nothing is made yet.

    ``directory`` is where the folder goes, if not where the spec says.
    """
    moment = datetime.fromtimestamp(house.clock.now_ms() / 1000, UTC)
    name = re.sub(r"[^A-Za-z0-9-]+", "-", spec.name).strip("-")[:40]
    prefix = house.stage.begins_ids_with
    execution_id = ExecutionId(f"{prefix}{moment:%Y%m%dT%H%M%SZ}-{name}-{house.token()[:4]}")
    return Place(
        execution_id=execution_id, folder=(directory or spec.report.directory) / execution_id
    )


def refuse_unwritable(folder: Path) -> None:
    """Raise CannotWrite where reports cannot be written; better known before anything is sent than after."""
    try:
        try_folder(folder)
    except OSError as error:
        raise CannotWrite(
            f"{folder}: reports cannot be written here ({error.strerror or error}). Nothing was sent.",
            remedy=writing_remedy(error, elsewhere="name another folder with --report-directory"),
        ) from error


def working_folder() -> str:
    """Return where commands are given; empty where that folder is gone."""
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return ""


def whereabouts(applied: str, options: Sequence[str], *, house: House) -> Whereabouts:
    """Return where and how something is applied.

    Args:
        applied: the spec or plan, as it was given; empty: a one-off.
        options: those that matter for going on.
        house: knows the journal.
    """
    return Whereabouts(
        working_folder=working_folder(),
        journal_place=lasting_place(house),
        applied=applied,
        options=" ".join(options),
    )


def begin(
    keeper: LeaseKeeper,
    plan: PlanFile,
    *,
    spec: Spec,
    place: Place,
    at: Whereabouts,
    house: House,
) -> None:
    """Record an execution of a plan and take its flows, all of it or nothing."""
    header = plan.header
    passed_over = read_passed_over(plan)
    if not passed_over.present and plan.footer.passed_over:
        house.console.warn(
            f"{passed_over.path} is not there: the reports will not name the {plan.footer.passed_over} runs "
            "that the plan passed over.",
            action="passed_over",
        )
    execution = Execution(
        id=place.execution_id,
        state="running",
        spec_name=header.spec_name,
        reason=header.reason,
        ticket=header.ticket,
        org_id=header.org_id,
        platform_url=header.platform_url,
        spec_path=header.spec_path,
        spec_sha256=header.spec_sha256,
        spec_text=header.spec_text,
        plan_sha256=plan.sha256,
        sandboxes=header.sandboxes,
        planned=0,
        passed_over=0,
        who=who(house.environment),
        host=host(),
        ci_job_url=ci_job_url(house.environment),
        tool_version=__version__,
        reports_directory=str(place.folder),
        report_formats=" ".join(spec.report.formats),
        planned_at_ms=header.created_at_ms,
        started_at_ms=house.clock.now_ms(),
        finished_at_ms=None,
        stopped_because="",
        exit_code=None,
        **asdict(at),
    )
    keeper.begin(
        NewExecution(
            execution=execution,
            passed_over=passed_over.runs(),
            runs=plan.runs(),
            plan_ends=plan.ends(),
        )
    )


def unfinished(journal: Journal, *, spec: Spec) -> Execution | None:
    """Return the unfinished execution of a spec of this name in this organisation, or None."""
    for execution in journal.executions():
        same = (execution.spec_name, execution.org_id) == (spec.name, spec.connection.org_id)
        if same and execution.state in UNFINISHED:
            return execution
    return None


def of_plan(journal: Journal, plan: PlanFile) -> Execution | None:
    """Return the execution that this very plan has had, or None."""
    for execution in journal.executions():
        if execution.plan_sha256 == plan.sha256 and execution.state != "abandoned":
            return execution
    return None


def refuse_edited(execution: Execution, spec: Spec) -> None:
    """Raise UsageError when an unfinished execution was begun from another text of the spec."""
    if execution.spec_sha256 != spec.sha256:
        raise UsageError(
            f"{spec.place}: the spec was edited, and execution {execution.id} of it is unfinished.",
            remedy="Apply the spec as it was to finish it, or end it for good with --abandon. Nothing was sent.",
        )


def refuse_elsewhere(header: PlanHeader, spec: Spec, path: Path) -> None:
    """Raise PlanRefused when a plan was made for another organisation or platform than its spec means now."""
    planned = {"organisation": header.org_id, "platform": header.platform_url}
    now = {"organisation": spec.connection.org_id, "platform": spec.connection.platform_url}
    for what, was in planned.items():
        if now[what] != was:
            raise PlanRefused(
                f"{path}: the plan was made for {what} {was}, and here it is {now[what]}. Nothing was sent.",
                remedy="Set the environment as it was, or make a new plan.",
            )


def refuse_expired(header: PlanHeader, path: Path, *, now_ms: int, house: House) -> None:
    """Raise PlanRefused when a plan is past its time."""
    if now_ms > header.expires_at_ms:
        raise PlanRefused(
            f"{path}: the plan was valid until {person_time(header.expires_at_ms)}. Nothing was sent.",
            remedy=made_anew(header.spec_path, path, house=house),
        )


def abandon(journal: Journal, execution: Execution, *, house: House) -> None:
    """End an unfinished execution for good; its unresolved runs go on blocking their flows."""
    stopped = Stopped(
        at_ms=house.clock.now_ms(),
        state="abandoned",
        because=f"abandoned by {who(house.environment)}",
        exit_code=3,
    )
    journal.write(execution.id, [stopped])
