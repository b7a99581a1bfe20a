"""Wait for flows that others hold, for so long and no longer, and say for whom and until when."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from runner.app.house import House
from runner.app.leases import HeldByOthers, LeaseKeeper, living_leases, refuse_worked_on
from runner.journal import Journal
from runner.model.lease import Lease
from runner.model.progress import WaitFor, Waiting
from runner.model.text import clock_time, counted, duration_text, terminal
from runner.model.words import ExecutionId

_LOOK_EVERY_SECONDS = 1.0
_TELL_EVERY_SECONDS = 30.0
_ABOUT = "lease"


@dataclass(slots=True, kw_only=True)
class LeaseWait:
    """How long one command waits in all for what others hold; 0: not at all. Nothing is sent while it waits."""

    seconds: float
    journal: Journal
    house: House
    has_waited: bool = False
    _until: float = field(default=0.0)
    """When the waiting is over (monotonic, seconds)."""

    async def until_free(self, take: Callable[[], Awaitable[None]]) -> None:
        """Try to take something until nobody holds it; raises HeldByOthers once the time is over."""
        while True:
            try:
                await take()
            except HeldByOthers as held:
                await self._while_held(held)
            else:
                return

    async def take(self, keeper: LeaseKeeper) -> None:
        """Take an execution's flows once nobody holds them; raises HeldByOthers once the time is over."""

        async def taken() -> None:
            keeper.take()

        await self.until_free(taken)

    async def until_released(self, execution_id: ExecutionId) -> None:
        """Wait until nobody works on an execution; whoever does not wait finds out when it is taken."""
        if self.seconds:
            await self.until_free(lambda: self._released(execution_id))

    async def _released(self, execution_id: ExecutionId) -> None:
        house = self.house
        refuse_worked_on(self.journal, execution_id, now_ms=house.clock.now_ms(), proc=house.proc)

    async def _while_held(self, held: HeldByOthers) -> None:
        """Wait until what is in the way is gone; raises it again once the time is over."""
        clock = self.house.clock
        if not self.has_waited:
            self.has_waited = self.seconds > 0
            self._until = clock.monotonic() + self.seconds
        tell_at = clock.monotonic()
        leases: Sequence[Lease] = held.leases
        while leases:
            left = self._until - clock.monotonic()
            if left <= 0:
                raise self._in_vain(held)
            if clock.monotonic() >= tell_at:
                self._tell(leases, seconds_left=left)
                tell_at += _TELL_EVERY_SECONDS
            await clock.sleep(min(_LOOK_EVERY_SECONDS, left))
            leases = self._still_there(leases)
        self.house.console.say("the flows are free now; going on.", action=_ABOUT)

    def _still_there(self, leases: Sequence[Lease]) -> list[Lease]:
        now_ms, proc = self.house.clock.now_ms(), self.house.proc
        before = {(lease.sandbox, lease.flow_id, lease.holder.id) for lease in leases}
        return [
            lease
            for execution_id in dict.fromkeys(lease.execution_id for lease in leases)
            for lease in living_leases(self.journal, execution_id, now_ms=now_ms, proc=proc)
            if (lease.sandbox, lease.flow_id, lease.holder.id) in before
        ]

    def _tell(self, leases: Sequence[Lease], *, seconds_left: float) -> None:
        first = leases[0]
        ends = clock_time(max(lease.expires_at_ms for lease in leases))
        until_ms = self.house.clock.now_ms() + round(seconds_left * 1000)
        text = (
            f"waiting for {counted(len(leases), 'flow')} of execution {first.execution_id} ({first.holder.who} on "
            f"{first.holder.host}): held until {ends} unless renewed. Waiting until {clock_time(until_ms)} at most; "
            "nothing is sent meanwhile, and Ctrl-C ends it."
        )
        waiting = Waiting(what=WaitFor.LEASES, text=text, until_ms=until_ms)
        self.house.console.say(terminal(text), action=_ABOUT, facts=waiting.facts)

    def _in_vain(self, held: HeldByOthers) -> HeldByOthers:
        waited = f"Waited {duration_text(self.seconds)} for it. " if self.seconds else ""
        return HeldByOthers(str(held), remedy=f"{waited}{held.remedy}", leases=held.leases)
