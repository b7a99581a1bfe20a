"""`report --verify`: is the event log of an execution still as it was written, in the journal and in its file?"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner.app.house import House, advised
from runner.app.reporting import known_execution
from runner.disk import reading_remedy
from runner.errors import CannotGoOn
from runner.journal import Journal, open_journal
from runner.journal.chain import first_difference, first_fault, head_of
from runner.model.report import Execution
from runner.model.text import terminal

WHOLE, NOT_WHOLE = 0, 1
_FILE = "events.jsonl"


def verify(name: str | None, *, directory: Path | None, house: House) -> int:
    """Compare an execution's event log with its chain; print what is found.

    Args:
        name: the execution's id or the start of it; None: the newest.
        directory: where the reports are, if not where they were written first.
        house: gives the journal and the console.

    Returns:
        0 when the journal's chain holds and the file says the same, else 1.

    Raises:
        UsageError: no such execution.
        JournalUnusable: the journal cannot be read.
        CannotGoOn: the file is there and cannot be read.
    """
    journal = open_journal(house.journal_place, make=False)
    try:
        execution = known_execution(journal, name, house=house)
        path = (directory or Path(execution.reports_directory)) / _FILE
        where = ("--directory", directory) if directory else ()
        again = advised(house, "report", execution.id, *where)
        found = _compared(journal, execution, path, again=f"`{again}` {_WRITES_IT}")
    finally:
        journal.close()
    for line in found.lines:
        house.console.out(terminal(line))
    return WHOLE if found.is_whole else NOT_WHOLE


@dataclass(frozen=True, slots=True)
class _Found:
    lines: tuple[str, ...]
    is_whole: bool


def _compared(journal: Journal, execution: Execution, path: Path, *, again: str) -> _Found:
    in_journal = f"journal {journal.place}, execution {execution.id}"
    if fault := first_fault(journal.events(execution.id)):
        return _Found((f"{in_journal}: {fault}.", _ALTERED), is_whole=False)
    count, head = _measured(journal.events(execution.id))
    whole = f"{in_journal}: {count} lines, the chain holds; its head is {head}"
    if not path.is_file():
        return _Found((whole, f"{path}: it is not there. {again}"), is_whole=False)
    with _lines_of(path) as lines:
        chain_fault = first_fault(lines)
    with _lines_of(path) as lines:
        difference = first_difference(lines, kept=journal.events(execution.id))
    if chain_fault:
        return _Found((whole, f"{path}: {chain_fault}. {again}"), is_whole=False)
    if difference:
        said = f"{path}: its chain holds, but it is not the journal's: {difference}."
        return _Found((whole, f"{said} {again}"), is_whole=False)
    return _Found((whole, f"{path}: {count} lines, the same as the journal's"), is_whole=True)


_ALTERED = (
    "The journal was altered or is damaged: compare it with a backup, and with copies of events.jsonl that were "
    "kept elsewhere. Do not trust its reports."
)
_WRITES_IT = "writes it again from the journal; keep this one if somebody may have altered it."


def _measured(lines: Iterator[str]) -> tuple[int, str]:
    """Return how many lines there are, and the head of their chain."""
    count, last = 0, ""
    for count, last in enumerate(lines, start=1):  # noqa: B007  # the last of each is what is asked for
        pass
    return count, head_of(last)


@contextmanager
def _lines_of(path: Path) -> Iterator[Iterator[str]]:
    """Read a file's lines as they are: cut at line feeds only, bytes that are no UTF-8 kept apart."""
    try:
        with path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            yield (line.removesuffix("\n") for line in file)
    except OSError as error:
        raise CannotGoOn(
            f"{path}: it cannot be read: {error.strerror or error}.",
            remedy=reading_remedy(
                error, otherwise="Mend its permissions, or name another folder with --directory."
            ),
        ) from error
