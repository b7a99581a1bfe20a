"""Where SQLite sorts: its own rule, and memory where no folder will do."""

import os
import sqlite3
from collections import namedtuple
from pathlib import Path

import pytest

from runner.errors import JournalUnusable
from runner.journal import Journal, open_journal, sorting
from runner.journal.sqlite import SqliteJournal
from runner.journal.trouble import cause_of, unreadable
from tests.contract.making import FIRST, begun

Room = namedtuple("Room", "f_flag f_bavail")  # noqa: PYI024  # stands for a structure of the system's


def said(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("words of SQLite")
    error.sqlite_errorcode = code
    return error


def test_the_first_folder_that_is_there_is_taken(tmp_path: Path) -> None:
    environment = {"SQLITE_TMPDIR": str(tmp_path / "none"), "TMPDIR": str(tmp_path)}

    assert sorting.sorting_folder(environment) == str(tmp_path)
    assert sorting.can_sort_on_disk(environment)
    assert str(tmp_path) in sorting.trouble(environment)


def test_where_none_can_be_written_all_that_were_tried_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    environment = {"TMPDIR": "/mine"}

    assert not sorting.can_sort_on_disk(environment)
    assert sorting.trouble(environment).endswith("tried: /mine, /var/tmp, /usr/tmp, /tmp, .")


def test_a_full_folder_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: Room(f_flag=0, f_bavail=0))

    assert not sorting.can_sort_on_disk({"TMPDIR": str(tmp_path)})


def sorts_in_memory(journal: SqliteJournal) -> bool:
    with journal.reading() as reader:
        return reader.execute("PRAGMA temp_store").fetchone() == (2,)


def test_without_a_folder_reading_sorts_in_memory(
    place: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(journal, "a b")
    assert isinstance(journal, SqliteJournal)
    assert not sorts_in_memory(journal)
    with monkeypatch.context() as patched:
        patched.setattr(sorting, "sorting_folder", lambda _: None)
        other = open_journal(str(place), make=False)

    assert sorts_in_memory(other)
    assert len(other.tallies(FIRST)) == 1
    other.close()


@pytest.mark.parametrize(
    "error",
    [
        lambda place: unreadable(said(sqlite3.SQLITE_FULL), place),
        lambda place: unreadable(said(sqlite3.SQLITE_IOERR_GETTEMPPATH), place),
    ],
)
def test_no_room_to_sort_is_not_told_as_a_fault_of_the_journals_disk(
    place: Path, error: object
) -> None:
    told = error(place)  # type: ignore[operator]  # one of those above

    assert isinstance(told, JournalUnusable)
    assert "the folder for temporary files is" in str(told)
    assert "TMPDIR=/path" in told.remedy


def test_a_file_that_cannot_be_opened_may_be_a_temporary_one(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorting, "sorting_folder", lambda _: None)
    cause = cause_of(said(sqlite3.SQLITE_CANTOPEN), place)

    assert "no folder for temporary files can be written" in cause.fact
    assert "TMPDIR=/path" in cause.remedy
