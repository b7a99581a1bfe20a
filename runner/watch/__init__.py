"""Watch new runs until the platform shows what became of them: accepted is not recovered."""

from runner.watch.judge import recovery_of
from runner.watch.pace import Pace
from runner.watch.watcher import Platform, Watcher

__all__ = ["Pace", "Platform", "Watcher", "recovery_of"]
