"""Copy a journal while it is used: one file, whole or not at all, and checked before it gets its name.

What was committed lately may stand only in the write-ahead log beside a journal, so a copy of its file alone can lack
it. Here SQLite copies: it sees one state, from the first page to the last, and keeps nobody from writing meanwhile.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from runner.disk import has_no_hard_links, sync_names, writing_remedy
from runner.errors import CannotWrite, JournalUnusable, UsageError
from runner.journal.chain import first_fault
from runner.journal.place import existing
from runner.journal.trouble import unreadable

_BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database."""
_OWNER_ONLY = 0o600
_ELSEWHERE = "name another file"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """A backup that was made, and what it holds."""

    journal: Path
    executions: int
    events: int


def back_up(place: str, target: Path) -> BackedUp:
    """Copy the journal at a place to a file that is not there yet, readable by its owner only, and make it durable.

    A journal of an older version is copied as it is.

    Raises:
        UsageError: something is at ``target``, or its folder is not there.
        JournalUnusable: there is no journal, it cannot be read, or what it holds is not sound.
        CannotWrite: the disk refuses the copy.
    """
    path = existing(place)
    _refuse_target(target, path)
    with _writing(target):
        draft = target.with_name(f".{target.name}.{os.urandom(4).hex()}")
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, _OWNER_ONLY))
        try:
            _copy(path, draft, target=target)
            made = _checked(draft, path)
            _sync(draft)
            _give_name(draft, target)
        finally:
            for end in ("", *_BESIDE):
                with suppress(FileNotFoundError):
                    draft.with_name(f"{draft.name}{end}").unlink()
        _sync_folder(target.parent)
    return made


def _refuse_target(target: Path, path: Path) -> None:
    """Raise UsageError for a file that must not be written; before anything is."""
    folder = target.absolute().parent
    if not folder.is_dir():
        raise UsageError(
            f"{target}: its folder is not there.", remedy="Make it, or name another file."
        )
    if os.path.lexists(target):
        raise UsageError(
            f"{target}: something is there already, and a backup is never written over anything.",
            remedy="Name another file, such as one with the date in its name.",
        )
    beside = {f"{path.name}{end}" for end in _BESIDE}
    if target.name in beside and folder.samefile(path.absolute().parent):
        raise UsageError(
            f"{target}: SQLite keeps what belongs to {path} under this name.",
            remedy="Name another file.",
        )


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotWrite(
            f"{target}: the backup cannot be written ({error.strerror or error}).",
            remedy=writing_remedy(error, elsewhere=_ELSEWHERE),
        ) from error


def _copy(path: Path, draft: Path, *, target: Path) -> None:
    """Copy all pages in one step, as one file that needs no log beside it."""
    source = sqlite3.connect(path, isolation_level=None, timeout=30)
    try:
        with _opened(draft) as copy:
            source.backup(copy)
        with _opened(draft) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        if _is_copys_fault(error):
            raise CannotWrite(
                f"{target}: the backup cannot be written: {error}.",
                remedy="Free some space there, or name another file.",
            ) from error
        raise unreadable(error, path) from error
    finally:
        source.close()


def _is_copys_fault(error: sqlite3.Error) -> bool:
    """Whether the disk of the copy refuses: nothing is written to the journal."""
    return getattr(error, "sqlite_errorcode", None) in (
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_CANTOPEN,
    )


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(file, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def _checked(draft: Path, path: Path) -> BackedUp:
    """Return what a copy holds; raises JournalUnusable where it does not hold: then neither does the journal."""
    try:
        with _opened(draft) as copy:
            (said,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
            if said != "ok":
                raise _unsound(path, str(said))
            executions = copy.execute("SELECT number, id FROM executions").fetchall()
            events = 0
            for number, name in executions:
                lines = copy.execute(
                    "SELECT line FROM events WHERE execution = ? ORDER BY number", (number,)
                )
                if fault := first_fault(line for (line,) in lines):
                    raise _unsound(path, f"the events of execution {name}: {fault}")
            (events,) = copy.execute("SELECT count(*) FROM events").fetchone()
    except sqlite3.Error as error:
        raise _unsound(path, str(error)) from error
    return BackedUp(journal=path, executions=len(executions), events=events)


def _unsound(path: Path, fault: str) -> JournalUnusable:
    return JournalUnusable(
        f"{path}: the journal is damaged or was altered: {fault}. No backup was made.",
        remedy="Keep it and every earlier backup, and compare them: it says what was already re-triggered.",
    )


def _sync(file: Path) -> None:
    opened = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        sync_names(opened)
    finally:
        os.close(opened)


def _give_name(draft: Path, target: Path) -> None:
    """Put the copy in its place; raises UsageError where something came to be there meanwhile."""
    try:
        target.hardlink_to(draft)
    except FileExistsError:
        raise UsageError(
            f"{target}: something is there meanwhile, and a backup is never written over anything.",
            remedy="Name another file.",
        ) from None
    except OSError as error:
        if not has_no_hard_links(error) or os.path.lexists(target):
            raise
        draft.rename(target)
