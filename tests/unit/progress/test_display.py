"""Which display is chosen, and that a broken stream stops nobody."""

import io
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from runner.progress import choose_display
from runner.progress.display import QuietDisplay, UnbreakableDisplay

Make = Callable[..., Any]


def test_quiet_shows_nothing_at_all(snapshot: Make, terminal: Any, clock: Any) -> None:
    display = choose_display(terminal, quiet=True, environment={"TERM": "xterm"}, clock=clock)

    display.start()
    display.update(snapshot())
    display.message("hello")
    display.stop()

    assert terminal.getvalue() == ""


def test_a_terminal_gets_the_live_display(snapshot: Make, terminal: Any, clock: Any) -> None:
    display = choose_display(terminal, quiet=False, environment={"TERM": "xterm"}, clock=clock)

    display.start()
    display.update(snapshot())
    display.stop()

    assert "\x1b[?25l" in terminal.getvalue()


@pytest.mark.parametrize("environment", [{}, {"TERM": "dumb"}, {"TERM": "unknown"}])
def test_a_terminal_without_a_cursor_gets_plain_lines(
    environment: dict[str, str], snapshot: Make, terminal: Any, clock: Any
) -> None:
    display = choose_display(terminal, quiet=False, environment=environment, clock=clock)

    display.start()
    display.update(snapshot())
    display.stop()

    assert terminal.getvalue().startswith("02:00:05Z 132/540 settled")
    assert "\x1b" not in terminal.getvalue()


def test_a_pipe_gets_plain_lines(snapshot: Make, clock: Any) -> None:
    stream = io.StringIO()
    display = choose_display(stream, quiet=False, environment={"TERM": "xterm"}, clock=clock)

    display.start()
    display.update(snapshot())
    display.message("note")
    display.stop()

    assert [line[:9] for line in stream.getvalue().splitlines()] == ["02:00:05Z", "note"]


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

    def update(self, snapshot: Any) -> None:  # noqa: ARG002  # it fails before looking
        self.fail("update")

    def message(self, text: str) -> None:  # noqa: ARG002  # likewise
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
