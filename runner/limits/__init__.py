"""How fast, and how many at once: a pure rate core and the gate that every platform call passes."""

from runner.limits.gate import Act, Gate
from runner.limits.gcra import Rate, burst_of

__all__ = ["Act", "Gate", "Rate", "burst_of"]
