"""Say what became of a new run, from how the platform shows it; pure.

A status that is not known is an end only beside the time at which the run ended, and then nobody knows which.
"""

from dataclasses import replace

from runner.model.platform import FAILED, PARTIAL, SUCCEEDED, Run
from runner.model.recovery import Awaited, Recovered
from runner.model.text import shortened
from runner.model.words import Recovery

_LONGEST_MESSAGE = 200
_LONGEST_STATUS = 80
_SHOWN_LATE_MS = 300_000
"""A run's entity is made after its start, and perhaps after its end (docs: up to three minutes)."""

NO_RECORDS = "no records came in: its data was probably outside the window of the original run"
NONE_WRITTEN = "records came in, but none was written"
NONE_KNOWN = "the platform does not say how many records"


def recovery_of(
    run: Run,
    *,
    old_error_code: str,
    ended_after_ms: int | None = None,
    now_ms: int | None = None,
) -> Recovered | None:
    """Return what became of a new run; None: it has not ended yet.

    ``completed`` alone is no end here: no document says whether it stands before or instead of ``success``, and a run
    that stays so until the wait is over is told as ``running``, for a person, rather than as recovered. Where the
    platform gives its end it has ended, as any status that nobody knows: as ``unknown`` (docs/decisions.md).

    Args:
        run: the new run, as it is now.
        old_error_code: what the old run had failed with; empty: not known.
        ended_after_ms: when the old run was changed last, by the platform's clock: this run's end comes later.
        now_ms: the time on the platform's clock: an end after that has not come.
    """
    status = run.plain_status
    if status == SUCCEEDED:
        return _told(run, *_success(run))
    if status in PARTIAL:
        compared = _compared(run, old_error_code) if run.errors else ""
        return _told(run, Recovery.PARTIAL, ": ".join(filter(None, (run.status, compared))))
    if status == FAILED:
        return _told(run, Recovery.FAILED_AGAIN, _compared(run, old_error_code))
    if not run.is_under_way and _has_an_end(run, after_ms=ended_after_ms, now_ms=now_ms):
        compared = _compared(run, old_error_code) if run.errors else ""
        reason = ": ".join(filter(None, (_unread_end(run), compared)))
        return replace(_told(run, Recovery.UNKNOWN, reason), ended_unread=True)
    return None


def _has_an_end(run: Run, *, after_ms: int | None, now_ms: int | None) -> bool:
    """Whether the platform says when the run ended. A time before it can have begun, or to come, stands in for none."""
    end_ms = run.completed_at_ms
    if end_ms is None or (now_ms is not None and end_ms > now_ms):
        return False
    created_ms = None if run.created_at_ms is None else run.created_at_ms - _SHOWN_LATE_MS
    began_ms = [ms for ms in (run.started_at_ms, created_ms) if ms is not None]
    return end_ms >= max(began_ms, default=0) and end_ms > (after_ms or 0)


def _unread_end(run: Run) -> str:
    if not run.status:
        return "it has ended, and the platform gives no status"
    return f"it has ended as {shortened(run.status, longest=_LONGEST_STATUS)}, and nobody knows what that means"


def not_ended(run: Run | None, *, waited: str, trouble: str = "") -> Recovered:
    """Return what is told of a new run that was not seen to its end, as it was seen last (None: it never was).

    ``trouble`` says why the last look at it failed.
    """
    if run is None:
        because = f"the platform did not list the new run within {waited}"
        if trouble:
            because = f"the new run could not be looked at within {waited}: {trouble}"
        return Recovered(recovery=Recovery.UNKNOWN, reason=because)
    status = run.status or "without a status"
    return _told(run, Recovery.RUNNING, f"still {status} after a wait of {waited}")


def is_as_before(run: Run, awaited: Awaited) -> bool:
    """Tell whether a run that is taken up again under its old id still stands as it did before it was re-triggered."""
    if awaited.new_run_id != awaited.run_id:
        return False
    if run.etag and awaited.old_etag:
        return run.etag == awaited.old_etag
    if run.updated_at_ms is not None and awaited.old_updated_at_ms is not None:
        return run.updated_at_ms == awaited.old_updated_at_ms
    return run.status.lower() == awaited.old_status.lower()


def _success(run: Run) -> tuple[Recovery, str]:
    read, written = _known(run.records_in), _known(run.records_out)
    if read == 0 or (read is None and written == 0):
        return Recovery.RECOVERED_EMPTY, NO_RECORDS
    if written == 0:
        return Recovery.RECOVERED_EMPTY, NONE_WRITTEN
    if read is None and written is None:
        return Recovery.RECOVERED, NONE_KNOWN
    return Recovery.RECOVERED, ""


def _known(records: int | None) -> int | None:
    """Return a count, or None for one that is none: samples have -1 where nothing was counted."""
    return None if records is None or records < 0 else records


def _compared(run: Run, old_error_code: str) -> str:
    """Return the new run's error beside the old one's; a message only instead of a code: runs are counted by this."""
    message = run.errors[0].message if run.errors else ""
    said = run.error_code or shortened(message, longest=_LONGEST_MESSAGE) or "no error given"
    if not old_error_code:
        return said
    return (
        f"{said} ({'the same as' if run.error_code == old_error_code else old_error_code} before)"
    )


def _told(run: Run, recovery: Recovery, reason: str) -> Recovered:
    return Recovered(
        recovery=recovery,
        reason=reason,
        status=run.status,
        etag=run.etag,
        records_in=run.records_in,
        records_out=run.records_out,
        error_code=run.error_code,
        error_message=run.errors[0].message if run.errors else "",
    )
