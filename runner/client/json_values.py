"""Take typed values out of others' JSON; what is not of the type asked for is absent. Nothing here raises."""

import json
from collections.abc import Iterator

JsonObject = dict[str, object]

_SECONDS_BELOW = 100_000_000_000
"""Epoch values below this are seconds (some samples in Adobe's documents have ten digits), others milliseconds."""

_LARGEST = 2**53
"""Counts beyond are nobody's; JSON's own numbers are exact up to here."""

_LARGEST_MOMENT = 10**15


def parsed(body: bytes) -> object:
    """Return the JSON value of a body, or None when it is none."""
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


def objects(value: object) -> Iterator[JsonObject]:
    """Return the objects of a list."""
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                yield item


def count(entity: JsonObject, name: str) -> int | None:
    """Return a whole number that is not negative (Adobe's samples have -1 for "not known"), or None."""
    found = entity.get(name)
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        return None
    return int(found) if 0 <= found < _LARGEST else None


def moment_ms(entity: JsonObject, name: str) -> int | None:
    """Return a time in epoch milliseconds, from milliseconds, seconds, or either as text; None when there is none."""
    found = entity.get(name)
    if type(found) is int and _SECONDS_BELOW <= found < _LARGEST_MOMENT:  # nearly always
        return found
    if isinstance(found, str):
        found = int(found) if found.isascii() and found.isdigit() and len(found) <= 16 else None  # noqa: PLR2004
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        return None
    if not 0 < found < _LARGEST_MOMENT:
        return None
    return int(found * 1000) if found < _SECONDS_BELOW else int(found)
