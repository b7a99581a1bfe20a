"""What people ordered of an execution while it worked, from its events. Pure; bounded."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from runner.report.rates import RATE_MARK, Rates, rates_of

MOST_ORDERS = 30
_MARK = '"event": "control"'
_NO_LIMITS = frozenset(
    {"number", "at", "event", "order", "order_number", "who", "host", "sandbox", "refused", "chain"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """One order that was taken. ``refused`` says why it was not carried out; empty: it was."""

    at: str
    who: str
    order: str
    refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the events say that pages tell: the steps of the rate, the first orders, and how many more there were."""

    rates: Rates
    orders: tuple[Ordered, ...]
    more_orders: int


def told_in(events: Iterable[str], *, at_most: int = MOST_ORDERS) -> Told:
    """Return what pages tell of an execution's events, in one pass over them."""
    lines = [line for line in events if RATE_MARK in line or _MARK in line]
    orders = [order for line in lines if _MARK in line and (order := _ordered(line))]
    return Told(
        rates=rates_of(lines),
        orders=tuple(orders[:at_most]),
        more_orders=max(0, len(orders) - at_most),
    )


def _ordered(line: str) -> Ordered | None:
    event = json.loads(line)
    if event.get("event") != "control":
        return None  # other words that only look like it
    limits = [f"{name}={value}" for name, value in event.items() if name not in _NO_LIMITS]
    where = f"in sandbox {event['sandbox']}" if event.get("sandbox") else ""
    return Ordered(
        at=event["at"],
        who=f"{event.get('who', '')} on {event.get('host', '')}",
        order=" ".join(filter(None, [event.get("order", ""), *limits, where])),
        refused=event.get("refused", ""),
    )
