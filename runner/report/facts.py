"""The facts at the head of the pages for people: who did what, where, why and when.

Pure. Values are verbatim; the page that shows them makes them safe.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from runner.model.report import Execution
from runner.model.session import Session, worked_in_words
from runner.model.text import person_time
from runner.model.words import ReportFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of the head. ``foreign``: written by others, to be made safe as text and not read as ours."""

    label: str
    value: str
    foreign: bool


REHEARSED = (
    "A rehearsal: nothing was sent anywhere, no run was re-triggered, and its times are virtual."
)


FILE_NAMES = {
    ReportFormat.CSV: "results.csv",
    ReportFormat.JSON: "results.json",
    ReportFormat.MARKDOWN: "summary.md",
    ReportFormat.HTML: "report.html",
    ReportFormat.JUNIT: "junit.xml",
}
"""What each format is called in an execution's folder; ``events.jsonl`` and ``spec.yaml`` are always there."""
_WITH_EVERY_RUN = (ReportFormat.CSV, ReportFormat.JSON, ReportFormat.JUNIT)


def rows_file(execution: Execution) -> str:
    """Return the file that names every run: of those that are written, the handiest."""
    formats = execution.report_formats.split() or [ReportFormat.CSV]
    names = [FILE_NAMES[kind] for kind in _WITH_EVERY_RUN if kind in formats]
    return names[0] if names else "events.jsonl"


DUPLICATED = "Re-triggered elsewhere too"
WHY_DUPLICATED = (
    "Another new run that this journal does not know loads the same data: it may be loaded twice. How that is known "
    "of each is in `events.jsonl`; what only its maker tells of is taken back when its data window shows otherwise."
)


def headline(execution: Execution) -> str:
    """Return what kind of report a page is."""
    return "Rehearsal report" if execution.is_rehearsal else "Re-trigger report"


def facts_of(execution: Execution, sessions: Sequence[Session]) -> tuple[Fact, ...]:
    """Return the facts in the order a reader asks for them; those that are empty are left out."""
    facts = (
        _foreign("Reason", execution.reason),
        _foreign("Ticket", execution.ticket or ""),
        _foreign("State", execution.state),
        _foreign("Stopped because", execution.stopped_because),
        _ours("Exit code", "" if execution.exit_code is None else str(execution.exit_code)),
        _ours("Planned runs", f"{execution.planned:,}"),
        _ours("Passed over", f"{execution.passed_over:,}"),
        _foreign("Sandboxes", _sandboxes(execution)),
        _foreign("Organisation", execution.org_id),
        _foreign("Platform", execution.platform_url),
        _foreign("Who", execution.who),
        _foreign("Host", execution.host),
        _foreign("CI job", execution.ci_job_url),
        _ours("Planned at", person_time(execution.planned_at_ms)),
        _ours("Started at", person_time(execution.started_at_ms)),
        _ours("Finished at", person_time(execution.finished_at_ms)),
        _ours("Duration", duration_of(execution, sessions)),
        _foreign("Execution", execution.id),
        _foreign("Spec", execution.spec_path),
        _foreign("Spec SHA-256", execution.spec_sha256),
        _foreign("Plan SHA-256", execution.plan_sha256),
        _foreign("Tool", f"retrigger {execution.tool_version}"),
    )
    return tuple(fact for fact in facts if fact.value)


def duration_of(execution: Execution, sessions: Sequence[Session]) -> str:
    """Return how long an execution was worked; empty while it has not come to rest."""
    return "" if execution.finished_at_ms is None else worked_in_words(sessions)


def _sandboxes(execution: Execution) -> str:
    return ", ".join(
        f"{sandbox.name} ({sandbox.type})" if sandbox.type else sandbox.name
        for sandbox in execution.sandboxes
    )


def _foreign(label: str, value: str) -> Fact:
    return Fact(label=label, value=value, foreign=True)


def _ours(label: str, value: str) -> Fact:
    return Fact(label=label, value=value, foreign=False)
