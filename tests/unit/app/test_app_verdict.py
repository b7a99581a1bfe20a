"""What an execution's end means for its state and the exit code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.app.verdict import Verdict, end_in_a_word, verdict
from runner.errors import CredentialsRefused, FlowsHeld, JournalUnusable
from runner.execute import Ended
from runner.model.report import Tally

RULE = "stopped by stop_when.failed: 2 failures; the last: a, b"


def tally(
    outcome: str, *, count: int = 1, recovery: str = "", reason: str = "", is_planned: bool = True
) -> Tally:
    return Tally(
        sandbox="prod",
        outcome=outcome,
        reason=reason,
        recovery=recovery,
        count=count,
        is_planned=is_planned,
    )


@pytest.mark.parametrize(
    ("ended", "outcomes", "expected"),
    [
        (Ended(), [], Verdict(state="finished", because="", exit_code=0)),
        (Ended(), ["retriggered"], Verdict(state="finished", because="", exit_code=0)),
        (Ended(), ["retriggered", "skipped"], Verdict(state="finished", because="", exit_code=1)),
        (Ended(), ["refused"], Verdict(state="finished", because="", exit_code=1)),
        (Ended(), ["gave_up"], Verdict(state="finished", because="", exit_code=1)),
        (Ended(), ["not_attempted"], Verdict(state="finished", because="", exit_code=1)),
        (Ended(), [""], Verdict(state="finished", because="", exit_code=1)),
        (
            Ended(stopped_by_rule=RULE),
            ["refused", "not_attempted"],
            Verdict(state="stopped", because=RULE, exit_code=3),
        ),
        (
            Ended(),
            ["unresolved"],
            Verdict(state="stopped", because="1 run is unresolved", exit_code=4),
        ),
        (
            Ended(),
            ["unresolved", "unresolved", "refused"],
            Verdict(state="stopped", because="2 runs are unresolved", exit_code=4),
        ),
        (
            Ended(stopped_by_rule=RULE),
            ["unresolved", "refused"],
            Verdict(state="stopped", because=RULE, exit_code=4),
        ),
        (
            Ended(failure=CredentialsRefused("no")),
            ["unresolved"],
            Verdict(state="interrupted", because="could not go on: no", exit_code=7),
        ),
        (
            Ended(failure=JournalUnusable("full"), stopped_by_rule=RULE),
            [""],
            Verdict(state="interrupted", because="could not go on: full", exit_code=7),
        ),
        (
            Ended(failure=FlowsHeld("lost")),
            [""],
            Verdict(state="interrupted", because="could not go on: lost", exit_code=6),
        ),
        (
            Ended(interrupted="interrupted by SIGTERM"),
            ["unresolved"],
            Verdict(state="interrupted", because="interrupted by SIGTERM", exit_code=130),
        ),
        (
            Ended(interrupted="interrupted by SIGTERM", failure=CredentialsRefused("no")),
            [""],
            Verdict(state="interrupted", because="interrupted by SIGTERM", exit_code=130),
        ),
        (
            Ended(failure=KeyError("ours")),
            ["retriggered"],
            Verdict(state="interrupted", because="could not go on: 'ours'", exit_code=70),
        ),
        (
            Ended(interrupted="interrupted by SIGTERM", failure=KeyError("ours")),
            ["retriggered"],
            Verdict(state="interrupted", because="could not go on: 'ours'", exit_code=70),
        ),
    ],
)
def test_the_most_serious_wins(ended: Ended, outcomes: list[str], expected: Verdict) -> None:
    assert verdict(ended, [tally(outcome) for outcome in outcomes]) == expected


@pytest.mark.parametrize(("has_sent", "code"), [(True, 7), (False, 2)])
def test_what_no_waiting_helps_is_a_wrong_setting_only_as_long_as_nothing_was_sent(
    *, has_sent: bool, code: int
) -> None:
    ended = Ended(failure=CredentialsRefused("invalid_client", may_pass=False))
    assert verdict(ended, [tally("")], has_sent=lambda: has_sent).exit_code == code
    assert verdict(ended, [tally("")]).exit_code == 7
    passing = Ended(failure=CredentialsRefused("HTTP 401"))
    assert verdict(passing, [tally("")], has_sent=lambda: has_sent).exit_code == 7


@pytest.mark.parametrize(
    ("reasons", "code"),
    [
        (["changed_since_plan: its status was failed and is success"], 0),
        (["already_retriggered: as new-1 by first"], 0),
        (["changed_since_plan: its status was failed and is inProgress"], 1),
        (["changed_since_plan: its status was failed and is success, without records"], 1),
        (['changed_since_plan: its etag was "1" and is "2"'], 1),
        (["maybe_already_retriggered: run x names it as its parent"], 1),
        (["flow_not_enabled: the flow is disabled"], 1),
        (["flow_blocked: run x is unresolved since first"], 1),
        (["not_found: the run is no longer there"], 1),
        (["already_retriggered: as new-1 by first", "not_found: the run is no longer there"], 1),
    ],
)
def test_a_skipped_run_is_success_only_where_it_is_proved_that_nothing_is_left_to_do(
    reasons: list[str], code: int
) -> None:
    tallies = [tally("skipped", reason=reason) for reason in reasons]
    assert verdict(Ended(), tallies).exit_code == code


def test_what_the_plan_passed_over_does_not_count() -> None:
    passed_over = tally("skipped", reason="flow_not_enabled", is_planned=False, count=9)
    assert verdict(Ended(), [tally("retriggered"), passed_over]).exit_code == 0


@pytest.mark.parametrize(
    ("recovery", "code"),
    [
        ("", 0),
        ("recovered", 0),
        ("recovered_empty", 1),
        ("partial", 1),
        ("failed_again", 1),
        ("running", 1),
        ("unknown", 1),
    ],
)
def test_a_run_that_did_not_recover_is_not_well(recovery: str, code: int) -> None:
    assert verdict(Ended(), [tally("retriggered", recovery=recovery)]).exit_code == code


SERIOUS = (70, 130, 7, 4, 3, 1, 0)


@given(
    bug=st.booleans(),
    interrupted=st.booleans(),
    unreachable=st.booleans(),
    unresolved=st.booleans(),
    stopped=st.booleans(),
    refused=st.booleans(),
)
def test_whatever_applies_together_the_order_of_the_codes_decides(
    *,
    bug: bool,
    interrupted: bool,
    unreachable: bool,
    unresolved: bool,
    stopped: bool,
    refused: bool,
) -> None:
    applies = {
        70: bug,
        130: interrupted,
        7: unreachable and not bug,
        4: unresolved,
        3: stopped,
        1: refused,
        0: True,
    }
    failure = ValueError("ours") if bug else JournalUnusable("gone") if unreachable else None
    ended = Ended(
        interrupted="asked" if interrupted else "",
        stopped_by_rule=RULE if stopped else "",
        failure=failure,
    )
    outcomes = ["retriggered"] + ["unresolved"] * unresolved + ["refused"] * refused
    expected = next(code for code in SERIOUS if applies[code])
    assert verdict(ended, [tally(outcome) for outcome in outcomes]).exit_code == expected


@pytest.mark.parametrize(
    ("ended", "unresolved", "word"),
    [
        (Ended(), 0, "done"),
        (Ended(), 1, "stopped"),
        (Ended(stopped_by_rule=RULE), 0, "stopped"),
        (Ended(interrupted="SIGINT"), 0, "interrupted"),
        (Ended(interrupted="SIGINT", failure=FlowsHeld("lost")), 2, "interrupted"),
        (Ended(interrupted="SIGINT", failure=KeyError("ours")), 0, "failed"),
        (Ended(failure=JournalUnusable("full")), 0, "failed"),
    ],
)
def test_the_last_line_of_progress_says_how_it_ended(
    ended: Ended, unresolved: int, word: str
) -> None:
    assert end_in_a_word(ended, unresolved=unresolved, is_cut_off=False) == word


def test_what_an_exception_cuts_off_is_not_called_done() -> None:
    assert end_in_a_word(Ended(), unresolved=0, is_cut_off=True) == "failed"
