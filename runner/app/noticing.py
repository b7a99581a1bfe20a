"""Have second re-triggers of an execution's runs noticed while it is worked and when that ends, recorded and told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from runner.app.deciding import claimed_in
from runner.app.house import House, advised
from runner.app.signals import Stopping
from runner.client import FlowService
from runner.errors import (
    CredentialsRefused,
    PlatformRefused,
    PlatformUnreachable,
    RetryBudgetSpent,
)
from runner.execute import Beside, Hands
from runner.journal import Duplicated, Journal
from runner.model.duplicate import Sign
from runner.model.spec import Spec
from runner.model.text import counted, terminal
from runner.model.words import ExecutionId

LOOK_EVERY_SECONDS = 300.0
_MOST_NAMED = 3


@dataclass(kw_only=True)
class Noticing:
    """The search for second re-triggers of one execution's runs."""

    beside: Beside
    write: Callable[[Sequence[Duplicated]], Awaitable[None]]
    """Returns once they are durable."""
    house: House
    _trouble: str = field(default="")

    @asynccontextmanager
    async def meanwhile(
        self, *, failed: Callable[[Exception], None] | None = None
    ) -> AsyncIterator[None]:
        """Look from time to time, until the block ends.

        ``failed`` is told at once of what a look should not raise; without it the block raises that when it ends.
        """
        looking = asyncio.create_task(self._look_for_ever())
        if failed:
            looking.add_done_callback(lambda task: _tell_failure(task, failed))
        try:
            yield
        finally:
            looking.cancel()
            (end,) = await asyncio.gather(looking, return_exceptions=True)
        if isinstance(end, Exception) and not failed:
            raise end

    async def at_the_end(self, stopping: Stopping) -> None:
        """Look once more; a request to stop ends that, and after one nothing is looked at."""
        if stopping.asked:
            return
        look = asyncio.ensure_future(self._look())
        stopping.first = lambda _: _cancel(look)
        stopping.second = lambda: _cancel(look)
        try:
            await asyncio.wait([look])
        finally:
            look.cancel()
        if look.cancelled():
            self._warn(stopping.asked)
        else:
            look.result()

    async def _look_for_ever(self) -> None:
        while True:
            await self.house.clock.sleep(LOOK_EVERY_SECONDS)
            await self._look()

    async def _look(self) -> None:
        """Look, record what is found, and say it; where the platform cannot be looked at, say that."""
        try:
            found = await self.beside.look()
        except (
            CredentialsRefused,
            PlatformRefused,
            PlatformUnreachable,
            RetryBudgetSpent,
        ) as error:
            self._warn(str(error))
            return
        self._trouble = ""
        if found:
            await self.write(found)
            self._tell(found)

    def _tell(self, found: Sequence[Duplicated]) -> None:
        """Name the first few of what was found, and count the rest; say also what is taken back."""
        news = [entry for entry in found if entry.by]
        if len(news) < len(found):
            count = counted(len(found) - len(news), "run")
            self.house.console.say(
                f"{count}: not re-triggered elsewhere after all; the other new run loads other data",
                action="not_duplicated",
            )
        for entry in news[:_MOST_NAMED]:
            others = ", ".join(f"{run_id} ({_SIGNS[sign]})" for run_id, sign in entry.by)
            self.house.console.warn(
                terminal(
                    f"re-triggered elsewhere too: {entry.run_id} became {entry.new_run_id} here; duplicated_by {others}"
                ),
                action="duplicated",
            )
        if len(news) > _MOST_NAMED:
            more = counted(len(news) - _MOST_NAMED, "more run")
            self.house.console.warn(f"and {more}, re-triggered elsewhere too", action="duplicated")

    def _warn(self, why: str) -> None:
        """Say once for each reason that nobody can tell."""
        if why == self._trouble:
            return
        self._trouble = why
        again = advised(self.house, "reconcile", self.beside.execution_id)
        fact = (
            f"it is not known whether runs were re-triggered elsewhere too: {why.removesuffix('.')}"
        )
        self.house.console.warn(terminal(f"{fact}. `{again}` looks again."), action="not_looked")


_SIGNS = {
    Sign.LINKED: "the platform links it",
    Sign.SAME_WINDOW: "the same data window",
    Sign.OUR_CLIENT: "made with these credentials meanwhile; its data window is not known yet",
    Sign.ANOTHER_CLIENT: "made by another client meanwhile; its data window is not known yet",
}


def noticing_for(
    spec: Spec,
    service: FlowService,
    hands: Hands,
    *,
    execution_id: ExecutionId,
    journal: Journal,
    write: Callable[[Sequence[Duplicated]], Awaitable[None]],
    again: bool,
    house: House,
) -> Noticing:
    """Return the search of one execution; ``again``: it was told to re-trigger also what was re-triggered before."""
    beside = Beside(
        execution_id=execution_id,
        org_id=spec.connection.org_id,
        hands=hands,
        platform=service,
        journal=journal,
        claimed=claimed_in(journal, spec),
        clock=house.clock,
        our_client=spec.connection.auth.client_id,
        only_after_ours=again,
    )
    return Noticing(beside=beside, write=write, house=house)


def hands_for(spec: Spec, service: FlowService, *, journal: Journal, house: House) -> Hands:
    """Return what knows the flows' newer runs."""
    return Hands(
        lists=service,
        claimed=claimed_in(journal, spec),
        clock=house.clock,
        our_client=spec.connection.auth.client_id,
        visibility_lag_seconds=spec.reconcile.visibility_lag_seconds,
        server_offset_ms=service.server_offset_ms,
    )


def _cancel(task: asyncio.Future[None]) -> None:
    task.cancel()


def _tell_failure(task: asyncio.Task[None], failed: Callable[[Exception], None]) -> None:
    if not task.cancelled() and isinstance(failure := task.exception(), Exception):
        failed(failure)
