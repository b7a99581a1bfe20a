"""Look at new runs, many to a call, until each has ended or its time is up.

What is looked at when lies in a heap, so that a tick costs nothing for the runs that are not due. Looks fall on ticks
``poll_every`` apart, so that runs accepted at different moments share a call. Nothing is written here.
"""

import asyncio
import heapq
import logging
import math
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from statistics import median
from typing import Protocol

from runner.clock import Clock
from runner.errors import CannotGoOn, CredentialsRefused, PlatformRefused, PlatformUnreachable
from runner.model.platform import Run
from runner.model.recovery import Awaited, Recovered
from runner.model.text import duration_text
from runner.model.words import FlowId, RunId, SandboxName
from runner.watch.judge import is_as_before, not_ended, recovery_of
from runner.watch.pace import Pace

_LOG = logging.getLogger("runner.watch")
_MOST_IN_A_CALL = 100
_REMEMBERED = 9
"""Of how many ended runs of a flow the typical time is the median."""


class Platform(Protocol):
    """The part of the platform that watching needs."""

    async def runs_by_id(self, sandbox: SandboxName, ids: Sequence[RunId]) -> dict[RunId, Run]:
        """Return those of the runs that are there."""
        ...


OnRecovery = Callable[[Awaited, Recovered], None]
"""Told once of each watched run: how it ended, or that its time is up (``running``, ``unknown``)."""

OnTrouble = Callable[[SandboxName, CannotGoOn], None]
"""Told when looks at a sandbox begin to fail; they are made again later."""


@dataclass(slots=True, eq=False)
class _Watched:
    """One new run under watch; times are monotonic seconds."""

    awaited: Awaited
    accepted_at: float
    give_up_at: float
    seen: Run | None = None
    trouble: str = ""
    """Why the last look at it failed; empty: it did not."""


@dataclass(slots=True)
class _Sandbox:
    """The new runs of one sandbox, by the tick at which each is due."""

    name: SandboxName
    due: list[tuple[int, int, _Watched]] = field(default_factory=list)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    faults: int = 0
    task: asyncio.Task[None] | None = None


class Watcher:
    """Watches the new runs of one execution, one task a sandbox."""

    def __init__(
        self,
        platform: Platform,
        *,
        pace: Pace,
        clock: Clock,
        on_recovery: OnRecovery,
        on_trouble: OnTrouble,
        server_offset_ms: Callable[[], int | None] = lambda: None,
    ) -> None:
        """Watch nothing yet. ``server_offset_ms``: how far the platform's clock is ahead of ours, as last seen."""
        self._platform = platform
        self._pace = pace
        self._clock = clock
        self._on_recovery = on_recovery
        self._on_trouble = on_trouble
        self._server_offset_ms = server_offset_ms
        self._origin = clock.monotonic()
        self._step = min(pace.poll_every_seconds, pace.timeout_seconds)
        self._numbers = count()
        self._sandboxes: dict[SandboxName, _Sandbox] = {}
        self._typical: dict[FlowId, deque[float]] = {}
        self._left = 0
        self._last_end = 0.0
        """When the last of all is given up, monotonic."""
        self._rests = asyncio.Event()
        self._rests.set()
        self._failure: BaseException | None = None

    @property
    def left(self) -> int:
        """Return how many new runs are under watch now."""
        return self._left

    def watch(self, awaited: Awaited, *, wait_from_ms: int) -> None:
        """Watch a new run from now on.

        Args:
            awaited: the re-triggered run.
            wait_from_ms: from when on its time counts (wall clock): when it was accepted, or when watching began.
        """
        now, now_ms = self._clock.monotonic(), self._clock.now_ms()
        age = max(0.0, (now_ms - awaited.since_ms) / 1000)
        waited = max(0.0, (now_ms - wait_from_ms) / 1000)
        watched = _Watched(
            awaited=awaited,
            accepted_at=now - age,
            give_up_at=now - waited + self._pace.timeout_seconds,
        )
        self._last_end = max(self._last_end, watched.give_up_at)
        sandbox = self._sandboxes.setdefault(awaited.sandbox, _Sandbox(awaited.sandbox))
        self._left += 1
        if not self._failure:
            self._rests.clear()
        self._plan_look(sandbox, watched, now + self._pace.seconds_to_first_look(age=age))
        if sandbox.task is None:
            sandbox.task = asyncio.create_task(self._work(sandbox))
            sandbox.task.add_done_callback(self._ended)

    @property
    def next_look_ms(self) -> int | None:
        """Return when a new run is looked at next (wall clock); None: at this moment, or there is none."""
        ticks = [sandbox.due[0][0] for sandbox in self._sandboxes.values() if sandbox.due]
        if not ticks:
            return None
        seconds = self._time_of(min(ticks)) - self._clock.monotonic()
        return self._clock.now_ms() + round(seconds * 1000)

    @property
    def over_by_ms(self) -> int | None:
        """Return when the last new run is given up at the latest (wall clock); None: there is none."""
        if not self._left:
            return None
        end = self._time_of(self._tick_from(self._last_end))
        return self._clock.now_ms() + round((end - self._clock.monotonic()) * 1000)

    async def nothing_left(self) -> None:
        """Wait until no new run is under watch.

        Raises:
            CredentialsRefused: the platform no longer takes our credentials; what was left is not watched any more.
        """
        await self._rests.wait()
        if self._failure:
            raise self._failure

    async def close(self) -> None:
        """Watch no longer; nothing is told of what is left."""
        tasks = [sandbox.task for sandbox in self._sandboxes.values() if sandbox.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Let those who wait know of a failure: a sandbox's task has no other end than being cancelled."""
        if not task.cancelled():
            self._failure = task.exception()
            self._rests.set()

    async def _work(self, sandbox: _Sandbox) -> None:
        while True:
            await self._until_due(sandbox)
            await self._look(sandbox, list(self._take_due(sandbox)))

    async def _until_due(self, sandbox: _Sandbox) -> None:
        """Wait for the next due tick, which a new run may bring nearer."""
        while True:
            sandbox.woken.clear()
            if not sandbox.due:
                await sandbox.woken.wait()
                continue
            seconds = self._time_of(sandbox.due[0][0]) - self._clock.monotonic()
            if seconds <= 0:
                return
            await _first_of(self._clock.sleep(seconds), sandbox.woken.wait())

    def _take_due(self, sandbox: _Sandbox) -> Iterator[_Watched]:
        now = self._clock.monotonic()
        while sandbox.due and self._time_of(sandbox.due[0][0]) <= now:
            yield heapq.heappop(sandbox.due)[2]

    async def _look(self, sandbox: _Sandbox, due: Sequence[_Watched]) -> None:
        """Look at all that are due; where the platform cannot be reached, not at the rest of them."""
        failed = False
        for start in range(0, len(due), _MOST_IN_A_CALL):
            some = due[start : start + _MOST_IN_A_CALL]
            ids = [watched.awaited.new_run_id for watched in some]
            try:
                found = await self._platform.runs_by_id(sandbox.name, ids)
            except CredentialsRefused:
                raise
            except PlatformUnreachable as error:
                self._put_off(sandbox, due[start:], error, told=failed)
                return
            except PlatformRefused as error:
                self._put_off(sandbox, some, error, told=failed)
                failed = True
                continue
            for watched in some:
                self._note(sandbox, watched, found.get(watched.awaited.new_run_id))
        if not failed:
            sandbox.faults = 0

    def _put_off(
        self, sandbox: _Sandbox, due: Sequence[_Watched], error: CannotGoOn, *, told: bool
    ) -> None:
        """Look at these later; those whose time is up are told as they were seen last."""
        if not told:
            sandbox.faults += 1
            _LOG.debug(
                "watching sandbox %s failed %s times: %s", sandbox.name, sandbox.faults, error
            )
            if sandbox.faults == 1:
                self._on_trouble(sandbox.name, error)
        now = self._clock.monotonic()
        later = now + self._pace.longer_after(faults=sandbox.faults)
        for watched in due:
            watched.trouble = str(error).removesuffix(".")
            self._go_on(sandbox, watched, now=now, later=later)

    def _note(self, sandbox: _Sandbox, watched: _Watched, run: Run | None) -> None:
        """Take in how a run was seen; a run that is not listed may only not be visible yet."""
        awaited, now = watched.awaited, self._clock.monotonic()
        watched.trouble = ""
        age = now - watched.accepted_at
        if run is not None:
            watched.seen = run
            ended = recovery_of(
                run,
                old_error_code=awaited.old_error_code,
                ended_after_ms=awaited.old_updated_at_ms,
                now_ms=self._clock.now_ms() + (self._server_offset_ms() or 0),
            )
            if ended and not is_as_before(run, awaited):
                self._learn(awaited.flow_id, _seconds_taken(run, age=age))
                self._tell(watched, ended)
                return
        wait = self._pace.seconds_to_next_look(age=age, typical=self._typical_of(awaited.flow_id))
        self._go_on(sandbox, watched, now=now, later=now + wait)

    def _go_on(self, sandbox: _Sandbox, watched: _Watched, *, now: float, later: float) -> None:
        if now >= watched.give_up_at:
            waited = duration_text(self._pace.timeout_seconds)
            self._tell(watched, not_ended(watched.seen, waited=waited, trouble=watched.trouble))
        else:
            self._plan_look(sandbox, watched, later)

    def _tell(self, watched: _Watched, recovered: Recovered) -> None:
        self._left -= 1
        if not self._left:
            self._rests.set()
        self._on_recovery(watched.awaited, recovered)

    def _plan_look(self, sandbox: _Sandbox, watched: _Watched, at: float) -> None:
        """Have a run looked at on the first tick from then on; when its time is up at the latest."""
        at = min(at, watched.give_up_at)
        tick = self._tick_from(at)
        if not sandbox.due or tick < sandbox.due[0][0]:
            sandbox.woken.set()
        heapq.heappush(sandbox.due, (tick, next(self._numbers), watched))

    def _tick_from(self, at: float) -> int:
        return math.ceil((at - self._origin) / self._step - 1e-6)

    def _time_of(self, tick: int) -> float:
        return self._origin + tick * self._step

    def _learn(self, flow_id: FlowId, seconds: float) -> None:
        self._typical.setdefault(flow_id, deque(maxlen=_REMEMBERED)).append(seconds)

    def _typical_of(self, flow_id: FlowId) -> float | None:
        known = self._typical.get(flow_id)
        return median(known) if known else None


def _seconds_taken(run: Run, *, age: float) -> float:
    """Return how long a run took by the platform's times; where it does not say, until its end was seen."""
    if run.started_at_ms is None or run.completed_at_ms is None:
        return age
    taken = (run.completed_at_ms - run.started_at_ms) / 1000
    return taken if 0 <= taken <= age else age


async def _first_of(*waits: Coroutine[object, object, object]) -> None:
    """Return when one of them is done; the others are given up."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
