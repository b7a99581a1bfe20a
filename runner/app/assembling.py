"""Put together what works one execution: the coordinator, and whom it asks, watches with and is limited by."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count

from runner.app.between import BetweenTheWaves
from runner.app.deciding import Elsewhere, decider_for
from runner.app.house import House
from runner.app.leases import LeaseKeeper
from runner.app.signals import Stopping
from runner.app.watching import watcher_for
from runner.client import FlowService
from runner.execute import Coordinator, Hands, MakeWatches, Settings, Verifier
from runner.journal import GroupCommit, Journal
from runner.limits import Gate
from runner.model.spec import Spec
from runner.model.words import ExecutionId
from runner.retry import RetryPolicy

_SEND_WITHIN_SHARE = 0.5
"""How much of a lease's time a request may wait between its intent and its leaving."""


Agree = Callable[[str], Awaitable[bool | None]]
"""Asks a person for consent while the work goes on; None where there is no terminal."""


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
    waits: bool
    """Whether new runs are watched until they end."""
    goes_on: bool
    """Whether a person lets it go on after it stopped by itself."""
    hands: Hands
    """What knows the flows' newer runs: one for all who ask, so that nothing is listed twice."""


def assembled(
    work: Work, *, commits: GroupCommit, keeper: LeaseKeeper, agree: Agree
) -> Coordinator:
    """Return what works an execution, with everything it needs."""
    spec, house = work.spec, work.house
    return Coordinator(
        _settings(work),
        gate=work.gate,
        asks=work.service,
        looks=Verifier(
            work.service, house.clock, None if work.again else work.hands, _elsewhere(work)
        ),
        journal=work.journal,
        commits=commits,
        permit=keeper,
        clock=house.clock,
        decides=decider_for(spec, platform=work.service, journal=work.journal, clock=house.clock),
        watches=_watches(work) if work.waits else None,
        between=BetweenTheWaves(
            execution_id=work.execution_id,
            rule=spec.between_waves,
            waits=work.waits,
            journal=work.journal,
            commits=commits,
            house=house,
            agree=agree,
        ),
    )


def _settings(work: Work) -> Settings:
    spec, house = work.spec, work.house
    return Settings(
        execution_id=work.execution_id,
        org_id=spec.connection.org_id,
        limits=spec.limits,
        sandbox_limits={sandbox.name: sandbox.limits for sandbox in spec.sandboxes},
        retry=RetryPolicy.of(spec.retry),
        stop_when=spec.stop_when,
        sandbox_stop_when={sandbox.name: sandbox.stop_when for sandbox in spec.sandboxes},
        on_failure=spec.on_failure,
        waits_for_recovery=work.waits,
        drain_seconds=spec.timeouts.request_seconds,
        send_within_seconds=spec.lease_expires_after_seconds * _SEND_WITHIN_SHARE,
        chance=house.chance,
        new_request_id=_request_ids(house),
        server_offset_ms=work.service.server_offset_ms,
    )


def _watches(work: Work) -> MakeWatches:
    return lambda told: watcher_for(
        work.spec,
        work.service,
        on_recovery=told,
        server_offset_ms=work.service.server_offset_ms,
        house=work.house,
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
