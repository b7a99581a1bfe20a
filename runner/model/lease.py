"""Who works on which flows: a lease, and the process that holds it."""

from collections.abc import Callable
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What a process asks for when it takes flows."""

    holder: Holder
    now_ms: int
    expires_at_ms: int
    is_dead: Callable[[Lease], bool]
    """Whether the holder of a lease is provably gone: then it is taken over before it expires."""
