"""What one call is, and what can come of it: values only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. ``url`` is encoded already; ``send_by`` is on the clock's monotonic scale, in seconds."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    send_by: float | None = None
    most_bytes: int
    leaves: Callable[[], None] = field(default=lambda: None, repr=False, compare=False)
    """Called when its first byte may leave."""
    asks_for_token: bool = False
    """The answer holds the token itself, so it is kept as it is; nothing of it may be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer. ``body`` holds what could be read; ``cut``: it is not the whole."""

    status: int
    body: bytes
    cut: bool
    content_type: str
    retry_after: str | None
    date: str | None
    request_id: str
    location: str


class FailureKind(StrEnum):
    """Whether the request can have reached anyone."""

    NOT_SENT = "not_sent"
    """Surely no byte of the request left."""
    NO_ANSWER = "no_answer"
    """It may have been sent, and no answer was seen."""


class Lasting(StrEnum):
    """Why no other try of a call helps; nothing of it left then."""

    CERTIFICATE = "certificate"
    """The other side's is not trusted."""
    PROXY_LOGIN = "proxy_login"
    """The proxy wants another user and password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """No answer. ``message`` names the cause and holds nothing secret; ``lasting``: None where it may pass."""

    kind: FailureKind
    message: str
    lasting: Lasting | None = field(default=None, compare=False)
