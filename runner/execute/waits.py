"""Say what an execution waits for at one moment, and until when: for people who watch it.

It changes nothing and decides nothing; whatever waits is asked how it stands.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from runner.clock import Clock
from runner.execute.admission import Admission
from runner.execute.asking import Asking
from runner.execute.board import Board
from runner.execute.lanes import SandboxWork
from runner.execute.waves import Between
from runner.limits import Gate
from runner.model.progress import WaitFor, Waiting
from runner.model.text import counted, until_time
from runner.model.words import SandboxName

_SHORTEST_PAUSE_SECONDS = 2.0
"""A shorter one is over before anybody has read of it."""
_SAME_END_MS = 1_500
"""Ends are worked out anew from what is left; so close together they are one."""


def waiting_for_answers(count: int, *, until_ms: int, now_ms: int, stops_all: bool) -> Waiting:
    """Return the wait for what became of requests that were not answered."""
    is_known = until_ms > now_ms
    until = f" until {until_time(until_ms, now_ms=now_ms)}" if is_known else ""
    return Waiting(
        what=WaitFor.ANSWERS,
        text=f"waiting{until} to see whether {counted(count, 'unanswered request')} acted",
        until_ms=until_ms if is_known else None,
        stops_all=stops_all,
    )


@dataclass(slots=True, kw_only=True)
class Waits:
    """Everything of one execution that can wait."""

    board: Board
    admission: Admission
    asking: Asking
    gate: Gate
    clock: Clock
    between: Between | None
    """What waits between two waves."""
    is_still: Callable[[], bool]
    """Whether nothing is claimed, looked at or under way."""
    left_for_later: set[SandboxName] = field(default_factory=set)
    """Sandboxes whose share of the day is spent: the rest of them is left for another go."""
    drains_until: float | None = None
    """While it stops: how long requests under way may still take (monotonic)."""
    _ends: dict[tuple[WaitFor, str], int] = field(default_factory=dict)

    def now(self) -> tuple[Waiting, ...]:
        """Return what is waited for, what stops everything first."""
        now_ms = self.clock.now_ms()
        if self.drains_until is not None:
            return tuple(self._under_way(now_ms))
        found = chain(
            self._pause(),
            self._soak(),
            self._throttled(now_ms),
            self._quiet_hours(now_ms),
            self._answers(now_ms),
            self._running(now_ms),
            self._new_runs(now_ms),
            self._day(now_ms),
            self._retries(now_ms),
        )
        return tuple(sorted(found, key=lambda one: not one.stops_all))

    # Private: one each

    def _under_way(self, now_ms: int) -> Iterator[Waiting]:
        assert self.drains_until is not None
        count = self.asking.meter.in_flight
        if count:
            end = self._end(WaitFor.REQUESTS, "", seconds=self._seconds_to(self.drains_until))
            until = until_time(end, now_ms=now_ms)
            text = f"waiting until {until} at the latest for {counted(count, 'request')} under way"
            yield Waiting(what=WaitFor.REQUESTS, text=text, until_ms=end, stops_all=True)

    def _pause(self) -> Iterator[Waiting]:
        if self.admission.paused:
            yield Waiting(what=WaitFor.PAUSE, text=self.admission.paused, stops_all=True)

    def _soak(self) -> Iterator[Waiting]:
        if self.between and self.between.waiting:
            yield self.between.waiting

    def _throttled(self, now_ms: int) -> Iterator[Waiting]:
        whole = self.gate.paused_seconds()
        if whole >= _SHORTEST_PAUSE_SECONDS:
            yield self._paused("", seconds=whole, now_ms=now_ms)
            return
        for work in self._live():
            seconds = self.gate.paused_seconds(work.name)
            if seconds >= _SHORTEST_PAUSE_SECONDS:
                yield self._paused(work.name, seconds=seconds, now_ms=now_ms)

    def _paused(self, sandbox: str, *, seconds: float, now_ms: int) -> Waiting:
        pace = self.gate.pace(SandboxName(sandbox) if sandbox else None)
        why = f" after {pace.lowered_after}" if pace.lowered_after else ""
        if not sandbox and self.gate.is_asked_to_wait():
            why = f"{why}, as the platform asks (Retry-After)"
        end = self._end(WaitFor.THROTTLED, sandbox, seconds=seconds)
        text = (
            f"{f'{sandbox}: ' if sandbox else ''}paused until {until_time(end, now_ms=now_ms)}{why}"
        )
        alone = not sandbox or len(self.board.works) == 1
        return Waiting(
            what=WaitFor.THROTTLED, text=text, until_ms=end, sandbox=sandbox, stops_all=alone
        )

    def _quiet_hours(self, now_ms: int) -> Iterator[Waiting]:
        """Tell each sandbox's; where all have the same, once."""
        ends: dict[str, int] = {}
        live = list(self._live())
        for work in live:
            if seconds := self.admission.quiet_seconds(work.name):
                ends[work.name] = self._end(WaitFor.QUIET_HOURS, work.name, seconds=seconds)
        if len(ends) == len(live) and len(set(ends.values())) == 1:
            ends = {"": next(iter(ends.values()))}
        all_are = "" in ends or len(ends) == len(live)
        for sandbox, end in ends.items():
            of = f" of {sandbox}" if sandbox else ""
            yield Waiting(
                what=WaitFor.QUIET_HOURS,
                text=f"quiet hours{of} until {until_time(end, now_ms=now_ms)}",
                until_ms=end,
                sandbox=sandbox,
                stops_all=all_are and self.is_still(),
            )

    def _answers(self, now_ms: int) -> Iterator[Waiting]:
        doubts = self.asking.doubts
        end = doubts.told_by_ms if doubts else None
        if doubts is None or end is None:
            return
        yield waiting_for_answers(
            doubts.count, until_ms=end, now_ms=now_ms, stops_all=self.is_still()
        )

    def _running(self, now_ms: int) -> Iterator[Waiting]:
        """Tell of limits on runs in progress that leave no place until a new run is seen to end."""
        told = False
        if not self._watched():
            return
        for work in self._live():
            full = self.admission.room.full(work.name)
            if full is None or work.ready or work.claiming or (told and full.is_whole):
                continue
            told = told or full.is_whole
            of = "" if full.is_whole else f" of {work.name}"
            text = f"max_running{of}: {full.used:,} of {full.most:,} running"
            sandbox = "" if full.is_whole else work.name
            yield self._watching(WaitFor.RUNNING, text, now_ms=now_ms, sandbox=sandbox)

    def _new_runs(self, now_ms: int) -> Iterator[Waiting]:
        """Tell of new runs whose end nothing goes on before."""
        watched = self._watched()
        if watched and self.is_still() and not self._is_full():
            text = f"waiting for {counted(watched, 'new run')} to end"
            yield self._watching(WaitFor.NEW_RUNS, text, now_ms=now_ms)

    def _watching(self, what: WaitFor, text: str, *, now_ms: int, sandbox: str = "") -> Waiting:
        """Return a wait that is over when a new run is seen to end: at one of the looks, or when it is given up."""
        assert self.asking.recoveries
        watches = self.asking.recoveries.watches
        look_ms, over_ms = watches.next_look_ms, watches.over_by_ms
        if look_ms is not None:
            look_ms = max(look_ms, now_ms)
            text = f"{text}; next check at {until_time(look_ms, now_ms=now_ms)}"
        if over_ms is not None:
            over_ms = self._end(what, sandbox, seconds=(over_ms - now_ms) / 1000)
        if over_ms is not None and what is WaitFor.NEW_RUNS:
            text = f"{text}, at most until {until_time(over_ms, now_ms=now_ms)}"
        return Waiting(
            what=what,
            text=text,
            until_ms=over_ms,
            next_check_ms=look_ms,
            sandbox=sandbox,
            stops_all=self.is_still(),
        )

    def _day(self, now_ms: int) -> Iterator[Waiting]:
        for work in self.board.works.values():
            waits = work.live and work.claimable
            if not (waits or work.name in self.left_for_later):
                continue
            if spent := self.admission.day.spent(work.name, now_ms=now_ms):
                of = "" if spent.is_whole else f" of {work.name}"
                text = f"daily quota{of}: next at {until_time(spent.next_ms, now_ms=now_ms)}"
                yield Waiting(
                    what=WaitFor.DAY, text=text, until_ms=spent.next_ms, sandbox=work.name
                )
                if spent.is_whole:
                    return

    def _retries(self, now_ms: int) -> Iterator[Waiting]:
        resting = self.asking.rests_until
        if resting and self.is_still():
            seconds = self._seconds_to(min(resting))
            if seconds >= _SHORTEST_PAUSE_SECONDS:
                end = self._end(WaitFor.RETRY, "", seconds=seconds)
                runs = counted(len(resting), "run")
                text = f"next try at {until_time(end, now_ms=now_ms)}: {runs} to be asked for again"
                yield Waiting(what=WaitFor.RETRY, text=text, until_ms=end, stops_all=True)

    # Private: what they share

    def _live(self) -> Iterator[SandboxWork]:
        return (work for work in self.board.works.values() if work.live)

    def _watched(self) -> int:
        return self.asking.recoveries.watches.left if self.asking.recoveries else 0

    def _is_full(self) -> bool:
        return any(self.admission.room.full(work.name) for work in self._live())

    def _seconds_to(self, moment: float) -> float:
        return max(0.0, moment - self.clock.monotonic())

    def _end(self, what: WaitFor, sandbox: str, *, seconds: float) -> int:
        """Return the wall clock's time of an end, the same as before where it is the same end."""
        end = self.clock.now_ms() + round(seconds * 1000)
        known = self._ends.get((what, sandbox))
        if known is None or abs(known - end) > _SAME_END_MS:
            self._ends[what, sandbox] = known = end
        return known
