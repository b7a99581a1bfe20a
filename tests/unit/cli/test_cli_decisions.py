"""What a person found out about unanswered requests, as the command line says it."""

import click
import pytest

from runner.app.findings import Decisions
from runner.cli.wiring import decisions_of
from runner.model.words import RunId

A, B = "4fb0418e-1804-45d6-8d56-dd51f05c0baf", "c0cb4b5b-7a1d-4a8e-9d65-0a4f6b3f2a11"
C = "0f3a2b7c-5d1e-4a88-9c40-6b1f8f2f9d11"


def test_runs_are_taken_in_any_spelling_and_without_blanks() -> None:
    found = decisions_of(adopt=(f"{A.upper()} = {B}",), absent=(f" {C} ",), unverified=False)

    assert found == Decisions(adopt={RunId(A): RunId(B)}, absent=frozenset({RunId(C.upper())}))


@pytest.mark.parametrize(
    ("adopt", "absent"),
    [
        ((f"{A}=x", f"{A.upper()}=y"), ()),
        ((f"x={A}", f"y={A.upper()}"), ()),
        ((f"{A}=x",), (A.upper(),)),
        ((f"{A}=",), ()),
        (("=x",), ()),
        ((A,), ()),
    ],
)
def test_a_run_is_decided_once(adopt: tuple[str, ...], absent: tuple[str, ...]) -> None:
    with pytest.raises(click.BadParameter, match="OLD=NEW, each run once"):
        decisions_of(adopt=adopt, absent=absent, unverified=False)


def test_unverified_belongs_to_a_decision() -> None:
    with pytest.raises(click.BadParameter, match="belongs to --adopt or --absent"):
        decisions_of(adopt=(), absent=(), unverified=True)
