"""One run is found in every execution that planned it, passed it over, made it or saw it beside its own."""

import json

import pytest

from runner.journal import Duplicated, Journal
from runner.model.duplicate import Sign
from runner.model.words import OutcomeKind, RunId
from tests.contract.making import (
    AT,
    FIRST,
    SECOND,
    begun,
    claimed,
    retriggered,
    settled,
    some_passed_over,
)


@pytest.fixture
def told(journal: Journal) -> Journal:
    """Two executions: a-1 was re-triggered in the first, and left alone in the second."""
    a1, b1, c1 = begun(journal, "a b c", passed_over=some_passed_over(2))
    journal.write(FIRST, [claimed(a1), retriggered(a1), claimed(c1)])
    others = ((RunId("X-1"), Sign.SAME_WINDOW), (RunId("y-1"), Sign.OUR_CLIENT))
    entry = Duplicated(
        at_ms=AT + 90,
        position=a1.position,
        run_id=a1.found.run_id,
        new_run_id=RunId("new-a-1"),
        by=others,
    )
    journal.write(FIRST, [entry])
    (again,) = begun(journal, "a", name=SECOND, started_at_ms=AT + 1000)
    skip = settled(again, OutcomeKind.SKIPPED, reason="already_retriggered: as new-a-1 by first")
    journal.write(SECOND, [skip])
    assert b1
    return journal


@pytest.mark.parametrize(
    ("run_id", "found"),
    [
        ("a-1", [("old_run", FIRST, "retriggered", 1), ("old_run", SECOND, "skipped", 1)]),
        ("A-1", [("old_run", FIRST, "retriggered", 1), ("old_run", SECOND, "skipped", 1)]),
        ("new-a-1", [("new_run", FIRST, "retriggered", 1)]),
        ("NEW-A-1", [("new_run", FIRST, "retriggered", 1)]),
        ("x-1", [("other_new_run", FIRST, "retriggered", 1)]),
        ("Y-1", [("other_new_run", FIRST, "retriggered", 1)]),
        ("b-1", [("old_run", FIRST, "", 2)]),
        ("c-1", [("old_run", FIRST, "unresolved", 3)]),
        ("Z-2", [("old_run", FIRST, "skipped", None)]),
        ("-1", []),
        ("", []),
        ("%", []),
        ("nobody", []),
    ],
)
def test_a_run_is_found_by_any_of_its_names_and_roles(
    told: Journal, run_id: str, found: list[tuple[str, str, str, int | None]]
) -> None:
    assert [
        (one.role.value, one.execution.id, one.row.outcome, one.position)
        for one in told.runs_found(run_id)
    ] == found


def test_all_that_is_recorded_of_it_is_there(told: Journal) -> None:
    first, second = told.runs_found("a-1")

    assert first.row in list(told.rows(FIRST))
    assert second.row in list(told.rows(SECOND))
    assert first.duplicate_evidence == "same_window, our_client"
    assert [json.loads(line)["event"] for line in first.events] == [
        "asked",
        "settled",
        "duplicated",
    ]
    assert [json.loads(line)["event"] for line in second.events] == ["settled"]
    (passed_over,) = told.runs_found("z-1")
    assert (passed_over.events, passed_over.row.reason) == ((), "not_failed: it succeeded")


def test_the_executions_are_told_oldest_first_and_whole(told: Journal) -> None:
    assert [one.execution for one in told.runs_found("a-1")] == [
        told.execution(FIRST),
        told.execution(SECOND),
    ]
