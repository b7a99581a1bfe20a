"""What the platform said to one re-trigger request: a closed family of four.

Accepted    a new run (or the same one, taken up again) has this id
Refused     surely not accepted, and asking again will not help
TryAgain    surely not accepted, and asking again may help
Uncertain   it may have been accepted: never ask again without looking first
"""

from dataclasses import dataclass
from enum import StrEnum

from runner.model.words import ETag, RunId


class Scope(StrEnum):
    """How far a refusal reaches: does the same answer await others?"""

    RUN = "run"
    FLOW = "flow"
    SANDBOX = "sandbox"
    EVERYTHING = "everything"


class Passing(StrEnum):
    """Why it is worth asking again."""

    NOT_SENT = "not_sent"
    THROTTLED = "throttled"
    GATEWAY = "gateway"
    TOKEN = "token"  # noqa: S105  # a reason, not a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The platform took it."""

    new_run_id: RunId
    new_etag: ETag | None
    http_status: int
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Surely not accepted. ``code`` is the platform's own, ``message`` its words verbatim (cut to 2,000 characters)."""

    code: str
    message: str
    http_status: int
    request_id: str
    scope: Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class TryAgain:
    """Surely not accepted, but it may pass. ``wait_seconds`` is what the platform asked for, if it did."""

    why: Passing
    message: str
    http_status: int | None
    request_id: str
    wait_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertain:
    """It may have been accepted. ``unreadable_success`` marks a 2xx that could not be read."""

    message: str
    http_status: int | None
    request_id: str
    unreadable_success: bool


Answer = Accepted | Refused | TryAgain | Uncertain
