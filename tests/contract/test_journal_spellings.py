"""An id in another spelling is the same id: what was done under one is known under all."""

from dataclasses import replace

from runner.journal import Journal, NewExecution
from runner.model.plan import Lineage
from runner.model.words import ExecutionId, FlowId, RunId
from tests.contract.making import (
    AT,
    FIRST,
    ORG,
    SECOND,
    MakeJournal,
    an_execution,
    begun,
    claimed,
    retriggered,
    some_runs,
)
from tests.contract.test_journal_leases import a_hold

A, B = "4FB0418E-1804-45D6-8D56-DD51F05C0BAF", "C0CB4B5B-7A1D-4A8E-9D65-0A4F6B3F2A11"
OLD, FLOW = "0F3A2B7C-5D1E-4A88-9C40-6B1F8F2F9D11", "E1CB4B5B-7A1D-4A8E-9D65-0A4F6B3F2A11"
THIRD = ExecutionId("third")


def done_in_capitals(journal: Journal) -> None:
    (run,) = some_runs("flow")
    run = replace(run, found=replace(run.found, run_id=RunId(OLD)))
    journal.begin(NewExecution(execution=an_execution(FIRST), runs=[run], passed_over=()))
    journal.write(FIRST, [claimed(run), replace(retriggered(run), new_run_id=RunId(A))])


def test_what_was_re_triggered_is_known_by_any_spelling(journal: Journal) -> None:
    done_in_capitals(journal)

    found = journal.history(ORG, [RunId(OLD.lower()), RunId("other")])

    assert list(found) == [RunId(OLD)]
    assert found[RunId(OLD.lower())].new_run_id == A


def test_a_new_run_is_known_as_ours_by_any_spelling(journal: Journal) -> None:
    done_in_capitals(journal)

    assert journal.claimed_runs(ORG, [RunId(A.lower()), RunId(B)]) == {RunId(A)}


def test_where_a_run_comes_from_is_known_by_any_spelling(journal: Journal) -> None:
    done_in_capitals(journal)

    assert journal.lineage(ORG, [RunId(A.lower())]) == {
        RunId(A.lower()): Lineage(root=RunId(OLD), generation=1)
    }


def test_ids_that_are_no_uuids_are_known_by_any_spelling_too(journal: Journal) -> None:
    (run,) = begun(journal, "flow", name=FIRST)
    journal.write(FIRST, [claimed(run), replace(retriggered(run), new_run_id=RunId("new-1"))])

    assert list(journal.history(ORG, [RunId("FLOW-1")])) == [RunId("flow-1")]
    assert journal.claimed_runs(ORG, [RunId("NEW-1")]) == {RunId("new-1")}
    assert list(journal.lineage(ORG, [RunId("NEW-1")])) == [RunId("new-1")]


def test_a_flow_in_two_spellings_is_one_lane_and_one_lease(make_journal: MakeJournal) -> None:
    journal = make_journal()
    runs = [
        replace(run, lane_position=run.position)
        for run in some_runs(f"{FLOW} {FLOW.lower()} {FLOW}")
    ]
    journal.begin(NewExecution(execution=an_execution(FIRST), runs=runs, passed_over=()))
    begun(journal, FLOW.lower(), name=SECOND)
    begun(journal, "other", name=THIRD)

    assert [(lane.flow_id, lane.runs) for lane in journal.lanes(FIRST)] == [(FlowId(FLOW), 3)]
    assert journal.take_leases(FIRST, a_hold("one")) == []
    (held,) = journal.take_leases(SECOND, a_hold("two"))
    assert (held.flow_id, held.holder.id) == (FlowId(FLOW), "one")
    assert journal.take_leases(THIRD, a_hold("three")) == []
    later = AT + 2 * 60_000
    assert journal.take_leases(SECOND, a_hold("two", now_ms=later)) == []
    assert journal.leases(FIRST) == []
    assert len(journal.leases(SECOND)) == 1
