"""One word, one meaning: the identifiers and closed vocabularies of the whole program (``docs/glossary.md``)."""

from enum import StrEnum
from typing import NewType

RunId = NewType("RunId", str)
FlowId = NewType("FlowId", str)
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
