"""`status`: where an execution stands, told from the journal alone."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runner.app.status import status
from runner.journal import Journal, open_journal
from runner.model.lease import Hold, Holder
from tests.contract.making import (
    FIRST,
    begun,
    claimed,
    retriggered,
    stopped,
    unresolved,
)
from tests.fakes.clock import FakeClock


@dataclass
class Console:
    """Keeps what is printed."""

    printed: list[str] = field(default_factory=list)

    def out(self, text: str) -> None:
        self.printed.append(text)


@pytest.fixture
def journal(working_folder: Path) -> Iterator[Journal]:
    made = open_journal("journal.db", make=True)
    yield made
    made.close()


@pytest.fixture
def house(clock: FakeClock, tmp_path: Path) -> Any:
    return SimpleNamespace(
        clock=clock,
        console=Console(),
        environment={},
        journal_place="journal.db",
        proc=tmp_path / "no processes",
    )


def printed(house: Any, name: str | None = FIRST) -> str:
    assert status(name, house=house) == 0
    return "\n".join(house.console.printed)


def test_unresolved_runs_are_listed_with_what_was_seen(journal: Journal, house: Any) -> None:
    a1, b1, c1 = begun(journal, "a b c")
    journal.write(FIRST, [claimed(a1), claimed(b1), claimed(c1)])
    journal.write(FIRST, [unresolved(a1), retriggered(b1), stopped()])
    text = printed(house)

    assert "unresolved: 2 runs, asked for without an answer" in text
    assert "- prod: run a-1 of flow a (Flow a), asked 2025-11-20 00:53:20 UTC" in text
    assert "- prod: run c-1 of flow c" in text
    assert "run b-1" not in text


def test_what_waits_for_its_answer_is_not_listed_as_unresolved(
    journal: Journal, house: Any
) -> None:
    a1, b1 = begun(journal, "a b")
    journal.write(FIRST, [claimed(a1), claimed(b1), unresolved(a1)])
    now_ms = house.clock.now_ms()
    holder = Holder(id="us", who="ada", host="here", process="{}")
    hold = Hold(
        holder=holder, now_ms=now_ms, expires_at_ms=now_ms + 60_000, is_dead=lambda _: False
    )
    assert journal.take_leases(FIRST, hold) == []
    text = printed(house)

    assert "unresolved: 1 run, asked" in text
    assert "run b-1" not in text


def test_many_unresolved_runs_are_counted_and_their_place_named(
    journal: Journal, house: Any
) -> None:
    runs = begun(journal, " ".join(f"f{number}" for number in range(30)))
    journal.write(FIRST, [entry for run in runs for entry in (claimed(run), unresolved(run))])
    text = printed(house)

    assert text.count("- prod: run") == 20
    assert "and 10 more: --format json names them all" in text


def test_where_none_is_unresolved_nothing_is_said_of_it(journal: Journal, house: Any) -> None:
    (run,) = begun(journal, "a")
    journal.write(FIRST, [claimed(run), retriggered(run), stopped("finished")])

    assert "asked for without an answer" not in printed(house)
