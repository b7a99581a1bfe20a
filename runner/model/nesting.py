"""How deep lists and groups are nested in a text, read off its brackets: for texts that no reader takes in. Pure."""

import re
from dataclasses import dataclass

# Quoted text and comments are passed over; a single quote opens some only where a value can begin (YAML).
_SIGN = re.compile(
    r"""
    "(?:[^"\\]|\\.)*"
  | (?<![^\s\[{,:\-])'[^']*'
  | (?<!\S)\#[^\n]*
  | [\[{\]}]
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TooDeep:
    """A text is nested deeper than it may be. Line and column, from 1, are of the first bracket that is too deep."""

    levels: int
    """Of its deepest place."""
    line: int
    column: int


def nested_deeper(text: str, *, than: int) -> TooDeep | None:
    """Return how much deeper than so many levels a text is nested, and where; None: it is not.

    >>> nested_deeper("[1, [2, [3]]]", than=2)
    TooDeep(levels=3, line=1, column=9)
    """
    depth = deepest = 0
    first: int | None = None
    for sign in _SIGN.finditer(text):
        bracket = sign.group()
        if bracket in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if depth > than and first is None:
                first = sign.start()
        elif bracket in "]}":
            depth = max(0, depth - 1)
    if first is None:
        return None
    line_start = text.rfind("\n", 0, first) + 1
    line = text.count("\n", 0, first) + 1
    return TooDeep(levels=deepest, line=line, column=first - line_start + 1)
