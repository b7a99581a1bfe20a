"""Take orders while an execution works: look for new ones each second, carry them out, record each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from runner.app.house import House
from runner.app.signals import Stopping
from runner.errors import RetriggerError
from runner.execute import Coordinator
from runner.journal import GroupCommit, Journal, Noted
from runner.model.orders import Order, OrderKind, paused_by
from runner.model.text import brief
from runner.model.words import ExecutionId

LOOK_EVERY_SECONDS = 1.0


@dataclass(slots=True, kw_only=True)
class Orders:
    """The orders to one process that works on an execution."""

    execution_id: ExecutionId
    holder_id: str
    """Of its leases: orders to an earlier process are not for this one."""
    coordinator: Coordinator
    journal: Journal
    commits: GroupCommit
    stopping: Stopping
    house: House
    _taken: int = 0
    """The number of the last one."""
    _trouble: str = ""
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def obeyed(self) -> AsyncIterator[None]:
        """Take orders until the block ends; one that was begun is carried out and recorded to its end."""
        looking = asyncio.create_task(self._look_for_ever())
        looking.add_done_callback(self._task_ended)
        try:
            yield
        finally:
            async with self._busy:
                looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    async def look(self) -> None:
        """Take what was ordered since the last look, one after another."""
        new = await asyncio.to_thread(
            self.journal.orders, self.execution_id, holder_id=self.holder_id, after=self._taken
        )
        for order in new:
            await self._take(order)
            self._taken = order.number

    async def _look_for_ever(self) -> None:
        while True:
            await self.house.clock.sleep(LOOK_EVERY_SECONDS)
            async with self._busy:
                try:
                    await self.look()
                    self._trouble = ""
                except RetriggerError as error:
                    self._warn(error)

    def _warn(self, error: RetriggerError) -> None:
        """Say once that orders cannot be taken: the work itself goes on, or ends by its own failure."""
        if str(error) != self._trouble:
            self._trouble = str(error)
            self.house.console.warn(brief(f"orders cannot be taken: {error}"), action="control")

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (failure := task.exception()):
            self.coordinator.fail(
                failure if isinstance(failure, Exception) else RuntimeError(repr(failure))
            )

    async def _take(self, order: Order) -> None:
        """Carry an order out, or refuse it; then record it as an event, and that it was taken."""
        order = replace(order, taken_at_ms=self.house.clock.now_ms(), refused=self._why_not(order))
        if not order.refused:
            await self._carry_out(order)
        self.house.console.say(_in_words(order), action="control")
        await self.commits.durable([noted(order)])
        await asyncio.to_thread(
            self.journal.take_order,
            self.execution_id,
            order.number,
            at_ms=self.house.clock.now_ms(),
            refused=order.refused,
        )

    def _why_not(self, order: Order) -> str:
        if order.what is OrderKind.STOP:
            return ""  # what stops already does what is ordered
        if self.coordinator.is_draining:
            return "it is stopping already. Applied again it goes on, under its spec's limits."
        return self.coordinator.steering.why_not(order.change)

    async def _carry_out(self, order: Order) -> None:
        match order.what:
            case OrderKind.PAUSE:
                self.coordinator.pause(paused_by(order))
            case OrderKind.RESUME:
                self.coordinator.go_on()
            case OrderKind.LIMITS:
                await self.coordinator.steering.limit(order.change)
            case OrderKind.STOP:
                if not self.coordinator.is_draining:
                    self.stopping.ask(f"stopped by {order.by}")


def noted(order: Order) -> Noted:
    """Return the event that tells of an order."""
    return Noted(
        at_ms=order.taken_at_ms or order.at_ms,
        what="control",
        facts={
            "order": order.what.value,
            "who": order.who,
            "host": order.host,
            "order_number": order.number,
            "sandbox": order.change.sandbox,
            **{
                name: "spec" if value is None else value
                for name, value in order.change.values.items()
            },
            "refused": order.refused,
        },
    )


def _in_words(order: Order) -> str:
    told = f"{order.by} ordered: {order.in_words}"
    return brief(f"{told}; refused: {order.refused}" if order.refused else told)
