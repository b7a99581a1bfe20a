"""Progress on a terminal: a few lines that are redrawn in place, at most four times a second.

No thread draws: a snapshot does, when it comes. Colours are the terminal's own, and NO_COLOR turns them off.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from runner.model.columns import columns_wide, fitted
from runner.model.progress import SandboxProgress, Snapshot
from runner.model.text import brief, duration_text, terminal, terminal_block
from runner.progress.words import (
    headline,
    outcome_counts,
    pause,
    rate,
    recovery_counts,
    settled,
    stands_still,
    time_left,
    trouble,
    waits,
)

REDRAW_SECONDS = 0.25
MOST_SANDBOXES = 8
_WIDEST_BAR = 40
_NARROWEST_BAR = 8
_WIDEST_NAME = 24
STYLES = {
    "retriggered": "green",
    "refused": "red",
    "gave_up": "yellow",
    "unresolved": "magenta",
    "skipped": "cyan",
    "not_attempted": "bright_black",
    "recovered": "green",
    "recovered_empty": "yellow",
    "partial": "yellow",
    "failed_again": "red",
}


class LiveDisplay:
    """Redraws the newest snapshot at the foot of the terminal; messages scroll by above it."""

    def __init__(self, stream: TextIO, *, environment: Mapping[str, str]) -> None:
        self._console = Console(file=stream, _environ=environment, highlight=False, markup=False)
        self._live = self._new()
        self._last: Snapshot | None = None
        self._drawn: Snapshot | None = None

    def start(self) -> None:
        """Take the foot of the terminal; taken anew, it leaves alone what was written there meanwhile."""
        self._live, self._drawn = self._new(), None
        self._live.start()

    def update(self, snapshot: Snapshot) -> None:
        """Draw the snapshot if a quarter of a second has gone by, or its phase is new."""
        self._last = snapshot
        if self._is_due(snapshot):
            self._draw(snapshot)

    def message(self, text: str) -> None:
        """Print the message above the progress."""
        self._console.print(Text(terminal_block(text)))

    def stop(self) -> None:
        """Draw the last snapshot and give the terminal back, cursor included."""
        try:
            if self._last is not None and self._last is not self._drawn:
                self._draw(self._last)
        finally:
            self._live.stop()

    def _new(self) -> Live:
        return Live(
            console=self._console,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=True,  # a log line in between is printed above, and does not tear the lines apart
        )

    def _is_due(self, snapshot: Snapshot) -> bool:
        if self._drawn is None or snapshot.phase != self._drawn.phase:
            return True
        since = snapshot.elapsed_seconds - self._drawn.elapsed_seconds
        return since >= REDRAW_SECONDS or since < 0  # below zero: another execution began

    def _draw(self, snapshot: Snapshot) -> None:
        self._live.update(view(snapshot, width=self._console.width), refresh=True)
        self._drawn = snapshot


def view(snapshot: Snapshot, *, width: int) -> Group:
    """Return the lines of one moment; each is cut to the terminal rather than wrapped."""
    lines = [_headline(snapshot, width=width), _counts(snapshot)]
    lines += _new_runs(snapshot)
    lines.append(_pace(snapshot))
    lines += [Text(terminal(text), style="yellow") for text in waits(snapshot)]
    lines += _sandboxes(snapshot, width=width)
    if snapshot.last_refusal:
        lines.append(
            Text(
                f"last refusal: {brief(snapshot.last_refusal)}",
                style="red",
            )
        )
    for line in lines:
        line.no_wrap = True
        line.overflow = "ellipsis"
    return Group(*lines)


def _headline(snapshot: Snapshot, *, width: int) -> Text:
    done = settled(snapshot)
    words = f" {headline(snapshot)}"
    phase = "" if snapshot.phase == "working" else f"{terminal(snapshot.phase)} "
    line = Text(phase, style="bold")
    line.append_text(_bar(done, snapshot.planned, width=width - len(words) - len(phase)))
    return line.append(words)


def _bar(done: int, planned: int, *, width: int) -> Text:
    cells = max(_NARROWEST_BAR, min(_WIDEST_BAR, width))
    full = cells if done >= planned else cells * done // planned
    return Text("━" * full, style="green").append("─" * (cells - full), style="bright_black")


def _counts(snapshot: Snapshot) -> Text:
    counts = _styled(outcome_counts(snapshot))
    return Text(" · ").join(counts) if counts else Text("nothing settled yet")


def _new_runs(snapshot: Snapshot) -> Iterator[Text]:
    if counts := _styled(recovery_counts(snapshot)):
        yield Text("new runs: ").append_text(Text(" · ").join(counts))


def _styled(counts: Iterable[tuple[str, int]]) -> list[Text]:
    return [
        Text(f"{count:,} {terminal(word)}", style=STYLES.get(word, "")) for word, count in counts
    ]


def _pace(snapshot: Snapshot) -> Text:
    took = duration_text(int(snapshot.elapsed_seconds))
    if snapshot.is_over:
        return Text(" · ".join([rate(snapshot), f"took {took}"]))
    parts = [*map(terminal, pause(snapshot)), f"{snapshot.in_flight:,} in flight"]
    parts += [] if stands_still(snapshot) else [rate(snapshot)]
    # What a person waits for comes first: a narrow terminal cuts the end off.
    parts += [left] if (left := time_left(snapshot)) else []
    parts += [f"{took} elapsed", *trouble(snapshot)]
    return Text(" · ".join(parts))


def _sandboxes(snapshot: Snapshot, *, width: int) -> Iterator[Text]:
    if len(snapshot.sandboxes) < 2:  # noqa: PLR2004  # one sandbox is what the headline says already
        return
    shown = snapshot.sandboxes[:MOST_SANDBOXES]
    names = [_name(sandbox) for sandbox in shown]
    counts = [f"{sandbox.settled:,}/{sandbox.planned:,}" for sandbox in shown]
    name_width, count_width = max(map(columns_wide, names)), max(map(len, counts))
    bar_width = min(_WIDEST_BAR // 2, width - name_width - count_width - 4)
    for sandbox, name, count in zip(shown, names, counts, strict=True):
        line = Text(f"  {name}{' ' * (name_width - columns_wide(name))} ")
        line.append_text(_bar(sandbox.settled, sandbox.planned, width=bar_width))
        line.append(f" {count:>{count_width}}")
        for words in trouble(sandbox):
            line.append(f" · {words}", style="yellow")
        yield line
    if hidden := len(snapshot.sandboxes) - len(shown):
        yield Text(f"  and {hidden:,} more sandboxes")


def _name(sandbox: SandboxProgress) -> str:
    return fitted(terminal(sandbox.name), columns=_WIDEST_NAME)
