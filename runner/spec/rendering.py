"""Show problems: as text for people, as JSON for programs, as annotations for GitHub.

Nothing here decides what is wrong. Control characters never pass.
"""

import json
from collections.abc import Callable, Sequence
from typing import Literal

from runner.spec.printable import printable, width
from runner.spec.problems import Problem

OutputFormat = Literal["text", "json", "github"]

MOST_SHOWN = 200
"""Problems that the text form spells out; the JSON form has them all."""

_WIDEST_EXCERPT = 110
_BEFORE_CARET = 70


def render(problems: Sequence[Problem], output_format: OutputFormat) -> str:
    """Return the problems in one of three forms, ending in a line feed unless there is nothing to say.

    ``json`` is an object: ``version`` (1), ``errors`` and ``warnings`` (counts), and ``problems``, a list of objects
    with ``file``, ``line``, ``column`` (from 1; 0 means the whole file), ``severity`` (``error`` or ``warning``),
    ``code``, ``path``, ``found``, ``message`` and ``remedy``, all text but the two numbers.
    """
    return _FORMS[output_format](problems)


def one_line(problem: Problem) -> str:
    """Return ``file:line:column: severity: path: fact remedy``."""
    return printable(f"{problem.place}: {problem.severity}: {problem.sentence}")


def _as_text(problems: Sequence[Problem]) -> str:
    shown = "".join(f"{one_line(one)}\n{_excerpt(one)}" for one in problems[:MOST_SHOWN])
    hidden = len(problems) - MOST_SHOWN
    return f"{shown}... and {hidden} more problems\n" if hidden > 0 else shown


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


def _as_json(problems: Sequence[Problem]) -> str:
    errors = sum(one.is_error for one in problems)
    value = {
        "version": 1,
        "errors": errors,
        "warnings": len(problems) - errors,
        "problems": [_as_object(one) for one in problems],
    }
    return json.dumps(value, indent=2) + "\n"


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


def _as_annotations(problems: Sequence[Problem]) -> str:
    return "".join(f"{_annotation(one)}\n" for one in problems)


_FORMS: dict[OutputFormat, Callable[[Sequence[Problem]], str]] = {
    "text": _as_text,
    "json": _as_json,
    "github": _as_annotations,
}
