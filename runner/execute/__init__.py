"""Do what a plan says: claim, ask, settle, under limits; stop well; always able to say what happened."""

from runner.execute.coordinator import Coordinator
from runner.execute.hands import Hands
from runner.execute.recoveries import MakeWatches, OnRecovery
from runner.execute.settings import Ended, Settings
from runner.execute.verify import Verifier
from runner.execute.waves import Between

__all__ = [
    "Between",
    "Coordinator",
    "Ended",
    "Hands",
    "MakeWatches",
    "OnRecovery",
    "Settings",
    "Verifier",
]
