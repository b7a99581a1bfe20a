"""Many entries to one durable transaction, and nobody goes on before theirs is durable."""

import asyncio
import json
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from runner.errors import JournalUnusable
from runner.journal import Entry, GroupCommit, Journal, Noted, open_journal
from runner.model.words import ExecutionId
from tests.contract.making import AT, FIRST, begun, claimed, noted, released, retriggered


def numbered(number: int) -> Noted:
    return Noted(at_ms=AT, what="remark", facts={"remark": number})


class Watched:
    """A journal's writing, counted; the first transaction can be held up, and one can be made to fail."""

    def __init__(self, journal: Journal, *, fail_at: int = 0) -> None:
        self.journal = journal
        self.fail_at = fail_at
        self.sizes: list[int] = []
        self.entered, self.go_on = threading.Event(), threading.Event()

    def write(self, execution_id: ExecutionId, entries: Sequence[Entry]) -> None:
        self.sizes.append(len(entries))
        self.entered.set()
        assert self.go_on.wait(60)
        if len(self.sizes) == self.fail_at:
            raise JournalUnusable("the disk is gone")
        self.journal.write(execution_id, entries)


@pytest.fixture
def watched(journal: Journal) -> Watched:
    begun(journal, "a b")
    return Watched(journal)


def commits_to(watched: Watched) -> GroupCommit:
    return GroupCommit(watched, FIRST, linger_seconds=0)


def remarks(journal: Journal) -> list[int]:
    told = (json.loads(line) for line in journal.events(FIRST))
    return [event["remark"] for event in told if event["event"] == "remark"]


async def test_an_entry_is_durable_before_anyone_goes_on(journal: Journal, place: Path) -> None:
    (run,) = begun(journal, "a")
    reader = open_journal(str(place), make=False)
    commits = GroupCommit(journal, FIRST, linger_seconds=0)
    seen: list[str] = []
    for entry in (claimed(run), released(run), claimed(run, attempt=2), retriggered(run)):
        done = asyncio.Event()

        def look(done: asyncio.Event = done) -> None:
            seen.extend(row.outcome for row in reader.rows(FIRST))
            done.set()

        commits.put([entry], then=look)
        await done.wait()
    await commits.close()
    reader.close()

    assert seen == ["unresolved", "", "unresolved", "retriggered"]


async def test_entries_keep_the_order_in_which_they_were_put(watched: Watched) -> None:
    watched.go_on.set()
    commits = commits_to(watched)
    told: list[int] = []
    for number in range(0, 3000, 2):
        pair = [numbered(number), numbered(number + 1)]
        commits.put(pair, then=lambda n=number: told.append(n))
        if number % 500 == 0:
            await asyncio.sleep(0)
    await commits.close()
    await asyncio.sleep(0)

    assert remarks(watched.journal) == list(range(3000))
    assert told == list(range(0, 3000, 2))


async def test_what_comes_while_the_thread_writes_shares_one_transaction(watched: Watched) -> None:
    commits = commits_to(watched)
    commits.put([numbered(0)])
    await asyncio.to_thread(watched.entered.wait)
    for number in range(1, 101):
        commits.put([numbered(number)])
    watched.go_on.set()
    await commits.close()

    assert watched.sizes == [1, 100]
    assert remarks(watched.journal) == list(range(101))


async def test_a_transaction_does_not_grow_without_end(watched: Watched) -> None:
    commits = commits_to(watched)
    commits.put([numbered(0)])
    await asyncio.to_thread(watched.entered.wait)
    for number in range(1, 5001):
        commits.put([numbered(number)])
    watched.go_on.set()
    await commits.close()

    assert watched.sizes == [1, 1024, 1024, 1024, 1024, 904]
    assert remarks(watched.journal) == list(range(5001))


async def test_waiting_for_nothing_waits_for_all_that_was_put_before(
    watched: Watched, place: Path
) -> None:
    watched.go_on.set()
    commits = commits_to(watched)
    told: list[int] = []
    for number in range(50):
        commits.put([numbered(number)], then=lambda n=number: told.append(n))
    await commits.durable([])

    reader = open_journal(str(place), make=False)
    assert remarks(reader) == told == list(range(50))
    reader.close()
    await commits.close()


async def test_closing_writes_what_is_left_and_ends_the_thread(watched: Watched) -> None:
    commits = commits_to(watched)
    commits.put([numbered(1)])
    commits.put([numbered(2)])
    watched.go_on.set()
    await commits.close()

    assert remarks(watched.journal) == [1, 2]
    assert "journal" not in {thread.name for thread in threading.enumerate()}


async def test_closing_when_nothing_was_ever_put_writes_nothing(watched: Watched) -> None:
    await commits_to(watched).close()

    assert watched.sizes == []


async def test_a_failed_write_reaches_all_who_wait_and_nothing_more_is_taken(
    watched: Watched,
) -> None:
    watched.fail_at = 2
    commits = commits_to(watched)
    failures: list[Exception] = []
    gone_on: list[str] = []
    commits.when_it_fails(failures.append)
    commits.put([numbered(0)], then=lambda: gone_on.append("first"))
    await asyncio.to_thread(watched.entered.wait)
    commits.put([numbered(1)], then=lambda: gone_on.append("second"))
    waiters = [asyncio.create_task(commits.durable([numbered(n)])) for n in (2, 3)]
    await asyncio.sleep(0)
    watched.go_on.set()
    told = await asyncio.gather(*waiters, return_exceptions=True)
    commits.put([numbered(4)], then=lambda: gone_on.append("third"))

    with pytest.raises(JournalUnusable, match="the disk is gone"):
        await commits.durable([numbered(5)])
    with pytest.raises(JournalUnusable, match="the disk is gone"):
        await commits.close()
    assert told == [commits.failure] * 2
    assert failures == [commits.failure]
    assert gone_on == ["first"]
    assert watched.sizes == [1, 3]
    assert remarks(watched.journal) == [0]


async def test_an_entry_that_the_journal_refuses_takes_its_whole_group_with_it(
    journal: Journal,
) -> None:
    a1, b1 = begun(journal, "a b")
    watched = Watched(journal)
    commits = commits_to(watched)
    commits.put([noted("first")])
    await asyncio.to_thread(watched.entered.wait)
    commits.put([claimed(a1)])
    refused = asyncio.create_task(commits.durable([released(b1)]))
    await asyncio.sleep(0)
    watched.go_on.set()

    with pytest.raises(AssertionError, match="the journal refuses"):
        await refused
    with pytest.raises(AssertionError, match="the journal refuses"):
        await commits.close()
    assert [row.attempts for row in journal.rows(FIRST)] == [0, 0]


async def test_a_bug_in_one_who_goes_on_keeps_nobody_else_waiting(watched: Watched) -> None:
    commits = commits_to(watched)
    failures: list[Exception] = []
    gone_on: list[int] = []
    commits.when_it_fails(failures.append)
    bug = ZeroDivisionError("a bug")

    def stumble() -> None:
        raise bug

    commits.put([numbered(0)])
    await asyncio.to_thread(watched.entered.wait)
    commits.put([numbered(1)], then=stumble)
    commits.put([numbered(2)], then=lambda: gone_on.append(2))
    watched.go_on.set()
    await commits.durable([numbered(3)])
    await commits.close()

    assert (failures, gone_on) == ([bug], [2])
    assert remarks(watched.journal) == [0, 1, 2, 3]


async def test_one_who_stops_waiting_does_not_take_the_entry_back(watched: Watched) -> None:
    commits = commits_to(watched)
    waiter = asyncio.create_task(commits.durable([numbered(1)]))
    await asyncio.to_thread(watched.entered.wait)
    waiter.cancel()
    await asyncio.gather(waiter, return_exceptions=True)
    watched.go_on.set()
    await commits.close()
    await asyncio.sleep(0)

    assert remarks(watched.journal) == [1]
