"""Hold a value against a JSON Schema with jsonschema, and hand back what does not fit as plain values.

Differs from the bare library in four ways, each for the sake of what people are told or how long they wait: of
alternatives only the one that was meant is looked into; a long list of words is checked in one pass; patterns cover
the whole word, as in ECMAScript; and values that are not known yet (placeholders) fit everywhere a scalar may stand.
The words for people are made in ``explain``.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol, cast

from runner.spec.document import Path
from runner.spec.placeholders import Placeholder
from runner.spec.scalars import TimeWord
from runner.spec.schema import Schema, SchemaObject, objects, properties_of, type_names, types_of

if TYPE_CHECKING:
    from jsonschema import ValidationError

_SCALARS = frozenset({"string", "number", "integer", "boolean", "null"})
_ANNOTATIONS = frozenset(
    {"title", "description", "examples", "patternErrorMessage", "$ref", "format", "default"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One place where the value does not fit.

    ``keyword`` is the schema's word that was broken, ``limit`` what it says, ``schema`` the schema around it. For
    ``required`` and ``additionalProperties`` the ``key`` is the missing or unknown one; else it is empty.
    """

    path: Path
    keyword: str
    limit: object
    key: str
    value: object
    schema: SchemaObject


def violations(value: object, *, schema: Schema) -> list[Violation]:
    """Return everything that does not fit, in no particular order; at most one for a scalar."""
    validator = _validator_class(schema)(schema.document)
    found: dict[tuple[Path, str], Violation] = {}
    for error in validator.iter_errors(value):
        one = Violation(
            path=tuple(error.absolute_path),
            keyword=str(error.validator),
            limit=error.validator_value,
            key=error.message if error.validator in _KEYED else "",
            value=error.instance,
            schema=error.schema if isinstance(error.schema, dict) else {},
        )
        if not _is_unknown(one):
            found.setdefault((one.path, one.key), one)
    return list(found.values())


_KEYED = frozenset({"required", "additionalProperties"})


def _is_unknown(one: Violation) -> bool:
    """Whether the value may yet turn out well: a placeholder where some scalar may stand."""
    if not isinstance(one.value, Placeholder):
        return False
    return one.keyword != "type" or bool(_SCALARS & types_of({"type": one.limit}))


class _Validator(Protocol):
    """The part of jsonschema's validators that is used here, typed for values that are not plain JSON."""

    def iter_errors(self, instance: object) -> "Iterator[ValidationError]": ...

    def descend(
        self, instance: object, schema: SchemaObject, path: str | int | None = None
    ) -> "Iterator[ValidationError]": ...

    def evolve(self, *, schema: SchemaObject) -> "_Validator": ...

    def is_valid(self, instance: object) -> bool: ...


@cache
def _validator_class(schema: Schema) -> Callable[[SchemaObject], _Validator]:
    from jsonschema import Draft202012Validator, validators  # noqa: PLC0415  # start-up time

    keywords = _Keywords(schema)
    extended = validators.extend(  # type: ignore[no-untyped-call]  # its stubs give no types
        Draft202012Validator,
        {
            "type": keywords.type,
            "items": keywords.items,
            "pattern": keywords.pattern,
            "required": keywords.required,
            "additionalProperties": keywords.additional_properties,
            "oneOf": keywords.one_of,
            "anyOf": keywords.any_of,
        },
    )
    return cast("Callable[[SchemaObject], _Validator]", extended)


class _Keywords:
    """The schema's words that are read in our own way; each method is what jsonschema calls for one of them."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def type(
        self, _validator: _Validator, types: object, instance: object, schema: SchemaObject
    ) -> "Iterator[ValidationError]":
        allowed = types_of({"type": types})
        time_in_other_text = isinstance(instance, TimeWord) and schema.get("format") != "date-time"
        if time_in_other_text or not allowed & type_names(instance):
            yield _error("type")

    def pattern(
        self, _validator: _Validator, pattern: str, instance: object, _schema: SchemaObject
    ) -> "Iterator[ValidationError]":
        if isinstance(instance, str) and _compiled(pattern).search(instance) is None:
            yield _error("pattern")

    def items(
        self, validator: _Validator, items: SchemaObject, instance: object, _schema: SchemaObject
    ) -> "Iterator[ValidationError]":
        if not isinstance(instance, list):
            return
        simple = self._simple_pattern(items)
        for index, one in enumerate(instance):
            if simple is None or type(one) is not str or simple.search(one) is None:
                yield from validator.descend(one, items, path=index)

    def _simple_pattern(self, items: SchemaObject) -> re.Pattern[str] | None:
        """Return the pattern that alone decides about each item, where the schema is that simple."""
        schema = self._schema.resolved(items)
        if set(schema) - _ANNOTATIONS != {"type", "pattern"} or schema["type"] != "string":
            return None
        return _compiled(str(schema["pattern"]))

    def required(
        self, _validator: _Validator, required: list[str], instance: object, _schema: SchemaObject
    ) -> "Iterator[ValidationError]":
        if isinstance(instance, dict):
            for key in required:
                if key not in instance:
                    yield _error(key)

    def additional_properties(
        self, validator: _Validator, allowed: object, instance: object, schema: SchemaObject
    ) -> "Iterator[ValidationError]":
        if not isinstance(instance, dict):
            return
        known = properties_of(schema)
        patterns = schema.get("patternProperties", {})
        assert isinstance(patterns, dict)
        for key, one in instance.items():
            if key in known or any(re.search(pattern, key) for pattern in patterns):
                continue
            if allowed is False:
                yield _error(key)
            elif isinstance(allowed, dict):
                yield from validator.descend(one, allowed, path=key)

    def one_of(
        self, validator: _Validator, branches: object, instance: object, _schema: SchemaObject
    ) -> "Iterator[ValidationError]":
        yield from self._meant(validator, objects(branches), instance)

    def any_of(
        self, validator: _Validator, branches: object, instance: object, _schema: SchemaObject
    ) -> "Iterator[ValidationError]":
        listed = objects(branches)
        if any(validator.evolve(schema=one).is_valid(instance) for one in listed):
            return
        if all(set(one) == {"required"} for one in listed):
            yield _error("anyOf")
        else:
            yield from self._meant(validator, listed, instance)

    def _meant(
        self, validator: _Validator, branches: list[SchemaObject], instance: object
    ) -> "Iterator[ValidationError]":
        """Give the errors of the branch that was meant."""
        branch = self._schema.chosen(branches, instance)
        if branch is None:
            yield self._of_no_type(branches, instance)
            return
        key, constants = self._schema.discriminator(branches)
        named = instance.get(key, constants[0]) if key and isinstance(instance, dict) else None
        if key and named not in constants and not isinstance(named, Placeholder):
            yield _error(
                "enum",
                broken=("enum", constants),
                instance=named,
                schema={"enum": constants},
                path=(key,),
            )
            return
        yield from validator.descend(instance, branch)

    def _of_no_type(self, branches: list[SchemaObject], instance: object) -> "ValidationError":
        types: set[str] = set()
        for one in branches:
            types |= types_of(self._schema.resolved(one))
        return _error(
            "type", broken=("type", sorted(types)), instance=instance, schema={"oneOf": branches}
        )


def _error(
    message: str,
    *,
    broken: tuple[str, object] | None = None,
    instance: object = None,
    schema: SchemaObject | None = None,
    path: Path = (),
) -> "ValidationError":
    """Return an error as jsonschema wants it; what is left out, it fills in itself."""
    from jsonschema import ValidationError  # noqa: PLC0415  # start-up time

    if broken is None:
        return ValidationError(message)
    return ValidationError(
        message,
        validator=broken[0],
        validator_value=broken[1],
        instance=instance,
        schema=schema or {},
        path=path,
    )


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # Python's $ also fits before a last line feed; ECMAScript's, which JSON Schema means, does not.
    return re.compile(re.sub(r"(?<!\\)\$$", r"\\Z", pattern))


def fits_pattern(text: str, *, schema: SchemaObject) -> bool:
    """Whether the text has the form that the schema asks for, where it asks for one."""
    return "pattern" not in schema or _compiled(str(schema["pattern"])).search(text) is not None
