"""Decide what became of a request whose answer was never seen, from what the platform shows afterwards."""

from runner.reconcile.evidence import Seen
from runner.reconcile.judge import judge
from runner.reconcile.looking import Looker, Timing

__all__ = ["Looker", "Seen", "Timing", "judge"]
