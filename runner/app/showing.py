"""Show an execution while it works: a moment taken from the coordinator, a few times a second."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from runner.app.house import House
from runner.app.verdict import end_in_a_word
from runner.clock import Clock
from runner.execute import Coordinator, SandboxWork, seconds_left, soaks_to_come
from runner.limits import Gate
from runner.model.progress import SandboxProgress, Snapshot, Waiting
from runner.model.words import OutcomeKind, SandboxName
from runner.progress import Display

_BETWEEN_SECONDS = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Takes moments of one execution."""

    execution_id: str
    coordinator: Coordinator
    gate: Gate
    clock: Clock
    settled_before: Mapping[str, int]
    """Runs settled before a resume, by outcome; those that are unresolved too."""
    every_seconds: float | None = None
    """How often a moment is taken, where it is not the usual."""

    def snapshot(self, *, end: str = "") -> Snapshot:
        """Return the present moment; ``end`` is what it came to, once it is over."""
        now, coordinator = self.clock.monotonic(), self.coordinator
        meter, waits = coordinator.meter, () if end else coordinator.waits.now()
        meter.pass_time(now, is_still=any(one.stops_all for one in waits))
        works = list(coordinator.board.works.values())
        outcomes = Counter(self.settled_before)
        outcomes.update(meter.outcomes)
        return Snapshot(
            execution_id=self.execution_id,
            phase=end or self._phase(),
            planned=sum(work.planned for work in works),
            outcomes=dict(outcomes),
            before=self.settled_before,
            in_flight=meter.in_flight,
            elapsed_seconds=now - meter.started,
            per_second=meter.per_second(now),
            limit_per_second=coordinator.steering.levels.whole.max_per_second,
            seconds_left=self._seconds_left(waits, works),
            throttled=meter.throttled,
            paused_seconds=self.gate.paused_seconds(),
            lowered=self._lowered([work.name for work in works]),
            sandboxes=tuple(map(self._sandbox, works)),
            paused=coordinator.admission.paused,
            last_refusal=meter.last_refusal,
            wave=coordinator.wave,
            watched=coordinator.watched,
            recoveries=dict(meter.recoveries),
            waits=waits,
        )

    def _sandbox(self, work: SandboxWork) -> SandboxProgress:
        return SandboxProgress(
            name=work.name,
            planned=work.planned,
            settled=work.settled,
            throttled=work.throttled,
            paused_seconds=self.gate.paused_seconds(work.name),
            lowered=self.gate.pace(work.name).lowered,
        )

    def _seconds_left(self, waits: Sequence[Waiting], works: Sequence[SandboxWork]) -> float | None:
        coordinator = self.coordinator
        present, of = coordinator.wave
        if coordinator.watches_runs and present < of:
            return None  # between waves it waits for new runs, and nobody knows how long
        return seconds_left(
            sum(work.planned - work.settled for work in works),
            per_second=coordinator.meter.steady_per_second(),
            waits=waits,
            soaks=soaks_to_come(
                waits, wave=coordinator.wave, soak_seconds=coordinator.soak_seconds
            ),
            now_ms=self.clock.now_ms(),
        )

    def _lowered(self, sandboxes: Sequence[SandboxName]) -> str:
        """The whole's rate; with one sandbox its rate is the whole's."""
        alone = self.gate.pace(sandboxes[0]).lowered if len(sandboxes) == 1 else ""
        return self.gate.pace().lowered or alone

    def _phase(self) -> str:
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
    is_cut_off = True
    try:
        yield
        is_cut_off = False
    finally:
        drawing.cancel()
        await asyncio.gather(drawing, return_exceptions=True)
        unresolved = watcher.snapshot().outcomes.get(OutcomeKind.UNRESOLVED, 0)
        end = end_in_a_word(watcher.coordinator.ended, unresolved=unresolved, is_cut_off=is_cut_off)
        screen.show(watcher.snapshot(end=end))
        screen.display.stop()


async def _draw(watcher: Watcher, screen: Screen) -> None:
    while True:
        screen.show(watcher.snapshot())
        await watcher.clock.sleep(watcher.every_seconds or _BETWEEN_SECONDS)
