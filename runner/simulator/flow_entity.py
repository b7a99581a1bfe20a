"""How flows, flow specs and connection specs look as JSON (docs: update-dataflows, cloud-storage tutorial)."""

from runner.simulator.catalogue import PROVIDER_ID, TARGET_SPEC_ID, Connector, FlowSpecKind
from runner.simulator.world import FlowState, World

JsonObject = dict[str, object]
_MINUTE_MS = 60_000


def flow_entity(world: World, flow: FlowState, *, now_ms: int) -> JsonObject:
    """Return one flow as the platform shows it at this moment."""
    ids, spec = world.ids, flow.spec
    source, target = ids.made("source", flow.id), ids.made("target", flow.id)
    etag = f'"{ids.word("flow etag", flow.id, length=8)}-0000-0200-0000-{flow.created_ms // 1000:08x}0000"'
    entity: JsonObject = {
        "id": flow.id,
        "createdAt": flow.created_ms,
        "updatedAt": flow.created_ms,
        "createdBy": "0A1B2C3D4E5F@AdobeID",
        "createdClient": "exc_app",
        "sandboxName": flow.sandbox.name,
        "imsOrgId": world.scenario.organisation,
        "name": flow.name,
        "description": f"{flow.connector.label} dataflow",
        "flowSpec": {"id": spec.id, "version": "1.0"},
        "state": flow.plan.state,
        "version": etag,
        "etag": etag,
        "sourceConnectionIds": [source],
        "targetConnectionIds": [target],
        "inheritedAttributes": _inherited(flow, source=source, target=target),
        "transformations": [],
        "runs": f"/flows/{flow.id}/runs",
    }
    if flow.spec.frequency == "batch":
        entity["scheduleParams"] = _schedule(flow)
    last = _last_run(world, flow, now_ms=now_ms)
    if last:
        entity["lastRunDetails"] = last
    return entity


def _inherited(flow: FlowState, *, source: str, target: str) -> JsonObject:
    direction = flow.spec.direction
    inherited: JsonObject = {
        "sourceConnections": [
            {"id": source, "connectionSpec": {"id": flow.connector.spec_id, "version": "1.0"}}
        ],
        "targetConnections": [
            {"id": target, "connectionSpec": {"id": TARGET_SPEC_ID, "version": "1.0"}}
        ],
    }
    if direction != "internal":
        word = "isDestinationFlow" if direction == "destination" else "isSourceFlow"
        inherited["properties"] = {word: True}
    return inherited


def _schedule(flow: FlowState) -> JsonObject:
    every_ms = flow.plan.schedule.every_ms if flow.plan.schedule else flow.window_ms
    return {
        "startTime": str(flow.created_ms // 1000),
        "frequency": "minute",
        "interval": max(1, every_ms // _MINUTE_MS),
        "backfill": True,
    }


def _last_run(world: World, flow: FlowState, *, now_ms: int) -> JsonObject:
    runs = world.runs
    made = flow.first + flow.made - 1
    candidates = [*flow.added, *([made] if flow.made else [])]
    over = [number for number in candidates if runs.has_ended(number, now_ms=now_ms)]
    if not over:
        return {}
    last = max(over, key=lambda number: (runs.created_ms[number], number))
    return {
        "id": runs.id_of(last),
        "state": "failed" if runs.status(last, now_ms=now_ms) == "failed" else "success",
        "startedAtUTC": runs.started_ms[last],
        "completedAtUTC": runs.ends_ms[last],
    }


def flow_spec_entity(spec: FlowSpecKind) -> JsonObject:
    """Return one flow spec; ``attributes`` tell batch from streaming and source from destination."""
    attributes: JsonObject = {"frequency": spec.frequency}
    if spec.direction == "source":
        attributes["isSourceFlow"] = True
    if spec.direction == "destination":
        attributes["isDestinationFlow"] = True
    return {
        "id": spec.id,
        "name": spec.name,
        "providerId": PROVIDER_ID,
        "version": "1.0",
        "attributes": attributes,
    }


def connection_spec_entity(connector: Connector) -> JsonObject:
    """Return one connection spec: the only place where a connector has a name."""
    return {
        "id": connector.spec_id,
        "name": connector.name,
        "providerId": PROVIDER_ID,
        "version": "1.0",
        "attributes": {"uiAttributes": {"label": connector.label}},
    }
