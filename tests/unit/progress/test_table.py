"""Tables line up, and the status page tells where an execution stands."""

import io
import re
from dataclasses import replace
from typing import Any

import pytest

from runner.model.plan import PlannedSandbox
from runner.model.report import Execution, Tally
from runner.model.session import Session
from runner.model.words import ExecutionId, SandboxName
from runner.progress import (
    IN_FLIGHT,
    AtWork,
    Table,
    aligned,
    outcome_table,
    print_table,
    recovery_table,
    render_status,
)

AT = 1_795_140_000_000
TALLIES = (
    Tally(sandbox="prod", outcome="retriggered", reason="", recovery="recovered", count=1200),
    Tally(sandbox="prod", outcome="retriggered", reason="", recovery="failed_again", count=2),
    Tally(sandbox="prod", outcome="refused", reason="1388-400", recovery="", count=3),
    Tally(sandbox="stage", outcome="unresolved", reason="no answer", recovery="", count=1),
    Tally(sandbox="stage", outcome="", reason="", recovery="", count=4),
)


def make_execution(**changes: Any) -> Execution:
    values: dict[str, Any] = {
        "id": ExecutionId("20261120-0200-k3v9"),
        "state": "interrupted",
        "spec_name": "inc-2041",
        "reason": "expired key\x1b[2J",
        "ticket": None,
        "org_id": "ABC@AdobeOrg",
        "platform_url": "https://platform.adobe.io",
        "spec_path": "specs/a.yaml",
        "spec_sha256": "5" * 64,
        "spec_text": "",
        "plan_sha256": "9" * 64,
        "sandboxes": (
            PlannedSandbox(name=SandboxName("prod"), type="production", region="VA7"),
            PlannedSandbox(name=SandboxName("stage"), type="development", region="VA7"),
        ),
        "planned": 1210,
        "passed_over": 0,
        "who": "maria",
        "host": "laptop",
        "ci_job_url": "",
        "tool_version": "0.9.0",
        "reports_directory": "reports",
        "planned_at_ms": 1_795_140_000_000,
        "started_at_ms": 1_795_140_000_000,
        "finished_at_ms": None,
        "stopped_because": "",
        "exit_code": None,
    }
    return Execution(**{**values, **changes})


def test_columns_line_up_and_numbers_stand_at_the_right() -> None:
    table = Table(
        title="Flows",
        headings=("flow", "runs"),
        rows=(("S3 orders", 1200), ("日本", 3), ("e\u0301\x1b[1m", 12)),
    )

    assert aligned(table) == (
        "Flows\nflow        runs\nS3 orders  1,200\n日本           3\ne\u0301\\x1b[1m      12\n"
    )


def test_a_cell_without_end_is_cut() -> None:
    table = Table(title="", headings=("flow", "runs"), rows=(("日" * 1_000_000, 3),))

    assert aligned(table) == f"flow{' ' * 45}runs\n{'日' * 23}…     3\n"


def test_a_name_from_right_to_left_leaves_the_numbers_beside_it_in_their_place() -> None:
    table = Table(title="", headings=("flow", "runs"), rows=(("שלום", 3), ("orders", 12)))

    assert aligned(table) == "flow    runs\n\u200eשלום\u200e       3\norders    12\n"


def test_a_table_without_rows_has_its_headings() -> None:
    assert aligned(Table(title="", headings=("a", "b"), rows=())) == "a  b\n"


def test_outcomes_are_counted_for_each_sandbox_and_for_all() -> None:
    assert aligned(outcome_table(make_execution(), TALLIES)) == (
        "sandbox  retriggered  refused  unresolved  not_settled   runs\n"
        "prod           1,202        3           0            0  1,205\n"
        "stage              0        0           1            4      5\n"
        "all            1,202        3           1            4  1,210\n"
    )


def test_one_sandbox_needs_no_sum() -> None:
    one = make_execution(sandboxes=())

    assert outcome_table(one, TALLIES[:1]).rows == (("prod", 1200, 1200),)


def test_recoveries_that_occurred_are_counted() -> None:
    assert recovery_table(TALLIES).rows == (("recovered", 1200), ("failed_again", 2))


def test_recoveries_add_up_to_what_was_re_triggered_once_any_was_watched() -> None:
    unseen = Tally(sandbox="prod", outcome="retriggered", reason="", recovery="", count=23)

    assert recovery_table([*TALLIES, unseen]).rows[-1] == ("not yet seen", 23)
    assert recovery_table([unseen]).rows == ()


def test_runs_that_the_plan_passed_over_are_counted_apart_from_skipped_ones() -> None:
    skipped = Tally(sandbox="prod", outcome="skipped", reason="", recovery="", count=7)
    table = outcome_table(
        make_execution(sandboxes=()), [skipped, replace(skipped, is_planned=False)]
    )

    assert table.headings == ("sandbox", "skipped", "passed_over", "runs")
    assert table.rows == (("prod", 7, 7, 14),)


def test_the_status_tells_where_an_unfinished_execution_stands() -> None:
    text = render_status(
        make_execution(),
        TALLIES,
        now_ms=1_795_140_080_000,
        at_work=None,
        sessions=(),
        reasons="",
        next_steps=("Look again with retrigger reconcile 20261120-0200-k3v9",),
    )

    assert text == (
        "execution  20261120-0200-k3v9\n"
        "state      interrupted\n"
        "spec       inc-2041 (specs/a.yaml)\n"
        "reason     expired key\\x1b[2J\n"
        "who        maria on laptop\n"
        "started    2026-11-20 02:00:00 UTC, 1m20s ago\n"
        "planned    1,210 runs, 0 passed over\n"
        "settled    1,205 of 1,210 (99%)\n"
        "\n"
        "sandbox  retriggered  refused  unresolved  not_settled   runs\n"
        "prod           1,202        3           0            0  1,205\n"
        "stage              0        0           1            4      5\n"
        "all            1,202        3           1            4  1,210\n"
        "\n"
        "recovery       runs\n"
        "recovered     1,200\n"
        "failed_again      2\n"
        "\n"
        "- Look again with retrigger reconcile 20261120-0200-k3v9\n"
    )


WORKING = AtWork(who="maria", host="laptop", seconds_since_seen=2.4, settled=300, seconds=60.0)


def status_of(tallies: tuple[Tally, ...], at_work: AtWork | None) -> str:
    return render_status(
        make_execution(state="running"),
        tallies,
        now_ms=1_795_140_080_000,
        at_work=at_work,
        sessions=(),
        reasons="outcome  runs  reason\nrefused     3  1388-400",
        next_steps=("Do that",),
    )


def test_while_somebody_works_what_is_in_flight_is_not_unresolved_and_the_pace_is_told() -> None:
    asked = Tally(sandbox="prod", outcome=IN_FLIGHT, reason="", recovery="", count=8)
    text = status_of((asked, *TALLIES[3:]), WORKING)

    assert "state      running, worked on by maria on laptop, last seen 2s ago\n" in text
    assert "settled    1,197 of 1,210 (98%)\n" in text
    assert "pace       5.0/s in the last 1m00s, 13 left, about 2s\n" in text
    assert "sandbox  unresolved  in_flight  not_settled  runs\n" in text
    assert "prod              0          8            0     8\n" in text


@pytest.mark.parametrize(
    ("settled", "seconds", "tallies", "pace"),
    [
        (0, 60.0, TALLIES, "nothing settled in the last 1m00s, 5 left"),
        (0, 0.0, TALLIES, "nothing settled in the last 0s, 5 left"),
        (9, 3.0, TALLIES[:2], "3.0/s in the last 3s, 0 left"),
    ],
)
def test_the_pace_says_no_more_than_is_known(
    settled: int, seconds: float, tallies: tuple[Tally, ...], pace: str
) -> None:
    at_work = AtWork(
        who="maria", host="laptop", seconds_since_seen=0.0, settled=settled, seconds=seconds
    )

    assert f"pace       {pace}\n" in status_of(tallies, at_work)


@pytest.mark.parametrize("why", [{"paused": "by maria"}, {"soak": "soak until 02:00:00Z"}])
def test_no_end_is_foretold_while_nothing_may_leave(why: dict[str, str]) -> None:
    at_work = AtWork(
        who="maria", host="laptop", seconds_since_seen=0.0, settled=9, seconds=3.0, **why
    )

    text = status_of(TALLIES, at_work)
    assert "pace       3.0/s in the last 3s, 5 left\n" in text
    assert next(iter(why.values())) in text


def test_an_execution_that_nobody_works_on_any_more_was_cut_off() -> None:
    text = status_of(TALLIES, None)

    assert "state      cut off: nobody works on it any more\n" in text
    assert "pace" not in text
    assert text.endswith("\n\noutcome  runs  reason\nrefused     3  1388-400\n\n- Do that\n")


def test_facts_without_end_are_cut_in_the_status() -> None:
    endless = make_execution(reason="x" * 1_000_000, stopped_because="y" * 1_000_000)

    assert (
        len(
            render_status(
                endless, (), now_ms=0, at_work=None, sessions=(), reasons="", next_steps=()
            )
        )
        < 2_000
    )


@pytest.mark.parametrize(
    ("finished_at_ms", "said"),
    [
        (AT + 32_460_000, ", took 1m12s in 2 sessions, over 9h01m\n"),
        (None, ", 10h00m ago, worked 1m12s in 2 sessions, over 9h01m\n"),
    ],
)
def test_the_status_tells_the_time_that_was_worked(finished_at_ms: int | None, said: str) -> None:
    sessions = (
        Session(from_ms=AT, to_ms=AT + 12_000),
        Session(from_ms=AT + 32_400_000, to_ms=AT + 32_460_000),
    )

    text = render_status(
        make_execution(finished_at_ms=finished_at_ms),
        (),
        now_ms=AT + 36_000_000,
        at_work=None,
        sessions=sessions,
        reasons="",
        next_steps=(),
    )

    assert f"started    2026-11-20 02:00:00 UTC{said}" in text


def test_the_status_of_a_finished_execution_says_how_it_ended() -> None:
    finished = make_execution(
        state="stopped",
        stopped_because="20 runs failed",
        exit_code=3,
        finished_at_ms=1_795_140_065_000,
        planned=0,
        spec_path="",
        sandboxes=(),
        ci_job_url="https://ci.example.com/81",
    )

    text = render_status(
        finished,
        (),
        now_ms=1_795_150_000_000,
        at_work=None,
        sessions=[Session(from_ms=1_795_140_000_000, to_ms=1_795_140_065_000)],
        reasons="",
        next_steps=(),
    )

    assert "state      stopped: 20 runs failed (exit code 3)\n" in text
    assert "spec       inc-2041 (no file)\n" in text
    assert "CI job     https://ci.example.com/81\n" in text
    assert "started    2026-11-20 02:00:00 UTC, took 1m05s\n" in text
    assert "settled    0 of 0 (100%)\n" in text


@pytest.mark.parametrize("title", ["", "Plan"])
def test_a_terminal_gets_the_same_words_with_bold_headings(title: str, terminal: Any) -> None:
    table = Table(title=title, headings=("flow", "runs"), rows=(("[b]x[/b] " + "y" * 200, 3),))
    pipe = io.StringIO()

    print_table(table, pipe, environment={"TERM": "xterm"})
    print_table(table, terminal, environment={"TERM": "xterm", "COLUMNS": "80"})

    assert pipe.getvalue() == aligned(table)
    assert re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue()) == aligned(table)
    bold = [line.startswith("\x1b[1m") for line in terminal.getvalue().splitlines()]
    assert bold == ([True, True, False] if title else [True, False])
