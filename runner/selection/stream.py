"""Look for a sandbox's runs page by page, and hand each page on as chosen and passed over.

Nothing is held beyond a page but what is known of flows. What the journal knows is asked for through a callable, so
that this room needs no journal.
"""

from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Protocol

from runner.errors import CannotGoOn, ListingCutShort
from runner.model.failure import Failure, failure_of
from runner.model.plan import FoundRun, Lineage, PassedOver
from runner.model.platform import Flow, FlowSpec, Run, RunQuery
from runner.model.selected import SelectionFacts
from runner.model.spec import ErrorMatch, Filter, SandboxSpec, Window
from runner.model.words import FlowId, RunId, SandboxName, SkipReason
from runner.selection.eligibility import Known, Verdict, judge
from runner.selection.matching import statuses_of, wants_flow
from runner.selection.tally import FilterTally, SandboxTally

_IDS_AT_ONCE = 500
_FEW_FLOWS = 60
"""Up to so many flows the listing is narrowed to them; beyond, one listing of all is fewer calls."""
_MOST_LOOKED_UP = 100
"""Of flows named by id of which no run was seen."""
_LONGEST_MESSAGE = 300
_NO_ERRORS = ErrorMatch()
_ONLY_FAILED = frozenset({"failed"})


class Platform(Protocol):
    """The part of the platform that finding runs needs."""

    def list_runs(self, sandbox: SandboxName, query: RunQuery) -> AsyncIterator[tuple[Run, ...]]:
        """Return the runs that answer a query, page by page; raises ListingCutShort where it has no end."""
        ...

    def runs_as_listed(
        self, sandbox: SandboxName, query: RunQuery
    ) -> AsyncIterator[tuple[Run, ...]]:
        """Return every run that is listed for a query, also what does not answer it; raises as ``list_runs`` does."""
        ...

    async def runs_by_id(self, sandbox: SandboxName, ids: Sequence[RunId]) -> dict[RunId, Run]:
        """Return those of the runs that are there."""
        ...

    async def flows_by_id(self, sandbox: SandboxName, ids: Sequence[FlowId]) -> dict[FlowId, Flow]:
        """Return those of the flows that are there."""
        ...

    def list_flows(self, sandbox: SandboxName) -> AsyncIterator[tuple[Flow, ...]]:
        """Return every flow, page by page."""
        ...

    async def flow_spec(self, sandbox: SandboxName, flow_spec_id: str) -> FlowSpec | None:
        """Return a kind of flow, or None where the platform does not know it."""
        ...

    async def connector_names(self, sandbox: SandboxName) -> dict[str, str]:
        """Return the name of each connection spec id."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a selection."""

    chosen: tuple[FoundRun, ...]
    passed_over: tuple[PassedOver, ...]
    failures: Mapping[RunId, Failure] = field(default_factory=dict)
    """How the chosen runs failed."""


History = Callable[[Sequence[RunId]], Awaitable[Mapping[RunId, str]]]
"""Says which of some old runs were re-triggered already, with words for a person."""


LineageOf = Callable[[Sequence[RunId]], Awaitable[Mapping[RunId, Lineage]]]
"""Says which of some runs came of a re-trigger, and of which."""


async def _no_lineage(_: Sequence[RunId]) -> Mapping[RunId, Lineage]:
    return {}


@dataclass(slots=True, kw_only=True)
class Selector:
    """Finds the runs of one sandbox."""

    sandbox: SandboxSpec
    platform: Platform
    history: History
    blocked_flows: Mapping[FlowId, str]
    lineage: LineageOf = _no_lineage
    max_generations: int = 3
    _flows: dict[FlowId, Flow] = field(default_factory=dict)
    _missing: set[FlowId] = field(default_factory=set)
    _kinds: dict[str, FlowSpec] = field(default_factory=dict)
    _tally: SandboxTally = field(init=False)

    def __post_init__(self) -> None:
        self._tally = SandboxTally(self.sandbox)

    async def by_id(self, ids: Iterator[RunId]) -> AsyncIterator[Page]:
        """Look up runs by their ids, some hundreds at a time; what is not there is passed over as not found."""
        while some := tuple(islice(ids, _IDS_AT_ONCE)):
            runs = await found_by_id(self.platform, self.sandbox.name, some)
            page = await self._judged(
                runs.values(), _ONLY_FAILED, zero_records=False, errors=_NO_ERRORS
            )
            missing = tuple(
                self._not_found(run_id) for run_id in dict.fromkeys(some) if run_id not in runs
            )
            yield replace(page, passed_over=(*page.passed_over, *missing))

    async def by_filter(self, rule: Filter, window: Window) -> AsyncIterator[Page]:
        """List runs by one filter, its span of time frozen; a listing cut short gives what came of it."""
        tally = self._tally.begin(rule, window)
        tally.flows = await self._asked_for_flows(tally)
        if tally.flows is not None and not tally.flows:
            return
        query = RunQuery(
            statuses=statuses_of(rule),
            started_from_ms=window.from_ms,
            started_to_ms=window.to_ms,
            flow_ids=_narrowed(tally.flows),
        )
        async for page in self._by_query(query, tally):
            yield page
        if spelt := await self._spelt_otherwise(tally):
            async for page in self._by_query(replace(query, flow_ids=spelt), tally):
                yield page

    async def _by_query(self, query: RunQuery, tally: FilterTally) -> AsyncIterator[Page]:
        rule = tally.rule
        statuses = frozenset(word.lower() for word in rule.statuses)
        async for runs in self._listed(query):
            wanted = [run for run in runs if tally.asks_for(run)]
            yield await self._judged(
                wanted, statuses, zero_records=rule.zero_records, errors=rule.errors
            )

    async def _spelt_otherwise(self, tally: FilterTally) -> tuple[FlowId, ...]:
        """Look up flows named by id of which no run was seen; return those that the platform spells in another case.

        It may compare letter by letter, and so have listed nothing of them. Where flows are listed that is known.
        """
        unseen = tally.unseen_ids()[:_MOST_LOOKED_UP]
        if not unseen or tally.rule.flows.names or tally.rule.flows.connectors:
            return ()
        found = await self._looked_up(unseen)
        tally.looked_up(unseen, found)
        there = [(one, (found or {}).get(one)) for one in unseen]
        return tuple(flow.id for one, flow in there if flow and str(flow.id) != str(one))

    async def facts(self, *, is_empty: bool) -> SelectionFacts:
        """Return what the selection tells when all runs were found; ``is_empty``: none was chosen.

        Asks for what can only be known so: whether flows named by id are there of which no run was seen, and, where
        nothing was chosen, what the filters for which nothing was listed make of the newest runs.
        """
        for tally in self._tally.filters:
            if not tally.is_looked_up and (unseen := tally.unseen_ids()):
                some = unseen[:_MOST_LOOKED_UP]
                tally.looked_up(some, await self._looked_up(some))
            if is_empty and not tally.looked_at and (tally.flows is None or tally.flows):
                await self._look_at_newest(tally)
        return SelectionFacts(
            patterns=tuple(self._tally.patterns(self._flows)),
            ids=tuple(self._tally.ids()),
            filters=tuple(tally.told() for tally in self._tally.filters),
        )

    async def _looked_up(self, ids: Sequence[FlowId]) -> Mapping[FlowId, Flow] | None:
        try:
            return await self.platform.flows_by_id(self.sandbox.name, ids)
        except CannotGoOn:
            return None  # it is nice to know, and nothing is chosen because of it

    async def _look_at_newest(self, tally: FilterTally) -> None:
        newest = FilterTally(tally.sandbox, tally.number, tally.rule, tally.window, tally.flows)
        query = RunQuery(flow_ids=_narrowed(tally.flows))
        try:
            async for runs in self.platform.runs_as_listed(self.sandbox.name, query):
                for run in runs:
                    newest.asks_for(run)
                break
        except CannotGoOn:
            return  # likewise
        tally.newest = newest.told()

    async def _listed(self, query: RunQuery) -> AsyncIterator[tuple[Run, ...]]:
        try:
            async for runs in self.platform.runs_as_listed(self.sandbox.name, query):
                yield runs
        except ListingCutShort:
            return  # the platform's room has warned of it; runs that were found are not dropped for those that were not

    async def _asked_for_flows(self, tally: FilterTally) -> frozenset[FlowId] | None:
        """Return the flows a filter asks for; None: every flow."""
        match = tally.rule.flows
        if not wants_flow(match):
            return None
        if not match.names and not match.connectors:
            return frozenset(match.ids)
        names = await self.platform.connector_names(self.sandbox.name) if match.connectors else {}
        found: set[FlowId] = set()
        async for flows in self.platform.list_flows(self.sandbox.name):
            wanted = [flow for flow in flows if tally.asks_for_flow(flow, names)]
            self._flows |= {flow.id: flow for flow in wanted}
            found |= {flow.id for flow in wanted}
        return frozenset(found.union(match.ids))  # of two spellings the platform's stays

    async def _judged(
        self,
        runs: Collection[Run],
        statuses: frozenset[str],
        *,
        zero_records: bool,
        errors: ErrorMatch,
    ) -> Page:
        if not runs:
            return Page(chosen=(), passed_over=())
        self._tally.judged(runs)
        known = await self._known(runs)
        chosen, passed_over, failures = [], [], {}
        for run in runs:
            verdict = judge(
                run,
                sandbox=self.sandbox,
                statuses=statuses,
                zero_records=zero_records,
                errors=errors,
                known=known,
            )
            found = _found(run, self._flows.get(run.flow_id))
            if verdict is None:
                chosen.append(found)
                failures[run.id] = failure_of(run)
            else:
                passed_over.append(_passed_over(found, verdict))
        return Page(chosen=tuple(chosen), passed_over=tuple(passed_over), failures=failures)

    async def _known(self, runs: Collection[Run]) -> Known:
        await self._learn_flows({run.flow_id for run in runs})
        return Known(
            flows=self._flows,
            missing_flows=frozenset(self._missing),
            flow_specs=self._kinds,
            retriggered=await self.history([run.id for run in runs]),
            blocked_flows=self.blocked_flows,
            lineage=await self.lineage([run.id for run in runs]),
            max_generations=self.max_generations,
        )

    async def _learn_flows(self, flow_ids: set[FlowId]) -> None:
        unknown = sorted(flow_ids - self._flows.keys() - self._missing)
        if unknown:
            self._flows |= await self.platform.flows_by_id(self.sandbox.name, unknown)
            self._missing |= set(unknown) - self._flows.keys()
        kinds = {self._flows[flow_id].flow_spec_id for flow_id in flow_ids & self._flows.keys()}
        for flow_spec_id in sorted(kinds - self._kinds.keys() - {""}):
            kind = await self.platform.flow_spec(self.sandbox.name, flow_spec_id)
            self._kinds[flow_spec_id] = kind or FlowSpec(
                id=flow_spec_id, name="", frequency="", is_source=None
            )

    def _not_found(self, run_id: RunId) -> PassedOver:
        nothing = FoundRun(
            sandbox=self.sandbox.name,
            run_id=run_id,
            flow_id=FlowId(""),
            flow_name="",
            etag=None,
            status="",
            error_code="",
            error_message="",
            created_at_ms=None,
            updated_at_ms=None,
            started_at_ms=None,
            window_start_ms=None,
            window_end_ms=None,
        )
        detail = "no such run in this sandbox, or hidden by an access label"
        return PassedOver(found=nothing, reason=SkipReason.NOT_FOUND, detail=detail)


def _narrowed(flows: frozenset[FlowId] | None) -> tuple[FlowId, ...]:
    """Return the flows to which a listing is narrowed; none where it is quicker to list all."""
    return tuple(sorted(flows)) if flows and len(flows) <= _FEW_FLOWS else ()


async def found_by_id(
    platform: Platform, sandbox: SandboxName, ids: Sequence[RunId]
) -> dict[RunId, Run]:
    """Return those of the runs that are there, whichever way a person spelt their ids."""
    runs = await platform.runs_by_id(sandbox, ids)
    others = [other for one in ids if one not in runs and (other := one.other_spelling)]
    return runs | (await platform.runs_by_id(sandbox, others) if others else {})


def _passed_over(found: FoundRun, verdict: Verdict) -> PassedOver:
    return PassedOver(found=found, reason=verdict.reason, detail=verdict.detail)


def _found(run: Run, flow: Flow | None) -> FoundRun:
    return FoundRun(
        sandbox=run.sandbox,
        run_id=run.id,
        flow_id=run.flow_id,
        flow_name=flow.name if flow else "",
        etag=run.etag,
        status=run.status,
        error_code=run.error_code,
        error_message=run.errors[0].message[:_LONGEST_MESSAGE] if run.errors else "",
        created_at_ms=run.created_at_ms,
        updated_at_ms=run.updated_at_ms,
        started_at_ms=run.started_at_ms,
        window_start_ms=run.window.start_ms if run.window else None,
        window_end_ms=run.window.end_ms if run.window else None,
    )
