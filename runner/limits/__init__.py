"""How fast, and how many at once: pure rate cores and the gate that every platform call passes."""

from runner.limits.adaptive import Sign
from runner.limits.budget import RetryBudget
from runner.limits.gate import Act, Gate
from runner.limits.gcra import Rate, burst_of
from runner.limits.measured import Recent
from runner.limits.pace import Pace

__all__ = ["Act", "Gate", "Pace", "Rate", "Recent", "RetryBudget", "Sign", "burst_of"]
