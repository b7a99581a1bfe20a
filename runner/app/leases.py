"""Hold an execution's flows for as long as it works: take them, keep them, let them go."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runner.clock import Clock
from runner.errors import FlowsHeld
from runner.journal import Entry, Journal, NewExecution
from runner.machine import is_surely_dead, out_of_sight
from runner.model.advised import command
from runner.model.lease import Hold, Holder, Lease
from runner.model.report import Whereabouts
from runner.model.text import clock_time, person_time
from runner.model.words import ExecutionId

_RENEWALS = 3
"""How often a lease is renewed within its time."""

_MARGIN = 0.1
"""The share of a lease's time, before its end, in which nothing is sent any more."""


class HeldByOthers(FlowsHeld):
    """Flows are in the hands of executions that may still work on them."""

    def __init__(self, fact: str, *, remedy: str, leases: Sequence[Lease]) -> None:
        super().__init__(fact, remedy=remedy)
        self.leases = leases


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
    status: str = command("status")
    """The command that says where executions stand."""
    _until: float = 0.0
    _flows: int = 0
    _task: asyncio.Task[None] | None = field(default=None)

    def until(self) -> float:
        """Return when the hold ends unless renewed (monotonic, seconds)."""
        return self._until

    def take(self) -> None:
        """Take every flow or none; raises HeldByOthers naming who holds them."""
        now = self.clock.monotonic()
        self._refuse(self.journal.take_leases(self.execution_id, self._hold()))
        self._flows = len(self.journal.leases(self.execution_id))
        self._extend(now)

    def begin(self, new: NewExecution) -> None:
        """Record a new execution and take its flows, or neither; raises HeldByOthers naming who holds them."""
        self._refuse(self.journal.begin(new, hold=self._hold()))

    def write(self, execution_id: ExecutionId, entries: Sequence[Entry]) -> None:
        """Record entries, as long as nobody took the flows over; raises FlowsHeld then, and what the journal raises."""
        self.journal.write(execution_id, entries, holder=self.holder)

    def resume(self, whereabouts: Whereabouts | None = None) -> int:
        """Mark the execution running again, as the journal does; raises FlowsHeld as ``write`` does."""
        return self.journal.resume(
            self.execution_id,
            at_ms=self.clock.now_ms(),
            holder=self.holder,
            whereabouts=whereabouts,
        )

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
                remedy=f"See `{self.status}` for who works on them now, then apply again.",
            )
        self._extend(now)

    def _refuse(self, held: list[Lease]) -> None:
        _refuse_held(held, now_ms=self.clock.now_ms(), proc=self.proc)

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
    return next(iter(living_leases(journal, execution_id, now_ms=now_ms, proc=proc)), None)


def living_leases(
    journal: Journal, execution_id: ExecutionId, *, now_ms: int, proc: Path
) -> list[Lease]:
    """Return all leases of whoever works on an execution."""
    return [
        lease
        for lease in journal.leases(execution_id)
        if lease.expires_at_ms > now_ms and not is_surely_dead(lease.holder, proc=proc)
    ]


def refuse_worked_on(
    journal: Journal, execution_id: ExecutionId, *, now_ms: int, proc: Path
) -> None:
    """Raise HeldByOthers while somebody works on an execution."""
    living = living_leases(journal, execution_id, now_ms=now_ms, proc=proc)
    _refuse_held(living, now_ms=now_ms, proc=proc)


def _refuse_held(held: list[Lease], *, now_ms: int, proc: Path) -> None:
    if held:
        remedy = _way_on(held, now_ms=now_ms, proc=proc)
        raise HeldByOthers(_who_holds(held), remedy=remedy, leases=held)


def _way_on(held: list[Lease], *, now_ms: int, proc: Path) -> str:
    """Return what to do about flows that others hold: who is out of sight may be dead, and nobody here can tell."""
    first = held[0]
    ends = clock_time(max(lease.expires_at_ms for lease in held))
    hidden = out_of_sight(first.holder, proc=proc)
    if not hidden:
        fact = f"Its hold ends at {ends} unless it is renewed."
    elif _is_overdue(first, now_ms=now_ms):
        seen = clock_time(first.heartbeat_ms)
        fact = (
            f"Whether it still works cannot be told from here ({hidden}), but it has not renewed its hold since {seen} "
            f"and is probably gone: the hold ends at {ends}."
        )
    else:
        fact = f"Whether it still works cannot be told from here ({hidden}): if it does not, its hold ends at {ends}."
    return f"{fact} Wait for it to end (--wait-for-lease 2m does), or stop it, then try again."


def _is_overdue(lease: Lease, *, now_ms: int) -> bool:
    """Whether a hold was not renewed when it should have been: a renewal takes a third of its time."""
    lasts_ms = lease.expires_at_ms - lease.heartbeat_ms
    return 2 * (now_ms - lease.heartbeat_ms) > lasts_ms


def _who_holds(held: list[Lease]) -> str:
    first = held[0]
    more = len(held) - 1
    others = f" and {more:,} more flow{'' if more == 1 else 's'}" if more else ""
    return (
        f"flow {first.flow_id} in sandbox {first.sandbox}{others} is being worked on by execution "
        f"{first.execution_id} ({first.holder.who} on {first.holder.host}, since {person_time(first.since_ms)}, "
        f"last seen {person_time(first.heartbeat_ms)}). Nothing was sent."
    )
