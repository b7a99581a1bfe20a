"""`reconcile`: look again at unanswered requests and at new runs, or record what a person found out."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from runner.app.deciding import Decider, decider_for
from runner.app.findings import Decisions, entries_of
from runner.app.house import House, advised
from runner.app.journals import tell_journal
from runner.app.lease_wait import LeaseWait
from runner.app.leases import LeaseKeeper
from runner.app.noticing import Noticing, hands_for, noticing_for
from runner.app.platform import opened_platform
from runner.app.reading import spec_of_text
from runner.app.reporting import known_execution
from runner.app.signals import Interrupted, Stopping, signals_handled
from runner.app.telling import tell_end
from runner.app.verdict import INTERRUPTED, verdict
from runner.app.waiting import told_meanwhile
from runner.app.watching import RecoveryWatch
from runner.app.working import Worked, keeper_for, worked_of
from runner.client import FlowService
from runner.errors import CannotGoOn, PlatformRefused, PlatformUnreachable
from runner.execute import Ended, waiting_for_answers
from runner.journal import (
    Entry,
    Stopped,
    adopted,
    cleared,
    open_journal,
    reconciled,
    still_open,
)
from runner.model.doubt import Absent, Adopt, OpenAsk, StillOpen
from runner.model.meaning import ENDED, LEFT
from runner.model.progress import Waiting
from runner.model.report import AGAIN, Execution, Tally
from runner.model.text import brief, terminal
from runner.model.words import ExecutionId


async def reconcile(
    name: str | None, decisions: Decisions, *, wait_for_lease_seconds: float = 0.0, house: House
) -> int:
    """Look again at an execution's open questions, or record a person's decisions; return the exit code."""
    journal = open_journal(house.journal_place, make=False)
    stopping = Stopping.cancelling(asyncio.current_task())
    try:
        with signals_handled(stopping):
            execution = known_execution(journal, name, house=house)
            tell_journal(journal, execution.org_id, house=house)
            spec = spec_of_text(execution.spec_text, path=execution.spec_path, house=house)
            keeper = keeper_for(spec, execution.id, journal=journal, house=house)
            watch = RecoveryWatch(spec=spec, keeper=keeper, house=house, stopping=stopping)
            wait = LeaseWait(seconds=wait_for_lease_seconds, journal=journal, house=house)
            await wait.take(keeper)
            worked = await _reconciled(decisions, watch=watch)
    except CannotGoOn as error:
        raise error.once_sent() from error.__cause__
    except asyncio.CancelledError:
        raise Interrupted(
            f"{stopping.asked or 'interrupted'}; what was decided is recorded."
        ) from None
    finally:
        journal.close()
    tell_end(worked, house=house)
    if stopping.asked:
        again = f"`{advised(house, 'reconcile', worked.execution.id)}` goes on"
        house.console.warn(f"{stopping.asked}; what was seen until then is recorded. {again}.")
    return worked.exit_code


async def _reconciled(decisions: Decisions, *, watch: RecoveryWatch) -> Worked:
    """Keep the execution's flows, so that nobody works on them, decide, and watch."""
    keeper, house = watch.keeper, watch.house
    since_ms = house.clock.now_ms()
    keeper.keep()
    try:
        execution = known_execution(keeper.journal, keeper.execution_id, house=house)
        known = keeper.journal.tallies(execution.id)
        if execution.state == "running":
            keeper.resume()
        asks = keeper.journal.open_asks(execution.id)
        house.console.say(_unresolved(len(asks)), action="unresolved")
        trouble: CannotGoOn | None = None
        if decisions:
            entries = await entries_of(
                asks, decisions, spec=watch.spec, journal=keeper.journal, house=house
            )
            keeper.write(execution.id, entries)
        else:
            trouble = await _look(execution, asks, watch=watch)
        worked = _at_rest(execution, known=known, since_ms=since_ms, watch=watch)
        return replace(worked, exit_code=trouble.once_sent().exit_code) if trouble else worked
    finally:
        await keeper.drop()


async def _look(
    execution: Execution, asks: Sequence[OpenAsk], *, watch: RecoveryWatch
) -> CannotGoOn | None:
    """Look at unanswered requests first: a run that is adopted is watched with the others.

    Returns what kept some of them from being looked at; the others are decided all the same.
    """
    spec, keeper, house = watch.spec, watch.keeper, watch.house
    async with opened_platform(spec, house=house) as (service, _):
        decider = decider_for(spec, platform=service, journal=keeper.journal, clock=house.clock)
        left = {ask.position: ask for ask in asks}
        looks = (_settle(ask, decider, keeper=keeper, house=house, left=left) for ask in asks)
        async with told_meanwhile(lambda: _waiting(left, decider, house=house), house=house):
            ends = await asyncio.gather(*looks, return_exceptions=True)
        trouble = _trouble([end for end in ends if isinstance(end, BaseException)], house=house)
        if trouble is None:  # else new runs could not be looked at either
            noticing = _noticing(execution, service, watch=watch)
            async with noticing.meanwhile():
                await watch.watch(service, server_offset_ms=service.server_offset_ms)
            await noticing.at_the_end(watch.stopping)
    return trouble


def _noticing(execution: Execution, service: FlowService, *, watch: RecoveryWatch) -> Noticing:
    keeper, journal, house = watch.keeper, watch.keeper.journal, watch.house

    async def write(found: Sequence[Entry]) -> None:
        await asyncio.to_thread(keeper.write, execution.id, found)

    return noticing_for(
        watch.spec,
        service,
        hands_for(watch.spec, service, journal=journal, house=house),
        execution_id=execution.id,
        journal=journal,
        write=write,
        again=AGAIN in execution.options.split(),
        house=house,
    )


def _trouble(errors: Sequence[BaseException], *, house: House) -> CannotGoOn | None:
    """Warn of places that cannot be looked at, and return the first; raise what says more than that."""
    of_places: list[PlatformRefused | PlatformUnreachable] = []
    for error in errors:
        if not isinstance(error, PlatformRefused | PlatformUnreachable):
            raise error
        of_places.append(error)
    words = dict.fromkeys(f"{error} {error.remedy}".strip() for error in of_places)
    for each in words:
        house.console.warn(
            terminal(f"what became of some runs cannot be looked at: {each}"), action="unresolved"
        )
    return of_places[0] if of_places else None


def _waiting(left: Mapping[int, OpenAsk], decider: Decider, *, house: House) -> Waiting | None:
    """Return what is waited for: when all that is left can be told."""
    until_ms, now_ms = max(map(decider.due_at_ms, left.values()), default=0), house.clock.now_ms()
    if until_ms <= now_ms:
        return None
    return waiting_for_answers(len(left), until_ms=until_ms, now_ms=now_ms, stops_all=True)


async def _settle(
    ask: OpenAsk,
    decider: Decider,
    *,
    keeper: LeaseKeeper,
    house: House,
    left: dict[int, OpenAsk],
) -> None:
    """Look until it can be told, and record it; then it is none of those that are left."""
    try:
        await _until_told(ask, decider, keeper=keeper, house=house)
    finally:
        left.pop(ask.position)


async def _until_told(ask: OpenAsk, decider: Decider, *, keeper: LeaseKeeper, house: House) -> None:
    looks = 0
    while True:
        await house.clock.sleep(decider.seconds_to_next_look(ask, looks=looks))
        looks += 1
        verdict_ = await decider.decide(ask)
        at_ms = house.clock.now_ms()
        match verdict_:
            case Adopt():
                entry: Entry = adopted(ask, verdict_, at_ms=at_ms)
            case Absent():
                entry = cleared(ask, verdict_.because, at_ms=at_ms)
            case StillOpen() if verdict_.final:
                entry = still_open(ask, verdict_, at_ms=at_ms)
            case _:
                continue
        await asyncio.to_thread(keeper.write, keeper.execution_id, [entry])
        said = getattr(entry, "reason", "") or getattr(entry, "because", "")
        house.console.say(brief(f"{ask.found.run_id}: {said}"), action="decided")
        if isinstance(verdict_, StillOpen):
            house.console.say(
                _way_out(ask, verdict_, keeper.execution_id, house=house), action="undecided"
            )
        return


def _way_out(ask: OpenAsk, left: StillOpen, execution_id: ExecutionId, *, house: House) -> str:
    """Return the words that record what a person finds out, with the ids they need."""
    old = ask.found.run_id
    new = left.candidates[0] if len(left.candidates) == 1 else "NEW"
    adopt = advised(house, "reconcile", execution_id, "--adopt", f"{old}={new}")
    absent = advised(house, "reconcile", execution_id, "--absent", old)
    which = "run NEW" if new == "NEW" else "that run"
    return terminal(f"  if it became {which}: {adopt}; if there surely is no new run: {absent}")


def _unresolved(count: int) -> str:
    if not count:
        return "nothing is unresolved."
    return "1 run is unresolved." if count == 1 else f"{count:,} runs are unresolved."


def _at_rest(
    execution: Execution, *, known: Sequence[Tally], since_ms: int, watch: RecoveryWatch
) -> Worked:
    """Record how it rests now, and write its reports; one that had ended for good stays so."""
    keeper, journal = watch.keeper, watch.keeper.journal
    tallies = journal.tallies(execution.id)
    left = sum(tally.count for tally in tallies if tally.outcome in LEFT)
    rests = verdict(Ended(), tallies)
    goes_on = "apply the spec again to go on with the runs that are left"
    state, because = "stopped" if left else rests.state, rests.because or (goes_on if left else "")
    has_ended = execution.state in ENDED
    if has_ended:
        state, because = execution.state, execution.stopped_because
    learnt = not has_ended or tallies != known
    if learnt:
        at_ms = watch.house.clock.now_ms()
        looked = reconciled(since_ms=since_ms, at_ms=at_ms)
        rest = Stopped(at_ms=at_ms, state=state, because=because, exit_code=rests.exit_code)
        keeper.write(execution.id, [looked, rest])
    code = INTERRUPTED if watch.stopping.asked else rests.exit_code
    before = known if learnt else None
    return worked_of(journal, execution.id, exit_code=code, before=before)
