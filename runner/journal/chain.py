"""Check a chain of events: which line is the first that somebody changed, took out, put in or moved.

Pure, and streaming: lines need not fit in memory. How lines are chained is said in ``runner.journal.events``; where
they come from is the caller's business. What the chain alone cannot show is a tail that was cut off, or a chain that
was forged from some line on: for that, compare it with another copy (``first_difference``).
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, zip_longest

from runner.journal.events import FIRST_LINK, link_of

_MARK = ', "chain": "'
_MARK_AND_LINK = len(_MARK) + len(FIRST_LINK) + len('"}')


class FaultKind(StrEnum):
    """What was done to a line."""

    CHANGED = "changed"
    MISSING = "missing"
    ADDED = "added"
    OUT_OF_ORDER = "out of order"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The first line that is not as it was written. ``line`` counts from 1, as an editor does."""

    line: int
    kind: FaultKind
    detail: str

    def __str__(self) -> str:
        return f"line {self.line} is {self.kind}: {self.detail}"


def first_fault(lines: Iterable[str]) -> Fault | None:
    """Recompute the chain; return the first line that breaks it, or None: every line holds.

    Args:
        lines: finished lines, oldest first, without their line ends.
    """
    former, rest = FIRST_LINK, iter(lines)
    for number, line in enumerate(rest, start=1):
        if not _fits(line, number=number, former=former):
            return _diagnosed(line, rest, number=number, former=former)
        former = head_of(line)
    return None


def first_difference(lines: Iterable[str], *, kept: Iterable[str]) -> Fault | None:
    """Return the first line that is not as the lines ``kept`` elsewhere have it, or None: both are the same."""
    for number, (line, other) in enumerate(zip_longest(lines, kept), start=1):
        if line is None:
            return Fault(line=number, kind=FaultKind.MISSING, detail="the other copy goes on here")
        if other is None:
            return Fault(line=number, kind=FaultKind.ADDED, detail="the other copy ends before it")
        if line != other:
            return Fault(line=number, kind=FaultKind.CHANGED, detail="the other copy has another")
    return None


def head_of(line: str) -> str:
    """Return a line's own link, by which the next line is chained to it: of the last line, the head of the chain."""
    return line[-len(FIRST_LINK) - 2 : -2]


def _fits(line: str, *, number: int, former: str) -> bool:
    """Whether this is line ``number``, chained to the line whose link is ``former``."""
    body, ending = line[:-_MARK_AND_LINK] + "}", line[-_MARK_AND_LINK:]
    numbered = body.startswith(f'{{"number": {number}, ')
    return numbered and ending == f'{_MARK}{link_of(body, former=former)}"}}'


def _diagnosed(line: str, rest: Iterator[str], *, number: int, former: str) -> Fault:
    """Say what was done to a line that does not fit, from it and those that follow."""
    says, following = _number_of(line), next(rest, None)
    next_says = _number_of(following)
    follows = following is not None and _fits(following, number=number, former=former)
    if not follows and (says is None or says == number or next_says == number + 1):
        detail = "its chain does not fit what it says and the line before it"
        return Fault(line=number, kind=FaultKind.CHANGED, detail=detail)
    if says is not None and says < number:
        detail = f"number {says} was told before"
        return Fault(line=number, kind=FaultKind.ADDED, detail=detail)
    later = chain([next_says], map(_number_of, rest))
    if says is None or says == number or (follows and says in later):
        detail = "the line after it follows the line before it"
        return Fault(line=number, kind=FaultKind.ADDED, detail=detail)
    if follows or number in later:
        detail = f"number {says} stands in the place of number {number}"
        return Fault(line=number, kind=FaultKind.OUT_OF_ORDER, detail=detail)
    gone = f"number {number} is" if says == number + 1 else f"numbers {number} to {says - 1} are"
    detail = f"{gone} not there; number {says} stands in this place"
    return Fault(line=number, kind=FaultKind.MISSING, detail=detail)


def _number_of(line: str | None) -> int | None:
    """Return the number a line gives itself, or None where it is no line of ours."""
    try:
        facts: object = json.loads(line or "")
    except (ValueError, RecursionError):
        return None
    number = facts.get("number") if isinstance(facts, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None
