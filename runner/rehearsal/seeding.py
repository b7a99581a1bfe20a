"""Make a scenario from a plan: its sandboxes, its flows, and its runs with everything that the plan pinned.

Only what is planned exists there: other runs of the flows, and other flows, do not. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from runner.model.plan import FoundRun, PlanHeader, PlannedRun
from runner.model.words import FlowId, SandboxName

Scenario = dict[str, object]

USUAL_MS = 300_000
"""How long a new run takes where nothing is known of its flow: five minutes."""
_SHORTEST_MS = 1_000
_LONGEST_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TYPES = ("development", "production")
_SUCCESS = "success"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """What a plan does not say. None: as usual."""

    recovers_percent: float | None = None
    """How many of the new runs recover; the others fail again. None: all."""
    takes_ms: int | None = None
    """How long a new run takes. None: what the planned runs of its flow took on average, else five minutes."""
    throttle_per_second: float | None = None
    """How many calls a second the platform bears. None: any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """As whom the rehearsal calls its platform."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(slots=True)
class _Flow:
    name: str
    listed: list[Scenario] = field(default_factory=list)
    took_ms: list[int] = field(default_factory=list)


def scenario_of_plan(
    header: PlanHeader, runs: Iterable[PlannedRun], *, assumed: Assumed, identity: Identity
) -> Scenario:
    """Return the scenario on which a plan can be rehearsed: each run is there as it was pinned, each flow enabled."""
    flows: dict[SandboxName, dict[FlowId, _Flow]] = {one.name: {} for one in header.sandboxes}
    for run in runs:
        found = run.found
        of_sandbox = flows.setdefault(found.sandbox, {})
        flow = of_sandbox.setdefault(found.flow_id, _Flow(found.flow_name or found.flow_id))
        flow.listed.append(_listed(found, at_ms=header.created_at_ms))
        flow.took_ms += _took_ms(found)
    types = {sandbox.name: sandbox for sandbox in header.sandboxes}
    scenario: Scenario = {
        "version": 1,
        "organisation": header.org_id,
        "client_id": identity.client_id,
        "client_secret": identity.client_secret,
        # Whether the platform will refuse a run is not for a rehearsal to guess.
        "behaviour": {"successes": "accepted"},
        "sandboxes": [
            {
                "name": name,
                **_facts(types[name].type if name in types else "", types[name].region),
                "flows": [_flow(key, flow, assumed=assumed) for key, flow in of_sandbox.items()],
            }
            for name, of_sandbox in flows.items()
        ],
    }
    if assumed.throttle_per_second is not None:
        scenario["rate_limit"] = {"per_second": assumed.throttle_per_second}
    return scenario


def _facts(kind: str, region: str) -> Scenario:
    facts: Scenario = {"type": kind} if kind in _TYPES else {}
    return {**facts, "region": region} if region else facts


def _flow(flow_id: FlowId, flow: _Flow, *, assumed: Assumed) -> Scenario:
    known_ms = sum(flow.took_ms) // len(flow.took_ms) if flow.took_ms else USUAL_MS
    takes_ms = known_ms if assumed.takes_ms is None else assumed.takes_ms
    recovers = 100.0 if assumed.recovers_percent is None else assumed.recovers_percent
    return {
        "id": flow_id,
        "name": flow.name,
        "retrigger": {
            "recovers": recovers,
            "fails_again": 100.0 - recovers,
            "takes": f"{takes_ms}ms",
        },
        "runs": {"listed": flow.listed},
    }


def _listed(found: FoundRun, *, at_ms: int) -> Scenario:
    """Return a run as it was pinned; what the plan does not know is made up."""
    started_ms = found.started_at_ms or found.created_at_ms or at_ms
    listed: Scenario = {
        "id": found.run_id,
        "status": found.status,
        "error": found.error_code,
        "error_message": found.error_message,
        "started": _moment(started_ms),
    }
    if found.etag is not None:
        listed["etag"] = found.etag
    if found.created_at_ms is not None:
        listed["created"] = _moment(found.created_at_ms)
    if found.updated_at_ms is not None:
        listed["updated"] = _moment(min(found.updated_at_ms, at_ms))
    if found.window_start_ms is not None and found.window_end_ms is not None:
        window = {"from": found.window_start_ms, "to": found.window_end_ms}
        listed["window"] = {name: _moment(ms) for name, ms in window.items()}
    if found.status == _SUCCESS:
        listed["records_in"] = 0  # why else would it be re-triggered
    return listed


def _took_ms(found: FoundRun) -> list[int]:
    """Return how long a run took, where its times tell: it was last changed when it ended."""
    if found.started_at_ms is None or found.updated_at_ms is None:
        return []
    took_ms = found.updated_at_ms - found.started_at_ms
    return [took_ms] if _SHORTEST_MS <= took_ms <= _LONGEST_MS else []


def _moment(milliseconds: int) -> str:
    return (_EPOCH + timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds")
