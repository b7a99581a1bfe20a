"""A moment of an execution in words: the pieces that the live and the plain display share.

Pure; no terminal library here.
"""

from collections.abc import Iterator, Mapping

from runner.model.progress import SandboxProgress, Snapshot, WaitFor
from runner.model.text import duration_text
from runner.model.words import OutcomeKind, Recovery


def settled(snapshot: Snapshot) -> int:
    """Return how many planned runs are settled; what is unresolved is not."""
    return _settled(snapshot.outcomes)


def this_go(snapshot: Snapshot) -> tuple[int, int]:
    """Return how many runs this go has settled, and how many there were for it to settle."""
    before = _settled(snapshot.before)
    return settled(snapshot) - before, snapshot.planned - before


def headline(snapshot: Snapshot) -> str:
    """Return ``132/540 settled``; after a resume what this go did, and apart from it how it stands in all."""
    in_all = f"{settled(snapshot):,}/{snapshot.planned:,} settled"
    if not _settled(snapshot.before):
        return in_all
    done, of = this_go(snapshot)
    return (
        f"this go: {done:,} of {of:,}; in all {settled(snapshot):,} of {snapshot.planned:,} settled"
    )


def outcome_counts(snapshot: Snapshot) -> Iterator[tuple[str, int]]:
    """Give what this go came to, in the fixed order of outcomes, and how many runs are unresolved now.

    Words nobody knows come last.
    """
    known = [kind.value for kind in OutcomeKind]
    for word in (*known, *sorted(set(snapshot.outcomes) - set(known))):
        before = 0 if word == OutcomeKind.UNRESOLVED else snapshot.before.get(word, 0)
        if count := snapshot.outcomes.get(word, 0) - before:
            yield word, count


def recovery_counts(snapshot: Snapshot) -> Iterator[tuple[str, int]]:
    """Give how many new runs are watched, and what became of the others; nothing where none is waited for."""
    if snapshot.watched:
        yield "watched", snapshot.watched
    for word in Recovery:
        if count := snapshot.recoveries.get(word, 0):
            yield word.value, count


def rate(snapshot: Snapshot) -> str:
    """Return ``4.8/s``, with the limit where there is one: ``4.8/s (limit 5)``."""
    now = f"{snapshot.per_second:.1f}/s"
    if snapshot.limit_per_second is None:
        return now
    return f"{now} (limit {snapshot.limit_per_second:g})"


def trouble(progress: Snapshot | SandboxProgress) -> Iterator[str]:
    """Give what slows the work down: how often we were asked to, a lowered rate and why, and the pause left."""
    throttled, paused_seconds = progress.throttled, progress.paused_seconds
    if throttled:
        yield f"throttled {throttled:,}"
    if progress.lowered:
        yield progress.lowered
    is_told = isinstance(progress, Snapshot) and any(
        one.what is WaitFor.THROTTLED for one in progress.waits
    )
    if paused_seconds > 0 and not is_told:
        yield f"paused {duration_text(max(paused_seconds, 1))}"


def wave(snapshot: Snapshot) -> Iterator[str]:
    """Give ``wave 2 of 3``, where there are several."""
    present, of = snapshot.wave
    if of > 1:
        yield f"wave {present} of {of}"


def pause(snapshot: Snapshot) -> Iterator[str]:
    """Give who paused it and since when, while it is paused."""
    if snapshot.phase == "paused":
        yield snapshot.paused


def waits(snapshot: Snapshot) -> Iterator[str]:
    """Give what is waited for, and until when; a pause that somebody ordered stands before the rate."""
    yield from (one.text for one in snapshot.waits if one.what is not WaitFor.PAUSE)


def stands_still(snapshot: Snapshot) -> bool:
    """Whether nothing goes on but waiting, so that a rate would say nothing."""
    return any(one.stops_all for one in snapshot.waits)


def _settled(outcomes: Mapping[str, int]) -> int:
    return sum(outcomes.values()) - outcomes.get(OutcomeKind.UNRESOLVED, 0)


def time_left(snapshot: Snapshot) -> str:
    """Return ``about 1m20s left``, or nothing where it cannot be told or nothing is left."""
    if (
        snapshot.phase == "paused"
        or snapshot.seconds_left is None
        or settled(snapshot) >= snapshot.planned
    ):
        return ""
    return f"about {duration_text(max(snapshot.seconds_left, 1))} left"
