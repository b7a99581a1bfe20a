"""Small plans and entries for tests of the journal: a word says the flow, its place among its like the run."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from runner.journal import (
    Claimed,
    Halted,
    Journal,
    NewExecution,
    Noted,
    Released,
    Settled,
    Stopped,
    Watched,
)
from runner.model.lease import Holder
from runner.model.plan import FoundRun, PassedOver, PlannedRun, PlannedSandbox
from runner.model.recovery import Recovered
from runner.model.report import Execution, Tally
from runner.model.words import (
    ETag,
    Evidence,
    ExecutionId,
    FlowId,
    OutcomeKind,
    Recovery,
    RunId,
    SandboxName,
    SkipReason,
)

MakeJournal = Callable[[], Journal]
OpenJournal = Callable[[str], Journal]

ORG = "ORG@AdobeOrg"
AT = 1_763_600_000_000
FIRST, SECOND = ExecutionId("first"), ExecutionId("second")


def an_execution(name: ExecutionId = FIRST, **changes: object) -> Execution:
    made = Execution(
        id=name,
        state="running",
        spec_name="inc-2041",
        reason="INC-2041: expired key",
        ticket=None,
        org_id=ORG,
        platform_url="https://platform.adobe.io",
        spec_path="specs/inc-2041.yaml",
        spec_sha256="a" * 64,
        spec_text="version: 1\n",
        plan_sha256="b" * 64,
        sandboxes=(PlannedSandbox(name=SandboxName("prod"), type="production", region="VA7"),),
        planned=0,
        passed_over=0,
        who="ada",
        host="laptop",
        ci_job_url="",
        tool_version="1.0",
        reports_directory="reports/first",
        report_formats="csv json",
        planned_at_ms=AT - 1000,
        started_at_ms=AT,
        finished_at_ms=None,
        stopped_because="",
        exit_code=None,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the fields are named by each test


def a_found(flow: str, run: str, *, sandbox: str = "prod", **changes: object) -> FoundRun:
    made = FoundRun(
        sandbox=SandboxName(sandbox),
        run_id=RunId(run),
        flow_id=FlowId(flow),
        flow_name=f"Flow {flow}",
        etag=ETag(f'"{run}"'),
        status="failed",
        error_code="CONNECTOR-1001",
        error_message="the key expired",
        created_at_ms=AT - 3000,
        updated_at_ms=AT - 2000,
        started_at_ms=AT - 2500,
        window_start_ms=None,
        window_end_ms=None,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # likewise


def some_runs(words: str, *, prefix: str = "") -> list[PlannedRun]:
    """``a b a`` is a plan of three: a's first run, b's first, a's second; ``stage/a`` names another sandbox."""
    counts: dict[str, int] = {}
    runs = []
    for position, word in enumerate(words.split(), start=1):
        counts[word] = counts.get(word, 0) + 1
        sandbox, _, flow = word.rpartition("/")
        name = f"{prefix}{word.replace('/', '-')}-{counts[word]}"
        found = a_found(flow, name, sandbox=sandbox or "prod")
        runs.append(PlannedRun(position=position, wave=1, lane_position=counts[word], found=found))
    return runs


def some_passed_over(count: int) -> list[PassedOver]:
    return [
        PassedOver(
            found=a_found("z", f"z-{number}"), reason=SkipReason.NOT_FAILED, detail="it succeeded"
        )
        for number in range(1, count + 1)
    ]


def begun(
    journal: Journal,
    words: str,
    *,
    name: ExecutionId = FIRST,
    prefix: str = "",
    passed_over: Iterable[PassedOver] = (),
    **changes: object,
) -> list[PlannedRun]:
    runs = some_runs(words, prefix=prefix)
    journal.begin(
        NewExecution(
            execution=an_execution(name, **changes), passed_over=passed_over, runs=iter(runs)
        )
    )
    return runs


def claimed(run: PlannedRun, *, attempt: int = 1, at_ms: int = AT + 10) -> Claimed:
    return Claimed(
        at_ms=at_ms,
        position=run.position,
        run_id=run.found.run_id,
        attempt=attempt,
        request_id=f"q{run.position}-{attempt}",
        send_by_ms=at_ms + 1000,
    )


def released(run: PlannedRun, *, attempt: int = 1, counts: bool = True) -> Released:
    return Released(
        at_ms=AT + 20,
        position=run.position,
        run_id=run.found.run_id,
        attempt=attempt,
        counts=counts,
        why="HTTP 429",
        http_status=429,
        request_id="gw-1",
    )


def retriggered(run: PlannedRun, *, attempts: int = 1) -> Settled:
    return Settled(
        at_ms=AT + 30,
        position=run.position,
        run_id=run.found.run_id,
        outcome=OutcomeKind.RETRIGGERED,
        evidence=Evidence.RESPONSE,
        new_run_id=RunId(f"new-{run.found.run_id}"),
        new_etag=ETag(f'"new-{run.found.run_id}"'),
        attempts=attempts,
        http_status=200,
        request_id="gw-2",
        asked_at_ms=AT + 10,
    )


def settled(
    run: PlannedRun, outcome: OutcomeKind, *, reason: str = "", at_ms: int = AT + 30
) -> Settled:
    return Settled(
        at_ms=at_ms,
        position=run.position,
        run_id=run.found.run_id,
        outcome=outcome,
        reason=reason,
        attempts=0 if outcome is OutcomeKind.SKIPPED else 1,
    )


def unresolved(run: PlannedRun) -> Settled:
    return settled(run, OutcomeKind.UNRESOLVED, reason="no answer within 75 s")


def watched(
    run: PlannedRun, recovery: Recovery, *, reason: str = "", status: str = "failed"
) -> Watched:
    recovered = Recovered(
        recovery=recovery,
        reason=reason,
        status=status,
        records_in=0,
        error_code="CONNECTOR-1001",
        error_message="the key expired",
    )
    return Watched(
        at_ms=AT + 35, position=run.position, run_id=run.found.run_id, recovered=recovered
    )


def halted(*lanes: int, because: str = "its flow is held") -> Halted:
    return Halted(at_ms=AT + 40, lanes=lanes, because=because)


def noted(what: str) -> Noted:
    return Noted(at_ms=AT + 50, what=what, facts={"seconds": 1.5, "why": None})


def stopped(state: str = "stopped", *, because: str = "20 failures in a row") -> Stopped:
    return Stopped(at_ms=AT + 60, state=state, because=because, exit_code=3)


def a_holder(name: str = "one") -> Holder:
    return Holder(id=name, who="ada", host="laptop", process='{"pid": 1}')


def outcomes(journal: Journal, name: ExecutionId = FIRST) -> list[tuple[str, str, str, int]]:
    """What a reader sees of each row: old run, outcome, reason, attempts."""
    return [(r.old_run_id, r.outcome, r.reason, r.attempts) for r in journal.rows(name)]


def counted(tallies: Iterable[Tally]) -> dict[tuple[str, str, str, str], int]:
    cells: dict[tuple[str, str, str, str], int] = {}
    for tally in tallies:
        key = (tally.sandbox, tally.outcome, tally.reason, tally.recovery)
        assert key not in cells, f"two cells for {key}"
        cells[key] = tally.count
    return cells
