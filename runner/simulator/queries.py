"""Read the query parameters of a list call, with the platform's own errors for what it does not take.

Flow Service has no ``start`` and no ``page``: an unknown parameter is an error (docs: Flow Service error messages).
"""

import re
from dataclasses import dataclass

from runner.simulator.calls import Call
from runner.simulator.filters import Condition, parse_filter
from runner.simulator.paging import Position, read_token
from runner.simulator.replies import invalid
from runner.simulator.scenario_values import Behaviour

_KNOWN = frozenset({"property", "limit", "orderby", "continuationToken", "count"})
_ORDER = re.compile(r"([+-]?)([A-Za-z][A-Za-z0-9_.]*)")
_LONGEST_NUMBER = 9
# "runs are sortable" (docs: sort and filter); by which fields beyond these is not written anywhere.
_SORTABLE = frozenset(
    {
        "id",
        "name",
        "state",
        "flowId",
        "createdAt",
        "updatedAt",
        "metrics.durationSummary.startedAtUTC",
        "metrics.durationSummary.completedAtUTC",
        "metrics.statusSummary.status",
    }
)


@dataclass(frozen=True, slots=True)
class SortKey:
    """One field of ``orderby``."""

    path: str
    descending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """What a list call asks for."""

    conditions: tuple[Condition, ...]
    order: tuple[SortKey, ...]
    limit: int
    only_count: bool
    position: Position | None
    """Where the last page ended; None: from the start."""


def read_query(call: Call, behaviour: Behaviour) -> ListQuery:
    """Return the query of a call; raises Refused."""
    for name, _ in call.query:
        if name not in _KNOWN:
            raise invalid("1451-400", f"Invalid params {name} provided in query params.")
    only_count = (call.asked("count") or "false").lower() == "true"
    if only_count and call.asked("limit") is not None:
        raise invalid(
            "1401-400",
            "The limit and count parameters cannot be given together in the same request. "
            "Please provide either only the limit or the count parameter and try again.",
        )
    conditions = (parse_filter(value) for name, value in call.query if name == "property")
    token = call.asked("continuationToken")
    return ListQuery(
        conditions=tuple(
            condition for condition in conditions if condition.path not in behaviour.ignored_filters
        ),
        order=_order(call.asked("orderby")),
        limit=_limit(call.asked("limit"), behaviour),
        only_count=only_count,
        position=None if token is None else read_token(token),
    )


def _limit(asked: str | None, behaviour: Behaviour) -> int:
    if asked is None:
        return behaviour.page_size
    # int() takes other scripts' digits and underscores; the platform would not.
    small = asked.isascii() and asked.isdigit() and len(asked) <= _LONGEST_NUMBER
    if not small or int(asked) == 0:
        raise invalid("1453-400", f"Invalid query value limit={asked} provided in query param.")
    return min(int(asked), behaviour.largest_page)


def _order(asked: str | None) -> tuple[SortKey, ...]:
    if asked is None:
        return (SortKey("createdAt", descending=True),)
    return tuple(_sort_key(field) for field in asked.split(","))


def _sort_key(field: str) -> SortKey:
    match = _ORDER.fullmatch(field)
    if match is None:
        raise invalid(
            "1432-400",
            "Sort order specified is not correct, prepend + for ascending order and - for descending order "
            "in the fieldName.",
        )
    sign, path = match.groups()
    if path not in _SORTABLE:
        raise invalid(
            "1433-400",
            f"Incorrect field= {path} passed in orderBy, example are +name, -name, name.",
        )
    return SortKey(path, descending=sign == "-")
