"""Between two waves: judge the one that is done, wait, and ask a person where the spec says so."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from runner.app.explaining import wave_question
from runner.app.house import House
from runner.journal import Facts, GroupCommit, Journal, Noted, WaveState
from runner.model.meaning import FAILED, NEVER_ASKED
from runner.model.progress import WaitFor, Waiting
from runner.model.report import Tally
from runner.model.spec import BetweenWaves
from runner.model.text import counted, duration_text, iso_time, until_time
from runner.model.words import ExecutionId, Recovery


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How many runs of a wave were asked for, and how many of them came to nothing."""

    runs: int
    failed: int

    @property
    def percent(self) -> float:
        """Return the share that came to nothing."""
        return 100.0 * self.failed / self.runs if self.runs else 0.0


def done(tallies: Sequence[Tally], *, waits: bool) -> Done:
    """Count a wave; what was never asked for counts for nothing, and with ``waits`` only what recovered is well."""
    counted = [tally for tally in tallies if tally.outcome not in NEVER_ASKED]
    failed = sum(tally.count for tally in counted if _has_failed(tally, waits=waits))
    return Done(runs=sum(tally.count for tally in counted), failed=failed)


def _has_failed(tally: Tally, *, waits: bool) -> bool:
    return tally.outcome in FAILED or (waits and tally.recovery != Recovery.RECOVERED)


def why_not(rule: BetweenWaves, former: Done, *, wave: WaveState) -> str:
    """Return why the wave after a former one may not begin, or nothing."""
    if former.percent <= rule.max_failed_percent:
        return ""
    came = f"{former.failed} of {former.runs} runs of the one before ({former.percent:.0f} %) did not go well"
    rule_ = f"between_waves.max_failed_percent is {rule.max_failed_percent:g} %"
    return f"wave {wave.number} was not begun: {came}, and {rule_}; applying again is the consent to go on"


@dataclass(slots=True, kw_only=True)
class BetweenTheWaves:
    """What a spec has done between two waves of one execution."""

    execution_id: ExecutionId
    rule: BetweenWaves
    waits: bool
    journal: Journal
    commits: GroupCommit
    house: House
    agree: Callable[[str], Awaitable[bool | None]]
    """Asks a person; None where there is no terminal."""
    waiting: Waiting | None = None
    """What is waited for now."""

    @property
    def soak_seconds(self) -> float:
        """Return how long is waited before each wave but the first."""
        return self.rule.soak_seconds

    async def before(self, wave: WaveState, *, former: WaveState) -> str:
        """Wait for what has to be waited for; return why the next wave may not start, or nothing."""
        tallies = self.journal.wave_tallies(self.execution_id, wave=former.number)
        count = done(tallies, waits=self.waits)
        if because := why_not(self.rule, count, wave=wave):
            return because
        await self._soak(wave)
        if self.rule.ask and (because := await self._ask(wave, count)):
            return because
        facts: Facts = {"wave": wave.number, "runs": wave.runs, "failed_before": count.failed}
        self.commits.put([Noted(at_ms=self.house.clock.now_ms(), what="wave_begun", facts=facts)])
        self.house.console.say(f"wave {wave.number} begins: {counted(wave.runs, 'run')}")
        return ""

    async def _soak(self, wave: WaveState) -> None:
        seconds, clock = self.rule.soak_seconds, self.house.clock
        if not seconds:
            return
        until_ms = clock.now_ms() + round(seconds * 1000)
        until = until_time(until_ms, now_ms=clock.now_ms())
        facts: Facts = {"wave": wave.number, "until": iso_time(until_ms)}
        self.commits.put([Noted(at_ms=clock.now_ms(), what="soak", facts=facts)])
        self.waiting = Waiting(
            what=WaitFor.SOAK,
            text=f"soak until {until}, {duration_text(seconds)} before wave {wave.number}",
            until_ms=until_ms,
            stops_all=True,
        )
        try:
            await clock.sleep(seconds)
        finally:
            self.waiting = None

    async def _ask(self, wave: WaveState, count: Done) -> str:
        answer = await self.agree(
            wave_question(wave.number, runs=wave.runs, failed=count.failed, of=count.runs)
        )
        if answer:
            return ""
        if answer is None:
            return (
                f"wave {wave.number} waits for consent (between_waves.ask): applying again gives it"
            )
        return f"you did not agree to wave {wave.number}"
