"""What can be written about a working execution: a closed family of entries.

    Claimed    the intent: a run will be asked for; durable before the request leaves
    Released   a claimed run was surely not accepted (or never sent): it may be claimed again
    Settled    the outcome of a run; ``unresolved`` too, though it is not settled in the end
    Cleared    an unresolved run was surely never accepted: it may be claimed again
    Watched    what became of a re-triggered run's new run, or that its time to recover is up
    Duplicated other new runs load the data of a re-triggered run too, or it showed that they do not
    Halted     no further run of a lane is taken, and why
    Noted      something a reader of the record wants to know; changes no run
    Stopped    the execution came to rest: state, why, exit code

Every entry becomes one event, in the order written. Times are epoch milliseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from runner.model.duplicate import Sign
from runner.model.recovery import Recovered
from runner.model.words import ETag, OutcomeKind, Recovery, RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """The intent to ask for one run. After ``send_by_ms`` the request may no longer be sent."""

    at_ms: int
    position: int
    run_id: RunId
    attempt: int
    request_id: str
    send_by_ms: int
    server_offset_ms: int | None = None
    """How far the platform's clock was ahead of ours, as last seen; None: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A claimed run was surely not accepted. ``counts``: a request was made, so it counts as an attempt."""

    at_ms: int
    position: int
    run_id: RunId
    attempt: int
    counts: bool
    why: str
    http_status: int | None
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of the act for one run. ``asked_at_ms`` is None where nothing was ever asked."""

    at_ms: int
    position: int
    run_id: RunId
    outcome: OutcomeKind
    reason: str = ""
    evidence: str = ""
    """Words of ``Evidence``, separated by commas."""
    new_run_id: RunId | None = None
    new_etag: ETag | None = None
    attempts: int = 0
    http_status: int | None = None
    request_id: str = ""
    asked_at_ms: int | None = None
    new_status: str = ""
    recovery: Recovery | None = None
    never_absent: bool = False
    """The platform said yes in words that could not be read: it is never taken for absent."""
    cut_off: bool = False
    """The program ended before the request did, so that nobody knows when the request ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """An unresolved run was surely never accepted: it may be claimed again."""

    at_ms: int
    position: int
    run_id: RunId
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What became of the new run of a re-triggered run. Only ``running`` and ``unknown`` may be written over."""

    at_ms: int
    position: int
    run_id: RunId
    """The old run."""
    recovered: Recovered


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicated:
    """Which other new runs load the data of a re-triggered run, and what says so; none: what seemed so is not."""

    at_ms: int
    position: int
    run_id: RunId
    """The old run."""
    new_run_id: RunId
    by: tuple[tuple[RunId, Sign], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Halted:
    """No further run of these lanes is taken; what is left of them reports ``not_attempted`` with this reason."""

    at_ms: int
    lanes: tuple[int, ...]
    because: str


Facts = Mapping[str, str | int | float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """Something worth knowing: started, resumed, a changed rate, draining. ``facts`` hold no secret."""

    at_ms: int
    what: str
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """The execution came to rest; ``state`` is ``finished``, ``stopped``, ``interrupted`` or ``abandoned``."""

    at_ms: int
    state: str
    because: str
    exit_code: int


Entry = Claimed | Released | Settled | Cleared | Watched | Duplicated | Halted | Noted | Stopped
