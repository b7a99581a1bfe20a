"""Read limits from words like ``max_per_second=2``, by the same rules as in a spec."""

from collections.abc import Sequence

from runner.errors import UsageError
from runner.model.orders import BY_THE_SPEC, CHANGEABLE
from runner.spec.printable import quoted, words
from runner.spec.scalars import plain_value
from runner.spec.schema import Schema, SchemaObject, load_schema, properties_of
from runner.spec.spelling import nearest
from runner.spec.validation import violations
from runner.spec.wording import advice, inline


def limit_values(given: Sequence[str]) -> dict[str, float | None]:
    """Return limits by name; None for the word ``spec``, which means what the spec says.

    Raises UsageError where a word is no limit, or its value is not what a spec would take.
    """
    if not given:
        raise UsageError(
            "limits: no limit is named.", remedy="Write one or more, like max_per_second=2."
        )
    values: dict[str, float | None] = {}
    for word in given:
        name, _, text = word.partition("=")
        if name not in CHANGEABLE:
            raise UsageError(f"limits: {quoted(name)} is no limit.", remedy=_instead(name))
        if name in values:
            raise UsageError(f"limits: {name} is given twice.", remedy="Give it once.")
        values[name] = None if text == BY_THE_SPEC else _number(name, text)
    return values


def _number(name: str, text: str) -> float:
    value = plain_value(text)
    schema = _schema_of(name)
    broken = violations(value, schema=Schema(schema))
    if broken or not isinstance(value, int | float):
        most = [one.limit for one in broken if one.keyword == "maximum"]
        remedy = f"Write at most {inline(most[0])}." if most else advice(schema)
        raise UsageError(f"limits: {name} cannot be {quoted(text)}.", remedy=remedy)
    return value


def _schema_of(name: str) -> SchemaObject:
    spec = load_schema("spec")
    return spec.resolved(properties_of(properties_of(spec.document)["limits"])[name])


def _instead(name: str) -> str:
    meant = nearest(name, among=CHANGEABLE)
    known = f"Those that can be changed are {words(list(CHANGEABLE))}."
    return f"Did you mean {meant}? {known}" if meant else known
