"""After a resume: what earlier sessions settled is no part of this one."""

from runner.app.working import settled_before
from runner.model.report import Tally


def tally(outcome: str, count: int, *, is_planned: bool = True) -> Tally:
    return Tally(
        sandbox="prod", outcome=outcome, reason="", recovery="", count=count, is_planned=is_planned
    )


def test_what_was_settled_before_counts_planned_runs_that_were_skipped_and_no_passed_over_ones() -> (
    None
):
    tallies = [
        tally("retriggered", 5),
        tally("skipped", 3),
        tally("skipped", 6, is_planned=False),
        tally("unresolved", 2),
        tally("", 40),
    ]

    assert settled_before(tallies) == {"retriggered": 5, "skipped": 3, "unresolved": 2}


def test_a_first_session_has_nothing_before_it() -> None:
    assert settled_before([tally("skipped", 6, is_planned=False), tally("", 40)]) == {}
