"""Find, make and check the place of a journal.

Only the folder of the usual place is made. Any other that is not there is more likely a slip of the pen or a cache that
was lost than a wish, and a new journal there would know nothing of what was re-triggered.

A journal is a file of our own: a foreign file, a damaged one or one of a newer version is refused with its reason,
never repaired, never written over. One of an older version is migrated when it is opened, whole or not at all.
"""

import logging
import os
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from runner.disk import has_no_hard_links, sync_names, writing_remedy
from runner.errors import JournalUnusable, UsageError
from runner.files import try_folder
from runner.journal.sqlite import SqliteJournal
from runner.journal.tables import APPLICATION_ID, VERSION, make_tables, migrate
from runner.journal.trouble import refuse_other_than_wal, unusable
from runner.model.advised import USUAL_JOURNAL

USUAL_PLACE = USUAL_JOURNAL
"""Where a journal is unless told otherwise: below the working folder."""

_LOG = logging.getLogger("runner.journal")
_OWNER_ONLY = 0o600
_SMALLEST_PAGE = 512
_SWITCHES = 100
"""More tries than processes ever make one journal at the same moment."""


def open_journal(place: str, *, make: bool) -> SqliteJournal:
    """Open the journal at a path.

    Args:
        place: a file's path; ``~`` is expanded.
        make: whether to make it where there is none, and the folder of the usual place.

    Raises:
        UsageError: its folder is not there.
        JournalUnusable: it is not there (with ``make`` false), not ours, damaged, newer, or cannot be written.
    """
    path = _expanded(place)
    with _explained(path):
        is_new = not path.exists()
        _refuse_absent(path, make=make)
        if is_new:
            _make_file(path)
        return SqliteJournal(path, is_new=_prepare(path) or is_new)


def existing(place: str) -> Path:
    """Return the path of a journal that is there, of this version or an older one; nothing of it is changed.

    Raises as ``open_journal`` does.
    """
    path = _expanded(place)
    with _explained(path):
        _refuse_absent(path, make=False)
        _refuse_what_sqlite_takes_for_empty(path)
        connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        try:
            if _is_empty(connection, path):
                raise JournalUnusable(
                    f"{path}: this file holds no journal yet.",
                    remedy="Name the right one with --journal.",
                )
        finally:
            connection.close()
    return path


def stands(place: str) -> bool:
    """Whether something stands at a journal's path. Raises UsageError for a place that is no path or has no folder."""
    path = _expanded(place)
    with _explained(path):
        if path.exists():
            return True
        _refuse_missing_folder(path)
    return False


def is_there(place: str) -> bool:
    """Whether something stands at a journal's path; where nothing does, it is tried whether one could be made there.

    Raises UsageError for a place that is no path or whose folder is not there, JournalUnusable where no journal could
    be made.
    """
    path = _expanded(place)
    with _explained(path):
        if path.exists() and (path.is_dir() or path.stat().st_size):
            return True
        _refuse_missing_folder(path)
        try_folder(path.parent)
    return False


def _refuse_absent(path: Path, *, make: bool) -> None:
    """Raise where there is no journal and none is to be made, or where none can be."""
    is_new = not path.exists()
    if is_new:
        _refuse_missing_folder(path)
    if is_new and not make:
        raise JournalUnusable(
            f"{path}: there is no journal here.",
            remedy="Name the right one with --journal, or run from the folder where apply was run.",
        )
    if path.is_dir():
        raise JournalUnusable(
            f"{path}: this is a folder, and a journal is a file.",
            remedy="Name a file with --journal, such as journal.db in that folder.",
        )


def _refuse_missing_folder(path: Path) -> None:
    if path.parent.exists() or path.parent == Path(USUAL_PLACE).parent:
        return
    raise UsageError(
        f"{path}: the journal's folder {path.parent} is not there. Nothing was sent.",
        remedy="If --journal or RETRIGGER_JOURNAL is misspelt, correct it; if a new journal is meant there, "
        f"make the folder first: mkdir -p {shlex.quote(str(path.parent))}",
    )


def _expanded(place: str) -> Path:
    if "://" in place:
        # Not repeated: such an address may hold a password.
        raise UsageError(
            "--journal: this version keeps its journal in a file, and nowhere else.",
            remedy="Give a file's path. Nothing was sent.",
        )
    try:
        return Path(place).expanduser()
    except RuntimeError as error:
        raise JournalUnusable(
            f"{place}: there is no such home folder.", remedy="Write the path out in full."
        ) from error


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise unusable(error, path, act="used") from error
    except OSError as error:
        raise JournalUnusable(
            f"{path}: the journal cannot be opened: {error.strerror or error}.",
            remedy=writing_remedy(error, elsewhere="name another place with --journal"),
        ) from error


def _make_file(path: Path) -> None:
    """Make a journal readable by its owner only, in the usual folder likewise, and make their names durable.

    It is finished under another name and then linked to its own, so that of several processes one succeeds, the
    others find it whole, and an interrupt leaves nothing half made. Where there are no links, it is finished under its
    own name.
    """
    if not path.parent.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        _make_names_durable(path.parent.parent)
    draft = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    _make_empty(draft)
    try:
        _prepare(draft)
        with suppress(FileExistsError):
            _give_name(path, draft=draft)
    finally:
        draft.unlink()
    _make_names_durable(path.parent)


def _make_empty(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, _OWNER_ONLY))


def _give_name(path: Path, *, draft: Path) -> None:
    """Put the draft in its place; raises FileExistsError where another process was first."""
    try:
        path.hardlink_to(draft)
    except OSError as error:
        if not has_no_hard_links(error):
            raise
        # Renaming would take away what another process put there and used meanwhile. So an empty file takes the name,
        # and whoever opens it makes it a journal (see ``_prepare``).
        _make_empty(path)


def _make_names_durable(folder: Path) -> None:
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except PermissionError:
        return  # may be written and not be read: as harmless as one that cannot be synced
    try:
        sync_names(opened)
    finally:
        os.close(opened)


def _prepare(path: Path) -> bool:
    """Check that the file is ours, and make its tables, or bring older ones up; return whether they were made."""
    _refuse_what_sqlite_takes_for_empty(path)
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    try:
        # Looked at before anything is changed: even the switch to a write-ahead log is written into the file.
        connection.execute("BEGIN")
        _is_empty(connection, path)
        connection.execute("COMMIT")
        _switch_to_wal(connection, path)
        connection.execute("BEGIN IMMEDIATE")
        made = _is_empty(connection, path)
        version = VERSION
        if made:
            make_tables(connection)
        else:
            version = migrate(connection)
        connection.execute("COMMIT")
    finally:
        connection.close()
    if version < VERSION:
        _LOG.warning(
            "%s: the journal was brought up from version %d to %d; an older retrigger refuses it from now on.",
            path,
            version,
            VERSION,
        )
    return made


def _switch_to_wal(connection: sqlite3.Connection, path: Path) -> None:
    """Switch to a write-ahead log, also where another process does the same: SQLite itself does not wait for that."""
    for left in reversed(range(_SWITCHES)):
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if left and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                connection.execute("BEGIN EXCLUSIVE")  # waits until the others have let go
                connection.execute("ROLLBACK")
                continue
            raise
        refuse_other_than_wal(mode, path)
        return


def _refuse_what_sqlite_takes_for_empty(path: Path) -> None:
    """Raise JournalUnusable for a file that is shorter than a page: SQLite would write over it."""
    if 0 < path.stat().st_size < _SMALLEST_PAGE:
        raise JournalUnusable(
            f"{path}: this is not a journal of retrigger.",
            remedy="Name another place with --journal. If it was a journal, it is damaged: restore a copy.",
        )


def _is_empty(connection: sqlite3.Connection, path: Path) -> bool:
    """Return whether nothing was ever put into the file; raises JournalUnusable when what is there is not ours."""
    application = int(connection.execute("PRAGMA application_id").fetchone()[0])
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    tables = int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    if application == 0 and version == 0 and tables == 0:
        return True
    if application != APPLICATION_ID:
        raise JournalUnusable(
            f"{path}: this is a SQLite file of another program, not a journal of retrigger.",
            remedy="Name another place with --journal.",
        )
    if version > VERSION:
        raise JournalUnusable(
            f"{path}: the journal is of version {version}, and this retrigger reads up to {VERSION}.",
            remedy="Use the newer retrigger that wrote it.",
        )
    return False
