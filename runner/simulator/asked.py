"""A call that the gateway let through, and what the service needs to know besides."""

from dataclasses import dataclass

from runner.simulator.calls import Call, Route


@dataclass(frozen=True, slots=True)
class Asked:
    """``twist`` is a fault of paging: ``repeat``, ``skip`` or empty."""

    call: Call
    route: Route
    now_ms: int
    twist: str = ""
