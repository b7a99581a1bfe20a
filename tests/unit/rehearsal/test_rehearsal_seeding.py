"""A plan's scenario holds its runs as they were pinned; a file of faults varies it, and contradicts no plan."""

from dataclasses import replace
from typing import Any

import pytest

from runner.errors import UsageError
from runner.model.plan import FoundRun, PlanHeader, PlannedRun, PlannedSandbox
from runner.model.words import ETag, FlowId, RunId, SandboxName
from runner.rehearsal import Assumed, Identity, scenario_of_plan, varied
from runner.simulator import Scenario

NOW_MS = 1_800_000_000_000
IDENTITY = Identity(client_id="me", client_secret="hush")
HEADER = PlanHeader(
    plan_version=1,
    tool_version="0",
    spec_name="inc",
    reason="why",
    ticket=None,
    org_id="ORG@AdobeOrg",
    platform_url="https://platform.example",
    spec_path="inc.yaml",
    spec_sha256="",
    spec_text="",
    created_at_ms=NOW_MS,
    expires_at_ms=NOW_MS + 1,
    sandboxes=(PlannedSandbox(name=SandboxName("prod"), type="production", region="NLD2"),),
    windows=(),
)
FOUND = FoundRun(
    sandbox=SandboxName("prod"),
    run_id=RunId("A"),
    flow_id=FlowId("F1"),
    flow_name="S3 orders",
    etag=ETag('"pinned"'),
    status="failed",
    error_code="CONNECTOR-1001-500",
    error_message="It broke.",
    created_at_ms=NOW_MS - 3_585_000,
    updated_at_ms=NOW_MS - 3_480_000,
    started_at_ms=NOW_MS - 3_600_000,
    window_start_ms=NOW_MS - 7_200_000,
    window_end_ms=NOW_MS - 3_600_000,
)


def planned(*found: FoundRun) -> list[PlannedRun]:
    return [
        PlannedRun(position=number, wave=1, lane_position=number, found=one)
        for number, one in enumerate(found, start=1)
    ]


def scenario(*found: FoundRun, **assumed: Any) -> Any:
    return scenario_of_plan(HEADER, planned(*found), assumed=Assumed(**assumed), identity=IDENTITY)


def flow(made: Any, number: int = 0) -> Any:
    return made["sandboxes"][0]["flows"][number]


def test_a_run_stands_there_as_the_plan_pinned_it() -> None:
    made = scenario(FOUND)

    assert made["organisation"] == "ORG@AdobeOrg"
    assert made["sandboxes"][0]["type"] == "production"
    assert flow(made)["id"] == "F1"
    assert flow(made)["runs"]["listed"] == [
        {
            "id": "A",
            "status": "failed",
            "error": "CONNECTOR-1001-500",
            "error_message": "It broke.",
            "started": "2027-01-15T07:00:00.000+00:00",
            "etag": '"pinned"',
            "created": "2027-01-15T07:00:15.000+00:00",
            "updated": "2027-01-15T07:02:00.000+00:00",
            "window": {
                "from": "2027-01-15T06:00:00.000+00:00",
                "to": "2027-01-15T07:00:00.000+00:00",
            },
        }
    ]


def test_the_simulator_takes_it_whatever_the_plan_does_not_know() -> None:
    bare = replace(
        FOUND,
        etag=None,
        flow_name="",
        error_code="",
        error_message="",
        created_at_ms=None,
        updated_at_ms=None,
        started_at_ms=None,
        window_start_ms=None,
        window_end_ms=None,
    )

    read = Scenario.from_dict(scenario(bare, replace(bare, run_id=RunId("B"))))

    assert [run.id for run in read.sandboxes[0].flows[0].runs.listed] == ["A", "B"]
    assert read.sandboxes[0].flows[0].name == "F1"


def test_new_runs_take_what_the_planned_runs_of_their_flow_took_else_five_minutes() -> None:
    other = replace(FOUND, run_id=RunId("B"), flow_id=FlowId("F2"), updated_at_ms=None)

    made = scenario(FOUND, other)

    assert flow(made)["retrigger"] == {"recovers": 100.0, "fails_again": 0.0, "takes": "120000ms"}
    assert flow(made, 1)["retrigger"]["takes"] == "300000ms"


def test_what_is_said_goes_before_what_is_known() -> None:
    made = scenario(FOUND, recovers_percent=90, takes_ms=1500, throttle_per_second=2)

    assert flow(made)["retrigger"] == {"recovers": 90, "fails_again": 10, "takes": "1500ms"}
    assert made["rate_limit"] == {"per_second": 2}


def test_a_file_of_faults_says_what_becomes_of_flows_by_their_names() -> None:
    other = replace(FOUND, run_id=RunId("B"), flow_id=FlowId("F2"), flow_name="SFTP invoices")
    faults = [{"do": "commit_then_drop"}]
    file = {
        "version": 1,
        "faults": faults,
        "sandboxes": [{"name": "*", "flows": [{"name": "S3 *", "retrigger": {"fails_again": 1}}]}],
    }

    made = varied(scenario(FOUND, other), file, at="faults.yaml")

    assert made["faults"] == faults
    assert flow(made)["retrigger"] == {"fails_again": 1, "takes": "120000ms"}
    assert flow(made, 1)["retrigger"]["recovers"] == 100.0


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ({"sandboxes": [{"name": "stage"}]}, "has no sandbox with name 'stage'"),
        ({"sandboxes": [{"name": "prod", "flows": [{"name": "X"}]}]}, "has no flow with name 'X'"),
        ({"sandboxes": [{"name": "prod", "flows": [{"runs": {}}]}]}, "the plan decides this"),
        ({"organisation": "other"}, "the plan decides this"),
    ],
)
def test_a_file_that_does_not_fit_the_plan_is_refused(file: Any, says: str) -> None:
    with pytest.raises(UsageError) as refused:
        varied(scenario(FOUND), file, at="faults.yaml")

    assert says in str(refused.value)
    assert str(refused.value).startswith("faults.yaml")
