"""Ask one of our JSON Schemas about places in a value: what may stand there, what stands there when nothing does.

Knows the small part of JSON Schema that our own files use. Whether a value is valid is ``validation``'s business.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TypeAlias

from runner.resources import schema_text
from runner.spec.document import Path
from runner.spec.placeholders import Placeholder

SchemaObject: TypeAlias = Mapping[str, object]

_SCALARS = frozenset({"string", "number", "integer", "boolean", "null"})


def objects(value: object) -> list[SchemaObject]:
    """Return the schemas in a list of schemas."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def properties_of(schema: SchemaObject) -> dict[str, SchemaObject]:
    """Return the properties that a schema names itself."""
    found = schema.get("properties")
    return (
        {key: one for key, one in found.items() if isinstance(one, dict)}
        if isinstance(found, dict)
        else {}
    )


def types_of(schema: SchemaObject) -> frozenset[str]:
    """Return the type names that a schema allows; empty when it does not say."""
    found = schema.get("type")
    if isinstance(found, str):
        return frozenset({found})
    return frozenset(found) if isinstance(found, list) else frozenset()


def constants_of(schema: SchemaObject) -> list[object]:
    """Return the only values that a schema allows, where it lists them."""
    if "const" in schema:
        return [schema["const"]]
    found = schema.get("enum")
    return found if isinstance(found, list) else []


_TYPE_NAMES: tuple[tuple[type, frozenset[str]], ...] = (
    (Placeholder, _SCALARS),
    (bool, frozenset({"boolean"})),
    (int, frozenset({"integer", "number"})),
    (float, frozenset({"number"})),
    (str, frozenset({"string"})),
    (list, frozenset({"array"})),
    (dict, frozenset({"object"})),
    (type(None), frozenset({"null"})),
)


def type_names(value: object) -> frozenset[str]:
    """Return every JSON type that the value is of; a Placeholder may become any scalar."""
    if isinstance(value, float) and value.is_integer():
        return frozenset({"integer", "number"})
    return next((names for kind, names in _TYPE_NAMES if isinstance(value, kind)), frozenset())


class Schema:
    """One JSON Schema, with its references followed inside itself."""

    def __init__(self, document: SchemaObject) -> None:
        self.document = document

    def resolved(self, schema: SchemaObject) -> SchemaObject:
        """Return the schema with its ``$ref`` replaced by what it names; what stands beside the reference wins."""
        while "$ref" in schema:
            target = self._target(str(schema["$ref"]))
            schema = {**target, **{key: one for key, one in schema.items() if key != "$ref"}}
        return schema

    def _target(self, reference: str) -> SchemaObject:
        found: object = self.document
        for step in reference.removeprefix("#/").split("/"):
            assert isinstance(found, dict)
            found = found[step]
        assert isinstance(found, dict)
        return found

    def chosen(self, branches: object, value: object) -> SchemaObject | None:
        """Return the branch that the writer of the value meant; None when no branch is of its type.

        Told by the branch's constant (``method: access_token``), else by keys that it alone has, else the first.
        """
        fitting = [one for one in map(self.resolved, objects(branches)) if _may_be(one, value)]
        if not fitting:
            return None
        if not isinstance(value, dict):
            return fitting[0]
        return max(fitting, key=lambda one: self._likeness(one, value=value, among=fitting))

    def _likeness(
        self, branch: SchemaObject, *, value: Mapping[str, object], among: Sequence[SchemaObject]
    ) -> int:
        own = properties_of(branch)
        likeness = 0
        for key, one in value.items():
            constants = constants_of(self.resolved(own.get(key, {})))
            if constants and not isinstance(one, Placeholder):
                likeness += 1000 if one in constants else -1000
            elif key in own and sum(key in properties_of(other) for other in among) == 1:
                likeness += 1
        return likeness

    def discriminator(self, branches: Sequence[SchemaObject]) -> tuple[str, list[object]]:
        """Return the key whose constants tell the branches apart, and those; an empty key where there is none."""
        resolved = [self.resolved(one) for one in branches]
        shared = (
            set.intersection(*(set(properties_of(one)) for one in resolved)) if resolved else set()
        )
        for key in sorted(shared):
            listed = [constants_of(self.resolved(properties_of(one)[key])) for one in resolved]
            if all(listed):
                return key, [one for constants in listed for one in constants]
        return "", []

    def with_branch(self, schema: SchemaObject, value: object) -> SchemaObject:
        """Return the schema together with the chosen one of its alternatives."""
        schema = self.resolved(schema)
        for keyword in ("oneOf", "anyOf"):
            branch = self.chosen(schema.get(keyword), value)
            if branch is not None and set(branch) != {"required"}:
                schema = {
                    **branch,
                    **schema,
                    "properties": {**properties_of(branch), **properties_of(schema)},
                }
        return schema

    def at(self, path: Path, value: object) -> SchemaObject:
        """Return what the schema says about a place in the value; empty where it knows of none."""
        schema = self.resolved(self.document)
        for step in path:
            schema = self.with_branch(schema, value)
            below: object
            if isinstance(step, str):
                below = properties_of(schema).get(step, schema.get("additionalProperties"))
                value = value.get(step) if isinstance(value, dict) else None
            else:
                below = schema.get("items")
                value = value[step] if isinstance(value, list) and step < len(value) else None
            if not isinstance(below, dict):
                return {}
            schema = self.resolved(below)
        return schema

    def filled(self, value: object) -> object:
        """Return the value with every default filled in, in new lists and dicts where something was added.

        A group that may be left out is filled too, so that its keys can be read without asking.
        """
        return self._filled(value, self.document)

    def _filled(self, value: object, schema: SchemaObject) -> object:
        schema = self.with_branch(schema, value)
        if isinstance(value, dict):
            return self._filled_group(value, schema)
        items = schema.get("items")
        if isinstance(value, list) and isinstance(items, dict) and self._has_defaults(items):
            return [self._filled(one, items) for one in value]
        return value

    def _filled_group(self, value: Mapping[str, object], schema: SchemaObject) -> dict[str, object]:
        filled = dict(value)
        required = schema.get("required", [])
        for key, named in properties_of(schema).items():
            below = self.resolved(named)
            if key in value:
                filled[key] = self._filled(value[key], below)
            elif "default" in below:
                filled[key] = below["default"]
            elif "object" in types_of(below) and isinstance(required, list) and key not in required:
                filled[key] = self._filled({}, below)
        return filled

    def _has_defaults(self, schema: SchemaObject) -> bool:
        schema = self.resolved(schema)
        return any(key in schema for key in ("properties", "oneOf", "anyOf"))

    def places_of(self, key: str) -> tuple[str, ...]:
        """Return where a key of this name belongs: ``("limits", "sandboxes[].limits")``; empty text is the top."""
        return tuple(dict.fromkeys(place for place, name in self.known_keys() if name == key))

    def known_keys(self) -> Iterator[tuple[str, str]]:
        """Give every key that the schema knows, as the place of its group and its name."""
        yield from self._keys_below(self.document, place="", seen=())

    def _keys_below(
        self, schema: SchemaObject, *, place: str, seen: tuple[str, ...]
    ) -> Iterator[tuple[str, str]]:
        reference = schema.get("$ref")
        if isinstance(reference, str):
            if reference in seen:
                return
            seen = (*seen, reference)
        schema = self.resolved(schema)
        for key, below in properties_of(schema).items():
            yield place, key
            yield from self._keys_below(below, place=f"{place}.{key}" if place else key, seen=seen)
        for branch in objects(schema.get("oneOf")) + objects(schema.get("anyOf")):
            yield from self._keys_below(branch, place=place, seen=seen)
        items = schema.get("items")
        if isinstance(items, dict):
            yield from self._keys_below(items, place=f"{place}[]", seen=seen)


def _may_be(branch: SchemaObject, value: object) -> bool:
    allowed = types_of(branch)
    return not allowed or bool(allowed & type_names(value))


@cache
def load_schema(name: str) -> Schema:
    """Return ``schemas/<name>.v1.schema.json``; raises FileNotFoundError for an unknown name."""
    document = json.loads(schema_text(name))
    assert isinstance(document, dict)
    return Schema(document)
