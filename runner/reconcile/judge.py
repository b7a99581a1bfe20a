"""The verdict on an unanswered request: a pure function of the evidence, and conservative.

The platform documents no field that says "this run is a re-trigger of that one", so a run is adopted only when there
is a single candidate, something positive speaks for it, and nothing speaks against it. Absence is believed only when
nobody's new run of the flow is there that might be ours, and the old run is untouched. Everything else stays open,
for a person. Looking is ``looking``'s business, and so is the question which runs are newer than the request.
"""

from runner.model.doubt import Absent, Adopt, OpenAsk, StillOpen, Verdict
from runner.model.plan import FoundRun
from runner.model.platform import Run
from runner.model.traces import Maker, Windows, compare_windows, maker_of
from runner.model.words import Evidence
from runner.reconcile.evidence import Seen

_MOST_NAMED = 5
"""Of the runs that a request may have made, so many are named to a person."""


def judge(ask: OpenAsk, seen: Seen, *, our_client: str) -> Verdict:
    """Return the verdict; raises nothing.

    Args:
        ask: the request.
        seen: what a look showed.
        our_client: the client id that our requests carry; empty when it is not known.
    """
    candidates = [run for run in seen.newer if _might_be_its(run, ask.found, seen)]
    if len(candidates) == 1 and (evidence := _positive(candidates[0], ask.found, our_client)):
        found = candidates[0]
        return Adopt(run_id=found.id, etag=found.etag, status=found.status, evidence=evidence)
    if candidates:
        return _undecided(candidates, final=seen.is_late_enough)
    return _of_nothing_seen(ask, seen)


def _might_be_its(run: Run, old: FoundRun, seen: Seen) -> bool:
    """Whether a newer run is nobody's yet, and not proved another's by its data window.

    A link to the old run against a different window is a contradiction, not a proof: a person has to see it.
    """
    if run.id == old.run_id or run.id in seen.claimed:
        return False
    return compare_windows(old, run.window) is not Windows.DIFFERENT or _is_linked(run, old)


def _undecided(candidates: list[Run], *, final: bool) -> StillOpen:
    ids = tuple(run.id for run in candidates)
    if len(ids) == 1:
        because = (
            f"run {ids[0]} of this flow is newer than the request, and nothing says whose it is"
        )
    else:
        some = ", ".join(ids[:_MOST_NAMED])
        more = f" and {len(ids) - _MOST_NAMED} more" if len(ids) > _MOST_NAMED else ""
        because = (
            f"{len(ids)} runs of this flow are newer than the request, and nothing says which is its: "
            f"{some}{more}"
        )
    return StillOpen(because=because, candidates=ids, final=final)


def _of_nothing_seen(ask: OpenAsk, seen: Seen) -> Verdict:
    if not seen.is_late_enough:
        return _nothing("no new run of this flow is seen yet", final=False)
    if ask.never_absent:
        because = "the platform accepted it in words that could not be read, and no new run is seen"
        return _nothing(because, final=True)
    if not seen.reached_back:
        because = (
            "the listing did not surely reach back to a run older than the request: it may be blind"
        )
        return _nothing(because, final=True)
    if changed := _changed(ask.found, seen.old_run):
        return _nothing(changed, final=True)
    return Absent(because="no new run of this flow is there, and the old run is untouched")


def _nothing(because: str, *, final: bool) -> StillOpen:
    return StillOpen(because=because, candidates=(), final=final)


def _changed(pinned: FoundRun, now: Run | None) -> str:
    """Return why the old run is not known to be what the plan pinned, or nothing: it is untouched."""
    if now is None:
        return "the old run can no longer be seen"
    was = (pinned.status, pinned.etag, pinned.updated_at_ms)
    if was != (now.status, now.etag, now.updated_at_ms):
        return "the old run changed since the request, and no new run is seen"
    if pinned.etag is None and pinned.updated_at_ms is None:
        return "the old run has neither an etag nor a time of change: nothing says it is untouched"
    return ""


def _positive(run: Run, old: FoundRun, our_client: str) -> tuple[Evidence, ...]:
    """Return what speaks for a run being the one that the request made; nothing where anything speaks against it."""
    windows = compare_windows(old, run.window)
    maker = maker_of(run, our_client=our_client)
    if (
        run.created_at_ms is None  # not known to be newer than the request
        or run.flow_id != old.flow_id
        or maker is Maker.SOMEBODY_ELSE
        or windows in (Windows.DIFFERENT, Windows.DOUBTFUL)
    ):
        return ()
    found = []
    if _is_linked(run, old):
        found.append(Evidence.LINKED)
    if windows is Windows.SAME:
        found.append(Evidence.SAME_WINDOW)
    if maker is Maker.WE:
        found.append(Evidence.OUR_CLIENT)
    return tuple(found)


def _is_linked(run: Run, old: FoundRun) -> bool:
    """Whether the platform itself says so; that it fills this field for a re-trigger is not documented."""
    return run.parent_run_id == old.run_id
