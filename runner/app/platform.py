"""Open the way to the platform for one spec: its limits as a gate, and Flow Service behind it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from runner.app.house import House
from runner.app.platform_clock import REMEDY, PlatformClock
from runner.app.waiting import RetryTeller
from runner.client import FlowService, open_flow_service
from runner.errors import PlatformRefused, UsageError
from runner.limits import Gate
from runner.model.plan import PlannedSandbox
from runner.model.platform import Sandbox
from runner.model.spec import Spec
from runner.model.text import brief, terminal
from runner.model.words import SandboxName

UNKNOWN = "unknown"


@asynccontextmanager
async def opened_platform(
    spec: Spec, *, house: House, tells_clock: bool = True
) -> AsyncIterator[tuple[FlowService, Gate]]:
    """Open Flow Service for a spec, and close it; with ``tells_clock`` it is warned of clocks that differ much."""
    gate = Gate.of(
        spec.limits,
        sandboxes={sandbox.name: sandbox.limits for sandbox in spec.sandboxes},
        clock=house.clock,
        longest_pause=spec.retry.longest_wait_seconds,
        retry_share=spec.retry.budget_percent / 100,
    )
    async with open_flow_service(
        spec.connection,
        timeouts=spec.timeouts,
        retry=spec.retry,
        gate=gate,
        clock=house.clock,
        chance=house.chance,
        environment=house.environment,
        secrets=house.secrets,
        open_wire=house.stage.open_wire,
        on_wait=RetryTeller(house),
    ) as service:
        if tells_clock:
            service.when_time_is_known(partial(_warn_of_clock, house))
        yield service, gate


def _warn_of_clock(house: House, offset_ms: int) -> None:
    clock = PlatformClock(offset_ms=offset_ms)
    if clock.differs:
        house.console.warn(f"{clock.difference} {REMEDY}", action="clock")


async def known_sandboxes(
    spec: Spec, *, service: FlowService, house: House
) -> tuple[PlannedSandbox, ...]:
    """Return what the platform says of the spec's sandboxes.

    One that is not active is refused; one that is not listed is warned of, since the list holds only what these
    credentials may see. Where the list itself is refused, nothing is known and the work can go on.
    """
    try:
        listed = {sandbox.name: sandbox for sandbox in await service.sandboxes()}
    except PlatformRefused as refusal:
        house.console.warn(
            f"the sandboxes cannot be listed, so their types are unknown: {brief(str(refusal))}",
            action="sandboxes",
        )
        listed = {}
    else:
        _refuse_inactive(spec, listed)
        _warn_of_unlisted(spec, listed, house)
    return tuple(_planned(sandbox.name, listed.get(sandbox.name)) for sandbox in spec.sandboxes)


def _planned(name: SandboxName, sandbox: Sandbox | None) -> PlannedSandbox:
    return PlannedSandbox(
        name=name,
        type=(sandbox.type if sandbox else "") or UNKNOWN,
        region=sandbox.region if sandbox else "",
    )


def _refuse_inactive(spec: Spec, listed: dict[SandboxName, Sandbox]) -> None:
    for sandbox in spec.sandboxes:
        found = listed.get(sandbox.name)
        if found and found.state and found.state != "active":
            raise UsageError(
                f"{spec.place}: sandbox {sandbox.name} is {terminal(found.state)}, not active. Nothing was sent.",
                remedy="Leave it out of the spec, or wait until it is active.",
            )


def _warn_of_unlisted(spec: Spec, listed: dict[SandboxName, Sandbox], house: House) -> None:
    for sandbox in spec.sandboxes:
        if sandbox.name not in listed:
            names = brief(", ".join(sorted(listed))) or "none"
            house.console.warn(
                f"{spec.place}: sandbox {sandbox.name} is not among those that these credentials can see ({names}).",
                action="sandboxes",
            )
