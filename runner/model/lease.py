"""Who works on which flows: a lease, and the process that holds it."""

from dataclasses import dataclass

from runner.model.words import ExecutionId, FlowId, SandboxName


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One process at work. ``process`` says what proves that it lives (host, boot id, pid, its start time)."""

    id: str
    who: str
    host: str
    process: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A flow in somebody's hand, until ``expires_at_ms`` unless renewed."""

    sandbox: SandboxName
    flow_id: FlowId
    execution_id: ExecutionId
    holder: Holder
    since_ms: int
    heartbeat_ms: int
    expires_at_ms: int
