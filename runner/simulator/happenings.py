"""What happens on the platform with time, whoever asks: schedules, colleagues, and requests that act late.

Nothing runs in the background. Whatever fell due is caught up with, in order, before the next call is answered.
"""

from collections.abc import Callable
from fnmatch import fnmatchcase
from heapq import heappop, heappush
from itertools import count

from runner.simulator.replies import Refused
from runner.simulator.retriggering import Retriggering
from runner.simulator.runs import SCHEDULER
from runner.simulator.scenario_values import Colleague, Schedule
from runner.simulator.world import FlowState, World

_Act = Callable[[int], None]


class Happenings:
    """The queue of what is due, by time."""

    def __init__(self, world: World, *, retriggering: Retriggering) -> None:
        self._world = world
        self._retriggering = retriggering
        self._order = count()
        self._due: list[tuple[int, int, _Act]] = []
        for flow in world.flows:
            if flow.plan.schedule is not None and flow.plan.state == "enabled":
                self._schedule(flow, flow.plan.schedule, due_ms=world.started_ms)
        for colleague in world.scenario.colleagues:
            self.at(
                world.started_ms + colleague.after_ms, self._clicks(colleague, left=colleague.most)
            )

    def at(self, due_ms: int, act: _Act) -> None:
        """Let ``act`` happen at a moment; it is told that moment."""
        heappush(self._due, (due_ms, next(self._order), act))

    def catch_up(self, now_ms: int) -> None:
        """Let everything happen that is due."""
        while self._due and self._due[0][0] <= now_ms:
            due_ms, _, act = heappop(self._due)
            act(due_ms)

    def _schedule(self, flow: FlowState, schedule: Schedule, *, due_ms: int) -> None:
        def make_run(at_ms: int) -> None:
            # The entity appears some seconds after the run's start (docs: alert rules sample).
            started_ms = at_ms - flow.shown_after_ms
            self._retriggering.add_scheduled(
                flow, mix=schedule.mix, due_ms=started_ms, maker=SCHEDULER
            )
            self.at(at_ms + schedule.every_ms, make_run)

        self.at(due_ms + schedule.every_ms + flow.shown_after_ms, make_run)

    def _clicks(self, colleague: Colleague, *, left: int) -> _Act:
        def click(at_ms: int) -> None:
            number = self._oldest_failed(colleague, now_ms=at_ms)
            if number is not None:
                self._retriggering.click(number, user=colleague.user, now_ms=at_ms)
            if left > 1:
                self.at(at_ms + colleague.every_ms, self._clicks(colleague, left=left - 1))

        return click

    def _oldest_failed(self, colleague: Colleague, *, now_ms: int) -> int | None:
        runs = self._world.runs
        failed = (
            number
            for flow in self._world.flows
            if fnmatchcase(flow.sandbox.name, colleague.sandbox)
            and fnmatchcase(flow.name, colleague.flow)
            for number in flow.runs()
            if runs.status(number, now_ms=now_ms) == "failed"
            and number not in self._world.retriggers
            and self._may(number, now_ms=now_ms)
        )
        return min(failed, key=lambda number: (runs.created_ms[number], number), default=None)

    def _may(self, number: int, *, now_ms: int) -> bool:
        try:
            self._retriggering.check(number, operation="re-trigger", now_ms=now_ms)
        except Refused:
            return False
        return True
