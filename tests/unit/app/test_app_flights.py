"""What another process has in flight is never told as more than its spec lets leave at once."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from runner.app.flights import in_flight
from runner.journal import UNANSWERED
from runner.model.report import Tally
from tests.contract.making import FIRST, an_execution


def asked(count: int, *, sandbox: str = "prod") -> Tally:
    return Tally(sandbox=sandbox, outcome="unresolved", reason=UNANSWERED, recovery="", count=count)


DONE = Tally(sandbox="prod", outcome="retriggered", reason="", recovery="", count=7)
DOUBT = Tally(sandbox="prod", outcome="unresolved", reason="no answer", recovery="", count=2)


def told(tallies: list[Tally], **limits: Any) -> list[tuple[str, str, int]]:
    spec = {
        "version": 1,
        "name": "x",
        "reason": "y",
        "connection": {
            "org_id": "${ORG}",
            "auth": {"client_id": "${ID}", "client_secret": "${SECRET}"},
        },
        "limits": limits.pop("whole", {}),
        "sandboxes": [
            {"name": name, "runs": ["a"], "limits": limits.get(name, {})}
            for name in ("prod", "stage")
        ],
    }
    execution = replace(an_execution(FIRST), spec_text=json.dumps(spec), spec_path="x.yaml")
    clock = SimpleNamespace(now_ms=lambda: 1_795_140_000_000)
    house: Any = SimpleNamespace(environment={}, clock=clock)
    return [
        (one.sandbox, one.outcome, one.count) for one in in_flight(tallies, execution, house=house)
    ]


def test_intents_that_were_written_ahead_are_not_in_flight() -> None:
    assert told([DONE, asked(6), DOUBT], whole={"max_at_once": 2}) == [
        ("prod", "retriggered", 7),
        ("prod", "unresolved", 2),
        ("prod", "in_flight", 2),
        ("prod", "", 4),
    ]


@pytest.mark.parametrize(
    ("limits", "flying"),
    [
        ({"whole": {"max_at_once": 8}, "prod": {"max_at_once": 3}}, {"prod": 3, "stage": 5}),
        ({"whole": {"max_at_once": 4}}, {"prod": 4}),
        ({"stage": {"max_at_once": 1}, "whole": {"max_at_once": 50}}, {"prod": 6, "stage": 1}),
    ],
)
def test_every_level_of_the_limits_holds(limits: Any, flying: dict[str, int]) -> None:
    found = told([asked(6), asked(6, sandbox="stage")], **limits)

    assert {name: count for name, outcome, count in found if outcome == "in_flight"} == flying
    assert sum(count for *_, count in found) == 12


def test_where_nothing_is_asked_the_spec_is_not_read() -> None:
    house: Any = None

    assert in_flight([DONE, DOUBT], an_execution(FIRST), house=house) == [DONE, DOUBT]


def test_where_the_spec_cannot_be_read_what_is_asked_is_told() -> None:
    clock = SimpleNamespace(now_ms=lambda: 1_795_140_000_000)
    house: Any = SimpleNamespace(environment={}, clock=clock)
    execution = replace(an_execution(FIRST), spec_text=": : :", spec_path="")

    (one,) = in_flight([asked(6)], execution, house=house)
    assert (one.outcome, one.count) == ("in_flight", 6)
