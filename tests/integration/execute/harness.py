"""A stage for the executor: a scripted platform, a clock moved by hand, and a real journal in a real file.

``Stage.work`` works an execution to its end. Whenever nothing is left to do at one moment, it moves the clock to the
next sleeper; when there is none either, the executor is stuck, and the test fails.
"""

import asyncio
import heapq
import sqlite3
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from runner.execute import Between, Coordinator, Ended, OnRecovery, Settings
from runner.execute.verify import Looked
from runner.journal import Entry, GroupCommit, Journal, NewExecution, Stopped, open_journal
from runner.limits import Gate
from runner.model.answer import Accepted, Answer, Passing, Refused, Scope, TryAgain, Uncertain
from runner.model.doubt import Absent, Adopt, OpenAsk, StillOpen, Verdict
from runner.model.plan import FoundRun, PlannedRun
from runner.model.platform import Run, RunError
from runner.model.report import Execution, ResultRow
from runner.model.spec import Limits, StopRules
from runner.model.words import (
    ETag,
    Evidence,
    ExecutionId,
    FlowId,
    OnFailure,
    RunId,
    SandboxName,
)
from runner.retry import RetryPolicy
from runner.watch import Pace, Watcher
from tests.fakes.clock import FakeClock, settle
from tests.fakes.runs import bare_run

EXECUTION = ExecutionId("20261120T020000Z-demo-abcd")
Shape = Mapping[str, Mapping[str, int]]
"""How many runs each flow of each sandbox has planned. Run ids are ``A-1``, ``A-2``, ... in lane order."""

NO_RULES = StopRules(failed=None, failed_percent=None, consecutive=None)
POLICY = RetryPolicy(attempts=3, first_wait_seconds=1.0, longest_wait_seconds=60.0)


_MOST_STEPS = 20_000
_CALM = 4
"""How often everybody may go on before it counts as waiting: ends of ends need some turns of the loop."""


class Stuck(AssertionError):
    """Nothing can happen any more, and the execution has not ended."""


class StageClock(FakeClock):
    """A clock that the stage moves from sleeper to sleeper."""

    def wake_next(self) -> bool:
        """Move on to the next sleeper and wake it; False: nobody sleeps."""
        while self._sleepers:
            at, _, waiter = heapq.heappop(self._sleepers)
            if not waiter.done():
                self.now = max(self.now, at)
                waiter.set_result(None)
                return True
        return False


def accepted(run_id: str) -> Accepted:
    return Accepted(
        new_run_id=RunId(f"new-{run_id}"),
        new_etag=ETag('"new"'),
        http_status=200,
        request_id="theirs",
    )


def refused(scope: Scope = Scope.RUN) -> Refused:
    return Refused(code="1387-400", message="no", http_status=400, request_id="theirs", scope=scope)


def busy(why: Passing = Passing.GATEWAY, *, wait_seconds: float | None = None) -> TryAgain:
    status = {Passing.THROTTLED: 429, Passing.NOT_SENT: None}.get(why, 503)
    return TryAgain(
        why=why, message="busy", http_status=status, request_id="theirs", wait_seconds=wait_seconds
    )


def no_answer() -> Uncertain:
    return Uncertain(message="no answer", http_status=None, request_id="", unreadable_success=False)


def taken_without_answer() -> Uncertain:
    """It was accepted, and nobody was told."""
    return replace(no_answer(), message="no answer, but it was taken")


def adopt(run_id: str) -> Adopt:
    return Adopt(
        run_id=RunId(f"new-{run_id}"),
        etag=ETag('"new"'),
        status="inProgress",
        evidence=(Evidence.SAME_WINDOW, Evidence.OUR_CLIENT),
    )


def still_open(*, final: bool) -> StillOpen:
    return StillOpen(because="nothing can be told", candidates=(), final=final)


class Inline(ThreadPoolExecutor):
    """Runs what belongs into a thread at once, so that every story has one order."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # type: ignore[override]
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  # as a thread would hand it on
            future.set_exception(error)
        return future


class CountedCommit(GroupCommit):
    """The real thing; it also knows how much is still on its way to the disk."""

    def __init__(self, journal: Journal, execution_id: ExecutionId) -> None:
        super().__init__(journal, execution_id, linger_seconds=0)
        self.on_its_way = 0
        self.changed = asyncio.Event()

    def put(self, entries: Sequence[Entry], *, then: Callable[[], None] | None = None) -> None:
        def durable() -> None:
            self.on_its_way -= 1
            self.changed.set()
            if then:
                then()

        self.on_its_way += 1
        super().put(entries, then=durable)


@dataclass(frozen=True)
class Call:
    """One request that reached the platform."""

    run: str
    sandbox: str
    at: float


@dataclass
class Platform:
    """Answers re-triggers from a script, and looks; checks the journal as each request arrives."""

    clock: FakeClock
    database: Path
    script: dict[str, list[Answer | Exception]] = field(default_factory=dict)
    """What each run is answered, in turn; then, and for every other run, it is accepted."""
    looks: dict[str, list[str]] = field(default_factory=dict)
    """What each look at a run finds, in turn: why it is skipped, or nothing."""
    takes_seconds: float = 0.1
    never: set[str] = field(default_factory=set)
    """Runs that are never answered."""
    when_asked: Callable[[str], None] = lambda _: None
    calls: list[Call] = field(default_factory=list)
    seen: list[tuple[float, tuple[str, ...]]] = field(default_factory=list)
    under_way: Counter[str] = field(default_factory=Counter)
    most_under_way: Counter[str] = field(default_factory=Counter)
    throttled: Counter[str] = field(default_factory=Counter)
    open: set[str] = field(default_factory=set)
    accepted: list[str] = field(default_factory=list)
    ends: dict[str, tuple[float, str, int | None]] = field(default_factory=dict)
    """How the new run of each old one ends: after how many seconds, with which status and how many records."""
    accepted_at: dict[str, float] = field(default_factory=dict)
    watching_fails: Exception | None = None
    most_in_progress: Counter[str] = field(default_factory=Counter)
    """How many new runs of a sandbox, of a flow (``sandbox/flow``) and in all were in progress at most."""

    async def runs_by_id(self, sandbox: SandboxName, ids: Sequence[RunId]) -> dict[RunId, Run]:
        """How new runs stand now."""
        if self.watching_fails:
            raise self.watching_fails
        return {run_id: self._new_run(sandbox, run_id) for run_id in ids}

    def in_progress(self) -> Counter[str]:
        """How many new runs are in progress now, by sandbox, by flow and in all."""
        counts: Counter[str] = Counter()
        for old, at in self.accepted_at.items():
            if self.clock.now < at + self._end_of(old)[0]:
                sandbox = next(call.sandbox for call in self.calls if call.run == old)
                counts.update(["all", sandbox, f"{sandbox}/{old.partition('-')[0]}"])
        return counts

    def _end_of(self, old: str) -> tuple[float, str, int | None]:
        return self.ends.get(old, (60.0, "success", 10))

    def _new_run(self, sandbox: SandboxName, run_id: RunId) -> Run:
        old = run_id.removeprefix("new-")
        seconds, status, records = self._end_of(old)
        ago = self.clock.now - (self.accepted_at[old] + seconds)
        has_ended = ago >= 0
        error = RunError(code="CONNECTOR-1001-500", message="again")
        return bare_run(
            id=run_id,
            flow_id=FlowId(old.partition("-")[0]),
            sandbox=sandbox,
            etag=ETag('"newer"'),
            status=status if has_ended else "inProgress",
            completed_at_ms=self.clock.now_ms() - round(ago * 1000) if has_ended else None,
            records_in=records if has_ended else None,
            records_out=records if has_ended else None,
            errors=(error,) if has_ended and status == "failed" else (),
        )

    async def retrigger(
        self,
        sandbox: SandboxName,
        run_id: RunId,
        *,
        request_id: str,
        send_by: float,
        leaves: Callable[[], None],
    ) -> Answer:
        assert self.clock.monotonic() < send_by
        leaves()
        run = str(run_id)  # scripts name runs in plain text
        self._check_journal(run, request_id)
        self.calls.append(Call(run, sandbox, self.clock.monotonic()))
        self.when_asked(run)
        self.open.add(run)
        for place in (sandbox, "all"):
            self.under_way[place] += 1
            self.most_under_way[place] = max(self.most_under_way[place], self.under_way[place])
        try:
            await self.clock.sleep(self.takes_seconds)
            if run in self.never:
                await asyncio.Event().wait()
            return self._answer(run)
        finally:
            self.open.discard(run)
            for place in (sandbox, "all"):
                self.under_way[place] -= 1

    async def look_again(self, sandbox: SandboxName, runs: Sequence[PlannedRun]) -> Looked:
        ids = tuple(str(run.found.run_id) for run in runs)
        assert {run.found.sandbox for run in runs} == {sandbox}
        self.seen.append((self.clock.monotonic(), ids))
        why_not = {run.position: self._found(str(run.found.run_id)) for run in runs}
        return Looked(why_not=why_not, at=self.clock.monotonic())

    @property
    def asked(self) -> list[str]:
        """The runs that were asked for, in order."""
        return [call.run for call in self.calls]

    def _answer(self, run_id: str) -> Answer:
        if lines := self.script.get(run_id):
            answer = lines.pop(0)
            if isinstance(answer, Exception):
                raise answer
            if isinstance(answer, TryAgain) and answer.why is Passing.THROTTLED:
                self.throttled[run_id] += 1
            if isinstance(answer, Accepted) or answer == taken_without_answer():
                self._accept(run_id)
            return answer
        self._accept(run_id)
        return accepted(run_id)

    def _accept(self, run_id: str) -> None:
        self.accepted.append(run_id)
        self.accepted_at[run_id] = self.clock.now
        for place, count in self.in_progress().items():
            self.most_in_progress[place] = max(self.most_in_progress[place], count)

    def _found(self, run_id: str) -> str:
        lines = self.looks.get(run_id)
        return lines.pop(0) if lines else ""

    def _check_journal(self, run_id: str, request_id: str) -> None:
        """The intent is durable, and everything before it in its lane has a durable outcome."""
        reader = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        try:
            intent = reader.execute(
                "SELECT state, request_id FROM standing WHERE run_id = ?", (run_id,)
            ).fetchone()
            former = reader.execute(
                "SELECT coalesce(s.state, 'planned') FROM planned p JOIN planned me ON me.execution = p.execution "
                "AND me.lane = p.lane AND me.lane_position > p.lane_position LEFT JOIN standing s "
                "ON s.execution = p.execution AND s.position = p.position WHERE me.run_id = ?",
                (run_id,),
            ).fetchall()
        finally:
            reader.close()
        assert intent == ("asked", request_id)
        assert {state for (state,) in former} <= {"settled"}


@dataclass
class Looker:
    """Decides open questions from a script; then, and for every other run, nothing can be told for good."""

    clock: FakeClock
    script: dict[str, list[Verdict | Exception]] = field(default_factory=dict)
    truth: list[str] | None = None
    """Where given: the runs that were accepted; what the script does not say is told truly then."""
    looked: list[tuple[str, float]] = field(default_factory=list)

    def seconds_to_next_look(self, _: OpenAsk, *, looks: int) -> float:
        return 10.0 * (looks + 1)

    def due_at_ms(self, ask: OpenAsk) -> int:
        return ask.ended_at_ms + 30_000

    async def decide(self, ask: OpenAsk) -> Verdict:
        run = str(ask.found.run_id)
        self.looked.append((run, self.clock.monotonic()))
        lines = self.script.get(run)
        verdict = lines.pop(0) if lines else self._true(run)
        if isinstance(verdict, Exception):
            raise verdict
        return verdict

    def _true(self, run_id: str) -> Verdict:
        if self.truth is None:
            return still_open(final=True)
        return adopt(run_id) if run_id in self.truth else Absent(because="it is not there")


@dataclass
class FixedPermit:
    """The right to work, as long as the test says."""

    ends: float = float("inf")

    def until(self) -> float:
        return self.ends


@dataclass
class Stage:
    """One journal with one plan, and everything that works it."""

    folder: Path
    clock: StageClock = field(default_factory=StageClock)
    limits: Limits = field(default_factory=lambda: Limits(max_at_once=8))
    sandbox_limits: dict[SandboxName, Limits] = field(default_factory=dict)
    stop_when: StopRules = NO_RULES
    retry: RetryPolicy = POLICY
    drain_seconds: float = 75.0
    send_within_seconds: float = 30.0
    chance: float = 0.5
    retry_share: float = 0.1
    permit: FixedPermit = field(default_factory=FixedPermit)
    wrapped: Callable[[Journal], Journal] = lambda journal: journal
    decides: bool = False
    """Whether open questions are looked into."""
    waits: bool = False
    """Whether new runs are watched until they end."""
    on_failure: OnFailure = OnFailure.CONTINUE
    sandbox_stop_when: dict[SandboxName, StopRules] = field(default_factory=dict)
    wait_seconds: float = 3600.0
    wave_ends: tuple[int, ...] = ()
    between: Between | None = None
    goes_on: bool = False

    def __post_init__(self) -> None:
        self.database = self.folder / "journal.db"
        self.journal: Journal = open_journal(str(self.database), make=True)
        self.platform = Platform(self.clock, self.database)
        self.looker = Looker(self.clock)
        self._numbers = 0

    def begin(self, shape: Shape) -> None:
        """Record an execution of a plan of this shape."""
        runs = [
            replace(run, wave=bisect_left(self.wave_ends, run.position) + 1)
            for run in plan_of(shape)
        ]
        self.journal.begin(NewExecution(execution=_EXECUTION, passed_over=[], runs=runs))

    def resume(self) -> int:
        """Take the execution up again, as after a crash; return how many runs that left in doubt."""
        return self.journal.resume(EXECUTION, at_ms=self.clock.now_ms())

    def coordinator(self) -> "Working":
        """Return a coordinator on a gate of its own."""
        loop = asyncio.get_running_loop()
        loop.set_default_executor(Inline(max_workers=1))
        journal = self.wrapped(self.journal)
        commits = CountedCommit(journal, EXECUTION)
        gate = Gate.of(
            self.limits,
            sandboxes=self.sandbox_limits,
            clock=self.clock,
            retry_share=self.retry_share,
        )
        coordinator = Coordinator(
            self.settings(),
            gate=gate,
            asks=self.platform,
            looks=self.platform,
            journal=journal,
            commits=commits,
            permit=self.permit,
            clock=self.clock,
            decides=self.looker if self.decides else None,
            watches=self._watches if self.waits else None,
            between=self.between,
        )
        return Working(self, coordinator, commits, gate)

    def settings(self) -> Settings:
        return Settings(
            execution_id=EXECUTION,
            org_id=_EXECUTION.org_id,
            limits=self.limits,
            sandbox_limits=self.sandbox_limits,
            retry=self.retry,
            stop_when=self.stop_when,
            sandbox_stop_when=self.sandbox_stop_when,
            on_failure=self.on_failure,
            waits_for_recovery=self.waits,
            drain_seconds=self.drain_seconds,
            send_within_seconds=self.send_within_seconds,
            chance=lambda: self.chance,
            new_request_id=self._request_id,
        )

    def _watches(self, told: OnRecovery) -> Watcher:
        return Watcher(
            self.platform,
            pace=Pace(poll_every_seconds=10.0, timeout_seconds=self.wait_seconds),
            clock=self.clock,
            on_recovery=told,
            on_trouble=lambda *_: None,
        )

    def recoveries(self) -> dict[str, str]:
        """Every planned run's recovery; empty: not known."""
        return {run: row.recovery for run, row in self.rows().items()}

    async def work(self) -> Ended:
        """Work to the end."""
        return await self.coordinator().to_the_end()

    def comes_to_rest(self) -> None:
        """Record that nobody works on it any more."""
        self.journal.write(
            EXECUTION,
            [Stopped(at_ms=self.clock.now_ms(), state="stopped", because="", exit_code=1)],
        )

    def rows(self) -> dict[str, ResultRow]:
        """Every planned run's row, as the reports would show it."""
        return {row.old_run_id: row for row in self.journal.rows(EXECUTION)}

    def outcomes(self) -> dict[str, str]:
        """Every planned run's outcome; empty: none yet."""
        return {run: row.outcome for run, row in self.rows().items()}

    def standings(self) -> dict[str, str]:
        """How every run that was ever claimed stands."""
        reader = sqlite3.connect(self.database)
        try:
            return dict(reader.execute("SELECT run_id, state FROM standing ORDER BY position"))
        finally:
            reader.close()

    def _request_id(self) -> str:
        self._numbers += 1
        return f"ours-{self._numbers}"


@dataclass
class Working:
    """A coordinator at work."""

    stage: Stage
    coordinator: Coordinator
    commits: CountedCommit
    gate: Gate
    task: "asyncio.Task[Ended] | None" = None

    def start(self) -> None:
        """Begin to work."""
        journal = self.stage.journal
        self.task = asyncio.create_task(
            self.coordinator.run(
                open_asks=journal.open_asks(EXECUTION) if self.stage.decides else (),
                doubted=journal.doubted(EXECUTION),
                awaited=journal.awaited(EXECUTION, after=0, most=1000) if self.stage.waits else (),
                goes_on=self.stage.goes_on,
            )
        )

    async def until(self, reached: Callable[[], bool]) -> None:
        """Go on, moving the clock, until something holds or the work has ended."""
        assert self.task
        for _ in range(_MOST_STEPS):
            if reached() or self.task.done():
                return
            await self._step()
        raise Stuck(f"it goes on for ever: {self.stage.platform.asked[-5:]}")

    async def to_the_end(self) -> Ended:
        """Go on to the end; return how it came to rest. What was put to the journal is durable then."""
        if self.task is None:
            self.start()
        assert self.task
        await self.until(lambda: False)
        if self.commits.failure is None:
            await self.commits.close()
        else:
            await asyncio.gather(self.commits.close(), return_exceptions=True)
        return self.task.result()

    async def _step(self) -> None:
        assert self.task
        self.commits.changed.clear()
        for _ in range(_CALM):
            await settle()
            if self.task.done():
                return
        if self.commits.changed.is_set():
            return  # it was news from the disk that ended the calm
        if self.commits.on_its_way and not self.commits.failure:
            await self._for_the_disk()
        elif not self.stage.clock.wake_next():
            raise Stuck(f"{self.stage.standings()} after {self.stage.platform.asked}")

    async def _for_the_disk(self) -> None:
        """Wait for the writing thread, which needs no clock."""
        waiter = asyncio.create_task(self.commits.changed.wait())
        assert self.task
        while not self.commits.failure:
            done, _ = await asyncio.wait(
                [waiter, self.task], return_when=asyncio.FIRST_COMPLETED, timeout=0.01
            )
            if done:
                break
        waiter.cancel()


def plan_of(shape: Shape) -> list[PlannedRun]:
    """Return a plan: heads of all lanes first, as the selection orders it."""
    flat = [
        (number, sandbox, flow)
        for sandbox, flows in shape.items()
        for flow, count in flows.items()
        for number in range(1, count + 1)
    ]
    flat.sort(key=lambda run: run[0])
    return [
        PlannedRun(
            position=position,
            wave=1,
            lane_position=number,
            found=replace(
                _FOUND,
                sandbox=SandboxName(sandbox),
                run_id=RunId(f"{flow}-{number}"),
                flow_id=FlowId(flow),
            ),
        )
        for position, (number, sandbox, flow) in enumerate(flat, start=1)
    ]


_FOUND = FoundRun(
    sandbox=SandboxName(""),
    run_id=RunId(""),
    flow_id=FlowId(""),
    flow_name="S3 orders",
    etag=ETag('"old"'),
    status="failed",
    error_code="CONNECTOR-1001-500",
    error_message="",
    created_at_ms=1,
    updated_at_ms=2,
    started_at_ms=1,
    window_start_ms=None,
    window_end_ms=None,
)
_EXECUTION = Execution(
    id=EXECUTION,
    state="running",
    spec_name="demo",
    reason="a test",
    ticket=None,
    org_id="org@AdobeOrg",
    platform_url="https://platform.example.com",
    spec_path="demo.yaml",
    spec_sha256="0" * 64,
    spec_text="version: 1",
    plan_sha256="1" * 64,
    sandboxes=(),
    planned=0,
    passed_over=0,
    who="me",
    host="here",
    ci_job_url="",
    tool_version="0",
    reports_directory="reports/x",
    planned_at_ms=1,
    started_at_ms=2,
    finished_at_ms=None,
    stopped_because="",
    exit_code=None,
)
