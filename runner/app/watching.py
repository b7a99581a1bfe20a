"""Watch an execution's new runs to their end, or for as long as its spec says, and record what became of them."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from runner.app.house import House
from runner.app.leases import LeaseKeeper
from runner.app.signals import Stopping
from runner.app.waiting import say_waiting
from runner.errors import CannotGoOn
from runner.journal import LINGER_SECONDS, GroupCommit, watched
from runner.model.meaning import NOT_SEEN
from runner.model.progress import WaitFor, Waiting
from runner.model.recovery import Awaited, Recovered
from runner.model.spec import Spec
from runner.model.text import counted, duration_text, terminal, until_time
from runner.model.words import OutcomeKind, Recovery, SandboxName
from runner.watch import Pace, Platform, Watcher

_MOST_AT_ONCE = 50_000
"""So many new runs are held in memory; the next ones come when these have ended."""

_SAY_EVERY_SECONDS = 10.0
_SAY_AGAIN_SECONDS = 30.0


@dataclass(kw_only=True)
class RecoveryWatch:
    """One watch over the new runs of an execution whose flows are held."""

    spec: Spec
    keeper: LeaseKeeper
    house: House
    stopping: Stopping
    told: Counter[Recovery] = field(default_factory=Counter)

    def awaited(self) -> int:
        """Return how many new runs were not seen to their end, by the journal."""
        return sum(
            tally.count
            for tally in self.keeper.journal.tallies(self.keeper.execution_id)
            if tally.outcome == OutcomeKind.RETRIGGERED and tally.recovery in NOT_SEEN
        )

    async def watch(
        self, platform: Platform, *, server_offset_ms: Callable[[], int | None] = lambda: None
    ) -> None:
        """Watch until all have ended or their time is over; the first signal ends it, and all that is known is kept.

        Raises:
            CredentialsRefused: the platform no longer takes our credentials.
            FlowsHeld: another process took the flows over.
            JournalUnusable: what became of them cannot be recorded.
        """
        if not (count := self.awaited()):
            return
        self._say_beginning(count)
        ending: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.stopping.first = lambda _: None if ending.done() else ending.set_result(None)
        commits = GroupCommit(self.keeper, self.keeper.execution_id, linger_seconds=LINGER_SECONDS)
        commits.when_it_fails(lambda error: None if ending.done() else ending.set_exception(error))
        watcher = self._watcher(platform, commits, server_offset_ms)
        working = [asyncio.ensure_future(self._feed(watcher)), ending]
        until_ms = self.house.clock.now_ms() + round(self.spec.wait.timeout_seconds * 1000)
        saying = asyncio.ensure_future(self._say_for_ever(count, watcher, until_ms=until_ms))
        try:
            await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _given_up(saying, *working)
            await watcher.close()
            await commits.close()
        for one in working:
            if not one.cancelled():
                one.result()

    def _say_beginning(self, count: int) -> None:
        wait, now_ms = self.spec.wait.timeout_seconds, self.house.clock.now_ms()
        until_ms = now_ms + round(wait * 1000)
        until = until_time(until_ms, now_ms=now_ms)
        text = f"watching {counted(count, 'new run')} for at most {duration_text(wait)}, until {until}; Ctrl-C ends it"
        say_waiting(Waiting(what=WaitFor.NEW_RUNS, text=text, until_ms=until_ms), house=self.house)

    def _watcher(
        self, platform: Platform, commits: GroupCommit, server_offset_ms: Callable[[], int | None]
    ) -> Watcher:
        def on_recovery(awaited: Awaited, recovered: Recovered) -> None:
            self.told[recovered.recovery] += 1
            commits.put([watched(awaited, recovered, at_ms=self.house.clock.now_ms())])

        return watcher_for(
            self.spec,
            platform,
            on_recovery=on_recovery,
            server_offset_ms=server_offset_ms,
            house=self.house,
        )

    async def _feed(self, watcher: Watcher) -> None:
        began_ms, after = self.house.clock.now_ms(), 0
        while some := await asyncio.to_thread(
            self.keeper.journal.awaited,
            self.keeper.execution_id,
            after=after,
            most=_MOST_AT_ONCE,
        ):
            for awaited in some:
                watcher.watch(awaited, wait_from_ms=began_ms)
            await watcher.nothing_left()
            after = some[-1].position

    async def _say_for_ever(self, count: int, watcher: Watcher, *, until_ms: int) -> None:
        """Say each change, and twice a minute that nothing changed, with when the next look is."""
        said, at = "", self.house.clock.monotonic()
        while True:
            await self.house.clock.sleep(_SAY_EVERY_SECONDS)
            ended = "".join(f", {many:,} {word.value}" for word, many in self.told.items())
            words = f"watching: {count - self.told.total():,} left{ended}"
            now = self.house.clock.monotonic()
            if words != said or now - at >= _SAY_AGAIN_SECONDS:
                said, at = words, now
                now_ms, look_ms = self.house.clock.now_ms(), watcher.next_look_ms
                look = f"; next check at {until_time(look_ms, now_ms=now_ms)}" if look_ms else ""
                waiting = Waiting(
                    what=WaitFor.NEW_RUNS,
                    text=f"{words}{look}",
                    until_ms=until_ms,
                    next_check_ms=look_ms,
                )
                say_waiting(waiting, house=self.house)


def watcher_for(
    spec: Spec,
    platform: Platform,
    *,
    on_recovery: Callable[[Awaited, Recovered], None],
    server_offset_ms: Callable[[], int | None],
    house: House,
) -> Watcher:
    """Return what watches new runs as a spec says, and warns when they cannot be looked at."""

    def on_trouble(sandbox: SandboxName, error: CannotGoOn) -> None:
        house.console.warn(
            terminal(f"sandbox {sandbox} cannot be looked at; it is tried again: {error}")
        )

    wait = spec.wait
    return Watcher(
        platform,
        pace=Pace(poll_every_seconds=wait.poll_every_seconds, timeout_seconds=wait.timeout_seconds),
        clock=house.clock,
        on_recovery=on_recovery,
        on_trouble=on_trouble,
        server_offset_ms=server_offset_ms,
    )


async def _given_up(*tasks: asyncio.Future[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
