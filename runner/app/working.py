"""Work one execution that the journal holds: take its flows, run it, say how it came to rest, write its reports."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from runner.app.deciding import Elsewhere, claimed_in, decider_for
from runner.app.house import House
from runner.app.leases import LeaseKeeper
from runner.app.reporting import report
from runner.app.showing import Watcher, shown
from runner.app.signals import Stopping, deadline
from runner.app.verdict import A_BUG, Verdict, verdict
from runner.client import FlowService
from runner.execute import Coordinator, Ended, Hands, Settings, Verifier
from runner.journal import LINGER_SECONDS, GroupCommit, Journal, Stopped
from runner.limits import Gate
from runner.machine import this_process
from runner.model.report import Execution, Tally
from runner.model.spec import Spec
from runner.model.words import ExecutionId
from runner.progress import Display, choose_display
from runner.retry import RetryPolicy

_SEND_WITHIN_SHARE = 0.5
"""How much of a lease's time a request may wait between its intent and its leaving."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One execution to be worked, and what it is worked with."""

    spec: Spec
    execution_id: ExecutionId
    journal: Journal
    service: FlowService
    gate: Gate
    house: House
    stopping: Stopping
    stop_after_seconds: float | None
    again: bool
    """Whether to re-trigger also what somebody seems to have re-triggered already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """What came of it."""

    execution: Execution
    tallies: Sequence[Tally]
    reports: tuple[Path, ...]
    exit_code: int


async def work(work: Work, *, keeper: LeaseKeeper) -> Worked:
    """Work an execution whose flows are held, to its end or until it is stopped."""
    before = work.journal.tallies(work.execution_id)
    commits = GroupCommit(keeper, work.execution_id, linger_seconds=LINGER_SECONDS)
    coordinator = _coordinator(work, commits=commits, keeper=keeper)
    keeper.lost = coordinator.fail
    work.stopping.first = lambda why: coordinator.interrupt(because=why)
    work.stopping.second = coordinator.abort
    watcher = _watcher(work, coordinator, before)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(keeper.drop)
        keeper.keep()
        await stack.enter_async_context(
            deadline(work.stop_after_seconds, stopping=work.stopping, clock=work.house.clock)
        )
        await stack.enter_async_context(shown(watcher, _display(work.house)))
        ended = await coordinator.run(
            work.journal.lanes(work.execution_id),
            open_asks=work.journal.open_asks(work.execution_id),
            doubted=work.journal.doubted(work.execution_id),
        )
        rests = await _rest(work, ended, commits, keeper)
    return _worked(work, rests)


def keeper_for(
    spec: Spec, execution_id: ExecutionId, *, journal: Journal, house: House
) -> LeaseKeeper:
    """Return this process's hold on an execution's flows; not taken yet."""
    return LeaseKeeper(
        journal=journal,
        execution_id=execution_id,
        holder=this_process(house.token(), environment=house.environment, proc=house.proc),
        clock=house.clock,
        expires_after_seconds=spec.lease_expires_after_seconds,
        proc=house.proc,
    )


def _display(house: House) -> Display:
    return choose_display(
        house.console.progress_stream,
        quiet=house.quiet,
        environment=house.environment,
        clock=house.clock,
    )


def _coordinator(work: Work, *, commits: GroupCommit, keeper: LeaseKeeper) -> Coordinator:
    spec, house = work.spec, work.house
    settings = Settings(
        execution_id=work.execution_id,
        limits=spec.limits,
        sandbox_limits={sandbox.name: sandbox.limits for sandbox in spec.sandboxes},
        retry=RetryPolicy.of(spec.retry),
        stop_when=spec.stop_when,
        drain_seconds=spec.timeouts.request_seconds,
        send_within_seconds=spec.lease_expires_after_seconds * _SEND_WITHIN_SHARE,
        chance=house.chance,
        new_request_id=_request_ids(house),
        server_offset_ms=work.service.server_offset_ms,
    )
    return Coordinator(
        settings,
        gate=work.gate,
        asks=work.service,
        looks=Verifier(
            work.service, house.clock, None if work.again else _hands(work), _elsewhere(work)
        ),
        journal=work.journal,
        commits=commits,
        permit=keeper,
        clock=house.clock,
        decides=decider_for(spec, platform=work.service, journal=work.journal, clock=house.clock),
    )


def _request_ids(house: House) -> Callable[[], str]:
    """Return what names each request: the same letters for this go, and a number that rises."""
    prefix, numbers = house.token(), count(1)
    return lambda: f"{prefix}-{next(numbers)}"


def _elsewhere(work: Work) -> Elsewhere:
    return Elsewhere(
        journal=work.journal,
        org_id=work.spec.connection.org_id,
        execution_id=work.execution_id,
        again=work.again,
    )


def _hands(work: Work) -> Hands:
    return Hands(
        lists=work.service,
        claimed=claimed_in(work.journal, work.spec),
        clock=work.house.clock,
        our_client=work.spec.connection.auth.client_id,
    )


def _watcher(work: Work, coordinator: Coordinator, before: Sequence[Tally]) -> Watcher:
    settled: dict[str, int] = {}
    for tally in before:
        if tally.outcome and tally.outcome != "skipped":
            settled[tally.outcome] = settled.get(tally.outcome, 0) + tally.count
    return Watcher(
        execution_id=work.execution_id,
        coordinator=coordinator,
        gate=work.gate,
        clock=work.house.clock,
        limit_per_second=work.spec.limits.max_per_second,
        settled_before=settled,
    )


async def _rest(work: Work, ended: Ended, commits: GroupCommit, keeper: LeaseKeeper) -> Verdict:
    """Record how it came to rest, as the last event; raises what ended writing, when that is what happened."""
    await commits.close()
    rests = verdict(ended, work.journal.tallies(work.execution_id))
    stopped = Stopped(
        at_ms=work.house.clock.now_ms(),
        state=rests.state,
        because=rests.because,
        exit_code=rests.exit_code,
    )
    keeper.write(work.execution_id, [stopped])
    if ended.failure and rests.exit_code == A_BUG:
        raise ended.failure
    return rests


def _worked(work: Work, rests: Verdict) -> Worked:
    execution = work.journal.execution(work.execution_id)
    assert execution is not None
    return Worked(
        execution=execution,
        tallies=work.journal.tallies(work.execution_id),
        reports=report(work.journal, execution, directory=None),
        exit_code=rests.exit_code,
    )
