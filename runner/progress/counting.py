"""One line that counts while something long goes on: redrawn in place on a terminal, else written only now and then."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol, TextIO

from runner.clock import Clock
from runner.model.log_line import LogFormat
from runner.model.text import brief
from runner.progress.display import can_redraw

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text

EVERY_SECONDS = 5.0
_REDRAW_SECONDS = 0.1


class Counting(Protocol):
    """Shows how far something is. ``stop`` may be called without ``show``, and more than once."""

    def show(self, text: str) -> None:
        """Show this count, or not: it is decided here how often."""
        ...

    def stop(self) -> None:
        """Take the line away; what came of it is told elsewhere."""
        ...


class SeldomCounting:
    """Says a count where some seconds have gone by since the last; nothing at all of what is over sooner."""

    def __init__(self, say: Callable[[str], None], *, clock: Clock) -> None:
        self._say = say
        self._clock = clock
        self._said_at = clock.monotonic()

    def show(self, text: str) -> None:
        """Say it if it is time."""
        now = self._clock.monotonic()
        if now - self._said_at >= EVERY_SECONDS:
            self._said_at = now
            self._say(text)

    def stop(self) -> None:
        """Let the next count wait as the first did."""
        self._said_at = self._clock.monotonic()


class RedrawnCounting:
    """Redraws one line at the foot of a terminal; log lines in between are printed above it."""

    def __init__(self, stream: TextIO, *, environment: Mapping[str, str], clock: Clock) -> None:
        self._stream = stream
        self._environment = environment
        self._clock = clock
        self._live: Live | None = None
        self._line: Callable[[str], Text | str] = brief
        self._drawn_at = 0.0

    def show(self, text: str) -> None:
        """Draw it; a stream that breaks stops nobody."""
        now = self._clock.monotonic()
        try:
            if self._live is None:
                self._live = self._begun()
            elif now - self._drawn_at < _REDRAW_SECONDS:
                return
            self._live.update(self._line(text), refresh=True)
            self._drawn_at = now
        except (OSError, ValueError):
            self._live = None

    def stop(self) -> None:
        """Take the line away and give the terminal back."""
        live, self._live = self._live, None
        if live is None:
            return
        try:
            live.stop()
        except (OSError, ValueError):
            return

    def _begun(self) -> "Live":
        # rich takes 35 ms to load, which only what is long enough to be counted should pay for.
        from rich.console import Console  # noqa: PLC0415  # see above
        from rich.live import Live  # noqa: PLC0415  # likewise
        from rich.text import Text  # noqa: PLC0415  # likewise

        self._line = lambda text: Text(brief(text), no_wrap=True, overflow="ellipsis")
        console = Console(
            file=self._stream, _environ=self._environment, highlight=False, markup=False
        )
        live = Live(
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=True,
        )
        live.start()
        return live


def choose_counting(
    stream: TextIO,
    *,
    quiet: bool,
    log_format: LogFormat,
    environment: Mapping[str, str],
    clock: Clock,
    say: Callable[[str], None],
) -> Counting:
    """Return what suits: a line redrawn in place on a terminal, else one that ``say`` prints now and then."""
    if not quiet and log_format == "text" and can_redraw(stream, environment=environment):
        return RedrawnCounting(stream, environment=environment, clock=clock)
    return SeldomCounting(say, clock=clock)
