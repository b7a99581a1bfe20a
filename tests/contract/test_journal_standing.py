"""What may become of a planned run, step by step, and what the journal refuses to write."""

from collections.abc import Callable

import pytest

from runner.journal import Entry, Journal
from runner.model.plan import PlannedRun
from runner.model.words import FlowId, OutcomeKind, RunId
from tests.contract.making import (
    AT,
    FIRST,
    MakeJournal,
    a_found,
    begun,
    claimed,
    halted,
    noted,
    outcomes,
    released,
    retriggered,
    settled,
    stopped,
    unresolved,
)

ASKED = ("a-1", "unresolved", "asked, and no answer was recorded yet", 1)

Step = Callable[[PlannedRun], Entry]


def skipped(run: PlannedRun) -> Entry:
    return settled(run, OutcomeKind.SKIPPED, reason="changed_since_plan")


def refused(run: PlannedRun) -> Entry:
    return settled(run, OutcomeKind.REFUSED, reason="1388-400: the flow is disabled")


def written(journal: Journal, run: PlannedRun, *steps: Step) -> None:
    for step in steps:
        journal.write(FIRST, [step(run)])


def test_a_run_is_claimed_released_claimed_again_and_settled(make_journal: MakeJournal) -> None:
    journal, reader = make_journal(), make_journal()
    (run,) = begun(journal, "a")
    seen = []

    for entry in (
        claimed(run),
        released(run, attempt=1),
        claimed(run, attempt=2, at_ms=AT + 99),
        retriggered(run, attempts=2),
    ):
        journal.write(FIRST, [entry])
        seen += outcomes(reader)

    assert seen == [
        ASKED,
        ("a-1", "", "", 1),
        ("a-1", "unresolved", "asked, and no answer was recorded yet", 2),
        ("a-1", "retriggered", "", 2),
    ]


def test_an_outcome_is_read_back_whole(journal: Journal) -> None:
    (run,) = begun(journal, "a")
    journal.write(FIRST, [claimed(run), retriggered(run)])

    (row,) = journal.rows(FIRST)
    assert {name: getattr(row, name) for name in type(row).__slots__} == {
        "execution_id": "first",
        "sandbox": "prod",
        "flow_id": "a",
        "flow_name": "Flow a",
        "old_run_id": "a-1",
        "old_etag": '"a-1"',
        "old_status": "failed",
        "old_error_code": "CONNECTOR-1001",
        "outcome": "retriggered",
        "reason": "",
        "evidence": "response",
        "new_run_id": "new-a-1",
        "new_etag": '"new-a-1"',
        "new_status": "",
        "recovery": "",
        "records_in": None,
        "records_out": None,
        "attempts": 1,
        "http_status": 200,
        "request_id": "gw-2",
        "wave": 1,
        "asked_at_ms": AT + 10,
        "settled_at_ms": AT + 30,
        "duplicated_by": "",
        "window_start_ms": None,
        "window_end_ms": None,
    }


def test_a_claim_that_was_never_sent_does_not_count_as_an_attempt(journal: Journal) -> None:
    (run,) = begun(journal, "a")
    journal.write(FIRST, [claimed(run), released(run, counts=False)])

    assert journal.next_runs(FIRST, {1: 1}, most_per_lane=1) == [(1, run, 0)]


def test_a_released_run_keeps_its_attempts_and_is_next_again(journal: Journal) -> None:
    (run,) = begun(journal, "a")
    journal.write(FIRST, [claimed(run), released(run)])

    assert journal.next_runs(FIRST, {1: 1}, most_per_lane=1) == [(1, run, 1)]


@pytest.mark.parametrize("last", [retriggered, refused, skipped])
def test_an_unresolved_run_may_be_settled_in_the_end(journal: Journal, last: Step) -> None:
    (run,) = begun(journal, "a")
    written(journal, run, claimed, unresolved)
    assert outcomes(journal) == [("a-1", "unresolved", "no answer within 75 s", 1)]

    written(journal, run, last)

    entry = last(run)
    assert outcomes(journal) == [("a-1", entry.outcome.value, entry.reason, 1)]  # type: ignore[union-attr]


def test_a_run_that_was_never_asked_for_may_be_skipped(journal: Journal) -> None:
    (run,) = begun(journal, "a")
    written(journal, run, skipped)

    assert outcomes(journal) == [("a-1", "skipped", "changed_since_plan", 0)]


@pytest.mark.parametrize(
    ("before", "forbidden"),
    [
        ((claimed,), claimed),
        ((claimed, unresolved), claimed),
        ((claimed, retriggered), claimed),
        ((skipped,), claimed),
        ((), released),
        ((claimed, released), released),
        ((claimed, unresolved), released),
        ((claimed, retriggered), released),
        ((claimed, retriggered), retriggered),
        ((claimed, retriggered), unresolved),
        ((claimed, retriggered), refused),
        ((skipped,), skipped),
        ((claimed, unresolved, refused), retriggered),
    ],
)
def test_a_change_that_is_not_allowed_is_refused_and_nothing_of_its_write_is_kept(
    make_journal: MakeJournal, before: tuple[Step, ...], forbidden: Step
) -> None:
    journal = make_journal()
    run, other = begun(journal, "a b")
    written(journal, run, *before)
    rows, events = list(journal.rows(FIRST)), list(journal.events(FIRST))

    with pytest.raises(AssertionError, match="the journal refuses"):
        journal.write(FIRST, [noted("before"), claimed(other), forbidden(run), noted("after")])

    again = make_journal()
    assert list(again.rows(FIRST)) == rows
    assert list(again.events(FIRST)) == events
    journal.write(FIRST, [claimed(other)])


@pytest.mark.parametrize("entry", [claimed, retriggered, skipped])
def test_what_is_not_in_the_plan_is_refused(journal: Journal, entry: Step) -> None:
    first, second = begun(journal, "a b")
    at_no_place = PlannedRun(position=3, wave=1, lane_position=2, found=a_found("a", "a-2"))
    of_another_run = PlannedRun(position=1, wave=1, lane_position=1, found=second.found)

    for stranger in (at_no_place, of_another_run):
        with pytest.raises(AssertionError, match="the journal refuses"):
            journal.write(FIRST, [entry(stranger)])

    assert outcomes(journal) == [("a-1", "", "", 0), ("b-1", "", "", 0)]
    assert first.found.run_id == RunId("a-1")


def test_an_answer_to_another_run_does_not_change_a_claimed_one(journal: Journal) -> None:
    _, second = begun(journal, "a b")
    journal.write(FIRST, [claimed(run) for run in begun_runs(journal)])
    mixed_up = PlannedRun(position=1, wave=1, lane_position=1, found=second.found)

    for step in (retriggered, released):
        with pytest.raises(AssertionError, match="the journal refuses"):
            journal.write(FIRST, [step(mixed_up)])


def begun_runs(journal: Journal) -> list[PlannedRun]:
    return [run for _, run, _ in journal.next_runs(FIRST, {1: 1, 2: 1}, most_per_lane=9)]


def test_only_lanes_that_are_there_can_be_halted(journal: Journal) -> None:
    begun(journal, "a b")

    with pytest.raises(AssertionError, match="the journal refuses"):
        journal.write(FIRST, [halted(1, 3)])

    assert [lane.halted for lane in journal.lanes(FIRST)] == ["", ""]


def test_entries_of_one_write_are_applied_in_their_order(journal: Journal) -> None:
    (run,) = begun(journal, "a")
    journal.write(
        FIRST, [claimed(run), released(run), claimed(run, attempt=2), retriggered(run, attempts=2)]
    )

    assert outcomes(journal) == [("a-1", "retriggered", "", 2)]
    assert [line.split('"event": ')[1].split(",")[0] for line in journal.events(FIRST)] == [
        '"started"',
        '"asked"',
        '"released"',
        '"asked"',
        '"settled"',
    ]


def test_nothing_to_write_is_written_without_a_trace(journal: Journal) -> None:
    begun(journal, "a")
    before = list(journal.events(FIRST))
    journal.write(FIRST, [])

    assert list(journal.events(FIRST)) == before


def test_a_platforms_broken_text_does_not_cost_the_outcome(journal: Journal) -> None:
    (run,) = begun(journal, "a")
    journal.write(
        FIRST, [claimed(run), settled(run, OutcomeKind.REFUSED, reason="no \udfff, \x00 or \x1b")]
    )

    assert outcomes(journal) == [("a-1", "refused", "no \\udfff, \x00 or \x1b", 1)]


def test_a_lane_knows_its_settled_its_next_and_its_open_runs(journal: Journal) -> None:
    a1, b1, a2, _, a4 = begun(journal, "a b a a a")
    journal.write(
        FIRST,
        [
            claimed(a1),
            retriggered(a1),
            claimed(a2),
            unresolved(a2),
            skipped(a4),
            claimed(b1),
            retriggered(b1),
            halted(1, because="blocked"),
        ],
    )

    lanes = [
        (n.number, n.flow_id, n.runs, n.settled, n.next_position, n.open_runs, n.halted)
        for n in journal.lanes(FIRST)
    ]
    assert lanes == [
        (1, FlowId("a"), 4, 2, 2, (RunId("a-2"),), "blocked"),
        (2, FlowId("b"), 1, 1, 2, (), ""),
    ]


def test_a_lanes_open_runs_come_oldest_first_and_each_lane_has_its_own(journal: Journal) -> None:
    runs = begun(journal, "a b a b a")
    journal.write(FIRST, [claimed(run) for run in reversed(runs)])

    assert [lane.open_runs for lane in journal.lanes(FIRST)] == [
        ("a-1", "a-2", "a-3"),
        ("b-1", "b-2"),
    ]


def test_coming_to_rest_is_kept(journal: Journal) -> None:
    begun(journal, "a")
    journal.write(FIRST, [stopped("stopped", because="20 failures in a row")])

    execution = journal.execution(FIRST)
    assert execution is not None
    assert (
        execution.state,
        execution.stopped_because,
        execution.exit_code,
        execution.finished_at_ms,
    ) == ("stopped", "20 failures in a row", 3, AT + 60)
