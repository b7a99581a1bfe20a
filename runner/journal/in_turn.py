"""Write to a journal on the event loop itself, so that what is written has one order: where time is virtual."""

import asyncio
from collections.abc import Callable, Sequence

from runner.journal.entries import Entry
from runner.journal.group import GroupCommit


class CommitInTurn(GroupCommit):
    """Writes what comes within the time it lingers, as ``GroupCommit`` does, on the loop's time; no thread."""

    def _begin(self) -> None:
        self._batches: list[tuple[Sequence[Entry], Callable[[], None] | None]] = []

    def put(self, entries: Sequence[Entry], *, then: Callable[[], None] | None = None) -> None:
        """Have entries written together, in order; ``then`` is called on the loop once they are durable."""
        if not self._batches:
            self._write_later()
        self._under_way += 1
        self._batches.append((entries, then))

    async def close(self) -> None:
        """Write what is left; raises what the last write raised."""
        self._write()
        await asyncio.sleep(0)  # those who wait are told in the turn after
        self._raise_failure()

    def _write_later(self) -> None:
        self._loop.call_later(self._linger, self._write)

    def _write(self) -> None:
        batches, self._batches = self._batches, []
        if batches:
            self._commit(batches)
