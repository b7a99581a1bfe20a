"""A journal that version 1 wrote is brought up when it is opened: the same reports, the same events, nothing lost."""

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from runner.app.reporting import report
from runner.errors import JournalUnusable
from runner.journal import Journal, open_journal, tables
from runner.journal.chain import first_fault
from runner.model.words import ExecutionId, ReportFormat
from tests.contract.making import AT, FIRST, ORG, SECOND, begun, claimed, retriggered
from tests.unit.journal.old_journal import told_by_version_1, written_by_version_1

THIRD = ExecutionId("third")


@pytest.fixture
def old(place: Path) -> Path:
    return written_by_version_1(place)


def version_of(place: Path) -> int:
    file = sqlite3.connect(place)
    try:
        return int(file.execute("PRAGMA user_version").fetchone()[0])
    finally:
        file.close()


def shape_of(place: Path) -> dict[str, Any]:
    """Every table with its columns, every index and view as it was made, blanks apart."""
    file = sqlite3.connect(place)
    try:
        made = file.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
        ).fetchall()
        return {
            name: file.execute(f"PRAGMA table_xinfo({name})").fetchall()
            if kind == "table"
            else " ".join(text.split())
            for kind, name, text in made
        }
    finally:
        file.close()


@pytest.mark.parametrize("make", [True, False], ids=["to write", "to read"])
def test_an_old_journal_tells_the_same_after_it_was_brought_up(old: Path, *, make: bool) -> None:
    before = sqlite3.connect(old)
    lines = before.execute("SELECT line FROM events ORDER BY execution, number").fetchall()
    before.close()

    journal = open_journal(str(old), make=make)
    try:
        assert not journal.is_new
        for name, rows in told_by_version_1().items():
            new = [asdict(row) for row in journal.rows(ExecutionId(name))]
            assert [
                {key: row[key] for key in was} for row, was in zip(new, rows, strict=True)
            ] == rows
        events = [line for name in (FIRST, SECOND) for line in journal.events(name)]
        assert events == [line for (line,) in lines]
        assert [first_fault(journal.events(name)) for name in (FIRST, SECOND)] == [None, None]
    finally:
        journal.close()
    assert version_of(old) == tables.VERSION


def test_it_is_said_once_that_it_was_brought_up(
    old: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="runner.journal"):
        open_journal(str(old), make=False).close()
        open_journal(str(old), make=False).close()

    (said,) = [record.getMessage() for record in caplog.records]
    assert str(old) in said
    assert "from version 1" in said
    assert "older retrigger" in said


def test_an_old_journal_comes_to_the_same_tables_as_a_new_one(old: Path, tmp_path: Path) -> None:
    open_journal(str(old), make=True).close()
    new = tmp_path / "new.db"
    open_journal(str(new), make=True).close()

    assert shape_of(old) == shape_of(new)


def test_every_migration_is_there_and_none_is_beyond_the_newest_version() -> None:
    folder = Path(tables.__file__).parent / "sql"
    numbers = sorted(int(path.stem[-4:]) for path in folder.glob("migrate_*.sql"))
    assert numbers == list(range(2, tables.VERSION + 1))


def test_its_executions_are_gone_on_with_and_new_ones_begin(old: Path, tmp_path: Path) -> None:
    journal = open_journal(str(old), make=True)
    try:
        assert journal.resume(FIRST, at_ms=AT + 1000) == 1
        (run,) = begun(journal, "m", name=THIRD, prefix="third-", working_folder="/home/ada")
        journal.write(THIRD, [claimed(run), retriggered(run)])
        new_runs = _new_runs(journal)
        assert journal.claimed_runs(ORG, new_runs) == frozenset(new_runs)
        assert [first_fault(journal.events(one)) for one in (FIRST, SECOND, THIRD)] == [None] * 3
        folders = {one.id: one.working_folder for one in journal.executions()}
        assert folders == {FIRST: "", SECOND: "", THIRD: "/home/ada"}
        for execution in journal.executions():
            _write_all(journal, execution.id, tmp_path / execution.id)
    finally:
        journal.close()


def _new_runs(journal: Journal) -> list[Any]:
    names = [execution.id for execution in journal.executions()]
    return [row.new_run_id for name in names for row in journal.rows(name) if row.new_run_id]


def _write_all(journal: Journal, name: ExecutionId, folder: Path) -> None:
    execution = journal.execution(name)
    assert execution is not None
    execution = replace(execution, report_formats=" ".join(ReportFormat))
    assert report(journal, execution, directory=folder)
    page = (folder / "summary.md").read_text()
    if execution.working_folder == "" and "What to do next" in page:  # nobody knows where that was
        assert f"--journal {journal.place}" in page


def broken_at(statement: str) -> Callable[..., Any]:
    """Return what opens a connection on which a statement fails, as a full disk would have it."""

    class Broken(sqlite3.Connection):
        def execute(self, text: str, *values: Any) -> sqlite3.Cursor:  # type: ignore[override]
            if statement in text:
                raise sqlite3.OperationalError("database or disk is full")
            return super().execute(text, *values)

    connect = sqlite3.connect
    return lambda *words, **more: connect(*words, factory=Broken, **more)


@pytest.mark.parametrize(
    "statement", ["ADD COLUMN duplicated_by", "VIEW run_events", "user_version = 2"]
)
def test_a_migration_that_fails_leaves_the_old_journal_as_it_was(
    old: Path, statement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = shape_of(old)
    with monkeypatch.context() as patched:
        patched.setattr("runner.journal.place.sqlite3.connect", broken_at(statement))
        with pytest.raises(JournalUnusable, match="disk is full"):
            open_journal(str(old), make=True)

    assert (version_of(old), shape_of(old)) == (1, before)
    open_journal(str(old), make=True).close()
    assert version_of(old) == tables.VERSION


def test_two_who_open_it_at_once_bring_it_up_once(old: Path) -> None:
    start, failures = Barrier(4), []

    def open_it() -> None:
        start.wait()
        try:
            open_journal(str(old), make=True).close()
        except JournalUnusable as error:
            failures.append(error)

    threads = [Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert version_of(old) == tables.VERSION
