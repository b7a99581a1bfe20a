"""Build the simulated platform of a scenario: sandboxes, flows and their runs, all from the seed.

It holds what exists. What is asked and answered is the business of the surfaces above it.
"""

from array import array
from bisect import insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from random import Random

from runner.errors import UsageError
from runner.simulator.catalogue import CONNECTORS, Connector, FlowSpecKind, flow_spec_of
from runner.simulator.ids import Ids
from runner.simulator.runs import (
    EMPTY,
    FAILED,
    IN_PROGRESS,
    PARTIAL,
    QUEUED,
    SCHEDULED,
    SUCCESS,
    Maker,
    Runs,
)
from runner.simulator.scenario import Scenario
from runner.simulator.scenario_values import Behaviour, FlowPlan, ListedRun, RunsPlan

_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000
# A run's entity appears this much after its start (docs: the samples of the alert rules).
_LATEST_SHOWN_MS = 20_000
_EARLIEST_SHOWN_MS = 15_000
_LISTED_TOOK_MS = 60_000


@dataclass(slots=True, kw_only=True)
class SandboxState:
    """A sandbox as it stands."""

    number: int
    id: str
    name: str
    title: str
    type: str
    state: str
    region: str
    is_default: bool
    permission: str
    flows: "list[FlowState]" = field(default_factory=list)
    newest_last: "array[int] | None" = None
    """Its visible-to-us runs by creation; made when first asked for."""


@dataclass(slots=True, kw_only=True)
class FlowState:
    """A flow as it stands. Its made-up runs are the numbers ``first`` .. ``first + made - 1``."""

    number: int
    id: str
    name: str
    sandbox: SandboxState
    plan: FlowPlan
    connector: Connector
    created_ms: int
    shown_after_ms: int
    window_ms: int
    first: int
    made: int = 0
    added: list[int] = field(default_factory=list)
    newest_last: "array[int] | None" = None
    """Its runs by creation; made when first asked for."""

    @property
    def spec(self) -> FlowSpecKind:
        """What kind of flow it is."""
        return flow_spec_of(self.connector, frequency=self.plan.frequency)

    def runs(self) -> Iterator[int]:
        """Yield the numbers of its runs."""
        return chain(range(self.first, self.first + self.made), self.added)


class World:
    """Everything that exists on the simulated platform."""

    def __init__(self, scenario: Scenario, *, now_ms: int) -> None:
        self.scenario = scenario
        self.started_ms = now_ms
        self.ids = Ids(seed=scenario.seed)
        self.runs = Runs(ids=self.ids)
        self.sandboxes: dict[str, SandboxState] = {}
        self.flows: list[FlowState] = []
        self.flow_by_id: dict[str, FlowState] = {}
        self.retriggers: dict[int, int] = {}
        """Run -> how often a re-trigger of it was accepted."""
        self._build()

    @property
    def behaviour(self) -> Behaviour:
        """How the platform behaves where the documents leave it open."""
        return self.scenario.behaviour

    def flow_of(self, number: int) -> FlowState:
        """Return the flow of a run."""
        return self.flows[self.runs.flow[number]]

    def in_order(self, sandbox: SandboxState) -> "array[int]":
        """Return the sandbox's runs, the newest last, without those of labelled flows (docs: access labels)."""
        if sandbox.newest_last is None:
            numbers = chain.from_iterable(
                flow.runs() for flow in sandbox.flows if not flow.plan.labelled
            )
            sandbox.newest_last = self._by_creation(numbers)
        return sandbox.newest_last

    def in_order_of(self, flow: FlowState) -> "array[int]":
        """Return a flow's runs, the newest last."""
        if flow.newest_last is None:
            flow.newest_last = self._by_creation(flow.runs())
        return flow.newest_last

    def _by_creation(self, numbers: Iterable[int]) -> "array[int]":
        in_order = sorted(numbers)
        in_order.sort(key=self.runs.created_ms.__getitem__)  # stable: equals stay by number
        return array("I", in_order)

    def attach(self, number: int) -> None:
        """Put a run that was just added where its flow and sandbox find it."""
        flow = self.flow_of(number)
        flow.added.append(number)
        created = self.runs.created_ms
        orders = (flow.newest_last, None if flow.plan.labelled else flow.sandbox.newest_last)
        for order in orders:
            if order is not None:
                insort(order, number, key=lambda n: (created[n], n))

    def _build(self) -> None:
        for plan in self.scenario.sandboxes:
            sandbox = SandboxState(
                number=len(self.sandboxes),
                id=self.ids.made("sandbox", plan.name),
                name=plan.name,
                title=plan.title,
                type=plan.type,
                state=plan.state,
                region=plan.region,
                is_default=plan.is_default,
                permission=plan.permission,
            )
            if plan.name in self.sandboxes:
                raise UsageError(f"scenario.sandboxes: {plan.name} is there twice.")
            self.sandboxes[plan.name] = sandbox
            for flow in plan.flows:
                for copy in range(1, flow.count + 1):
                    self._build_flow(flow, sandbox=sandbox, copy=copy)

    def _build_flow(self, plan: FlowPlan, *, sandbox: SandboxState, copy: int) -> None:
        connector = CONNECTORS.get(plan.connector)
        if connector is None:
            raise UsageError(
                f"scenario: flow {plan.name!r}: {plan.connector!r} is not a known connector.",
                remedy=f"Known are {', '.join(CONNECTORS)}.",
            )
        number = len(self.flows)
        chance = Random(f"{self.scenario.seed}:{sandbox.name}:{number}")  # noqa: S311  # chance that can be repeated
        flow = FlowState(
            number=number,
            id=_flow_id(plan, copy=copy) or self.ids.made("flow", sandbox.name, number),
            name=plan.name if plan.count == 1 else f"{plan.name} {copy}",
            sandbox=sandbox,
            plan=plan,
            connector=connector,
            created_ms=self.started_ms - chance.randrange(30, 300) * _DAY_MS,
            shown_after_ms=chance.randrange(_EARLIEST_SHOWN_MS, _LATEST_SHOWN_MS),
            window_ms=plan.runs.every_ms or _HOUR_MS,
            first=len(self.runs),
        )
        if flow.id in self.flow_by_id:
            raise UsageError(f"scenario: the flow id {flow.id} is there twice.")
        self.flows.append(flow)
        self.flow_by_id[flow.id] = flow
        sandbox.flows.append(flow)
        self._make_runs(flow, chance=chance)
        for listed in plan.runs.listed:
            self._list_run(flow, listed=listed)

    def _make_runs(self, flow: FlowState, *, chance: Random) -> None:
        plan, now_ms = flow.plan.runs, self.started_ms
        ends = _ends(plan, chance=chance)
        if not ends:
            return
        started = _starts(plan, count=len(ends), now_ms=now_ms, chance=chance)
        spread = max(0, plan.took_to_ms - plan.took_from_ms)
        lasts = [
            plan.took_from_ms + int(part * spread) for part in _parts(len(ends), chance=chance)
        ]
        self.runs.extend(
            flow=flow.number,
            started_ms=started,
            created_ms=[min(ms + flow.shown_after_ms, now_ms) for ms in started],
            ends_ms=[min(ms + last, now_ms) for ms, last in zip(started, lasts, strict=True)],
            ends=ends,
            errors=self._errors(plan, ends=ends, chance=chance),
        )
        flow.made = len(ends)

    def _errors(self, plan: RunsPlan, *, ends: list[int], chance: Random) -> list[int]:
        codes = [self.runs.code_number(code) for code in plan.errors]
        with_error = [end in (FAILED, PARTIAL) for end in ends]
        drawn = iter(
            chance.choices(codes, weights=list(plan.errors.values()), k=sum(with_error))
            if codes
            else [self.runs.code_number("CONNECTOR-1001-500")] * sum(with_error)
        )
        return [next(drawn) if failed else 0 for failed in with_error]

    def _list_run(self, flow: FlowState, *, listed: ListedRun) -> None:
        runs, number, now_ms = self.runs, len(self.runs), self.started_ms
        started = listed.started.at(now_ms)
        created = started + flow.shown_after_ms
        ended = started + _LISTED_TOOK_MS
        empty = listed.status == "success" and listed.records_in == 0
        runs.extend(
            flow=flow.number,
            started_ms=(started,),
            created_ms=(listed.created.at(now_ms) if listed.created else min(created, now_ms),),
            ends_ms=(listed.updated.at(now_ms) if listed.updated else min(ended, now_ms),),
            ends=(EMPTY if empty else runs.word_number(listed.status),),
            errors=(runs.code_number(listed.error if _has_error(listed.status) else ""),),
        )
        if listed.id:
            if runs.number_of(listed.id) not in {None, number}:
                raise UsageError(f"scenario: the run id {listed.id} is there twice.")
            runs.name(number, listed.id)
        if listed.created_by or listed.created_client:
            client = listed.created_client or listed.created_by
            runs.makers[number] = Maker(listed.created_by or client, client)
        if listed.etag:
            runs.etags[number] = listed.etag
        if listed.window:
            first, last = listed.window
            runs.windows_ms[number] = (first.at(now_ms), last.at(now_ms))
        runs.listed[number] = listed
        flow.added.append(number)


def _flow_id(plan: FlowPlan, *, copy: int) -> str:
    return plan.id if copy == 1 or not plan.id else f"{plan.id}-{copy}"


def _has_error(status: str) -> bool:
    return status in {"failed", "partialSuccess", "partialFailure"}


def _ends(plan: RunsPlan, *, chance: Random) -> list[int]:
    over = (
        [FAILED] * plan.failed
        + [SUCCESS] * plan.success
        + [EMPTY] * plan.success_empty
        + [PARTIAL] * plan.partial
    )
    chance.shuffle(over)
    # What still runs started last.
    return (
        over
        + [IN_PROGRESS] * plan.in_progress
        + [QUEUED] * plan.queued
        + [SCHEDULED] * plan.scheduled
    )


def _starts(plan: RunsPlan, *, count: int, now_ms: int, chance: Random) -> list[int]:
    latest = plan.started_to.at(now_ms)
    if plan.every_ms:
        return [latest - back * plan.every_ms for back in range(count - 1, -1, -1)]
    earliest = plan.started_from.at(now_ms)
    span = max(0, latest - earliest)
    return sorted(earliest + int(part * span) for part in _parts(count, chance=chance))


def _parts(count: int, *, chance: Random) -> list[float]:
    return [chance.random() for _ in range(count)]
