"""Say what is wrong with text that is not YAML, in words that help the person who wrote it.

Both of PyYAML's parsers (libyaml and pure Python) are understood; their own words are not passed on.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.model.nesting import nested_deeper
from runner.spec.decoding import Unreadable, lines_of

if TYPE_CHECKING:
    import yaml

DEEPEST = 40
"""Levels of lists and groups inside one another."""

# Part of the parser's own words -> the fact, the remedy. The first that fits is taken.
_KNOWN = (
    (
        r"mapping values are not allowed",
        "a colon stands where none can.",
        'Text with ": " in it needs quotes; or the line above lacks its colon, or this line is indented too far.',
    ),
    (
        r"could not find expected ':'",
        "a key without its colon ends above this line.",
        "Write `key: value`, with a space after the colon.",
    ),
    (
        r"(?:block )?sequence entries are not allowed",
        "a list item (-) stands where none can.",
        "Start each `- item` on a line of its own, below its key.",
    ),
    (
        r"unknown escape character|Unicode character escape|hexdecimal number|hexadecimal number",
        "a backslash in double quotes starts an escape that does not exist.",
        "Use single quotes, in which a backslash is plain: 'C:\\data'.",
    ),
    (
        r"expected (?:the )?node content",
        "a sign of YAML's own ([ ] { } , or similar) stands where a value is meant.",
        "Write the value, or put it in quotes.",
    ),
    (
        r"document start",
        "more text follows where the document has already ended.",
        "Look for a stray bracket, or a key that is indented differently from those above it.",
    ),
    (
        r"comment or line break|chomping or indentation indicators",
        "text stands beside | or >, where its own lines must follow below.",
        "Move the text to the next line, indented; or put it in quotes.",
    ),
    (
        r"incompatible YAML|unknown directive|duplicate %",
        "this % line is not understood.",
        "Remove it.",
    ),
    (r"end of stream", "the file ends in the middle of a value.", "Finish the last line."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clues:
    """What the parser said and what stands there; positions are (line, column) from 1."""

    problem: str
    context: str
    here: str
    """The rest of the line."""
    whole_line: str
    at: tuple[int, int]
    opened: tuple[int, int]
    """Where the thing starts that the parser was reading."""


@dataclass(frozen=True, slots=True)
class _Words:
    fact: str
    remedy: str
    at: tuple[int, int]


def syntax_fault(error: "yaml.YAMLError", *, text: str) -> Unreadable:
    """Return the fault that a parser's error stands for."""
    lines = lines_of(text)
    line, column = _mark(error, "problem_mark", lines=lines)
    if fault := nested_too_deep(text, from_line=_first_line(error)):
        return fault
    clues = _Clues(
        problem=str(getattr(error, "problem", None) or error),
        context=str(getattr(error, "context", None) or ""),
        here=lines[line - 1][column - 1 :],
        whole_line=lines[line - 1],
        at=(line, column),
        opened=_mark(error, "context_mark", lines=lines),
    )
    words = next(found for guess in _GUESSES if (found := guess(clues)) is not None)
    return Unreadable(
        words.fact, remedy=words.remedy, code="yaml-syntax", line=words.at[0], column=words.at[1]
    )


def too_deep(*, line: int, column: int) -> Unreadable:
    """Return the fault of a text whose lists and groups are nested too deep."""
    return Unreadable(
        f"lists and groups stand inside one another more than {DEEPEST} levels deep.",
        remedy="Nothing here needs that; look for stray brackets.",
        code="too-deep",
        line=line,
        column=column,
    )


def nested_too_deep(text: str, *, from_line: int = 1) -> Unreadable | None:
    """Return the fault where more brackets are open than may be; a parser may stumble over it and say something else.

    Counted from the start of line ``from_line``, at which the parser stumbled.
    """
    found = nested_deeper("\n".join(lines_of(text)[from_line - 1 :]), than=DEEPEST)
    return too_deep(line=from_line - 1 + found.line, column=found.column) if found else None


def _first_line(error: "yaml.YAMLError") -> int:
    """Return the first line that a parser's error speaks of, from 1."""
    marks = [getattr(error, name, None) for name in ("problem_mark", "context_mark")]
    return min((mark.line for mark in marks if mark is not None), default=0) + 1


def _mark(error: "yaml.YAMLError", which: str, *, lines: list[str]) -> tuple[int, int]:
    """Return a position that lies in the text: the end of a file is the end of its last filled line."""
    mark = getattr(error, which, None)
    if mark is None:
        return 1, 1
    if mark.line >= len(lines) or (mark.line == len(lines) - 1 and not lines[-1]):
        last = max(len(lines) - 1 if not lines[-1] else len(lines), 1)
        return last, len(lines[last - 1]) + 1
    return mark.line + 1, mark.column + 1


def _tab(clues: _Clues) -> _Words | None:
    if "tab" not in clues.problem and not clues.here.startswith("\t"):
        return None
    return _Words(
        "a tab stands here, and YAML indents with spaces only.", "Replace it by spaces.", clues.at
    )


def _unclosed_bracket(clues: _Clues) -> _Words | None:
    if "flow" not in clues.context:
        return None
    if re.search(r"""(?<!["'\w])\$\{""", clues.whole_line):
        return _Words(
            "a placeholder without quotes stands inside [ ] or { }.",
            'There it needs quotes: "${NAME}".',
            clues.at,
        )
    if "flow node" in clues.context:
        return _Words(
            "a value is missing inside [ ] or { }.",
            "Write it, or close the bracket that was opened before.",
            clues.at,
        )
    bracket, closing = ("[", "]") if "sequence" in clues.context else ("{", "}")
    if clues.here.startswith(("[", "{")):
        return _Words(
            f"a {clues.here[0]} follows text that has no quotes, inside the {bracket} opened on line "
            f"{clues.opened[0]}.",
            'Put text with brackets in it in quotes: "a[1]"; or put a comma between the items.',
            clues.at,
        )
    return _Words(
        f"the {bracket} opened on line {clues.opened[0]} is not closed before this.",
        f"Close it with {closing}, or put a comma between the items.",
        clues.at,
    )


def _unclosed_quote(clues: _Clues) -> _Words | None:
    if "quoted scalar" not in clues.context or "end of stream" not in clues.problem:
        return None
    return _Words(
        "the quote opened here is never closed.",
        "Close it on the same line; a quote inside single quotes is written twice ('it''s').",
        clues.opened,
    )


def _sign_of_its_own(clues: _Clues) -> _Words | None:
    if "anchor" in clues.context or "alias" in clues.context:
        return _Words(
            "* or & without a name stands here, which YAML reads as an alias or anchor.",
            'If a pattern is meant, write it in quotes: "*".',
            clues.at,
        )
    if "tag" in clues.context:
        return _Words(
            "the ! here starts a YAML tag.",
            'Text that starts with ! needs quotes: "!text".',
            clues.at,
        )
    if "cannot start any token" in clues.problem:
        return _Words(
            f"{clues.here[:1]} cannot start a value.",
            "Text that starts with @, `, % or a similar sign needs quotes.",
            clues.at,
        )
    return None


def _broken_block(clues: _Clues) -> _Words | None:
    if "block mapping" not in clues.context and "block collection" not in clues.context:
        return None
    if clues.here.startswith("-"):
        return _Words(
            "a list item (-) stands among keys.",
            "Indent it below the key that it belongs to.",
            clues.at,
        )
    before = clues.whole_line[: clues.at[1] - 1].strip()
    if before:
        return _Words(
            "this goes on after a value has ended.",
            "Put the whole value in quotes; a quote inside single quotes is written twice ('it''s').",
            clues.at,
        )
    return _Words(
        f"this line does not go with what starts on line {clues.opened[0]}.",
        "Give lines that belong together the same indentation.",
        clues.at,
    )


def _known(clues: _Clues) -> _Words | None:
    for pattern, fact, remedy in _KNOWN:
        if re.search(pattern, clues.problem):
            return _Words(fact, remedy, clues.at)
    return None


def _unknown(clues: _Clues) -> _Words | None:
    return _Words(
        "this is not YAML that can be read.", "Compare it with the lines around it.", clues.at
    )


_GUESSES: tuple[Callable[[_Clues], _Words | None], ...] = (
    _tab,
    _unclosed_bracket,
    _unclosed_quote,
    _sign_of_its_own,
    _broken_block,
    _known,
    _unknown,
)
