"""Reading scenarios, the schema and the demo, and that a seed decides everything."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from runner.errors import UsageError
from runner.resources import path_of, schema_text
from runner.simulator import Scenario, serve
from runner.simulator.calls import Call
from runner.simulator.catalogue import CONNECTORS
from runner.simulator.fault_values import CALLS, WORDS
from runner.simulator.ledger import Ledger
from runner.simulator.retriggering import Retriggering
from runner.simulator.runs import SCHEDULER
from runner.simulator.simulated_platform import Platform
from runner.simulator.world import World

SCHEMA = json.loads(schema_text("scenario"))
RUNS = "/data/foundation/flowservice/runs"


def demo() -> dict[str, Any]:
    text = Path(path_of("specs/demo.scenario.yaml")).read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def in_definitions() -> list[tuple[str, dict[str, Any]]]:
    """Every property of the schema with its place."""
    found = []

    def walk(node: Any, place: str) -> None:
        if isinstance(node, dict):
            for name, value in node.get("properties", {}).items():
                found.append((f"{place}/{name}", value))
            for key, value in node.items():
                if key not in {"examples", "default", "enum"}:
                    walk(value, f"{place}/{key}")
        elif isinstance(node, list):
            for number, value in enumerate(node):
                walk(value, f"{place}/{number}")

    walk(SCHEMA, "")
    return found


def call(platform: Platform, method: str, path: str, query: str = "", **headers: str) -> bytes:
    pairs = tuple(tuple(part.split("=", 1)) for part in query.split("&") if part)
    delivery = platform.handle(
        Call(
            method=method,
            path=path,
            query=pairs,  # type: ignore[arg-type]  # pairs, by construction
            raw_query=query,
            headers={key.replace("_", "-"): value for key, value in headers.items()},
            body=b"grant_type=client_credentials&client_id=simulated-client"
            b"&client_secret=simulated-secret&scope=openid",
        )
    )
    return delivery.reply.body


def story(scenario: dict[str, Any], *, now_ms: int) -> list[bytes]:
    """The bytes of a token, of all runs, and of a few re-triggers, in turn."""
    clock = [now_ms]
    platform = Platform(Scenario.from_dict(scenario), now_ms=lambda: clock[0])
    form = "application/x-www-form-urlencoded"
    answers = [call(platform, "POST", "/ims/token/v3", content_type=form)]
    headers = {
        "authorization": f"Bearer {json.loads(answers[0])['access_token']}",
        "x_api_key": "simulated-client",
        "x_gw_ims_org_id": "0123456789ABCDEF01234567@AdobeOrg",
        "x_sandbox_name": "prod",
        "content_type": "application/json",
    }
    answers.append(call(platform, "GET", RUNS, "limit=100", **headers))
    for run in json.loads(answers[1])["items"][:30]:
        clock[0] += 10
        path = f"{RUNS}/{run['id']}/action"
        answers.append(call(platform, "POST", path, "op=re-trigger", **headers))
    clock[0] += 60_000
    answers.append(call(platform, "GET", RUNS, "limit=100", **headers))
    return answers


def test_the_same_seed_gives_the_same_bytes_and_another_seed_gives_others(now_ms: int) -> None:
    assert story(demo(), now_ms=now_ms) == story(demo(), now_ms=now_ms)
    assert story(demo(), now_ms=now_ms) != story({**demo(), "seed": 7}, now_ms=now_ms)


def test_new_ids_and_fates_do_not_depend_on_the_order_of_the_requests(now_ms: int) -> None:
    def outcomes(order: int) -> set[tuple[str, int, int]]:
        world = World(Scenario.from_dict(demo()), now_ms=now_ms)
        retriggering = Retriggering(world, ledger=Ledger())
        new = [
            retriggering.accept(number, maker=SCHEDULER, client="c", now_ms=now_ms)
            for number in list(range(40))[::order]
        ]
        runs = world.runs
        return {(runs.id_of(n), runs.end[n], runs.ends_ms[n]) for n in new}

    assert outcomes(1) == outcomes(-1)
    assert len(outcomes(1)) == 40


def test_the_demo_validates_and_is_read() -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    assert [error.message for error in validator.iter_errors(demo())] == []
    scenario = Scenario.from_dict(demo())
    assert [sandbox.name for sandbox in scenario.sandboxes] == ["prod", "stage"]
    failed = (flow.count * flow.runs.failed for s in scenario.sandboxes for flow in s.flows)
    assert 200 <= sum(failed) <= 300


def test_the_schema_is_one_and_every_property_is_explained_with_an_example() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    missing = [
        place
        for place, value in in_definitions()
        if not {"title", "description", "examples"} <= set(value)
    ]
    assert missing == []


def test_every_example_and_default_in_the_schema_is_valid() -> None:
    wrong = []
    for place, value in in_definitions():
        schema = {"$defs": SCHEMA["$defs"], **value}
        examples = [*value["examples"], *([value["default"]] if "default" in value else [])]
        validator = jsonschema.Draft202012Validator(schema)
        wrong += [(place, example) for example in examples if not validator.is_valid(example)]
    assert wrong == []


def test_schema_and_code_know_the_same_words() -> None:
    fault = SCHEMA["$defs"]["fault"]["properties"]
    branches = fault["do"]["oneOf"]
    detailed = {name for branch in branches[1:] for name in branch["properties"]}
    assert set(branches[0]["enum"]) | detailed == set(WORDS)
    calls = fault["match"]["properties"]["call"]["oneOf"][0]["enum"]
    assert set(calls) == set(CALLS)
    connectors = SCHEMA["$defs"]["flow"]["properties"]["connector"]["enum"]
    assert set(connectors) == set(CONNECTORS)


@pytest.mark.parametrize("word", sorted(WORDS))
def test_every_example_of_a_fault_is_read(word: str) -> None:
    branches = SCHEMA["$defs"]["fault"]["properties"]["do"]["oneOf"]
    detailed = [b["examples"][0] for b in branches[1:] if word in b["properties"]]
    plain = [word] if word in branches[0]["enum"] else []
    for do in [*detailed, *plain]:
        scenario = Scenario.from_dict({"version": 1, "faults": [{"do": do}]})
        assert scenario.faults[0].doing.what == word


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            {"sandboxes": [{"title": "x"}]},
            "scenario.sandboxes[0].name is missing.",
        ),
        ({"sandboxs": []}, "scenario: unknown key sandboxs."),
        (
            {"sandboxes": [{"name": 7}]},
            "scenario.sandboxes[0].name: a text is meant, and this is 7.",
        ),
        (
            {"behaviour": {"body_shape": "round"}},
            "scenario.behaviour.body_shape: flat or items or entity is meant, and this is 'round'.",
        ),
        (
            {"behaviour": {"visibility_lag": "soon"}},
            "scenario.behaviour.visibility_lag: a duration like 30s is meant, and this is 'soon'.",
        ),
        (
            {"sandboxes": [{"name": "p", "flows": [{"runs": {"failed": True}}]}]},
            "scenario.sandboxes[0].flows[0].runs.failed: a whole number is meant, and this is True.",
        ),
        (
            {
                "sandboxes": [
                    {
                        "name": "p",
                        "flows": [{"runs": {"listed": [{"started": "2026-11-20T02:00:00"}]}}],
                    }
                ]
            },
            (
                "scenario.sandboxes[0].flows[0].runs.listed[0].started: "
                "a time like -12h or 2026-11-20T02:00:00Z is meant, and this is '2026-11-20T02:00:00'."
            ),
        ),
        (
            {"faults": [{"match": {"call": "everything"}, "do": "cut_body"}]},
            (
                "scenario.faults[0].match.call: 'everything' is not one of token, runs, run, flows, "
                "flow_specs, connection_specs, sandboxes, retrigger."
            ),
        ),
        (
            {"faults": [{"do": {"answer_late": {"second": 1}}}]},
            "scenario.faults[0].do.answer_late: unknown key second.",
        ),
        (
            {"faults": [{"do": {"cut_body": {}, "empty_body": {}}}]},
            "scenario.faults[0].do: exactly one key is meant.",
        ),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(data: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as raised:
        Scenario.from_dict(data)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("flows", "message"),
    [
        ([{"id": "F"}, {"id": "F"}], "scenario: the flow id F is there twice."),
        (
            [{"runs": {"listed": [{"id": "R"}, {"id": "R"}]}}],
            "scenario: the run id R is there twice.",
        ),
        ([{"connector": "ftp"}], "scenario: flow 'Flow': 'ftp' is not a known connector."),
    ],
)
async def test_a_scenario_that_contradicts_itself_does_not_start(
    flows: list[dict[str, Any]], message: str
) -> None:
    scenario = Scenario.from_dict({"sandboxes": [{"name": "prod", "flows": flows}]})
    with pytest.raises(UsageError) as raised:
        async with serve(scenario):
            pytest.fail("it started")
    assert str(raised.value) == message


async def test_a_sandbox_is_named_once() -> None:
    scenario = Scenario.from_dict({"sandboxes": [{"name": "prod"}, {"name": "prod"}]})
    with pytest.raises(UsageError) as raised:
        async with serve(scenario):
            pytest.fail("it started")
    assert str(raised.value) == "scenario.sandboxes: prod is there twice."


def test_the_secret_does_not_print() -> None:
    scenario = Scenario.from_dict({"client_secret": "s3cret"})
    assert "s3cret" not in repr(scenario)
    assert repr(scenario).startswith("Scenario(seed=1, ")


def test_a_large_platform_is_made_without_a_table_of_ids(now_ms: int) -> None:
    flows = [{"name": "S3", "count": 500, "runs": {"failed": 100}}]
    scenario = Scenario.from_dict({"sandboxes": [{"name": "prod", "flows": flows}]})
    runs = Platform(scenario, now_ms=lambda: now_ms).world.runs
    assert len(runs) == 50_000
    assert runs._named == {}
    assert [runs.number_of(runs.id_of(number)) for number in (0, 49_999)] == [0, 49_999]
    assert runs.number_of(runs.ids.run_id(50_000)) is None
