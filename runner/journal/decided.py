"""The entries that record what an open question, or the watch over a new run, came to; pure."""

from runner.journal.entries import Cleared, Settled, Watched
from runner.model.doubt import Adopt, OpenAsk, StillOpen
from runner.model.recovery import Awaited, Recovered
from runner.model.words import OutcomeKind


def adopted(ask: OpenAsk, verdict: Adopt, *, at_ms: int, reason: str = "") -> Settled:
    """Return the entry of a request that was accepted, as the run it made shows."""
    return Settled(
        at_ms=at_ms,
        position=ask.position,
        run_id=ask.found.run_id,
        outcome=OutcomeKind.RETRIGGERED,
        reason=reason or "found by looking; its answer was never seen",
        evidence=", ".join(verdict.evidence),
        new_run_id=verdict.run_id,
        new_etag=verdict.etag,
        new_status=verdict.status,
        attempts=ask.attempts,
    )


def cleared(ask: OpenAsk, because: str, *, at_ms: int) -> Cleared:
    """Return the entry of a request that was surely never accepted: its run may be asked for again."""
    return Cleared(at_ms=at_ms, position=ask.position, run_id=ask.found.run_id, because=because)


def given_up(ask: OpenAsk, because: str, *, at_ms: int) -> Settled:
    """Return the entry of a run that was never accepted, as often as it was asked for."""
    return _settled(ask, OutcomeKind.GAVE_UP, because, at_ms)


def still_open(ask: OpenAsk, verdict: StillOpen, *, at_ms: int) -> Settled:
    """Return the entry of a request of which nothing can be told; what was seen stands in its reason."""
    return _settled(ask, OutcomeKind.UNRESOLVED, verdict.because, at_ms)


def watched(awaited: Awaited, recovered: Recovered, *, at_ms: int) -> Watched:
    """Return the entry of what became of a new run."""
    return Watched(
        at_ms=at_ms, position=awaited.position, run_id=awaited.run_id, recovered=recovered
    )


def _settled(ask: OpenAsk, kind: OutcomeKind, reason: str, at_ms: int) -> Settled:
    return Settled(
        at_ms=at_ms,
        position=ask.position,
        run_id=ask.found.run_id,
        outcome=kind,
        reason=reason,
        attempts=ask.attempts,
    )
