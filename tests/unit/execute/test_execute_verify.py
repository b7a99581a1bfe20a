"""Whether a run is still what the plan pinned, and how that is looked up."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from runner.execute.verify import FLOW_FRESH_SECONDS, Verifier, why_not
from runner.model.plan import FoundRun, PlannedRun
from runner.model.platform import Flow, Run
from runner.model.words import ETag, FlowId, RunId, SandboxName
from tests.fakes.clock import FakeClock
from tests.fakes.runs import bare_run

PROD = SandboxName("prod")
PINNED = FoundRun(
    sandbox=PROD,
    run_id=RunId("run-1"),
    flow_id=FlowId("flow-1"),
    flow_name="S3 orders",
    etag=ETag('"e1"'),
    status="failed",
    error_code="",
    error_message="",
    created_at_ms=1,
    updated_at_ms=2,
    started_at_ms=1,
    window_start_ms=None,
    window_end_ms=None,
)
NOW = bare_run(
    id=RunId("run-1"),
    flow_id=FlowId("flow-1"),
    sandbox=PROD,
    etag=ETag('"e1"'),
    status="failed",
    created_at_ms=1,
    updated_at_ms=2,
    started_at_ms=1,
    completed_at_ms=3,
)
FLOW = Flow(
    id=FlowId("flow-1"),
    name="S3 orders",
    state="enabled",
    flow_spec_id="",
    is_destination=False,
    has_schedule=True,
    connection_spec_ids=(),
)


@pytest.mark.parametrize(
    ("pinned", "now", "flow", "why"),
    [
        (PINNED, NOW, FLOW, ""),
        (PINNED, NOW, None, ""),
        (PINNED, NOW, replace(FLOW, state=""), ""),
        (PINNED, None, FLOW, "not_found: the run is no longer there"),
        (
            PINNED,
            replace(NOW, status="success"),
            FLOW,
            "changed_since_plan: its status was failed and is success",
        ),
        (
            PINNED,
            replace(NOW, status=""),
            FLOW,
            "changed_since_plan: its status was failed and is ",
        ),
        (
            PINNED,
            replace(NOW, etag=ETag('"e2"')),
            FLOW,
            'changed_since_plan: its etag was "e1" and is "e2"',
        ),
        (PINNED, replace(NOW, etag=None), FLOW, ""),
        (replace(PINNED, etag=None), NOW, FLOW, ""),
        (PINNED, NOW, replace(FLOW, state="disabled"), "flow_not_enabled: the flow is disabled"),
        (PINNED, NOW, replace(FLOW, state="ENABLED"), ""),  # as the OpenAPI file spells such words
        (PINNED, None, replace(FLOW, state="disabled"), "not_found: the run is no longer there"),
    ],
)
def test_a_run_is_skipped_when_it_is_no_longer_what_was_pinned(
    pinned: FoundRun, now: Run | None, flow: Flow | None, why: str
) -> None:
    assert why_not(pinned, now, flow) == why


@dataclass
class ScriptedLook:
    runs: dict[RunId, Run]
    flows: dict[FlowId, Flow]
    said: list[str] = field(default_factory=list)

    async def runs_by_id(self, sandbox: SandboxName, ids: Sequence[RunId]) -> dict[RunId, Run]:
        self.said.append(f"runs {sandbox} {','.join(ids)}")
        return {run_id: self.runs[run_id] for run_id in ids if run_id in self.runs}

    async def flows_by_id(self, sandbox: SandboxName, ids: Sequence[FlowId]) -> dict[FlowId, Flow]:
        self.said.append(f"flows {sandbox} {','.join(ids)}")
        return {flow_id: self.flows[flow_id] for flow_id in ids if flow_id in self.flows}

    def forget_flows(self, sandbox: SandboxName) -> None:
        self.said.append(f"forget {sandbox}")


def planned(position: int, run_id: str, flow_id: str = "flow-1") -> PlannedRun:
    found = replace(PINNED, run_id=RunId(run_id), flow_id=FlowId(flow_id))
    return PlannedRun(position=position, wave=1, lane_position=position, found=found)


async def test_a_block_of_runs_is_looked_at_in_one_listing(clock: FakeClock) -> None:
    gone_flow = replace(FLOW, id=FlowId("flow-2"), state="disabled")
    look = ScriptedLook(
        runs={RunId("a"): replace(NOW, id=RunId("a")), RunId("c"): replace(NOW, id=RunId("c"))},
        flows={FLOW.id: FLOW, gone_flow.id: gone_flow},
    )
    verifier = Verifier(look, clock)
    runs = [planned(5, "a"), planned(6, "b"), planned(9, "c", "flow-2")]
    assert (await verifier.look_again(PROD, runs)).why_not == {
        5: "",
        6: "not_found: the run is no longer there",
        9: "flow_not_enabled: the flow is disabled",
    }
    assert look.said == ["runs prod a,b,c", "forget prod", "flows prod flow-1,flow-2"]


async def test_flows_are_looked_at_anew_after_a_while(clock: FakeClock) -> None:
    look = ScriptedLook(runs={}, flows={})
    verifier = Verifier(look, clock)
    await verifier.look_again(PROD, [planned(1, "a")])
    await clock.advance(FLOW_FRESH_SECONDS - 1)
    await verifier.look_again(PROD, [planned(2, "b")])
    assert look.said.count("forget prod") == 1
    await clock.advance(1)
    await verifier.look_again(PROD, [planned(3, "c")])
    assert look.said.count("forget prod") == 2
    await verifier.look_again(SandboxName("stage"), [planned(4, "d")])
    assert look.said.count("forget stage") == 1


async def test_a_look_is_as_old_as_the_oldest_of_what_it_rests_on(clock: FakeClock) -> None:
    verifier = Verifier(ScriptedLook(runs={}, flows={}), clock)
    began = clock.now
    assert (await verifier.look_again(PROD, [planned(1, "a")])).at == began
    await clock.advance(FLOW_FRESH_SECONDS - 1)
    assert (await verifier.look_again(PROD, [planned(2, "b")])).at == began
    await clock.advance(1)
    assert (await verifier.look_again(PROD, [planned(3, "c")])).at == clock.now
