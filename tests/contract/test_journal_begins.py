"""An execution begins whole or not at all, and is found again by whoever opens the journal later."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from runner.errors import JournalUnusable
from runner.journal import Journal, LaneState, NewExecution
from runner.model.plan import PassedOver, PlannedRun
from runner.model.words import ExecutionId
from tests.contract.making import (
    AT,
    FIRST,
    ORG,
    SECOND,
    MakeJournal,
    an_execution,
    begun,
    some_passed_over,
    some_runs,
)

NOBODY = ExecutionId("nobody")


class DiskGone(Exception):
    """Something that a source of runs raises midway."""


def broken_off(runs: list[PlannedRun], *, after: int) -> Iterator[PlannedRun]:
    yield from runs[:after]
    raise DiskGone


def test_a_new_journal_says_so_and_holds_nothing(make_journal: MakeJournal) -> None:
    first = make_journal()
    again = make_journal()

    assert (first.is_new, again.is_new) == (True, False)
    assert first.place == again.place
    assert list(first.executions()) == []


def test_an_execution_is_read_back_as_it_was_with_its_runs_counted(
    make_journal: MakeJournal,
) -> None:
    begun(make_journal(), "a b a", passed_over=some_passed_over(2), ticket="https://t/1")

    expected = an_execution(planned=3, passed_over=2, ticket="https://t/1")
    assert make_journal().execution(FIRST) == expected


def test_the_plan_is_read_back_run_by_run(make_journal: MakeJournal) -> None:
    runs = begun(make_journal(), "a b a stage/a")

    journal = make_journal()
    assert list(journal.lanes(FIRST)) == [
        LaneState(
            number=number,
            sandbox=sandbox,
            flow_id=flow,
            runs=count,
            settled=0,
            next_position=1,
            open_runs=(),
            halted="",
        )
        for number, sandbox, flow, count in [
            (1, "prod", "a", 2),
            (2, "prod", "b", 1),
            (3, "stage", "a", 1),
        ]
    ]
    assert journal.next_runs(FIRST, {1: 1, 2: 1, 3: 1}, most_per_lane=9) == [
        (1, runs[0], 0),
        (1, runs[2], 0),
        (2, runs[1], 0),
        (3, runs[3], 0),
    ]


def test_every_field_that_may_be_missing_may_be_missing(journal: Journal) -> None:
    (run,) = some_runs("a")
    bare = replace(
        run,
        found=replace(
            run.found,
            etag=None,
            created_at_ms=None,
            updated_at_ms=None,
            started_at_ms=None,
            flow_name="",
            error_code="",
            error_message="",
        ),
    )
    journal.begin(NewExecution(execution=an_execution(), passed_over=[], runs=[bare]))

    assert journal.next_runs(FIRST, {1: 1}, most_per_lane=1) == [(1, bare, 0)]


@pytest.mark.parametrize("after", [0, 1, 1500])
def test_a_source_of_runs_that_breaks_off_leaves_nothing(
    make_journal: MakeJournal, after: int
) -> None:
    journal = make_journal()
    runs = some_runs(" ".join(f"f{n}" for n in range(2000)))

    with pytest.raises(DiskGone):
        journal.begin(
            NewExecution(
                execution=an_execution(),
                passed_over=some_passed_over(3),
                runs=broken_off(runs, after=after),
            )
        )

    assert list(make_journal().executions()) == []
    assert begun(journal, "a", name=FIRST)
    assert [row.old_run_id for row in make_journal().rows(FIRST)] == ["a-1"]


def test_a_source_of_passed_over_runs_that_breaks_off_leaves_nothing(journal: Journal) -> None:
    def passed_over() -> Iterator[PassedOver]:
        yield from some_passed_over(1200)
        raise DiskGone

    with pytest.raises(DiskGone):
        begun(journal, "a b", passed_over=passed_over())

    assert journal.execution(FIRST) is None


class CountedName(str):
    """A run's id that knows how many of its kind are held at once."""

    __slots__ = ()
    alive = most = 0

    def __init__(self, _: str) -> None:
        CountedName.alive += 1
        CountedName.most = max(CountedName.most, CountedName.alive)

    def __del__(self) -> None:
        CountedName.alive -= 1


def test_runs_are_taken_one_by_one_so_that_a_plan_need_not_fit_in_memory(journal: Journal) -> None:
    (run,) = some_runs("a")
    runs = (
        replace(
            run,
            position=place,
            lane_position=place,
            found=replace(run.found, run_id=CountedName(f"a-{place}")),
        )
        for place in range(1, 5001)
    )
    journal.begin(NewExecution(execution=an_execution(), passed_over=[], runs=runs))

    begun_with = journal.execution(FIRST)
    assert begun_with is not None
    assert begun_with.planned == 5000
    assert 0 < CountedName.most <= 2500


def test_an_execution_without_runs_is_an_execution(journal: Journal) -> None:
    begun(journal, "")

    assert journal.execution(FIRST) == an_execution()
    assert list(journal.lanes(FIRST)) == list(journal.rows(FIRST)) == journal.tallies(FIRST) == []


def test_executions_come_newest_first(journal: Journal) -> None:
    for number in range(1, 4):
        begun(journal, "a", name=ExecutionId(f"e{number}"), started_at_ms=AT - number)

    assert [execution.id for execution in journal.executions()] == ["e3", "e2", "e1"]


def test_a_name_is_given_once(journal: Journal) -> None:
    begun(journal, "a")

    with pytest.raises(JournalUnusable):
        begun(journal, "b")

    assert [row.old_run_id for row in journal.rows(FIRST)] == ["a-1"]


def test_text_that_cannot_be_kept_as_it_is_is_spelled_out(journal: Journal) -> None:
    broken, kept = "half \ud800 pair", "half \\ud800 pair"
    fine = some_runs(" ".join(["a"] * 1500))
    runs = [
        replace(run, found=replace(run.found, error_code=broken, flow_name=broken))
        if run.position in (1, 700)
        else run
        for run in fine
    ]
    over = [replace(run, detail=broken) for run in some_passed_over(2)]
    journal.begin(NewExecution(execution=an_execution(reason=broken), passed_over=over, runs=runs))

    rows = list(journal.rows(FIRST))
    execution = journal.execution(FIRST)
    assert [row.old_run_id for row in rows[:1500]] == [run.found.run_id for run in fine]
    assert [row.old_run_id for row in rows if row.old_error_code == kept] == ["a-1", "a-700"]
    assert rows[0].flow_name == kept
    assert rows[-1].reason == f"not_failed: {kept}"
    assert execution is not None
    assert execution.reason == kept


def test_an_unknown_execution_is_nothing_or_an_error_that_names_it(journal: Journal) -> None:
    begun(journal, "a")

    assert journal.execution(NOBODY) is None
    assert journal.leases(NOBODY) == []
    for ask in (
        lambda: list(journal.lanes(NOBODY)),
        lambda: list(journal.rows(NOBODY)),
        lambda: list(journal.events(NOBODY)),
        lambda: journal.tallies(NOBODY),
        lambda: journal.next_runs(NOBODY, {1: 1}, most_per_lane=1),
        lambda: journal.write(NOBODY, []),
        lambda: journal.resume(NOBODY, at_ms=AT),
    ):
        with pytest.raises(JournalUnusable, match="knows no execution nobody"):
            ask()


def test_two_executions_do_not_mix(journal: Journal) -> None:
    begun(journal, "a b", name=FIRST, passed_over=some_passed_over(1))
    begun(journal, "b", name=SECOND, prefix="x-")

    assert [r.old_run_id for r in journal.rows(FIRST)] == ["a-1", "b-1", "z-1"]
    assert [r.old_run_id for r in journal.rows(SECOND)] == ["x-b-1"]
    assert [e.org_id for e in journal.executions()] == [ORG, ORG]
