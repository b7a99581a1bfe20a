"""The whole simulated platform: a call goes in, a delivery comes out.

The hall that joins the rooms: what fell due happens first, then a fault is chosen, then gateway and service answer,
and the ledger is written. Pure Python: no sockets, and the time is asked of ``now_ms``.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from runner.simulator.asked import Asked
from runner.simulator.calls import Call, Delivery, Reply, Route, route
from runner.simulator.fault_values import read_fault
from runner.simulator.faults import Faults, Target
from runner.simulator.flow_service import FlowService
from runner.simulator.gateway import Gateway
from runner.simulator.given import Given
from runner.simulator.happenings import Happenings
from runner.simulator.ledger import Ledger
from runner.simulator.replies import Refused, legacy_error
from runner.simulator.retriggering import Retriggering
from runner.simulator.sandbox_service import SandboxService
from runner.simulator.scenario import Scenario
from runner.simulator.tampering import Struck, deliver
from runner.simulator.tokens import Tokens
from runner.simulator.world import World

_ONE_FLOW = "flowId=="


class Platform:
    """One simulated platform. Not safe for threads: one call at a time."""

    def __init__(self, scenario: Scenario, *, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._scenario = scenario
        self.world = World(scenario, now_ms=now_ms())
        self.ledger = Ledger()
        self.tokens = Tokens(scenario, ids=self.world.ids)
        retriggering = Retriggering(self.world, ledger=self.ledger)
        self._gateway = Gateway(scenario, tokens=self.tokens)
        self._flow_service = FlowService(self.world, retriggering=retriggering)
        self._sandbox_service = SandboxService(self.world)
        self._happenings = Happenings(self.world, retriggering=retriggering)
        self._faults = Faults(scenario.faults, seed=scenario.seed)

    def handle(self, call: Call) -> Delivery:
        """Answer one call, and write it down."""
        now_ms = self._now_ms()
        self._happenings.catch_up(now_ms)
        found = route(call.method, call.path)
        target = self._target(call, found)
        doing = self._faults.choose(target, since_start_ms=now_ms - self.world.started_ms)
        if doing is None:
            delivery = Delivery(reply=self._act(call, found, now_ms=now_ms))
        else:
            delivery = deliver(
                Struck(
                    doing=doing,
                    act=lambda twist: self._act(call, found, now_ms=now_ms, twist=twist),
                    act_later=lambda seconds: self._act_later(call, found, seconds, now_ms=now_ms),
                    revoke=lambda for_ever: self.tokens.revoke(for_ever=for_ever),
                    continuation_token=call.asked("continuationToken") or "",
                    now_ms=now_ms,
                )
            )
        return self._written_down(call, target, delivery, now_ms=now_ms)

    def catch_up(self) -> None:
        """Let everything happen that is due by now."""
        self._happenings.catch_up(self._now_ms())

    def replace_faults(self, entries: list[Mapping[str, object]]) -> None:
        """Put other faults in place of those in force; raises UsageError for one that cannot be read."""
        faults = [
            read_fault(Given(entry, at=f"faults[{number}]")) for number, entry in enumerate(entries)
        ]
        self._faults = Faults(faults, seed=self._scenario.seed)

    def _act(self, call: Call, found: Route, *, now_ms: int, twist: str = "") -> Reply:
        try:
            return self._answer(call, found, now_ms=now_ms, twist=twist)
        except Refused as refusal:
            return refusal.reply

    def _answer(self, call: Call, found: Route, *, now_ms: int, twist: str) -> Reply:
        if found.kind == "token":
            return self.tokens.answer(call, now_ms=now_ms)
        self._gateway.admit(call, kind=found.kind, now_ms=now_ms)
        if found.kind == "unknown":
            return legacy_error(404, f"{call.method} {call.path} is nothing known here")
        if found.kind == "sandboxes":
            return self._sandbox_service.answer(call, found)
        return self._flow_service.answer(Asked(call, found, now_ms, twist))

    def _act_later(self, call: Call, found: Route, seconds: float, *, now_ms: int) -> None:
        due_ms = now_ms + int(seconds * 1000)
        self._happenings.at(due_ms, lambda at_ms: void(self._act(call, found, now_ms=at_ms)))

    def _target(self, call: Call, found: Route) -> Target:
        run = found.name if found.kind in {"run", "retrigger"} else ""
        flow_id = _flow_in(call, found)
        number = self.world.runs.number_of(run) if run else None
        flow = self.world.flow_by_id.get(flow_id)
        if number is not None:
            flow = self.world.flow_of(number)
        return Target(found.kind, call.header("x-sandbox-name"), flow.name if flow else "", run)

    def _written_down(
        self, call: Call, target: Target, delivery: Delivery, *, now_ms: int
    ) -> Delivery:
        order = len(self.ledger.requests) + 1
        self.ledger.note_request(
            at_ms=now_ms,
            method=call.method,
            path=call.path,
            query=call.raw_query,
            kind=target.kind,
            sandbox=target.sandbox,
            run=target.run,
            answer="dropped" if delivery.manner == "dropped" else delivery.reply.status,
        )
        # A caller's id is echoed, another is made (docs: User Management API, request ids).
        request_id = call.header("x-request-id") or self.world.ids.made("request", order)
        reply = delivery.reply.with_headers(("X-Request-Id", request_id), ("Server", "APIP"))
        body = reply.body.replace(
            b'"request-id":"simulated"', f'"request-id":"{request_id}"'.encode()
        )
        return replace(delivery, reply=replace(reply, body=body))


def void(_reply: Reply) -> None:
    """Let an answer go that nobody waits for."""


def _flow_in(call: Call, found: Route) -> str:
    """Return the one flow that a call names, or empty."""
    if found.kind == "flows":
        return found.name
    named = [
        value.removeprefix(_ONE_FLOW)
        for key, value in call.query
        if key == "property" and value.startswith(_ONE_FLOW)
    ]
    return named[0] if len(named) == 1 else ""
