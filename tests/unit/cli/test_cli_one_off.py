"""What `apply` is given on the command line: a spec or plan, or the parts of a one-off, and never both."""

import io
from pathlib import Path
from typing import Any

import click
import pytest

from runner.cli.wiring import subject_given
from runner.spec import OneOff

NO_OTHERS = {"--ticket": None, "--platform-url": None, "--ims-url": None}
WHOLE: dict[str, Any] = {"sandbox": "prod", "runs": ("a", "b"), "reason": "why"}
NOTHING: dict[str, Any] = {"sandbox": None, "runs": (), "reason": None}


def misuse(path: Path | None, facts: dict[str, Any], others: dict[str, Any]) -> str:
    with pytest.raises(click.UsageError) as caught:
        subject_given(path, **{**NOTHING, **facts}, others={**NO_OTHERS, **others})
    assert caught.value.exit_code == 2
    return caught.value.format_message()


def test_a_spec_or_plan_alone_is_what_is_applied() -> None:
    assert subject_given(Path("s.yaml"), **NOTHING, others=NO_OTHERS) == Path("s.yaml")


def test_the_parts_of_a_one_off_are_what_is_applied() -> None:
    others = {"--ticket": "T", "--platform-url": "https://p", "--ims-url": "https://i"}

    assert subject_given(None, **WHOLE, others=others) == OneOff(
        sandbox="prod",
        runs=("a", "b"),
        reason="why",
        ticket="T",
        platform_url="https://p",
        ims_url="https://i",
    )


@pytest.mark.parametrize(
    ("facts", "others", "missing"),
    [
        ({}, {}, "--sandbox, --run, --reason"),
        ({"runs": ("a",)}, {}, "--sandbox, --reason"),
        ({"sandbox": "prod", "reason": "why"}, {}, "--run"),
        ({}, {"--ticket": "T"}, "--sandbox, --run, --reason"),
    ],
)
def test_a_part_that_is_missing_is_named(
    facts: dict[str, Any], others: dict[str, Any], missing: str
) -> None:
    assert misuse(None, facts, others) == (
        f"Give a spec, a plan, or --sandbox, --run and --reason; missing: {missing}."
    )


@pytest.mark.parametrize(
    ("facts", "others", "mixed"),
    [
        (WHOLE, {}, "--sandbox, --run, --reason"),
        ({"runs": ("a",)}, {}, "--run"),
        ({"reason": ""}, {}, "--reason"),
        ({}, {"--ims-url": "https://i"}, "--ims-url"),
    ],
)
def test_a_spec_and_parts_of_a_one_off_are_not_mixed(
    facts: dict[str, Any], others: dict[str, Any], mixed: str
) -> None:
    assert misuse(Path("s.yaml"), facts, others) == (
        f"{mixed}: not together with a spec or plan, which says this itself."
    )


def test_a_hyphen_stands_for_the_ids_on_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("# of the night\n b \n\nc\r\n"))
    given = subject_given(None, **{**WHOLE, "runs": ("a", "-")}, others=NO_OTHERS)

    assert isinstance(given, OneOff)
    assert given.runs == ("a", "b", "c")


def test_a_standard_input_without_ids_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("# none\n"))

    assert misuse(None, {**WHOLE, "runs": ("-",)}, {}) == (
        "--run -: no run id came on standard input."
    )
