"""What a cut-off execution leaves in doubt, and what not."""

import json
from dataclasses import asdict, replace

from runner.journal import Journal
from runner.model.report import Whereabouts
from runner.model.words import ExecutionId, OutcomeKind
from tests.contract.making import (
    AT,
    FIRST,
    SECOND,
    MakeJournal,
    begun,
    claimed,
    halted,
    outcomes,
    released,
    retriggered,
    settled,
    stopped,
    unresolved,
)

LATER = AT + 500_000
IN_DOUBT = "asked, and the program ended before an answer was recorded"


def test_of_each_lane_the_first_asked_run_is_in_doubt_and_the_rest_was_never_sent(
    make_journal: MakeJournal,
) -> None:
    a1, b1, a2, b2, a3, a4 = begun(make_journal(), "a b a b a a")
    make_journal().write(
        FIRST,
        [claimed(a1), retriggered(a1), claimed(b1), claimed(a3), claimed(a2), claimed(b2)],
    )
    journal = make_journal()

    assert journal.resume(FIRST, at_ms=LATER) == 2

    assert outcomes(journal) == [
        ("a-1", "retriggered", "", 1),
        ("b-1", "unresolved", IN_DOUBT, 1),
        ("a-2", "unresolved", IN_DOUBT, 1),
        ("b-2", "", "", 0),
        ("a-3", "", "", 0),
        ("a-4", "", "", 0),
    ]
    assert [lane.open_runs for lane in journal.lanes(FIRST)] == [("a-2",), ("b-1",)]
    assert journal.next_runs(FIRST, {1: 1, 2: 1}, most_per_lane=9) == [
        (1, a3, 0),
        (1, a4, 0),
        (2, b2, 0),
    ]


def test_what_is_in_doubt_keeps_when_it_was_asked(journal: Journal) -> None:
    (run,) = begun(journal, "a")
    journal.write(FIRST, [claimed(run), released(run), claimed(run, attempt=2, at_ms=AT + 77)])
    journal.resume(FIRST, at_ms=LATER)

    (row,) = journal.rows(FIRST)
    assert (row.outcome, row.attempts, row.asked_at_ms, row.settled_at_ms, row.request_id) == (
        "unresolved",
        2,
        AT + 77,
        LATER,
        "q1-2",
    )


def test_what_is_in_doubt_only_because_the_program_ended_counts_for_no_stop_rule(
    journal: Journal,
) -> None:
    a1, b1, c1 = begun(journal, "a b c")
    journal.write(FIRST, [claimed(a1), claimed(b1), claimed(c1), retriggered(a1), unresolved(b1)])
    journal.resume(FIRST, at_ms=LATER)

    done = [(run.run_id, run.outcome) for run in journal.done(FIRST)]
    assert done == [("a-1", "retriggered"), ("b-1", "unresolved")]


def test_it_is_running_again_and_its_lanes_go_on(journal: Journal) -> None:
    begun(journal, "a b")
    journal.write(FIRST, [halted(1, 2), stopped()])
    before = journal.execution(FIRST)

    assert journal.resume(FIRST, at_ms=LATER) == 0

    after = journal.execution(FIRST)
    assert before is not None
    assert after is not None
    assert (before.state, before.finished_at_ms) == ("stopped", AT + 60)
    assert (after.state, after.stopped_because, after.exit_code, after.finished_at_ms) == (
        "running",
        "",
        None,
        None,
    )
    assert [lane.halted for lane in journal.lanes(FIRST)] == ["", ""]


def test_what_was_settled_or_unresolved_before_stays_as_it_was(journal: Journal) -> None:
    a1, b1, c1 = begun(journal, "a b c")
    journal.write(
        FIRST,
        [
            claimed(a1),
            unresolved(a1),
            claimed(b1),
            retriggered(b1),
            settled(c1, OutcomeKind.SKIPPED, reason="not_failed"),
        ],
    )
    before = outcomes(journal)

    assert journal.resume(FIRST, at_ms=LATER) == 0
    assert outcomes(journal) == before


def test_resuming_twice_doubts_nothing_twice(journal: Journal) -> None:
    a1, a2 = begun(journal, "a a")
    journal.write(FIRST, [claimed(a1), claimed(a2)])

    assert [journal.resume(FIRST, at_ms=LATER + n) for n in range(3)] == [1, 0, 0]
    assert outcomes(journal) == [("a-1", "unresolved", IN_DOUBT, 1), ("a-2", "", "", 0)]


def test_another_execution_is_left_alone(journal: Journal) -> None:
    (mine,) = begun(journal, "a", name=FIRST)
    (theirs,) = begun(journal, "a", name=SECOND, prefix="x-")
    journal.write(FIRST, [claimed(mine)])
    journal.write(SECOND, [claimed(theirs), halted(1)])
    before = list(journal.events(SECOND))

    journal.resume(FIRST, at_ms=LATER)

    assert outcomes(journal, SECOND) == [
        ("x-a-1", "unresolved", "asked, and no answer was recorded yet", 1)
    ]
    assert [lane.halted for lane in journal.lanes(SECOND)] == ["its flow is held"]
    assert list(journal.events(SECOND)) == before


def test_it_is_told_among_the_events(journal: Journal) -> None:
    a1, a2 = begun(journal, "a a")
    journal.write(FIRST, [claimed(a1), claimed(a2)])
    journal.resume(FIRST, at_ms=LATER)

    told = [json.loads(line) for line in journal.events(FIRST)]
    assert [(event["event"], event.get("run")) for event in told[-3:]] == [
        ("resumed", None),
        ("settled", "a-1"),
        ("released", "a-2"),
    ]


def test_where_it_is_worked_is_known_from_its_last_go(journal: Journal) -> None:
    first = Whereabouts(
        working_folder="/home/ada/inc",
        journal_place="j/gl.db",
        applied="gl.yaml",
        options="--again",
    )
    begun(journal, "a", **asdict(first))
    begun(journal, "a", name=SECOND, prefix="x-", **asdict(first))
    assert worked_at(journal, FIRST) == first

    then = Whereabouts(
        working_folder="/builds/2\udcff",
        journal_place=".retrigger/journal.db",
        applied="",
        options="",
    )
    journal.resume(FIRST, at_ms=LATER, whereabouts=then)
    journal.resume(SECOND, at_ms=LATER)

    assert worked_at(journal, FIRST) == replace(then, working_folder="/builds/2\\udcff")
    assert worked_at(journal, SECOND) == first


def worked_at(journal: Journal, name: ExecutionId) -> Whereabouts:
    execution = journal.execution(name)
    assert execution is not None
    fields = ("working_folder", "journal_place", "applied", "options")
    return Whereabouts(**{field: getattr(execution, field) for field in fields})
