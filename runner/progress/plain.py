"""Progress without a terminal: one line every few seconds, for logs of CI jobs."""

import math
from collections.abc import Iterator
from typing import TextIO

from runner.clock import Clock
from runner.model.progress import Snapshot
from runner.model.text import clock_time, duration_text, terminal, terminal_block
from runner.progress.words import (
    headline,
    outcome_counts,
    pause,
    rate,
    recovery_counts,
    stands_still,
    time_left,
    trouble,
    waits,
    wave,
)

EVERY_SECONDS = 5.0
STILL_EVERY_SECONDS = 30.0
"""While nothing changes and what is waited for was told."""
_MOST_LOWERED = 3


class PlainDisplay:
    """Writes a line at the start, every five seconds of the execution, at each change of phase, and at the end.

    A wait is told when it begins. While nothing but waiting goes on, ``still_every`` seconds lie between two lines.
    """

    def __init__(
        self, stream: TextIO, *, clock: Clock, still_every: float = STILL_EVERY_SECONDS
    ) -> None:
        self._stream = stream
        self._still_every = still_every
        self.clock = clock
        self._last: Snapshot | None = None
        self.written: Snapshot | None = None
        self._told: dict[tuple[str, str], float] = {}
        """When each wait was told last, in seconds of the execution."""

    def start(self) -> None:
        """Do nothing: the first line comes with the first snapshot."""

    def update(self, snapshot: Snapshot) -> None:
        """Write a line if one is due."""
        self._last = snapshot
        if self._is_due(snapshot):
            self._write(snapshot)

    def message(self, text: str) -> None:
        """Write the message on lines of its own."""
        self._print(self.message_text(text))

    def stop(self) -> None:
        """Write the last snapshot, if it was not."""
        if self._last is not None and self._last is not self.written:
            self._write(self._last)

    def moment_text(self, snapshot: Snapshot) -> str:
        """Return a moment in words."""
        return plain_line(snapshot, now_ms=self.clock.now_ms())

    def message_text(self, text: str) -> str:
        """Return a message as it is written."""
        return terminal_block(text)

    def _is_due(self, snapshot: Snapshot) -> bool:
        if self.written is None or snapshot.phase != self.written.phase:
            return True
        since = snapshot.elapsed_seconds - self.written.elapsed_seconds
        if since < 0 or self._begins_to_wait(snapshot):  # below zero: another execution began
            return True
        is_still = bool(snapshot.waits) and _what_changes(snapshot) == _what_changes(self.written)
        return since >= (self._still_every if is_still else EVERY_SECONDS)

    def _begins_to_wait(self, snapshot: Snapshot) -> bool:
        """Whether something is waited for that was not told just now; what comes and goes is no news each time."""
        now = snapshot.elapsed_seconds
        return any(
            now - self._told.get((one.what, one.sandbox), -math.inf) >= STILL_EVERY_SECONDS
            and (one.what, one.sandbox) not in _keys(self.written)
            for one in snapshot.waits
        )

    def _write(self, snapshot: Snapshot) -> None:
        for text in self.lines_of(snapshot):
            self._print(text)
        self.written = snapshot
        self._told |= dict.fromkeys(_keys(snapshot), snapshot.elapsed_seconds)

    def lines_of(self, snapshot: Snapshot) -> Iterator[str]:
        """Give what is written of a moment, after the one that was written last."""
        yield self.moment_text(snapshot)

    def _print(self, text: str) -> None:
        self._stream.write(f"{text}\n")
        self._stream.flush()


def _keys(snapshot: Snapshot | None) -> set[tuple[str, str]]:
    return {(one.what, one.sandbox) for one in snapshot.waits} if snapshot else set()


def _what_changes(snapshot: Snapshot) -> tuple[object, ...]:
    """Return what a person waits to see change."""
    # That it is looked at again and again, and when next, is no news.
    waits = [one.until_ms if one.next_check_ms else one.text for one in snapshot.waits]
    return dict(snapshot.outcomes), dict(snapshot.recoveries), snapshot.wave, waits


def _lowered(snapshot: Snapshot) -> Iterator[str]:
    """Give each of several sandboxes whose own rate is lowered; more than a few would make the line unreadable."""
    if len(snapshot.sandboxes) < 2:  # noqa: PLR2004  # one sandbox's rate is the whole's
        return
    lowered = [each for each in snapshot.sandboxes if each.lowered]
    yield from (f"{each.name} {each.lowered}" for each in lowered[:_MOST_LOWERED])
    if len(lowered) > _MOST_LOWERED:
        yield f"{len(lowered) - _MOST_LOWERED:,} more lowered"


def plain_line(snapshot: Snapshot, *, now_ms: int) -> str:
    """Return ``12:00:05Z 132/540 settled · 120 retriggered · 8 refused · 5.0/s · about 1m20s left``."""
    return f"{clock_time(now_ms)} {moment_in_words(snapshot)}"


def moment_in_words(snapshot: Snapshot) -> str:
    """Return the line without the time of day."""
    phase = "" if snapshot.phase == "working" else f"{snapshot.phase} "
    parts = [f"{phase}{headline(snapshot)}"]
    parts += [f"{count:,} {word}" for word, count in outcome_counts(snapshot)]
    parts += [f"{count:,} {word}" for word, count in recovery_counts(snapshot)]
    parts += wave(snapshot)
    if snapshot.in_flight:
        parts.append(f"{snapshot.in_flight:,} in flight")
    if snapshot.is_over:
        parts.append(f"took {duration_text(snapshot.elapsed_seconds)}")
    else:
        parts += [*pause(snapshot), *waits(snapshot)]
        parts += [] if stands_still(snapshot) else [rate(snapshot)]
        parts += [*trouble(snapshot), *_lowered(snapshot)]
        parts += [left] if (left := time_left(snapshot)) else []
    return terminal(" · ".join(parts))
