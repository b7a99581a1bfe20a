"""Show an execution while it works: a moment taken from the coordinator, a few times a second."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from runner.app.house import House
from runner.clock import Clock
from runner.execute import Coordinator
from runner.limits import Gate
from runner.model.progress import SandboxProgress, Snapshot
from runner.model.words import SandboxName
from runner.progress import Display

_BETWEEN_SECONDS = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Takes moments of one execution."""

    execution_id: str
    coordinator: Coordinator
    gate: Gate
    clock: Clock
    settled_before: dict[str, int]
    """Runs settled before a resume, by outcome."""
    every_seconds: float | None = None
    """How often a moment is taken, where it is not the usual."""

    def snapshot(self, *, done: bool) -> Snapshot:
        """Return the present moment."""
        now = self.clock.monotonic()
        meter = self.coordinator.meter
        works = list(self.coordinator.board.works.values())
        planned = sum(work.planned for work in works)
        settled = sum(work.settled for work in works)
        per_second = meter.per_second(now)
        outcomes = dict(self.settled_before)
        for outcome, count in meter.outcomes.items():
            outcomes[outcome] = outcomes.get(outcome, 0) + count
        return Snapshot(
            execution_id=self.execution_id,
            phase=self._phase(done=done),
            planned=planned,
            outcomes=outcomes,
            in_flight=meter.in_flight,
            elapsed_seconds=now - meter.started,
            per_second=per_second,
            limit_per_second=self.coordinator.steering.levels.whole.max_per_second,
            seconds_left=(planned - settled) / per_second if per_second else None,
            throttled=meter.throttled,
            paused_seconds=self.gate.paused_seconds(),
            lowered=self._lowered([work.name for work in works]),
            sandboxes=tuple(
                SandboxProgress(
                    name=work.name,
                    planned=work.planned,
                    settled=work.settled,
                    throttled=work.throttled,
                    paused_seconds=self.gate.paused_seconds(work.name),
                    lowered=self.gate.pace(work.name).lowered,
                )
                for work in works
            ),
            paused=self.coordinator.admission.paused,
            last_refusal=meter.last_refusal,
            wave=self.coordinator.wave,
            watched=self.coordinator.watched,
            recoveries=dict(meter.recoveries),
        )

    def _lowered(self, sandboxes: Sequence[SandboxName]) -> str:
        """The whole's rate; with one sandbox its rate is the whole's."""
        alone = self.gate.pace(sandboxes[0]).lowered if len(sandboxes) == 1 else ""
        return self.gate.pace().lowered or alone

    def _phase(self, *, done: bool) -> str:
        if done:
            return "done"
        if self.coordinator.is_draining:
            return "draining"
        return "paused" if self.coordinator.admission.paused else "working"


@dataclass(slots=True)
class Screen:
    """A display that makes room for a question."""

    display: Display
    _is_aside: bool = False

    def show(self, moment: Snapshot) -> None:
        """Show a moment, unless a question stands there."""
        if not self._is_aside:
            self.display.update(moment)

    async def agree(self, question: str, house: House) -> bool | None:
        """Ask a person in the display's place, while the work goes on."""
        self._is_aside = True
        self.display.stop()
        try:
            return await house.console.agree_meanwhile(question)
        finally:
            self.display.start()
            self._is_aside = False


@asynccontextmanager
async def shown(watcher: Watcher, screen: Screen) -> AsyncIterator[None]:
    """Keep the display true until the block ends."""
    screen.display.start()
    drawing = asyncio.create_task(_draw(watcher, screen))
    try:
        yield
    finally:
        drawing.cancel()
        await asyncio.gather(drawing, return_exceptions=True)
        screen.show(watcher.snapshot(done=True))
        screen.display.stop()


async def _draw(watcher: Watcher, screen: Screen) -> None:
    while True:
        screen.show(watcher.snapshot(done=False))
        await watcher.clock.sleep(watcher.every_seconds or _BETWEEN_SECONDS)
