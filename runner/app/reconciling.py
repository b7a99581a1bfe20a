"""`reconcile`: look again at requests whose answers were never seen, or record what a person found out."""

import asyncio
from collections.abc import Sequence

from runner.app.deciding import Decider, decider_for
from runner.app.findings import Decisions, entries_of
from runner.app.house import House
from runner.app.leases import LeaseKeeper
from runner.app.platform import opened_platform
from runner.app.reading import spec_of_text
from runner.app.reporting import known_execution, report
from runner.app.signals import Interrupted, Stopping, signals_handled
from runner.app.telling import tell_end, tell_journal
from runner.app.verdict import verdict
from runner.app.working import Worked, keeper_for
from runner.execute import Ended
from runner.journal import (
    Entry,
    Journal,
    Stopped,
    adopted,
    cleared,
    open_journal,
    still_open,
)
from runner.model.doubt import Absent, Adopt, OpenAsk, StillOpen
from runner.model.report import Execution
from runner.model.spec import Spec
from runner.model.text import terminal


async def reconcile(name: str | None, decisions: Decisions, *, house: House) -> int:
    """Look again at an execution's open questions, or record a person's decisions; return the exit code."""
    journal = open_journal(house.journal_place, make=False)
    stopping = Stopping.cancelling(asyncio.current_task())
    try:
        with signals_handled(stopping):
            tell_journal(journal, house=house)
            execution = known_execution(journal, name)
            spec = spec_of_text(execution.spec_text, path=execution.spec_path, house=house)
            worked = await _reconciled(execution, spec, decisions, journal=journal, house=house)
    except asyncio.CancelledError:
        raise Interrupted(
            f"{stopping.asked or 'interrupted'}; what was decided is recorded."
        ) from None
    finally:
        journal.close()
    tell_end(worked, house=house)
    return worked.exit_code


async def _reconciled(
    execution: Execution, spec: Spec, decisions: Decisions, *, journal: Journal, house: House
) -> Worked:
    """Hold the execution's flows, so that nobody works on them, and decide."""
    keeper = keeper_for(spec, execution.id, journal=journal, house=house)
    keeper.take()
    keeper.keep()
    try:
        if execution.state == "running":
            keeper.resume()
        asks = journal.open_asks(execution.id)
        house.console.say(f"{len(asks)} unresolved")
        if decisions:
            entries = await entries_of(asks, decisions, spec=spec, journal=journal, house=house)
            keeper.write(execution.id, entries)
        else:
            await _look(spec, asks, keeper=keeper, house=house)
        return _at_rest(execution, keeper=keeper, house=house)
    finally:
        await keeper.drop()


async def _look(spec: Spec, asks: Sequence[OpenAsk], *, keeper: LeaseKeeper, house: House) -> None:
    async with opened_platform(spec, house=house) as (service, _):
        decider = decider_for(spec, platform=service, journal=keeper.journal, clock=house.clock)
        async with asyncio.TaskGroup() as group:
            for ask in asks:
                group.create_task(_settle(ask, decider, keeper=keeper, house=house))


async def _settle(ask: OpenAsk, decider: Decider, *, keeper: LeaseKeeper, house: House) -> None:
    """Look until it can be told, and record it."""
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
        house.console.say(terminal(f"{ask.found.run_id}: {said}"))
        return


def _at_rest(execution: Execution, *, keeper: LeaseKeeper, house: House) -> Worked:
    """Record how it rests now, and write its reports."""
    journal = keeper.journal
    left = sum(
        tally.count
        for tally in journal.tallies(execution.id)
        if tally.outcome in ("", "not_attempted")
    )
    rests = verdict(Ended(), journal.tallies(execution.id))
    goes_on = "apply the spec again to go on with the runs that are left"
    stopped = Stopped(
        at_ms=house.clock.now_ms(),
        state="stopped" if left or rests.state == "stopped" else rests.state,
        because=rests.because or (goes_on if left else ""),
        exit_code=rests.exit_code,
    )
    keeper.write(execution.id, [stopped])
    rested = journal.execution(execution.id)
    assert rested is not None
    return Worked(
        execution=rested,
        tallies=journal.tallies(execution.id),
        reports=report(journal, rested, directory=None),
        exit_code=rests.exit_code,
    )
