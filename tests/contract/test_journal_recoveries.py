"""What became of new runs: what may be written, what may be written over, and which are still awaited."""

import json
from collections.abc import Callable

import pytest

from runner.journal import Entry, Journal, Watched
from runner.model.plan import PlannedRun
from runner.model.recovery import Awaited, Recovered
from runner.model.words import (
    ETag,
    ExecutionId,
    FlowId,
    OutcomeKind,
    Recovery,
    RunId,
    SandboxName,
)
from tests.contract.making import (
    AT,
    FIRST,
    SECOND,
    MakeJournal,
    begun,
    claimed,
    counted,
    retriggered,
    settled,
    unresolved,
    watched,
)

FINAL = [Recovery.RECOVERED, Recovery.RECOVERED_EMPTY, Recovery.PARTIAL, Recovery.FAILED_AGAIN]
NOT_FINAL = [Recovery.RUNNING, Recovery.UNKNOWN]
SAME = "CONNECTOR-1001 (the same as before)"

Step = Callable[[PlannedRun], Entry]


def refused(run: PlannedRun) -> Entry:
    return settled(run, OutcomeKind.REFUSED, reason="1388-400: the flow is disabled")


def done(journal: Journal, *runs: PlannedRun, name: ExecutionId = FIRST) -> None:
    for run in runs:
        journal.write(name, [claimed(run), retriggered(run)])


def recoveries(journal: Journal) -> list[tuple[str, str, str]]:
    return [(row.old_run_id, row.recovery, row.reason) for row in journal.rows(FIRST)]


def positions(journal: Journal, *, after: int = 0, most: int = 99) -> list[int]:
    return [one.position for one in journal.awaited(FIRST, after=after, most=most)]


def test_a_recovery_is_read_back_whole_and_the_outcome_stays(journal: Journal) -> None:
    (run,) = begun(journal, "a")
    done(journal, run)
    (before,) = journal.rows(FIRST)

    recovered = Recovered(
        recovery=Recovery.FAILED_AGAIN,
        reason=SAME,
        status="failed",
        etag=ETag('"new-2"'),
        records_in=0,
        records_out=7,
        error_code="CONNECTOR-1001",
        error_message="the key expired",
    )
    entry = Watched(at_ms=AT + 99, position=1, run_id=run.found.run_id, recovered=recovered)
    journal.write(FIRST, [entry])

    (row,) = journal.rows(FIRST)
    changed = {
        name: getattr(row, name)
        for name in type(row).__slots__
        if getattr(row, name) != getattr(before, name)
    }
    assert changed == {
        "reason": SAME,
        "new_etag": '"new-2"',
        "new_status": "failed",
        "recovery": "failed_again",
        "records_in": 0,
        "records_out": 7,
    }
    assert counted(journal.tallies(FIRST)) == {("prod", "retriggered", SAME, "failed_again"): 1}


def test_a_recovery_is_an_event_with_all_that_was_seen(journal: Journal) -> None:
    (run,) = begun(journal, "a")
    done(journal, run)
    journal.write(FIRST, [watched(run, Recovery.FAILED_AGAIN, reason=SAME)])

    event = json.loads(list(journal.events(FIRST))[-1])
    del event["at"], event["chain"]
    assert event == {
        "number": 4,
        "event": "watched",
        "position": 1,
        "run": "a-1",
        "recovery": "failed_again",
        "reason": SAME,
        "new_status": "failed",
        "records_in": 0,
        "error_code": "CONNECTOR-1001",
        "error_message": "the key expired",
    }


def test_what_the_platform_did_not_say_again_stays_as_it_was(journal: Journal) -> None:
    (run,) = begun(journal, "a")
    done(journal, run)
    journal.write(FIRST, [watched(run, Recovery.RUNNING, status="queued")])
    nothing = Recovered(recovery=Recovery.UNKNOWN)
    journal.write(
        FIRST, [Watched(at_ms=AT, position=1, run_id=run.found.run_id, recovered=nothing)]
    )

    (row,) = journal.rows(FIRST)
    assert (row.recovery, row.reason, row.new_status, row.new_etag, row.records_in) == (
        "unknown",
        "",
        "queued",
        '"new-a-1"',
        0,
    )


def test_the_words_of_a_recovery_follow_those_of_the_outcome(journal: Journal) -> None:
    (run,) = begun(journal, "a")
    adopted = settled(run, OutcomeKind.RETRIGGERED, reason="found by looking")
    journal.write(FIRST, [claimed(run), unresolved(run), adopted])
    journal.write(FIRST, [watched(run, Recovery.FAILED_AGAIN, reason=SAME)])

    assert recoveries(journal) == [("a-1", "failed_again", f"found by looking; {SAME}")]


@pytest.mark.parametrize("first", NOT_FINAL)
@pytest.mark.parametrize("then", [*FINAL, *NOT_FINAL])
def test_a_recovery_that_is_not_final_may_be_written_over(
    journal: Journal, first: Recovery, then: Recovery
) -> None:
    (run,) = begun(journal, "a")
    done(journal, run)
    journal.write(FIRST, [watched(run, first, reason="first")])
    journal.write(FIRST, [watched(run, then, reason="then")])

    assert recoveries(journal) == [("a-1", then.value, "then")]


@pytest.mark.parametrize("final", FINAL)
@pytest.mark.parametrize("then", [*FINAL, *NOT_FINAL])
def test_a_final_recovery_stays(journal: Journal, final: Recovery, then: Recovery) -> None:
    (run,) = begun(journal, "a")
    done(journal, run)
    journal.write(FIRST, [watched(run, final, reason="final")])
    events = list(journal.events(FIRST))

    with pytest.raises(AssertionError, match="the journal refuses"):
        journal.write(FIRST, [watched(run, then, reason="then")])
    assert recoveries(journal) == [("a-1", final.value, "final")]
    assert list(journal.events(FIRST)) == events


@pytest.mark.parametrize("before", [(), (claimed,), (claimed, unresolved), (claimed, refused)])
def test_only_what_was_retriggered_can_recover(journal: Journal, before: tuple[Step, ...]) -> None:
    (run,) = begun(journal, "a")
    for step in before:
        journal.write(FIRST, [step(run)])
    rows = list(journal.rows(FIRST))

    with pytest.raises(AssertionError, match="the journal refuses"):
        journal.write(FIRST, [watched(run, Recovery.RECOVERED)])
    assert list(journal.rows(FIRST)) == rows
    assert positions(journal) == []


def test_a_platforms_broken_words_do_not_cost_the_recovery(journal: Journal) -> None:
    (run,) = begun(journal, "a")
    done(journal, run)
    journal.write(FIRST, [watched(run, Recovery.RUNNING, reason="still \udfff", status="\udfff")])

    assert recoveries(journal) == [("a-1", "running", "still \\udfff")]


def test_what_is_awaited_says_all_that_watching_needs(journal: Journal) -> None:
    (run,) = begun(journal, "stage/a")
    done(journal, run)

    assert journal.awaited(FIRST, after=0, most=9) == [
        Awaited(
            position=1,
            run_id=RunId("stage-a-1"),
            old_etag=ETag('"stage-a-1"'),
            old_status="failed",
            old_error_code="CONNECTOR-1001",
            old_updated_at_ms=AT - 2000,
            sandbox=SandboxName("stage"),
            flow_id=FlowId("a"),
            new_run_id=RunId("new-stage-a-1"),
            since_ms=AT + 30,
        )
    ]


def test_awaited_are_the_retriggered_without_a_final_recovery_also_after_a_restart(
    make_journal: MakeJournal,
) -> None:
    journal = make_journal()
    runs = begun(journal, "a b a b a b a b")
    (other,) = begun(journal, "z", name=SECOND)
    done(journal, *runs[:7])
    done(journal, other, name=SECOND)
    journal.write(
        FIRST,
        [
            watched(run, recovery)
            for run, recovery in zip(runs[:6], [*FINAL, *NOT_FINAL], strict=True)
        ],
    )

    again = make_journal()
    assert positions(again) == [5, 6, 7]
    assert positions(again, most=2) == [5, 6]
    assert positions(again, after=6, most=2) == [7]
    assert positions(again, after=7) == []
