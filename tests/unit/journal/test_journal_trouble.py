"""Why a journal cannot be used: the true cause and a remedy that fits, and "restore a copy" only of what is damaged."""

import contextlib
import errno
import fcntl
import os
import resource
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runner.errors import JournalUnusable
from runner.journal import open_journal
from runner.journal.trouble import cause_of, unusable
from tests.contract.making import FIRST, begun

RESTORE = "Restore a copy"
LOCAL_DISK = "Put the journal on a local disk"


def said(code: int | None, words: str = "words of SQLite") -> sqlite3.Error:
    error = sqlite3.OperationalError(words)
    if code is not None:
        error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    "code",
    [
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_CORRUPT_INDEX,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_IOERR_CORRUPTFS,
        sqlite3.SQLITE_ERROR,
    ],
)
def test_a_copy_is_to_be_restored_where_the_file_is_damaged(place: Path, code: int) -> None:
    cause = cause_of(said(code), place)

    assert "damaged" in cause.fact
    assert RESTORE in cause.remedy
    assert "Do not delete it" in cause.remedy


@pytest.mark.parametrize(
    ("code", "fact", "remedy"),
    [
        (sqlite3.SQLITE_FULL, "", "Free disk space"),
        (sqlite3.SQLITE_NOMEM, "", "Free some memory"),
        (sqlite3.SQLITE_BUSY, "another process holds its lock", "See that it ends"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "another process holds its lock", "See that it ends"),
        (sqlite3.SQLITE_LOCKED, "another process holds its lock", "See that it ends"),
        (sqlite3.SQLITE_PROTOCOL, "cannot lock files", LOCAL_DISK),
        (sqlite3.SQLITE_IOERR_LOCK, "cannot lock files", LOCAL_DISK),
        (sqlite3.SQLITE_IOERR_RDLOCK, "cannot lock files", LOCAL_DISK),
        (sqlite3.SQLITE_IOERR_SHMMAP, "memory that processes share", LOCAL_DISK),
        (sqlite3.SQLITE_IOERR_SHMOPEN, "memory that processes share", LOCAL_DISK),
        (sqlite3.SQLITE_IOERR_FSYNC, "fails to make writes durable", LOCAL_DISK),
        (sqlite3.SQLITE_READONLY_DBMOVED, "moved, replaced or deleted", "Put it back"),
        (sqlite3.SQLITE_IOERR_WRITE, "the disk or the share fails", "copy it, with its -wal file"),
        (sqlite3.SQLITE_IOERR_READ, "the disk or the share fails", "copy it, with its -wal file"),
        (sqlite3.SQLITE_CANTOPEN, "", "See who may use the file"),
        (sqlite3.SQLITE_READONLY, "", "See who may use the file"),
        (sqlite3.SQLITE_CONSTRAINT, "", "not said to be damaged"),
        (None, "", "not said to be damaged"),
    ],
)
def test_what_is_no_damage_is_told_as_what_it_is(
    place: Path, code: int | None, fact: str, remedy: str
) -> None:
    cause = cause_of(said(code), place)

    assert fact in cause.fact
    assert remedy in cause.remedy
    assert RESTORE not in cause.remedy


def test_the_message_has_the_place_and_what_sqlite_said(place: Path) -> None:
    error = unusable(said(sqlite3.SQLITE_BUSY, "database is locked"), place, act="written")

    assert str(error).startswith(f"{place}: the journal cannot be written: database is locked (")


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.EINVAL, errno.ENOSYS])
def test_a_share_without_locks_is_not_taken_for_another_process(
    place: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "lockf", refuse)
    cause = cause_of(said(sqlite3.SQLITE_BUSY, "database is locked"), place)

    assert "network share" in cause.fact
    assert "lock files" in cause.fact
    assert LOCAL_DISK in cause.remedy


Room = namedtuple("Room", "f_flag f_bavail")  # noqa: PYI024  # stands for a structure of the system's


@pytest.mark.parametrize(
    ("room", "fact"),
    [
        (Room(f_flag=os.ST_RDONLY, f_bavail=1), "is mounted read-only"),
        (Room(f_flag=0, f_bavail=0), "no room left"),
    ],
)
@pytest.mark.parametrize("code", [sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR_WRITE])
def test_what_the_file_system_says_of_itself_is_the_cause(
    place: Path, monkeypatch: pytest.MonkeyPatch, room: Room, fact: str, code: int
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: room)

    assert fact in cause_of(said(code), place).fact


def test_no_room_for_shared_memory_is_no_fault_of_the_share(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: Room(f_flag=0, f_bavail=0))

    assert "no room left" in cause_of(said(sqlite3.SQLITE_IOERR_SHMSIZE), place).fact


@pytest.mark.parametrize("end", ["", "-wal", "-shm"])
def test_a_file_that_this_user_may_not_use_is_named(
    place: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    file = place.with_name(f"{place.name}{end}")
    file.touch()
    monkeypatch.setattr(os, "access", lambda path, _: path != file)
    cause = cause_of(said(sqlite3.SQLITE_CANTOPEN), place)

    assert f"this user may not read and write {file}" in cause.fact
    assert f"uid {os.geteuid()}" in cause.remedy


def test_a_folder_that_this_user_may_not_write_in_is_named(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, _: path != place.parent)

    fact = cause_of(said(sqlite3.SQLITE_READONLY_DIRECTORY), place).fact
    assert f"may not write in {place.parent}" in fact
    assert "beside the journal" in fact


def test_a_folder_that_is_gone_is_named(place: Path) -> None:
    place.parent.rmdir()

    assert "is not there any more" in cause_of(said(sqlite3.SQLITE_CANTOPEN), place).fact


@pytest.fixture
def no_descriptors() -> Iterator[Callable[[], None]]:
    """Let this process open no further file, until the test ends."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken: list[int] = []

    def limited() -> None:
        taken.append(os.open(os.devnull, os.O_RDONLY))
        resource.setrlimit(resource.RLIMIT_NOFILE, (taken[0] + 1, hard))
        with contextlib.suppress(OSError):
            while True:  # what was closed below is free again
                taken.append(os.open(os.devnull, os.O_RDONLY))

    yield limited
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    for descriptor in taken:
        os.close(descriptor)


def test_at_the_limit_of_open_files_that_is_said(
    place: Path, no_descriptors: Callable[[], None]
) -> None:
    journal = open_journal(str(place), make=True)
    begun(journal, "a")
    no_descriptors()

    with pytest.raises(JournalUnusable) as reading:
        list(journal.rows(FIRST))
    with pytest.raises(JournalUnusable) as opening:
        open_journal(str(place), make=False)
    for caught in (reading, opening):
        assert "no further file can be opened" in str(caught.value)
        assert "ulimit -n" in caught.value.remedy
    journal.close()


def test_a_share_on_which_sqlite_keeps_no_write_ahead_log_is_named(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite does not raise then: it stays with another kind of log, and says which."""
    connect = sqlite3.connect

    class Unshared(sqlite3.Connection):
        def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
            sql = "PRAGMA journal_mode = DELETE" if "WAL" in sql else sql
            return super().execute(sql, *values)  # type: ignore[arg-type]  # handed on

    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **k, factory=Unshared))
    with pytest.raises(JournalUnusable) as caught:
        open_journal(str(place), make=True)

    assert "network share" in str(caught.value)
    assert LOCAL_DISK in caught.value.remedy
    assert list(place.parent.iterdir()) == []
