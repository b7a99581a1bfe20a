"""Count what each pattern of one sandbox's spec matches, and what left a filter without runs.

What is kept grows with flows, patterns and kinds of errors, never with runs.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from runner.model.failure import cluster_of
from runner.model.platform import Flow, Run
from runner.model.selected import FilterCount, IdsCount, Left, PatternCount
from runner.model.spec import ErrorMatch, Filter, SandboxSpec, Window
from runner.model.words import FlowId, RunId, SandboxName
from runner.selection.counts import Counts
from runner.selection.eligibility import excludes_flow, is_flow_id, is_nameless
from runner.selection.matching import (
    cluster_fits,
    code_fits,
    connector_fits,
    connectors_of,
    excluded_cluster,
    excluded_code,
    is_empty_success,
    why_left,
)
from runner.selection.patterns import fits

_NO_PATTERNS = ErrorMatch()
_MOST_STATUSES = 20
_MOST_MISSING = 20
_UP_TO_ERRORS = frozenset({None, Left.OTHER_ERROR, Left.NO_ERROR})
"""How it stands with a run whose errors were looked at."""


@dataclass(slots=True)
class FilterTally:
    """One filter's."""

    sandbox: SandboxName
    number: int
    rule: Filter
    window: Window
    flows: frozenset[FlowId] | None = None
    """The flows asked for; None: every one."""
    newest: FilterCount | None = None
    is_looked_up: bool = False
    """Whether unseen flows were looked up."""
    looked_at: int = 0
    _left: Counter[Left] = field(default_factory=Counter)
    _statuses: Counter[str] = field(default_factory=Counter)
    _names: Counts = field(init=False)
    _connectors: Counts = field(init=False)
    _codes: Counts = field(init=False)
    _excluded_codes: Counts = field(init=False)
    _clusters: Counts = field(init=False)
    _excluded_clusters: Counts = field(init=False)
    _ids: frozenset[FlowId] = field(init=False)
    _ids_there: set[FlowId] = field(default_factory=set)
    _ids_in_doubt: set[FlowId] = field(default_factory=set)

    def __post_init__(self) -> None:
        flows, errors = self.rule.flows, self.rule.errors
        self._ids = frozenset(flows.ids)
        self._names, self._connectors = Counts(flows.names), Counts(flows.connectors)
        self._codes, self._excluded_codes = Counts(errors.include), Counts(errors.exclude)
        self._clusters = Counts(errors.include_clusters)
        self._excluded_clusters = Counts(errors.exclude_clusters)

    def asks_for_flow(self, flow: Flow, connectors: Mapping[str, str]) -> bool:
        """Whether a flow that was listed is asked for; counts it."""
        match = self.rule.flows
        by_id = flow.id in self._ids
        if by_id:
            self._ids_there.add(flow.id)
        by_name = self._names.take((fits(flow.name, one) for one in match.names), [flow.name])
        mine = connectors_of(flow, connectors)
        called = [connectors.get(one) or one for one in flow.connection_spec_ids]
        by_connector = self._connectors.take(
            (connector_fits(mine, one) for one in match.connectors), called
        )
        return by_id or by_name or by_connector

    def asks_for(self, run: Run) -> bool:
        """Whether a run that was listed is asked for; counts it."""
        left = why_left(run, rule=self.rule, window=self.window, flows=self.flows)
        self.looked_at += 1
        if left:
            self._left[left] += 1
        if left is Left.OTHER_STATUS and (
            run.status in self._statuses or len(self._statuses) < _MOST_STATUSES
        ):
            self._statuses[run.status] += 1
        if run.flow_id in self._ids:
            self._ids_there.add(run.flow_id)
        if (
            self.rule.errors != _NO_PATTERNS
            and left in _UP_TO_ERRORS
            and not is_empty_success(run, self.rule)
        ):
            self._count_errors(run, is_asked_for=left is None)
        return left is None

    def _count_errors(self, run: Run, *, is_asked_for: bool) -> None:
        errors = self.rule.errors
        codes = [error.code for error in run.errors]
        self._codes.take((code_fits(run, one) for one in errors.include), codes)
        if errors.include_clusters:
            hits = (cluster_fits(run, one) for one in errors.include_clusters)
            self._clusters.take(hits, [cluster_of(run.errors)])
        if not is_asked_for:
            return
        self._excluded_codes.take((bool(excluded_code(run, one)) for one in errors.exclude), codes)
        if errors.exclude_clusters:
            left_out = (bool(excluded_cluster(run, one)) for one in errors.exclude_clusters)
            self._excluded_clusters.take(left_out, [cluster_of(run.errors)])

    def unseen_ids(self) -> list[FlowId]:
        """Return the flows asked for by id of which nothing was seen."""
        return [one for one in self.rule.flows.ids if one not in self._ids_there]

    def looked_up(self, ids: Collection[FlowId], found: Mapping[FlowId, Flow] | None) -> None:
        """Take in what a look-up of unseen flows gave; None: they could not be looked up."""
        self.is_looked_up = True
        self._ids_in_doubt = set(self.unseen_ids())
        if found is None:
            return
        sure = [one for one in ids if one not in found or not found[one].unread]
        self._ids_in_doubt.difference_update(sure)
        self._ids_there.update(one for one in sure if one in found)

    def told(self) -> FilterCount:
        """Return what the filter made of the runs that were listed."""
        return FilterCount(
            sandbox=self.sandbox,
            number=self.number,
            statuses=self.rule.statuses,
            window=self.window,
            looked_at=self.looked_at,
            taken=self.looked_at - self._left.total(),
            left=dict(self._left),
            statuses_left=dict(self._statuses.most_common()),
            flows=None if self.flows is None else len(self.flows),
            newest=self.newest,
        )

    def patterns(self) -> Iterator[PatternCount]:
        """Return what each pattern matched."""
        filters, own = f"filters[{self.number}]", self.sandbox
        yield from self._names.told(
            own, f"{filters}.flows.names", thing="flow", here_called="flows"
        )
        yield from self._connectors.told(
            own, f"{filters}.flows.connectors", thing="flow", here_called="connectors"
        )
        lists = (
            (self._codes, "errors.include", "error codes", False),
            (self._excluded_codes, "errors.exclude", "error codes", True),
            (self._clusters, "errors.clusters.include", "clusters", False),
            (self._excluded_clusters, "errors.clusters.exclude", "clusters", True),
        )
        for counts, key, called, is_exclusion in lists:
            yield from counts.told(
                own,
                f"{filters}.{key}",
                thing="run",
                here_called=called,
                is_exclusion=is_exclusion,
            )

    def ids(self) -> Iterator[IdsCount]:
        """Return how many of the flows asked for by id are there."""
        if self.rule.flows.ids:
            yield _ids_count(
                self.sandbox,
                f"filters[{self.number}].flows.ids",
                self.rule.flows.ids,
                there=self._ids_there,
                where="in this sandbox",
                in_doubt=self._ids_in_doubt,
            )


@dataclass(slots=True)
class SandboxTally:
    """One sandbox's: of its filters, and of what it excludes."""

    sandbox: SandboxSpec
    filters: list[FilterTally] = field(default_factory=list)
    _runs_judged: bool = False
    _flows_judged: set[FlowId] = field(default_factory=set)
    _excluded_runs: set[RunId] = field(default_factory=set)

    def begin(self, rule: Filter, window: Window) -> FilterTally:
        """Begin with the next filter."""
        tally = FilterTally(self.sandbox.name, len(self.filters) + 1, rule, window)
        self.filters.append(tally)
        return tally

    def judged(self, runs: Iterable[Run]) -> None:
        """Take note of runs that were asked for and are held against what is excluded."""
        for run in runs:
            self._runs_judged = True
            self._flows_judged.add(run.flow_id)
            if run.id in self.sandbox.excluded_runs:
                self._excluded_runs.add(run.id)

    def patterns(self, flows: Mapping[FlowId, Flow]) -> Iterator[PatternCount]:
        """Return what each pattern matched; ``flows`` are all that is known of them."""
        for tally in self.filters:
            yield from tally.patterns()
        excluded = Counts([one for one in self.sandbox.excluded_flows if not is_flow_id(one)])
        for flow_id in sorted(self._flows_judged):
            flow = flows.get(flow_id)
            hits = (excludes_flow(one, flow_id=flow_id, flow=flow) for one in excluded.patterns)
            excluded.take(hits, [flow.name] if flow and not is_nameless(flow) else [])
        yield from excluded.told(
            self.sandbox.name,
            "exclude.flows",
            thing="flow with runs found",
            here_called="flows",
            is_exclusion=True,
        )

    def ids(self) -> Iterator[IdsCount]:
        """Return how many ids of each list of them are there; what is excluded of nothing at all is not told."""
        for tally in self.filters:
            yield from tally.ids()
        if not self._runs_judged:
            return
        flows = [FlowId(one) for one in self.sandbox.excluded_flows if is_flow_id(one)]
        lists = (
            ("exclude.runs", sorted(self.sandbox.excluded_runs), self._excluded_runs, "runs found"),
            ("exclude.flows", flows, self._flows_judged, "flows with runs found"),
        )
        for key, ids, there, things in lists:
            if ids:
                where = f"among the {things}"
                yield _ids_count(self.sandbox.name, key, ids, there=there, where=where)


def _ids_count(
    sandbox: SandboxName,
    key: str,
    ids: Collection[str],
    *,
    there: Collection[str],
    where: str,
    in_doubt: Collection[str] = (),
) -> IdsCount:
    missing = [one for one in ids if one not in there and one not in in_doubt]
    return IdsCount(
        sandbox=sandbox,
        key=key,
        ids=len(ids),
        there=len(ids) - len(missing) - len(in_doubt),
        where=where,
        missing=tuple(missing[:_MOST_MISSING]),
        not_judged=len(in_doubt),
    )
