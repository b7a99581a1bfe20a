"""Read the run ids of one sandbox from a file or from standard input, in whatever form an operator has them.

Plain text (one id a line, ``#`` starts a comment), CSV with a heading (``results.csv`` among them), JSON
(``results.json`` among them) and JSON Lines. Text, CSV and JSON Lines are streamed, so that a million lines take no
more memory than some; JSON is read whole, up to 256 MiB. Ids keep their case and their order; repeated ones are given
again. Whether the platform knows them is not asked here. Every row is either given, or counted (``RowCount``).
"""

import csv
import io
import re
import stat
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import BinaryIO, TextIO

from runner.disk import reading_remedy
from runner.errors import UsageError
from runner.model.words import RunId, SandboxName
from runner.spec.printable import printable, quoted
from runner.spec.problems import Problem, SpecInvalid
from runner.spec.runs_csv import entries_of_csv
from runner.spec.runs_json import entries_of_json, entries_of_json_lines
from runner.spec.runs_kinds import encoding_of, refuse_markup, refuse_what_is_no_text
from runner.spec.runs_rows import (
    Entry,
    RowCount,
    RunsFileFault,
    cleaned,
    columns_of,
    is_comment,
    separator_in,
)
from runner.spec.schema import load_schema

RUNS_FILE = "runs-file"
"""The code of what is wrong with a file of run ids."""

_MOST_FAULTS = 20
_HEAD_CHARACTERS = 64 * 1024
_LONGEST_HEADING = 10_000
_DELIMITERS = ",;\t"

_COMMENT_BEHIND = re.compile(r"\s#")

Entries = Generator[Entry, None, None]


def read_run_ids(
    path: Path, *, sandbox: SandboxName, count: RowCount | None = None
) -> Iterator[RunId]:
    """Give the run ids that a file has for a sandbox, in the file's order, and count its rows.

    Where rows name a sandbox (a column or key ``sandbox``, ``sandboxName`` or the like), only this sandbox's are given.
    Raises UsageError naming file and line for a file that cannot be read, that has no usable column, or a word that is
    not a run id. A file without ids for the sandbox gives nothing.
    """
    count = count or RowCount(sandbox=sandbox)
    is_run_id = _run_id_test()
    try:
        with closing(_entries(path, count)) as entries:
            for entry in entries:
                if not is_run_id(entry.text):
                    raise _not_a_run_id(entry)
                yield count.take(entry)
    except RunsFileFault as fault:
        where = f"{path}:{fault.line}" if fault.line else str(path)
        raise UsageError(printable(f"{where}: {fault.message}"), remedy=fault.remedy) from None


def runs_file_faults(
    path: Path, *, sandbox: str | None, count: RowCount | None = None
) -> list[RunsFileFault]:
    """Return what is wrong with a file of run ids: at most 20 bad lines, and a last one when there are more.

    Without a sandbox every row counts.
    """
    count = count or RowCount(sandbox=sandbox)
    faults = _faults(_entries(path, count), count=count, ids=None)
    if not (faults or count.taken):
        faults.append(_no_ids(count))
    return faults


def run_ids_given(
    content: bytes, *, called: str, sandbox: SandboxName
) -> tuple[list[RunId], RowCount]:
    """Return the run ids of what came in by another way than a file, read as a file is; there may be none.

    Raises SpecInvalid with every bad line; ``called`` is how messages call where it came from.
    """
    count, ids = RowCount(sandbox=sandbox), list[RunId]()
    entries = _entries_of(io.BytesIO(content), name="", count=count)
    if faults := _faults(entries, count=count, ids=ids):
        raise SpecInvalid(problem_in_file(called, fault) for fault in faults)
    return ids, count


def problem_in_file(file: str, fault: RunsFileFault) -> Problem:
    """Return what is wrong with a file of run ids as a problem of that file."""
    return Problem(
        file=file,
        line=fault.line,
        column=0,
        path="",
        found="",
        message=fault.message,
        remedy=fault.remedy,
        code=RUNS_FILE,
    )


def _faults(found: Entries, *, count: RowCount, ids: list[RunId] | None) -> list[RunsFileFault]:
    """Return what is wrong with some entries; the good ones are counted, and put into a list that is given."""
    is_run_id = _run_id_test()
    faults: list[RunsFileFault] = []
    bad = 0
    try:
        with closing(found) as entries:
            for entry in entries:
                if is_run_id(entry.text):
                    run_id = count.take(entry)
                    if ids is not None:
                        ids.append(run_id)
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


def _no_ids(count: RowCount) -> RunsFileFault:
    whose = f" for the sandbox {count.sandbox}" if count.sandbox else ""
    there = f"What is there: {count.words}. " if count.rows or count.comments else ""
    return RunsFileFault(
        f"the file holds no run ids{whose}.",
        remedy=f"{there}Write one id a line, or a CSV with a column run_id (rows of other sandboxes do not count).",
    )


def _entries(path: Path, count: RowCount) -> Entries:
    """Give every entry of a file, whatever its form; raises RunsFileFault."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for ever
            raise RunsFileFault(
                "this is not a plain file.", remedy="Save the ids to a file, and name that."
            )
        with path.open("rb") as file:
            yield from _entries_of(file, name=path.name, count=count)
    except (FileNotFoundError, NotADirectoryError):
        raise RunsFileFault(
            "there is no such file.", remedy="Paths start at the spec's own folder."
        ) from None
    except OSError as error:
        raise RunsFileFault(
            f"the file cannot be read ({error.strerror or 'unknown reason'}).",
            remedy=reading_remedy(error, otherwise="Look at its permissions."),
        ) from None
    except ValueError:  # a NUL in the file's own name
        raise RunsFileFault(
            "this is not a file name.", remedy="Write the path of a file."
        ) from None


def _entries_of(file: BinaryIO, *, name: str, count: RowCount) -> Entries:
    """Give every entry of what can be read from its beginning more than once; raises RunsFileFault."""
    refuse_what_is_no_text(file)
    text = io.TextIOWrapper(file, encoding=encoding_of(file), newline="")
    try:
        yield from _by_form(text, name=name, count=count)
    except UnicodeError:
        raise RunsFileFault("the file is not UTF-8 text.", remedy="Save it as UTF-8.") from None
    finally:
        text.detach()


def _by_form(file: TextIO, *, name: str, count: RowCount) -> Entries:
    head = file.read(_HEAD_CHARACTERS)
    file.seek(0)
    number, first = _first_line(head)
    refuse_markup(first)
    if _is_json_lines(head, name=name):
        return entries_of_json_lines(file, count=count)
    if first.lstrip().startswith(("{", "[")):
        return entries_of_json(file, count=count)
    delimiter = separator_in(head.partition("\n")[0]) or max(_DELIMITERS, key=first.count)
    cells = (
        next(csv.reader([first], delimiter=delimiter), []) if len(first) < _LONGEST_HEADING else []
    )
    if columns_of(cells) is not None:
        return entries_of_csv(file, delimiter=delimiter, count=count)
    if delimiter in _COMMENT_BEHIND.split(first)[0]:
        raise RunsFileFault(
            f"no column of the heading {quoted(cleaned(first))} holds run ids.",
            line=number,
            remedy="Name it run_id or old_run_id in the first line.",
        )
    return _of_text(file, count)


def _first_line(head: str) -> tuple[int, str]:
    """Return the first line that says something, and its number."""
    for number, line in enumerate(io.StringIO(head, newline=""), start=1):
        is_separator = number == 1 and separator_in(line)
        if cleaned(line) and not is_separator and not is_comment(line):
            return number, line
    return 0, ""


def _is_json_lines(head: str, *, name: str) -> bool:
    if name.lower().endswith((".jsonl", ".ndjson")):
        return True
    filled = [line for line in head.splitlines() if line.strip()][:2]
    return len(filled) == 2 and all(  # noqa: PLR2004  # two lines, each whole
        line.lstrip().startswith("{") and line.rstrip().endswith("}") for line in filled
    )


def _of_text(file: TextIO, count: RowCount) -> Entries:
    for number, line in enumerate(file, start=1):
        word = cleaned(line)
        if not word:
            continue
        if is_comment(word):
            count.comment(word)
            continue
        count.is_for_us(None)
        yield Entry(line=number, text=_without_quotes(cleaned(_COMMENT_BEHIND.split(word)[0])))


def _without_quotes(word: str) -> str:
    return word[1:-1].strip() if len(word) > 1 and word[0] == word[-1] == '"' else word
