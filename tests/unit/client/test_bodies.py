"""The platform's JSON as our values: every spelling that its documents show, and no JSON that breaks the reading."""

import re
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.client.bodies import flow_of, flow_spec_of, items, run_of, sandbox_of
from runner.client.json_values import parsed
from runner.model.platform import DataWindow, Flow, FlowSpec, Run, RunError, Sandbox
from runner.model.words import ETag, FlowId, RunId, SandboxName
from tests.fakes.runs import bare_run

PROD = SandboxName("prod")

# Trimmed from the sample payloads of the alert rules guide.
FAILED: dict[str, Any] = {
    "id": "f0b809c5",
    "createdAt": 1693538438769,
    "updatedAt": 1693539887893,
    "createdBy": "acp_foundation_connectors@AdobeID",
    "createdClient": "acp_foundation_connectors",
    "sandboxName": "dev",
    "flowId": "c0cb4b5b",
    "flowSpec": {"id": "9753525b", "version": "1.0"},
    "parentFlowRunId": "p",
    "etag": '"56010101-0000-1b00-0000-64f15e2f0000"',
    "metrics": {
        "durationSummary": {"startedAtUTC": 1693538422921, "completedAtUTC": 1693539869854},
        "sizeSummary": {"inputBytes": -1},
        "recordSummary": {
            "inputRecordCount": 10,
            "outputRecordCount": 0,
            "failedInfo": [{"code": "2200", "message": "A connection attempt failed"}],
        },
        "statusSummary": {
            "status": "failed",
            "errors": [{"code": "CONNECTOR-1001-500", "message": "Error in copying"}],
        },
    },
    "activities": [
        {
            "id": "4f008a00",
            "statusSummary": {
                "status": "failed",
                "errors": [
                    {"code": "CONNECTOR-1001-500", "message": "Error in copying"},
                    {"code": "140", "message": "already ingested"},
                ],
                "extensions": {"errorDetail": "ErrorCode=SftpNetworkIssue,no answer"},
            },
        }
    ],
}


def run(**changes: Any) -> Run:
    found = run_of({"id": "r", **changes}, PROD)
    assert found
    return found


def test_a_failed_run_is_read_whole() -> None:
    assert run_of(FAILED, PROD) == Run(
        id=RunId("f0b809c5"),
        flow_id=FlowId("c0cb4b5b"),
        sandbox=PROD,
        etag=ETag('"56010101-0000-1b00-0000-64f15e2f0000"'),
        status="failed",
        created_at_ms=1693538438769,
        updated_at_ms=1693539887893,
        started_at_ms=1693538422921,
        completed_at_ms=1693539869854,
        created_by="acp_foundation_connectors@AdobeID",
        created_client="acp_foundation_connectors",
        flow_spec_id="9753525b",
        parent_run_id="p",
        records_in=10,
        records_out=0,
        errors=(
            RunError(code="CONNECTOR-1001-500", message="Error in copying"),
            RunError(code="140", message="already ingested"),
            RunError(code="CONNECTOR-1001-500", message="ErrorCode=SftpNetworkIssue,no answer"),
            RunError(code="2200", message="A connection attempt failed"),
        ),
        window=None,
    )


def test_a_run_of_which_only_the_id_is_known_is_a_run() -> None:
    assert run() == bare_run(id=RunId("r"), sandbox=PROD)


@pytest.mark.parametrize("key", ["etag", "eTag"])
def test_both_spellings_of_the_etag_are_read_with_their_quotes(key: str) -> None:
    assert run(**{key: '"e"'}).etag == '"e"'


@pytest.mark.parametrize("key", ["completedAtUTC", "stoppedAtUTC"])
def test_both_spellings_of_the_end_are_read(key: str) -> None:
    assert run(metrics={"durationSummary": {key: 1693539869854}}).completed_at_ms == 1693539869854


@pytest.mark.parametrize("key", ["activities", "activites"])
def test_both_spellings_of_activities_are_read(key: str) -> None:
    activity = {
        "statusSummary": {"errors": [{"code": 133, "message": "no files"}]},
        "durationSummary": {"extensions": {"windowStart": 1000, "windowEnd": 1600000000000}},
    }
    found = run(**{key: [activity]})
    assert found.errors == (RunError(code="133", message="no files"),)
    assert found.window == DataWindow(start_ms=1000_000, end_ms=1600000000000)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (1693538438, 1693538438000),
        (1693538438769, 1693538438769),
        ("1693538438", 1693538438000),
        ("1693538438769", 1693538438769),
        (" 1693538438769\n", 1693538438769),
        (1693538438.5, 1693538438500),
        (0, None),
        (-1, None),
        (True, None),
        ("", None),
        ("soon", None),
        ("2023-09-01T00:00:00Z", 1693526400000),
        ("2023-09-01T02:00:00.250+02:00", 1693526400250),
        (" 2023-09-01T00:00:00Z ", 1693526400000),
        ("2023-09-01T00:00:00", None),  # of no zone
        ("2023-09-01T25:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("\u0661\u0662", None),  # digits that are no ASCII
        (1e300, None),
        (float("inf"), None),
        (float("nan"), None),
        (10**30, None),
        ("9" * 5000, None),
        ([], None),
        (None, None),
    ],
    ids=lambda value: str(value)[:16],
)
def test_moments_are_milliseconds_whatever_they_came_as(value: Any, moment: int | None) -> None:
    assert run(createdAt=value).created_at_ms == moment


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (0, 0),
        (7, 7),
        (7.0, 7),
        (-1, None),
        (True, None),
        (0.5, None),
        ("0", 0),
        ("12", 12),
        (" 7 ", 7),
        ("\u00a07\n", 7),
        ("007", 7),
        ("12.0", 12),
        ("-1", None),
        ("-0", None),
        ("+7", None),
        ("12.5", None),
        ("12.00", None),
        ("1.234", None),
        ("1,234", None),
        ("1_000", None),
        ("1 000", None),
        ("1e3", None),
        ("0x10", None),
        ("n/a", None),
        ("", None),
        ("NaN", None),
        ("Infinity", None),
        ("\u0667", None),  # a digit that is no ASCII
        ("9" * 16, None),
        ("9" * 5000, None),
        ([7], None),
        (None, None),
        (float("inf"), None),
        (float("nan"), None),
    ],
    ids=lambda value: str(value)[:16],
)
def test_counts_are_whole_numbers_from_zero_up_whatever_they_came_as(
    value: Any, count: int | None
) -> None:
    found = run(metrics={"recordSummary": {"inputRecordCount": value, "outputRecordCount": value}})
    assert (found.records_in, found.records_out) == (count, count)


@pytest.mark.parametrize(
    ("changes", "window"),
    [
        (
            {"params": {"windowStartTime": "1700000000", "windowEndTime": "1700003600"}},
            DataWindow(start_ms=1_700_000_000_000, end_ms=1_700_003_600_000),
        ),
        (
            {"params": {"windowStartTime": 1_700_000_000_000, "windowEndTime": 1_700_003_600_000}},
            DataWindow(start_ms=1_700_000_000_000, end_ms=1_700_003_600_000),
        ),
        (
            {"params": {"windowEndTime": "1700003600"}},
            DataWindow(start_ms=None, end_ms=1_700_003_600_000),
        ),
        ({"params": {"windowStartTime": "x"}}, None),
        (
            {
                "params": {"windowStartTime": "1700000000"},
                "activities": [{"durationSummary": {"extensions": {"windowStart": 1}}}],
            },
            DataWindow(start_ms=1_700_000_000_000, end_ms=None),
        ),
        (
            {
                "activities": [
                    {"durationSummary": {}},
                    "no activity",
                    {"durationSummary": {"extensions": {"windowStart": 1_700_000_000_000}}},
                ]
            },
            DataWindow(start_ms=1_700_000_000_000, end_ms=None),
        ),
    ],
)
def test_the_data_window_is_of_the_parameters_or_of_an_activity(
    changes: dict[str, Any], window: DataWindow | None
) -> None:
    assert run(**changes).window == window


def test_ids_and_codes_that_are_whole_numbers_are_ids_and_codes() -> None:
    """A guide to filtering shows runs asked for as ``id==736873,9485095``."""
    error = {"code": 140, "message": "m"}
    metrics = {"statusSummary": {"errors": [error, {"code": True}, {"code": 1.5}]}}
    found = run(id=736873, flowId=12, flowSpec={"id": 3}, parentFlowRunId=0, metrics=metrics)
    assert (found.id, found.flow_id, found.flow_spec_id, found.parent_run_id) == (
        "736873",
        "12",
        "3",
        "0",
    )
    assert found.errors == (RunError(code="140", message="m"),)
    assert run_of({"id": 10**300}, PROD) is None
    assert list(items({"id": 7})) == [{"id": 7}]


def test_half_a_surrogate_pair_is_replaced_so_that_it_can_be_stored() -> None:
    body = parsed(b'{"id": "a\\ud800b", "createdBy": "\\udc00", "etag": "\\ud83d\\ude00"}')
    assert isinstance(body, dict)
    found = run_of(body, PROD)
    assert found
    assert (found.id, found.created_by, found.etag) == ("a?b", "?", "😀")


def test_a_flow_is_read_whole() -> None:
    assert flow_of(
        {
            "id": "f",
            "name": "S3 daily",
            "state": "enabled",
            "flowSpec": {"id": "9753525b", "version": "1.0"},
            "scheduleParams": {"startTime": "1700000000", "frequency": "hour"},
            "inheritedAttributes": {
                "properties": {"isDestinationFlow": False},
                "sourceConnections": [
                    {"id": "s", "connectionSpec": {"id": "ecadc60c", "version": "1.0"}},
                    {"id": "without"},
                ],
            },
        }
    ) == Flow(
        id=FlowId("f"),
        name="S3 daily",
        state="enabled",
        flow_spec_id="9753525b",
        is_destination=False,
        has_schedule=True,
        connection_spec_ids=("ecadc60c",),
    )


@pytest.mark.parametrize(
    ("value", "flag"), [(True, True), (False, False), ("true", None), (1, None), (None, None)]
)
def test_a_flag_that_is_no_boolean_is_not_known(value: Any, flag: bool | None) -> None:  # noqa: FBT001
    flow = flow_of({"id": "f", "inheritedAttributes": {"properties": {"isDestinationFlow": value}}})
    kind = flow_spec_of({"id": "s", "attributes": {"isSourceFlow": value}})
    assert flow
    assert kind
    assert (flow.is_destination, kind.is_source) == (flag, flag)


def test_a_kind_of_flow_is_read_whole() -> None:
    entity = {
        "id": "9753525b",
        "name": "CloudStorageToAEP",
        "attributes": {"isSourceFlow": True, "frequency": "batch"},
    }
    assert flow_spec_of(entity) == FlowSpec(
        id="9753525b", name="CloudStorageToAEP", frequency="batch", is_source=True
    )


def test_a_sandbox_is_read_whole() -> None:
    entity = {
        "name": "prod",
        "title": "Production",
        "state": "active",
        "type": "production",
        "region": "VA7",
        "isDefault": True,
    }
    assert sandbox_of(entity) == Sandbox(
        name=PROD,
        title="Production",
        state="active",
        type="production",
        region="VA7",
        is_default=True,
    )


def test_a_detail_that_is_laid_out_as_json_is_kept_as_that() -> None:
    detail = {"error": {"message": "expired client secret"}, "code": 7}
    summary = {"errors": [{"code": "c", "message": "m"}], "extensions": {"errorDetail": detail}}
    found = run(activities=[{"statusSummary": summary}])
    written = '{"code": 7, "error": {"message": "expired client secret"}}'
    assert found.errors == (RunError(code="c", message="m"), RunError(code="c", message=written))


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"items": [{"id": "a"}, 7, None, {"id": "b"}]}, [{"id": "a"}, {"id": "b"}]),
        ({"id": "a"}, [{"id": "a"}]),
        ({"items": []}, []),
        ({"items": [], "id": "a"}, []),
        ({"items": {"id": "a"}}, []),
        ({}, []),
        ([{"id": "a"}], []),
        (None, []),
        ("items", []),
    ],
)
def test_entities_are_taken_out_of_their_envelope(body: Any, found: list[Any]) -> None:
    assert list(items(body)) == found


NAMES = re.findall(
    r"\w+",
    "id flowId etag eTag createdAt updatedAt createdBy createdClient flowSpec parentFlowRunId metrics durationSummary "
    "recordSummary statusSummary status errors failedInfo code message startedAtUTC completedAtUTC stoppedAtUTC "
    "inputRecordCount outputRecordCount activities activites params windowStartTime windowEndTime extensions "
    "errorDetail windowStart windowEnd name state title type region isDefault attributes frequency isSourceFlow "
    "scheduleParams inheritedAttributes properties isDestinationFlow sourceConnections connectionSpec items",
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([10**400, "1700000000", -1, "\ud800"])
)
JSON: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)
    ),
    max_leaves=25,
)


@given(entity=st.dictionaries(st.sampled_from(NAMES), JSON, max_size=12))
def test_no_entity_whatever_breaks_the_reading(entity: dict[str, Any]) -> None:
    for found in (run_of(entity, PROD), flow_of(entity), flow_spec_of(entity), sandbox_of(entity)):
        if found is None:
            continue
        for field in fields(found):
            value = getattr(found, field.name)
            if isinstance(value, str):
                value.encode()  # can be stored
            if field.name.endswith("_ms") and value is not None:
                assert 0 < value < 10**15
            if field.name.startswith("records_") and value is not None:
                assert 0 <= value < 2**63


@given(body=JSON)
def test_no_json_whatever_breaks_the_envelope(body: Any) -> None:
    assert all(isinstance(entity, dict) for entity in items(body))


@given(
    body=st.binary(max_size=100) | st.sampled_from([b"[" * 100_000, b"1" * 5000, b"\xef\xbb\xbf{}"])
)
def test_no_bytes_whatever_break_the_parsing(body: bytes) -> None:
    parsed(body)


def errors_shown(errors: object) -> tuple[list[str], bool]:
    """Return which error codes are read, and whether others stand beside them."""
    found = run_of({"id": "r", "metrics": {"statusSummary": {"errors": errors}}}, PROD)
    assert found is not None
    return [error.code for error in found.errors], found.has_unread_errors


@pytest.mark.parametrize(
    "other",
    [
        {"code": None},
        {"message": "x"},
        {"errorCode": "A-1"},
        {"code": ["A-1"]},
        "A-1",
        {"code": " "},
    ],
)
def test_errors_without_a_code_that_can_be_read_are_noticed(other: object) -> None:
    assert errors_shown([{"code": "B-2"}, other]) == (["B-2"], True)
    assert errors_shown([other])[1]


def test_errors_that_are_read_leave_none_unread() -> None:
    assert errors_shown([{"code": "B-2"}, {"code": 140}]) == (["B-2", "140"], False)
    assert errors_shown(None) == ([], False)
    assert errors_shown({"code": "A-1"})[1]
