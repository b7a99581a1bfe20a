"""What the journal says of waves, of the last thing done in a lane, and of how much was asked for lately."""

from dataclasses import replace

from runner.journal import Journal, LastDone, NewExecution, WaveState
from runner.model.plan import PlannedRun
from runner.model.words import OutcomeKind, RunId, SandboxName
from tests.contract.making import (
    AT,
    FIRST,
    ORG,
    SECOND,
    MakeJournal,
    an_execution,
    begun,
    claimed,
    released,
    retriggered,
    settled,
    some_runs,
    stopped,
    unresolved,
)

PROD = SandboxName("prod")


def begun_in_waves(journal: Journal, words: str, *, ends: tuple[int, ...]) -> list[PlannedRun]:
    runs = [
        replace(run, wave=sum(run.position > end for end in ends) + 1) for run in some_runs(words)
    ]
    journal.begin(NewExecution(execution=an_execution(), passed_over=(), runs=iter(runs)))
    return runs


def test_each_wave_says_how_many_of_its_runs_have_an_outcome(journal: Journal) -> None:
    runs = begun_in_waves(journal, "a b a c b", ends=(1, 3))
    journal.write(FIRST, [claimed(runs[0]), retriggered(runs[0]), claimed(runs[1])])
    journal.write(FIRST, [unresolved(runs[1])])

    assert journal.waves(FIRST) == [
        WaveState(number=1, runs=1, settled=1, touched=True),
        WaveState(number=2, runs=2, settled=0, touched=True),
        WaveState(number=3, runs=2, settled=0, touched=False),
    ]


def test_lanes_up_to_a_wave_count_no_later_runs(journal: Journal) -> None:
    begun_in_waves(journal, "a b a c b", ends=(1, 3))

    assert [(lane.flow_id, lane.runs) for lane in journal.lanes(FIRST, up_to_wave=1)] == [("a", 1)]
    assert [(lane.flow_id, lane.runs) for lane in journal.lanes(FIRST, up_to_wave=2)] == [
        ("a", 2),
        ("b", 1),
    ]
    assert [(lane.flow_id, lane.runs) for lane in journal.lanes(FIRST)] == [
        ("a", 2),
        ("b", 2),
        ("c", 1),
    ]


def test_next_runs_stop_where_the_wave_does(journal: Journal) -> None:
    runs = begun_in_waves(journal, "a b a c b", ends=(1, 3))
    starts = {1: 1, 2: 1, 3: 1}

    first = journal.next_runs(FIRST, starts, most_per_lane=9, up_to_wave=1)
    second = journal.next_runs(FIRST, starts, most_per_lane=9, up_to_wave=2)

    assert [run for _, run, _ in first] == [runs[0]]
    assert [run for _, run, _ in second] == [runs[0], runs[2], runs[1]]


def test_a_wave_is_counted_for_itself(journal: Journal) -> None:
    runs = begun_in_waves(journal, "a b a", ends=(1,))
    journal.write(FIRST, [settled(runs[0], OutcomeKind.REFUSED, reason="no")])

    (first,) = journal.wave_tallies(FIRST, wave=1)
    (second,) = journal.wave_tallies(FIRST, wave=2)

    assert (first.outcome, first.reason, first.count) == ("refused", "no", 1)
    assert (second.outcome, second.count) == ("", 2)


def test_a_lane_says_what_became_of_its_last_run(make_journal: MakeJournal) -> None:
    journal = make_journal()
    runs = begun(journal, "a a b c")
    journal.write(FIRST, [claimed(runs[0]), retriggered(runs[0])])
    journal.write(FIRST, [claimed(runs[1]), settled(runs[1], OutcomeKind.REFUSED)])
    journal.write(FIRST, [settled(runs[2], OutcomeKind.SKIPPED, reason="not_found")])

    assert [lane.last for lane in make_journal().lanes(FIRST)] == [
        LastDone(run_id=RunId("a-2"), outcome="refused", recovery=""),
        None,
        None,
    ]


def test_what_was_asked_for_lately_counts_every_execution_and_what_is_in_doubt(
    make_journal: MakeJournal,
) -> None:
    journal = make_journal()
    runs = begun(journal, "a b c d stage/e")
    for run, at_ms in zip(runs, (AT + 10, AT + 20, AT + 30, AT + 40, AT + 50), strict=True):
        journal.write(FIRST, [claimed(run, at_ms=at_ms)])
    journal.write(FIRST, [replace(retriggered(runs[0]), asked_at_ms=AT + 10)])
    journal.write(FIRST, [unresolved(runs[1])])
    journal.write(FIRST, [released(runs[2])])
    other = begun(journal, "f", name=SECOND, prefix="other-")
    journal.write(SECOND, [claimed(other[0], at_ms=AT + 60)])

    def asked(since_ms: int, sandbox: str = "prod") -> list[int]:
        return make_journal().asked_since(ORG, SandboxName(sandbox), since_ms=since_ms)

    assert asked(AT) == [AT + 10, AT + 20, AT + 40, AT + 60]
    assert asked(AT + 20) == [AT + 20, AT + 40, AT + 60]
    assert asked(AT, "stage") == [AT + 50]
    assert make_journal().asked_since("ANOTHER@AdobeOrg", PROD, since_ms=AT) == []


def test_an_execution_that_ended_before_counts_for_nothing(journal: Journal) -> None:
    (run,) = begun(journal, "a")
    journal.write(FIRST, [claimed(run), retriggered(run), stopped("finished")])

    assert journal.asked_since(ORG, PROD, since_ms=AT) == [AT + 10]
    assert journal.asked_since(ORG, PROD, since_ms=AT + 61) == []
