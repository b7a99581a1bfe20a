"""Where every lane of an execution is, and moving it on: hungry, claimable, closed.

It starts no request and decides nothing about answers; it says when the last lane is closed.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence

from runner.clock import Clock
from runner.execute.lanes import Lane, SandboxWork
from runner.journal import GroupCommit, Halted, LaneState
from runner.model.words import FlowId, SandboxName


class Board:
    """The lanes and the sandboxes' shares of one execution."""

    def __init__(
        self,
        *,
        commits: GroupCommit,
        clock: Clock,
        make_work: Callable[[SandboxName], SandboxWork],
    ) -> None:
        self._commits = commits
        self._clock = clock
        self._make_work = make_work
        self.works: dict[SandboxName, SandboxWork] = {}
        self.turns: deque[SandboxWork] = deque()
        """The sandboxes, in the order in which it is their turn."""
        self.lanes: dict[int, Lane] = {}
        self._by_flow: dict[tuple[SandboxName, FlowId], Lane] = {}
        self.all_closed = asyncio.Event()
        self.claim_more: Callable[[SandboxWork], None] = lambda _: None

    def count(self, lanes: Iterable[LaneState]) -> None:
        """Take note of how much every sandbox has in all, whatever its wave."""
        for state in lanes:
            work = self._work_of(state.sandbox)
            work.planned += state.runs
            work.settled += state.settled

    def take_in(
        self,
        lanes: Iterable[LaneState],
        *,
        in_doubt: Collection[int] = frozenset(),
        awaited: Collection[int] = frozenset(),
        held: Callable[[LaneState], str] = lambda _: "",
    ) -> None:
        """Place every lane of a wave that is not settled.

        Args:
            lanes: those of the plan up to this wave.
            in_doubt: lanes with an open question that somebody decides; others with one are halted at once.
            awaited: lanes whose last run is watched, and which go on by ``go_on``.
            held: says why a lane's next run does not start, or nothing.
        """
        self.all_closed.clear()
        self.lanes.clear()
        self._by_flow.clear()
        stopped: list[tuple[Lane, str]] = []
        for state in lanes:
            if state.settled < state.runs and not state.halted:
                waits = state.number in in_doubt or state.number in awaited
                lane = self._place(state, starts=not waits and not state.open_runs)
                because = held(state)
                if state.open_runs and state.number not in in_doubt:
                    because = f"its flow is blocked: run {state.open_runs[0]} is unresolved"
                if because:
                    stopped.append((lane, because))
        # Only when every lane has its place: closing the only one so far would look like the end of all.
        for lane, because in stopped:
            self.halt([lane], because=because)
        self._see_whether_all_closed()

    def lane_of(self, sandbox: SandboxName, flow_id: FlowId) -> Lane | None:
        """Return the lane of a flow in the present wave, or None."""
        return self._by_flow.get((sandbox, flow_id))

    def supplied(self, work: SandboxWork, lane: Lane) -> None:
        """Take a lane that has verified runs again."""
        if lane.closed:
            self._forget_verified(work, lane)
        else:
            work.claimable.append(lane)
            self.claim_more(work)

    def go_on(self, lane: Lane) -> None:
        """Put a lane whose last run is done with where its next one is."""
        work = self.works[lane.sandbox]
        if lane.verified:
            self.supplied(work, lane)
        elif lane.exhausted:
            self.close(lane)
        else:
            self.starve(work, lane)

    def look_anew(self, lane: Lane, *, lane_position: int) -> None:
        """Have a lane start over from a run: what was verified is verified again."""
        work = self.works[lane.sandbox]
        self._forget_verified(work, lane)
        lane.next_position = lane_position
        lane.exhausted = False
        self.starve(work, lane)

    def starve(self, work: SandboxWork, lane: Lane) -> None:
        """Queue a lane whose next runs must be read."""
        if not lane.closed:
            work.hungry.append(lane)
            work.wake.set()

    def close(self, lane: Lane) -> None:
        """Take nothing more of a lane."""
        if lane.closed:
            return
        lane.closed = True
        work = self.works[lane.sandbox]
        self._forget_verified(work, lane)
        work.live -= 1
        work.wake.set()  # what it kept verified made room for others that wait to be fed
        self._see_whether_all_closed()

    def halt(self, lanes: Sequence[Lane], *, because: str) -> None:
        """Close lanes before their end; what is left of them is reported with this reason."""
        halted = [lane for lane in lanes if not lane.closed]
        if not halted:
            return
        numbers = tuple(lane.number for lane in halted)
        self._commits.put([Halted(at_ms=self._clock.now_ms(), lanes=numbers, because=because)])
        for lane in halted:
            self.close(lane)

    def halt_sandbox(self, sandbox: SandboxName, *, because: str) -> None:
        """Close every lane of a sandbox."""
        self.halt(
            [lane for lane in self.lanes.values() if lane.sandbox == sandbox], because=because
        )

    def _work_of(self, sandbox: SandboxName) -> SandboxWork:
        if sandbox not in self.works:
            self.works[sandbox] = self._make_work(sandbox)
            self.turns.append(self.works[sandbox])
        return self.works[sandbox]

    def _place(self, state: LaneState, *, starts: bool) -> Lane:
        work = self._work_of(state.sandbox)
        lane = Lane(
            number=state.number,
            sandbox=state.sandbox,
            flow_id=state.flow_id,
            next_position=state.next_position,
        )
        self.lanes[lane.number] = lane
        self._by_flow[lane.sandbox, lane.flow_id] = lane
        work.live += 1
        if starts:
            self.starve(work, lane)
        return lane

    def _forget_verified(self, work: SandboxWork, lane: Lane) -> None:
        work.verified -= len(lane.verified)
        lane.verified.clear()

    def _see_whether_all_closed(self) -> None:
        if not any(work.live for work in self.works.values()):
            self.all_closed.set()
