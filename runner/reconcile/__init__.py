"""Decide what became of a request whose answer was never seen, from what the platform shows afterwards."""

from runner.reconcile.deciding import decide
from runner.reconcile.evidence import Seen
from runner.reconcile.finding import CannotTell, Finding, Plausible, Wrong, judge_finding
from runner.reconcile.judge import judge
from runner.reconcile.looking import Looker, Timing

__all__ = [
    "CannotTell",
    "Finding",
    "Looker",
    "Plausible",
    "Seen",
    "Timing",
    "Wrong",
    "decide",
    "judge",
    "judge_finding",
]
