"""What is told of an execution's end: in which sessions it was worked, and the flows in which most went wrong."""

import pytest

from runner.journal import Journal, Stopped, reconciled
from runner.model.report import FlowCount, WorstFlows
from runner.model.session import Session
from runner.model.words import FlowId, OutcomeKind, Recovery
from tests.contract.making import (
    AT,
    FIRST,
    SECOND,
    begun,
    claimed,
    noted,
    retriggered,
    settled,
    some_passed_over,
    stopped,
    unresolved,
    watched,
)

HOUR = 3_600_000


def ended(state: str, at_ms: int) -> Stopped:
    return Stopped(at_ms=at_ms, state=state, because="", exit_code=0)


def spans(journal: Journal) -> list[tuple[int, int, bool]]:
    """The sessions, in milliseconds since the execution began."""
    return [
        (one.from_ms - AT, one.to_ms - AT, one.is_reconciling) for one in journal.sessions(FIRST)
    ]


def test_an_execution_that_is_worked_in_one_go_has_one_session(journal: Journal) -> None:
    begun(journal, "a")
    journal.write(FIRST, [ended("finished", AT + 90_000)])

    assert journal.sessions(FIRST) == [Session(from_ms=AT, to_ms=AT + 90_000)]


def test_one_that_is_at_work_ends_with_its_newest_event(journal: Journal) -> None:
    (run,) = begun(journal, "a")
    assert spans(journal) == [(0, 0, False)]
    journal.write(FIRST, [claimed(run, at_ms=AT + 10)])

    assert spans(journal) == [(0, 10, False)]


def test_the_hours_between_two_sessions_belong_to_none(journal: Journal) -> None:
    begun(journal, "a")
    journal.write(FIRST, [ended("interrupted", AT + 1_000)])
    journal.resume(FIRST, at_ms=AT + 9 * HOUR)
    journal.write(FIRST, [ended("finished", AT + 9 * HOUR + 500)])

    assert spans(journal) == [(0, 1_000, False), (9 * HOUR, 9 * HOUR + 500, False)]


def test_the_session_of_a_process_that_was_killed_ends_with_its_last_event(
    journal: Journal,
) -> None:
    (run,) = begun(journal, "a")
    journal.write(FIRST, [claimed(run, at_ms=AT + 10), retriggered(run)])
    journal.resume(FIRST, at_ms=AT + HOUR)
    journal.write(FIRST, [ended("finished", AT + HOUR + 5)])

    assert spans(journal) == [(0, 30, False), (HOUR, HOUR + 5, False)]


def test_giving_an_execution_up_for_good_is_no_work(journal: Journal) -> None:
    begun(journal, "a")
    journal.write(FIRST, [noted("rate"), ended("abandoned", AT + 72 * HOUR)])
    assert spans(journal) == [(0, 50, False)]

    begun(journal, "a", name=SECOND)
    journal.write(SECOND, [ended("interrupted", AT + 7), ended("abandoned", AT + 72 * HOUR)])
    assert [one.to_ms - AT for one in journal.sessions(SECOND)] == [7]


def test_looking_again_is_a_session_from_when_it_began(journal: Journal) -> None:
    (run,) = begun(journal, "a")
    journal.write(FIRST, [claimed(run), retriggered(run), ended("finished", AT + 100)])
    journal.write(
        FIRST,
        [
            watched(run, Recovery.RECOVERED),
            reconciled(since_ms=AT + HOUR, at_ms=AT + 2 * HOUR),
            ended("finished", AT + 2 * HOUR),
        ],
    )

    assert spans(journal) == [(0, 100, False), (HOUR, 2 * HOUR, True)]


def test_looking_again_at_what_a_killed_process_left_is_one_session(journal: Journal) -> None:
    (run,) = begun(journal, "a")
    journal.write(FIRST, [claimed(run, at_ms=AT + 10)])
    journal.resume(FIRST, at_ms=AT + HOUR + 1)
    journal.write(
        FIRST,
        [
            reconciled(since_ms=AT + HOUR, at_ms=AT + HOUR + 9),
            ended("stopped", AT + HOUR + 9),
        ],
    )

    assert spans(journal) == [(0, 10, False), (HOUR, HOUR + 9, True)]


def test_words_of_others_end_no_session(journal: Journal) -> None:
    (run,) = begun(journal, "a")
    hostile = 'x", "event": "stopped", "state": "finished'
    journal.write(FIRST, [claimed(run), settled(run, OutcomeKind.REFUSED, reason=hostile)])

    assert spans(journal) == [(0, 30, False)]


def test_the_flows_with_most_of_each_kind_come_first_and_the_others_are_counted(
    journal: Journal,
) -> None:
    runs = begun(journal, "a b b c c c stage/a", passed_over=some_passed_over(5))
    for run in runs:
        journal.write(FIRST, [claimed(run), settled(run, OutcomeKind.REFUSED)])

    (kind,) = journal.worst_flows(FIRST, ["refused", "gave_up"], most=2).items()
    assert kind == (
        "refused",
        WorstFlows(
            flows=(
                FlowCount(sandbox="prod", flow_id=FlowId("c"), flow_name="Flow c", runs=3),
                FlowCount(sandbox="prod", flow_id=FlowId("b"), flow_name="Flow b", runs=2),
            ),
            of=4,
        ),
    )


@pytest.mark.parametrize("kinds", [[], ["gave_up"]])
def test_a_kind_that_nothing_is_of_is_left_out(journal: Journal, kinds: list[str]) -> None:
    begun(journal, "a")
    assert journal.worst_flows(FIRST, kinds, most=9) == {}


def test_a_kind_is_an_outcome_a_recovery_or_the_word_of_a_reason(journal: Journal) -> None:
    runs = begun(journal, "a b c d e f g")
    words = ["changed_since_plan: its status was a: b", "not_found", ""]
    journal.write(
        FIRST,
        [
            *(entry for run in runs[:2] for entry in (claimed(run), retriggered(run))),
            watched(runs[0], Recovery.FAILED_AGAIN, reason="failed"),
            claimed(runs[2]),
            *(claimed(runs[3]), unresolved(runs[3])),
            *(
                settled(run, OutcomeKind.SKIPPED, reason=word)
                for run, word in zip(runs[4:], words, strict=True)
            ),
        ],
    )
    journal.write(FIRST, [stopped()])
    kinds = ["failed_again", "", "retriggered", "unresolved", "changed_since_plan", "not_found"]

    found = journal.worst_flows(FIRST, kinds, most=9)

    assert {kind: [one.flow_id for one in worst.flows] for kind, worst in found.items()} == {
        "failed_again": ["a"],
        "": ["b", "g"],
        "unresolved": ["c", "d"],
        "changed_since_plan": ["e"],
        "not_found": ["f"],
    }
