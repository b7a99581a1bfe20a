"""``plan.v1.schema.json`` says what a line may hold, all of it and nothing else."""

import json
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model.plan import (
    FoundRun,
    FrozenWindow,
    PassedOver,
    PlanFooter,
    PlanHeader,
    PlannedRun,
    PlannedSandbox,
)
from runner.model.words import SkipReason
from runner.plan import PLAN_VERSION, PlanFile, passed_over_path
from runner.plan.lines import header_line, passed_over_line, run_line
from runner.resources import schema_text

Make = Callable[..., Any]
KINDS = ("header", "run", "footer", "passed_over")

ADDED_LATER = {"expected_seconds"}
"""What plans of earlier versions do not have."""

any_text = st.text(st.characters(exclude_categories=()))
moments = st.none() | st.integers()


@pytest.fixture(scope="session")
def schema() -> Any:
    return json.loads(schema_text("plan"))


@pytest.fixture(scope="session")
def check(schema: Any) -> Callable[[str], None]:
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    return lambda line: validator.validate(json.loads(line))


def test_every_line_written_is_valid(plan: PlanFile, check: Callable[[str], None]) -> None:
    lines = [
        *plan.path.read_text().splitlines(),
        *passed_over_path(plan.path).read_text().splitlines(),
    ]

    for line in lines:
        check(line)
    assert len(lines) == 7


@given(text=any_text, moment=moments, reason=st.sampled_from(SkipReason))
def test_every_line_with_any_words_is_valid(
    check: Callable[[str], None],
    header: Make,
    run: Make,
    passed_over: Make,
    text: str,
    moment: int | None,
    reason: SkipReason,
) -> None:
    check(header_line(header(reason=text, ticket=text or None, spec_text=text, sandboxes=())))
    check(run_line(run(1, flow_name=text, etag=text or None, started_at_ms=moment)))
    check(passed_over_line(passed_over(1, detail=text, reason=reason)))


@pytest.mark.parametrize(
    ("kind", "values", "apart_from"),
    [
        ("header", (PlanHeader,), set()),
        ("run", (PlannedRun, FoundRun), {"found"}),
        ("footer", (PlanFooter,), set()),
        ("passed_over", (PassedOver, FoundRun), {"found"}),
    ],
)
def test_a_line_has_the_fields_of_its_value_and_no_others(
    schema: Any, kind: str, values: tuple[Any, ...], apart_from: set[str]
) -> None:
    expected = {field.name for value in values for field in fields(value)} - apart_from | {"kind"}

    node = schema["$defs"][kind]

    assert set(node["properties"]) == expected
    assert set(node["required"]) == expected - ADDED_LATER
    assert node["additionalProperties"] is False
    assert node["properties"]["kind"]["const"] == kind


@pytest.mark.parametrize(
    ("where", "value"), [("sandboxes", PlannedSandbox), ("windows", FrozenWindow)]
)
def test_what_lists_hold_has_the_fields_of_its_value_and_no_others(
    schema: Any, where: str, value: Any
) -> None:
    node = schema["$defs"]["header"]["properties"][where]["items"]

    expected = {field.name for field in fields(value)}
    assert set(node["properties"]) == set(node["required"]) == expected
    assert node["additionalProperties"] is False


def test_the_schema_knows_our_words_and_our_version(schema: Any) -> None:
    defs = schema["$defs"]

    assert defs["passed_over"]["properties"]["reason"]["enum"] == [r.value for r in SkipReason]
    assert defs["header"]["properties"]["plan_version"]["const"] == PLAN_VERSION
    assert tuple(schema["properties"]["kind"]["enum"]) == tuple(defs) == KINDS
    assert [each["$ref"] for each in schema["oneOf"]] == [f"#/$defs/{kind}" for kind in KINDS]


def properties_of(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict):
            yield from node["properties"].items()
        for value in node.values():
            yield from properties_of(value)
    elif isinstance(node, list):
        for value in node:
            yield from properties_of(value)


def test_every_property_is_explained_with_an_example_that_holds(schema: Any) -> None:
    for name, node in properties_of(schema):
        assert node["title"], name
        assert node["description"].endswith("."), name
        assert node["examples"], name
        for example in node["examples"]:
            jsonschema.Draft202012Validator(node).validate(example)


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_made_of_the_examples_is_valid_and_one_with_a_key_too_many_is_not(
    schema: Any, check: Callable[[str], None], kind: str
) -> None:
    line = {name: node["examples"][0] for name, node in schema["$defs"][kind]["properties"].items()}

    check(json.dumps(line))
    for wrong in ({**line, "more": 1}, {**line, "kind": "other"}, {"kind": kind}):
        with pytest.raises(jsonschema.ValidationError):
            check(json.dumps(wrong))
