"""The chain of events: every entry has its line, and whoever touches a line breaks the chain there."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from runner.journal import Journal
from runner.model.words import OutcomeKind
from tests.contract.making import (
    AT,
    FIRST,
    SECOND,
    MakeJournal,
    begun,
    claimed,
    halted,
    noted,
    released,
    retriggered,
    settled,
    stopped,
    unresolved,
)


def first_broken(lines: Sequence[str]) -> int | None:
    """Recompute the chain as an auditor would, from the documented rule alone; None: every line holds."""
    former = "0" * 64
    for index, line in enumerate(lines):
        body, mark, rest = line.rpartition(', "chain": "')
        link = hashlib.sha256(f"{former}\n{body}}}".encode()).hexdigest()
        if not mark or rest != link + '"}':
            return index
        former = link
    return None


@pytest.fixture
def lines(journal: Journal) -> list[str]:
    a1, b1, c1 = begun(journal, "a b c")
    journal.write(FIRST, [claimed(a1), noted("slowed_down"), retriggered(a1)])
    journal.write(FIRST, [claimed(b1), released(b1), claimed(b1, attempt=2), unresolved(b1)])
    journal.write(FIRST, [halted(3, 2)])
    journal.resume(FIRST, at_ms=AT + 70)
    journal.write(FIRST, [settled(c1, OutcomeKind.SKIPPED, reason="not_failed"), stopped()])
    return list(journal.events(FIRST))


def test_every_entry_has_one_line_with_its_facts(lines: list[str]) -> None:
    told = [json.loads(line) for line in lines]
    for event in told:
        del event["chain"]

    at = "2025-11-20T00:53:20"
    assert told == [
        {"number": 1, "at": f"{at}.000Z", "event": "started", "planned": 3, "passed_over": 0, "plan": "b" * 64},
        {"number": 2, "at": f"{at}.010Z", "event": "asked", "position": 1, "run": "a-1", "attempt": 1,
         "request_id": "q1-1", "send_by": "2025-11-20T00:53:21.010Z"},
        {"number": 3, "at": f"{at}.050Z", "event": "slowed_down", "seconds": 1.5},
        {"number": 4, "at": f"{at}.030Z", "event": "settled", "position": 1, "run": "a-1",
         "outcome": "retriggered", "evidence": "response", "new_run": "new-a-1", "new_etag": '"new-a-1"',
         "attempts": 1, "http_status": 200, "request_id": "gw-2"},
        {"number": 5, "at": f"{at}.010Z", "event": "asked", "position": 2, "run": "b-1", "attempt": 1,
         "request_id": "q2-1", "send_by": "2025-11-20T00:53:21.010Z"},
        {"number": 6, "at": f"{at}.020Z", "event": "released", "position": 2, "run": "b-1", "attempt": 1,
         "reason": "HTTP 429", "http_status": 429, "request_id": "gw-1"},
        {"number": 7, "at": f"{at}.010Z", "event": "asked", "position": 2, "run": "b-1", "attempt": 2,
         "request_id": "q2-2", "send_by": "2025-11-20T00:53:21.010Z"},
        {"number": 8, "at": f"{at}.030Z", "event": "settled", "position": 2, "run": "b-1",
         "outcome": "unresolved", "reason": "no answer within 75 s", "attempts": 1},
        {"number": 9, "at": f"{at}.040Z", "event": "halted", "lanes": [3, 2], "reason": "its flow is held"},
        {"number": 10, "at": f"{at}.070Z", "event": "resumed"},
        {"number": 11, "at": f"{at}.030Z", "event": "settled", "position": 3, "run": "c-1",
         "outcome": "skipped", "reason": "not_failed", "attempts": 0},
        {"number": 12, "at": f"{at}.060Z", "event": "stopped", "state": "stopped",
         "reason": "20 failures in a row", "exit_code": 3},
    ]  # fmt: skip


def test_the_chain_holds_from_the_first_line_to_the_last(lines: list[str]) -> None:
    assert first_broken(lines) is None


@pytest.mark.parametrize("index", range(12))
def test_a_changed_line_is_seen_at_that_line(lines: list[str], index: int) -> None:
    lines[index] = lines[index].replace('"number"', '"Number"', 1)

    assert first_broken(lines) == index


@pytest.mark.parametrize("index", range(11))
def test_a_dropped_line_is_seen_where_it_was(lines: list[str], index: int) -> None:
    del lines[index]

    assert first_broken(lines) == index


@pytest.mark.parametrize("index", range(11))
def test_two_swapped_lines_are_seen_at_the_first_of_them(lines: list[str], index: int) -> None:
    lines[index], lines[index + 1] = lines[index + 1], lines[index]

    assert first_broken(lines) == index


@pytest.mark.parametrize("index", range(12))
def test_a_line_told_twice_is_seen_at_the_second(lines: list[str], index: int) -> None:
    lines.insert(index, lines[index])

    assert first_broken(lines) == index + 1


def test_each_execution_has_a_chain_of_its_own(journal: Journal) -> None:
    (mine,) = begun(journal, "a", name=FIRST)
    (theirs,) = begun(journal, "b", name=SECOND)
    for _ in range(2):
        journal.write(FIRST, [claimed(mine), released(mine)])
        journal.write(SECOND, [claimed(theirs), released(theirs)])

    chains = [list(journal.events(name)) for name in (FIRST, SECOND)]
    assert [len(lines) for lines in chains] == [5, 5]
    assert [first_broken(lines) for lines in chains] == [None, None]


def test_the_chain_goes_on_where_another_process_left_it(make_journal: MakeJournal) -> None:
    (run,) = begun(make_journal(), "a")
    make_journal().write(FIRST, [claimed(run)])
    make_journal().write(FIRST, [retriggered(run)])

    lines = list(make_journal().events(FIRST))
    assert len(lines) == 3
    assert first_broken(lines) is None


def test_others_words_stay_on_one_line_of_ascii(journal: Journal) -> None:
    (run,) = begun(journal, "a")
    words = 'line\nbreak \u2028 "quote" \x1b[31m \ud800 ünïcode'
    journal.write(FIRST, [claimed(run), settled(run, OutcomeKind.REFUSED, reason=words)])

    *_, line = journal.events(FIRST)
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["reason"] == words


def test_the_newest_events_of_one_kind_come_newest_first(journal: Journal) -> None:
    (run,) = begun(journal, "a")
    journal.write(FIRST, [noted("rate"), claimed(run), noted("slow"), noted("rate")])
    journal.write(FIRST, [replace(retriggered(run), reason='"event": "rate"')])

    lines = list(journal.events(FIRST))
    rates = [line for line in lines if json.loads(line)["event"] == "rate"]

    assert journal.latest_events(FIRST, "rate", most=9) == rates[::-1]
    assert journal.latest_events(FIRST, "rate", most=1) == rates[1:]
