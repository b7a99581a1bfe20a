"""The schema itself: complete, honest, in agreement with a plain validator, and the source of the reference."""

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.model.words import OnFailure, Order, ReportFormat
from runner.spec import check_file
from runner.spec.compose import composed
from runner.spec.document import plain_data, value_of
from runner.spec.reference import reference
from runner.spec.schema import Schema, load_schema
from runner.spec.validation import violations

ROOT = Path(__file__).parents[3]
SPECS = sorted((ROOT / "specs").glob("*.yaml"))
SCHEMA = load_schema("spec")
PLAIN = jsonschema.Draft202012Validator(dict(SCHEMA.document))


def subschemas(
    schema: Mapping[str, Any], place: str = "#"
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield place, schema
    for group in ("properties", "$defs"):
        for key, below in schema.get(group, {}).items():
            yield from subschemas(below, f"{place}/{group}/{key}")
    for number, branch in enumerate(schema.get("oneOf", [])):
        yield from subschemas(branch, f"{place}/oneOf/{number}")
    if "items" in schema:
        yield from subschemas(schema["items"], f"{place}/items")


ALL = dict(subschemas(SCHEMA.document))


def values_of(file: Path) -> Any:
    root = composed(file.read_text(encoding="utf-8")).root
    assert root is not None
    return plain_data(value_of(root))


def specs_without_scenarios() -> list[Path]:
    return [one for one in SPECS if not one.name.endswith(".scenario.yaml")]


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(dict(SCHEMA.document))


@pytest.mark.parametrize(
    "place", [place for place in ALL if "/properties/" in place or "/$defs/" in place]
)
def test_every_property_says_what_it_is_with_an_example(place: str) -> None:
    schema = SCHEMA.resolved(ALL[place])
    assert schema["title"]
    assert schema["description"]
    assert schema["examples"]


@pytest.mark.parametrize(
    "place", [place for place, schema in ALL.items() if "properties" in schema]
)
def test_no_group_takes_keys_it_does_not_know(place: str) -> None:
    assert ALL[place]["additionalProperties"] is False
    assert set(ALL[place].get("required", [])) <= set(ALL[place]["properties"])


@pytest.mark.parametrize("place", [place for place, schema in ALL.items() if "examples" in schema])
def test_every_example_and_default_is_valid_at_its_place(place: str) -> None:
    schema = ALL[place]
    whole = {"$defs": SCHEMA.document["$defs"], **schema}
    stand_in = str(schema["examples"][0]).startswith("${")
    checked = jsonschema.Draft202012Validator(whole)
    for example in schema["examples"]:
        assert stand_in or checked.is_valid(example), example
    if "default" in schema:
        assert checked.is_valid(schema["default"])


@pytest.mark.parametrize("place", [place for place, schema in ALL.items() if "pattern" in schema])
def test_every_pattern_is_whole_and_has_words(place: str) -> None:
    pattern = ALL[place]["pattern"]
    assert (pattern[0], pattern[-1]) == ("^", "$")
    assert ALL[place]["patternErrorMessage"].endswith(".")


def test_the_words_of_the_schema_are_those_of_the_model() -> None:
    top = SCHEMA.document["properties"]
    assert isinstance(top, dict)
    assert top["order"]["enum"] == [*Order]
    assert set(top["on_failure"]["enum"]) == set(OnFailure)
    assert top["report"]["properties"]["formats"]["items"]["enum"] == [*ReportFormat]


@pytest.mark.parametrize("file", specs_without_scenarios(), ids=lambda file: file.name)
def test_every_spec_that_ships_is_valid(file: Path) -> None:
    assert check_file(file, environment=None, now_ms=1_795_219_200_000).problems == ()


@pytest.mark.parametrize("file", specs_without_scenarios(), ids=lambda file: file.name)
def test_every_spec_that_ships_satisfies_a_plain_validator(file: Path) -> None:
    assert list(PLAIN.iter_errors(values_of(file))) == []


def test_the_full_example_uses_every_key_of_the_schema() -> None:
    used: set[tuple[str, str]] = set()

    def walk(value: object, place: str) -> None:
        if isinstance(value, dict):
            for key, below in value.items():
                used.add((place, key))
                walk(below, f"{place}.{key}" if place else key)
        if isinstance(value, list):
            for one in value:
                walk(one, f"{place}[]")

    walk(values_of(ROOT / "specs" / "full.yaml"), "")
    known = set(SCHEMA.known_keys())
    assert used <= known
    elsewhere = {
        ("connection.auth", "access_token"),
        ("connection.auth.client_secret", "file"),
        ("connection.auth.access_token", "file"),
    }
    assert known - used == elsewhere


def test_the_reference_is_what_the_schema_says() -> None:
    page = ROOT / "docs" / "spec.md"
    assert page.read_text(encoding="utf-8") == reference(SCHEMA)


def places_in(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    if isinstance(value, dict):
        for key, below in value.items():
            yield from places_in(below, (*path, key))
    if isinstance(value, list):
        for number, below in enumerate(value):
            yield from places_in(below, (*path, number))


FULL = values_of(ROOT / "specs" / "full.yaml")
LEAVES = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        2,
        2.5,
        10**9,
        "",
        "x",
        "prod",
        "30s",
        "0s",
        "10%",
        "failed",
        "access_token",
        [],
        {},
        [1],
        {"a": 1},
        {"file": "x"},
        {"last": "1h"},
    ]
)


@settings(deadline=None)
@given(data=st.data())
def test_our_verdict_agrees_with_a_plain_validator(data: st.DataObject) -> None:
    value = copy.deepcopy(FULL)
    for _ in range(data.draw(st.integers(min_value=1, max_value=3))):
        path = data.draw(st.sampled_from([path for path in places_in(value) if path]))
        parent = value
        for step in path[:-1]:
            parent = parent[step]
        if data.draw(st.booleans()):
            parent[path[-1]] = copy.deepcopy(data.draw(LEAVES))
        else:
            del parent[path[-1]]
    assert (violations(value, schema=SCHEMA) == []) == PLAIN.is_valid(value)


def test_references_defaults_and_alternatives_are_followed() -> None:
    schema = Schema(
        {
            "$defs": {"n": {"type": "integer", "default": 1}},
            "properties": {
                "a": {"$ref": "#/$defs/n", "default": 2},
                "b": {"$ref": "#/$defs/n"},
                "c": {"type": "object", "properties": {"d": {"default": [3]}}},
                "e": {"type": "array", "items": {"properties": {"f": {"default": 4}}}},
            },
        }
    )
    assert schema.filled({"b": 9, "e": [{}]}) == {
        "a": 2,
        "b": 9,
        "c": {"d": [3]},
        "e": [{"f": 4}],
    }
    assert schema.at(("e", 0, "f"), {"e": [{}]}) == {"default": 4}
    assert schema.at(("x", 0), {}) == {}
    assert schema.places_of("d") == ("c",)
