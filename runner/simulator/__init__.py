"""A faithful local stand-in for the platform: Flow Service, token endpoint and sandbox list, with faults.

A second implementation from Adobe's documents; it shares no code with the client. It knows nothing of specs, plans
or executions.
"""

from runner.simulator.scenario import Scenario
from runner.simulator.server import Served, serve

__all__ = ["Scenario", "Served", "serve"]
