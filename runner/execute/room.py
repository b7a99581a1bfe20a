"""How many re-triggered runs may be in progress on the platform: in all, in a sandbox, of a flow.

A run takes its place when its intent is written, and keeps it until it is sure that the platform is not doing it: it
was not accepted, or it was seen to end. Counting only; nothing here waits.
"""

import math
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.execute.lanes import Lane
from runner.model.spec import Limits
from runner.model.words import FlowId, SandboxName

_NO_LIMITS = Limits()
_Flow = tuple[SandboxName, FlowId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Full:
    """A limit that leaves no place: the execution's or a sandbox's, how many are in progress, and how many may be."""

    is_whole: bool
    used: int
    most: int


@dataclass(slots=True, kw_only=True)
class Room:
    """The places of one execution."""

    whole: Limits
    sandboxes: Mapping[SandboxName, Limits]
    _all: int = 0
    _by_sandbox: Counter[SandboxName] = field(default_factory=Counter)
    _by_flow: Counter[_Flow] = field(default_factory=Counter)
    _waiting: dict[_Flow, deque[Lane]] = field(default_factory=dict)

    def for_sandbox(self, sandbox: SandboxName) -> bool:
        """Whether one more run of a sandbox may be in progress, whatever its flow."""
        own = self._own(sandbox).max_running
        return (self.whole.max_running is None or self._all < self.whole.max_running) and (
            own is None or self._by_sandbox[sandbox] < own
        )

    def for_lane(self, lane: Lane) -> bool:
        """Whether one more run of a flow may be in progress; a lane that has none waits for ``end`` to give it back."""
        flow = (lane.sandbox, lane.flow_id)
        if self._by_flow[flow] < self._most_per_flow(lane.sandbox):
            return True
        self._waiting.setdefault(flow, deque()).append(lane)
        return False

    def begin(self, sandbox: SandboxName, flow_id: FlowId) -> None:
        """Take a place."""
        self._all += 1
        self._by_sandbox[sandbox] += 1
        self._by_flow[sandbox, flow_id] += 1

    def end(self, sandbox: SandboxName, flow_id: FlowId) -> Lane | None:
        """Give a place back; return the lane that waited for it."""
        self._all -= 1
        self._by_sandbox[sandbox] -= 1
        self._by_flow[sandbox, flow_id] -= 1
        waiting = self._waiting.get((sandbox, flow_id))
        return waiting.popleft() if waiting else None

    def limit(self, whole: Limits, sandboxes: Mapping[SandboxName, Limits]) -> list[Lane]:
        """Take other limits; return the lanes that waited for a place, which may ask again."""
        self.whole, self.sandboxes = whole, sandboxes
        waiting = [lane for lanes in self._waiting.values() for lane in lanes]
        self._waiting.clear()
        return waiting

    def waiting(self) -> list[tuple[Lane, str]]:
        """Return the lanes that wait for a place of their flow, and which limit they wait for, in the spec's words."""
        return [
            (lane, f"max_running_per_flow of {self._most_per_flow(lane.sandbox):.0f}")
            for lanes in self._waiting.values()
            for lane in lanes
        ]

    def what_is_full(self, sandbox: SandboxName) -> str:
        """Return which limit leaves no place, in the spec's words; nothing where there is one."""
        if not (full := self.full(sandbox)):
            return ""
        if full.is_whole:
            return f"limits.max_running of {full.most}"
        return f"max_running of {full.most} in {sandbox}"

    def full(self, sandbox: SandboxName) -> "Full | None":
        """Return the limit that leaves no place; None where there is one."""
        most = self.whole.max_running
        if most is not None and self._all >= most:
            return Full(is_whole=True, used=self._all, most=most)
        own = self._own(sandbox).max_running
        if own is not None and self._by_sandbox[sandbox] >= own:
            return Full(is_whole=False, used=self._by_sandbox[sandbox], most=own)
        return None

    def _most_per_flow(self, sandbox: SandboxName) -> float:
        most = (self.whole.max_running_per_flow, self._own(sandbox).max_running_per_flow)
        return min((one for one in most if one is not None), default=math.inf)

    def _own(self, sandbox: SandboxName) -> Limits:
        return self.sandboxes.get(sandbox, _NO_LIMITS)
