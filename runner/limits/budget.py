"""How many other tries of calls an execution may make: a share of its calls, so that an outage is not made worse.

Pure counting. A call refused with others for one and the same reason, all under way together, is told here once.
"""

from dataclasses import dataclass

ALWAYS = 10
"""So many retries are always allowed: a small execution must be able to retry at all."""


@dataclass(slots=True)
class RetryBudget:
    """Counts calls and retries; every call counts as one, retries too."""

    share: float = 0.1
    requests: int = 0
    retries: int = 0

    def spend(self) -> bool:
        """Count one retry if there is budget left for it; return whether there was."""
        if self.retries >= ALWAYS + self.share * self.requests:
            return False
        self.retries += 1
        return True

    def spent(self) -> str:
        """Return the words for a spent budget."""
        return f"retry.budget: {100 * self.share:g} % is spent: {self.retries} retries of {self.requests} calls"
