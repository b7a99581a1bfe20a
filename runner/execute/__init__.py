"""Do what a plan says: claim, ask, settle, under limits; stop well; always able to say what happened."""

from runner.execute.beside import Beside
from runner.execute.coordinator import Coordinator
from runner.execute.estimate import seconds_left, soaks_to_come
from runner.execute.hands import Hands
from runner.execute.lanes import SandboxWork
from runner.execute.recoveries import MakeWatches, OnRecovery
from runner.execute.settings import Ended, Settings
from runner.execute.verify import Verifier
from runner.execute.waits import waiting_for_answers
from runner.execute.waves import Between

__all__ = [
    "Beside",
    "Between",
    "Coordinator",
    "Ended",
    "Hands",
    "MakeWatches",
    "OnRecovery",
    "SandboxWork",
    "Settings",
    "Verifier",
    "seconds_left",
    "soaks_to_come",
    "waiting_for_answers",
]
