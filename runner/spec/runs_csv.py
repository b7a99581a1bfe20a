"""Read run ids from CSV: every record of the file, or a fault that names the line; none is swallowed in silence."""

import csv
import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from runner.spec.printable import quoted
from runner.spec.runs_rows import (
    Columns,
    Entry,
    RowCount,
    RunsFileFault,
    cleaned,
    columns_of,
    entry_of_row,
    is_comment,
    name_had_twice,
    separator_in,
)

_UNCLOSED = "Look for a quote that is never closed."
_LOOKS_LIKE_AN_ID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}", re.ASCII)


def entries_of_csv(
    file: TextIO, *, delimiter: str, count: RowCount
) -> Generator[Entry, None, None]:
    """Give what each record has for the sandbox; the first record is the heading. Raises RunsFileFault."""
    lines = _Lines(file, count)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    columns = None
    while (row := _next_row(reader, lines)) is not None:
        if not any(map(str.strip, row)):
            continue
        if columns is None:
            columns = _columns(row, line=lines.first)
            continue
        _refuse_swallowed(lines, columns, delimiter=delimiter)
        entry = entry_of_row(row, columns, count=count, line=lines.first)
        if entry is not None:
            yield entry


def _next_row(reader: "Iterator[list[str]]", lines: "_Lines") -> list[str] | None:
    lines.begin()
    try:
        return next(reader, None)
    except csv.Error as error:
        raise RunsFileFault(
            f"the record that begins here is not CSV that can be read ({error}).",
            line=lines.first,
            remedy=_UNCLOSED,
        ) from None


def _columns(heading: Sequence[str], *, line: int) -> Columns:
    columns = columns_of(heading)
    assert columns is not None, "a file is read as CSV only when its heading is known"
    if name := name_had_twice(heading, columns):
        raise RunsFileFault(
            f"two columns are called {quoted(name)}.",
            line=line,
            remedy="Rename the one that does not hold the ids of the failed runs, or their sandbox.",
        )
    return columns


def _refuse_swallowed(lines: "_Lines", columns: Columns, *, delimiter: str) -> None:
    """Refuse a record over several lines of which a later one looks like a record of its own."""
    for number, line in lines.following():
        cells = next(csv.reader([line], delimiter=delimiter), [])
        cell = cleaned(cells[columns.run_id]) if columns.run_id < len(cells) else ""
        if _LOOKS_LIKE_AN_ID.fullmatch(cell):
            raise RunsFileFault(
                f"a quote that is opened here goes on over line {number}, which looks like a record of its own.",
                line=lines.first,
                remedy=_UNCLOSED,
            )


@dataclass(slots=True)
class _Lines:
    """The lines of a file without its comments; those of the present record are kept with their numbers.

    Inside a record that goes over several lines there are no comments.
    """

    file: TextIO
    count: RowCount
    number: int = 0
    _record: list[tuple[int, str]] = field(default_factory=list)

    def __iter__(self) -> Iterator[str]:
        for line in self.file:
            self.number += 1
            if not self._record and is_comment(line):
                self.count.comment(line)
            elif not (self.number == 1 and separator_in(line)):
                self._record.append((self.number, line))
                yield line

    def begin(self) -> None:
        """Begin a record."""
        self._record.clear()

    @property
    def first(self) -> int:
        """The number of the record's first line."""
        return self._record[0][0] if self._record else self.number

    def following(self) -> Sequence[tuple[int, str]]:
        """Return the record's other lines."""
        return self._record[1:]
