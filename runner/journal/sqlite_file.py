"""The file of a SQLite journal: one connection that writes, others that read, and errors in our words."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from runner.errors import JournalUnusable
from runner.journal.sorting import can_sort_on_disk
from runner.journal.trouble import unreadable, unusable
from runner.model.advised import USUAL_JOURNAL, command
from runner.model.words import ExecutionId

# Durable when a transaction has ended: the write-ahead log is synced at each commit.
_PRAGMAS = (
    "synchronous = FULL",
    "fullfsync = ON",
    "foreign_keys = ON",
    "temp_store = MEMORY",
    "cache_size = -8000",  # KiB; the two megabytes by default double the time of writing a plan of a million runs
    "journal_size_limit = 67108864",  # bytes; else the log keeps the size of the largest plan ever written
)


def status_of(place: str) -> str:
    """Return the command that says what a journal knows."""
    return command("status", journal="" if place == USUAL_JOURNAL else place)


class SqliteFile:
    """An open journal file; usable from any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        # Reading sorts, and without a folder for that a report or a status could not be had at all.
        self._sorts_in_memory = not can_sort_on_disk(os.environ)
        self._writer = sqlite3.connect(
            path, isolation_level=None, timeout=30, check_same_thread=False
        )
        for pragma in _PRAGMAS:
            self._writer.execute(f"PRAGMA {pragma}")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or none, durable at the end; raises JournalUnusable when it cannot be written."""
        with self._lock:
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                yield self._writer
                self._writer.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise unusable(error, self.path, act="written") from error
            except BaseException:
                self._roll_back()
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection of its own that only reads, and sees one state from first to last."""
        try:
            reader = sqlite3.connect(
                self.path, isolation_level=None, timeout=30, check_same_thread=False
            )
            try:
                reader.execute("PRAGMA query_only = ON")
                if self._sorts_in_memory:
                    reader.execute("PRAGMA temp_store = MEMORY")
                reader.execute("BEGIN")
                yield reader
            finally:
                reader.close()
        except sqlite3.Error as error:
            raise unreadable(error, self.path) from error

    def need_not_last(self) -> None:
        """Leave off waiting for the disk: for what may be lost with the machine."""
        with self._lock:
            self._writer.execute("PRAGMA synchronous = OFF")

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._writer.close()

    def _roll_back(self) -> None:
        # A broken disk or a closed file may refuse this too; what was not committed is gone all the same.
        with suppress(sqlite3.Error):
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")

    def _number(self, connection: sqlite3.Connection, execution_id: ExecutionId) -> int:
        row = connection.execute(
            "SELECT number FROM executions WHERE id = ?", (execution_id,)
        ).fetchone()
        if row is None:
            raise JournalUnusable(
                f"the journal knows no execution {execution_id}.",
                remedy=f"`{status_of(str(self.path))}` lists those it knows.",
            )
        return int(row[0])
