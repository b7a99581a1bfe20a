"""Stop well: the first signal drains, the second stops at once; a deadline of the operator's own drains too."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from runner.clock import Clock
from runner.errors import RetriggerError
from runner.model.text import duration_text

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(RetriggerError):
    """A signal came before anything was sent."""

    exit_code = 130


@dataclass(slots=True)
class Stopping:
    """What a request to stop does now; replaced as the work goes on."""

    first: Callable[[str], None]
    second: Callable[[], None]
    asked: str = ""

    def ask(self, why: str) -> None:
        """Take one request to stop: the first drains, any further one stops at once."""
        if self.asked:
            self.second()
        else:
            self.asked = why
            self.first(why)

    @classmethod
    def cancelling(cls, task: asyncio.Task[object] | None) -> "Stopping":
        """Return one whose first request cancels a task: nothing was sent yet."""

        def cancel(_: str) -> None:
            if task:
                task.cancel()

        return cls(first=cancel, second=lambda: None)

    def handle_signals(self) -> None:
        """Have signals ask, on the running loop; a hangup that ``nohup`` has ignored stays so."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, self.ask, f"interrupted by {number.name}")


@contextmanager
def signals_handled(stopping: Stopping) -> Iterator[None]:
    """Have signals ask to stop, until the block ends; then they do again what they did before."""
    former = {number: signal.getsignal(number) for number in _SIGNALS}
    stopping.handle_signals()
    try:
        yield
    finally:
        _let_go()
        for number, handler in former.items():
            if handler is not None:  # else it was not set from Python
                signal.signal(number, handler)


@contextmanager
def plain_interrupts(stopping: Stopping) -> Iterator[None]:
    """Let a signal end a question to the person, which blocks the loop; raises Interrupted then."""
    _let_go()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted("interrupted; nothing was sent.") from None
    finally:
        stopping.handle_signals()


@asynccontextmanager
async def deadline(
    seconds: float | None, *, stopping: Stopping, clock: Clock
) -> AsyncIterator[None]:
    """Ask to stop once the operator's own time is up; None: there is no such time."""

    async def wait_for_it(seconds: float) -> None:
        await clock.sleep(seconds)
        if not stopping.asked:
            stopping.ask(f"--stop-after {duration_text(seconds)} is over")

    waiting = None if seconds is None else asyncio.create_task(wait_for_it(seconds))
    try:
        yield
    finally:
        if waiting:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)


def _let_go() -> None:
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.remove_signal_handler(number)
