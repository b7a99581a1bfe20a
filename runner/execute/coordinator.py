"""Take the waves of a plan through claim, request and outcome: the heart of an execution.

A fixed pool of workers asks; feeders keep runs verified; the dispatcher says whose turn it is. Within a lane one
request is open at a time, and the next leaves only when the former's outcome is durable. What follows from an answer is
the business of ``asking``; here it is said what runs beside what, and how it all ends.
"""

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Literal

from runner.clock import Clock
from runner.errors import RetryBudgetSpent
from runner.execute.admission import Admission
from runner.execute.asking import Asking
from runner.execute.board import Board
from runner.execute.breakers import Breakers
from runner.execute.ceilings import Levels
from runner.execute.claims import Claims
from runner.execute.dispatch import Dispatcher
from runner.execute.doubts import Doubts
from runner.execute.feed import Feeder, Looks
from runner.execute.lanes import Lane, SandboxWork
from runner.execute.load import Load
from runner.execute.meter import Meter
from runner.execute.recoveries import MakeWatches, Recoveries
from runner.execute.settings import Asks, Decides, Ended, Permit, Settings, work_for
from runner.execute.steering import Steering
from runner.execute.waits import Waits
from runner.execute.waves import Between, Waves
from runner.journal import GroupCommit, Journal, Settled
from runner.limits import Gate
from runner.model.doubt import OpenAsk
from runner.model.meaning import FAILED_AGAIN
from runner.model.recovery import Awaited, Recovered
from runner.model.words import OnFailure


class Coordinator:
    """Works one execution's lanes to their end, or until told to stop."""

    def __init__(
        self,
        settings: Settings,
        *,
        gate: Gate,
        asks: Asks,
        looks: Looks,
        journal: Journal,
        commits: GroupCommit,
        permit: Permit,
        clock: Clock,
        decides: Decides | None = None,
        watches: MakeWatches | None = None,
        between: Between | None = None,
    ) -> None:
        self._settings = settings
        self._commits = commits
        self._clock = clock
        self._workers: list[asyncio.Task[None]] = []
        self._ended: Ended | None = None
        self._left_out = ""
        """Why the rest of some sandbox was left for later, while others went on."""
        self._stop_asked = asyncio.Event()
        self.meter = Meter(started=clock.monotonic())
        self.admission = Admission.of(settings.limits, settings.sandbox_limits, clock=clock)
        self.board = Board(
            commits=commits, clock=clock, make_work=lambda name: work_for(name, settings)
        )
        self._dispatcher = Dispatcher(gate=gate, clock=clock, turns=self.board.turns)
        self._claims = self._make_claims(permit)
        self.steering = self._make_steering(gate, journal)
        self._asking = self._make_asking(gate, asks)
        self._asking.doubts = self._make_doubts(decides) if decides else None
        self._asking.recoveries = self._make_recoveries(watches) if watches else None
        self.waits = Waits(
            board=self.board,
            admission=self.admission,
            asking=self._asking,
            gate=gate,
            clock=clock,
            between=between,
            is_still=self._is_still,
        )
        self._waves = Waves(
            execution_id=settings.execution_id,
            org_id=settings.org_id,
            journal=journal,
            board=self.board,
            admission=self.admission,
            commits=commits,
            clock=clock,
            feeder=partial(
                Feeder,
                execution_id=settings.execution_id,
                journal=journal,
                looks=looks,
                clock=clock,
                hall=self,
            ),
            breakers=self._asking.breakers,
            doubts=self._asking.doubts,
            recoveries=self._asking.recoveries,
            between=between,
            end=self.end,
            task_ended=self._task_ended,
        )
        gate.on_change = self._dispatcher.pump
        commits.when_it_fails(self.fail)
        commits.when_calm(self._look_around)

    async def run(
        self,
        *,
        open_asks: Sequence[OpenAsk] = (),
        doubted: Iterable[int] = (),
        awaited: Sequence[Awaited] = (),
        goes_on: bool = False,
    ) -> Ended:
        """Work wave by wave until all is done or something stops it; everything is durable when this returns.

        Args:
            open_asks: the requests of earlier goes whose answers were never seen; decided first, where that can be.
            doubted: plan positions whose request was in doubt once.
            awaited: accepted runs of earlier goes whose recovery is not known; watched, where that is done at all.
            goes_on: whether a person lets it go on after it stopped by itself.
        """
        self._waves.count()
        self._asking.doubted |= set(doubted)
        self._workers = [asyncio.create_task(self._work()) for _ in range(self._settings.workers)]
        waves = asyncio.create_task(
            self._waves.work(open_asks=open_asks, awaited=awaited, goes_on=goes_on)
        )
        for task in (waves, *self._workers):
            task.add_done_callback(self._task_ended)
        stop: asyncio.Task[Literal[True]] = asyncio.create_task(self._stop_asked.wait())
        try:
            await asyncio.wait((waves, stop), return_when=asyncio.FIRST_COMPLETED)
        finally:
            waves.cancel()
            stop.cancel()
            await self._wind_up()
            await asyncio.gather(waves, stop, return_exceptions=True)
            await self._close()
        return self.ended

    def interrupt(self, *, because: str) -> None:
        """Take nothing new: an operator or a deadline asks for it."""
        self.end(Ended(interrupted=because))

    def fail(self, failure: Exception) -> None:
        """Take nothing new: it cannot go on."""
        self.end(Ended(failure=failure))

    def abort(self) -> None:
        """Wait for no answer any more: what is under way stays asked, and is looked at on resuming."""
        self.interrupt(because="stopped at once")
        self._send_home()

    def pause(self, because: str) -> None:
        """Let nothing more leave until ``go_on``; what is under way ends, and new runs are watched meanwhile."""
        self.admission.paused = because
        self._dispatcher.pump()

    def go_on(self) -> None:
        """End a pause."""
        self.admission.paused = ""
        self._claims.claim_everywhere()
        self._dispatcher.pump()

    @property
    def ended(self) -> Ended:
        """Return how it comes to rest, as far as that is known now."""
        ended = self._ended or Ended()
        if ended == Ended() and self._left_out:
            return Ended(stopped_by_rule=self._left_out)
        return ended

    @property
    def is_draining(self) -> bool:
        """Whether it takes nothing new."""
        return self._ended is not None

    @property
    def wave(self) -> tuple[int, int]:
        """Return which wave is worked, and how many there are."""
        return self._waves.present

    @property
    def watches_runs(self) -> bool:
        """Return whether new runs are watched, and each wave waits for them."""
        return self._asking.recoveries is not None

    @property
    def soak_seconds(self) -> float:
        """Return how long is waited before each wave but the first."""
        return self._waves.between.soak_seconds if self._waves.between else 0.0

    @property
    def watched(self) -> int:
        """Return how many new runs are under watch."""
        return self._asking.recoveries.watches.left if self._asking.recoveries else 0

    # What the feeders hand over

    def supplied(self, work: SandboxWork, lane: Lane) -> None:
        """Take a lane that has verified runs again."""
        self.board.supplied(work, lane)

    def ran_out(self, lane: Lane) -> None:
        """Close a lane of which nothing is left."""
        self.board.close(lane)

    def skip(self, work: SandboxWork, entries: Sequence[Settled]) -> None:
        """Settle runs that are no longer what the plan pinned."""
        for entry in entries:
            self.meter.outcomes[entry.outcome.value] += 1
            work.settled += 1
        self._commits.put(entries)

    def end(self, how: Ended) -> None:
        """Take nothing new."""
        if isinstance(how.failure, RetryBudgetSpent):
            how = Ended(stopped_by_rule=str(how.failure))
        former = self._ended or Ended()
        self._ended = Ended(
            interrupted=former.interrupted or how.interrupted,
            stopped_by_rule=former.stopped_by_rule or how.stopped_by_rule,
            failure=former.failure or how.failure,
        )
        self._claims.close()
        self._dispatcher.close()
        self._stop_asked.set()

    # Private: putting it together

    def _make_claims(self, permit: Permit) -> Claims:
        claims = Claims(
            settings=self._settings,
            board=self.board,
            commits=self._commits,
            permit=permit,
            clock=self._clock,
            dispatcher=self._dispatcher,
            admission=self.admission,
            spent=self._leave_for_later,
            is_idle=self._is_idle,
        )
        self._dispatcher.is_stale = claims.is_stale
        self._dispatcher.hand_back = claims.hand_back
        self._dispatcher.taken = claims.claim_more
        self.board.claim_more = claims.claim_more
        return claims

    def _make_steering(self, gate: Gate, journal: Journal) -> Steering:
        return Steering(
            settings=self._settings,
            gate=gate,
            admission=self.admission,
            board=self.board,
            claims=self._claims,
            journal=journal,
            commits=self._commits,
            clock=self._clock,
            changed=self._see_whether_all_is_full,
            levels=Levels(whole=self._settings.limits, sandboxes=self._settings.sandbox_limits),
        )

    def _make_asking(self, gate: Gate, asks: Asks) -> Asking:
        settings = self._settings
        rules = Breakers(
            rules=settings.stop_when,
            sandboxes=settings.sandbox_stop_when,
            waits=settings.waits_for_recovery,
        )
        return Asking(
            settings=settings,
            gate=gate,
            asks=asks,
            board=self.board,
            claims=self._claims,
            commits=self._commits,
            clock=self._clock,
            meter=self.meter,
            breakers=rules,
            load=Load(gate=gate, commits=self._commits, clock=self._clock, policy=settings.retry),
            end=self.end,
        )

    def _make_doubts(self, decides: Decides) -> Doubts:
        return Doubts(
            decides=decides,
            board=self.board,
            commits=self._commits,
            clock=self._clock,
            attempts=self._settings.retry.attempts,
            decided=self._asking.decided,
            settled=self._asking.settled,
            closed=self._look_around,
            failed=self.fail,
        )

    def _make_recoveries(self, make: MakeWatches) -> Recoveries:
        return Recoveries(
            on_failure=self._settings.on_failure,
            board=self.board,
            commits=self._commits,
            clock=self._clock,
            make=make,
            ended=self._recovered,
        )

    # Private: places on the platform

    def _recovered(self, awaited: Awaited, recovered: Recovered, has_ended: bool) -> None:  # noqa: FBT001  # a fact
        self._asking.recovered(awaited, recovered, has_ended)
        if self._settings.on_failure is OnFailure.STOP and recovered.recovery in FAILED_AGAIN:
            what = f"run {awaited.run_id} ended as {recovered.recovery.value}"
            self.end(Ended(stopped_by_rule=f"on_failure is stop, and {what}"))
        if not has_ended:
            self._see_whether_all_is_full()

    def _look_around(self) -> None:
        """See what is to be left for later, now that something has come to rest."""
        if self.is_draining:
            return
        self._claims.claim_everywhere()
        self._see_whether_all_is_full()

    def _is_idle(self) -> bool:
        """Whether nothing is claimed, under way or in doubt."""
        works = self.board.works.values()
        is_claimed = any(work.ready or work.claiming for work in works)
        doubts = self._asking.doubts
        is_in_doubt = doubts is not None and doubts.count > 0
        return not (is_claimed or self._dispatcher.out or is_in_doubt) and self._commits.is_calm

    def _is_still(self) -> bool:
        """Whether nothing moves: what is left waits for something."""
        now = self._clock.monotonic()
        is_busy = any(
            work.ready or work.claiming or work.verifying or work.wants_verified(now)
            for work in self.board.works.values()
        )
        return not is_busy and not self._dispatcher.out

    def _see_whether_all_is_full(self) -> None:
        """Leave for later what waits for places that nobody can be seen to leave any more."""
        if self.watched or not self._is_idle():
            return
        used_up = "is used up by runs that were not seen to end within wait.timeout"
        for lane, full in self.admission.room.waiting():
            self._left_out = self._left_out or f"{full} {used_up}"
            self.board.halt([lane], because=f"{full} {used_up}")
        for work in self.board.works.values():
            full = self.admission.room.what_is_full(work.name)
            if full and work.live and not work.ready and not work.claiming:
                self._leave_for_later(work, f"{full} {used_up}")

    # Private: how it ends

    def _leave_for_later(self, work: SandboxWork, why: str) -> None:
        self.waits.left_for_later.add(work.name)
        self._left_out = self._left_out or why
        self.board.halt_sandbox(work.name, because=why)

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (failure := task.exception()):
            self.fail(failure if isinstance(failure, Exception) else RuntimeError(repr(failure)))

    async def _close(self) -> None:
        """Stop all that still waits: what is open stays open, and is told so."""
        await self._asking.close()
        if self._asking.doubts:
            await self._asking.doubts.close()
        if self._asking.recoveries:
            await self._asking.recoveries.watches.close()

    async def _wind_up(self) -> None:
        """Let requests under way finish, then give back what was claimed and not asked."""
        self._claims.close()
        self._dispatcher.close()
        await self._drain()
        try:
            await self._commits.durable([])
            ready = [job for work in self.board.works.values() for job in work.ready]
            await self._commits.durable([self._claims.unasked(job) for job in ready])
        except Exception as failure:  # noqa: BLE001  # whatever ended writing: it is told like any other failure
            self.fail(failure)  # what was claimed reads as asked, and is looked at on resuming

    async def _drain(self) -> None:
        """Wait until every worker has gone home, but only so long: whoever is late is sent home."""
        self.waits.drains_until = self._clock.monotonic() + self._settings.drain_seconds
        over = asyncio.create_task(self._clock.sleep(self._settings.drain_seconds))
        over.add_done_callback(lambda _: self._send_home())
        await asyncio.gather(*self._workers, return_exceptions=True)
        over.cancel()

    def _send_home(self) -> None:
        for worker in self._workers:
            worker.cancel()

    async def _work(self) -> None:
        while job := await self._dispatcher.next_job():
            try:
                await self._asking.ask(job)
            finally:
                self._dispatcher.out -= 1
