"""Which new runs load the same data as those that an execution made: the judgement, pure.

Two journals at once cannot be kept apart beforehand, but their runs can be told afterwards. A run speaks for a second
re-trigger when it names the old run, or ours, as its parent, or has the same data window. While its window is not known
yet, only who made it speaks: then it is taken for a second re-trigger of the flow's first run that it can be one of,
until its window shows otherwise. The flow's own schedule is never accused so.

Nor is a re-trigger of what had failed: where the earlier of two runs had ended without loading its data before the
later one was created, the later one is no duplicate, whoever made it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from runner.model.duplicate import Retriggered, Sign
from runner.model.platform import SUCCEEDED, DataWindow, Run
from runner.model.traces import Maker, Windows, compare_windows, maker_of
from runner.model.words import Recovery, RunId

_BESIDE_MS = 300_000
"""So long before ours another process can have asked unnoticed: a look a minute old, what shows up late, and slack."""
_NOT_LOADED = frozenset({Recovery.FAILED_AGAIN, Recovery.PARTIAL, Recovery.RECOVERED_EMPTY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A run that may be a second re-trigger of one that was re-triggered."""

    ours: Retriggered
    run: Run
    sign: Sign


@dataclass(frozen=True, slots=True, kw_only=True)
class Makers:
    """Whose runs of a flow speak for a second re-trigger only because of who made them."""

    our_client: str
    """The client id that our requests carry."""
    schedule: tuple[str, str] | None
    """Who makes the flow's own runs: `createdBy` and `createdClient` of an old run that no re-trigger made."""

    def sign_of(self, run: Run) -> Sign | None:
        """Return what a run's maker tells; None: nothing."""
        if (run.created_by, run.created_client) == self.schedule:
            return None
        match maker_of(run, our_client=self.our_client):
            case Maker.WE:
                return Sign.OUR_CLIENT
            case Maker.SOMEBODY_ELSE:
                return Sign.ANOTHER_CLIENT
            case Maker.CANNOT_TELL:
                return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the platform shows of suspects."""

    runs: Mapping[RunId, Run]
    """How new runs are now; one that cannot be seen is missing."""
    only_after_ours: bool
    """Whether runs that were there before ours are no news: the person said `--again`."""


def suspects_among(
    others: Sequence[Run], ours: Sequence[Retriggered], *, makers: Makers | None
) -> list[Suspect]:
    """Return which of a flow's runs may be second re-triggers.

    Args:
        others: the flow's newer runs that the journal does not know as its own.
        ours: what was re-triggered of the flow.
        makers: whom to suspect only because of who made a run; None: nobody.
    """
    sure = list(_sure(others, ours))
    return [*sure, *_by_maker(others, ours, sure, makers)] if makers else sure


def is_duplicate(suspect: Suspect, seen: Seen) -> bool:
    """Return whether a suspect is a second re-trigger."""
    run, ours = seen.runs.get(suspect.run.id, suspect.run), suspect.ours
    new = seen.runs.get(ours.new_run_id)
    is_new = new is not None and ours.new_run_id != ours.found.run_id
    ours_ms = (new.created_at_ms if new and is_new else None) or ours.asked_at_ms
    is_later = (run.created_at_ms or 0) >= ours_ms
    if seen.only_after_ours and not is_later:
        return False
    if new is None:
        if is_later and ours.recovery in _NOT_LOADED:
            return False  # nobody can say whether ours had failed before
    elif _followed(new, run) or _followed(run, new):
        return False
    return suspect.sign.is_sure or _is_beside(run, new)


def _sure(others: Sequence[Run], ours: Sequence[Retriggered]) -> Iterator[Suspect]:
    """Return those that the platform links, or that have the same data window; found by keys, as there may be many."""
    by_id: dict[str, Retriggered] = {}
    by_window: dict[tuple[int, int], list[Retriggered]] = {}
    for one in ours:
        by_id |= {one.found.run_id: one, one.new_run_id: one}
        if key := _seconds(_pinned_window(one)):
            by_window.setdefault(key, []).append(one)
    for run in others:
        linked = by_id.get(run.parent_run_id)
        if linked and _may_be(run, linked):
            yield Suspect(ours=linked, run=run, sign=Sign.LINKED)
        for one in by_window.get(_seconds(run.window) or (0, 0), ()):
            is_same = compare_windows(one.found, run.window) is Windows.SAME
            if one is not linked and is_same and _may_be(run, one):
                yield Suspect(ours=one, run=run, sign=Sign.SAME_WINDOW)


def _by_maker(
    others: Sequence[Run], ours: Sequence[Retriggered], sure: Sequence[Suspect], makers: Makers
) -> Iterator[Suspect]:
    """Pair what only its maker tells of with what it may be of: the first with the first, in order of time."""
    certain, taken = {one.run.id for one in sure}, {one.ours.position for one in sure}
    left = sorted(
        (one for one in ours if one.position not in taken), key=lambda one: one.asked_at_ms
    )
    without_window = [one for one in left if not _is_whole(_pinned_window(one))]
    for run in sorted(others, key=lambda run: (run.created_at_ms or 0, run.id)):
        sign = makers.sign_of(run)
        if sign is None or run.id in certain or run.parent_run_id:
            continue
        # One that shows its window would be certain were it one of those whose window is known.
        pool = without_window if _is_whole(run.window) else left
        if one := next(_open_for(run, pool), None):
            for some in (left, without_window):
                if one in some:
                    some.remove(one)
            yield Suspect(ours=one, run=run, sign=sign)


def _open_for(run: Run, ours: Sequence[Retriggered]) -> Iterator[Retriggered]:
    """Return what a run may be made from, for all that its window says; first what was asked for first."""
    for one in takewhile(
        lambda one: one.asked_at_ms <= (run.created_at_ms or 0) + _BESIDE_MS, ours
    ):
        is_other = compare_windows(one.found, run.window) is Windows.DIFFERENT
        if not is_other and _may_be(run, one):
            yield one


def _may_be(run: Run, ours: Retriggered) -> bool:
    """Whether a run is another one than ours, and newer than the old one."""
    if run.id in (ours.found.run_id, ours.new_run_id) or run.created_at_ms is None:
        return False
    return run.created_at_ms > (ours.found.created_at_ms or 0)


def _followed(earlier: Run, later: Run) -> bool:
    """Whether a run was created only when another had ended without loading its data."""
    if not earlier.has_ended or _has_loaded(earlier):
        return False
    ended_ms = earlier.completed_at_ms or earlier.updated_at_ms or earlier.created_at_ms or 0
    return (later.created_at_ms or 0) >= ended_ms


def _has_loaded(run: Run) -> bool:
    return run.plain_status == SUCCEEDED and 0 not in (run.records_in, run.records_out)


def _is_beside(run: Run, new: Run | None) -> bool:
    """Whether a run was made while ours was under way, as far as can be told."""
    if new is None or not new.has_ended:
        return True
    ended_ms = new.completed_at_ms or new.updated_at_ms
    return ended_ms is not None and (run.created_at_ms or 0) < ended_ms


def _pinned_window(ours: Retriggered) -> DataWindow:
    return DataWindow(start_ms=ours.found.window_start_ms, end_ms=ours.found.window_end_ms)


def _is_whole(window: DataWindow | None) -> bool:
    """Whether a window is known at both ends; one without length is a placeholder."""
    key = _seconds(window)
    return key is not None and key[0] < key[1]


def _seconds(window: DataWindow | None) -> tuple[int, int] | None:
    if window is None or window.start_ms is None or window.end_ms is None:
        return None
    return window.start_ms // 1000, window.end_ms // 1000
