"""Whether a listing comes newest first, as was asked for: believed only once it was seen. Pure."""

from dataclasses import dataclass


@dataclass(slots=True)
class ListingOrder:
    """What the creations of a listing's runs showed so far (epoch milliseconds)."""

    last_ms: int | None = None
    """Of the last run that has one."""
    _falls: bool = False
    _rises: bool = False

    def note(self, created_ms: int | None) -> None:
        """Take in the next run; None: the platform did not say when it was created."""
        if created_ms is None:
            return
        if self.last_ms is not None:
            self._falls = self._falls or created_ms < self.last_ms
            self._rises = self._rises or created_ms > self.last_ms
        self.last_ms = created_ms

    @property
    def is_newest_first(self) -> bool:
        """Whether creations fell somewhere and rose nowhere."""
        return self._falls and not self._rises
