"""Why a planned run is skipped when its turn comes: the text that journal and reports hold is written and read here.

Pure.
"""

from runner.model.platform import SUCCEEDED, Run
from runner.model.words import SkipReason

_STATUS_WAS, _ETAG_WAS, _AND_IS = "its status was ", "its etag was ", " and is "
_EMPTY = ", without records"
_UNRESOLVED_SINCE = " is unresolved since "
_REASONS = {reason.value: reason for reason in SkipReason}


def skipped_because(reason: SkipReason, detail: str) -> str:
    """Return the words for a reason: its own word first, then what was seen."""
    return f"{reason.value}: {detail}"


def status_changed(was: str, now: Run) -> str:
    """Return the words for a run whose status is no longer what the plan pinned."""
    empty = _EMPTY if now.plain_status == SUCCEEDED and now.is_empty else ""
    detail = f"{_STATUS_WAS}{was}{_AND_IS}{now.status}{empty}"
    return skipped_because(SkipReason.CHANGED_SINCE_PLAN, detail)


def etag_changed(was: str, now: str) -> str:
    """Return the words for a run that is no longer the version that the plan pinned."""
    return skipped_because(SkipReason.CHANGED_SINCE_PLAN, f"{_ETAG_WAS}{was}{_AND_IS}{now}")


def flow_blocked(run_id: str, execution_id: str) -> str:
    """Return the words for a run of a flow in which another execution left a run unresolved."""
    return skipped_because(SkipReason.FLOW_BLOCKED, unresolved_since(run_id, execution_id))


def unresolved_since(run_id: str, execution_id: str) -> str:
    """Return which run blocks a flow, and which execution asked for it."""
    return f"run {run_id}{_UNRESOLVED_SINCE}{execution_id}"


def blocking_execution(words: str) -> str:
    """Return the execution whose unresolved run blocks the flow; empty where the words tell of something else."""
    is_blocked = skip_reason_of(words) is SkipReason.FLOW_BLOCKED
    return (
        words.rpartition(_UNRESOLVED_SINCE)[2] if is_blocked and _UNRESOLVED_SINCE in words else ""
    )


def skip_reason_of(words: str) -> SkipReason | None:
    """Return which reason some words give; None: none that is known."""
    return _REASONS.get(words.partition(":")[0])


def proves_done(words: str) -> bool:
    """Tell whether a reason proves that nothing is left to do: this journal settled the run, or it has recovered.

    Nothing else does. A run that is in progress, partial or ``completed`` may still come to nothing, and a success
    without records brought none.
    """
    reason = skip_reason_of(words)
    if reason is SkipReason.CHANGED_SINCE_PLAN:
        return _status_now(words).lower() == SUCCEEDED
    return reason is SkipReason.ALREADY_RETRIGGERED


def without_etags(words: str) -> str:
    """Return a reason without what differs from run to run though it is one reason."""
    if words.startswith(skipped_because(SkipReason.CHANGED_SINCE_PLAN, _ETAG_WAS)):
        return skipped_because(SkipReason.CHANGED_SINCE_PLAN, "its etag is another")
    return words


def _status_now(words: str) -> str:
    """Return the status that a run was seen with; empty where the words tell of something else.

    Both statuses are others' words. What is after the first ``and is`` is the present one whole, and more of the former
    one where that holds these words itself: then it is no status that anybody knows.
    """
    detail = words.partition(": ")[2]
    if not detail.startswith(_STATUS_WAS):
        return ""
    return detail.removeprefix(_STATUS_WAS).partition(_AND_IS)[2]
