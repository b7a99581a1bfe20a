"""What every display can do, and the choice between them.

A display is a courtesy: whatever goes wrong with the stream it writes to, the execution goes on. Displays write
progress and messages; results and errors are the command line's own.
"""

from collections.abc import Mapping
from typing import Protocol, TextIO

from runner.clock import Clock
from runner.model.log_line import LogFormat
from runner.model.progress import Snapshot
from runner.progress.json_lines import JsonDisplay
from runner.progress.plain import STILL_EVERY_SECONDS, PlainDisplay

_TERMINALS_WITHOUT_A_CURSOR = frozenset({"", "dumb", "unknown"})


class Display(Protocol):
    """Shows an execution while it works. ``stop`` may be called without ``start``, and more than once."""

    def start(self) -> None:
        """Begin to show."""
        ...

    def update(self, snapshot: Snapshot) -> None:
        """Show this moment, or not: a display decides how often it draws."""
        ...

    def message(self, text: str) -> None:
        """Show a message for people, above the progress; others' words in it are made safe."""
        ...

    def stop(self) -> None:
        """Show the last moment once more and give the terminal back as it was."""
        ...


class QuietDisplay:
    """Shows nothing."""

    def start(self) -> None:
        """Do nothing."""

    def update(self, snapshot: Snapshot) -> None:
        """Do nothing."""

    def message(self, text: str) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""


class UnbreakableDisplay:
    """Passes everything on until the stream breaks (a closed pipe, a full disk), and is quiet from then on."""

    def __init__(self, display: Display) -> None:
        self._display = display

    def start(self) -> None:
        """Pass it on."""
        try:
            self._display.start()
        except (OSError, ValueError):
            self._display = QuietDisplay()

    def update(self, snapshot: Snapshot) -> None:
        """Pass it on."""
        try:
            self._display.update(snapshot)
        except (OSError, ValueError):
            self._display = QuietDisplay()

    def message(self, text: str) -> None:
        """Pass it on."""
        try:
            self._display.message(text)
        except (OSError, ValueError):
            self._display = QuietDisplay()

    def stop(self) -> None:
        """Pass it on."""
        try:
            self._display.stop()
        except (OSError, ValueError):
            self._display = QuietDisplay()


def choose_display(
    stream: TextIO,
    *,
    quiet: bool,
    log_format: LogFormat,
    environment: Mapping[str, str],
    clock: Clock,
    still_every: float = STILL_EVERY_SECONDS,
) -> Display:
    """Return the display that suits: live on a terminal, lines elsewhere or for programs, nothing when quiet.

    ``still_every`` is how many seconds lie between two lines while nothing but waiting goes on.
    """
    if quiet:
        return QuietDisplay()
    if log_format == "json":
        return UnbreakableDisplay(JsonDisplay(stream, clock=clock, still_every=still_every))
    if can_redraw(stream, environment=environment):
        # rich takes 35 ms to load; a CI job and `--help` should not pay for it.
        from runner.progress.live import LiveDisplay  # noqa: PLC0415  # see above

        return UnbreakableDisplay(LiveDisplay(stream, environment=environment))
    return UnbreakableDisplay(PlainDisplay(stream, clock=clock, still_every=still_every))


def can_redraw(stream: TextIO, *, environment: Mapping[str, str]) -> bool:
    """Tell whether ``stream`` is a terminal whose cursor can be moved."""
    return stream.isatty() and environment.get("TERM", "") not in _TERMINALS_WITHOUT_A_CURSOR
