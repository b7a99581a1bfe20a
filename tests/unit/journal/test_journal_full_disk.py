"""A disk that is full: SQLite is told that the file may not grow, and reports what it reports of a full disk."""

from collections.abc import Callable
from pathlib import Path

import pytest

from runner.errors import JournalUnusable
from runner.journal import GroupCommit, open_journal
from runner.journal.sqlite import SqliteJournal
from runner.model.plan import PlannedRun
from tests.contract.making import FIRST, SECOND, begun, claimed, noted, retriggered

FULL = "the journal cannot be written: database or disk is full"
WORDS = " ".join(f"f{number}" for number in range(500))

Fill = Callable[[SqliteJournal], None]


@pytest.fixture
def fill() -> Fill:
    """Leave no page free to grow into."""

    def fill_it(journal: SqliteJournal) -> None:
        with journal.transaction() as writer:
            pages = writer.execute("PRAGMA page_count").fetchone()[0]
            writer.execute(f"PRAGMA max_page_count = {pages}")

    return fill_it


@pytest.fixture
def runs(journal: SqliteJournal) -> list[PlannedRun]:
    return begun(journal, WORDS)


def test_a_write_that_does_not_fit_leaves_nothing_and_the_next_opening_goes_on(
    place: Path, journal: SqliteJournal, runs: list[PlannedRun], fill: Fill
) -> None:
    journal.write(FIRST, [claimed(runs[0])])
    fill(journal)
    rows, events = list(journal.rows(FIRST)), list(journal.events(FIRST))

    with pytest.raises(JournalUnusable, match=FULL) as caught:
        journal.write(FIRST, [retriggered(runs[0]), *(claimed(run) for run in runs[1:])])

    assert caught.value.remedy == ("Free disk space, then run apply again: it goes on from here.")
    assert (list(journal.rows(FIRST)), list(journal.events(FIRST))) == (rows, events)
    journal.close()
    again = open_journal(str(place), make=False)
    assert (list(again.rows(FIRST)), list(again.events(FIRST))) == (rows, events)
    assert again.resume(FIRST, at_ms=0) == 1
    again.write(FIRST, [claimed(run) for run in runs[1:]])
    again.close()


def test_the_same_opening_goes_on_once_there_is_room(
    journal: SqliteJournal, runs: list[PlannedRun], fill: Fill
) -> None:
    fill(journal)
    with pytest.raises(JournalUnusable, match=FULL):
        journal.write(FIRST, [claimed(run) for run in runs])
    with journal.transaction() as writer:
        writer.execute("PRAGMA max_page_count = 1000000")

    journal.write(FIRST, [claimed(run) for run in runs])
    assert all(row.attempts == 1 for row in journal.rows(FIRST))


def test_an_execution_that_does_not_fit_does_not_begin(
    journal: SqliteJournal, runs: list[PlannedRun], fill: Fill
) -> None:
    fill(journal)

    with pytest.raises(JournalUnusable, match=FULL):
        begun(journal, " ".join(f"g{number}" for number in range(3000)), name=SECOND)

    assert [(e.id, e.planned) for e in journal.executions()] == [(FIRST, len(runs))]


async def test_writing_in_groups_ends_and_everyone_who_waits_is_told(
    journal: SqliteJournal, runs: list[PlannedRun], fill: Fill
) -> None:
    fill(journal)
    before = list(journal.events(FIRST))
    commits = GroupCommit(journal, FIRST, linger_seconds=0)
    told: list[Exception] = []
    commits.when_it_fails(told.append)

    with pytest.raises(JournalUnusable, match=FULL) as caught:
        await commits.durable([claimed(run) for run in runs])
    with pytest.raises(JournalUnusable, match=FULL):
        await commits.durable([noted("small enough to fit")])
    with pytest.raises(JournalUnusable, match=FULL):
        await commits.close()

    assert told == [caught.value] == [commits.failure]
    assert list(journal.events(FIRST)) == before
