"""Take lanes through claim, request and outcome: the heart of an execution.

A fixed pool of workers asks; feeders keep runs verified; the dispatcher says whose turn it is. Within a lane one
request is open at a time, and the next leaves only when the former's outcome is durable. What an answer means is
decided in ``decide``; this room carries it out.
"""

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Literal

from runner.clock import Clock
from runner.errors import CannotGoOn, PlatformRefused
from runner.execute.board import Board
from runner.execute.claims import Claims
from runner.execute.decide import AskAgain, Asked, Block, Settle, Step, step_after
from runner.execute.dispatch import Dispatcher
from runner.execute.doubts import Doubts
from runner.execute.feed import Feeder, Looks
from runner.execute.lanes import Job, Lane, SandboxWork
from runner.execute.meter import Meter
from runner.execute.settings import Asks, Decides, Ended, Permit, Settings, work_for
from runner.execute.stop import StopWatch
from runner.journal import Facts, GroupCommit, Journal, LaneState, Noted, Released, Settled
from runner.limits import Gate
from runner.model.answer import Answer, Passing, Scope
from runner.model.doubt import OpenAsk
from runner.model.words import OutcomeKind


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
    ) -> None:
        self._settings = settings
        self._gate = gate
        self._asks = asks
        self._commits = commits
        self._clock = clock
        self.board = Board(
            commits=commits, clock=clock, make_work=lambda name: work_for(name, settings)
        )
        self._dispatcher = Dispatcher(gate=gate, clock=clock, turns=self.board.turns)
        self._claims = Claims(
            settings=settings,
            board=self.board,
            commits=commits,
            permit=permit,
            clock=clock,
            dispatcher=self._dispatcher,
        )
        self._dispatcher.is_stale = self._claims.is_stale
        self._dispatcher.hand_back = self._claims.hand_back
        self._dispatcher.taken = self._claims.claim_more
        self.board.claim_more = self._claims.claim_more
        self._feeder = partial(
            Feeder,
            execution_id=settings.execution_id,
            journal=journal,
            looks=looks,
            clock=clock,
            hall=self,
        )
        self._doubted: set[int] = set()
        """Plan positions whose request was in doubt once."""
        self._doubts: Doubts | None = None
        if decides is not None:
            self._doubts = Doubts(
                decides=decides,
                board=self.board,
                commits=commits,
                clock=clock,
                attempts=settings.retry.attempts,
                decided=self._decided,
                failed=self.fail,
            )
        self._workers: list[asyncio.Task[None]] = []
        self._resting: set[asyncio.Task[None]] = set()
        self._stopwatch = StopWatch(settings.stop_when)
        self._ended: Ended | None = None
        self._stop_asked = asyncio.Event()
        self.meter = Meter(started=clock.monotonic())
        gate.on_change = self._dispatcher.pump
        commits.when_it_fails(self.fail)

    async def run(
        self,
        lanes: Iterable[LaneState],
        *,
        open_asks: Sequence[OpenAsk] = (),
        doubted: Iterable[int] = (),
    ) -> Ended:
        """Work until every lane is closed or something stops it; everything is durable when this returns.

        Args:
            lanes: every lane of the execution.
            open_asks: the requests of earlier goes whose answers were never seen; decided first, where that can be.
            doubted: plan positions whose request was in doubt once.
        """
        self._doubted |= set(doubted)
        asks = {ask.lane: ask for ask in open_asks} if self._doubts is not None else {}
        self.board.take_in(lanes, in_doubt=asks.keys())
        for number, ask in asks.items():
            lane = self.board.lanes[number]
            self.board.works[lane.sandbox].settled += 1  # it has an outcome, though not its last
            if self._doubts is not None:
                self._doubts.open(lane, ask)
        feeders = [
            asyncio.create_task(self._feeder(work).feed()) for work in self.board.works.values()
        ]
        self._workers = [asyncio.create_task(self._work()) for _ in range(self._settings.workers)]
        for worker in (*feeders, *self._workers):
            worker.add_done_callback(self._task_ended)
        ends: list[asyncio.Task[Literal[True]]] = [
            asyncio.create_task(e.wait()) for e in (self.board.all_closed, self._stop_asked)
        ]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*ends, *feeders):
                task.cancel()
            await self._wind_up()
            for rest in self._resting:
                rest.cancel()
            if self._doubts is not None:
                await self._doubts.close()
            await asyncio.gather(*ends, *feeders, *self._resting, return_exceptions=True)
        return self._ended or Ended()

    def interrupt(self, *, because: str) -> None:
        """Take nothing new: an operator or a deadline asks for it."""
        self._end(Ended(interrupted=because))

    def fail(self, failure: Exception) -> None:
        """Take nothing new: it cannot go on."""
        self._end(Ended(failure=failure))

    def abort(self) -> None:
        """Wait for no answer any more: what is under way stays asked, and is looked at on resuming."""
        self.interrupt(because="stopped at once")
        self._send_home()

    @property
    def is_draining(self) -> bool:
        """Whether it takes nothing new."""
        return self._ended is not None

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
            self._count(work, entry)
        self._commits.put(entries)

    # Private

    def _end(self, how: Ended) -> None:
        former = self._ended or Ended()
        self._ended = Ended(
            interrupted=former.interrupted or how.interrupted,
            stopped_by_rule=former.stopped_by_rule or how.stopped_by_rule,
            failure=former.failure or how.failure,
        )
        self._claims.closed = True
        self._dispatcher.close()
        self._stop_asked.set()

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (failure := task.exception()):
            self.fail(failure if isinstance(failure, Exception) else RuntimeError(repr(failure)))

    async def _wind_up(self) -> None:
        """Let requests under way finish, then give back what was claimed and not asked."""
        self._claims.closed = True
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
        over = asyncio.create_task(self._clock.sleep(self._settings.drain_seconds))
        over.add_done_callback(lambda _: self._send_home())
        await asyncio.gather(*self._workers, return_exceptions=True)
        over.cancel()

    def _send_home(self) -> None:
        for worker in self._workers:
            worker.cancel()

    async def _work(self) -> None:
        while job := await self._dispatcher.next_job():
            await self._ask(job)

    async def _ask(self, job: Job) -> None:
        self.meter.in_flight += 1
        try:
            self._take(job, await self._answer(job))
        except Exception as failure:
            self.fail(failure)
            raise
        finally:
            # Only when all that follows is done: what waits for this place must not slip by a pause or an end.
            self.meter.in_flight -= 1
            self._gate.leave(job.lane.sandbox)

    async def _answer(self, job: Job) -> Answer:
        try:
            return await self._asks.retrigger(
                job.lane.sandbox,
                job.run.found.run_id,
                request_id=job.request_id,
                send_by=job.send_by,
            )
        except CannotGoOn:
            # No valid token could be had, before or after the request: the run was surely not accepted.
            self._commits.put([self._claims.unasked(job)])
            raise

    def _take(self, job: Job, answer: Answer) -> None:
        self.meter.answer(self._clock.monotonic())
        asked = Asked(
            position=job.run.position,
            run_id=job.run.found.run_id,
            attempt=job.attempt,
            asked_at_ms=job.asked_at_ms,
            request_id=job.request_id,
            doubted=job.run.position in self._doubted,
        )
        step = step_after(
            answer,
            asked,
            policy=self._settings.retry,
            chance=self._settings.chance(),
            now_ms=self._clock.now_ms(),
        )
        self._follow(job, step)

    def _follow(self, job: Job, step: Step) -> None:
        work = self.board.works[job.lane.sandbox]
        match step:
            case Settle():
                self._commits.put([step.entry], then=lambda: self.board.go_on(job.lane))
                self._reach(job, step)
            case Block():
                self._block(job, step)
            case AskAgain():
                self._rest(work, job, step)
                return
        self._count(work, step.entry, by_throttling=isinstance(step, Settle) and step.by_throttling)

    def _block(self, job: Job, step: Block) -> None:
        """Leave a lane alone whose request is in doubt, until it is decided."""
        self._doubted.add(job.run.position)
        if self._doubts is None:
            self._commits.put([step.entry])
            because = f"its flow is blocked: run {job.run.found.run_id} is unresolved"
            self.board.halt([job.lane], because=because)
            return
        ask = OpenAsk(
            position=job.run.position,
            found=job.run.found,
            attempts=job.attempt,
            asked_at_ms=job.asked_at_ms,
            ended_at_ms=step.entry.at_ms,
            never_absent=step.entry.never_absent,
            server_offset_ms=self._settings.server_offset_ms(),
            lane=job.lane.number,
            lane_position=job.run.lane_position,
        )
        doubts = self._doubts
        self._commits.put([step.entry], then=lambda: doubts.open(job.lane, ask))

    def _decided(self, lane: Lane, entry: Settled | None) -> None:
        """Count the outcome that an open question came to; None: its run is asked for again."""
        work = self.board.works[lane.sandbox]
        self.meter.outcomes[OutcomeKind.UNRESOLVED.value] -= 1
        work.settled -= 1
        if entry:
            self._count(work, entry)

    def _reach(self, job: Job, step: Settle) -> None:
        """Close what a refusal says of others too."""
        because = f"refused for its {step.scope}: {step.entry.reason}"
        match step.scope:
            case Scope.RUN:
                pass
            case Scope.FLOW:
                self.board.halt([job.lane], because=because)
            case Scope.SANDBOX:
                self.board.halt_sandbox(job.lane.sandbox, because=because)
            case Scope.EVERYTHING:
                self.fail(PlatformRefused(f"the platform refuses every call: {step.entry.reason}"))

    def _rest(self, work: SandboxWork, job: Job, step: AskAgain) -> None:
        """Have a run that was surely not accepted asked again after a while."""
        now_ms = self._clock.now_ms()
        released = Released(
            at_ms=now_ms,
            position=job.run.position,
            run_id=job.run.found.run_id,
            attempt=job.attempt,
            counts=True,
            why=step.message,
            http_status=step.http_status,
            request_id=step.request_id or job.request_id,
        )
        durable = asyncio.Event()
        self._commits.put([released], then=durable.set)
        if step.why is Passing.THROTTLED:
            self._slow_down(work, step)
        rest = asyncio.create_task(self._look_anew_after(job, step.wait_seconds, durable=durable))
        self._resting.add(rest)
        rest.add_done_callback(self._resting.discard)

    def _slow_down(self, work: SandboxWork, step: AskAgain) -> None:
        """Pause: everything when the platform names a wait (its limits are the whole key's), else this sandbox."""
        work.throttled += 1
        self.meter.throttled += 1
        if step.platform_asked:
            self._gate.slow_everything_down(step.wait_seconds)
        else:
            self._gate.slow_down(work.name, step.wait_seconds)
        facts: Facts = {
            "sandbox": work.name,
            "seconds": round(step.wait_seconds, 3),
            "reason": step.message,
        }
        self._commits.put([Noted(at_ms=self._clock.now_ms(), what="slowed_down", facts=facts)])

    async def _look_anew_after(self, job: Job, seconds: float, *, durable: asyncio.Event) -> None:
        await durable.wait()  # until then the journal would not hand the run out again
        await self._clock.sleep(seconds)
        if not job.lane.closed:
            self.board.look_anew(job.lane, lane_position=job.run.lane_position)

    def _count(self, work: SandboxWork, entry: Settled, *, by_throttling: bool = False) -> None:
        self.meter.outcomes[entry.outcome.value] += 1
        work.settled += 1
        if entry.outcome in (OutcomeKind.REFUSED, OutcomeKind.GAVE_UP):
            self.meter.last_refusal = f"{entry.run_id}: {entry.reason}"
        tripped = self._stopwatch.after(
            entry.outcome, run_id=entry.run_id, by_throttling=by_throttling
        )
        if tripped:
            self._end(Ended(stopped_by_rule=tripped))
