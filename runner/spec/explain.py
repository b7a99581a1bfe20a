"""Turn what does not fit a schema into problems that say what was found, what is allowed and what to do.

The verdict is ``validation``'s; the words are made here, without the words of JSON Schema.
"""

from collections.abc import Callable

from runner.spec.document import Path, key_at, node_at
from runner.spec.placeholders import Placeholder
from runner.spec.printable import quoted
from runner.spec.problems import Problem
from runner.spec.scalars import TimeWord, Trap
from runner.spec.schema import Schema, SchemaObject, objects, properties_of, types_of
from runner.spec.secrets_found import literal_secret
from runner.spec.source import Source
from runner.spec.spelling import nearest
from runner.spec.unknown_key import unknown_key
from runner.spec.validation import Violation, fits_pattern
from runner.spec.wording import advice, found_at, inline, list_of_keys, noun


def explained(violation: Violation, *, source: Source, schema: Schema, value: object) -> Problem:
    """Return the problem that a violation is; ``value`` is the whole value that was held against the schema."""
    case = _Case(violation, source=source, schema=schema, whole=value)
    if case.secret_path is not None and violation.keyword not in {
        "required",
        "additionalProperties",
    }:
        return case.secret()
    handler = _HANDLERS.get(violation.keyword, _Case.other)
    return handler(case)


class _Case:
    """One violation with everything needed to put it into words."""

    def __init__(
        self, violation: Violation, *, source: Source, schema: Schema, whole: object
    ) -> None:
        self.violation = violation
        self.source = source
        self.schema = schema
        self.whole = whole
        self.path = violation.path
        self.here: SchemaObject = schema.with_branch(schema.at(self.path, whole), violation.value)
        self.secret_path = self._secret_path()
        self.may_quote = source.may_quote(self.path)

    @property
    def found(self) -> str:
        """What stands there, for people."""
        if not self.may_quote:
            return "this value"
        return found_at(
            node_at(self.source.root, self.path),
            filled=self.violation.value,
            names=self.source.origins.get(self.path, ()),
            may_show=self.source.may_show(self.path),
        )

    def problem(self, *, code: str, message: str, remedy: str) -> Problem:
        return self.source.problem(
            self.path, code=code, message=message, remedy=remedy, found=self.found
        )

    def _secret_path(self) -> Path | None:
        """Return the path of the secret that this place is or belongs to, where it does."""
        for length in range(len(self.path) + 1):
            if self.schema.at(self.path[:length], self.whole).get("writeOnly") is True:
                return self.path[:length]
        return None

    def secret(self) -> Problem:
        """A secret is wrong: say so without a character of it."""
        secret_path = self.secret_path or self.path
        message, remedy = literal_secret(self.source.text_at(self.path), key=str(secret_path[-1]))
        if self.violation.value is None:
            message = "there is no value, where a secret's placeholder is meant."
        elif self.path != secret_path:
            message, remedy = "this names no file.", "Write {file: PATH}."
        return self.source.problem(
            self.path, code="literal-secret", message=message, remedy=remedy, shows_line=False
        )

    def type(self) -> Problem:
        value = self.violation.value
        around = self.violation.schema
        if isinstance(value, Trap):
            return self._trap(value.word, value.read_as)
        if isinstance(value, TimeWord):
            return self._trap(value, "a date or time by YAML 1.1")
        if "string" in types_of(around) and isinstance(value, bool | int | float):
            return self._scalar_as_text()
        meant = noun(around) if types_of(around) else noun({"type": self.violation.limit})
        remedy = advice(
            self.here if types_of(self.here) else {**self.here, "type": self.violation.limit}
        )
        if isinstance(value, Placeholder):
            return self.problem(
                code="wrong-type",
                message=f"a placeholder stands here, where {meant} is meant.",
                remedy=f"A placeholder gives one word, never more. {remedy}",
            )
        if isinstance(value, str):
            message = f"{self.found} is not {meant}."
        else:
            message = f"{self.found} stands here, where {meant} is meant."
        return self.problem(code="wrong-type", message=message, remedy=remedy)

    def _trap(self, word: str, read_as: str) -> Problem:
        if not self.may_quote:
            return self.problem(
                code="yaml-trap",
                message=f"this value is read as {read_as}.",
                remedy=advice(self.here),
            )
        allowed = types_of(self.violation.schema)
        remedy = advice(self.here)
        if "boolean" in allowed and read_as.startswith(("true", "false")):
            remedy = f"Write {read_as.split(' ', maxsplit=1)[0]}."
        elif "string" in allowed and "integer" not in allowed:
            remedy = f'Write "{word}" in quotes.'
        return self.problem(
            code="yaml-trap", message=f"`{word}` is read as {read_as}.", remedy=remedy
        )

    def _scalar_as_text(self) -> Problem:
        """A number or true/false, where text is meant: quotes help if it would then be right."""
        text = self.source.text_at(self.path) if self.may_quote else "***"
        kind = "true or false" if isinstance(self.violation.value, bool) else "a number"
        fits = fits_pattern(text, schema=self.here)
        return self.problem(
            code="yaml-trap",
            message=f"`{text}` is read as {kind}, where {noun(self.violation.schema)} is meant.",
            remedy=f'Write "{text}" in quotes.' if fits else advice(self.here),
        )

    def required(self) -> Problem:
        key = self.violation.key
        below = self.schema.resolved(properties_of(self.here).get(key, {}))
        examples = below.get("examples")
        example = (
            f"{key}: {inline(examples[0])}" if isinstance(examples, list) and examples else key
        )
        return self.source.problem(
            self.path,
            code="missing-key",
            message=f"`{key}` is missing.",
            remedy=f"Add it, like: {example}",
            at_key=True,
        )

    def additional_properties(self) -> Problem:
        message, remedy = unknown_key(
            self.violation, schema=self.schema, around=self.schema.at(self.path, self.whole)
        )
        return self.source.unknown_key(
            self.path, self.violation.key, message=message, remedy=remedy
        )

    def enum(self) -> Problem:
        limit = self.violation.limit
        allowed = [inline(one) for one in (limit if isinstance(limit, list) else [limit])]
        value = self.violation.value
        if isinstance(value, Trap):
            return self._trap(value.word, value.read_as)
        near = nearest(value, among=allowed) if isinstance(value, str) else None
        guess = f"Did you mean {near}? " if near is not None else ""
        return self.problem(
            code="unknown-word",
            message=f"{self.found} is not known here.",
            remedy=f"{guess}Allowed: {', '.join(allowed)}.",
        )

    def pattern(self) -> Problem:
        value = str(self.violation.value)
        if self.here.get("format") == "date-time":
            return self._time(value)
        meant = noun(self.violation.schema)
        message = (
            f"{self.found} is not {meant}."
            if meant != "text"
            else f"{self.found} does not fit here."
        )
        if not value:
            message = f"{self.found} is empty, where {meant} is meant."
        return self.problem(code="wrong-form", message=message, remedy=advice(self.here))

    def _time(self, value: str) -> Problem:
        day, _, clock = value.replace(" ", "T").partition("T")
        remedy = advice(self.here)
        if value == day and len(day) == len("2026-11-20"):
            message, remedy = f"{self.found} has no time of day.", f"Write {day}T00:00:00Z."
        elif clock and all(one in "0123456789:." for one in clock):
            message = f"{self.found} has no offset, so nobody knows whose clock it is."
            remedy = f"Add Z for UTC, or an offset: {day}T{clock}Z or {day}T{clock}+01:00."
        else:
            message = f"{self.found} is not a time."
        return self.problem(code="wrong-form", message=message, remedy=remedy)

    def bound(self) -> Problem:
        limit = inline(self.violation.limit)
        message = {
            "minimum": f"{self.found} is below {limit}, the least that makes sense.",
            "exclusiveMinimum": f"{self.found} is not above {limit}.",
            "maximum": f"{self.found} is above {limit}, the most.",
            "exclusiveMaximum": f"{self.found} is not below {limit}.",
        }[self.violation.keyword]
        return self.problem(code="out-of-range", message=message, remedy=advice(self.here))

    def too_few(self) -> Problem:
        names = list(properties_of(self.here))
        remedy = f"Write at least one of {list_of_keys(names)}." if names else advice(self.here)
        what = {"minItems": "the list", "minLength": "the text"}.get(
            self.violation.keyword, "the group"
        )
        origins = self.source.origins.get(self.path)
        where = f": {self.found}" if origins else ""
        empty = not self.violation.value
        message = f"{what} is empty{where}." if empty else f"{what} is too short."
        return self.problem(code="empty", message=message, remedy=remedy)

    def too_many(self) -> Problem:
        value = self.violation.value
        size = len(value) if isinstance(value, str | list | dict) else 0
        unit = {"maxItems": "items", "maxLength": "characters"}.get(self.violation.keyword, "keys")
        return self.problem(
            code="too-long",
            message=f"there are {size:,} {unit} here, where {inline(self.violation.limit)} are the most.",
            remedy="Shorten it.",
        )

    def unique_items(self) -> Problem:
        value = self.violation.value
        assert isinstance(value, list)
        first: dict[str, int] = {}
        number = next(n for n, one in enumerate(value) if first.setdefault(repr(one), n) != n)
        place = (*self.path, number)
        what = _scalar_or_entry(value[number]) if self.source.may_quote(place) else "an entry"
        return self.source.problem(
            place,
            code="twice",
            message=f"{what} stands in this list twice.",
            remedy="Remove one of the two.",
        )

    def none_of(self) -> Problem:
        wanted: list[str] = []
        for branch in objects(self.violation.limit):
            required = branch.get("required")
            wanted += [str(one) for one in required] if isinstance(required, list) else []
        return self.source.problem(
            self.path,
            code="missing-key",
            message=f"none of {list_of_keys(wanted)} stands here.",
            remedy="Add at least one of them.",
            at_key=key_at(self.source.root, self.path) is not None,
        )

    def other(self) -> Problem:
        about = self.here.get("description")
        return self.problem(
            code="does-not-fit",
            message=f"{self.found} does not fit here.",
            remedy=str(about) if about else "See the schema for what is allowed.",
        )


def _scalar_or_entry(value: object) -> str:
    return quoted(str(value)) if isinstance(value, str | int | float) else "an entry"


_HANDLERS: dict[str, Callable[[_Case], Problem]] = {
    "type": _Case.type,
    "required": _Case.required,
    "additionalProperties": _Case.additional_properties,
    "enum": _Case.enum,
    "const": _Case.enum,
    "pattern": _Case.pattern,
    "minimum": _Case.bound,
    "exclusiveMinimum": _Case.bound,
    "maximum": _Case.bound,
    "exclusiveMaximum": _Case.bound,
    "minItems": _Case.too_few,
    "minLength": _Case.too_few,
    "minProperties": _Case.too_few,
    "maxItems": _Case.too_many,
    "maxLength": _Case.too_many,
    "maxProperties": _Case.too_many,
    "uniqueItems": _Case.unique_items,
    "anyOf": _Case.none_of,
}
