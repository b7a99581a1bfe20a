"""What makes calls, whatever is at the other end: the network, or a platform in this very process."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from runner.clock import Clock
from runner.masking import KnownSecrets
from runner.model.spec import Timeouts
from runner.transport.reply import Call, Failure, Reply


class Wire(Protocol):
    """Makes one call."""

    async def call(self, call: Call) -> Reply | Failure:
        """Make one call; raises nothing but what cancels it, and UsageError for settings that cannot be used."""
        ...


class OpenWire(Protocol):
    """Opens a wire; it is closed when the block ends."""

    def __call__(
        self,
        *,
        timeouts: Timeouts,
        at_once: int,
        clock: Clock,
        environment: Mapping[str, str],
        secrets: KnownSecrets,
    ) -> AbstractAsyncContextManager[Wire]:
        """Return the block."""
        ...
