"""A small execution with every outcome and with hostile text in it, as a report source."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import pytest

from runner.model.plan import PlannedSandbox
from runner.model.report import Execution, FlowCount, ResultRow, Tally, WorstFlows
from runner.model.session import Session
from runner.model.words import ExecutionId, FlowId, SandboxName
from runner.report import KINDS_WITH_FLOWS, MOST_FLOWS

EXECUTION_ID = ExecutionId("20261120-0200-k3v9")
ASKED_MS = 1_795_140_000_123


@dataclass(frozen=True, slots=True)
class ListSource:
    """A report source over values in memory; tallies are counted from the rows, as the journal does."""

    execution: Execution
    listed: tuple[ResultRow, ...]
    event_lines: tuple[str, ...] = ()

    def rows(self) -> Iterator[ResultRow]:
        return iter(self.listed)

    def tallies(self) -> Sequence[Tally]:
        counts = Counter(
            (r.sandbox, r.outcome, r.reason, r.recovery, r.wave is not None) for r in self.listed
        )
        twice = Counter(
            (r.sandbox, r.outcome, r.reason, r.recovery, r.wave is not None)
            for r in self.listed
            if r.duplicated_by
        )
        return [
            Tally(
                sandbox=key[0],
                outcome=key[1],
                reason=key[2],
                recovery=key[3],
                count=count,
                is_planned=key[4],
                duplicated=twice[key],
            )
            for key, count in counts.items()
        ]

    def worst_flows(self) -> dict[str, WorstFlows]:
        counts: dict[str, Counter[tuple[str, str, str]]] = {}
        for row in self.listed:
            kind = row.reason.partition(":")[0] if row.outcome == "skipped" else row.outcome
            kind = row.recovery if kind == "retriggered" else kind
            if row.wave is not None and kind in KINDS_WITH_FLOWS:
                flow = (row.sandbox, row.flow_id, row.flow_name)
                counts.setdefault(kind, Counter())[flow] += 1
        return {
            kind: WorstFlows(flows=tuple(map(_flow, each.most_common(MOST_FLOWS))), of=len(each))
            for kind, each in counts.items()
        }

    def sessions(self) -> Sequence[Session]:
        ended_ms = self.execution.finished_at_ms or self.execution.started_at_ms
        return [Session(from_ms=self.execution.started_at_ms, to_ms=ended_ms)]

    def events(self) -> Iterator[str]:
        return iter(self.event_lines)


def _flow(counted: tuple[tuple[str, str, str], int]) -> FlowCount:
    (sandbox, flow_id, flow_name), runs = counted
    return FlowCount(sandbox=sandbox, flow_id=FlowId(flow_id), flow_name=flow_name, runs=runs)


def make_execution(**changes: object) -> Execution:
    execution = Execution(
        id=EXECUTION_ID,
        state="finished",
        spec_name="inc-2041-s3-outage",
        reason="INC-2041: expired S3 key",
        ticket="https://tickets.example.com/INC-2041",
        org_id="ABC@AdobeOrg",
        platform_url="https://platform.adobe.io",
        spec_path="specs/inc-2041.yaml",
        spec_sha256="5" * 64,
        spec_text="version: 1\nname: inc-2041-s3-outage\r\n# Zürich\n",
        plan_sha256="9" * 64,
        sandboxes=(
            PlannedSandbox(name=SandboxName("prod"), type="production", region="VA7"),
            PlannedSandbox(name=SandboxName("stage"), type="development", region="VA7"),
        ),
        planned=7,
        passed_over=1,
        who="maria",
        host="ci-runner-7",
        ci_job_url="https://ci.example.com/jobs/81",
        tool_version="0.9.0",
        reports_directory=f"reports/{EXECUTION_ID}",
        planned_at_ms=ASKED_MS - 60_000,
        started_at_ms=ASKED_MS - 1_000,
        finished_at_ms=ASKED_MS + 89_000,
        stopped_because="",
        exit_code=4,
    )
    return replace(execution, **changes)  # type: ignore[arg-type]  # keywords of Execution


def make_row(number: int, **changes: object) -> ResultRow:
    row = ResultRow(
        execution_id=EXECUTION_ID,
        sandbox="prod",
        flow_id="c0cb4b5b-0001",
        flow_name="S3 orders",
        old_run_id=f"old-{number}",
        old_etag=f'"{number:04d}-etag"',
        old_status="failed",
        old_error_code="CONNECTOR-1001-500",
        outcome="retriggered",
        reason="",
        evidence="response",
        new_run_id=f"new-{number}",
        new_etag=f'"{number:04d}-new"',
        new_status="success",
        recovery="recovered",
        records_in=100,
        records_out=99,
        attempts=1,
        http_status=200,
        request_id=f"request-{number}",
        wave=1,
        asked_at_ms=ASKED_MS,
        settled_at_ms=ASKED_MS + 877,
    )
    return replace(row, **changes)  # type: ignore[arg-type]  # keywords of ResultRow


_NOT_DONE: dict[str, object] = {
    "evidence": "",
    "new_run_id": "",
    "new_etag": "",
    "new_status": "",
    "recovery": "",
    "records_in": None,
    "records_out": None,
}
_NEVER_ASKED: dict[str, object] = {
    "attempts": 0,
    "http_status": None,
    "request_id": "",
    "asked_at_ms": None,
    "settled_at_ms": None,
}


def all_kinds_of_rows() -> tuple[ResultRow, ...]:
    return (
        make_row(1),
        make_row(
            2,
            recovery="failed_again",
            new_status="failed",
            reason="CONNECTOR-1001-500 (the same as before)",
            records_in=-1,
        ),
        make_row(
            3, outcome="refused", reason="1388-400 flow is disabled", http_status=400, **_NOT_DONE
        ),
        make_row(
            4,
            outcome="gave_up",
            reason="HTTP 429 on the last of 5 attempts",
            attempts=5,
            http_status=429,
            **_NOT_DONE,
        ),
        make_row(
            5,
            outcome="unresolved",
            reason="no answer within 75s",
            http_status=None,
            sandbox="stage",
            **_NOT_DONE,
        ),
        make_row(6, outcome="not_attempted", sandbox="stage", **{**_NOT_DONE, **_NEVER_ASKED}),
        make_row(7, outcome="", sandbox="stage", wave=2, **{**_NOT_DONE, **_NEVER_ASKED}),
        make_row(
            8,
            outcome="skipped",
            reason="benign_duplicate",
            wave=None,
            **{**_NOT_DONE, **_NEVER_ASKED},
        ),
    )


def hostile_row() -> ResultRow:
    return make_row(
        9,
        sandbox="prod",
        flow_name='=HYPERLINK("https://evil.example")|`</title><script>alert(1)</script> @team ![x](y)',
        old_run_id="::error::boo",
        old_etag='"=1+1"',
        old_status="\x1b[31mfailed\x00",
        old_error_code="＝cmd",
        outcome="refused",
        reason="]]> <b>&amp;\u202eevil\ud800\nsecond line;=A1\ufffe",
        evidence="",
        new_run_id="+1",
        new_etag="-1",
        new_status="@SUM(A1)",
        recovery="",
        request_id="\t=1",
    )


@pytest.fixture
def execution() -> Callable[..., Execution]:
    return make_execution


@pytest.fixture(scope="session")
def row() -> Callable[..., ResultRow]:
    return make_row


@pytest.fixture
def source() -> ListSource:
    events = ('{"n":1,"what":"started"}', '{"n":2,"what":"finished"}')
    return ListSource(make_execution(), all_kinds_of_rows(), events)


@pytest.fixture
def hostile_source() -> ListSource:
    execution = make_execution(
        spec_name="<script>alert(1)</script>",
        reason="=cmd|' /C calc'!A0 \x1b]8;;https://evil\x07 ::error::x\u202e",
        ticket="javascript:alert(1)",
        ci_job_url='https://ci.example.com/"><script>',
        host="a|b`c\\|d",
        stopped_because="]]>\x00\ud800",
        state="stopped",
        planned=1,
        passed_over=0,
    )
    return ListSource(execution, (hostile_row(),))


@pytest.fixture(scope="session")
def source_of() -> Callable[..., ListSource]:
    def build(*rows: ResultRow, events: Sequence[str] = (), **changes: object) -> ListSource:
        return ListSource(make_execution(**changes), rows, tuple(events))

    return build
