"""The kinds of journal that the contract is held against."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from runner.journal import Journal, open_journal
from tests.contract.making import MakeJournal, OpenJournal


@pytest.fixture(params=["sqlite"])
def open_at(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenJournal]:
    """Open the journal of a name, made when it is not there; every one is closed in the end."""
    assert request.param == "sqlite"
    opened: list[Journal] = []
    (tmp_path / "state").mkdir()

    def open_it(name: str) -> Journal:
        opened.append(open_journal(str(tmp_path / "state" / f"{name}.db"), make=True))
        return opened[-1]

    yield open_it
    for journal in opened:
        journal.close()


@pytest.fixture
def make_journal(open_at: OpenJournal) -> MakeJournal:
    """Open the test's journal; each further call opens the same one again, as another process would."""
    return lambda: open_at("journal")


@pytest.fixture
def make_fresh_journal(open_at: OpenJournal) -> MakeJournal:
    """Open another new journal at each call."""
    numbers = count()
    return lambda: open_at(f"journal-{next(numbers)}")


@pytest.fixture
def journal(make_journal: MakeJournal) -> Journal:
    return make_journal()
