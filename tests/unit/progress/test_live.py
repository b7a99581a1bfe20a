"""The live display: its lines, how often it draws, and that it gives the terminal back."""

import io
import re
import sys
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from runner.model.progress import SandboxProgress, WaitFor, Waiting
from runner.progress.live import LiveDisplay, view

Make = Callable[..., Any]
ENVIRONMENT = {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}


def lines_of(snapshot: Any, *, width: int) -> list[str]:
    file = io.StringIO()
    console = Console(file=file, width=width, _environ={}, highlight=False, markup=False)
    console.print(view(snapshot, width=width))
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_the_view_says_all_that_matters(snapshot: Make) -> None:
    shown = lines_of(
        snapshot(limit_per_second=5.0, last_refusal="1388-400 flow \x1b[2J is [bold]disabled"),
        width=80,
    )

    assert shown == [
        "━" * 9 + "─" * 31 + " 132/540 settled",
        "120 retriggered · 8 refused · 4 gave_up",
        "8 in flight · 5.0/s (limit 5) · about 1m20s left · 26s elapsed · throttled 3",
        "  prod  ━━━━━━────────────── 100/300 · throttled 3 · paused 12s",
        "  stage ━━──────────────────  32/240",
        "last refusal: 1388-400 flow \\x1b[2J is [bold]disabled",
    ]


def test_the_view_says_what_becomes_of_the_new_runs_where_they_are_watched(snapshot: Make) -> None:
    told = {"failed_again": 2, "recovered": 1_200}

    shown = lines_of(snapshot(watched=30, recoveries=told), width=80)

    assert shown[1:3] == [
        "120 retriggered · 8 refused · 4 gave_up",
        "new runs: 30 watched · 1,200 recovered · 2 failed_again",
    ]


def test_the_view_says_what_is_waited_for_and_no_rate_meanwhile(snapshot: Make) -> None:
    soak = Waiting(what=WaitFor.SOAK, text="soak until 02:10:05Z \x1b[2J", stops_all=True)

    shown = lines_of(snapshot(waits=(soak,), in_flight=0, throttled=0), width=80)

    assert shown[2:4] == [
        "0 in flight · about 1m20s left · 26s elapsed",
        "soak until 02:10:05Z \\x1b[2J",
    ]


def test_after_a_resume_the_view_tells_this_go_apart(snapshot: Make) -> None:
    shown = lines_of(
        snapshot(outcomes={"retriggered": 72}, before={"retriggered": 60}, planned=100), width=80
    )

    assert shown[0].endswith(" this go: 12 of 40; in all 72 of 100 settled")
    assert shown[1] == "12 retriggered"


@pytest.mark.parametrize("end", ["done", "stopped", "interrupted", "failed"])
def test_the_last_view_says_how_it_ended(end: str, snapshot: Make) -> None:
    shown = lines_of(snapshot(phase=end, in_flight=0), width=80)

    assert shown[0].startswith(f"{end} ━")
    assert shown[2] == "5.0/s · took 26s"


def test_every_line_is_cut_to_a_narrow_terminal(snapshot: Make) -> None:
    shown = lines_of(snapshot(last_refusal="x" * 200), width=24)

    assert len(shown) == 6
    assert all(len(line) <= 24 for line in shown)
    assert shown[-1] == "last refusal: xxxxxxxxx…"


def test_one_sandbox_needs_no_line_of_its_own(snapshot: Make) -> None:
    only = (
        SandboxProgress(name="prod", planned=540, settled=132, throttled=0, paused_seconds=0.0),
    )

    assert len(lines_of(snapshot(sandboxes=only), width=80)) == 3


def test_many_sandboxes_are_cut_and_counted(snapshot: Make) -> None:
    many = tuple(
        SandboxProgress(
            name="n" * 30 + str(n), planned=0, settled=0, throttled=0, paused_seconds=0.0
        )
        for n in range(11)
    )

    shown = lines_of(snapshot(sandboxes=many, outcomes={}, phase="draining"), width=80)

    assert shown[0].startswith("draining ────")
    assert shown[1] == "nothing settled yet"
    assert shown[3] == "  " + "n" * 23 + "… ━━━━━━━━━━━━━━━━━━━━ 0/0"
    assert len(shown) == 3 + 8 + 1
    assert shown[-1] == "  and 3 more sandboxes"


def test_at_the_end_nothing_is_awaited_any_more(snapshot: Make) -> None:
    shown = lines_of(snapshot(phase="done", in_flight=0), width=80)

    assert shown[2] == "5.0/s · took 26s"


def drawings(stream: io.StringIO) -> int:
    return stream.getvalue().count("in flight")


def test_it_draws_at_most_four_times_a_second_and_each_new_phase(
    snapshot: Make, terminal: Any
) -> None:
    display = LiveDisplay(terminal, environment=ENVIRONMENT)
    display.start()

    drawn = []
    for seconds, phase in [
        (0.0, "working"),
        (0.1, "working"),
        (0.2, "draining"),
        (0.4, "draining"),
        (0.5, "draining"),
    ]:
        before = drawings(terminal)
        display.update(snapshot(elapsed_seconds=seconds, phase=phase))
        drawn.append(drawings(terminal) > before)
    display.stop()

    assert drawn == [True, False, True, False, True]


def test_stopping_draws_the_last_moment_and_shows_the_cursor_again(
    snapshot: Make, terminal: Any
) -> None:
    display = LiveDisplay(terminal, environment=ENVIRONMENT)
    display.start()
    display.update(snapshot(elapsed_seconds=0.0))
    display.update(snapshot(elapsed_seconds=0.1, outcomes={"retriggered": 540}))

    display.stop()
    display.stop()

    assert "540/540 settled" in terminal.getvalue()
    assert terminal.getvalue().rindex("\x1b[?25h") > terminal.getvalue().rindex("\x1b[?25l")


def test_a_message_is_printed_safely(snapshot: Make, terminal: Any) -> None:
    display = LiveDisplay(terminal, environment=ENVIRONMENT)
    display.start()
    display.update(snapshot())

    display.message("[red]hold\x1b]0;owned\x07")
    display.stop()

    assert "[red]hold\\x1b]0;owned\\x07" in terminal.getvalue()
    assert "\x1b]0;" not in terminal.getvalue()


def test_no_color_means_no_colour(snapshot: Make, terminal: Any) -> None:
    colour = re.compile(r"\x1b\[[0-9;]*[349][0-9](;[0-9]+)*m")
    plain = type(terminal)()

    for stream, environment in ((terminal, ENVIRONMENT), (plain, {**ENVIRONMENT, "NO_COLOR": "1"})):
        display = LiveDisplay(stream, environment=environment)
        display.start()
        display.update(snapshot())
        display.stop()

    assert colour.search(terminal.getvalue())
    assert not colour.search(plain.getvalue())


def test_a_log_line_in_between_is_printed_above(
    snapshot: Make, terminal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", terminal)
    display = LiveDisplay(terminal, environment=ENVIRONMENT)
    display.start()
    display.update(snapshot(elapsed_seconds=0.0))

    sys.stderr.write("a log line\n")
    display.update(snapshot(elapsed_seconds=1.0))
    display.stop()

    shown = terminal.getvalue()
    assert shown.index("\x1b[2K", shown.index("in flight")) < shown.index("a log line")
    assert sys.stderr is terminal
