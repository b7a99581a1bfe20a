"""What counts as a run id in a row or object of a file, whoever wrote it, and the count of all that was read.

Knows names of columns and keys only; files are opened in ``runs_file``.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from runner.model.cell import cell_text
from runner.model.text import counted, terminal
from runner.model.words import RunId, is_uuid
from runner.spec.printable import printable, quoted, shortened

_ID_NAMES = ("oldrunid", "dataflowrunid", "flowrunid", "runid", "id")
"""The first of these that a heading or an object has is taken; case, blanks and separators do not matter."""
_SANDBOX_NAMES = ("sandbox", "sandboxname")
_SEPARATORS = re.compile(r"[\W_]+")

# Without a shape, and copied along with what is seen: joiners, marks of byte order and of writing direction.
_UNSEEN = dict.fromkeys(
    [0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF]
)

# What spreadsheets write in place of a value, in English and their other languages: #N/A, #REF!, #NAME?, #NV, #VALEUR!
_SPREADSHEET_ERROR = re.compile(
    r"#(?:N/A\b.*|[^\s,;#]{1,20}[!?]|[a-z]{1,2}/[a-z]|NV|GETTING_DATA)\s*(?:[,;\t]|$)",
    re.IGNORECASE,
)
_SEPARATOR_LINE = re.compile(r"\"?sep=([,;|\t])\"?[,;|\t]*", re.IGNORECASE)
_NUMBER_SIGN_COLUMN = re.compile(r"#\s*[,;\t]")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)

_MOST_REMEMBERED = 100_000
"""Ids among which repeats are noticed: files may have any length, and are not held in memory."""
_MOST_NAMES = 5
_MOST_SANDBOXES, _OTHERS = 1_000, "…"


class Entry(NamedTuple):
    """Something that should be a run id. ``line`` counts from 1, 0 where only the ``item`` (from 1) is known."""

    text: str
    line: int = 0
    item: int = 0

    @property
    def place(self) -> str:
        """``line 3`` or ``item 3``."""
        return f"line {self.line}" if self.line else f"item {self.item}"


class Columns(NamedTuple):
    """Which cells of a row matter, from 0."""

    run_id: int
    sandbox: int | None


class RunsFileFault(Exception):
    """Something wrong with a file of run ids; ``line`` is 0 where the whole file is meant."""

    def __init__(self, message: str, *, line: int = 0, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.remedy = remedy


@dataclass(slots=True, kw_only=True)
class RowCount:
    """What a file of run ids has for one sandbox (None: every row counts), counted while it is read."""

    sandbox: str | None
    listed: frozenset[RunId] = frozenset()
    """What the spec asks for by id beside the file."""
    excluded: frozenset[RunId] = frozenset()
    """What it excludes by id."""
    rows: int = 0
    taken: int = 0
    elsewhere: Counter[str] = field(default_factory=Counter)
    """Rows for other sandboxes, by their names in small letters; without a name: the row names none."""
    comments: int = 0
    comments_with_id: int = 0
    repeated: int = 0
    also_listed: int = 0
    also_excluded: int = 0
    unlike: int = 0
    """Taken ids that are no UUIDs, as every id in the platform's documents is."""
    unlike_places: list[str] = field(default_factory=list)
    """Where the first of them stand; they are not repeated, for nobody knows what they are."""
    is_one_page: bool = False
    """Whether the file is an answer of the platform's that says that more follows."""
    _seen: set[RunId] = field(default_factory=set)

    def is_for_us(self, whose: str | None) -> bool:
        """Count a row, and say whether it is for our sandbox; None: it is not said whom rows are for."""
        self.rows += 1
        if whose is None or self.sandbox is None:
            return True
        name = cleaned(whose).casefold()
        if name and name == self.sandbox.casefold():
            return True
        known = shortened(printable(name))
        is_few = known in self.elsewhere or len(self.elsewhere) < _MOST_SANDBOXES
        self.elsewhere[known if is_few else _OTHERS] += 1
        return False

    def comment(self, line: str) -> None:
        """Count a line that is a comment."""
        self.comments += 1
        self.comments_with_id += _UUID.search(line) is not None

    def take(self, entry: Entry) -> RunId:
        """Count what is known to be a run id, and return it."""
        run_id = RunId(entry.text)
        self.taken += 1
        self.also_listed += run_id in self.listed
        self.also_excluded += run_id in self.excluded
        if run_id in self._seen:
            self.repeated += 1
        elif len(self._seen) < _MOST_REMEMBERED:
            self._seen.add(run_id)
        if not is_uuid(run_id):
            self.unlike += 1
            if len(self.unlike_places) < _MOST_NAMES:
                self.unlike_places.append(entry.place)
        return run_id

    @property
    def words(self) -> str:
        """All of it in a line: ``412 rows read: 398 for prod, 14 for other sandboxes (dev, stage)``."""
        nameless, elsewhere = self.elsewhere.get("", 0), self.elsewhere.total()
        bad = self.rows - self.taken - elsewhere
        others = f"{elsewhere - nameless:,} for other sandboxes ({_names(self.elsewhere)})"
        parts = [
            f"{self.taken:,} for {self.sandbox}" if self.sandbox else f"{self.taken:,} taken",
            others if elsewhere > nameless else "",
            f"{nameless:,} without a sandbox" if nameless else "",
            f"{bad:,} without a run id" if bad else "",
        ]
        unlike = f"unlike the platform's ({self._unlike_places()})"
        asides = [
            f"{counted(self.repeated, 'repeated id')}, taken once" if self.repeated else "",
            f"{counted(self.also_listed, 'id')} also under runs" if self.also_listed else "",
            f"{counted(self.also_excluded, 'id')} excluded" if self.also_excluded else "",
            f"{counted(self.unlike, 'id')} {unlike}" if self.unlike else "",
            self._of_comments(),
            "this is one page of a longer list (_links.next)" if self.is_one_page else "",
        ]
        read = f"{counted(self.rows, 'row')} read: {', '.join(filter(None, parts))}"
        return "; ".join(filter(None, [read, *asides]))

    def _unlike_places(self) -> str:
        more = self.unlike - len(self.unlike_places)
        return ", ".join([*self.unlike_places, *([f"{more:,} more"] if more else [])])

    def _of_comments(self) -> str:
        if not self.comments:
            return ""
        lines = f"{counted(self.comments, 'comment line')} left out"
        return (
            f"{lines}, {self.comments_with_id:,} with a run id" if self.comments_with_id else lines
        )


@dataclass(frozen=True, slots=True)
class RunsRead:
    """What was read of a file of run ids that a spec names: its place in the spec, the file, and the count."""

    spec: str
    place: str
    file: str
    count: RowCount

    @property
    def words(self) -> str:
        """The file and its count, in a line that no terminal and no build server obeys."""
        return terminal(f"{self.file}: {self.count.words}")


def _names(found: Mapping[str, int]) -> str:
    """Return some names, those of most rows first."""
    names = sorted(filter(None, found), key=lambda name: (-found[name], name))
    some, more = sorted(names[:_MOST_NAMES]), len(names) - _MOST_NAMES
    return ", ".join([*some, *([f"{more:,} more"] if more > 0 else [])])


def cleaned(text: str) -> str:
    """Return text without what is not seen of it, and without the quote that keeps spreadsheets from running it."""
    return _seen(_seen(text).removeprefix("'"))


def _seen(text: str) -> str:
    """Return text without blanks of any kind at its ends, and without characters that have no shape."""
    return text.strip() if text.isascii() else text.translate(_UNSEEN).strip()


def is_comment(line: str) -> bool:
    """Whether a line is a comment: it begins with ``#``, which is no column's name and no spreadsheet's error."""
    if not line.lstrip().startswith("#"):
        return False
    word = line.strip()
    return not (_SPREADSHEET_ERROR.match(word) or _NUMBER_SIGN_COLUMN.match(word))


def separator_in(line: str) -> str:
    """Return what a first line like ``sep=;``, which Excel reads and writes, says that cells are separated by."""
    match = _SEPARATOR_LINE.fullmatch(cleaned(line))
    return match[1] if match else ""


def columns_of(heading: Sequence[str]) -> Columns | None:
    """Return which columns matter; None when no column is known to hold run ids."""
    names = [_plain(cell) for cell in heading]
    run_id = _first_of(_ID_NAMES, names)
    return None if run_id is None else Columns(run_id, _first_of(_SANDBOX_NAMES, names))


def name_had_twice(heading: Sequence[str], columns: Columns) -> str:
    """Return the name that two columns have of which one matters, or nothing."""
    names = [_plain(cell) for cell in heading]
    for place in (columns.run_id, columns.sandbox):
        if place is not None and names.count(names[place]) > 1:
            return cleaned(heading[place])
    return ""


def entry_of_row(
    row: Sequence[str], columns: Columns, *, count: RowCount, line: int
) -> Entry | None:
    """Return what a row has for the sandbox; None when the row is not for it."""
    whose = None if columns.sandbox is None else _cell(row, columns.sandbox)
    if not count.is_for_us(whose):
        return None
    return Entry(_cell(row, columns.run_id), line=line)


def entry_of_object(
    found: object, *, count: RowCount, line: int = 0, item: int = 0
) -> Entry | None:
    """Return what a JSON string or object has for the sandbox; an empty entry when it has nothing usable."""
    by_name: Mapping[str, object] = {}
    if isinstance(found, dict):
        by_name = {_plain(key): value for key, value in found.items() if isinstance(key, str)}
    whose = next((by_name[name] for name in _SANDBOX_NAMES if by_name.get(name) is not None), None)
    if not count.is_for_us(None if whose is None else _as_name(whose)):
        return None
    named = next((by_name[name] for name in _ID_NAMES if name in by_name), None)
    run_id = found if isinstance(found, str) else named
    return Entry(cleaned(run_id) if isinstance(run_id, str) else "", line=line, item=item)


def _cell(row: Sequence[str], place: int) -> str:
    """Return a cell, which is read as ours are."""
    return _seen(cell_text(_seen(row[place]))) if place < len(row) else ""


def _as_name(found: object) -> str:
    return found if isinstance(found, str) else quoted(str(found))


def _first_of(names: Sequence[str], among: Sequence[str]) -> int | None:
    return next((among.index(name) for name in names if name in among), None)


def _plain(name: str) -> str:
    return _SEPARATORS.sub("", cleaned(name)).casefold()
