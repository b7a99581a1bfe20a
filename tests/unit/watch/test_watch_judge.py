"""What became of a new run: a table, and what holds whatever the platform says."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model.platform import Run, RunError
from runner.model.recovery import Awaited, Recovered
from runner.model.words import ETag, FlowId, Recovery, RunId, SandboxName
from runner.watch import recovery_of
from runner.watch.judge import is_as_before, not_ended
from tests.fakes.runs import bare_run

NewRun = Callable[..., Run]
AT = 1_763_600_000_000
OLD_CODE = "CONNECTOR-1001-500"

EMPTY = "no records came in: its data was probably outside the window of the original run"


@pytest.mark.parametrize(
    ("status", "more", "recovery", "reason"),
    [
        ("success", {"records_in": 9, "records_out": 9}, "recovered", ""),
        ("success", {"records_in": 9}, "recovered", ""),
        ("success", {"records_out": 9}, "recovered", ""),
        ("Success", {"records_in": 9, "records_out": 8}, "recovered", ""),
        ("SUCCESS", {}, "recovered", "the platform does not say how many records"),
        (
            "success",
            {"records_in": -1, "records_out": -1},
            "recovered",
            "the platform does not say how many records",
        ),
        ("success", {"records_in": 0, "records_out": 0}, "recovered_empty", EMPTY),
        ("success", {"records_in": 0}, "recovered_empty", EMPTY),
        ("success", {"records_out": 0}, "recovered_empty", EMPTY),
        (
            "success",
            {"records_in": 9, "records_out": 0},
            "recovered_empty",
            "records came in, but none was written",
        ),
        ("partialSuccess", {"records_in": 9, "records_out": 8}, "partial", "partialSuccess"),
        ("PARTIAL_FAILURE", {}, "partial", "PARTIAL_FAILURE"),
        (
            "partialFailure",
            {"code": "133"},
            "partial",
            "partialFailure: 133 (CONNECTOR-1001-500 before)",
        ),
        ("failed", {"code": OLD_CODE}, "failed_again", "CONNECTOR-1001-500 (the same as before)"),
        ("Failed", {"code": "133"}, "failed_again", "133 (CONNECTOR-1001-500 before)"),
        ("FAILED", {}, "failed_again", "no error given (CONNECTOR-1001-500 before)"),
        ("failed", {"message": "lost"}, "failed_again", "lost (CONNECTOR-1001-500 before)"),
    ],
)
def test_a_run_that_has_ended_is_told_by_its_status_records_and_error(
    new_run: NewRun, status: str, more: dict[str, Any], recovery: str, reason: str
) -> None:
    told = recovery_of(new_run(status, **more), old_error_code=OLD_CODE)

    assert told is not None
    assert (told.recovery, told.reason) == (recovery, reason)


@pytest.mark.parametrize(
    "status",
    ["inProgress", "queued", "scheduled", "Processing", "", "completed", "successful", "x"],
)
def test_a_status_that_is_no_known_end_is_waited_for(new_run: NewRun, status: str) -> None:
    assert recovery_of(new_run(status, records_in=0, code="1"), old_error_code="1") is None


@pytest.mark.parametrize(
    ("status", "more", "reason"),
    [
        ("aborted", {}, "it has ended as aborted, and nobody knows what that means"),
        ("completed", {}, "it has ended as completed, and nobody knows what that means"),
        ("Failure", {}, "it has ended as Failure, and nobody knows what that means"),
        (
            "aborted",
            {"code": "133"},
            "it has ended as aborted, and nobody knows what that means: 133 (CONNECTOR-1001-500 before)",
        ),
        ("", {}, "it has ended, and the platform gives no status"),
        (
            "x" * 100,
            {},
            f"it has ended as {'x' * 79}…, and nobody knows what that means",
        ),
    ],
)
def test_a_run_with_an_end_and_a_status_that_nobody_knows_has_ended_as_unknown(
    new_run: NewRun, status: str, more: dict[str, Any], reason: str
) -> None:
    run = new_run(status, completed_at_ms=AT + 60_000, **more)

    told = recovery_of(run, old_error_code=OLD_CODE, ended_after_ms=AT, now_ms=AT + 60_000)

    assert told
    assert (told.recovery, told.reason, told.status) == ("unknown", reason, status)
    assert told.has_ended


@pytest.mark.parametrize(
    ("status", "times"),
    [
        ("aborted", {"completed_at_ms": None}),
        ("aborted", {"completed_at_ms": AT + 60_001}),  # to come
        ("aborted", {"completed_at_ms": 1_000}),  # a placeholder
        ("aborted", {"started_at_ms": AT + 9_000, "completed_at_ms": AT + 8_999}),
        ("aborted", {"completed_at_ms": AT}),  # the old run's own end
        ("aborted", {"created_at_ms": AT + 3_600_000, "completed_at_ms": AT + 30_000}),
        ("inProgress", {"completed_at_ms": AT + 30_000}),
        ("In Progress", {"completed_at_ms": AT + 30_000}),
        ("QUEUED", {"completed_at_ms": AT + 30_000}),
        ("scheduled", {"completed_at_ms": AT + 30_000}),
        ("Processing", {"completed_at_ms": AT + 30_000}),
        ("Waiting", {"completed_at_ms": AT + 30_000}),
    ],
)
def test_a_run_that_is_under_way_or_whose_end_is_none_is_waited_for(
    new_run: NewRun, status: str, times: dict[str, Any]
) -> None:
    run = new_run(status, **times)

    assert recovery_of(run, old_error_code="", ended_after_ms=AT, now_ms=AT + 60_000) is None


def test_a_run_that_ended_quickly_has_ended_though_its_entity_came_later(new_run: NewRun) -> None:
    """In Adobe's samples a run is created up to twenty seconds after its start."""
    run = new_run("aborted", started_at_ms=AT, completed_at_ms=AT + 2, created_at_ms=AT + 16_000)

    assert recovery_of(run, old_error_code="")


def test_all_that_the_platform_says_of_the_new_run_is_kept(new_run: NewRun) -> None:
    run = new_run("failed", code="133", message="the batch\x1b is bad", records_in=7, records_out=0)

    assert recovery_of(run, old_error_code="") == Recovered(
        recovery=Recovery.FAILED_AGAIN,
        reason="133",
        status="failed",
        etag=ETag('"new-1"'),
        records_in=7,
        records_out=0,
        error_code="133",
        error_message="the batch\x1b is bad",
    )


def test_a_run_that_did_not_end_in_time_is_running_and_one_never_seen_unknown(
    new_run: NewRun,
) -> None:
    seen = not_ended(new_run("queued"), waited="2h")
    unseen = not_ended(None, waited="2h")

    assert (seen.recovery, seen.reason, seen.status) == (
        "running",
        "still queued after a wait of 2h",
        "queued",
    )
    assert (unseen.recovery, unseen.reason) == (
        "unknown",
        "the platform did not list the new run within 2h",
    )
    assert not seen.has_ended
    assert not unseen.has_ended


@pytest.mark.parametrize(
    ("run", "is_before"),
    [
        ({"etag": ETag('"old-1"')}, True),
        ({"etag": ETag('"old-2"')}, False),
        ({"etag": None, "updated_at_ms": 1_763_599_940_000}, True),
        ({"etag": None, "updated_at_ms": 1_763_600_050_000}, False),
        ({"etag": None, "updated_at_ms": None}, True),
        ({"etag": None, "updated_at_ms": None, "status": "success"}, False),
    ],
)
def test_a_run_taken_up_again_under_its_own_id_counts_once_it_has_moved(
    new_run: NewRun, awaited: Callable[..., Awaited], run: dict[str, Any], *, is_before: bool
) -> None:
    again = new_run(run.pop("status", "Failed"), id=RunId("old"), **run)

    assert is_as_before(again, awaited(new_run_id=RunId("old"))) is is_before
    assert not is_as_before(again, awaited())


counts = st.none() | st.integers(0, 3)
codes = st.sampled_from(["", "1", "2"])
statuses = st.sampled_from(
    ["success", "SUCCESS", "failed", "partialSuccess", "PARTIAL_FAILURE", "inProgress", "completed"]
) | st.text(max_size=12)


@given(statuses, counts, counts, st.lists(st.builds(RunError, code=codes, message=codes)), codes)
def test_a_recovery_is_never_better_than_what_the_platform_says(
    status: str,
    records_in: int | None,
    records_out: int | None,
    errors: list[RunError],
    old_error_code: str,
) -> None:
    run = bare_run(
        id=RunId("new"),
        flow_id=FlowId("f"),
        sandbox=SandboxName("prod"),
        status=status,
        records_in=records_in,
        records_out=records_out,
        errors=tuple(errors),
    )
    told = recovery_of(run, old_error_code=old_error_code)

    if told is None:
        assert status.lower() not in ("success", "failed", "partialsuccess")
        return
    assert told.recovery not in ("running", "unknown")
    assert (told.status, told.records_in, told.records_out) == (status, records_in, records_out)
    if told.recovery == "recovered":
        assert status.lower() == "success"
        assert 0 not in (records_in, records_out)
    if told.recovery == "failed_again":
        assert ("the same" in told.reason) is bool(
            old_error_code and errors and errors[0].code == old_error_code
        )
