"""Which stop rules trip, and what each stops: the execution, a sandbox, or one flow. Pure counting."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from runner.execute.lanes import Lane
from runner.execute.stop import StopWatch
from runner.journal import DoneRun
from runner.model.meaning import ENDED_IN_SUCCESS, FAILED, FAILED_AGAIN
from runner.model.spec import StopRules
from runner.model.words import OutcomeKind, Recovery, SandboxName


@dataclass(frozen=True, slots=True, kw_only=True)
class Tripped:
    """Why to stop what; empty: it goes on."""

    execution: str = ""
    sandbox: str = ""
    flow: str = ""


@dataclass(slots=True, kw_only=True)
class Breakers:
    """The stop rules of one execution, on every level.

    With recoveries watched, an accepted run counts when it is known whether it recovered; one of which that stays
    unknown says nothing.
    """

    rules: StopRules
    sandboxes: Mapping[SandboxName, StopRules]
    waits: bool
    _whole: StopWatch = field(init=False)
    _each: dict[SandboxName, StopWatch] = field(init=False)
    _in_flow: Counter[int] = field(default_factory=Counter)
    _left_alone: dict[int | SandboxName, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start every count at nothing."""
        self._whole = StopWatch(self.rules)
        self._each = {name: StopWatch(rules) for name, rules in self.sandboxes.items()}

    def after_outcome(self, lane: Lane, outcome: OutcomeKind, *, run_id: str) -> Tripped:
        """Count an outcome."""
        if outcome is OutcomeKind.RETRIGGERED:
            return Tripped() if self.waits else self._count(lane, run_id=run_id, failed=False)
        return self._count(lane, run_id=run_id, failed=True) if outcome in FAILED else Tripped()

    def after_recovery(self, lane: Lane, recovery: Recovery, *, run_id: str) -> Tripped:
        """Count what became of a new run."""
        if recovery in FAILED_AGAIN or recovery in ENDED_IN_SUCCESS:
            return self._count(lane, run_id=run_id, failed=recovery in FAILED_AGAIN)
        return Tripped()

    def take_up(self, done: Iterable[DoneRun]) -> Tripped:
        """Count what earlier goes of the execution came to; return what trips for all of it.

        A flow or sandbox whose rule has tripped is told by ``left_alone``.
        """
        last = ""
        for run in done:
            lane = Lane(number=run.lane, sandbox=run.sandbox, flow_id=run.flow_id, next_position=0)
            tripped = self.after_outcome(lane, OutcomeKind(run.outcome), run_id=run.run_id)
            if run.recovery and self.waits and run.outcome == OutcomeKind.RETRIGGERED:
                tripped = self.after_recovery(lane, Recovery(run.recovery), run_id=run.run_id)
            last = tripped.execution or last
            if tripped.sandbox:
                self._left_alone[run.sandbox] = tripped.sandbox
            if tripped.flow:
                self._left_alone[run.lane] = tripped.flow
        return Tripped(execution=last)

    def left_alone(self, lane: int, sandbox: SandboxName) -> str:
        """Return why a lane is left alone for what earlier goes came to, or nothing."""
        return self._left_alone.get(lane, "") or self._left_alone.get(sandbox, "")

    def _count(self, lane: Lane, *, run_id: str, failed: bool) -> Tripped:
        self._in_flow[lane.number] = self._in_flow[lane.number] + 1 if failed else 0
        own = self._each.get(lane.sandbox)
        return Tripped(
            execution=self._whole.after(run_id=run_id, failed=failed),
            sandbox=own.after(run_id=run_id, failed=failed) if own else "",
            flow=self._flow(lane, run_id),
        )

    def _flow(self, lane: Lane, run_id: str) -> str:
        most, count = self.rules.consecutive_per_flow, self._in_flow[lane.number]
        if most is None or count < most:
            return ""
        return (
            f"stop_when.consecutive_per_flow: {count} failures in a row in this flow, last {run_id}"
        )
