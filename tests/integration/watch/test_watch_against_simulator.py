"""The watcher and the real client before the simulated platform, whose clock is moved by hand: over loopback HTTP."""

import asyncio
import heapq
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from runner.client import FlowService, open_flow_service
from runner.clock import SystemClock
from runner.masking import KnownSecrets
from runner.model.answer import Accepted
from runner.model.platform import RunQuery
from runner.model.recovery import Awaited, Recovered
from runner.model.spec import RetrySettings, Timeouts
from runner.model.words import SandboxName
from runner.simulator import Scenario, Served, serve
from runner.watch import Pace, Watcher
from tests.fakes.client import OpenGate, connection_to
from tests.fakes.clock import FakeClock

PROD = SandboxName("prod")
RUNS = 120


class SteppedClock(FakeClock):
    """The watcher's and the platform's clock; tells when somebody falls asleep."""

    def __init__(self) -> None:
        super().__init__()
        self.asleep = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.asleep.set()
        await super().sleep(seconds)

    def wake_next(self) -> None:
        """Move on to the next sleeper."""
        self.asleep.clear()
        at, _, waiter = heapq.heappop(self._sleepers)
        self.now = max(self.now, at)
        waiter.set_result(None)


@dataclass
class Watch:
    """New runs under watch, and the calls that looking at them cost."""

    clock: SteppedClock
    served: Served
    watcher: Watcher
    told: list[tuple[Awaited, Recovered]] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)

    def listings(self) -> int:
        return sum(line.kind == "runs" for line in self.served.platform.ledger.requests)

    async def to_the_end(self) -> None:
        resting = asyncio.ensure_future(self.watcher.nothing_left())
        async with asyncio.timeout(20):
            await self.clock.asleep.wait()
            while self.watcher.left:
                before = self.listings()
                self.clock.wake_next()
                asleep = asyncio.ensure_future(self.clock.asleep.wait())
                await asyncio.wait({asleep, resting}, return_when=asyncio.FIRST_COMPLETED)
                asleep.cancel()
                self.calls.append(self.listings() - before)
        await resting


async def retriggered(service: FlowService, *, now_ms: int) -> list[Awaited]:
    """Re-trigger every failed run."""
    pages = service.list_runs(PROD, RunQuery(statuses=("failed",)))
    old = [run async for page in pages for run in page]
    made = []
    for position, run in enumerate(old, start=1):
        send_by = SystemClock().monotonic() + 30
        answer = await service.retrigger(PROD, run.id, request_id="r", send_by=send_by)
        assert isinstance(answer, Accepted)
        awaited = Awaited(
            position=position,
            run_id=run.id,
            old_etag=run.etag,
            old_status=run.status,
            old_error_code=run.error_code,
            old_updated_at_ms=run.updated_at_ms,
            sandbox=PROD,
            flow_id=run.flow_id,
            new_run_id=answer.new_run_id,
            since_ms=now_ms,
        )
        made.append(awaited)
    return made


@asynccontextmanager
async def watching(*, timeout_seconds: float, **takes: object) -> AsyncIterator[Watch]:
    mix = {"recovers": 40, "empty": 20, "partial": 20, "fails_again": 20, **takes}
    flows = [{"name": f"S3 {n}", "runs": {"failed": RUNS // 4}, "retrigger": mix} for n in range(4)]
    scenario = Scenario.from_dict(
        {
            "version": 1,
            "sandboxes": [{"name": "prod", "flows": flows}],
            "behaviour": {"visibility_lag": "90s"},
        }
    )
    clock = SteppedClock()
    told: list[tuple[Awaited, Recovered]] = []
    async with (
        serve(scenario, clock=clock) as served,
        open_flow_service(
            connection_to(served),
            timeouts=Timeouts(connect_seconds=5, request_seconds=20),
            retry=RetrySettings(attempts=2, first_wait_seconds=0.001, longest_wait_seconds=0.01),
            gate=OpenGate(),
            clock=SystemClock(),
            chance=lambda: 0.5,
            environment={},
            secrets=KnownSecrets(),
        ) as service,
    ):
        watcher = Watcher(
            service,
            pace=Pace(poll_every_seconds=30, timeout_seconds=timeout_seconds),
            clock=clock,
            on_recovery=lambda awaited, recovered: told.append((awaited, recovered)),
            on_trouble=lambda _, __: None,
        )
        for awaited in await retriggered(service, now_ms=clock.now_ms()):
            watcher.watch(awaited, wait_from_ms=awaited.since_ms)
        try:
            yield Watch(clock, served, watcher, told)
        finally:
            await watcher.close()


async def test_what_is_told_is_what_became_of_each_run_at_a_call_per_fifty_runs_and_poll() -> None:
    async with watching(timeout_seconds=7200, takes={"from": "1m", "to": "20m"}) as watch:
        await watch.to_the_end()

        runs = watch.served.platform.world.runs
        now_ms = watch.clock.now_ms()
        truth = {
            line.old_run: runs.status(runs.number_of(line.new_run) or 0, now_ms=now_ms)
            for line in watch.served.platform.ledger.accepted
        }
        assert {awaited.run_id: told.status for awaited, told in watch.told} == truth
        assert len(watch.told) == RUNS
        words = {
            "success": {"recovered", "recovered_empty"},
            "partialSuccess": {"partial"},
            "failed": {"failed_again"},
        }
        assert all(told.recovery in words[told.status] for _, told in watch.told)
        assert all(
            (told.records_in == 0) is (told.recovery == "recovered_empty")
            for _, told in watch.told
            if told.status == "success"
        )
        assert Counter(told.recovery for _, told in watch.told).keys() >= {
            "recovered",
            "recovered_empty",
            "partial",
            "failed_again",
        }
        assert max(watch.calls) <= 3  # 120 runs, fifty to a call


async def test_runs_that_never_end_are_told_as_running_and_cost_few_calls() -> None:
    async with watching(timeout_seconds=3600, takes="2h") as watch:
        await watch.to_the_end()

        assert {told.recovery for _, told in watch.told} == {"running"}
        assert {told.status for _, told in watch.told} == {"inProgress"}
        assert len(watch.calls) < 25
        assert sum(watch.calls) <= 3 * len(watch.calls)
