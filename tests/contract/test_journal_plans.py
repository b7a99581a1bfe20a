"""The plan of an execution is read back as it was recorded, enough to write its files again."""

from dataclasses import replace

from runner.journal import Journal, NewExecution
from runner.model.plan import UNKNOWN_ENDS, PassedOver, PlanEnds
from runner.model.words import SkipReason
from tests.contract.making import (
    AT,
    FIRST,
    SECOND,
    MakeJournal,
    a_found,
    an_execution,
    begun,
    claimed,
    retriggered,
    some_runs,
)

ENDS = PlanEnds(header='{"kind": "header", "reason": "\\ud800"}', footer='{"kind": "footer"}')


def test_a_plan_is_read_back_whole_whatever_became_of_its_runs(make_journal: MakeJournal) -> None:
    journal = make_journal()
    runs = some_runs("a b stage/a a")
    unusual = {
        "etag": None,
        "window_start_ms": AT,
        "window_end_ms": AT + 1,
        "error_message": "\x00ü",
    }
    runs[1] = replace(runs[1], wave=2, found=a_found("b", "b-1", **unusual))
    passed_over = [
        PassedOver(found=a_found("z", "z-2", **unusual), reason=SkipReason.NOT_FAILED, detail="it"),
        PassedOver(found=a_found("z", "z-1"), reason=SkipReason.OVER_FLOW_CAP, detail=""),
    ]
    journal.begin(
        NewExecution(
            execution=an_execution(), passed_over=iter(passed_over), runs=iter(runs), plan_ends=ENDS
        )
    )
    journal.write(FIRST, [claimed(runs[0]), retriggered(runs[0])])

    read = make_journal()
    assert read.plan_ends(FIRST) == ENDS
    assert list(read.planned(FIRST)) == runs
    assert list(read.passed_over(FIRST)) == passed_over


def test_each_execution_has_its_own(journal: Journal) -> None:
    runs = begun(journal, "a b")
    begun(journal, "c", name=SECOND)

    assert list(journal.planned(FIRST)) == runs
    assert list(journal.passed_over(FIRST)) == []
    assert journal.plan_ends(SECOND) == UNKNOWN_ENDS
