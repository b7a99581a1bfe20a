"""Hold an execution's flows for as long as it works: take them, keep them, let them go."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runner.clock import Clock
from runner.errors import FlowsHeld
from runner.journal import Entry, Journal, NewExecution
from runner.machine import is_surely_dead
from runner.model.lease import Hold, Holder, Lease
from runner.model.text import person_time
from runner.model.words import ExecutionId

_RENEWALS = 3
"""How often a lease is renewed within its time."""

_MARGIN = 0.1
"""The share of a lease's time, before its end, in which nothing is sent any more."""


@dataclass(slots=True)
class LeaseKeeper:
    """This process's hold on the flows of one execution; also the permit under which requests leave."""

    journal: Journal
    execution_id: ExecutionId
    holder: Holder
    clock: Clock
    expires_after_seconds: float
    proc: Path
    lost: Callable[[Exception], None] = lambda _: None
    _until: float = 0.0
    _flows: int = 0
    _task: asyncio.Task[None] | None = field(default=None)

    def until(self) -> float:
        """Return when the hold ends unless renewed (monotonic, seconds)."""
        return self._until

    def take(self) -> None:
        """Take every flow or none; raises FlowsHeld naming who holds them."""
        now = self.clock.monotonic()
        _refuse_held(self.journal.take_leases(self.execution_id, self._hold()))
        self._flows = len(self.journal.leases(self.execution_id))
        self._extend(now)

    def begin(self, new: NewExecution) -> None:
        """Record a new execution and take its flows, or neither; raises FlowsHeld naming who holds them."""
        _refuse_held(self.journal.begin(new, hold=self._hold()))

    def write(self, execution_id: ExecutionId, entries: Sequence[Entry]) -> None:
        """Record entries, as long as nobody took the flows over; raises FlowsHeld then, and what the journal raises."""
        self.journal.write(execution_id, entries, holder=self.holder)

    def resume(self) -> int:
        """Mark the execution running again, as the journal does; raises FlowsHeld as ``write`` does."""
        return self.journal.resume(self.execution_id, at_ms=self.clock.now_ms(), holder=self.holder)

    def keep(self) -> None:
        """Renew from now on, until dropped."""
        self._task = asyncio.create_task(self._renew_for_ever())

    async def drop(self) -> None:
        """Let everything go."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await asyncio.to_thread(self.journal.drop_leases, self.holder)

    async def _renew_for_ever(self) -> None:
        while True:
            await self.clock.sleep(self.expires_after_seconds / _RENEWALS)
            try:
                await self._renew()
            except Exception as error:  # noqa: BLE001  # whatever it is, the hold is not sure any more
                self.lost(error)
                return

    async def _renew(self) -> None:
        now, now_ms = self.clock.monotonic(), self.clock.now_ms()
        expires_at_ms = now_ms + round(self.expires_after_seconds * 1000)
        held = await asyncio.to_thread(
            self.journal.renew_leases, self.holder, now_ms=now_ms, expires_at_ms=expires_at_ms
        )
        if held < self._flows or self.clock.monotonic() >= self._until:
            raise FlowsHeld(
                "this process was stopped for longer than its hold on the flows lasts.",
                remedy="See `retrigger status` for who works on them now, then apply again.",
            )
        self._extend(now)

    def _hold(self) -> Hold:
        now_ms = self.clock.now_ms()
        return Hold(
            holder=self.holder,
            now_ms=now_ms,
            expires_at_ms=now_ms + round(self.expires_after_seconds * 1000),
            is_dead=lambda lease: is_surely_dead(lease.holder, proc=self.proc),
        )

    def _extend(self, asked_at: float) -> None:
        self._until = asked_at + self.expires_after_seconds * (1 - _MARGIN)


def living_lease(
    journal: Journal, execution_id: ExecutionId, *, now_ms: int, proc: Path
) -> Lease | None:
    """Return a lease of whoever works on an execution: one not ended, of a process not provably gone."""
    for lease in journal.leases(execution_id):
        if lease.expires_at_ms > now_ms and not is_surely_dead(lease.holder, proc=proc):
            return lease
    return None


def _refuse_held(held: list[Lease]) -> None:
    if held:
        remedy = "Wait for it to end, or stop it, then apply again."
        raise FlowsHeld(_who_holds(held), remedy=remedy)


def _who_holds(held: list[Lease]) -> str:
    first = held[0]
    more = len(held) - 1
    others = f" and {more:,} more flow{'' if more == 1 else 's'}" if more else ""
    return (
        f"flow {first.flow_id} in sandbox {first.sandbox}{others} is being worked on by execution "
        f"{first.execution_id} ({first.holder.who} on {first.holder.host}, since {person_time(first.since_ms)}, "
        f"last seen {person_time(first.heartbeat_ms)}). Nothing was sent."
    )
