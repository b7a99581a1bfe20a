"""Which runs may be re-triggered, and the one reason for each that may not."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from runner.model.failure import cluster_of
from runner.model.plan import Lineage
from runner.model.platform import RunError
from runner.model.spec import ErrorMatch
from runner.model.words import FlowId, RunId, SkipReason
from runner.selection import Known, Verdict, judge

Make = Callable[..., Any]
FAILED = frozenset({"failed"})
EVERY_STATUS = frozenset({"failed", "success", "completed", "partialsuccess", "inprogress"})


@pytest.fixture
def known(flow: Make, kind: Make) -> Known:
    return Known(
        flows={FlowId("flow-1"): flow()},
        missing_flows=frozenset(),
        flow_specs={"kind-1": kind()},
        retriggered={},
        blocked_flows={},
    )


@pytest.fixture
def judged(run: Make, sandbox: Make, known: Known) -> Make:
    """Judge an ordinary failed run, changed as the test says."""

    def judged(
        *,
        asked: frozenset[str] = FAILED,
        zero_records: bool = False,
        excluded: dict[str, Any] | None = None,
        known_of: dict[str, Any] | None = None,
        **changes: Any,
    ) -> Verdict | None:
        return judge(
            run(**changes),
            sandbox=sandbox(**(excluded or {})),
            statuses=asked,
            zero_records=zero_records,
            errors=ErrorMatch(),
            known=replace(known, **(known_of or {})),
        )

    return judged


def verdict(reason: SkipReason, detail: str) -> Verdict:
    return Verdict(reason=reason, detail=detail)


def errors(*codes: str) -> tuple[RunError, ...]:
    return tuple(RunError(code=code, message="") for code in codes)


def test_a_failed_run_of_an_enabled_batch_source_flow_is_chosen(judged: Make) -> None:
    assert judged() is None


def test_an_excluded_run_is_passed_over(judged: Make) -> None:
    assert judged(excluded={"excluded_runs": frozenset({RunId("run-1")})}) == verdict(
        SkipReason.EXCLUDED_RUN, "named under exclude.runs"
    )
    assert judged(excluded={"excluded_runs": frozenset({RunId("run-2")})}) is None


@pytest.mark.parametrize(
    ("pattern", "passed_over"),
    [
        ("flow-1", True),
        ("flow-*", False),  # ids are named whole
        ("S3 orders", True),
        ("S3 *", True),
        ("* ORDERS", True),  # an exclusion misses nothing for its case
        ("s3\u00a0ORDERS ", True),  # nor for its blanks
        ("S3", False),
        ("?", False),
    ],
)
def test_an_excluded_flow_is_named_by_its_id_or_by_a_pattern_of_its_name(
    judged: Make,
    pattern: str,
    passed_over: bool,  # noqa: FBT001  # a case
) -> None:
    expected = verdict(SkipReason.EXCLUDED_FLOW, f"exclude.flows: {pattern}")

    found = judged(excluded={"excluded_flows": ("nothing", pattern)})

    assert found == (expected if passed_over else None)


FLOW_ID = "c0cb4b5b-7a1d-4a8e-9d65-0a4f6b3f2a11"


@pytest.mark.parametrize(
    "written",
    [f" {FLOW_ID} ", f"{{{FLOW_ID}}}", FLOW_ID.replace("-", ""), FLOW_ID.upper()],
)
def test_an_id_of_a_flow_is_taken_however_it_was_copied(judged: Make, written: str) -> None:
    found = judged(excluded={"excluded_flows": (written,)}, flow_id=FlowId(FLOW_ID))

    assert found == verdict(SkipReason.EXCLUDED_FLOW, f"exclude.flows: {written}")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (None, "could not be looked up"),
        ({"name": ""}, "shows the flow without one"),
        ({"name": " \u200b"}, "shows the flow without one"),
        ({"name": "Fl\ufffdw 0"}, "shows the flow without one"),
        ({"name": "", "unread": "the platform refuses: HTTP 403"}, "refuses: HTTP 403"),
        ({"name": "Other", "unread": "it shows flow sample"}, "it shows flow sample"),
    ],
)
def test_whether_a_flow_without_a_sure_name_is_excluded_by_name_cannot_be_judged(
    judged: Make, flow: Make, changes: dict[str, Any] | None, why: str
) -> None:
    flows = {} if changes is None else {FlowId("flow-1"): flow(**changes)}

    found = judged(excluded={"excluded_flows": (FLOW_ID, "Legacy *")}, known_of={"flows": flows})

    assert found is not None
    assert found.reason == SkipReason.EXCLUSION_UNKNOWN
    assert "exclude.flows (Legacy *) needs the name of its flow" in found.detail
    assert why in found.detail


def test_ids_and_what_any_name_fits_are_judged_without_a_name(judged: Make) -> None:
    unknown = {"flows": {}}

    for entry in ("flow-1", "*", "**"):
        assert judged(excluded={"excluded_flows": ("x", entry)}, known_of=unknown) == verdict(
            SkipReason.EXCLUDED_FLOW, f"exclude.flows: {entry}"
        )
    for others in ((), (FLOW_ID,), (FLOW_ID.upper(), FLOW_ID.replace("-", ""))):
        assert judged(excluded={"excluded_flows": others}, known_of=unknown) is None


def test_a_surer_reason_than_an_exclusion_in_doubt_is_told(judged: Make, run: Make) -> None:
    in_doubt = {"excluded_flows": ("Legacy *",)}
    gone = {"flows": {}, "missing_flows": frozenset({FlowId("flow-1")})}

    assert judged(excluded=in_doubt, known_of=gone).reason == SkipReason.FLOW_NOT_FOUND
    done = {"flows": {}, "retriggered": {RunId("run-1"): "as run-9"}}
    assert judged(excluded=in_doubt, known_of=done).reason == SkipReason.ALREADY_RETRIGGERED
    nowhere = {"flows": {}, "missing_flows": frozenset({FlowId("")})}
    assert judged(excluded=in_doubt, known_of=nowhere, flow_id=FlowId("")) == verdict(
        SkipReason.FLOW_NOT_FOUND, "the platform does not say which flow the run belongs to"
    )


@pytest.mark.parametrize(
    ("given", "errors", "key"),
    [
        ((), ErrorMatch(exclude=("140",)), "errors.exclude (140)"),
        ((RunError(code="", message="x"),), ErrorMatch(exclude=("140",)), "errors.exclude (140)"),
        ((), ErrorMatch(exclude_clusters=("A/*", "B/*")), "errors.clusters.exclude (A/*)"),
        ((RunError(code="", message="x"),), ErrorMatch(exclude_clusters=("A/*",)), None),
        ((RunError(code="B", message="x"),), ErrorMatch(exclude=("140",)), None),
        ((), ErrorMatch(include=("140",)), None),
    ],
)
def test_whether_a_failure_without_an_error_is_excluded_by_it_cannot_be_judged(
    run: Make,
    sandbox: Make,
    known: Known,
    given: tuple[RunError, ...],
    errors: ErrorMatch,
    key: str | None,
) -> None:
    def found(**changes: Any) -> Verdict | None:
        return judge(
            run(errors=given, **changes),
            sandbox=sandbox(),
            statuses=FAILED,
            zero_records=True,
            errors=errors,
            known=known,
        )

    if key is None:
        assert found() is None
        unread = found(has_unread_errors=True)
        assert (unread is not None) == bool(errors.exclude)
    else:
        assert (in_doubt := found()) is not None
        assert in_doubt.reason == SkipReason.EXCLUSION_UNKNOWN
        assert in_doubt.detail.startswith(key)
    # An empty success has no error that could be excluded.
    assert found(status="success", records_in=0) is None


def test_what_the_journal_settled_or_asks_itself_is_passed_over(judged: Make) -> None:
    assert judged(known_of={"retriggered": {RunId("run-1"): "as run-9"}}) == verdict(
        SkipReason.ALREADY_RETRIGGERED, "as run-9"
    )
    assert judged(known_of={"blocked_flows": {FlowId("flow-1"): "run-7 is unresolved"}}) == verdict(
        SkipReason.FLOW_BLOCKED, "run-7 is unresolved"
    )
    others = {"retriggered": {RunId("run-2"): "x"}, "blocked_flows": {FlowId("flow-2"): "x"}}
    assert judged(known_of=others) is None


@pytest.mark.parametrize(
    ("status", "asked", "zero_records", "records_in", "detail"),
    [
        ("failed", FAILED, False, None, None),
        ("Failed", FAILED, False, None, None),
        ("FAILED", FAILED, True, 0, None),
        ("failed", frozenset({"success"}), False, None, "its status is failed"),
        ("success", FAILED, False, 5, "its status is success"),
        ("success", EVERY_STATUS, False, 5, "its status is success"),
        ("success", EVERY_STATUS, True, 5, "its status is success"),
        ("success", EVERY_STATUS, True, None, "its status is success"),
        ("success", FAILED, True, 0, None),
        ("Completed", FAILED, True, 0, None),
        (
            "success",
            FAILED,
            False,
            0,
            "its status is success with zero records; filters[].zero_records asks for those",
        ),
        ("inProgress", EVERY_STATUS, True, 0, "its status is inProgress"),
        ("partialSuccess", EVERY_STATUS, True, 0, "its status is partialSuccess"),
        ("melted", frozenset({"melted"}), False, None, "its status is melted"),
        ("", frozenset({""}), False, None, "its status is not given"),
    ],
)
def test_only_failed_runs_and_asked_for_empty_successes_are_chosen(
    judged: Make,
    status: str,
    asked: frozenset[str],
    zero_records: bool,  # noqa: FBT001  # a case
    records_in: int | None,
    detail: str | None,
) -> None:
    found = judged(status=status, asked=asked, zero_records=zero_records, records_in=records_in)

    assert found == (None if detail is None else verdict(SkipReason.NOT_FAILED, detail))


@pytest.mark.parametrize(
    ("codes", "exclude", "expected"),
    [
        (("CONNECTOR-1001-500",), (), None),
        (("A", "B"), ("C*",), None),
        (("A", "CONNECTOR-1"), ("x", "CONNECTOR-*"), (SkipReason.EXCLUDED_ERROR, "CONNECTOR-1")),
        (("connector-1",), ("CONNECTOR-*",), (SkipReason.EXCLUDED_ERROR, "connector-1")),
        (("A[1]",), ("a[1]",), (SkipReason.EXCLUDED_ERROR, "A[1]")),
        (
            ("140",),
            (),
            (
                SkipReason.BENIGN_DUPLICATE,
                "code 140: its data was ingested before; nothing is to be done",
            ),
        ),
        (("140",), ("140",), (SkipReason.EXCLUDED_ERROR, "140")),
        (("1400", "X-140"), (), None),
    ],
)
def test_error_codes_that_say_leave_it_alone(
    run: Make,
    sandbox: Make,
    known: Known,
    codes: tuple[str, ...],
    exclude: tuple[str, ...],
    expected: tuple[SkipReason, str] | None,
) -> None:
    found = judge(
        run(errors=errors(*codes)),
        sandbox=sandbox(),
        statuses=FAILED,
        zero_records=False,
        errors=ErrorMatch(include=("A",), exclude=exclude),
        known=known,
    )

    assert found == (verdict(*expected) if expected else None)


@pytest.mark.parametrize(
    ("exclude", "is_excluded"),
    [((), False), (("A/*",), True), (("A/", "B/*", "B"), False), (("*",), True)],
)
def test_a_cluster_that_is_excluded_is_named(
    run: Make,
    sandbox: Make,
    known: Known,
    exclude: tuple[str, ...],
    is_excluded: bool,  # noqa: FBT001  # a case
) -> None:
    failed = run(errors=errors("A", "B"))

    found = judge(
        failed,
        sandbox=sandbox(),
        statuses=FAILED,
        zero_records=False,
        errors=ErrorMatch(exclude_clusters=exclude),
        known=known,
    )

    named = verdict(SkipReason.EXCLUDED_ERROR, f"cluster {cluster_of(failed.errors)}")
    assert found == (named if is_excluded else None)


@pytest.mark.parametrize(
    ("of_flow", "of_kind", "expected"),
    [
        ({}, {}, None),
        ({"is_destination": False}, {}, None),
        ({"is_destination": True}, {}, SkipReason.DESTINATION_FLOW),
        ({}, {"is_source": False}, SkipReason.DESTINATION_FLOW),
        ({}, {"is_source": None}, None),
        ({}, {"frequency": "streaming"}, SkipReason.STREAMING_FLOW),
        ({}, {"frequency": "BATCH"}, None),
        ({}, {"frequency": ""}, None),
        ({"state": "disabled"}, {}, SkipReason.FLOW_NOT_ENABLED),
        ({"state": "draft"}, {}, SkipReason.FLOW_NOT_ENABLED),
        ({"state": "Enabled"}, {}, None),
        ({"state": ""}, {}, None),
        ({"flow_spec_id": "kind-nobody-knows"}, {"frequency": "streaming"}, None),
        (
            {"flow_spec_id": "kind-nobody-knows", "is_destination": True},
            {},
            SkipReason.DESTINATION_FLOW,
        ),
        (
            {"state": "disabled", "is_destination": True},
            {"frequency": "streaming"},
            SkipReason.DESTINATION_FLOW,
        ),
        ({"state": "disabled"}, {"frequency": "streaming"}, SkipReason.STREAMING_FLOW),
    ],
)
def test_flows_that_cannot_be_redone(
    judged: Make,
    flow: Make,
    kind: Make,
    of_flow: dict[str, Any],
    of_kind: dict[str, Any],
    expected: SkipReason | None,
) -> None:
    details = {
        SkipReason.DESTINATION_FLOW: "only source flows can be re-triggered",
        SkipReason.STREAMING_FLOW: "its kind of flow is streaming",
        SkipReason.FLOW_NOT_ENABLED: f"the flow is {of_flow.get('state')}",
    }
    known_of = {
        "flows": {FlowId("flow-1"): flow(**of_flow)},
        "flow_specs": {"kind-1": kind(**of_kind)},
    }

    found = judged(known_of=known_of)

    assert found == (verdict(expected, details[expected]) if expected else None)


def test_a_flow_that_is_not_there_is_told_from_one_nobody_asked_about(judged: Make) -> None:
    gone = {"flows": {}, "missing_flows": frozenset({FlowId("flow-1")})}

    assert judged(known_of=gone) == verdict(
        SkipReason.FLOW_NOT_FOUND, "deleted, or hidden by an access label"
    )
    assert judged(known_of={"flows": {}}) is None


FAULTS: list[tuple[SkipReason, dict[str, Any]]] = [
    (SkipReason.EXCLUDED_RUN, {"excluded": {"excluded_runs": frozenset({RunId("run-1")})}}),
    (SkipReason.EXCLUDED_FLOW, {"excluded": {"excluded_flows": ("flow-1",)}}),
    (SkipReason.ALREADY_RETRIGGERED, {"known_of": {"retriggered": {RunId("run-1"): "as run-9"}}}),
    (SkipReason.FLOW_BLOCKED, {"known_of": {"blocked_flows": {FlowId("flow-1"): "run-7"}}}),
    (SkipReason.NOT_FAILED, {"status": "inProgress"}),
    (SkipReason.EXCLUDED_ERROR, {"excluding": ("CONNECTOR-*",)}),
    (
        SkipReason.FLOW_NOT_FOUND,
        {"known_of": {"flows": {}, "missing_flows": frozenset({FlowId("flow-1")})}},
    ),
]
"""One fault for each kind of check, the one that is told first at the top."""


@pytest.mark.parametrize(
    ("first", "second"), [*combinations(FAULTS, 2)], ids=lambda fault: fault[0]
)
def test_of_two_reasons_the_one_a_person_decided_or_the_journal_knows_is_told_first(
    run: Make,
    sandbox: Make,
    known: Known,
    first: tuple[SkipReason, dict[str, Any]],
    second: tuple[SkipReason, dict[str, Any]],
) -> None:
    faults = [first[1], second[1]]

    def joined(name: str) -> dict[str, Any]:
        return {key: value for fault in faults for key, value in fault.get(name, {}).items()}

    found = judge(
        run(status=next((fault["status"] for fault in faults if "status" in fault), "failed")),
        sandbox=sandbox(**joined("excluded")),
        statuses=FAILED,
        zero_records=False,
        errors=ErrorMatch(exclude=next((f["excluding"] for f in faults if "excluding" in f), ())),
        known=replace(known, **joined("known_of")),
    )

    assert found is not None
    assert found.reason == first[0]


@pytest.mark.parametrize(
    ("generation", "passed_over"), [(1, False), (2, False), (3, True), (4, True)]
)
def test_a_run_of_too_many_generations_is_passed_over(
    judged: Make,
    generation: int,
    passed_over: bool,  # noqa: FBT001  # a case
) -> None:
    made = {RunId("run-1"): Lineage(root=RunId("root"), generation=generation)}
    detail = f"re-trigger number {generation} of run root, and cap.max_generations is 3"
    expected = verdict(SkipReason.OVER_GENERATIONS, detail) if passed_over else None

    assert judged(known_of={"lineage": made, "max_generations": 3}) == expected
