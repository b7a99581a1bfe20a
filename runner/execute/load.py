"""Tell the gate what answers say of the platform's load, keep the record of rates, and say when it is too much.

It asks nothing and ends nothing itself: it returns why an execution should stop.
"""

import math
from dataclasses import dataclass, field

from runner.clock import Clock
from runner.execute.decide import AskAgain
from runner.journal import Facts, GroupCommit, Noted
from runner.limits import Gate, Pace, Sign
from runner.model.answer import Accepted, Answer, Passing, TryAgain
from runner.model.text import duration_text
from runner.model.words import SandboxName
from runner.retry import RetryPolicy

_TOO_MANY = 429
_UNWELL = frozenset({500, 502, 503, 504})
"""A 500 may mean too many simultaneous calls (Platform troubleshooting guide); so may a gateway's errors."""
_SHORTEST_PATIENCE_SECONDS = 10.0
_BETWEEN_NOTES_SECONDS = 2.0


def sign_of(answer: Answer) -> Sign | None:
    """Return what an answer says of the load; None: it did not reach the platform, or nothing came back."""
    if answer.http_status is None:
        return None
    if answer.http_status == _TOO_MANY:
        return Sign.TOO_MUCH
    return Sign.UNWELL if answer.http_status in _UNWELL else Sign.FINE


@dataclass(slots=True)
class Load:
    """What one execution hears of the platform's load."""

    gate: Gate
    commits: GroupCommit
    clock: Clock
    policy: RetryPolicy
    _throttled_since: float | None = None
    """When the first of the latest answers came, of which all said that it is too much."""
    _noted: dict[SandboxName | None, "_Note"] = field(default_factory=dict)
    """What was noted last of the rate of a sandbox (or of everything)."""

    def heard(self, sandbox: SandboxName, answer: Answer, *, sent_at: float) -> bool:
        """Learn from one answer; return whether it tells of a congestion that was not known."""
        sign = sign_of(answer)
        if sign is None:
            return False
        now = self.clock.monotonic()
        if sign is Sign.FINE:
            self._throttled_since = None
            if isinstance(answer, Accepted):
                self.gate.took(sandbox, now - sent_at)
        elif self._throttled_since is None:
            self._throttled_since = now
        is_news = self.gate.heard(
            sandbox,
            sign,
            sent_at=sent_at,
            said=f"HTTP {answer.http_status}",
            wait_seconds=self._asked_wait(answer),
        )
        self._note(None, now)
        self._note(sandbox, now)
        return is_news

    def why_stop(self, step: AskAgain, *, is_news: bool) -> str:
        """Count that a run is asked for again; return why that should not be, or nothing.

        Runs throttled together count once: they were under way before anybody could know.
        """
        if step.why is Passing.THROTTLED:
            if self._throttled_seconds() >= self._patience_seconds():
                return (
                    f"the platform answered nothing but that it is too much ({step.message}) for "
                    f"{duration_text(self._throttled_seconds())} (retry.longest_wait x retry.attempts)"
                )
            if not is_news:
                return ""
        return (
            ""
            if self.gate.budget.spend()
            else f"{self.gate.budget.spent()}; the last: {step.message}"
        )

    def _asked_wait(self, answer: Answer) -> float | None:
        """How long everything waits; the platform's word is taken up to ``retry.longest_wait``."""
        if not isinstance(answer, TryAgain) or answer.why is not Passing.THROTTLED:
            return None
        asked = answer.wait_seconds
        return None if asked is None else min(asked, self.policy.longest_wait_seconds)

    def _throttled_seconds(self) -> float:
        since = self._throttled_since
        return 0.0 if since is None else self.clock.monotonic() - since

    def _patience_seconds(self) -> float:
        patience = self.policy.longest_wait_seconds * self.policy.attempts
        return max(patience, _SHORTEST_PATIENCE_SECONDS)

    def _note(self, place: SandboxName | None, now: float) -> None:
        """Record a rate that changed; not more often than every two seconds."""
        changes, last = self.gate.changes(place), self._noted.get(place, _Note())
        if changes == last.changes or now - last.at < _BETWEEN_NOTES_SECONDS:
            return
        pace = self.gate.pace(place)
        self._noted[place] = _Note(changes=changes, at=now, per_second=pace.per_second)
        facts: Facts = {
            "sandbox": place,
            "per_second": _rounded(pace.per_second),
            "reason": pace.reason,
            "change": pace.change,
            "from_per_second": _rounded(_changed_from(pace, last)),
        }
        self.commits.put([Noted(at_ms=self.clock.now_ms(), what="rate", facts=facts)])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Note:
    """What was noted of a rate: how often it had changed by then, when, and what it was."""

    changes: int = 0
    at: float = -math.inf
    per_second: float | None = None


def _changed_from(pace: Pace, last: _Note) -> float | None:
    """Return what a rate was: of several steps up since the last note the first counts, of steps down the last."""
    former, noted = pace.former_per_second, last.per_second
    steps_up = pace.is_raised and former is not None and noted is not None and noted < former
    return noted if steps_up else former


def _rounded(per_second: float | None) -> float | None:
    return None if per_second is None else round(per_second, 3)
