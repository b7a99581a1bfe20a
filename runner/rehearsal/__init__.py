"""What a plan is rehearsed on: the scenario of a simulated platform on which the plan's runs stand as they were pinned.

Pure; scenarios are plain mappings in the format of ``schemas/scenario.v1.schema.json``. Nothing here simulates.
"""

from runner.rehearsal.seeding import Assumed, Identity, scenario_of_plan
from runner.rehearsal.variations import varied

__all__ = ["Assumed", "Identity", "scenario_of_plan", "varied"]
