"""What is read back: rows and their tallies, the next runs, what is known of old runs, and what is open."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from runner.journal import UNANSWERED, Entry, History, Journal, NewExecution, OpenQuestion
from runner.model.plan import PlannedRun
from runner.model.words import ExecutionId, FlowId, OutcomeKind, RunId, SandboxName
from tests.contract.making import (
    AT,
    FIRST,
    ORG,
    SECOND,
    MakeJournal,
    an_execution,
    begun,
    claimed,
    counted,
    halted,
    outcomes,
    released,
    retriggered,
    settled,
    some_passed_over,
    some_runs,
    stopped,
    unresolved,
)


def story(runs: list[PlannedRun]) -> list[Entry]:
    """Six runs, each in another standing; the seventh is untouched, the eighth waits in a halted lane."""
    a1, b1, c1, d1, e1, f1, *_ = runs
    return [
        claimed(a1), retriggered(a1),
        claimed(b1), settled(b1, OutcomeKind.REFUSED, reason="1388-400: disabled"),
        settled(c1, OutcomeKind.SKIPPED, reason="not_failed"),
        claimed(d1), unresolved(d1),
        claimed(e1),
        claimed(f1), released(f1),
        halted(8, because="its flow is held"),
    ]  # fmt: skip


@pytest.mark.parametrize("state", ["running", "finished", "stopped", "interrupted", "abandoned"])
def test_tallies_count_the_rows_in_every_state_of_an_execution(
    make_journal: MakeJournal, state: str
) -> None:
    journal = make_journal()
    runs = begun(journal, "a b c d e f stage/g h", passed_over=some_passed_over(3))
    journal.write(FIRST, story(runs))
    if state != "running":
        journal.write(FIRST, [stopped(state, because="told to")])
    waiting = ("", "") if state == "running" else ("not_attempted", "told to")
    held = "" if state == "running" else "not_attempted"

    rows = list(journal.rows(FIRST))
    assert [(row.sandbox, row.old_run_id, row.outcome, row.reason) for row in rows] == [
        ("prod", "a-1", "retriggered", ""),
        ("prod", "b-1", "refused", "1388-400: disabled"),
        ("prod", "c-1", "skipped", "not_failed"),
        ("prod", "d-1", "unresolved", "no answer within 75 s"),
        ("prod", "e-1", "unresolved", "asked, and no answer was recorded yet"),
        ("prod", "f-1", *waiting),
        ("stage", "stage-g-1", *waiting),
        ("prod", "h-1", held, "its flow is held"),
        *(("prod", f"z-{n}", "skipped", "not_failed: it succeeded") for n in (1, 2, 3)),
    ]
    assert [row.wave for row in rows] == [1] * 8 + [None] * 3
    execution = journal.execution(FIRST)
    tallies = journal.tallies(FIRST)
    assert execution is not None
    assert sum(t.count for t in tallies) == execution.planned + execution.passed_over == len(rows)
    assert sum(t.count for t in tallies if t.outcome == "skipped") == 4
    by_outcome: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (row.sandbox, row.outcome)
        by_outcome[key] = by_outcome.get(key, 0) + 1
    assert by_outcome == {
        key: sum(t.count for t in tallies if (t.sandbox, t.outcome) == key) for key in by_outcome
    }


def test_what_was_settled_lately_is_counted(journal: Journal) -> None:
    runs = begun(journal, "a b c d", passed_over=some_passed_over(2))
    before = [entry for run in runs[:3] for entry in (claimed(run), retriggered(run))]
    journal.write(FIRST, [*before, claimed(runs[3])])
    moments = sorted(row.settled_at_ms for row in journal.rows(FIRST) if row.settled_at_ms)

    assert len(moments) == 3
    assert journal.settled_since(FIRST, moments[0]) == 3
    assert journal.settled_since(FIRST, moments[-1] + 1) == 0


def test_rows_that_share_their_words_share_a_tally(journal: Journal) -> None:
    runs = begun(journal, "a b c stage/a stage/b", passed_over=some_passed_over(2))
    journal.write(FIRST, [entry for run in runs[1:4] for entry in (claimed(run), retriggered(run))])
    journal.write(FIRST, [stopped("interrupted", because="Ctrl-C")])

    tallies = journal.tallies(FIRST)
    assert sum(t.count for t in tallies) == 7
    planned = [t for t in tallies if t.reason != "not_failed"]
    assert counted(planned) == {
        ("prod", "retriggered", "", ""): 2,
        ("stage", "retriggered", "", ""): 1,
        ("prod", "not_attempted", "Ctrl-C", ""): 1,
        ("stage", "not_attempted", "Ctrl-C", ""): 1,
    }


def test_a_planned_run_skipped_for_a_reason_is_not_lost_among_the_passed_over(
    journal: Journal,
) -> None:
    (run,) = begun(journal, "a", passed_over=some_passed_over(2))
    journal.write(FIRST, [settled(run, OutcomeKind.SKIPPED, reason="not_failed")])

    tallies = [t for t in journal.tallies(FIRST) if t.outcome == "skipped"]
    assert {t.is_planned: t.count for t in tallies} == {True: 1, False: 2}
    assert len(tallies) == 2


def test_rows_see_one_moment_though_others_write_meanwhile(make_journal: MakeJournal) -> None:
    journal = make_journal()
    runs = begun(journal, "a b c", passed_over=some_passed_over(1))
    rows = make_journal().rows(FIRST)
    first = next(rows)
    journal.write(FIRST, [claimed(runs[2]), retriggered(runs[2]), stopped()])

    assert [first.outcome, *(row.outcome for row in rows)] == ["", "", "", "skipped"]


def test_a_reader_that_goes_away_leaves_the_journal_usable(journal: Journal) -> None:
    (run, _) = begun(journal, "a b")
    for stream in (journal.rows(FIRST), journal.lanes(FIRST), journal.events(FIRST)):
        assert isinstance(stream, Iterator)
        next(stream)

    journal.write(FIRST, [claimed(run)])
    assert journal.tallies(FIRST) != []


def test_the_next_runs_come_in_lane_order_up_to_the_limit_and_without_settled_ones(
    journal: Journal,
) -> None:
    a1, b1, a2, a3, a4, b2 = begun(journal, "a b a a a b")
    journal.write(
        FIRST,
        [
            claimed(a1), retriggered(a1),
            settled(a3, OutcomeKind.SKIPPED, reason="not_failed"),
            claimed(b1),
        ],
    )  # fmt: skip

    def next_runs(lanes: dict[int, int], most: int) -> list[tuple[int, PlannedRun, int]]:
        return journal.next_runs(FIRST, lanes, most_per_lane=most)

    assert next_runs({1: 1, 2: 1}, 9) == [(1, a2, 0), (1, a4, 0), (2, b2, 0)]
    assert next_runs({2: 1, 1: 1}, 1) == [(2, b2, 0), (1, a2, 0)]
    assert next_runs({1: 3}, 9) == [(1, a4, 0)]
    assert next_runs({1: 5, 2: 3}, 9) == []
    assert next_runs({1: 1}, 0) == []
    assert next_runs({}, 9) == []
    assert next_runs({77: 1}, 9) == []


def test_history_tells_of_retriggered_unresolved_and_asked_runs_only(journal: Journal) -> None:
    runs = begun(journal, "a b c d e f stage/g h")
    journal.write(FIRST, story(runs))

    every = [run.found.run_id for run in runs]
    known = {
        RunId("a-1"): History(execution_id=FIRST, outcome="retriggered", new_run_id="new-a-1"),
        RunId("d-1"): History(execution_id=FIRST, outcome="unresolved", new_run_id=""),
        RunId("e-1"): History(execution_id=FIRST, outcome="asked", new_run_id=""),
    }
    assert journal.history(ORG, every) == known
    assert journal.history("ANOTHER@AdobeOrg", every) == {}
    assert journal.history(ORG, []) == {}
    assert journal.history(ORG, [RunId("b-1"), RunId("nobody"), RunId("a-1"), RunId("a-1")]) == {
        RunId("a-1"): known[RunId("a-1")]
    }


def test_history_answers_for_thousands_at_once(journal: Journal) -> None:
    runs = begun(journal, " ".join(f"f{n}" for n in range(1203)))
    journal.write(FIRST, [entry for run in runs for entry in (claimed(run), retriggered(run))])

    known = journal.history(ORG, [run.found.run_id for run in runs])
    assert {run_id: entry.new_run_id for run_id, entry in known.items()} == {
        run.found.run_id: f"new-{run.found.run_id}" for run in runs
    }


def test_of_several_executions_the_newest_retriggering_is_told(journal: Journal) -> None:
    for name, asked_at_ms in ((FIRST, AT + 900), (SECOND, AT + 100)):
        (run,) = begun(journal, "a", name=name)
        done = replace(retriggered(run), asked_at_ms=asked_at_ms)
        journal.write(name, [claimed(run), done])

    assert journal.history(ORG, [RunId("a-1")])[RunId("a-1")].execution_id == FIRST


@pytest.mark.parametrize("open_first", [True, False])
def test_an_open_question_outweighs_a_known_answer(journal: Journal, open_first: bool) -> None:  # noqa: FBT001  # a parameter of the test
    times = (AT + 1, AT + 2) if open_first else (AT + 2, AT + 1)
    (in_doubt,) = begun(journal, "a", name=FIRST)
    (done,) = begun(journal, "a", name=SECOND)
    journal.write(FIRST, [claimed(in_doubt, at_ms=times[0]), unresolved(in_doubt)])
    journal.write(
        SECOND,
        [claimed(done), replace(retriggered(done), asked_at_ms=times[1])],
    )

    assert journal.history(ORG, [RunId("a-1")]) == {
        RunId("a-1"): History(execution_id=FIRST, outcome="unresolved", new_run_id="")
    }


def question(execution: ExecutionId, flow: str, run: str, asked_at_ms: int) -> OpenQuestion:
    return OpenQuestion(
        execution_id=execution,
        sandbox=SandboxName("prod"),
        flow_id=FlowId(flow),
        run_id=RunId(run),
        asked_at_ms=asked_at_ms,
    )


def test_open_questions_come_oldest_first_and_one_execution_can_be_left_out(
    journal: Journal,
) -> None:
    a1, b1, c1 = begun(journal, "a b c", name=FIRST)
    d1, e1 = begun(journal, "d e", name=SECOND)
    elsewhere = ExecutionId("elsewhere")
    (x1,) = begun(journal, "x", name=elsewhere, org_id="ANOTHER@AdobeOrg")
    journal.write(
        FIRST,
        [claimed(a1, at_ms=AT + 30), unresolved(a1), claimed(b1), retriggered(b1),
         claimed(c1, at_ms=AT + 10)],
    )  # fmt: skip
    journal.write(SECOND, [claimed(d1, at_ms=AT + 20), claimed(e1), released(e1)])
    journal.write(elsewhere, [claimed(x1)])
    a, c, d = (
        question(FIRST, "a", "a-1", AT + 30),
        question(FIRST, "c", "c-1", AT + 10),
        question(SECOND, "d", "d-1", AT + 20),
    )

    assert journal.open_questions(ORG, apart_from=None) == [c, d, a]
    assert journal.open_questions(ORG, apart_from=FIRST) == [d]
    assert journal.open_questions(ORG, apart_from=SECOND) == [c, a]
    assert journal.open_questions("NOBODY", apart_from=None) == []


def test_an_open_question_outlives_the_end_of_its_execution(journal: Journal) -> None:
    (run,) = begun(journal, "a")
    journal.write(FIRST, [claimed(run), unresolved(run), stopped("abandoned")])

    assert [q.run_id for q in journal.open_questions(ORG, apart_from=None)] == ["a-1"]
    assert outcomes(journal) == [("a-1", "unresolved", "no answer within 75 s", 1)]


def test_unresolved_runs_are_told_whole_and_in_flight_ones_where_asked_for(
    journal: Journal,
) -> None:
    a1, b1, c1, _, e1 = begun(journal, "a b c d e")
    journal.write(FIRST, [claimed(run) for run in (a1, b1, c1, e1)])
    journal.write(FIRST, [unresolved(e1), unresolved(a1), retriggered(b1)])

    assert [row.old_run_id for row in journal.unresolved(FIRST, with_asked=False)] == ["a-1", "e-1"]
    rows = [row for row in journal.rows(FIRST) if row.outcome == "unresolved"]
    assert list(journal.unresolved(FIRST, with_asked=True)) == rows
    assert [(row.old_run_id, row.reason) for row in rows if row.old_run_id == "c-1"] == [
        ("c-1", UNANSWERED)
    ]


def test_unresolved_runs_of_another_execution_are_not_told(journal: Journal) -> None:
    (theirs,) = begun(journal, "a")
    journal.write(FIRST, [claimed(theirs), unresolved(theirs)])
    begun(journal, "b", name=SECOND)

    assert list(journal.unresolved(SECOND, with_asked=True)) == []


def test_reports_may_be_said_to_go_elsewhere(make_journal: MakeJournal) -> None:
    journal = make_journal()
    begun(journal, "a")
    begun(journal, "b", name=SECOND)
    journal.report_to(FIRST, "else where/\ud800")

    told = {one.id: one.reports_directory for one in make_journal().executions()}
    assert told == {FIRST: "else where/\\ud800", SECOND: "reports/first"}


def test_a_planned_run_is_read_back_with_the_span_of_its_data(journal: Journal) -> None:
    plain, dated = some_runs("a b")
    found = replace(dated.found, window_start_ms=AT - 7_200_000, window_end_ms=AT - 3_600_000)
    runs = iter([plain, replace(dated, found=found)])
    passed_over = some_passed_over(1)
    journal.begin(NewExecution(execution=an_execution(FIRST), passed_over=passed_over, runs=runs))

    assert [(row.window_start_ms, row.window_end_ms) for row in journal.rows(FIRST)] == [
        (None, None),
        (AT - 7_200_000, AT - 3_600_000),
        (None, None),
    ]
