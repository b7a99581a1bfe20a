"""What a person orders of an execution at work, from another terminal: pause, resume, stop, other limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from runner.model.text import person_time
from runner.model.words import SandboxName

WHOLE_NUMBERS = ("max_at_once", "max_running", "max_running_per_flow", "max_per_day")
CHANGEABLE = ("max_per_second", "max_reads_per_second", *WHOLE_NUMBERS)
"""The limits that can be changed while an execution works, by their names in a spec."""

BY_THE_SPEC = "spec"
"""The word for a limit's value that takes an earlier order back."""


class OrderKind(StrEnum):
    """What can be ordered."""

    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    LIMITS = "limits"


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitChange:
    """Other values for some limits of an execution, or of one sandbox in it; None: what the spec says."""

    sandbox: SandboxName | None = None
    values: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def in_words(self) -> str:
        """Return ``max_per_second=2 max_at_once=4 in sandbox prod``."""
        told = [f"{name}={_value(value)}" for name, value in self.values.items()]
        return " ".join(told) + (f" in sandbox {self.sandbox}" if self.sandbox else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order, to the one process that works on the execution now: no later one ever takes it."""

    number: int = 0
    """Counts the orders of an execution, from 1; zero: not recorded yet."""
    holder_id: str
    """Of the leases of whoever is to take it."""
    at_ms: int
    who: str
    host: str
    what: OrderKind
    change: LimitChange = field(default_factory=LimitChange)
    taken_at_ms: int | None = None
    """None: not yet."""
    refused: str = ""
    """Why it was not carried out; empty: it was, once it is taken."""

    @property
    def by(self) -> str:
        """Who gave it, and where."""
        return f"{self.who} on {self.host}"

    @property
    def in_words(self) -> str:
        """Return it as it was written: ``pause``, or ``limits max_per_second=2``."""
        return f"{self.what} {self.change.in_words}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the orders that were taken so far have come to."""

    paused: Order | None
    limits: Mapping[tuple[SandboxName | None, str], float]
    """Those that are not the spec's, by sandbox (None: of the whole execution) and name."""

    @property
    def limits_in_words(self) -> str:
        """Return ``max_per_second=2, max_at_once=4 in sandbox prod``, or nothing."""
        return ", ".join(
            LimitChange(sandbox=sandbox, values={name: value}).in_words
            for (sandbox, name), value in self.limits.items()
        )


def standing(orders: Sequence[Order]) -> Standing:
    """Return what orders, oldest first, have come to."""
    paused: Order | None = None
    limits: dict[tuple[SandboxName | None, str], float] = {}
    for order in orders:
        if order.taken_at_ms is None or order.refused:
            continue
        if order.what in {OrderKind.PAUSE, OrderKind.RESUME}:
            paused = order if order.what is OrderKind.PAUSE else None
        for name, value in order.change.values.items():
            limits.pop((order.change.sandbox, name), None)
            if value is not None:
                limits[order.change.sandbox, name] = value
    return Standing(paused=paused, limits=limits)


def paused_by(order: Order) -> str:
    """Return ``paused by ada on laptop since 2026-11-20 02:00:00 UTC``."""
    return f"paused by {order.by} since {person_time(order.taken_at_ms)}"


def _value(value: float | None) -> str:
    return BY_THE_SPEC if value is None else f"{value:.12g}"
