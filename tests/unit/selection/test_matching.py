"""What a filter asks for: spans of time, statuses, empty successes, error codes, flows."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model.failure import cluster_of
from runner.model.platform import RunError
from runner.model.selected import Left
from runner.model.spec import ErrorMatch, FlowMatch, Last, Window
from runner.model.words import FlowId
from runner.selection import frozen
from runner.selection.matching import (
    flow_matches,
    in_window,
    matches,
    statuses_of,
    wants_flow,
    why_left,
)

Make = Callable[..., Any]
moments = st.none() | st.integers(-5, 15)


def test_a_relative_span_ends_now_and_a_fixed_one_stays() -> None:
    fixed = Window(from_ms=1, to_ms=None)

    assert frozen(Last(seconds=1.5), now_ms=10_000) == Window(from_ms=8_500, to_ms=10_000)
    assert frozen(fixed, now_ms=10_000) is fixed


@pytest.mark.parametrize(
    ("window", "inside"),
    [
        ((1_000, 2_000), [1_000, 1_999]),
        ((None, 2_000), [999, 1_000, 1_999]),
        ((1_000, None), [1_000, 1_999, 2_000]),
    ],
)
def test_a_span_holds_its_beginning_and_not_its_end(
    run: Make, window: tuple[int | None, int | None], inside: list[int]
) -> None:
    span = Window(from_ms=window[0], to_ms=window[1])

    found = [at for at in (999, 1_000, 1_999, 2_000) if in_window(run(started_at_ms=at), span)]

    assert found == inside


@given(started=moments, created=moments, edges=st.tuples(moments, moments))
def test_where_no_start_is_given_the_making_counts_and_where_neither_nothing_matches(
    run: Make, started: int | None, created: int | None, edges: tuple[int | None, int | None]
) -> None:
    moment = created if started is None else started
    low, high = (-100 if edges[0] is None else edges[0]), (100 if edges[1] is None else edges[1])

    found = in_window(
        run(started_at_ms=started, created_at_ms=created),
        Window(from_ms=edges[0], to_ms=edges[1]),
    )

    assert found == (moment is not None and moment in range(low, high))


@pytest.mark.parametrize(
    ("zero_records", "statuses"), [(False, ("failed",)), (True, ("failed", "success"))]
)
def test_the_platform_is_asked_for_successes_only_when_empty_ones_are_wanted(
    rule: Make,
    zero_records: bool,  # noqa: FBT001  # a case
    statuses: tuple[str, ...],
) -> None:
    assert statuses_of(rule(zero_records=zero_records)) == statuses


def test_each_status_is_asked_for_once(rule: Make) -> None:
    both = rule(zero_records=True, statuses=("success", "failed"))

    assert statuses_of(both) == ("success", "failed")


@pytest.mark.parametrize(
    ("status", "records_in", "asked", "zero_records", "found"),
    [
        ("failed", None, ("failed",), False, True),
        ("Failed", None, ("failed",), False, True),
        ("failed", None, ("FAILED",), False, True),
        ("success", 0, ("failed",), False, False),
        ("success", 0, ("failed",), True, True),
        ("Success", 0, (), True, True),
        ("success", 1, ("failed",), True, False),
        ("success", None, ("failed",), True, False),
        ("success", 7, ("success",), False, True),
        ("failed", 0, (), True, False),
        ("", None, ("failed",), False, False),
    ],
)
def test_a_status_is_compared_without_its_case_and_a_success_by_its_records(
    run: Make,
    rule: Make,
    status: str,
    records_in: int | None,
    asked: tuple[str, ...],
    zero_records: bool,  # noqa: FBT001  # a case
    found: bool,  # noqa: FBT001  # likewise
) -> None:
    each = rule(statuses=asked, zero_records=zero_records)

    assert (
        matches(run(status=status, records_in=records_in), rule=each, window=each.started) == found
    )


def test_a_run_outside_the_span_does_not_match(run: Make, rule: Make) -> None:
    assert not matches(run(started_at_ms=10), rule=rule(), window=Window(from_ms=11, to_ms=None))


@pytest.mark.parametrize(
    ("include", "codes", "found"),
    [
        ((), (), True),
        ((), ("X",), True),
        (("CONNECTOR-1001-*",), ("CONNECTOR-1001-500",), True),
        (("CONNECTOR-1001-*",), ("X", "CONNECTOR-1001-500"), True),
        (("nothing", "X"), ("X",), True),
        (("CONNECTOR-1001-*",), ("connector-1001-500",), False),
        (("CONNECTOR-1001",), ("CONNECTOR-1001-500",), False),
        (("*",), (), False),
        (("[12]*",), ("2200",), True),
    ],
)
def test_one_error_code_that_fits_one_pattern_is_enough(
    run: Make,
    rule: Make,
    include: tuple[str, ...],
    codes: tuple[str, ...],
    found: bool,  # noqa: FBT001  # a case
) -> None:
    failed = run(errors=tuple(RunError(code=code, message="") for code in codes))
    each = rule(errors=ErrorMatch(include=include, exclude=("X",)))

    assert matches(failed, rule=each, window=each.started) == found


SLOW = RunError(code="C-1", message="no answer after 30 s")
SLOWER = RunError(code="C-1", message="no answer after 31 s")
REFUSED = RunError(code="C-1", message="refused")


@pytest.mark.parametrize(
    ("include", "codes", "error", "found"),
    [
        ((), (), SLOW, True),
        ((cluster_of([SLOW]),), (), SLOWER, True),
        ((cluster_of([SLOW]),), (), REFUSED, False),
        (("C-1/*",), (), REFUSED, True),
        (("C-1",), (), REFUSED, False),
        (("C-1/*",), ("D*",), REFUSED, False),
        (("D-1/*",), ("C*",), REFUSED, False),
        (("*",), (), None, False),
    ],
)
def test_a_failure_fits_a_cluster_whatever_varies_in_its_words_and_codes_count_too(
    run: Make,
    rule: Make,
    include: tuple[str, ...],
    codes: tuple[str, ...],
    error: RunError | None,
    found: bool,  # noqa: FBT001  # a case
) -> None:
    failed = run(errors=(error,) if error else ())
    each = rule(errors=ErrorMatch(include=codes, include_clusters=include))

    assert matches(failed, rule=each, window=each.started) == found


def test_an_empty_success_needs_no_error_code(run: Make, rule: Make) -> None:
    each = rule(errors=ErrorMatch(include=("CONNECTOR-*",)), zero_records=True)

    assert matches(run(status="success", records_in=0, errors=()), rule=each, window=each.started)


@pytest.mark.parametrize(
    ("match", "says_something", "found"),
    [
        (FlowMatch(), False, False),
        (FlowMatch(ids=(FlowId("flow-1"),)), True, True),
        (FlowMatch(ids=(FlowId("flow-*"),)), True, False),
        (FlowMatch(names=("S3 *",)), True, True),
        (FlowMatch(names=("s3 *",)), True, False),
        (FlowMatch(names=("SFTP", "*orders")), True, True),
        (FlowMatch(connectors=("spec-s3",)), True, True),
        (FlowMatch(connectors=("amazon s3",)), True, True),
        (FlowMatch(connectors=("AMAZON*",)), True, True),
        (FlowMatch(connectors=("sftp",)), True, False),
        (FlowMatch(connectors=("Amazon\u00a0S3",)), True, True),
        (FlowMatch(names=("x",), ids=(FlowId("x"),), connectors=("Amazon S3",)), True, True),
        (FlowMatch(names=("x",), ids=(FlowId("flow-1"),), connectors=("x",)), True, True),
    ],
)
def test_a_flow_is_named_by_its_id_its_name_or_its_connector(
    flow: Make,
    match: FlowMatch,
    says_something: bool,  # noqa: FBT001  # a case
    found: bool,  # noqa: FBT001  # likewise
) -> None:
    connectors = {"spec-s3": "Amazon S3", "spec-sftp": "SFTP"}

    assert wants_flow(match) == says_something
    assert flow_matches(flow(), match, connectors=connectors) == found


def test_a_connector_without_a_name_is_known_by_its_id(flow: Make) -> None:
    unnamed = flow(connection_spec_ids=("spec-new",))

    assert flow_matches(unnamed, FlowMatch(connectors=("SPEC-*",)), connectors={})
    assert not flow_matches(unnamed, FlowMatch(connectors=("Amazon S3",)), connectors={})


EMPTY = {"status": "success", "errors": (), "records_in": 0}


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({}, None),
        ({"started_at_ms": 10_000}, Left.OTHER_TIME),
        ({"started_at_ms": None, "created_at_ms": None}, Left.NO_TIME),
        ({"status": "inProgress"}, Left.OTHER_STATUS),
        ({"status": ""}, Left.NO_STATUS),
        ({**EMPTY}, None),
        ({**EMPTY, "records_in": 3}, Left.OTHER_STATUS),
        ({**EMPTY, "records_in": None}, Left.NO_COUNT),
        ({"flow_id": FlowId("flow-2")}, Left.OTHER_FLOW),
        ({"flow_id": FlowId("")}, Left.NO_FLOW),
        ({"errors": (RunError(code="X", message=""),)}, Left.OTHER_ERROR),
        ({"errors": (RunError(code="", message="x"),)}, Left.NO_ERROR),
        ({"errors": ()}, Left.NO_ERROR),
    ],
)
def test_it_is_said_why_a_run_is_not_asked_for_and_whether_that_is_sure(
    run: Make, rule: Make, changes: dict[str, Any], left: Left | None
) -> None:
    each = rule(zero_records=True, errors=ErrorMatch(include=("CONNECTOR-*",)))
    flows = frozenset({FlowId("flow-1")})

    found = why_left(run(**changes), rule=each, window=each.started, flows=flows)

    assert found == left
    assert left is None or left.is_doubt == left.name.startswith("NO_")


@pytest.mark.parametrize(
    ("errors", "left"), [((), Left.NO_ERROR), ((REFUSED,), Left.OTHER_ERROR), ((SLOW,), None)]
)
def test_a_cluster_asked_for_needs_an_error(
    run: Make, rule: Make, errors: tuple[RunError, ...], left: Left | None
) -> None:
    each = rule(errors=ErrorMatch(include_clusters=(cluster_of([SLOW]),)))

    assert why_left(run(errors=errors), rule=each, window=each.started, flows=None) == left
