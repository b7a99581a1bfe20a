"""Work one execution that the journal holds: take its flows, run it, say how it came to rest, write its reports."""

from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path

from runner.app.assembling import Work, assembled
from runner.app.house import House, advised
from runner.app.leases import LeaseKeeper
from runner.app.noticing import Noticing, noticing_for
from runner.app.obeying import Orders
from runner.app.reporting import duplicated_rows, report, worst_flows
from runner.app.showing import Screen, Watcher, shown
from runner.app.signals import deadline
from runner.app.verdict import A_BUG, Verdict, verdict
from runner.execute import Coordinator, Ended
from runner.journal import LINGER_SECONDS, GroupCommit, Journal, Stopped
from runner.machine import this_process
from runner.model.recovery import Awaited
from runner.model.report import Execution, ResultRow, Tally
from runner.model.session import Session
from runner.model.spec import Spec
from runner.model.words import ExecutionId
from runner.progress import Display, choose_display
from runner.report import Worst

_ALL = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """What came of it."""

    execution: Execution
    tallies: Sequence[Tally]
    sessions: Sequence[Session]
    worst: Worst
    """The flows in which most went wrong."""
    reports: tuple[Path, ...]
    exit_code: int
    before: Sequence[Tally] | None = None
    """Its rows counted before the last session; None: nothing was done in one."""
    duplicated: tuple[ResultRow, ...] = ()
    """The first of the runs that were re-triggered elsewhere too."""


async def work(work: Work, *, keeper: LeaseKeeper) -> Worked:
    """Work an execution whose flows are held, to its end or until it is stopped."""
    before = work.journal.tallies(work.execution_id)
    make_commits = work.house.stage.make_commits or GroupCommit
    commits = make_commits(keeper, work.execution_id, linger_seconds=LINGER_SECONDS)
    screen = Screen(_display(work.house))
    coordinator = assembled(
        work, commits=commits, keeper=keeper, agree=lambda words: screen.agree(words, work.house)
    )
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
        await stack.enter_async_context(shown(watcher, screen))
        noticing = _noticing(work, commits)
        async with (
            _obeyed(work, coordinator, commits, keeper),
            noticing.meanwhile(failed=coordinator.fail),
        ):
            ended = await coordinator.run(
                open_asks=work.journal.open_asks(work.execution_id),
                doubted=work.journal.doubted(work.execution_id),
                awaited=_awaited(work),
                goes_on=work.goes_on,
            )
        if not (ended.interrupted or ended.failure):
            await noticing.at_the_end(work.stopping)
        rests = await _rest(work, ended, commits, keeper)
    return worked_of(work.journal, work.execution_id, exit_code=rests.exit_code, before=before)


def _obeyed(
    work: Work, coordinator: Coordinator, commits: GroupCommit, keeper: LeaseKeeper
) -> AbstractAsyncContextManager[None]:
    """Return the block in which orders are taken, where anybody can give some."""
    if not work.house.stage.takes_orders:
        return nullcontext()
    orders = Orders(
        execution_id=work.execution_id,
        holder_id=keeper.holder.id,
        coordinator=coordinator,
        journal=work.journal,
        commits=commits,
        stopping=work.stopping,
        house=work.house,
    )
    return orders.obeyed()


def _noticing(work: Work, commits: GroupCommit) -> Noticing:
    return noticing_for(
        work.spec,
        work.service,
        work.hands,
        execution_id=work.execution_id,
        journal=work.journal,
        write=commits.durable,
        again=work.again,
        house=work.house,
    )


def _awaited(work: Work) -> Sequence[Awaited]:
    """Return the new runs that earlier goes left, where new runs are watched."""
    if not work.waits:
        return ()
    return work.journal.awaited(work.execution_id, after=0, most=_ALL)


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
        status=advised(house, "status"),
    )


def _display(house: House) -> Display:
    return choose_display(
        house.console.progress_stream,
        quiet=house.quiet,
        log_format=house.log_format,
        environment=house.environment,
        clock=house.clock,
        still_every=house.stage.still_every_seconds,
    )


def _watcher(work: Work, coordinator: Coordinator, before: Sequence[Tally]) -> Watcher:
    return Watcher(
        execution_id=work.execution_id,
        coordinator=coordinator,
        gate=work.gate,
        clock=work.house.clock,
        settled_before=settled_before(before),
        every_seconds=work.house.stage.moments_every_seconds,
    )


def settled_before(tallies: Sequence[Tally]) -> dict[str, int]:
    """Return how many planned runs came to which outcome in earlier sessions."""
    settled = Counter[str]()
    for tally in tallies:
        if tally.outcome and tally.is_planned:
            settled[tally.outcome] += tally.count
    return dict(settled)


async def _rest(work: Work, ended: Ended, commits: GroupCommit, keeper: LeaseKeeper) -> Verdict:
    """Record how it came to rest, as the last event; raises what ended writing, when that is what happened."""
    await commits.close()
    rows = work.journal.rows
    rests = verdict(
        ended,
        work.journal.tallies(work.execution_id),
        has_sent=lambda: any(row.was_asked for row in rows(work.execution_id)),
    )
    stopped = Stopped(
        at_ms=work.house.clock.now_ms(),
        state=rests.state,
        because=work.house.secrets.masked(rests.because),
        exit_code=rests.exit_code,
    )
    keeper.write(work.execution_id, [stopped])
    if ended.failure and rests.exit_code == A_BUG:
        raise ended.failure
    return rests


def worked_of(
    journal: Journal,
    execution_id: ExecutionId,
    *,
    exit_code: int,
    before: Sequence[Tally] | None = None,
    directory: Path | None = None,
) -> Worked:
    """Write the reports of an execution that rests, and return what is told of it.

    They go where they went before, unless another ``directory`` is given.
    """
    execution = journal.execution(execution_id)
    assert execution is not None
    tallies = journal.tallies(execution_id)
    return Worked(
        execution=execution,
        tallies=tallies,
        sessions=journal.sessions(execution_id),
        worst=worst_flows(journal, execution_id),
        reports=report(journal, execution, directory=directory),
        exit_code=exit_code,
        before=before,
        duplicated=duplicated_rows(journal, execution, tallies),
    )
