"""Flow Service's door: which call it is, and whether the sandbox it names can be used.

Comes after the gateway; knows neither tokens nor faults.
"""

from typing import TYPE_CHECKING

from runner.simulator.asked import Asked
from runner.simulator.calls import Call, Reply
from runner.simulator.flow_calls import FlowCalls
from runner.simulator.replies import legacy_error, refused
from runner.simulator.retriggering import Retriggering
from runner.simulator.run_calls import RunCalls
from runner.simulator.world import SandboxState, World

if TYPE_CHECKING:
    from collections.abc import Callable


class FlowService:
    """Answers calls under ``/data/foundation/flowservice``."""

    def __init__(self, world: World, *, retriggering: Retriggering) -> None:
        self._world = world
        runs, flows = RunCalls(world, retriggering=retriggering), FlowCalls(world)
        self._answers: dict[tuple[str, str], Callable[[SandboxState, Asked], Reply]] = {
            ("GET", "runs"): runs.runs,
            ("GET", "run"): runs.run,
            ("POST", "retrigger"): runs.retrigger,
            ("GET", "flows"): flows.flows,
            ("GET", "flow_specs"): flows.flow_specs,
            ("GET", "connection_specs"): flows.connection_specs,
        }
        self._kinds = {kind for _, kind in self._answers}

    def answer(self, asked: Asked) -> Reply:
        """Answer one call; raises Refused."""
        answer = self._answers.get((asked.call.method, asked.route.kind))
        if answer is None:
            status = 405 if asked.route.kind in self._kinds else 404
            what = f"{asked.call.method} {asked.call.path}"
            return legacy_error(status, f"{what} is not a call of this service")
        return answer(self._sandbox(asked.call), asked)

    def _sandbox(self, call: Call) -> SandboxState:
        name = call.header("x-sandbox-name")
        if call.header("x-sandbox-id"):
            raise refused(
                "2110-400",
                "Headers not allowed",
                "The header x-sandbox-id is not allowed with the user token. Please update the header and try again.",
            )
        if not name:
            raise refused(
                "2105-400",
                "Header is missing",
                "The header x-sandbox-name is missing in the request. "
                "Please add the header in the request and try again.",
            )
        if name == "*":
            raise refused(
                "2111-403",
                "Headers with value restricted",
                "The header x-sandbox-name with value * is restricted with the user token. "
                "Please update the header and value and try again.",
            )
        return self._usable(name)

    def _usable(self, name: str) -> SandboxState:
        sandbox = self._world.sandboxes.get(name)
        missing = f"The sandbox with the name '{name}' could not be found."
        if sandbox is None:
            raise refused(
                "2100-404",
                "Sandbox not found",
                f"{missing} Please ensure that the sandbox name is correct and try again.",
            )
        if sandbox.state != "active":
            raise refused(
                "2101-404",
                "Sandbox not found",
                f"{missing} Error from Sandbox Management API: Sandbox with name '{name}' not present. "
                "Please check if resource exists.",
            )
        if sandbox.permission == "none":
            raise refused(
                "2120-403",
                "Forbidden",
                "You do not have sufficient permissions to perform the operation. "
                "Please contact your administrator to resolve permissions and try again.",
            )
        return sandbox
