"""What counts as a run id in a row or object of a file, whoever wrote it.

Knows names of columns and keys only; files are opened in ``runs_file``.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from runner.model.cell import cell_text

_ID_NAMES = ("old_run_id", "oldrunid", "run_id", "runid", "flow_run_id", "flowrunid", "id")
"""The first of these that a heading or an object has is taken; case does not matter."""
_SANDBOX_NAMES = ("sandbox", "sandboxname", "sandbox_name")


class Entry(NamedTuple):
    """Something that should be a run id. ``line`` counts from 1, 0 where only the ``item`` (from 1) is known."""

    text: str
    line: int = 0
    item: int = 0


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


def columns_of(heading: Sequence[str]) -> Columns | None:
    """Return which columns matter; None when no column is known to hold run ids."""
    names = [_plain(cell) for cell in heading]
    run_id = _first_of(_ID_NAMES, names)
    return None if run_id is None else Columns(run_id, _first_of(_SANDBOX_NAMES, names))


def entry_of_row(
    row: Sequence[str], columns: Columns, *, sandbox: str | None, line: int
) -> Entry | None:
    """Return what a row has for the sandbox; None when the row is another sandbox's. Cells are read as ours are."""
    if columns.sandbox is not None and sandbox is not None:
        whose = row[columns.sandbox] if columns.sandbox < len(row) else ""
        if cell_text(whose.strip()) != sandbox:
            return None
    cell = row[columns.run_id] if columns.run_id < len(row) else ""
    return Entry(cell_text(cell.strip()), line=line)


def entry_of_object(
    found: object, *, sandbox: str | None, line: int = 0, item: int = 0
) -> Entry | None:
    """Return what a JSON string or object has for the sandbox; an empty entry when it has nothing usable."""
    if isinstance(found, str):
        return Entry(_without_quote(found), line=line, item=item)
    if not isinstance(found, dict):
        return Entry("", line=line, item=item)
    by_name = {_plain(key): value for key, value in found.items() if isinstance(key, str)}
    whose = _first_value(_SANDBOX_NAMES, by_name)
    if whose is not None and sandbox is not None and whose != sandbox:
        return None
    run_id = _first_value(_ID_NAMES, by_name)
    return Entry(_without_quote(run_id) if isinstance(run_id, str) else "", line=line, item=item)


def _first_of(names: Sequence[str], among: Sequence[str]) -> int | None:
    return next((among.index(name) for name in names if name in among), None)


def _first_value(names: Sequence[str], among: Mapping[str, object]) -> object:
    return next((among[name] for name in names if name in among), None)


def _plain(name: str) -> str:
    return name.strip().removeprefix("\ufeff").lower().replace(" ", "_").replace("-", "_")


def _without_quote(cell: str) -> str:
    """Return the cell without the quote that keeps spreadsheets from running it as a formula."""
    return cell.strip().removeprefix("'")
