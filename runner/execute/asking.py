"""Make requests, and carry out what follows from each answer: for its run, its lane, and what a refusal reaches.

What an answer means is decided in ``decide``. Who is asked next, and when it all ends, is decided elsewhere.
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from runner.clock import Clock
from runner.errors import CannotGoOn, PlatformRefused
from runner.execute.board import Board
from runner.execute.breakers import Breakers, Tripped
from runner.execute.claims import Claims
from runner.execute.decide import AskAgain, Asked, Block, Settle, Step, step_after
from runner.execute.doubts import Doubts
from runner.execute.lanes import Job, Lane, SandboxWork
from runner.execute.load import Load
from runner.execute.meter import Meter
from runner.execute.recoveries import Recoveries, held_by
from runner.execute.settings import Asks, Ended, Settings
from runner.journal import GroupCommit, Released, Settled
from runner.limits import Gate
from runner.model.answer import Answer, Passing, Scope
from runner.model.doubt import OpenAsk
from runner.model.plan import FoundRun
from runner.model.recovery import Awaited, Recovered, awaited_of
from runner.model.words import OutcomeKind


@dataclass(slots=True, kw_only=True)
class Asking:
    """The requests of one execution and their consequences."""

    settings: Settings
    gate: Gate
    asks: Asks
    board: Board
    claims: Claims
    commits: GroupCommit
    clock: Clock
    meter: Meter
    breakers: Breakers
    load: Load
    end: Callable[[Ended], None]
    """Has the execution take nothing new."""
    doubts: Doubts | None = None
    recoveries: Recoveries | None = None
    doubted: set[int] = field(default_factory=set)
    """Plan positions whose request was in doubt once."""
    _resting: dict[asyncio.Task[None], float] = field(default_factory=dict)
    """What has runs asked for again, and when each does (monotonic)."""

    async def ask(self, job: Job) -> None:
        """Make one request and carry out what follows."""
        sent_at = self.clock.monotonic()
        try:
            self._take(job, await self._answer(job), sent_at=sent_at)
        except Exception as failure:
            self.end(Ended(failure=failure))
            raise
        finally:
            # Only when all that follows is done: what waits for this place must not slip by a pause or an end.
            self.gate.leave(job.lane.sandbox)

    @property
    def rests_until(self) -> Collection[float]:
        """Return when each run that rests is asked for again (monotonic)."""
        return self._resting.values()

    async def close(self) -> None:
        """Have no run asked for again any more."""
        for rest in self._resting:
            rest.cancel()
        await asyncio.gather(*self._resting, return_exceptions=True)

    def decided(self, lane: Lane, entry: Settled | None) -> None:
        """Count the outcome that an open question came to; None: its run is asked for again."""
        work = self.board.works[lane.sandbox]
        self.meter.outcomes[OutcomeKind.UNRESOLVED.value] -= 1
        if entry is None:
            self.claims.not_accepted(lane)
        else:
            self._count(work, lane, entry)

    def settled(self, lane: Lane, found: FoundRun, entry: Settled) -> None:
        """Have a lane go on after an outcome that is durable: at once, or when its new run has recovered."""
        is_accepted = entry.outcome is OutcomeKind.RETRIGGERED
        holds = self.recoveries is not None and self.recoveries.holds
        if is_accepted and self.recoveries:
            assert entry.new_run_id is not None
            awaited = awaited_of(
                found,
                position=entry.position,
                new_run_id=entry.new_run_id,
                since_ms=entry.at_ms,
            )
            self.recoveries.begin(awaited)
        elif is_accepted:
            self.claims.ended(lane.sandbox, lane.flow_id)
        else:
            self.claims.not_accepted(lane)
        if not holds:
            self.board.go_on(lane)
        elif not is_accepted and not lane.closed:
            because = held_by(found.run_id, f"was {entry.outcome.value.replace('_', ' ')}")
            self.board.halt([lane], because=because)

    def recovered(self, awaited: Awaited, recovered: Recovered, has_ended: bool) -> None:  # noqa: FBT001  # a fact
        """Count what became of a new run."""
        self.meter.recoveries[recovered.recovery.value] += 1
        if has_ended:
            self.claims.ended(awaited.sandbox, awaited.flow_id)
        lane = self.board.lane_of(awaited.sandbox, awaited.flow_id)
        if lane:
            self._stop_what(
                lane, self.breakers.after_recovery(lane, recovered.recovery, run_id=awaited.run_id)
            )

    async def _answer(self, job: Job) -> Answer:
        flight = self.meter.flight()
        try:
            return await self.asks.retrigger(
                job.lane.sandbox,
                job.run.found.run_id,
                request_id=job.request_id,
                send_by=job.send_by,
                leaves=flight.begin,
            )
        except CannotGoOn:
            # No valid token could be had, before or after the request, or no connection that could be trusted: the run
            # was surely not accepted.
            self.commits.put([self.claims.unasked(job)])
            raise
        finally:
            flight.end()

    def _take(self, job: Job, answer: Answer, *, sent_at: float) -> None:
        self.meter.answer(self.clock.monotonic())
        is_news = self.load.heard(job.lane.sandbox, answer, sent_at=sent_at)
        asked = Asked(
            position=job.run.position,
            run_id=job.run.found.run_id,
            attempt=job.attempt,
            asked_at_ms=job.asked_at_ms,
            request_id=job.request_id,
            doubted=job.run.position in self.doubted,
        )
        step = step_after(
            answer,
            asked,
            policy=self.settings.retry,
            chance=self.settings.chance(),
            now_ms=self.clock.now_ms(),
        )
        self._follow(job, step, is_news=is_news)

    def _follow(self, job: Job, step: Step, *, is_news: bool) -> None:
        work, lane, found = self.board.works[job.lane.sandbox], job.lane, job.run.found
        match step:
            case Settle():
                entry = step.entry
                self.commits.put([entry], then=lambda: self.settled(lane, found, entry))
                self._reach(job, step)
            case Block():
                self._block(job, step)
            case AskAgain():
                self._rest(work, job, step)
                if why := self.load.why_stop(step, is_news=is_news):
                    self.end(Ended(stopped_by_rule=f"stopped by {why}"))
                return
        self._count(work, lane, step.entry)

    def _block(self, job: Job, step: Block) -> None:
        """Leave a lane alone whose request is in doubt, until it is decided."""
        self.doubted.add(job.run.position)
        if self.doubts is None:
            self.commits.put([step.entry])
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
            server_offset_ms=self.settings.server_offset_ms(),
            lane=job.lane.number,
            lane_position=job.run.lane_position,
        )
        doubts = self.doubts
        self.commits.put([step.entry], then=lambda: doubts.open(job.lane, ask))

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
                refused = PlatformRefused(f"the platform refuses every call: {step.entry.reason}")
                self.end(Ended(failure=refused))

    def _rest(self, work: SandboxWork, job: Job, step: AskAgain) -> None:
        """Have a run that was surely not accepted asked again after a while."""
        released = Released(
            at_ms=self.clock.now_ms(),
            position=job.run.position,
            run_id=job.run.found.run_id,
            attempt=job.attempt,
            counts=step.why is not Passing.THROTTLED,
            why=step.message,
            http_status=step.http_status,
            request_id=step.request_id or job.request_id,
        )
        durable = asyncio.Event()
        self.commits.put([released], then=durable.set)
        self.claims.not_accepted(job.lane)
        if step.why is Passing.THROTTLED:
            work.throttled += 1
            self.meter.throttled += 1
        rest = asyncio.create_task(self._look_anew_after(job, step.wait_seconds, durable=durable))
        self._resting[rest] = self.clock.monotonic() + step.wait_seconds
        rest.add_done_callback(self._resting.pop)

    async def _look_anew_after(self, job: Job, seconds: float, *, durable: asyncio.Event) -> None:
        await durable.wait()  # until then the journal would not hand the run out again
        await self.clock.sleep(seconds)
        if not job.lane.closed:
            self.board.look_anew(job.lane, lane_position=job.run.lane_position)

    def _count(self, work: SandboxWork, lane: Lane, entry: Settled) -> None:
        self.meter.outcomes[entry.outcome.value] += 1
        work.settled += entry.outcome is not OutcomeKind.UNRESOLVED
        if entry.outcome in (OutcomeKind.REFUSED, OutcomeKind.GAVE_UP):
            self.meter.last_refusal = f"{entry.run_id}: {entry.reason}"
        self._stop_what(lane, self.breakers.after_outcome(lane, entry.outcome, run_id=entry.run_id))

    def _stop_what(self, lane: Lane, tripped: Tripped) -> None:
        """Stop what a rule stops."""
        if tripped.flow:
            self.board.halt([lane], because=tripped.flow)
        if tripped.sandbox:
            self.board.halt_sandbox(lane.sandbox, because=tripped.sandbox)
        if tripped.execution:
            self.end(Ended(stopped_by_rule=tripped.execution))
