"""Runs as JSON text, made once for each that has ended: such a run looks the same until it is touched.

Listings show the same runs again and again; building them anew each time is most of what a listing costs.
"""

import json

from runner.simulator.run_entity import run_entity
from runner.simulator.world import World

_MOST_KEPT = 50_000
"""Some two kilobytes each."""


class RunTexts:
    """The texts of one world's runs."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._kept: dict[int, tuple[int, str]] = {}
        """Run -> when it was last changed, and its text since then."""

    def text(self, number: int, *, now_ms: int) -> str:
        """Return one run as the platform shows it at this moment."""
        runs = self._world.runs
        if not runs.has_ended(number, now_ms=now_ms):
            return self._made(number, now_ms=now_ms)
        updated_ms = runs.updated_ms(number, now_ms=now_ms)
        kept = self._kept.get(number)
        if kept is not None and kept[0] == updated_ms:
            return kept[1]
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        made = self._made(number, now_ms=now_ms)
        self._kept[number] = (updated_ms, made)
        return made

    def _made(self, number: int, *, now_ms: int) -> str:
        entity = run_entity(self._world, number, now_ms=now_ms)
        return json.dumps(entity, separators=(",", ":"))
