"""What is well, and what a person has to see to: a table over every outcome and recovery."""

import pytest

from runner.model.meaning import is_well
from runner.model.report import Tally
from runner.model.words import OutcomeKind, Recovery


def tally(outcome: str, *, reason: str = "", recovery: str = "") -> Tally:
    return Tally(sandbox="prod", outcome=outcome, reason=reason, recovery=recovery, count=1)


@pytest.mark.parametrize("recovery", ["", *Recovery])
def test_an_accepted_run_is_well_once_recovered_or_where_nobody_looks(recovery: str) -> None:
    assert is_well(tally("retriggered", recovery=recovery)) is (recovery in ("", "recovered"))


@pytest.mark.parametrize("outcome", ["", *OutcomeKind])
def test_what_was_not_accepted_is_not_well_but_for_what_needs_nothing_more(outcome: str) -> None:
    done = "already_retriggered: as new by first"

    assert is_well(tally(outcome)) is (outcome == "retriggered")
    assert is_well(tally(outcome, reason=done)) is (outcome in ("retriggered", "skipped"))
