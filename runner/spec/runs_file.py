"""Read the run ids of one sandbox from the file that ``runs_from`` names, in whatever form an operator has it.

Plain text (one id a line, ``#`` starts a comment), CSV with a heading (``results.csv`` among them), JSON
(``results.json`` among them) and JSON Lines. Text, CSV and JSON Lines are streamed, so that a million lines take no
more memory than ten; JSON is read whole, up to 256 MiB. Ids keep their case and their order; repeated ones are given
again. Whether the platform knows them is not asked here.
"""

import csv
import re
import stat
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TextIO

from runner.disk import reading_remedy
from runner.errors import UsageError
from runner.model.words import RunId, SandboxName
from runner.spec.printable import printable, quoted
from runner.spec.runs_csv import entries_of_csv
from runner.spec.runs_json import entries_of_json, entries_of_json_lines
from runner.spec.runs_rows import Entry, RunsFileFault, columns_of
from runner.spec.schema import load_schema

_MOST_FAULTS = 20
_HEAD_CHARACTERS = 64 * 1024
_LONGEST_HEADING = 10_000
_DELIMITERS = ",;\t"

Entries = Generator[Entry, None, None]


def read_run_ids(path: Path, *, sandbox: SandboxName) -> Iterator[RunId]:
    """Give the run ids that a file has for a sandbox, in the file's order.

    Where rows name a sandbox (a column or key ``sandbox`` or ``sandboxName``), only this sandbox's count. Raises
    UsageError naming file and line for a file that cannot be read, that has no usable column, or a word that is not
    a run id. A file without ids for the sandbox gives nothing.
    """
    is_run_id = _run_id_test()
    try:
        with closing(_entries(path, sandbox=sandbox)) as entries:
            for entry in entries:
                if not is_run_id(entry.text):
                    raise _not_a_run_id(entry)
                yield RunId(entry.text)
    except RunsFileFault as fault:
        where = f"{path}:{fault.line}" if fault.line else str(path)
        raise UsageError(printable(f"{where}: {fault.message}"), remedy=fault.remedy) from None


def runs_file_faults(path: Path, *, sandbox: str | None) -> list[RunsFileFault]:
    """Return what is wrong with a file of run ids: at most 20 bad lines, and a last one when there are more.

    Without a sandbox every row counts.
    """
    is_run_id = _run_id_test()
    faults: list[RunsFileFault] = []
    good = bad = 0
    try:
        with closing(_entries(path, sandbox=sandbox)) as entries:
            for entry in entries:
                if is_run_id(entry.text):
                    good += 1
                    continue
                bad += 1
                if bad <= _MOST_FAULTS:
                    faults.append(_not_a_run_id(entry))
    except RunsFileFault as fault:
        return [*faults, fault]
    if bad > _MOST_FAULTS:
        faults.append(
            RunsFileFault(f"{bad - _MOST_FAULTS:,} more lines of the file hold no run id.")
        )
    if not good and not bad:
        faults.append(_no_ids(sandbox))
    return faults


@cache
def _run_id_test() -> Callable[[str], object]:
    pattern = load_schema("spec").resolved({"$ref": "#/$defs/runId"})["pattern"]
    return re.compile(str(pattern).removeprefix("^").removesuffix("$")).fullmatch


def _not_a_run_id(entry: Entry) -> RunsFileFault:
    place = f"item {entry.item}: " if entry.item else ""
    found = f"{quoted(entry.text)} is not a run id." if entry.text else "there is no run id here."
    return RunsFileFault(
        f"{place}{found}", line=entry.line, remedy="A run id is letters, digits and hyphens."
    )


def _no_ids(sandbox: str | None) -> RunsFileFault:
    whose = f" for the sandbox {sandbox}" if sandbox else ""
    return RunsFileFault(
        f"the file holds no run ids{whose}.",
        remedy="Write one id a line, or a CSV with a column run_id (rows of other sandboxes do not count).",
    )


def _entries(path: Path, *, sandbox: str | None) -> Entries:
    """Give every entry, whatever the form of the file; raises RunsFileFault."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for ever
            raise RunsFileFault(
                "this is not a plain file.", remedy="Save the ids to a file, and name that."
            )
        with path.open(encoding=_encoding_of(path), newline="") as file:
            yield from _by_form(file, name=path.name, sandbox=sandbox)
    except (FileNotFoundError, NotADirectoryError):
        raise RunsFileFault(
            "there is no such file.", remedy="Paths start at the spec's own folder."
        ) from None
    except OSError as error:
        raise RunsFileFault(
            f"the file cannot be read ({error.strerror or 'unknown reason'}).",
            remedy=reading_remedy(error, otherwise="Look at its permissions."),
        ) from None
    except UnicodeError:
        raise RunsFileFault("the file is not UTF-8 text.", remedy="Save it as UTF-8.") from None
    except ValueError:  # a NUL in the file's own name
        raise RunsFileFault(
            "this is not a file name.", remedy="Write the path of a file."
        ) from None


def _encoding_of(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return "utf-8-sig"


def _by_form(file: TextIO, *, name: str, sandbox: str | None) -> Entries:
    head = file.read(_HEAD_CHARACTERS)
    file.seek(0)
    first = next((line for line in head.splitlines() if _says_something(line)), "")
    if _is_json_lines(head, name=name):
        return entries_of_json_lines(file, sandbox=sandbox)
    if first.lstrip().startswith(("{", "[")):
        return entries_of_json(file, sandbox=sandbox)
    delimiter = max(_DELIMITERS, key=first.count)
    cells = (
        next(csv.reader([first], delimiter=delimiter), []) if len(first) < _LONGEST_HEADING else []
    )
    if columns_of(cells) is not None:
        return entries_of_csv(file, delimiter=delimiter, sandbox=sandbox)
    if delimiter in first:
        raise RunsFileFault(
            f"no column of the heading {quoted(first.strip())} holds run ids.",
            line=1,
            remedy="Name it run_id or old_run_id in the first line.",
        )
    return _of_text(file)


def _is_json_lines(head: str, *, name: str) -> bool:
    if name.lower().endswith((".jsonl", ".ndjson")):
        return True
    filled = [line for line in head.splitlines() if line.strip()][:2]
    return len(filled) == 2 and all(  # noqa: PLR2004  # two lines, each whole
        line.lstrip().startswith("{") and line.rstrip().endswith("}") for line in filled
    )


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _of_text(file: TextIO) -> Entries:
    for number, line in enumerate(file, start=1):
        word = line.strip()
        if word and not word.startswith("#"):
            yield Entry(line=number, text=word.split(" #")[0].strip().removeprefix("'"))
