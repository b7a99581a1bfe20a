"""Runs that were re-triggered elsewhere too: what is recorded of them, and read back."""

import json

import pytest

from runner.journal import Duplicated, Journal
from runner.model.duplicate import RetriggeredFlow, Sign
from runner.model.plan import PlannedRun
from runner.model.words import FlowId, OutcomeKind, RunId, SandboxName
from tests.contract.making import (
    AT,
    FIRST,
    begun,
    claimed,
    retriggered,
    settled,
    some_passed_over,
    unresolved,
)


def duplicated(run: PlannedRun, *by: tuple[str, Sign]) -> Duplicated:
    return Duplicated(
        at_ms=AT + 90,
        position=run.position,
        run_id=run.found.run_id,
        new_run_id=RunId(f"new-{run.found.run_id}"),
        by=tuple((RunId(run_id), sign) for run_id, sign in by),
    )


def done(journal: Journal, *runs: PlannedRun) -> None:
    journal.write(FIRST, [entry for run in runs for entry in (claimed(run), retriggered(run))])


def test_only_runs_that_were_re_triggered_are_compared_with_others(journal: Journal) -> None:
    a1, b1, c1, a2, d1 = begun(journal, "a b c a stage/d", passed_over=some_passed_over(1))
    done(journal, a1, a2, d1)
    journal.write(FIRST, [claimed(b1), unresolved(b1), settled(c1, OutcomeKind.SKIPPED)])

    asked = AT + 10
    assert journal.retriggered_flows(FIRST) == [
        RetriggeredFlow(
            sandbox=SandboxName(sandbox), flow_id=FlowId(flow), lane=lane, first_asked_ms=asked
        )
        for sandbox, flow, lane in (("prod", "a", 1), ("stage", "d", 4))
    ]
    ours = journal.retriggered(FIRST, lane=1)
    assert [(one.position, one.found, one.new_run_id, one.asked_at_ms) for one in ours] == [
        (run.position, run.found, f"new-{run.found.run_id}", asked) for run in (a1, a2)
    ]
    assert journal.retriggered(FIRST, lane=2) == []


def test_a_second_new_run_stands_in_its_row_and_is_counted(journal: Journal) -> None:
    a1, b1, c1 = begun(journal, "a b c", passed_over=some_passed_over(2))
    done(journal, a1, b1, c1)
    both = (("x-1", Sign.SAME_WINDOW), ("y-1", Sign.OUR_CLIENT))
    journal.write(FIRST, [duplicated(a1, *both), duplicated(b1, ("z-1", Sign.LINKED))])

    assert [row.duplicated_by for row in journal.rows(FIRST)] == ["x-1, y-1", "z-1", "", "", ""]
    assert sum(tally.duplicated for tally in journal.tallies(FIRST)) == 2
    assert sum(tally.count for tally in journal.tallies(FIRST)) == 5
    assert journal.retriggered(FIRST, lane=1)[0].duplicated_by == both
    event = json.loads(list(journal.events(FIRST))[-2])
    assert {
        key: event[key] for key in ("event", "run", "new_run", "duplicated_by", "evidence")
    } == {
        "event": "duplicated",
        "run": "a-1",
        "new_run": "new-a-1",
        "duplicated_by": "x-1, y-1",
        "evidence": "same_window, our_client",
    }


def test_what_seemed_to_be_one_is_taken_back(journal: Journal) -> None:
    (run,) = begun(journal, "a")
    done(journal, run)
    journal.write(FIRST, [duplicated(run, ("x-1", Sign.OUR_CLIENT)), duplicated(run)])

    assert [row.duplicated_by for row in journal.rows(FIRST)] == [""]
    assert [json.loads(line)["event"] for line in journal.events(FIRST)][-2:] == [
        "duplicated",
        "not_duplicated",
    ]


@pytest.mark.parametrize("word", ["planned", "asked", "unresolved", "skipped"])
def test_what_was_not_re_triggered_has_no_second_new_run(journal: Journal, word: str) -> None:
    (run,) = begun(journal, "a")
    entries = {
        "planned": [],
        "asked": [claimed(run)],
        "unresolved": [claimed(run), unresolved(run)],
        "skipped": [settled(run, OutcomeKind.SKIPPED)],
    }
    journal.write(FIRST, entries[word])
    before = list(journal.events(FIRST))

    with pytest.raises(AssertionError, match="the journal refuses"):
        journal.write(FIRST, [duplicated(run, ("x-1", Sign.LINKED))])
    assert list(journal.events(FIRST)) == before
