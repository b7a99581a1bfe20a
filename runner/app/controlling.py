"""`control`: give an order to the process that works on an execution, and wait until it has taken it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from runner.app.house import House, advised
from runner.app.leases import living_lease
from runner.app.reporting import known_execution
from runner.errors import UsageError
from runner.journal import Journal, open_journal
from runner.machine import host, who
from runner.model.lease import Lease
from runner.model.orders import LimitChange, Order, OrderKind
from runner.model.report import Execution
from runner.model.text import brief, terminal
from runner.model.words import SandboxName
from runner.spec import limit_values

NOT_TAKEN = 1
WAIT_SECONDS = 5.0
_LOOK_EVERY_SECONDS = 0.1
_DONE = {
    OrderKind.PAUSE: "paused: nothing new leaves, what is in flight ends, its flows stay taken; "
    "`{resume}` goes on",
    OrderKind.RESUME: "goes on",
    OrderKind.STOP: "stopping: what is in flight ends, then it writes its reports; applied again it goes on",
    OrderKind.LIMITS: "works under the ordered limits",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the command line orders."""

    execution: str | None
    """Its id or the start of it; None: the newest."""
    what: OrderKind
    limits: Sequence[str] = ()
    """Words like ``max_per_second=2``."""
    sandbox: str | None = None


async def control(given: Given, *, house: House) -> int:
    """Give an order; return the exit code. Raises UsageError where nobody is there to take it, or it is refused."""
    change = _change(given)
    journal = open_journal(house.journal_place, make=False)
    try:
        execution = known_execution(journal, given.execution, house=house)
        lease = _worked_on(journal, execution, house=house)
        order = _order(given.what, change, to=lease, house=house)
        number = journal.order(execution.id, order)
        house.console.say(
            brief(f"ordered: {order.in_words} of {execution.id}, which {_worker(lease)} works on"),
            action="ordered",
        )
        taken = await _taken(journal, execution, replace(order, number=number), house=house)
        return _told(execution, taken, is_there=_is_there(journal, execution, house), house=house)
    finally:
        journal.close()


def _change(given: Given) -> LimitChange:
    if given.what is not OrderKind.LIMITS:
        return LimitChange()
    sandbox = None if given.sandbox is None else SandboxName(given.sandbox)
    return LimitChange(sandbox=sandbox, values=limit_values(given.limits))


def _worked_on(journal: Journal, execution: Execution, *, house: House) -> Lease:
    """Return the lease of whoever works on an execution; raises UsageError where nobody does."""
    lease = living_lease(journal, execution.id, now_ms=house.clock.now_ms(), proc=house.proc)
    if lease is None:
        state = "was cut off" if execution.state == "running" else f"is {execution.state}"
        raise UsageError(
            f"nobody works on execution {execution.id}, which {state}: there is nobody to take the order.",
            remedy=f"`{advised(house, 'status')}` lists the executions, and says how to go on with one.",
        )
    return lease


def _is_there(journal: Journal, execution: Execution, house: House) -> bool:
    now_ms = house.clock.now_ms()
    return living_lease(journal, execution.id, now_ms=now_ms, proc=house.proc) is not None


def _order(what: OrderKind, change: LimitChange, *, to: Lease, house: House) -> Order:
    return Order(
        holder_id=to.holder.id,
        at_ms=house.clock.now_ms(),
        who=who(house.environment),
        host=host(),
        what=what,
        change=change,
    )


async def _taken(journal: Journal, execution: Execution, order: Order, *, house: House) -> Order:
    """Return the order once it was taken, or as it is after some seconds."""
    deadline = house.clock.monotonic() + WAIT_SECONDS
    while order.taken_at_ms is None and house.clock.monotonic() < deadline:
        await house.clock.sleep(_LOOK_EVERY_SECONDS)
        after = order.number - 1
        order = journal.orders(execution.id, holder_id=order.holder_id, after=after)[0]
    return order


def _told(execution: Execution, order: Order, *, is_there: bool, house: House) -> int:
    if order.refused:
        raise UsageError(f"execution {execution.id} refused: {order.refused}")
    if order.taken_at_ms is None:
        said = _not_taken(execution, is_there=is_there, house=house)
        house.console.warn(said, action="not_taken")
        return NOT_TAKEN
    done = _DONE[order.what].format(resume=advised(house, "control", execution.id, "resume"))
    house.console.out(terminal(f"{execution.id} {done}"))
    return 0


def _not_taken(execution: Execution, *, is_there: bool, house: House) -> str:
    waited = f"execution {execution.id} did not take the order within {WAIT_SECONDS:g} s"
    if not is_there:
        return brief(f"{waited}: nobody works on it any more.")
    why = "it may be asking a person, be finding out what became of requests, or hang"
    status = advised(house, "status", execution.id)
    return terminal(f"{waited}: {why}; it takes it as soon as it can. See `{status}`.")


def _worker(lease: Lease) -> str:
    return f"{lease.holder.who} on {lease.holder.host}"
