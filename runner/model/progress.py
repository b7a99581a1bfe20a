"""What a person at the terminal is shown while an execution works."""

from collections.abc import Mapping
from dataclasses import dataclass, field


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
    """``waiting``, ``working``, ``paused``, ``draining`` or ``done``."""
    planned: int
    outcomes: Mapping[str, int]
    """Settled runs by outcome, runs settled before a resume included."""
    in_flight: int
    elapsed_seconds: float
    per_second: float
    """Re-trigger requests answered per second over the last ten seconds."""
    limit_per_second: float | None
    seconds_left: float | None
    """At the present rate; None: cannot tell yet."""
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
