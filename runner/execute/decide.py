"""What follows from an answer; pure. A refusal may reach further than its run, and says how far.

The caller acts on it: writes entries, pauses, closes lanes. Nothing here waits or counts.
"""

from dataclasses import dataclass, replace
from typing import assert_never

from runner.journal import Settled
from runner.model.answer import Accepted, Answer, Passing, Refused, Scope, TryAgain, Uncertain
from runner.model.words import Evidence, OutcomeKind, RunId
from runner.retry import GiveUp, RetryPolicy, after_passing_fault, after_throttling

_INVALID_STATE = "1387"
"""Of the sources provider's catalogue: the run is in an invalid state for re-triggering; it may be under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked."""

    position: int
    run_id: RunId
    attempt: int
    asked_at_ms: int
    request_id: str
    doubted: bool = False
    """Whether an earlier request for this run was in doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """The run has an outcome. ``scope``: how far a refusal reaches."""

    entry: Settled
    scope: Scope = Scope.RUN


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAgain:
    """Surely not accepted: ask for the same run again after a wait."""

    wait_seconds: float
    why: Passing
    message: str
    http_status: int | None
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """It may have been accepted: the run is unresolved, and its lane is blocked."""

    entry: Settled


Step = Settle | AskAgain | Block


def step_after(
    answer: Answer, asked: Asked, *, policy: RetryPolicy, chance: float, now_ms: int
) -> Step:
    """Return what follows.

    Args:
        answer: the platform's, to one request.
        asked: what was asked.
        policy: how often and how long to try again.
        chance: from 0 to 1, spreads waits apart.
        now_ms: when the answer came.
    """
    match answer:
        case Accepted():
            return Settle(entry=_accepted(answer, asked, now_ms))
        case Refused() if asked.doubted and _INVALID_STATE in f"{answer.code} {answer.message}":
            reason = f"refused because of an earlier request that may have been accepted: {answer.message}"
            entry = _entry(OutcomeKind.UNRESOLVED, reason, answer, asked, now_ms)
            return Block(entry=replace(entry, never_absent=True))
        case Refused():
            reason = f"{answer.code}: {answer.message}" if answer.code else answer.message
            entry = _entry(OutcomeKind.REFUSED, reason, answer, asked, now_ms)
            return Settle(entry=entry, scope=answer.scope)
        case TryAgain():
            return _again(answer, asked, policy=policy, chance=chance, now_ms=now_ms)
        case Uncertain():
            entry = _entry(OutcomeKind.UNRESOLVED, answer.message, answer, asked, now_ms)
            return Block(entry=replace(entry, never_absent=answer.unreadable_success))
        case _:
            assert_never(answer)


def _again(
    answer: TryAgain, asked: Asked, *, policy: RetryPolicy, chance: float, now_ms: int
) -> Step:
    step = (
        after_throttling(policy, asked_to_wait=answer.wait_seconds, chance=chance)
        if answer.why is Passing.THROTTLED
        else after_passing_fault(
            policy, attempt=asked.attempt, asked_to_wait=answer.wait_seconds, chance=chance
        )
    )
    if isinstance(step, GiveUp):
        reason = f"{answer.message} ({step.because})"
        entry = _entry(OutcomeKind.GAVE_UP, reason, answer, asked, now_ms)
        return Settle(entry=entry)
    return AskAgain(
        wait_seconds=step.seconds,
        why=answer.why,
        message=answer.message,
        http_status=answer.http_status,
        request_id=answer.request_id,
    )


def _accepted(answer: Accepted, asked: Asked, now_ms: int) -> Settled:
    same = "the platform took up the same run again" if answer.new_run_id == asked.run_id else ""
    return Settled(
        at_ms=now_ms,
        position=asked.position,
        run_id=asked.run_id,
        outcome=OutcomeKind.RETRIGGERED,
        reason=same,
        evidence=Evidence.RESPONSE,
        new_run_id=answer.new_run_id,
        new_etag=answer.new_etag,
        attempts=asked.attempt,
        http_status=answer.http_status,
        request_id=answer.request_id or asked.request_id,
        asked_at_ms=asked.asked_at_ms,
    )


def _entry(
    kind: OutcomeKind,
    reason: str,
    answer: Refused | TryAgain | Uncertain,
    asked: Asked,
    now_ms: int,
) -> Settled:
    return Settled(
        at_ms=now_ms,
        position=asked.position,
        run_id=asked.run_id,
        outcome=kind,
        reason=reason,
        attempts=asked.attempt,
        http_status=answer.http_status,
        request_id=answer.request_id or asked.request_id,
        asked_at_ms=asked.asked_at_ms,
    )
