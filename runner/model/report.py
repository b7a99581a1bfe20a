"""What reports are made of: rows in the order of ``results.csv``, and who did what, where and why."""

from dataclasses import dataclass, field

from runner.model.plan import PlannedSandbox
from runner.model.words import ExecutionId, FlowId


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """One run of an execution; the fields are the columns of ``results.csv``, in that order, but for the last ones.

    Text is the platform's own where it is the platform's, verbatim. Times are epoch milliseconds here and ISO 8601
    in files. ``wave`` is None for a run that was passed over.
    """

    execution_id: ExecutionId
    sandbox: str
    flow_id: str
    flow_name: str
    old_run_id: str
    old_etag: str
    old_status: str
    old_error_code: str
    outcome: str
    reason: str
    evidence: str
    new_run_id: str
    new_etag: str
    new_status: str
    recovery: str
    records_in: int | None
    records_out: int | None
    attempts: int
    http_status: int | None
    request_id: str
    wave: int | None
    asked_at_ms: int | None
    settled_at_ms: int | None
    duplicated_by: str = ""
    """Other new runs of the same data that this journal does not know, separated by ", "."""
    window_start_ms: int | None = field(default=None, metadata={"column": False})
    window_end_ms: int | None = field(default=None, metadata={"column": False})
    """The span of data that the run loads, where it is known: for names that people read, and no column."""

    @property
    def was_asked(self) -> bool:
        """Whether a request for it may have left; one that was throttled counts as no attempt, but was answered."""
        return self.attempts > 0 or self.http_status is not None


IN_FLIGHT = "in_flight"
"""Stands for the outcome of a planned run that was asked for by somebody who is still at work."""

REHEARSAL = "rehearsal-"
"""What the id of an execution begins with that took place on a simulated platform, on virtual time."""


AGAIN, NO_WAIT, DEMO = "--again", "--no-wait", "demo"
"""What `options` of an execution may hold: what `apply` was told, or that it is the demo: its platform ends with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where and how an execution is worked, as the person gave it: what it takes to go on with it."""

    working_folder: str
    journal_place: str
    applied: str
    options: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One go over one plan, as the journal knows it. Times are epoch milliseconds; None: not yet."""

    id: ExecutionId
    state: str
    """``running``, ``interrupted``, ``stopped``, ``finished`` or ``abandoned``."""
    spec_name: str
    reason: str
    ticket: str | None
    org_id: str
    platform_url: str
    spec_path: str
    spec_sha256: str
    spec_text: str
    plan_sha256: str
    sandboxes: tuple[PlannedSandbox, ...]
    planned: int
    passed_over: int
    who: str
    host: str
    ci_job_url: str
    tool_version: str
    reports_directory: str
    """The folder of this execution's reports, as the spec gives it: relative to the working folder or absolute."""
    report_formats: str = ""
    """The asked-for formats, separated by blanks."""
    planned_at_ms: int
    started_at_ms: int
    finished_at_ms: int | None
    stopped_because: str
    exit_code: int | None
    working_folder: str = ""
    """Where it was worked last, an absolute path: to be there when its commands are given; empty: not known."""
    journal_place: str = ""
    """Its journal, as it was given there."""
    applied: str = ""
    """The spec or plan that was applied there, as it was given; empty: a one-off, its spec is kept with its reports."""
    options: str = ""
    """The options of `apply` that matter for going on with it, separated by blanks."""

    @property
    def is_rehearsal(self) -> bool:
        """Whether nothing of it ever left this machine."""
        return self.id.startswith(REHEARSAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many rows share these words: the cells from which every total is added up."""

    sandbox: str
    outcome: str
    """Empty: planned and not settled yet."""
    reason: str
    recovery: str
    count: int
    is_planned: bool = True
    """Whether they belong to the plan; those that it passed over do not."""
    duplicated: int = 0
    """How many of them were re-triggered by somebody else too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowCount:
    """How many planned runs of a flow are of one kind."""

    sandbox: str
    flow_id: FlowId
    flow_name: str
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstFlows:
    """The flows with most runs of one kind, those with most first, and of how many flows in all."""

    flows: tuple[FlowCount, ...]
    of: int
