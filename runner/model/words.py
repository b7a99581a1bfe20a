"""One word, one meaning: the identifiers and closed vocabularies of the whole program (``docs/glossary.md``)."""

import re
from enum import StrEnum
from string import ascii_lowercase, ascii_uppercase
from typing import NewType, Self

_UUID_LENGTH = 36
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_ID = re.compile("[A-Za-z0-9-]+")
_CAPITALS = str.maketrans(ascii_uppercase, ascii_lowercase)


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID, in capitals or small letters: so are all ids in the platform's documents."""
    return len(text) == _UUID_LENGTH and _UUID.fullmatch(text) is not None


def _plain(text: str) -> str:
    """Return text without the case of the letters A to Z, as SQL's ``lower`` does."""
    return text.lower() if text.isascii() else text.translate(_CAPITALS)


class PlatformId(str):
    """An id of the platform's: kept, shown and sent as it was written, and compared without its case.

    So are UUIDs (RFC 9562, section 4), and every id in the platform's documents is one (docs/decisions.md, 56). Equal
    ids are one in sets and mappings too, whatever way they came in; those are looked up with ids of this type, never
    with plain text. SQL compares likewise, by ``lower(run_id)``.
    """

    __slots__ = ()

    @property
    def plain(self) -> str:
        """The spelling by which ids are compared: in small letters, as the platform's documents write them."""
        return _plain(self)

    @property
    def other_spelling(self) -> Self | None:
        """The same id in small letters, or in capitals where it is in small ones; None where it has no other spelling.

        A platform may compare what it is asked for letter by letter.
        """
        other = self.plain if self.plain != str(self) else self.upper()
        is_another = other != str(self) and _ID.fullmatch(self) is not None
        return type(self)(other) if is_another else None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, str):
            return NotImplemented
        return str.__eq__(self, other) or _plain(self) == _plain(other)

    def __ne__(self, other: object) -> bool:
        return not self == other if isinstance(other, str) else NotImplemented

    def __hash__(self) -> int:
        return hash(_plain(self))


class RunId(PlatformId):
    """The id of a run."""

    __slots__ = ()


class FlowId(PlatformId):
    """The id of a flow."""

    __slots__ = ()


SandboxName = NewType("SandboxName", str)
ExecutionId = NewType("ExecutionId", str)
ETag = NewType("ETag", str)
"""Etags contain their double quotes and keep them everywhere."""


class OutcomeKind(StrEnum):
    """What became of the act for one planned run."""

    RETRIGGERED = "retriggered"
    REFUSED = "refused"
    GAVE_UP = "gave_up"
    UNRESOLVED = "unresolved"
    SKIPPED = "skipped"
    NOT_ATTEMPTED = "not_attempted"


class Recovery(StrEnum):
    """What became of the new run; empty in reports when it was not waited for."""

    RECOVERED = "recovered"
    RECOVERED_EMPTY = "recovered_empty"
    PARTIAL = "partial"
    FAILED_AGAIN = "failed_again"
    RUNNING = "running"
    UNKNOWN = "unknown"


NOT_FINAL = frozenset({Recovery.RUNNING, Recovery.UNKNOWN})
"""Recoveries that may still become others: the new runs are looked at again."""


class SkipReason(StrEnum):
    """Why a run that was found is not re-triggered."""

    NOT_FOUND = "not_found"
    NOT_FAILED = "not_failed"
    DESTINATION_FLOW = "destination_flow"
    STREAMING_FLOW = "streaming_flow"
    FLOW_NOT_FOUND = "flow_not_found"
    FLOW_NOT_ENABLED = "flow_not_enabled"
    EXCLUDED_RUN = "excluded_run"
    EXCLUDED_FLOW = "excluded_flow"
    EXCLUDED_ERROR = "excluded_error"
    EXCLUSION_UNKNOWN = "exclusion_unknown"
    BENIGN_DUPLICATE = "benign_duplicate"
    OVER_FLOW_CAP = "over_flow_cap"
    ALREADY_RETRIGGERED = "already_retriggered"
    OVER_GENERATIONS = "over_generations"
    FLOW_BLOCKED = "flow_blocked"
    CHANGED_SINCE_PLAN = "changed_since_plan"
    MAYBE_ALREADY_RETRIGGERED = "maybe_already_retriggered"


class Evidence(StrEnum):
    """How we know that a run was accepted, or that it was not."""

    RESPONSE = "response"
    OUR_CLIENT = "our_client"
    SAME_WINDOW = "same_window"
    LINKED = "linked"
    PERSON = "person"


class Order(StrEnum):
    """The order of runs inside a lane."""

    OLDEST_FIRST = "oldest_first"
    NEWEST_FIRST = "newest_first"


class OnFailure(StrEnum):
    """What to do with a flow whose re-triggered run failed again."""

    CONTINUE = "continue"
    HOLD_FLOW = "hold_flow"
    STOP = "stop"


class ReportFormat(StrEnum):
    """The report files a spec can ask for."""

    CSV = "csv"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    JUNIT = "junit"
