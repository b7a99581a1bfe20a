"""Show problems: as text for people, as JSON for programs, as annotations for GitHub.

Nothing here decides what is wrong. Control characters never pass.
"""

import json
from collections.abc import Callable, Sequence
from typing import Literal

from runner.spec.printable import printable, width
from runner.spec.problems import Problem
from runner.spec.runs_rows import RunsRead

OutputFormat = Literal["text", "json", "github"]

MOST_SHOWN = 200
"""Problems that the text form spells out; the JSON form has them all."""

_WIDEST_EXCERPT = 110
_BEFORE_CARET = 70


def render(
    problems: Sequence[Problem],
    output_format: OutputFormat,
    *,
    files: Sequence[RunsRead] | None = None,
) -> str:
    """Return the problems in one of three forms, ending in a line feed unless there is nothing to say.

    ``files`` of run ids are told after them: as lines, as notices, and in ``json`` as ``files``, a list of objects with
    ``spec``, ``path``, ``file``, ``sandbox``, ``rows`` and ``ids`` (read and taken), ``other_sandboxes`` (rows by
    name), ``no_sandbox``, ``repeated``, ``comments`` (counts) and ``message``.

    ``json`` is an object: ``version`` (1), ``errors`` and ``warnings`` (counts), and ``problems``, a list of objects
    with ``file``, ``line``, ``column`` (from 1; 0 means the whole file), ``severity`` (``error`` or ``warning``),
    ``code``, ``path``, ``found``, ``message`` and ``remedy``, all text but the two numbers.
    """
    return _FORMS[output_format](problems, files)


def one_line(problem: Problem) -> str:
    """Return ``file:line:column: severity: path: fact remedy``."""
    return printable(f"{problem.place}: {problem.severity}: {problem.sentence}")


def _as_text(problems: Sequence[Problem], files: Sequence[RunsRead] | None) -> str:
    shown = "".join(f"{one_line(one)}\n{_excerpt(one)}" for one in problems[:MOST_SHOWN])
    hidden = len(problems) - MOST_SHOWN
    more = f"... and {hidden} more problems\n" if hidden > 0 else ""
    return shown + more + "".join(f"{one.words}\n" for one in files or ())


def _excerpt(problem: Problem) -> str:
    """Return the line of the file and a caret below the column; nothing where there is no line."""
    if not problem.excerpt.strip():
        return ""
    caret = max(problem.column, 1) - 1
    start = caret - _BEFORE_CARET if caret > _WIDEST_EXCERPT - 20 else 0
    dots = "…" if start else ""
    before = dots + printable(problem.excerpt[start:caret])
    after = printable(problem.excerpt[caret : start + _WIDEST_EXCERPT])
    more = "…" if len(problem.excerpt) > start + _WIDEST_EXCERPT else ""
    number = f"{problem.line:>5}"
    margin = " " * len(number)
    return f"{number} | {before}{after}{more}\n{margin} | {' ' * width(before)}^\n"


def _as_json(problems: Sequence[Problem], files: Sequence[RunsRead] | None) -> str:
    errors = sum(one.is_error for one in problems)
    value = {
        "version": 1,
        "errors": errors,
        "warnings": len(problems) - errors,
        "problems": [_as_object(one) for one in problems],
    }
    told = {} if files is None else {"files": [_file_as_object(one) for one in files]}
    return json.dumps(value | told, indent=2) + "\n"


def _as_object(problem: Problem) -> dict[str, str | int]:
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "severity": problem.severity.value,
        "code": problem.code,
        "path": problem.path,
        "found": problem.found,
        "message": problem.message,
        "remedy": problem.remedy,
    }


def _file_as_object(read: RunsRead) -> dict[str, object]:
    count = read.count
    others = {name: rows for name, rows in sorted(count.elsewhere.items()) if name}
    return {
        "spec": read.spec,
        "path": read.place,
        "file": read.file,
        "sandbox": count.sandbox,
        "rows": count.rows,
        "ids": count.taken,
        "other_sandboxes": others,
        "no_sandbox": count.elsewhere.get("", 0),
        "repeated": count.repeated,
        "comments": count.comments,
        "message": read.words,
    }


def _annotation(problem: Problem) -> str:
    """Return a workflow command (docs: GitHub Actions, "Workflow commands"); its escapes are percent signs."""
    properties = {"file": problem.file, "title": f"retrigger: {problem.code}"}
    if problem.line:
        properties |= {"line": str(problem.line), "col": str(max(problem.column, 1))}
    listed = ",".join(
        f"{key}={_escaped_property(properties[key])}"
        for key in ("file", "line", "col", "title")
        if key in properties
    )
    return f"::{problem.severity} {listed}::{_escaped_data(problem.sentence)}"


def _escaped_data(text: str) -> str:
    return printable(text).replace("%", "%25")


def _escaped_property(text: str) -> str:
    return _escaped_data(text).replace(":", "%3A").replace(",", "%2C")


def _notice(read: RunsRead) -> str:
    properties = (
        f"file={_escaped_property(read.spec)},title={_escaped_property('retrigger: runs-file')}"
    )
    return f"::notice {properties}::{_escaped_data(f'{read.place}: {read.words}')}"


def _as_annotations(problems: Sequence[Problem], files: Sequence[RunsRead] | None) -> str:
    lines = [*map(_annotation, problems), *map(_notice, files or ())]
    return "".join(f"{line}\n" for line in lines)


_FORMS: dict[OutputFormat, Callable[[Sequence[Problem], Sequence[RunsRead] | None], str]] = {
    "text": _as_text,
    "json": _as_json,
    "github": _as_annotations,
}
