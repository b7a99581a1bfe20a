"""Take typed values out of others' JSON; what is not of the type asked for is absent. Nothing here raises."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

JsonObject = dict[str, object]

_SECONDS_BELOW = 100_000_000_000
"""Epoch values below this are seconds (some samples in Adobe's documents have ten digits), others milliseconds."""

_LARGEST = 2**53
"""Counts beyond are nobody's; JSON's own numbers are exact up to here."""

_COUNT = re.compile(r"[0-9]{1,16}(\.0)?")
"""A count that came as text. ``1e3`` and ``1,234`` are none: what they mean depends on who wrote them."""

_LARGEST_ID = 2**63
_LARGEST_MOMENT = 10**15
_LONGEST_MOMENT = 40


def parsed(body: bytes) -> object:
    """Return the JSON value of a body, or None when it is none.

    In UTF-8, with or without its mark, or whatever JSON's first bytes show; bytes that fit none become replacement
    signs, for a name in a wrong character set must not hide an id.
    """
    try:
        return json.loads(body)
    except UnicodeDecodeError:
        return _parsed_text(body.decode("utf-8", errors="replace"))
    except (ValueError, RecursionError):
        return None


def _parsed_text(body: str) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def as_object(value: object) -> JsonObject:
    """Return the object, or an empty one."""
    return value if isinstance(value, dict) else {}


def inner(value: object, *names: str) -> JsonObject:
    """Return the object at a path of names, or an empty one."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def text(entity: JsonObject, name: str) -> str:
    """Return a text member, or nothing."""
    found = entity.get(name)
    if not isinstance(found, str):
        return ""
    # JSON can spell half of a surrogate pair, which no file and no other program takes.
    return found if found.isascii() else found.encode("utf-8", "replace").decode()


def identifier(entity: JsonObject, name: str) -> str:
    """Return an id or a code as text; a whole number too, as some samples in Adobe's guides have them."""
    found = entity.get(name)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found) if abs(found) < _LARGEST_ID else ""
    return text(entity, name)


def objects(value: object) -> Iterator[JsonObject]:
    """Return the objects of a list."""
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                yield item


def texts_in(value: object) -> Iterator[str]:
    """Return every text of a value, however deep."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str(found):
                yield found
            case dict(members):
                waiting += members.values()
            case list(members):
                waiting += members


def count(entity: JsonObject, name: str) -> int | None:
    """Return a whole number that is not negative, as a number or as text; None: there is none.

    Adobe's samples have -1 for "not known"; half of a record is nobody's count.
    """
    found = entity.get(name)
    if isinstance(found, str):
        digits = found.strip()
        found = float(digits) if _COUNT.fullmatch(digits) else None
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        return None
    return int(found) if 0 <= found < _LARGEST and found == int(found) else None


def moment_ms(entity: JsonObject, name: str) -> int | None:
    """Return a time in epoch milliseconds; None when there is none.

    From milliseconds, seconds, either as text, or a text as ``2023-09-01T00:00:00Z``; one without its zone is nobody's.
    """
    found = entity.get(name)
    if type(found) is int and _SECONDS_BELOW <= found < _LARGEST_MOMENT:  # nearly always
        return found
    if isinstance(found, str):
        found = found.strip()
        found = _moment_of(found) if found.isascii() and len(found) <= _LONGEST_MOMENT else None
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        return None
    if not 0 < found < _LARGEST_MOMENT:
        return None
    return int(found * 1000) if found < _SECONDS_BELOW else int(found)


def _moment_of(found: str) -> int | None:
    """Return a time that came as text: digits as they are, a date with its zone in milliseconds."""
    if found.isdigit():
        return int(found)
    try:
        moment = datetime.fromisoformat(found)
    except ValueError:
        return None
    return None if moment.tzinfo is None else int((moment - _EPOCH).total_seconds() * 1000)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
