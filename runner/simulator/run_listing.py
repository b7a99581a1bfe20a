"""Find the runs that a list call asks for, page by page, without building JSON for those that do not fit.

The plain and slow meaning of a filter is ``filters.entity_fits`` on the run's entity; the short cuts here must agree
with it, and a property test says that they do.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice

from runner.simulator.entity_listing import sortable
from runner.simulator.filters import Condition, entity_fits, found_at, spelled
from runner.simulator.paging import Position
from runner.simulator.queries import ListQuery, SortKey
from runner.simulator.run_entity import completed_at, run_entity, started_at
from runner.simulator.world import FlowState, SandboxState, World

_Reader = Callable[[World, int, int], object]
_STATUS = "metrics.statusSummary.status"
_READERS: dict[str, _Reader] = {
    "id": lambda world, number, _: world.runs.id_of(number),
    "flowId": lambda world, number, _: world.flow_of(number).id,
    "createdAt": lambda world, number, _: world.runs.created_ms[number],
    "updatedAt": lambda world, number, now: world.runs.updated_ms(number, now_ms=now),
    # A filterable field that no sample of an entity shows (docs: sort and filter).
    "state": lambda world, number, now: world.runs.status(number, now_ms=now),
    _STATUS: lambda world, number, now: world.runs.status(number, now_ms=now),
    "metrics.durationSummary.startedAtUTC": lambda world, number, now: started_at(
        world, number, now_ms=now
    ),
    "metrics.durationSummary.completedAtUTC": lambda world, number, now: completed_at(
        world, number, now_ms=now
    ),
}


@dataclass(frozen=True, slots=True)
class RunPage:
    """The numbers of one page's runs, and where the next page starts; None: there is none."""

    numbers: tuple[int, ...]
    following: Position | None


class RunListing:
    """One list call over one sandbox's runs at one moment."""

    def __init__(
        self, world: World, sandbox: SandboxState, query: ListQuery, *, now_ms: int
    ) -> None:
        self._world = world
        self._sandbox = sandbox
        self._query = query
        self._now_ms = now_ms
        any_case = world.behaviour.status_case == "any"
        self._conditions = [_folded(c) if any_case else c for c in query.conditions]
        self._any_case = any_case

    def count(self) -> int:
        """Return how many runs fit."""
        return sum(1 for _ in self._fitting(self._candidates()))

    def page(self) -> RunPage:
        """Return the page asked for."""
        by_creation = self._query.order[0].path == "createdAt" and len(self._query.order) == 1
        if by_creation and self._world.behaviour.paging == "stable":
            return self._page_by_place(descending=self._query.order[0].descending)
        return self._page_by_count()

    def _page_by_place(self, *, descending: bool) -> RunPage:
        """Take up after the last run of the page before: what is inserted meanwhile disturbs nothing."""
        created = self._world.runs.created_ms
        found = list(
            islice(self._fitting(self._ordered(descending=descending)), self._query.limit + 1)
        )
        numbers = tuple(found[: self._query.limit])
        if len(found) <= self._query.limit:
            return RunPage(numbers, None)
        return RunPage(numbers, Position(created_ms=created[numbers[-1]], number=numbers[-1]))

    def _ordered(self, *, descending: bool) -> Iterator[int]:
        """Yield the candidates by creation; of several flows each is in order already, and no page sorts them."""
        spans = [self._span(each, descending=descending) for each in self._sequences()]
        if len(spans) == 1:
            return spans[0]
        return merge(*spans, key=self._place, reverse=descending)

    def _place(self, number: int) -> tuple[int, int]:
        return self._world.runs.created_ms[number], number

    def _sequences(self) -> list[Sequence[int]]:
        for condition in self._conditions:
            if condition.operator == "==" and condition.path == "id":
                return [sorted(self._of_ids(condition.values), key=self._place)]
        for condition in self._conditions:
            if condition.operator == "==" and condition.path == "flowId":
                return [self._world.in_order_of(flow) for flow in self._flows(condition.values)]
        return [self._world.in_order(self._sandbox)]

    def _span(self, ordered: Sequence[int], *, descending: bool) -> Iterator[int]:
        """Yield the part of a sequence that the page before and filters on ``createdAt`` leave over."""
        place = self._query.position
        low, high = self._oldest(ordered), len(ordered)
        if place is not None:
            mark = (place.created_ms, place.number + (0 if descending else 1))
            at = bisect_left(ordered, mark, key=self._place)
            low, high = (low, at) if descending else (max(low, at), high)
        steps = range(high - 1, low - 1, -1) if descending else range(low, high)
        return (ordered[step] for step in steps)

    def _oldest(self, ordered: Sequence[int]) -> int:
        """Return where the runs begin that filters on ``createdAt`` leave over: nothing older needs a look."""
        bounds = [
            c.bound for c in self._conditions if c.path == "createdAt" and c.operator in {">", ">="}
        ]
        if not bounds:
            return 0
        return bisect_left(ordered, max(bounds), key=self._world.runs.created_ms.__getitem__)

    def _page_by_count(self) -> RunPage:
        """Leave out as many runs as came before: an insertion shifts every page after it."""
        passed = self._query.position.passed if self._query.position else 0
        ordered = sorted(self._fitting(self._candidates()))
        for key in reversed(self._query.order):
            self._sort(ordered, key)
        numbers = tuple(ordered[passed : passed + self._query.limit])
        reached = passed + len(numbers)
        return RunPage(numbers, Position(passed=reached) if reached < len(ordered) else None)

    def _sort(self, numbers: list[int], key: SortKey) -> None:
        numbers.sort(
            key=lambda number: sortable(self._value(key.path, number)), reverse=key.descending
        )

    def _value(self, path: str, number: int) -> object:
        reader = _READERS.get(path)
        if reader is not None:
            return reader(self._world, number, self._now_ms)
        entity = run_entity(self._world, number, now_ms=self._now_ms)
        return next(iter(found_at(entity, path)), None)

    def _candidates(self) -> Iterable[int]:
        narrow = self._narrowed()
        return self._world.in_order(self._sandbox) if narrow is None else narrow

    def _narrowed(self) -> set[int] | None:
        """Return the runs that filters by id or flow leave over; None: there is no such filter."""
        for condition in self._conditions:
            if condition.operator == "==" and condition.path == "id":
                return self._of_ids(condition.values)
        for condition in self._conditions:
            if condition.operator == "==" and condition.path == "flowId":
                return self._of_flows(condition.values)
        return None

    def _of_ids(self, run_ids: Iterable[str]) -> set[int]:
        numbers = (self._world.runs.number_of(run_id) for run_id in run_ids)
        return {number for number in numbers if number is not None and self._is_here(number)}

    def _of_flows(self, flow_ids: Iterable[str]) -> set[int]:
        return {number for flow in self._flows(flow_ids) for number in flow.runs()}

    def _flows(self, flow_ids: Iterable[str]) -> list[FlowState]:
        found = (self._world.flow_by_id.get(flow_id) for flow_id in flow_ids)
        return [
            flow
            for flow in found
            if flow is not None and flow.sandbox is self._sandbox and not flow.plan.labelled
        ]

    def _is_here(self, number: int) -> bool:
        flow = self._world.flow_of(number)
        return flow.sandbox is self._sandbox and not flow.plan.labelled

    def _fitting(self, numbers: Iterable[int]) -> Iterator[int]:
        runs, now_ms = self._world.runs, self._now_ms
        quick = [c for c in self._conditions if c.path in _READERS]
        slow = [c for c in self._conditions if c.path not in _READERS]
        for number in numbers:
            if not runs.is_visible(number, now_ms=now_ms):
                continue
            if not all(self._fits(condition, number) for condition in quick):
                continue
            if slow and not entity_fits(run_entity(self._world, number, now_ms=now_ms), slow):
                continue
            yield number

    def _fits(self, condition: Condition, number: int) -> bool:
        found = _READERS[condition.path](self._world, number, self._now_ms)
        if found is None:
            return False
        if self._any_case and condition.path in {_STATUS, "state"}:
            return condition.fits(spelled(found).casefold())
        return condition.fits(found)


def _folded(condition: Condition) -> Condition:
    if condition.path not in {_STATUS, "state"}:
        return condition
    values = frozenset(value.casefold() for value in condition.values)
    return Condition(condition.path, condition.operator, values, condition.bound)
