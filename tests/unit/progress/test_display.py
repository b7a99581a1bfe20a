"""Which display is chosen, and that a broken stream stops nobody."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from runner.model.progress import WaitFor, Waiting
from runner.progress import Display, choose_display
from runner.progress.display import QuietDisplay, UnbreakableDisplay

Make = Callable[..., Any]


def chosen(stream: Any, clock: Any, **changes: Any) -> Display:
    usual: dict[str, Any] = {
        "quiet": False,
        "log_format": "text",
        "environment": {"TERM": "xterm"},
    }
    return choose_display(stream, clock=clock, **{**usual, **changes})


def test_quiet_shows_nothing_at_all(snapshot: Make, terminal: Any, clock: Any) -> None:
    display = chosen(terminal, clock, quiet=True)

    display.start()
    display.update(snapshot())
    display.message("hello")
    display.stop()

    assert terminal.getvalue() == ""


def test_a_terminal_gets_the_live_display(snapshot: Make, terminal: Any, clock: Any) -> None:
    display = chosen(terminal, clock)

    display.start()
    display.update(snapshot())
    display.stop()

    assert "\x1b[?25l" in terminal.getvalue()


@pytest.mark.parametrize("environment", [{}, {"TERM": "dumb"}, {"TERM": "unknown"}])
def test_a_terminal_without_a_cursor_gets_plain_lines(
    environment: dict[str, str], snapshot: Make, terminal: Any, clock: Any
) -> None:
    display = chosen(terminal, clock, environment=environment)

    display.start()
    display.update(snapshot())
    display.stop()

    assert terminal.getvalue().startswith("02:00:05Z 132/540 settled")
    assert "\x1b" not in terminal.getvalue()


def test_a_pipe_gets_plain_lines(snapshot: Make, clock: Any) -> None:
    stream = io.StringIO()
    display = chosen(stream, clock)

    display.start()
    display.update(snapshot())
    display.message("note")
    display.stop()

    assert [line[:9] for line in stream.getvalue().splitlines()] == ["02:00:05Z", "note"]


def test_for_programs_each_moment_is_an_object_even_on_a_terminal(
    snapshot: Make, terminal: Any, clock: Any
) -> None:
    display = chosen(terminal, clock, log_format="json")

    display.start()
    display.update(snapshot())
    display.message("note \x1b[2J")
    display.stop()

    moment, note = map(json.loads, terminal.getvalue().splitlines())
    assert moment == {
        "time": "2026-11-20T02:00:05.000Z",
        "level": "info",
        "action": "progress",
        "message": "132/540 settled · 120 retriggered · 8 refused · 4 gave_up · 8 in flight · 5.0/s · throttled 3 · "
        "about 1m20s left",
        "execution_id": "20261120-0200-k3v9",
        "phase": "working",
        "paused": "",
        "planned": 540,
        "settled": 132,
        "outcomes": {"gave_up": 4, "retriggered": 120, "refused": 8},
        "this_go": {
            "planned": 540,
            "settled": 132,
            "outcomes": {"gave_up": 4, "retriggered": 120, "refused": 8},
        },
        "watched": 0,
        "recoveries": {},
        "wave": 1,
        "waves": 1,
        "in_flight": 8,
        "per_second": 5.0,
        "throttled": 3,
        "elapsed_seconds": 26.0,
        "seconds_left": 80.9,
        "waits": [],
    }
    assert (note["action"], note["message"]) == ("said", "note \x1b[2J")
    assert "\x1b" not in terminal.getvalue()


def test_for_programs_each_wait_is_a_line_of_its_own_when_it_changes(
    snapshot: Make, clock: Any
) -> None:
    stream = io.StringIO()
    display = chosen(stream, clock, log_format="json")
    soak = Waiting(what=WaitFor.SOAK, text="soak until 02:10:05Z", until_ms=clock.ms + 600_000)
    look = Waiting(what=WaitFor.RUNNING, text="max_running: 2 of 2 running", sandbox="prod")

    for at, waits in [(0.0, (soak,)), (31.0, (soak,)), (32.0, (soak, look)), (64.0, ())]:
        display.update(snapshot(elapsed_seconds=at, waits=waits))

    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [one["action"] for one in told] == [
        "progress",
        "waiting",
        "progress",
        "progress",
        "waiting",
        "progress",
    ]
    assert told[1] == {
        "time": "2026-11-20T02:00:05.000Z",
        "level": "info",
        "action": "waiting",
        "message": "soak until 02:10:05Z",
        "waiting_for": "soak",
        "until": "2026-11-20T02:10:05.000Z",
        "next_check": None,
        "sandbox": "",
    }
    assert (told[4]["waiting_for"], told[4]["until"], told[4]["sandbox"]) == (
        "max_running",
        None,
        "prod",
    )
    assert [one["waiting_for"] for one in told[3]["waits"]] == ["soak", "max_running"]


class Broken(QuietDisplay):
    """Fails at every call, and counts them."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.calls: list[str] = []

    def fail(self, call: str) -> None:
        self.calls.append(call)
        raise self.error

    def start(self) -> None:
        self.fail("start")

    def update(self, snapshot: Any) -> None:  # it fails before looking
        self.fail("update")

    def message(self, text: str) -> None:  # likewise
        self.fail("message")

    def stop(self) -> None:
        self.fail("stop")


@pytest.mark.parametrize("error", [BrokenPipeError(), ValueError("I/O operation on closed file")])
@pytest.mark.parametrize("first", ["start", "update", "message", "stop"])
def test_a_broken_stream_is_left_alone_and_nothing_is_raised(
    first: str, error: Exception, snapshot: Make
) -> None:
    broken = Broken(error)
    display = UnbreakableDisplay(broken)
    calls: dict[str, Callable[[], None]] = {
        "start": display.start,
        "update": lambda: display.update(snapshot()),
        "message": lambda: display.message("x"),
        "stop": display.stop,
    }

    calls[first]()
    for call in calls.values():
        call()

    assert broken.calls == [first]


def test_the_terminal_library_is_not_loaded_with_the_room() -> None:
    code = "import sys, runner.progress; sys.exit('rich' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
