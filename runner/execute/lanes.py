"""Lanes, their runs on the way to being asked, and each sandbox's queues of them.

Values and queues only: nothing here waits, asks or writes. A lane is in exactly one place at a time:

    hungry     its next runs must be read and verified
    claimable  its next run is verified, and no intent is written yet; where its flow has no room it waits for a place
    claiming   the intent is on its way to the disk
    ready      the intent is durable; it waits for its turn under the limits
    open       its request is under way, its outcome is on its way to the disk, or its held flow waits for a recovery
    resting    its run was surely not accepted, and it waits to be asked again
    closed     done, blocked by an unresolved run, held by one that did not recover, or halted
"""

import asyncio
import math
from collections import deque
from dataclasses import dataclass, field

from runner.limits import Recent
from runner.model.plan import PlannedRun
from runner.model.words import FlowId, SandboxName

BLOCK = 100
"""How many runs are looked at in one listing; the platform's documents allow pages of a hundred."""
PACE_SECONDS = 20.0
"""Over so long the pace is measured at which a sandbox's runs are taken."""
_FOR_SECONDS = 40.0
"""Runs are verified ahead for so long at that pace: one look serves for as long as it is good for, and none is lost."""
LEAST_AHEAD = 16
"""A look costs one call however few it is for, and goes before re-triggers: rarely is better than a little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A run that was looked at just now and may still be asked for. ``at`` is on the monotonic clock, seconds."""

    run: PlannedRun
    attempts: int
    at: float


@dataclass(slots=True, eq=False)
class Lane:
    """The runs of one flow, in order."""

    number: int
    sandbox: SandboxName
    flow_id: FlowId
    next_position: int
    verified: deque[Verified] = field(default_factory=deque)
    exhausted: bool = False
    """No run is left to read."""
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A claimed run: its intent is durable, and it may be asked for until ``send_by`` (monotonic, seconds)."""

    lane: Lane
    verified: Verified
    attempt: int
    request_id: str
    asked_at_ms: int
    send_by: float

    @property
    def run(self) -> PlannedRun:
        """The planned run."""
        return self.verified.run


@dataclass(slots=True, eq=False)
class SandboxWork:
    """One sandbox's share of an execution."""

    name: SandboxName
    verify_ahead: int
    """How many runs to keep verified at most: what the limits let through in some seconds."""
    claim_ahead: int
    """How many intents to keep durable ahead: few, since after a crash each is in doubt."""
    planned: int = 0
    settled: int = 0
    throttled: int = 0
    live: int = 0
    """Lanes that are not closed."""
    verified: int = 0
    verifying: int = 0
    """Runs that are being looked at."""
    claiming: int = 0
    hungry: deque[Lane] = field(default_factory=deque)
    claimable: deque[Lane] = field(default_factory=deque)
    ready: deque[Job] = field(default_factory=deque)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when its feeder should look whether it is needed."""
    claims: Recent = field(default_factory=lambda: Recent(window=PACE_SECONDS))

    def wants_claims(self) -> bool:
        """Whether more intents should be written now."""
        return len(self.ready) + self.claiming < self.claim_ahead

    def ahead(self, now: float) -> int:
        """Return how many runs to keep verified: fewer than limits allow where the platform or recoveries are slow."""
        if not self.claims.knows(now):
            return self.verify_ahead
        paced = math.ceil(self.claims.per_second(now) * _FOR_SECONDS)
        return min(self.verify_ahead, max(LEAST_AHEAD, paced))

    def wants_verified(self, now: float) -> bool:
        """Whether a block of runs should be read and verified now.

        A whole one when most of what was verified is used, or when requests wait for runs: then those that are verified
        are of lanes that are busy. A smaller one only where no more lanes wait for their turn than for a look.
        """
        if not self.hungry:
            return False
        ahead = self.ahead(now)
        if ahead <= LEAST_AHEAD and (self.ready or self.claiming or self.verifying):
            return False  # at a slow pace the reads would let what was verified grow too old, again and again
        coming = self.verified + self.verifying
        if len(self.hungry) * self._most_per_lane(ahead) < self._runs_of_a_block(ahead):
            return not self.verifying and len(self.hungry) >= len(self.ready) + len(self.claimable)
        is_starving = self.wants_claims() and not self.claimable
        return coming <= ahead // 4 or (is_starving and coming < self.verify_ahead)

    def next_block(self, now: float) -> tuple[int, int]:
        """Return how many lanes to read from, and how many runs of each, so that all stay within ``ahead``.

        Where many lanes are hungry each gets few, so that all can go on: one look serves them.
        """
        ahead = self.ahead(now)
        runs = self._runs_of_a_block(ahead)
        lanes = min(len(self.hungry), runs)
        per_lane = max(1, min(self._most_per_lane(ahead), runs // max(1, lanes)))
        return lanes, per_lane

    def _most_per_lane(self, ahead: int) -> int:
        return max(1, min(64, ahead // max(1, self.live)))

    def _runs_of_a_block(self, ahead: int) -> int:
        return max(1, min(BLOCK, ahead - self.verified - self.verifying))
