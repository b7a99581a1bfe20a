"""Totals are sums of tallies, and advice follows from totals."""

from collections.abc import Callable
from typing import Any

from runner.model.advised import Standpoint
from runner.model.report import Execution, ResultRow
from runner.report.advice import Step, next_steps, resume_command, verdict, worked_from
from runner.report.highlights import highlights_of
from runner.report.totals import ReasonCount, totals_of

Make = Callable[..., Any]


def test_every_row_is_counted_once_in_every_total(source: Any) -> None:
    totals = totals_of(source.execution, source.tallies())

    assert dict(totals.by_outcome) == {
        "retriggered": 2,
        "refused": 1,
        "gave_up": 1,
        "unresolved": 1,
        "skipped": 1,
        "not_attempted": 1,
        "not_settled": 1,
    }
    assert {word: count for word, count in totals.by_recovery.items() if count} == {
        "recovered": 1,
        "failed_again": 1,
    }
    assert {name: sum(counts.values()) for name, counts in totals.by_sandbox.items()} == {
        "prod": 5,
        "stage": 3,
    }
    assert totals.runs == 8


def test_reasons_come_most_frequent_first_and_then_by_name(source_of: Make, row: Make) -> None:
    source = source_of(
        row(1, outcome="refused", reason="b"),
        row(2, outcome="refused", reason="a"),
        row(3, outcome="skipped", reason="c"),
        row(4, outcome="skipped", reason="c"),
    )

    totals = totals_of(source.execution, source.tallies())

    assert totals.by_reason == (
        ReasonCount(outcome="skipped", reason="c", count=2),
        ReasonCount(outcome="refused", reason="a", count=1),
        ReasonCount(outcome="refused", reason="b", count=1),
    )
    assert totals.of_outcomes("skipped") == (ReasonCount(outcome="skipped", reason="c", count=2),)


def test_reasons_that_differ_only_in_the_run_they_name_count_as_one_for_people(
    source_of: Make, row: Make
) -> None:
    names = ("0f24f587-7a6c-4137-9c2a-b1dd79ed05f4", "27A39400-c479-41db-8da5-b035f221a3b8")
    rows = [row(n, outcome="refused", reason=f"run {name} is gone") for n, name in enumerate(names)]
    source = source_of(*rows, row(3, outcome="refused", reason="run 0f24f587 is gone"))

    totals = totals_of(source.execution, source.tallies())

    assert totals.of_outcomes("refused") == (
        ReasonCount(outcome="refused", reason="run … is gone", count=2),
        ReasonCount(outcome="refused", reason="run 0f24f587 is gone", count=1),
    )
    assert len(totals.by_reason) == 3  # programs get them as they are


def test_a_sandbox_that_the_plan_does_not_name_is_counted_too(source_of: Make, row: Make) -> None:
    source = source_of(row(1, sandbox="zeta"), row(2, sandbox="alpha"))

    assert list(totals_of(source.execution, source.tallies()).by_sandbox) == [
        "prod",
        "stage",
        "alpha",
        "zeta",
    ]


def test_a_retriggered_run_nobody_watched_counts_as_not_waited_for(
    source_of: Make, row: Make
) -> None:
    source = source_of(row(1, recovery=""))

    assert totals_of(source.execution, source.tallies()).by_recovery["not_waited_for"] == 1


def test_nothing_is_left_to_do_when_all_recovered(source_of: Make, row: Make) -> None:
    source = source_of(row(1), planned=1)

    assert next_steps(source.execution, source.tallies()) == ()
    assert verdict(source.execution, totals_of(source.execution, source.tallies())) == (
        "1 of 1 planned runs re-triggered (1 recovered)."
    )


def test_what_is_left_to_do_is_told_most_urgent_first(source: Any, execution: Make) -> None:
    """What went wrong stands before how to go on."""
    stopped: Execution = execution(state="stopped", spec_path="my specs/a.yaml")

    steps = next_steps(stopped, source.tallies())

    assert [step.command for step in steps] == [
        "retrigger reconcile 20261120-0200-k3v9",
        "retrigger reconcile 20261120-0200-k3v9 --adopt OLD=NEW",
        "",
        "",
        "",
        "retrigger apply 'my specs/a.yaml'",
    ]
    assert [step.why.split(":")[0].split(".")[0] for step in steps] == [
        "1 run is unresolved",
        "Where that cannot tell, see in the platform's interface what became of them (results",
        "Accepted, but not well",
        "1 run refused",
        "1 run gave_up",
        "2 runs are not attempted",
    ]


def test_a_working_execution_is_looked_at_and_not_applied_again(source_of: Make, row: Make) -> None:
    source = source_of(row(1, outcome="", recovery=""), state="running")

    assert next_steps(source.execution, source.tallies()) == (
        Step(
            why="1 run is not settled yet. See where it stands with",
            command="retrigger status 20261120-0200-k3v9",
        ),
    )


def test_a_finished_execution_is_not_offered_for_resuming(source_of: Make, row: Make) -> None:
    source = source_of(row(1, outcome="not_attempted", recovery=""), state="abandoned")

    assert next_steps(source.execution, source.tallies()) == ()


def test_what_a_finished_execution_left_alone_is_for_another_one(
    source_of: Make, row: Make
) -> None:
    source = source_of(row(1, outcome="not_attempted", recovery=""), state="finished")

    step, anew = next_steps(source.execution, source.tallies())

    assert step.command == ""
    assert step.why.startswith("1 run is not attempted, because their flow was left alone")
    assert anew.command == "retrigger apply specs/inc-2041.yaml"


def test_recoveries_still_open_are_looked_at_again(source_of: Make, row: Make) -> None:
    source = source_of(row(1, recovery="running"), row(2, recovery="unknown"))

    assert [step.command for step in next_steps(source.execution, source.tallies())] == [
        "retrigger reconcile 20261120-0200-k3v9"
    ]


def test_runs_that_brought_no_records_have_an_advice_of_their_own(
    source_of: Make, row: Make
) -> None:
    source = source_of(row(1, recovery="recovered_empty"), row(2, recovery="partial"))

    steps = next_steps(source.execution, source.tallies())

    assert [step.command for step in steps] == ["", ""]
    assert steps[0].why == "Accepted, but not well: 1 partial."
    assert "covers only the window of the original run" in steps[1].then


def test_what_did_not_recover_is_counted_by_recovery_and_reason(source_of: Make, row: Make) -> None:
    source = source_of(
        row(1, recovery="recovered", reason="the platform does not say how many records"),
        row(2, recovery="failed_again", reason="133"),
        row(3, recovery="failed_again", reason="133"),
        row(4, recovery="running", reason="still queued after a wait of 2h"),
        row(5, recovery=""),
        row(6, outcome="refused", recovery="", reason="no"),
    )

    counts = totals_of(source.execution, source.tallies()).not_recovered
    assert [(each.outcome, each.reason, each.count) for each in counts] == [
        ("failed_again", "133", 2),
        ("running", "still queued after a wait of 2h", 1),
    ]


def test_without_a_spec_file_the_kept_spec_resumes(execution: Make) -> None:
    kept = execution(spec_path="", reports_directory="reports/20261120-0200-k3v9")

    assert resume_command(kept) == "retrigger apply reports/20261120-0200-k3v9/spec.yaml"


def numbers(rows: tuple[ResultRow, ...]) -> list[str]:
    return [each.old_run_id for each in rows]


def test_rows_that_need_a_person_come_first(source: Any) -> None:
    highlights = highlights_of(source.rows(), at_most=100)

    assert numbers(highlights.rows) == [
        "old-5",
        "old-3",
        "old-4",
        "old-2",
        "old-6",
        "old-7",
        "old-8",
        "old-1",
    ]
    assert highlights.more == 0


def test_a_planned_run_that_was_skipped_comes_before_what_needs_nobody(
    source_of: Make, row: Make
) -> None:
    skipped = {"outcome": "skipped", "recovery": ""}
    source = source_of(
        row(1),
        row(2, reason="already_retriggered: as new by first", **skipped),
        row(3, reason="flow_not_enabled", wave=None, **skipped),
        row(4, reason="flow_not_enabled: the flow is disabled", **skipped),
    )

    assert numbers(highlights_of(source.rows(), at_most=9).rows) == [
        "old-4",
        "old-2",
        "old-3",
        "old-1",
    ]


def test_rows_beyond_the_cap_are_counted(source: Any) -> None:
    highlights = highlights_of(source.rows(), at_most=3)

    assert (numbers(highlights.rows), highlights.more) == (["old-5", "old-3", "old-4"], 5)


def test_commands_are_for_the_folder_and_the_journal_that_were_worked_with(
    source: Any, execution: Make
) -> None:
    stopped: Execution = execution(
        state="stopped",
        working_folder="/home/maria/inc 2041",
        journal_place="j/g l.db",
        applied="my plan.jsonl",
        options="--again --no-wait",
    )

    assert worked_from(stopped).folder == "/home/maria/inc 2041"
    assert [step.command for step in next_steps(stopped, source.tallies())] == [
        "retrigger reconcile 20261120-0200-k3v9 --journal 'j/g l.db'",
        "retrigger reconcile 20261120-0200-k3v9 --adopt OLD=NEW --journal 'j/g l.db'",
        "",
        "",
        "",
        "retrigger apply 'my plan.jsonl' --again --no-wait --journal 'j/g l.db'",
    ]
    elsewhere = Standpoint(journal="/else/where.db")
    assert next_steps(stopped, source.tallies(), at=elsewhere)[0].command == (
        "retrigger reconcile 20261120-0200-k3v9 --journal /else/where.db"
    )


def test_the_usual_journal_need_not_be_named(execution: Make) -> None:
    usual = execution(working_folder="/home/maria", journal_place=".retrigger/journal.db")

    assert resume_command(usual) == "retrigger apply specs/inc-2041.yaml"


def test_the_spec_of_a_one_off_is_where_its_reports_are(execution: Make) -> None:
    one_off = execution(spec_path="", reports_directory="out put/20261120-0200-k3v9")

    assert resume_command(one_off) == "retrigger apply 'out put/20261120-0200-k3v9/spec.yaml'"


def test_nothing_of_the_demo_can_be_gone_on_with(source: Any, execution: Make) -> None:
    demo = execution(state="interrupted", options="demo")

    commands = [step.command for step in next_steps(demo, source.tallies())]
    assert [command for command in commands if command] == ["retrigger demo"]
