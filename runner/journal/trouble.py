"""Why SQLite cannot use a journal, and what to do about it: the one home of such remedies.

SQLite says little ("unable to open database file"), and not always the truth ("database is locked" on a share without
locks). So what the system would refuse is tried, harmlessly. The journal's own file is never opened for that: closing
it would let go of the locks that SQLite holds on it in this process.
"""

import errno
import fcntl
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from runner.disk import all_are_open, is_not_known
from runner.errors import JournalUnusable
from runner.journal import sorting

_GO_ON = "then run apply again: it goes on from here."
_ELSEWHERE = "name another place with --journal"
_SHARE = (
    "Put the journal on a local disk (--journal, RETRIGGER_JOURNAL); a journal that is there already is moved with its "
    "-wal file, while nobody uses it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What is the matter, in words that may be empty where SQLite's own say it, and what to do."""

    fact: str
    remedy: str


def unusable(error: sqlite3.Error, path: Path, *, act: str) -> JournalUnusable:
    """Return the error in our words: the place, what could not be done (``act``), the true cause and a true remedy."""
    cause = cause_of(error, path)
    why = f" ({cause.fact})" if cause.fact else ""
    return JournalUnusable(
        f"{path}: the journal cannot be {act}: {error}{why}.", remedy=cause.remedy
    )


def unreadable(error: sqlite3.Error, path: Path) -> JournalUnusable:
    """Return the error of reading, which needs room for what it sorts and none where the journal is."""
    if _code_of(error) & 0xFF == sqlite3.SQLITE_FULL:
        cause = _unsorted(path)
        return JournalUnusable(
            f"{path}: the journal cannot be read: {error} ({cause.fact}).", remedy=cause.remedy
        )
    return unusable(error, path, act="read")


def cause_of(error: sqlite3.Error, path: Path) -> Cause:
    """Find out why SQLite refuses."""
    code = _code_of(error)
    cause = _BY_CODE.get(code) or _BY_PRIMARY_CODE.get(code & 0xFF, _unknown)
    return cause(path)


def _code_of(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", None) or sqlite3.SQLITE_MISUSE


def refuse_other_than_wal(mode: str, path: Path) -> None:
    """Raise JournalUnusable where SQLite does not switch to a write-ahead log, and does not say why."""
    if mode != "wal":
        cause = _share("give memory that processes share (mmap)")
        raise JournalUnusable(
            f"{path}: the journal cannot be used: {cause.fact}.", remedy=cause.remedy
        )


def _share(what: str) -> Cause:
    fact = f"its folder is on a network share or file system that cannot {what}"
    return Cause(fact=fact, remedy=_SHARE)


def _without_shared_memory(path: Path) -> Cause:
    return _no_room(path) or _share("give memory that processes share (mmap)")


def _without_locks(_: Path) -> Cause:
    return _share("lock files")


def _unsorted(_: Path) -> Cause:
    return Cause(fact=sorting.trouble(os.environ), remedy=sorting.REMEDY)


def _unsynced(_: Path) -> Cause:
    fact = "its folder is on a disk or share that fails to make writes durable"
    return Cause(fact=fact, remedy=f"See the system's log. {_SHARE}")


def _locked(path: Path) -> Cause:
    """Tell a lock that somebody holds from a share that knows none: SQLite says the same of both."""
    try:
        with tempfile.TemporaryFile(dir=path.parent) as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno == errno.ENOLCK or is_not_known(error):
            return _share("lock files")
    return Cause(
        fact="another process holds its lock and did not let go for half a minute",
        remedy="See that it ends, then run the command again.",
    )


def _full(_: Path) -> Cause:
    return Cause(fact="", remedy=f"Free disk space, {_GO_ON}")


def _without_memory(_: Path) -> Cause:
    return Cause(fact="", remedy=f"Free some memory, {_GO_ON}")


def _moved(_: Path) -> Cause:
    fact = "the file was moved, replaced or deleted while it was used"
    return Cause(fact=fact, remedy=f"Put it back in its place, {_GO_ON}")


def _damaged(_: Path) -> Cause:
    remedy = "Restore a copy. Do not delete it: it says what was already re-triggered."
    return Cause(fact="the file is damaged", remedy=remedy)


def _unknown(_: Path) -> Cause:
    remedy = "Run the command again; if it says so again, report it. Keep the journal: it is not said to be damaged."
    return Cause(fact="", remedy=remedy)


def _refused(path: Path) -> Cause:
    remedy = f"See who may use the file and its folder, or {_ELSEWHERE}."
    return next(_refusals(path), None) or Cause(fact="", remedy=remedy)


def _failing(path: Path) -> Cause:
    fact = (
        "the disk or the share fails, or gives no more room (a quota, a limit on the size of files)"
    )
    remedy = (
        "See the system's log. Keep the journal, it says what was already re-triggered: copy it, with its -wal file, "
        "to a disk that works."
    )
    return next(_refusals(path), None) or Cause(fact=fact, remedy=remedy)


def _refusals(path: Path) -> Iterator[Cause]:
    """Try what the system would refuse, the most telling first."""
    yield from filter(None, (_all_open(), _no_folder(path), _read_only(path), _no_room(path)))
    beside = (path, *(path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm")))
    for file in beside:
        if file.exists() and not os.access(file, os.R_OK | os.W_OK):
            yield _not_allowed(f"this user may not read and write {file}")
    if not os.access(path.parent, os.R_OK | os.W_OK | os.X_OK):
        yield _not_allowed(
            f"this user may not write in {path.parent}, and SQLite keeps two files beside the journal, also to read it"
        )
    if not sorting.can_sort_on_disk(os.environ):
        yield _unsorted(path)


def _not_allowed(fact: str) -> Cause:
    return Cause(fact=fact, remedy=f"Let this user (uid {os.geteuid()}) do so, or {_ELSEWHERE}.")


def _all_open() -> Cause | None:
    try:
        os.close(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            return Cause(fact="no further file can be opened", remedy=all_are_open())
    return None


def _no_folder(path: Path) -> Cause | None:
    if path.parent.is_dir():
        return None
    fact = f"its folder {path.parent} is not there any more"
    return Cause(fact=fact, remedy="Put it back, with all that was in it.")


def _read_only(path: Path) -> Cause | None:
    with suppress(OSError):
        if os.statvfs(path.parent).f_flag & os.ST_RDONLY:
            fact = f"{path.parent} is mounted read-only, and SQLite writes beside the journal also to read it"
            return Cause(fact=fact, remedy=f"Mount it for writing, or {_ELSEWHERE}.")
    return None


def _no_room(path: Path) -> Cause | None:
    with suppress(OSError):
        if not os.statvfs(path.parent).f_bavail:
            return Cause(
                fact="the disk has no room left", remedy=f"Free disk space there, {_GO_ON}"
            )
    return None


_BY_CODE: Mapping[int, Callable[[Path], Cause]] = {
    sqlite3.SQLITE_IOERR_SHMOPEN: _without_shared_memory,
    sqlite3.SQLITE_IOERR_SHMSIZE: _without_shared_memory,
    sqlite3.SQLITE_IOERR_SHMLOCK: _without_shared_memory,
    sqlite3.SQLITE_IOERR_SHMMAP: _without_shared_memory,
    sqlite3.SQLITE_IOERR_LOCK: _without_locks,
    sqlite3.SQLITE_IOERR_RDLOCK: _without_locks,
    sqlite3.SQLITE_IOERR_UNLOCK: _without_locks,
    sqlite3.SQLITE_IOERR_CHECKRESERVEDLOCK: _without_locks,
    sqlite3.SQLITE_IOERR_FSYNC: _unsynced,
    sqlite3.SQLITE_IOERR_DIR_FSYNC: _unsynced,
    sqlite3.SQLITE_IOERR_CORRUPTFS: _damaged,
    sqlite3.SQLITE_IOERR_DATA: _damaged,
    sqlite3.SQLITE_IOERR_GETTEMPPATH: _unsorted,
    sqlite3.SQLITE_IOERR_NOMEM: _without_memory,
    sqlite3.SQLITE_READONLY_DBMOVED: _moved,
}
_BY_PRIMARY_CODE: Mapping[int, Callable[[Path], Cause]] = {
    sqlite3.SQLITE_BUSY: _locked,
    sqlite3.SQLITE_LOCKED: _locked,
    sqlite3.SQLITE_PROTOCOL: _without_locks,
    sqlite3.SQLITE_FULL: _full,
    sqlite3.SQLITE_NOMEM: _without_memory,
    sqlite3.SQLITE_CORRUPT: _damaged,
    sqlite3.SQLITE_NOTADB: _damaged,
    sqlite3.SQLITE_ERROR: _damaged,  # a statement of ours does not fit what is read: no such table
    sqlite3.SQLITE_SCHEMA: _damaged,
    sqlite3.SQLITE_CANTOPEN: _refused,
    sqlite3.SQLITE_READONLY: _refused,
    sqlite3.SQLITE_PERM: _refused,
    sqlite3.SQLITE_AUTH: _refused,
    sqlite3.SQLITE_IOERR: _failing,
}
