"""Say in plain words what a schema allows at one place, and what was found there.

Pure: schemas and values in, words out. Which words make up a problem is decided in ``explain``.
"""

import json
import re

from runner.spec.document import Items, Node, Scalar
from runner.spec.printable import quoted, shortened, words
from runner.spec.scalars import plain_value
from runner.spec.schema import SchemaObject, constants_of, properties_of, types_of

_NOUNS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a group of keys",
    "null": "null",
}
_LARGEST_BOUND_SAID = 100_000
"""Larger ceilings only keep numbers sane; naming them would help nobody."""
_TYPE_ORDER = ("integer", "number", "boolean", "string", "array", "object", "null")
_NEEDS_QUOTES = re.compile(
    r"""[\s{}\[\],&*#?|<>=!%@`"':$-].*|.*(?:: |:$| #|[{}\[\],"\n]).*""", re.DOTALL
)


def noun(schema: SchemaObject) -> str:
    """Return what is meant at a place, as a noun: ``a number``, ``a run id``, ``a list or text``."""
    title = str(schema.get("title", ""))
    if "pattern" in schema and title.startswith(("A ", "An ")):
        return title[0].lower() + title[1:]
    allowed = types_of(schema)
    if "pattern" in schema and "string" in allowed and allowed & {"integer", "number"}:
        return "a number or a percent"
    nouns = [_NOUNS[one] for one in _TYPE_ORDER if one in allowed and one != "null"]
    return words(nouns, last="or") or "something else"


def advice(schema: SchemaObject) -> str:
    """Return the sentence that says what to write at a place."""
    if "patternErrorMessage" in schema:
        return str(schema["patternErrorMessage"])
    constants = constants_of(schema)
    if constants:
        return f"Write {words([inline(one) for one in constants], last='or')}."
    allowed = types_of(schema)
    if "boolean" in allowed:
        return "Write true or false."
    if "object" in allowed and properties_of(schema):
        return f"Write its keys on lines below it, indented: {words(list(properties_of(schema)))}."
    meant = f"{noun(schema)}{bounds(schema)}"
    return f"Write {meant}{_like(schema)}."


def bounds(schema: SchemaObject) -> str:
    """Return how a number is bounded, as words that follow a noun: `` above 0``, `` from 1 up``, or nothing."""
    if "exclusiveMinimum" in schema:
        return f" above {inline(schema['exclusiveMinimum'])}"
    if "minimum" not in schema:
        return ""
    least, most = schema["minimum"], schema.get("maximum")
    if isinstance(most, int) and most <= _LARGEST_BOUND_SAID:
        return f" from {inline(least)} to {inline(most)}"
    return f" from {inline(least)} up"


def _like(schema: SchemaObject) -> str:
    examples = schema.get("examples")
    if not isinstance(examples, list) or not examples:
        return ""
    return f", like {words([inline(one) for one in examples[:2]], last='or')}"


def inline(value: object) -> str:
    """Return a value as it would be written on one line of YAML."""
    match value:
        case str():
            return json.dumps(value, ensure_ascii=False) if _needs_quotes(value) else value
        case list():
            return f"[{', '.join(inline(one) for one in value)}]"
        case dict():
            return f"{{{', '.join(f'{key}: {inline(one)}' for key, one in value.items())}}}"
        case _:
            return json.dumps(value)


def _needs_quotes(text: str) -> bool:
    return not text or _NEEDS_QUOTES.fullmatch(text) is not None or plain_value(text) != text


def found_at(node: Node, *, filled: object, names: tuple[str, ...], may_show: bool) -> str:
    """Return what stands at a place, as it is shown to people: ``"fast"``, ``12``, ``a list``.

    ``names`` are the environment variables that the text came from, ``filled`` what they made of it, which is shown
    only where it cannot be a secret that went astray.
    """
    if not isinstance(node, Scalar):
        return "a list" if isinstance(node, Items) else "a group of keys"
    if names and isinstance(filled, str | int | float):
        if filled != "" and not may_show:
            return f"the value of {_listed(names)}"
        return f"{quoted(str(filled))} ({_origin(names, empty=filled == '')})"
    if node.plain and not node.text:
        return "nothing"
    bare = node.plain and not isinstance(plain_value(node.text), str)
    return shortened(node.text) if bare else quoted(node.text)


def _origin(names: tuple[str, ...], *, empty: bool) -> str:
    return f"from {_listed(names)}, set but empty" if empty else f"from {_listed(names)}"


def _listed(names: tuple[str, ...]) -> str:
    return words([f"${{{name}}}" for name in names])


def list_of_keys(keys: list[str], *, last: str = "and") -> str:
    """Return keys as words: ```a`, `b` and `c```."""
    return words([f"`{key}`" for key in keys], last=last)
