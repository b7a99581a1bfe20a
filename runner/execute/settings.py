"""What an execution is told, and what it hands back."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from runner.execute.lanes import LEAST_AHEAD, SandboxWork
from runner.model.answer import Answer
from runner.model.doubt import OpenAsk, Verdict
from runner.model.spec import Limits, StopRules
from runner.model.words import ExecutionId, OnFailure, RunId, SandboxName
from runner.retry import RetryPolicy

MOST_WORKERS = 1000
"""Where the spec sets no ``max_at_once``."""

MOST_VERIFIED = 2048
VERIFIED_SECONDS = 20.0
"""How far ahead runs are verified: well inside the minute that a look is good for."""

CLAIMED_SECONDS = 0.25
"""How far ahead intents are written: after a crash each of them is in doubt."""


class Asks(Protocol):
    """Makes one re-trigger request."""

    async def retrigger(
        self,
        sandbox: SandboxName,
        run_id: RunId,
        *,
        request_id: str,
        send_by: float,
        leaves: Callable[[], None],
    ) -> Answer:
        """Ask once; never after ``send_by`` (monotonic, seconds); call ``leaves`` when the request may leave.

        Raises CannotGoOn only where the run was surely not accepted: no valid token can be had, or nobody trusted.
        """
        ...


class Decides(Protocol):
    """Finds out what became of a request whose answer was never seen."""

    def seconds_to_next_look(self, ask: OpenAsk, *, looks: int) -> float:
        """Return how long to wait before the next look, of which there were so many already."""
        ...

    def due_at_ms(self, ask: OpenAsk) -> int:
        """Return when it can be told at the latest, as far as looking can tell it."""
        ...

    async def decide(self, ask: OpenAsk) -> Verdict:
        """Look once, and return what can be told."""
        ...


class Permit(Protocol):
    """The right to work on these flows, as long as it lasts."""

    def until(self) -> float:
        """Return when it ends unless renewed (monotonic, seconds); once past, whoever keeps it ends the work."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one execution works."""

    execution_id: ExecutionId
    org_id: str
    limits: Limits
    sandbox_limits: Mapping[SandboxName, Limits]
    retry: RetryPolicy
    stop_when: StopRules
    sandbox_stop_when: Mapping[SandboxName, StopRules] = field(default_factory=dict)
    on_failure: OnFailure = OnFailure.CONTINUE
    waits_for_recovery: bool = False
    drain_seconds: float
    """How long requests under way may still take once it stops."""
    send_within_seconds: float
    """How long after its intent a request may leave."""
    chance: Callable[[], float]
    """From 0 to 1, anew at each call."""
    new_request_id: Callable[[], str]
    server_offset_ms: Callable[[], int | None] = lambda: None
    """How far the platform's clock is ahead of ours, as last seen."""

    @property
    def workers(self) -> int:
        """How many requests can be under way at most."""
        return self.limits.max_at_once or MOST_WORKERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How an execution came to rest. All empty: every lane was worked to its end."""

    interrupted: str = ""
    stopped_by_rule: str = ""
    failure: Exception | None = None


def work_for(sandbox: SandboxName, settings: Settings) -> SandboxWork:
    """Return an empty share whose ways ahead fit the limits that hold for it."""
    own = settings.sandbox_limits.get(sandbox, Limits())
    verify_ahead, claim_ahead = ways_ahead(settings.limits, own)
    return SandboxWork(name=sandbox, verify_ahead=verify_ahead, claim_ahead=claim_ahead)


def ways_ahead(whole: Limits, own: Limits) -> tuple[int, int]:
    """Return how many runs of a sandbox to keep verified, and how many claimed, under these limits."""
    rate = min([r for r in (own.max_per_second, whole.max_per_second) if r], default=math.inf)
    at_once = min(own.max_at_once or MOST_WORKERS, whole.max_at_once or MOST_WORKERS)
    verify_ahead = int(min(MOST_VERIFIED, max(LEAST_AHEAD, rate * VERIFIED_SECONDS)))
    return verify_ahead, int(min(2.0 * at_once, max(2.0, rate * CLAIMED_SECONDS)))
