"""Page through things that become JSON when looked at: flows, flow specs and connection specs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from runner.simulator.filters import Condition, entity_fits, found_at
from runner.simulator.paging import Position
from runner.simulator.queries import ListQuery, SortKey

JsonObject = dict[str, object]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EntityPage:
    """The entities of one page, where the next starts (None: nowhere), and how many fit in all."""

    items: list[JsonObject]
    following: Position | None
    fitting: int


@dataclass(frozen=True, slots=True)
class EntityListing(Generic[T]):
    """How to look at things: ``build`` makes the JSON, ``quick`` reads some of its paths without making it."""

    build: Callable[[T], JsonObject]
    quick: dict[str, Callable[[T], object]]

    def page(self, things: Sequence[T], query: ListQuery, *, twist: str) -> EntityPage:
        """Return the page asked for; ``twist`` is ``repeat``, ``skip`` or empty."""
        fitting = [thing for thing in things if self._fits(thing, query.conditions)]
        for key in reversed(query.order):
            self._sort(fitting, key)
        passed = query.position.passed if query.position else 0
        reached = min(passed + query.limit, len(fitting))
        following = Position(passed=reached) if reached < len(fitting) else None
        if twist == "repeat":
            following = Position(passed=passed)
        elif twist == "skip" and following is not None:
            following = Position(passed=reached + query.limit)
        return EntityPage(
            [self.build(thing) for thing in fitting[passed:reached]], following, len(fitting)
        )

    def _fits(self, thing: T, conditions: tuple[Condition, ...]) -> bool:
        slow = [condition for condition in conditions if condition.path not in self.quick]
        quick = (condition for condition in conditions if condition.path in self.quick)
        if not all(condition.fits(self.quick[condition.path](thing)) for condition in quick):
            return False
        return not slow or entity_fits(self.build(thing), slow)

    def _sort(self, things: list[T], key: SortKey) -> None:
        things.sort(
            key=lambda thing: sortable(self._value(thing, key.path)), reverse=key.descending
        )

    def _value(self, thing: T, path: str) -> object:
        if path in self.quick:
            return self.quick[path](thing)
        return next(iter(found_at(self.build(thing), path)), None)


def sortable(found: object) -> tuple[int, float, str]:
    """Return a key by which JSON values of any kind can be sorted: nothing, then numbers, then texts."""
    if isinstance(found, (int, float)):
        return (1, float(found), "")
    return (0, 0.0, "") if found is None else (2, 0.0, str(found))
