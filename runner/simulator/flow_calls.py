"""The calls about flows, flow specs and connection specs (docs: Flow Service's OpenAPI file, update-dataflows)."""

from collections.abc import Sequence

from runner.simulator.asked import Asked
from runner.simulator.calls import Reply
from runner.simulator.catalogue import CONNECTORS, FLOW_SPECS
from runner.simulator.entity_listing import EntityListing, JsonObject, T
from runner.simulator.flow_entity import (
    connection_spec_entity,
    flow_entity,
    flow_spec_entity,
)
from runner.simulator.paging import envelope
from runner.simulator.queries import read_query
from runner.simulator.replies import Refused, json_reply, not_found
from runner.simulator.world import FlowState, SandboxState, World

_FLOW_SPECS = [flow_spec_entity(spec) for spec in FLOW_SPECS.values()]
_CONNECTION_SPECS = [connection_spec_entity(connector) for connector in CONNECTORS.values()]
_READY: EntityListing[JsonObject] = EntityListing(build=lambda entity: entity, quick={})


class FlowCalls:
    """Answers them; every method raises Refused for what it refuses."""

    def __init__(self, world: World) -> None:
        self._world = world

    def flows(self, sandbox: SandboxState, asked: Asked) -> Reply:
        """Answer ``GET /flows`` and ``GET /flows/{id}``; labelled flows are not there (docs: access labels)."""
        name = asked.route.name
        if not name:
            flows = [flow for flow in sandbox.flows if not flow.plan.labelled]
            return self._listed(flows, self._flow_listing(asked.now_ms), asked, collection="flows")
        found = self._world.flow_by_id.get(name)
        if found is None or found.sandbox is not sandbox or found.plan.labelled:
            raise self._not_found("flows", name)
        return json_reply({"items": [flow_entity(self._world, found, now_ms=asked.now_ms)]})

    def flow_specs(self, _sandbox: SandboxState, asked: Asked) -> Reply:
        """Answer ``GET /flowSpecs`` and ``GET /flowSpecs/{id}``."""
        return self._specs(_FLOW_SPECS, asked, collection="flowSpecs")

    def connection_specs(self, _sandbox: SandboxState, asked: Asked) -> Reply:
        """Answer ``GET /connectionSpecs`` and ``GET /connectionSpecs/{id}``."""
        return self._specs(_CONNECTION_SPECS, asked, collection="connectionSpecs")

    def _specs(self, specs: list[JsonObject], asked: Asked, *, collection: str) -> Reply:
        name = asked.route.name
        if not name:
            return self._listed(specs, _READY, asked, collection=collection)
        named = [spec for spec in specs if spec["id"] == name]
        if not named:
            raise self._not_found(collection, name)
        return json_reply({"items": named})

    def _flow_listing(self, now_ms: int) -> EntityListing[FlowState]:
        return EntityListing(
            build=lambda flow: flow_entity(self._world, flow, now_ms=now_ms),
            quick={
                "id": lambda flow: flow.id,
                "name": lambda flow: flow.name,
                "state": lambda flow: flow.plan.state,
                "createdAt": lambda flow: flow.created_ms,
            },
        )

    def _listed(
        self, things: Sequence[T], listing: EntityListing[T], asked: Asked, *, collection: str
    ) -> Reply:
        style = self._world.behaviour
        query = read_query(asked.call, style)
        page = listing.page(things, query, twist=asked.twist)
        if query.only_count:
            return json_reply({"count": page.fitting})
        body = envelope(
            page.items,
            collection=collection,
            following=page.following,
            call=asked.call,
            style=style,
        )
        return json_reply(body)

    def _not_found(self, collection: str, name: str) -> Refused:
        return not_found(collection, name, style=self._world.behaviour.not_found)
