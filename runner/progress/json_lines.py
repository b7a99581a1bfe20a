"""Progress for programs: the plain display's moments, each an object on a line of its own (``--log-format json``)."""

from collections.abc import Iterator

from runner.model.log_line import log_line
from runner.model.progress import Snapshot
from runner.progress.plain import PlainDisplay, moment_in_words
from runner.progress.words import outcome_counts, settled, this_go


class JsonDisplay(PlainDisplay):
    """Writes as often as the plain display does, and what is waited for on lines of its own when it changes."""

    def lines_of(self, snapshot: Snapshot) -> Iterator[str]:
        """Give the moment, then each wait that is not as it was."""
        yield self.moment_text(snapshot)
        known = self.written.waits if self.written else ()
        for one in snapshot.waits:
            if one not in known:
                yield log_line(
                    one.text,
                    at_ms=self.clock.now_ms(),
                    level="info",
                    action="waiting",
                    facts=one.facts,
                )

    def moment_text(self, snapshot: Snapshot) -> str:
        """Return a moment in words and in numbers."""
        done, of = this_go(snapshot)
        left = snapshot.seconds_left
        return log_line(
            moment_in_words(snapshot),
            at_ms=self.clock.now_ms(),
            level="info",
            action="progress",
            facts={
                "execution_id": snapshot.execution_id,
                "phase": snapshot.phase,
                "paused": snapshot.paused,
                "planned": snapshot.planned,
                "settled": settled(snapshot),
                "outcomes": dict(snapshot.outcomes),
                "this_go": {
                    "planned": of,
                    "settled": done,
                    "outcomes": dict(outcome_counts(snapshot)),
                },
                "watched": snapshot.watched,
                "recoveries": dict(snapshot.recoveries),
                "wave": snapshot.wave[0],
                "waves": snapshot.wave[1],
                "in_flight": snapshot.in_flight,
                "per_second": round(snapshot.per_second, 1),
                "throttled": snapshot.throttled,
                "elapsed_seconds": round(snapshot.elapsed_seconds, 1),
                "seconds_left": None if left is None or snapshot.is_over else round(left, 1),
                "waits": [one.facts for one in snapshot.waits],
            },
        )

    def message_text(self, text: str) -> str:
        """Return a message as an object."""
        return log_line(text, at_ms=self.clock.now_ms(), level="info", action="said", facts={})
