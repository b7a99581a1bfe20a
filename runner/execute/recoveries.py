"""Follow accepted runs until it is known whether they recovered, and hold their flows meanwhile where the spec says so.

How the platform is watched is the business of whoever watches; here it is said what follows for lanes.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from runner.clock import Clock
from runner.execute.board import Board
from runner.execute.lanes import Lane
from runner.journal import GroupCommit, LastDone, watched
from runner.model.meaning import ENDED_IN_SUCCESS, NOT_ACCEPTED, NOT_SEEN
from runner.model.recovery import Awaited, Recovered
from runner.model.words import OnFailure


class Watches(Protocol):
    """Watches new runs, and tells once of each how it ended."""

    @property
    def left(self) -> int:
        """Return how many new runs are under watch now."""
        ...

    @property
    def next_look_ms(self) -> int | None:
        """Return when a new run is looked at next (wall clock); None: nobody knows."""
        ...

    @property
    def over_by_ms(self) -> int | None:
        """Return when the last new run is given up at the latest (wall clock); None: there is none."""
        ...

    def watch(self, awaited: Awaited, *, wait_from_ms: int) -> None:
        """Watch a new run from now on; its time counts from ``wait_from_ms`` (wall clock)."""
        ...

    async def nothing_left(self) -> None:
        """Wait until no new run is under watch; raises CannotGoOn when watching cannot go on."""
        ...

    async def close(self) -> None:
        """Watch no longer."""
        ...


OnRecovery = Callable[[Awaited, Recovered], None]
MakeWatches = Callable[[OnRecovery], Watches]


@dataclass(slots=True, kw_only=True)
class Recoveries:
    """The accepted runs of one execution whose end is not known yet."""

    on_failure: OnFailure
    board: Board
    commits: GroupCommit
    clock: Clock
    make: MakeWatches
    ended: Callable[[Awaited, Recovered, bool], None]
    """Told of each recovery, and whether the run has left its place on the platform."""
    watches: Watches = field(init=False)
    _begun: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Have new runs watched for this execution."""
        self.watches = self.make(self._recovered)

    @property
    def holds(self) -> bool:
        """Whether the next run of a flow waits for the former's recovery; one that stops everything holds too."""
        return self.on_failure is not OnFailure.CONTINUE

    def begin(self, awaited: Awaited) -> None:
        """Watch a run that was accepted just now."""
        self.watches.watch(awaited, wait_from_ms=awaited.since_ms)
        self._begun.set()

    def go_on(self, awaited: Iterable[Awaited]) -> None:
        """Watch runs that an earlier go left; their time begins anew."""
        now_ms = self.clock.now_ms()
        for one in awaited:
            self.watches.watch(one, wait_from_ms=now_ms)
            self._begun.set()

    async def mind(self) -> None:
        """Raise what ends the watching, for as long as there can be any: lanes that are held would wait for ever."""
        while True:
            await self._begun.wait()
            self._begun.clear()
            await self.watches.nothing_left()

    def why_held(self, last: LastDone | None) -> str:
        """Return why the next run of a lane does not start, by what became of its last one; nothing: it may."""
        if last is None or not self.holds:
            return ""
        if last.outcome in NOT_ACCEPTED:
            return held_by(last.run_id, f"was {last.outcome.replace('_', ' ')}")
        if last.recovery not in ENDED_IN_SUCCESS | NOT_SEEN:
            return held_by(last.run_id, f"ended as {last.recovery}")
        return ""

    def _recovered(self, awaited: Awaited, recovered: Recovered) -> None:
        """Record how a run ended, and let its lane go on or hold it."""
        lane = self._waiting_lane(awaited)
        goes_on = recovered.recovery in ENDED_IN_SUCCESS
        entry = watched(awaited, recovered, at_ms=self.clock.now_ms())
        self.commits.put([entry], then=lambda: self.board.go_on(lane) if lane and goes_on else None)
        if lane and not goes_on:
            because = held_by(awaited.run_id, f"ended as {recovered.recovery.value}")
            self.board.halt([lane], because=because)
        self.ended(awaited, recovered, recovered.has_ended)

    def _waiting_lane(self, awaited: Awaited) -> Lane | None:
        """Return the lane whose next run waits for this one, or None: none does."""
        lane = self.board.lane_of(awaited.sandbox, awaited.flow_id) if self.holds else None
        return None if lane is None or lane.closed else lane


def held_by(run_id: str, what: str) -> str:
    """Return why the rest of a lane is held."""
    return f"its flow is held: run {run_id} {what}"
