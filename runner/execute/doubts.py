"""Lanes whose last request is in doubt: look until it is decided, then go on, ask again, or leave the lane blocked.

What is seen and what it means is the business of whoever decides; here the verdict is carried out.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import assert_never

from runner.clock import Clock
from runner.errors import CannotGoOn, PlatformRefused, PlatformUnreachable
from runner.execute.board import Board
from runner.execute.lanes import Lane
from runner.execute.settings import Decides
from runner.journal import GroupCommit, Settled, adopted, cleared, given_up, still_open
from runner.model.doubt import Absent, Adopt, OpenAsk, StillOpen, Verdict
from runner.model.plan import FoundRun

_MOST_FAILED_LOOKS = 3
_AFTER_A_FAILED_LOOK_SECONDS = 5.0


@dataclass(slots=True, kw_only=True)
class Doubts:
    """The open questions of one execution."""

    decides: Decides
    board: Board
    commits: GroupCommit
    clock: Clock
    attempts: int
    """How often one run may be asked for in all."""
    decided: Callable[[Lane, Settled | None], None]
    """Told of each outcome that an open question came to; None: the run may be asked for again."""
    settled: Callable[[Lane, FoundRun, Settled], None]
    """Told once an outcome is durable; has the lane go on."""
    closed: Callable[[], None]
    """Told when a question is no longer looked into, whatever came of it."""
    failed: Callable[[Exception], None]
    _open: set[asyncio.Task[None]] = field(default_factory=set)
    _told_by_ms: dict[int, int] = field(default_factory=dict)
    """When each question, by its run's position, can be told at the latest."""

    @property
    def count(self) -> int:
        """Return how many questions are looked into."""
        return len(self._open)

    @property
    def told_by_ms(self) -> int | None:
        """Return when all of them can be told at the latest, as far as is known; None: there is none."""
        return max(self._told_by_ms.values(), default=None)

    def open(self, lane: Lane, ask: OpenAsk) -> None:
        """Look for the traces of a request until it is decided; meanwhile nothing of its lane is taken."""
        looking = asyncio.create_task(self._until_decided(lane, ask))
        self._open.add(looking)
        looking.add_done_callback(self._over)

    async def close(self) -> None:
        """Look no more; what is open stays unresolved."""
        for looking in self._open:
            looking.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def _over(self, looking: asyncio.Task[None]) -> None:
        self._open.discard(looking)
        self.closed()
        if not looking.cancelled() and (failure := looking.exception()):
            self.failed(failure if isinstance(failure, Exception) else RuntimeError(repr(failure)))

    async def _until_decided(self, lane: Lane, ask: OpenAsk) -> None:
        try:
            verdict = await self._verdict(ask)
        finally:
            self._told_by_ms.pop(ask.position, None)
        self._carry_out(lane, ask, verdict)

    async def _verdict(self, ask: OpenAsk) -> Verdict:
        """Look until it can be told, or not."""
        looks, failures = 0, 0
        while True:
            seconds = self.decides.seconds_to_next_look(ask, looks=looks)
            self._told_by_ms[ask.position] = max(
                self.decides.due_at_ms(ask), self.clock.now_ms() + round(seconds * 1000)
            )
            await self.clock.sleep(seconds)
            looks += 1
            try:
                verdict = await self.decides.decide(ask)
            except (PlatformRefused, PlatformUnreachable) as error:
                # One sandbox that went away leaves its own questions open, and stops nothing else.
                failures += 1
                verdict = _unread(error, final=failures >= _MOST_FAILED_LOOKS)
                if not verdict.final:
                    await self.clock.sleep(_AFTER_A_FAILED_LOOK_SECONDS * failures)
            if not (isinstance(verdict, StillOpen) and not verdict.final):
                return verdict

    def _carry_out(self, lane: Lane, ask: OpenAsk, verdict: Verdict) -> None:
        match verdict:
            case Adopt():
                self._settle(lane, ask, adopted(ask, verdict, at_ms=self.clock.now_ms()))
            case Absent() if ask.attempts >= self.attempts and not ask.was_cut_off:
                reason = (
                    f"never accepted ({verdict.because}), on the last of {self.attempts} attempts"
                )
                self._settle(lane, ask, given_up(ask, reason, at_ms=self.clock.now_ms()))
            case Absent():
                self._clear(lane, ask, verdict)
            case StillOpen():
                self.commits.put([still_open(ask, verdict, at_ms=self.clock.now_ms())])
                because = f"its flow is blocked: run {ask.found.run_id} is unresolved"
                self.board.halt([lane], because=because)
            case _:
                assert_never(verdict)

    def _settle(self, lane: Lane, ask: OpenAsk, entry: Settled) -> None:
        self.commits.put([entry], then=lambda: self.settled(lane, ask.found, entry))
        self.decided(lane, entry)

    def _clear(self, lane: Lane, ask: OpenAsk, verdict: Absent) -> None:
        entry = cleared(ask, verdict.because, at_ms=self.clock.now_ms())
        self.commits.put(
            [entry], then=lambda: self.board.look_anew(lane, lane_position=ask.lane_position)
        )
        self.decided(lane, None)


def _unread(error: CannotGoOn, *, final: bool) -> StillOpen:
    because = f"the platform cannot be read: {str(error).removesuffix('.')}"
    return StillOpen(because=because, candidates=(), final=final)
