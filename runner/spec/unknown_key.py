"""Say what to do about a key that should not be there: it is misspelt, in the wrong place, or not ours at all.

Pure: the schema and one violation in, words out.
"""

from runner.spec.document import Path
from runner.spec.printable import words
from runner.spec.schema import Schema, SchemaObject, objects, properties_of
from runner.spec.spelling import nearest, plain_form
from runner.spec.validation import Violation
from runner.spec.wording import inline, list_of_keys

_MOST_KEYS_LISTED = 14
_MOST_PLACES_NAMED = 3


def unknown_key(violation: Violation, *, schema: Schema, around: SchemaObject) -> tuple[str, str]:
    """Return message and remedy; ``around`` is what the schema says of the group, alternatives included."""
    key = violation.key
    other = _of_other_branch(violation, schema=schema, around=around)
    if other is not None:
        return other
    allowed = list(properties_of(violation.schema))
    return f"`{key}` is not a key {_owner(violation.path)}.", _where_instead(
        key, allowed=allowed, schema=schema
    )


def without_echoes(found: list[Violation]) -> list[Violation]:
    """Return the violations without missing keys that are there, misspelt: the misspelling is said already."""
    misspelt = {
        (one.path, nearest(one.key, among=properties_of(one.schema)))
        for one in found
        if one.keyword == "additionalProperties"
    }
    return [
        one for one in found if one.keyword != "required" or (one.path, one.key) not in misspelt
    ]


def _owner(path: Path) -> str:
    named = [step for step in path if isinstance(step, str)]
    if not named:
        return "at the top of this file"
    return f"of `{named[-1]}`" if isinstance(path[-1], str) else f"of an entry in `{named[-1]}`"


def _of_other_branch(
    violation: Violation, *, schema: Schema, around: SchemaObject
) -> tuple[str, str] | None:
    """Return the words for a key that belongs to an alternative that was not chosen."""
    key = violation.key
    branches = [schema.resolved(one) for one in objects(around.get("oneOf"))]
    other = next((one for one in branches if key in properties_of(one)), None)
    if other is None:
        return None
    told_by, _ = schema.discriminator(branches)
    if told_by:
        constant = properties_of(other)[told_by].get("const")
        return (
            f"`{key}` does not go with the {told_by} chosen here.",
            f"It belongs with `{told_by}: {inline(constant)}`.",
        )
    value = violation.value if isinstance(violation.value, dict) else {}
    own = [one for one in value if one in properties_of(violation.schema)]
    return f"`{key}` does not go with {list_of_keys(own)}.", "Keep one of the two."


def _where_instead(key: str, *, allowed: list[str], schema: Schema) -> str:
    near = nearest(key, among=allowed)
    if near is not None and plain_form(key) == near:
        return f"Write `{near}`."
    places = [_place_words(one) for one in schema.places_of(key)[:_MOST_PLACES_NAMED]]
    if places:
        guess = f"; or did you mean `{near}`?" if near is not None else "."
        return f"It belongs {words(places, last='or')}{guess}"
    if near is not None:
        return f"Did you mean `{near}`?"
    return _elsewhere(key, schema=schema) or _listed(allowed)


def _elsewhere(key: str, *, schema: Schema) -> str | None:
    known = {name: where for where, name in schema.known_keys()}
    near = nearest(key, among=known)
    return None if near is None else f"Did you mean `{near}` {_place_words(known[near])}?"


def _listed(allowed: list[str]) -> str:
    if not allowed:
        return "Remove it."
    more = ", among others" if len(allowed) > _MOST_KEYS_LISTED else ""
    return f"Allowed here{more}: {list_of_keys(allowed[:_MOST_KEYS_LISTED])}."


def _place_words(place: str) -> str:
    return f"under `{place}`" if place else "at the top of the file"
