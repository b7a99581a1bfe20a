"""May a person's finding be recorded, that an old run became a certain new one? Pure; who looks is the caller.

A person may know what no look can tell, so only what is surely wrong is refused. What cannot be told is said, and is
theirs to answer for.
"""

from dataclasses import dataclass

from runner.model.doubt import OpenAsk
from runner.model.platform import Run
from runner.model.text import iso_time
from runner.model.words import RunId
from runner.reconcile.looking import CLOCKS_APART_MS, sent_from_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Plausible:
    """Nothing speaks against it, and all that can be asked was answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """It cannot be."""

    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CannotTell:
    """Something that would have to hold could not be seen."""

    because: str


Finding = Plausible | Wrong | CannotTell


def judge_finding(
    ask: OpenAsk, new: RunId, run: Run | None, *, is_claimed: bool, server_offset_ms: int | None
) -> Finding:
    """Return whether a run may be what a request made.

    Args:
        ask: the request.
        new: the run that a person names.
        run: that run as the platform shows it; None where it shows none.
        is_claimed: whether the journal knows it as the new run of another request.
        server_offset_ms: how far the platform's clock is ahead of ours; None: not known.
    """
    if new == ask.found.run_id:
        return Wrong(because="it is the old run itself")
    if is_claimed:
        return Wrong(because="this journal knows it as the new run of another request")
    if run is None:
        return CannotTell(because=f"no such run is to be seen in sandbox {ask.found.sandbox}")
    return _by_flow(ask, run) or _by_time(ask, run, server_offset_ms) or Plausible()


def _by_flow(ask: OpenAsk, run: Run) -> Finding | None:
    ours = ask.found.flow_id
    if not (ours and run.flow_id):
        return CannotTell(because="the platform does not say which flow it belongs to")
    if run.flow_id != ours:
        return Wrong(because=f"it belongs to flow {run.flow_id}, and the old run to flow {ours}")
    return None


def _by_time(ask: OpenAsk, run: Run, server_offset_ms: int | None) -> Finding | None:
    """A run from before the request is none of its making; clocks that need not agree leave a doubt in between."""
    if run.created_at_ms is None:
        return CannotTell(because="the platform does not say when it was created")
    sent_ms = sent_from_ms(ask, server_offset_ms)
    if run.created_at_ms >= sent_ms:
        return None
    because = (
        f"it was created at {iso_time(run.created_at_ms)}, before the request was made "
        f"at {iso_time(ask.asked_at_ms)}"
    )
    is_sure = run.created_at_ms < sent_ms - CLOCKS_APART_MS
    return Wrong(because=because) if is_sure else CannotTell(because=because)
