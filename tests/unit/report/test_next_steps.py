"""What a person is told to do next: what stopped it, what failed, where and why, then how to go on."""

from collections.abc import Callable
from typing import Any

import pytest

from runner.model.report import FlowCount, WorstFlows
from runner.model.words import FlowId, SkipReason
from runner.report.advice import next_steps, verdict
from runner.report.causes import KINDS_WITH_FLOWS
from runner.report.step import Step, flows_of, step_in_words
from runner.report.totals import totals_of

Make = Callable[..., Any]


def in_words(step: Step) -> str:
    return step_in_words(step, foreign=lambda text: f"<{text}>", code=lambda text: f"`{text}`")


ANEW = "When the causes are mended, select anew what has still failed, with `retrigger apply specs/inc-2041.yaml`"


def every_step(source: Any) -> list[str]:
    steps = next_steps(source.execution, source.tallies(), source.worst_flows())
    return [in_words(step) for step in steps]


def told(source: Any) -> list[str]:
    """Return the steps but the last, which is about what another execution may take up."""
    return [step for step in every_step(source) if step != ANEW]


@pytest.mark.parametrize(
    ("outcome", "reason", "state", "is_told"),
    [
        ("refused", "1388-400: no", "finished", True),
        ("gave_up", "503", "finished", True),
        ("not_attempted", "its flow is held", "finished", True),
        ("skipped", "flow_not_enabled: the flow is disabled", "finished", True),
        ("skipped", "already_retriggered: as new by first", "finished", False),
        ("retriggered", "", "finished", False),
        ("refused", "1388-400: no", "stopped", False),
    ],
)
def test_what_has_still_failed_is_selected_anew_by_a_command_that_is_given_whole(
    source_of: Make,
    row: Make,
    outcome: str,
    reason: str,
    state: str,
    is_told: bool,  # noqa: FBT001  # a case
) -> None:
    one = row(1, outcome=outcome, reason=reason, recovery="")

    assert (ANEW in every_step(source_of(one, state=state))) is is_told


def refusals(row: Make, *, of: int) -> list[Any]:
    return [
        row(n, outcome="refused", recovery="", reason="1388-400: no", flow_id=f"f{n % of}",
            flow_name=f"Flow {n % of}")
        for n in range(of * 3)
    ]  # fmt: skip


def test_without_watching_the_end_says_that_accepted_is_not_recovered_and_how_to_know(
    source_of: Make, row: Make
) -> None:
    source = source_of(*(row(n, recovery="") for n in range(24)), planned=24)

    assert told(source) == [
        "24 accepted; recovery not watched: `retrigger reconcile 20261120-0200-k3v9`"
    ]
    assert verdict(source.execution, totals_of(source.execution, source.tallies())) == (
        "24 of 24 planned runs re-triggered (recovery not watched)."
    )


@pytest.mark.parametrize("state", ["interrupted", "stopped"])
def test_what_an_interrupted_execution_saw_adds_up_to_what_it_re_triggered(
    source_of: Make, row: Make, state: str
) -> None:
    seen = [row(n) for n in range(15)]
    unseen = [row(n, recovery="") for n in range(23)]
    left = [row(n, outcome="not_attempted", recovery="") for n in range(12)]
    source = source_of(*seen, *unseen, *left, planned=50, state=state)

    assert verdict(source.execution, totals_of(source.execution, source.tallies())) == (
        "38 of 50 planned runs re-triggered (15 recovered, 23 not yet seen), 12 not_attempted."
    )
    assert told(source)[-1] == (
        "23 runs are re-triggered, but how the new run ended is not known. Look again with "
        "`retrigger reconcile 20261120-0200-k3v9`"
    )


def test_one_that_was_interrupted_before_any_new_run_was_seen_says_so(
    source_of: Make, row: Make
) -> None:
    source = source_of(row(1, recovery=""), planned=1, state="interrupted")

    assert told(source) == [
        "1 accepted; recovery not watched to its end: `retrigger reconcile 20261120-0200-k3v9`"
    ]
    assert "(1 not yet seen)" in verdict(
        source.execution, totals_of(source.execution, source.tallies())
    )


def test_while_it_works_nothing_is_said_of_recoveries_that_are_being_watched(
    source_of: Make, row: Make
) -> None:
    assert told(source_of(row(1, recovery=""), state="running")) == []


def test_refused_runs_are_told_with_their_reason_their_flows_and_a_remedy(
    source_of: Make, row: Make
) -> None:
    (step,) = told(source_of(*refusals(row, of=12), sandboxes=()))

    assert step.startswith("36 runs refused: ")
    assert "The reason: <1388-400: no>." in step
    assert "Flows: <Flow 0> (3), <Flow 1> (3), " in step
    assert "<Flow 9> (3), and 2 more flows." in step
    assert "<Flow 10>" not in step
    assert step.endswith(
        "Mend the cause, then apply the spec again: it selects anew what has still failed."
    )


def test_the_most_frequent_of_several_reasons_is_told(source_of: Make, row: Make) -> None:
    rows = [row(n, outcome="gave_up", recovery="", reason="HTTP 503.") for n in range(3)]
    other = row(9, outcome="gave_up", recovery="", reason="no answer")

    (step,) = told(source_of(*rows, other))

    assert step.startswith("4 runs gave_up: surely not accepted")
    assert "The most frequent of 2 reasons (3 runs): <HTTP 503>." in step
    assert "Wait until the platform is well again" in step


def test_after_a_stop_rule_the_cause_comes_before_how_to_go_on(source_of: Make, row: Make) -> None:
    because = "stopped by stop_when.failed: 3 failures; the last: a, b, c"
    left = row(7, outcome="not_attempted", recovery="", reason=because)
    source = source_of(
        *refusals(row, of=1), left, state="stopped", stopped_because=because, exit_code=3
    )

    stopped, refused, resume = told(source)

    assert stopped == (
        f"Stopped before everything was done: <{because}>. Deal with what failed before you continue."
    )
    assert refused.startswith("3 runs refused")
    assert "when this execution has finished, apply the spec again" in refused
    assert resume.startswith("1 run is not attempted. Continue where it stopped")
    assert resume.endswith("`retrigger apply specs/inc-2041.yaml`")


@pytest.mark.parametrize(
    ("state", "exit_code", "because", "told_so"),
    [
        ("stopped", 3, "prod: max_per_day of 90 is used up", True),
        ("stopped", 4, "stopped by stop_when.failed: 3 failures", True),
        ("stopped", 4, "1 run is unresolved", False),
        ("stopped", 1, "apply the spec again to go on with the runs that are left", False),
        ("interrupted", 7, "could not go on: the platform is gone", True),
        ("interrupted", 130, "interrupted by SIGTERM", False),
        ("interrupted", None, "", False),
        ("finished", 1, "", False),
    ],
)
def test_what_ended_it_is_told_where_nobody_asked_for_it(
    source_of: Make, row: Make, state: str, exit_code: int, because: str, *, told_so: bool
) -> None:
    source = source_of(row(1), state=state, exit_code=exit_code, stopped_because=because)

    assert told(source) == (
        [f"Stopped before everything was done: <{because}>."] if told_so else []
    )


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        ("flow_not_enabled: the flow is disabled", "Enable it, then apply the spec again"),
        ("not_found: the run is no longer there", "See in the platform's interface"),
        ("changed_since_plan: its status was failed and is queued", "no longer what the plan"),
        ("maybe_already_retriggered: run x names it as its parent", "--again"),
        (
            "flow_blocked: run x is unresolved since first",
            "Look again with `retrigger reconcile first`",
        ),
        ("excluded_run: later", "results.csv says why"),
        ("something else", "results.csv says why"),
    ],
)
def test_a_skipped_run_is_told_with_what_mends_it(
    source_of: Make, row: Make, reason: str, remedy: str
) -> None:
    (step,) = told(source_of(row(1, outcome="skipped", recovery="", reason=reason)))

    assert step.startswith("1 planned run skipped")
    assert remedy in step
    assert ("<S3 orders in prod> (1)" in step) is (reason.partition(":")[0] in KINDS_WITH_FLOWS)


def test_skips_that_need_nothing_more_and_passed_over_runs_are_no_steps(
    source_of: Make, row: Make
) -> None:
    skip = {"outcome": "skipped", "recovery": ""}
    source = source_of(
        row(1, reason="already_retriggered: as new by first", **skip),
        row(2, reason="changed_since_plan: its status was failed and is success", **skip),
        row(3, reason="flow_not_enabled", wave=None, **skip),
    )

    assert told(source) == []
    assert verdict(source.execution, totals_of(source.execution, source.tallies())).endswith(
        "re-triggered, 2 skipped."
    )


def test_every_reason_for_which_a_planned_run_may_be_skipped_has_a_remedy_of_its_own() -> None:
    when_its_turn_comes = {
        SkipReason.NOT_FOUND,
        SkipReason.CHANGED_SINCE_PLAN,
        SkipReason.FLOW_NOT_ENABLED,
        SkipReason.MAYBE_ALREADY_RETRIGGERED,
        SkipReason.FLOW_BLOCKED,
    }

    assert when_its_turn_comes <= set(KINDS_WITH_FLOWS)


def test_flows_that_failed_again_and_those_that_recovered_in_part_are_told_apart(
    source_of: Make, row: Make
) -> None:
    source = source_of(
        row(1, recovery="failed_again", flow_id="a", flow_name="A"),
        row(2, recovery="failed_again", flow_id="a", flow_name="A"),
        row(3, recovery="partial", flow_id="b", flow_name=""),
        sandboxes=(),
    )

    (step,) = told(source)

    assert step.startswith("Accepted, but not well: 2 failed_again, 1 partial. ")
    assert "Flows of failed_again: <A> (2)." in step
    assert "Flows of partial: <b> (1)." in step


def test_flows_that_are_called_the_same_are_told_by_their_ids() -> None:
    flows = tuple(
        FlowCount(sandbox="prod", flow_id=FlowId(name), flow_name="Orders", runs=1)
        for name in ("f1", "f2")
    )

    named = flows_of("refused", WorstFlows(flows=flows, of=5), names_sandbox=False)

    assert named.flows == (("Orders f1", 1), ("Orders f2", 1))
    assert named.more == 3


def test_names_and_reasons_without_end_are_cut(source_of: Make, row: Make) -> None:
    endless = row(1, outcome="refused", recovery="", reason="x" * 10_000, flow_name="y" * 10_000)

    (step,) = told(source_of(endless))

    assert len(step) < 1_000


def test_why_a_flow_was_left_alone_is_told(source_of: Make, row: Make) -> None:
    why = "its flow is held: run 0f24f587-7a6c-4137-9c2a-b1dd79ed05f4 ended as failed_again"
    held = [row(n, outcome="not_attempted", recovery="", reason=why) for n in range(3)]

    (step,) = told(source_of(*held))

    assert "The reason: <its flow is held: run … ended as failed_again>." in step


def test_a_rehearsal_has_nothing_to_do_next(source_of: Make, row: Make) -> None:
    assert told(source_of(*refusals(row, of=1), id="rehearsal-1")) == []
