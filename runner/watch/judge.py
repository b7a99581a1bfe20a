"""Say what became of a new run, from how the platform shows it; pure.

A status that is not known is not an end.
"""

from runner.model.platform import FAILED, PARTIAL, SUCCEEDED, Run
from runner.model.recovery import Awaited, Recovered
from runner.model.text import shortened
from runner.model.words import Recovery

_LONGEST_MESSAGE = 200

NO_RECORDS = "no records came in: its data was probably outside the window of the original run"
NONE_WRITTEN = "records came in, but none was written"
NONE_KNOWN = "the platform does not say how many records"


def recovery_of(run: Run, *, old_error_code: str) -> Recovered | None:
    """Return what became of a new run; None: it has not ended yet.

    ``completed`` is no end here: no document says whether it stands before or instead of ``success``, and a run that
    stays so until the wait is over is told as ``running``, for a person, rather than as recovered (docs/decisions.md).

    Args:
        run: the new run, as it is now.
        old_error_code: what the old run had failed with; empty: not known.
    """
    status = run.plain_status
    if status == SUCCEEDED:
        return _told(run, *_success(run))
    if status in PARTIAL:
        compared = _compared(run, old_error_code) if run.errors else ""
        return _told(run, Recovery.PARTIAL, ": ".join(filter(None, (run.status, compared))))
    if status == FAILED:
        return _told(run, Recovery.FAILED_AGAIN, _compared(run, old_error_code))
    return None


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
