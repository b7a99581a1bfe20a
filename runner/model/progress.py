"""What a person at the terminal is shown while an execution works."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from runner.model.text import iso_time


class WaitFor(StrEnum):
    """What is waited for: stable words, which programs can tell waits by."""

    ANSWERS = "unanswered_requests"
    """Whether requests without an answer acted."""
    DAY = "daily_quota"
    LEASES = "leases"
    """Flows that another process holds."""
    NEW_RUNS = "new_runs"
    """New runs whose end is watched."""
    PAUSE = "pause"
    """Somebody paused it."""
    PLATFORM = "platform"
    """A call that may be made again after a while."""
    QUIET_HOURS = "quiet_hours"
    REQUESTS = "requests_under_way"
    RETRY = "retry"
    """Runs that are asked for again."""
    RUNNING = "max_running"
    SOAK = "soak"
    THROTTLED = "throttled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Something that is waited for, in words that say until when."""

    what: WaitFor
    text: str
    until_ms: int | None = None
    """When it is over at the latest; None: nobody knows."""
    next_check_ms: int | None = None
    """When it is looked at next, where it may be over sooner; None: there is nothing to be looked at."""
    sandbox: str = ""
    """Empty: all of them."""
    stops_all: bool = False
    """Whether nothing else goes on meanwhile."""

    @property
    def facts(self) -> Mapping[str, object]:
        """What a program wants to know of it; ``until`` and ``next_check`` are None where there is none."""
        return {
            "waiting_for": self.what.value,
            "until": iso_time(self.until_ms) or None,
            "next_check": iso_time(self.next_check_ms) or None,
            "sandbox": self.sandbox,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxProgress:
    """One sandbox's share of the work."""

    name: str
    planned: int
    settled: int
    throttled: int
    """Answers that asked us to slow down, so far."""
    paused_seconds: float
    """How much longer this sandbox is paused; zero: it is not."""
    lowered: str = ""
    """What to tell while its rate is lower than the spec's limit, and after what; else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """An execution at one moment."""

    execution_id: str
    phase: str
    """``waiting``, ``working``, ``paused`` or ``draining``; at the end ``done``, ``stopped``, ``interrupted`` or
    ``failed``."""
    planned: int
    outcomes: Mapping[str, int]
    """Settled runs by outcome, runs settled before a resume included."""
    before: Mapping[str, int] = field(default_factory=dict)
    """Those of them that were settled, or unresolved, before a resume."""
    in_flight: int
    """Requests that may have left and were not answered yet."""
    elapsed_seconds: float
    per_second: float
    """Re-trigger requests answered per second over the last ten seconds."""
    limit_per_second: float | None
    seconds_left: float | None
    """At the rate of this go, with the waits that are known; None: cannot be told."""
    throttled: int
    paused_seconds: float
    lowered: str = ""
    """Likewise of all sandboxes together."""
    sandboxes: tuple[SandboxProgress, ...]
    paused: str = ""
    """Who paused it and since when; empty: nobody did."""
    last_refusal: str
    """The newest refusal, in one line; empty when there was none."""
    wave: tuple[int, int] = (1, 1)
    """Which wave, of how many."""
    watched: int = 0
    """New runs whose end is waited for."""
    recoveries: Mapping[str, int] = field(default_factory=dict)
    """What became of the new runs that were watched, since this process began."""
    waits: tuple[Waiting, ...] = ()
    """What is waited for."""

    @property
    def is_over(self) -> bool:
        """Whether this is the last moment."""
        return self.phase in FINAL_PHASES


FINAL_PHASES = frozenset({"done", "stopped", "interrupted", "failed"})
"""What an execution can have come to when it is shown for the last time."""
