"""Change the limits of an execution while it works: at once, everywhere they are kept, and never above its spec."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from runner.clock import Clock
from runner.execute.admission import Admission
from runner.execute.board import Board
from runner.execute.ceilings import Levels, changed, why_not
from runner.execute.claims import Claims
from runner.execute.day import DAY_MS
from runner.execute.settings import Settings, ways_ahead
from runner.journal import GroupCommit, Journal
from runner.limits import Gate
from runner.model.orders import LimitChange
from runner.model.spec import Limits
from runner.model.words import SandboxName


@dataclass(slots=True, kw_only=True)
class Steering:
    """The present limits of one execution."""

    settings: Settings
    gate: Gate
    admission: Admission
    board: Board
    claims: Claims
    journal: Journal
    commits: GroupCommit
    clock: Clock
    changed: Callable[[], None]
    """Told when other limits hold: what waits for places may wait in vain now."""
    levels: Levels
    """The limits that hold now."""

    def why_not(self, change: LimitChange) -> str:
        """Return why limits may not be changed so, or nothing."""
        return why_not(change, spec=self._spec, waits=self.settings.waits_for_recovery)

    async def limit(self, change: LimitChange) -> None:
        """Work under other limits from now on; call it only for what ``why_not`` has nothing against."""
        if change.values.get("max_per_day") is not None:
            await self._count_the_day([change.sandbox] if change.sandbox else self.board.works)
        self.levels = changed(change, present=self.levels, spec=self._spec)
        waited = self.admission.limit(self.levels.whole, self.levels.sandboxes)
        for work in self.board.works.values():
            own = self.levels.sandboxes.get(work.name, Limits())
            work.verify_ahead, work.claim_ahead = ways_ahead(self.levels.whole, own)
        for lane in waited:
            if not lane.closed:
                self.board.works[lane.sandbox].claimable.append(lane)
        self.gate.limit(change.sandbox, self.levels.of(change.sandbox))
        self.claims.claim_everywhere()
        self.changed()

    @property
    def _spec(self) -> Levels:
        return Levels(whole=self.settings.limits, sandboxes=self.settings.sandbox_limits)

    async def _count_the_day(self, sandboxes: Iterable[SandboxName]) -> None:
        """Count the last 24 hours where nobody counted them so far; what is asked meanwhile counts itself."""
        day, now_ms = self.admission.day, self.clock.now_ms()
        uncounted = [name for name in sandboxes if not day.is_limited(name)]
        day.counted.update(uncounted)
        await self.commits.durable([])  # what was claimed before is in the journal then
        for name in uncounted:
            asked = await asyncio.to_thread(
                self.journal.asked_since,
                self.settings.org_id,
                name,
                since_ms=now_ms - DAY_MS,
            )
            before = [at_ms for at_ms in asked if at_ms <= now_ms]
            day.asked[name] = deque([*before, *day.asked.get(name, ())])
