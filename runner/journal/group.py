"""Write to a journal from an event loop: many entries to one durable transaction.

One thread writes. It takes what has come within a few milliseconds, writes it in one transaction, and only then lets
those who put it go on. So an entry is durable before anyone acts on it, and an fsync is shared by many.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Protocol

from runner.journal.entries import Entry
from runner.model.words import ExecutionId

LINGER_SECONDS = 0.004
"""How long the thread waits for company before it commits; far below what a request takes."""

_MOST = 1024


class _Writes(Protocol):
    def write(self, execution_id: ExecutionId, entries: Sequence[Entry]) -> None: ...


_Batch = tuple[Sequence[Entry], Callable[[], None] | None]


class GroupCommit:
    """One execution's way to the journal while it works. After a failed write nothing more is taken."""

    def __init__(
        self, journal: _Writes, execution_id: ExecutionId, *, linger_seconds: float
    ) -> None:
        self._journal = journal
        self._execution_id = execution_id
        self._linger = linger_seconds
        self._queue: SimpleQueue[_Batch | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._failure: Exception | None = None
        self._waiting: set[asyncio.Future[None]] = set()
        self._on_failure: Callable[[Exception], None] = lambda _: None
        self._under_way = 0
        self._on_calm: Callable[[], None] = lambda: None
        self._begin()

    def _begin(self) -> None:
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    def when_it_fails(self, call: Callable[[Exception], None]) -> None:
        """Have ``call`` told, on the loop, of the error that ended writing, or that a ``then`` raised."""
        self._on_failure = call

    def when_calm(self, call: Callable[[], None]) -> None:
        """Have ``call`` called, on the loop, whenever everything that was put is durable and has been told."""
        self._on_calm = call

    @property
    def is_calm(self) -> bool:
        """Whether everything that was put is durable, and whoever waited for it has been told."""
        return self._under_way == 0

    def put(self, entries: Sequence[Entry], *, then: Callable[[], None] | None = None) -> None:
        """Have entries written together, in order; ``then`` is called on the loop once they are durable."""
        self._under_way += 1
        self._queue.put((entries, then))

    async def durable(self, entries: Sequence[Entry]) -> None:
        """Return once the entries are durable; raises JournalUnusable when they cannot be written."""
        self._raise_failure()
        done: asyncio.Future[None] = self._loop.create_future()
        self._waiting.add(done)
        self.put(entries, then=lambda: None if done.done() else done.set_result(None))
        try:
            await done
        finally:
            self._waiting.discard(done)

    async def close(self) -> None:
        """Write what is left and end the thread; raises what the last write raised."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        self._raise_failure()

    @property
    def failure(self) -> Exception | None:
        """The error that ended writing, or None."""
        return self._failure

    def _raise_failure(self) -> None:
        if self._failure:
            raise self._failure

    def _broken(self, failure: Exception) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_exception(failure)
        self._on_failure(failure)

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
            batches, ended = self._gather(first)
            self._commit(batches)
            if ended:
                return

    def _gather(self, first: _Batch) -> tuple[list[_Batch], bool]:
        threading.Event().wait(self._linger)
        batches = [first]
        while len(batches) < _MOST and not self._queue.empty():
            following = self._queue.get()
            if following is None:
                return batches, True
            batches.append(following)
        return batches, False

    def _commit(self, batches: list[_Batch]) -> None:
        if self._failure:
            return
        try:
            self._journal.write(
                self._execution_id, [entry for entries, _ in batches for entry in entries]
            )
        except Exception as error:  # noqa: BLE001  # whatever it is, it ends this execution, on its own thread
            self._failure = error
            self._loop.call_soon_threadsafe(self._broken, error)
            return
        self._loop.call_soon_threadsafe(self._tell, [then for _, then in batches])

    def _tell(self, calls: list[Callable[[], None] | None]) -> None:
        for call in calls:
            try:
                if call:
                    call()
            except Exception as error:  # noqa: BLE001  # a bug in one must not keep the others waiting for ever
                self._on_failure(error)
            self._under_way -= 1
        if self.is_calm:
            self._on_calm()
