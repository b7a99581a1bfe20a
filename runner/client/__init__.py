"""Flow Service in our words: runs found and looked up, flows and kinds of flow known, runs re-triggered."""

from runner.client.opening import open_flow_service
from runner.client.reading import ReadGate
from runner.client.service import FlowService

__all__ = ["FlowService", "ReadGate", "open_flow_service"]
