"""Why a planned run was skipped: what is written is read back, and only proof counts as proof."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model.platform import Run
from runner.model.skips import (
    blocking_execution,
    etag_changed,
    flow_blocked,
    proves_done,
    skip_reason_of,
    skipped_because,
    status_changed,
    without_etags,
)
from runner.model.words import FlowId, RunId, SandboxName, SkipReason
from tests.fakes.runs import bare_run


def seen(status: str, *, records: int | None = None) -> Run:
    return bare_run(
        id=RunId("r"),
        flow_id=FlowId("f"),
        sandbox=SandboxName("prod"),
        status=status,
        records_in=records,
        records_out=records,
    )


@pytest.mark.parametrize(
    ("words", "proof"),
    [
        (status_changed("failed", seen("success")), True),
        (status_changed("failed", seen("Success", records=7)), True),
        (status_changed("failed", seen("success", records=0)), False),
        (status_changed("failed", seen("completed")), False),
        (status_changed("failed", seen("partialSuccess")), False),
        (status_changed("failed", seen("inProgress")), False),
        (status_changed("failed", seen("")), False),
        (status_changed("success", seen("failed")), False),
        (status_changed("failed", seen("odd and is success")), False),
        (status_changed("odd and is success", seen("failed")), False),
        (etag_changed('"a"', '"b"'), False),
        (etag_changed("its status was failed and is success", "success"), False),
        (skipped_because(SkipReason.ALREADY_RETRIGGERED, "as new by first"), True),
        (skipped_because(SkipReason.MAYBE_ALREADY_RETRIGGERED, "run x names it"), False),
        (skipped_because(SkipReason.FLOW_BLOCKED, "run x is unresolved since first"), False),
        (skipped_because(SkipReason.FLOW_NOT_ENABLED, "the flow is success"), False),
        (skipped_because(SkipReason.NOT_FOUND, "the run is no longer there"), False),
        ("", False),
        ("success", False),
        ("already_retriggered_or_so: as new", False),
    ],
)
def test_only_a_run_that_recovered_or_that_this_journal_settled_is_proved_done(
    words: str, *, proof: bool
) -> None:
    assert proves_done(words) is proof


@given(st.text(), st.text())
def test_no_status_that_anybody_thinks_of_looks_like_a_success(was: str, now: str) -> None:
    assert proves_done(status_changed(was, seen(now))) is (
        now.lower() == "success" and " and is " not in was
    )


@pytest.mark.parametrize("reason", SkipReason)
def test_a_reason_is_read_back_from_its_words(reason: SkipReason) -> None:
    assert skip_reason_of(skipped_because(reason, "what: was seen")) is reason
    assert skip_reason_of(reason.value) is reason


def test_words_that_are_no_reason_are_none() -> None:
    assert skip_reason_of("1388-400: flow is disabled") is None


def test_which_execution_blocks_a_flow_is_read_back() -> None:
    words = flow_blocked("r is unresolved since then", "20261120-second")

    assert blocking_execution(words) == "20261120-second"
    assert blocking_execution("not_found: run r is unresolved since first") == ""
    assert blocking_execution("flow_blocked") == ""


def test_runs_skipped_for_another_etag_are_told_as_one() -> None:
    one, other = etag_changed('"a"', '"b"'), etag_changed('"c"', '"d"')

    assert without_etags(one) == without_etags(other) == "changed_since_plan: its etag is another"
    assert without_etags("refused: its etag was 1") == "refused: its etag was 1"
