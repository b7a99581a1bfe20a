"""Progress for programs: the plain display's moments, each an object on a line of its own (``--log-format json``)."""

from runner.model.log_line import log_line
from runner.model.progress import Snapshot
from runner.progress.plain import PlainDisplay, moment_in_words
from runner.progress.words import settled


class JsonDisplay(PlainDisplay):
    """Writes as often as the plain display does."""

    def moment_text(self, snapshot: Snapshot) -> str:
        """Return a moment in words and in numbers."""
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
                "watched": snapshot.watched,
                "recoveries": dict(snapshot.recoveries),
                "wave": snapshot.wave[0],
                "waves": snapshot.wave[1],
                "in_flight": snapshot.in_flight,
                "per_second": round(snapshot.per_second, 1),
                "throttled": snapshot.throttled,
                "elapsed_seconds": round(snapshot.elapsed_seconds, 1),
            },
        )

    def message_text(self, text: str) -> str:
        """Return a message as an object."""
        return log_line(text, at_ms=self.clock.now_ms(), level="info", action="said", facts={})
