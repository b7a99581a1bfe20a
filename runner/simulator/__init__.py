"""A faithful local stand-in for the platform: Flow Service, token endpoint and sandbox list, with faults.

A second implementation from Adobe's documents; it shares no code with the client. It knows nothing of specs, plans
or executions. ``serve`` puts it behind a socket of this machine; ``Platform`` alone answers calls in this process.
"""

from runner.simulator.calls import Call, Delivery
from runner.simulator.running import most_running
from runner.simulator.scenario import Scenario
from runner.simulator.scenario_values import Mix
from runner.simulator.server import Served, serve
from runner.simulator.simulated_platform import Platform

__all__ = ["Call", "Delivery", "Mix", "Platform", "Scenario", "Served", "most_running", "serve"]
