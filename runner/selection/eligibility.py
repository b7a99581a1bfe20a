"""Decide whether one run may be re-triggered, and if not, why not.

Pure. Which runs are looked at, and whether they match a filter at all, is decided in ``matching``; how many are too
many, in the plan.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from runner.model.failure import cluster_of
from runner.model.plan import Lineage
from runner.model.platform import Flow, FlowSpec, Run
from runner.model.spec import ErrorMatch, SandboxSpec
from runner.model.words import FlowId, RunId, SkipReason
from runner.selection.matching import fits

BENIGN_CODE = "140"
"""The batch was ingested already and this run is its duplicate: nothing is to be done (Adobe knowledge base 26349)."""

_FAILED = frozenset({"failed"})
_SUCCEEDED = frozenset({"success", "completed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known beside the run itself: flows and kinds of flow by id, and what the journal says."""

    flows: Mapping[FlowId, Flow]
    missing_flows: frozenset[FlowId]
    """Flows that the platform says are not there."""
    flow_specs: Mapping[str, FlowSpec]
    retriggered: Mapping[RunId, str]
    """Old runs that were re-triggered already, with words for a person."""
    blocked_flows: Mapping[FlowId, str]
    """Flows with an open question, with words for a person."""
    lineage: Mapping[RunId, Lineage] = field(default_factory=dict)
    """Where runs come from that the journal knows as new runs."""
    max_generations: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Why a run is passed over."""

    reason: SkipReason
    detail: str = ""


def judge(
    run: Run,
    *,
    sandbox: SandboxSpec,
    statuses: frozenset[str],
    zero_records: bool,
    errors: ErrorMatch,
    known: Known,
) -> Verdict | None:
    """Return why the run is passed over, or None: it is chosen.

    Args:
        run: as the platform shows it now.
        sandbox: what the spec says of its sandbox.
        statuses: the statuses asked for, lower case; an explicit id asks for ``failed``.
        zero_records: whether successes without a record were asked for.
        errors: the error codes asked for.
        known: what is known beside the run.
    """
    checks = (
        _by_exclusion(run, sandbox, known.flows.get(run.flow_id)),
        _by_history(run, known),
        _by_status(run, statuses, zero_records=zero_records),
        _by_error(run, errors),
        _by_flow(run, known),
    )
    return next((verdict for verdict in checks if verdict), None)


def _by_exclusion(run: Run, sandbox: SandboxSpec, flow: Flow | None) -> Verdict | None:
    if run.id in sandbox.excluded_runs:
        return Verdict(reason=SkipReason.EXCLUDED_RUN, detail="named under exclude.runs")
    name = flow.name if flow else ""
    for pattern in sandbox.excluded_flows:
        if run.flow_id == pattern or (name and fnmatchcase(name, pattern)):
            return Verdict(reason=SkipReason.EXCLUDED_FLOW, detail=f"exclude.flows: {pattern}")
    return None


def _by_history(run: Run, known: Known) -> Verdict | None:
    if words := known.retriggered.get(run.id):
        return Verdict(reason=SkipReason.ALREADY_RETRIGGERED, detail=words)
    made = known.lineage.get(run.id)
    if made and made.generation >= known.max_generations:
        cap = f"cap.max_generations is {known.max_generations}"
        detail = f"re-trigger number {made.generation} of run {made.root}, and {cap}"
        return Verdict(reason=SkipReason.OVER_GENERATIONS, detail=detail)
    if words := known.blocked_flows.get(run.flow_id):
        return Verdict(reason=SkipReason.FLOW_BLOCKED, detail=words)
    return None


def _by_status(run: Run, statuses: frozenset[str], *, zero_records: bool) -> Verdict | None:
    # The platform's documents spell statuses in several cases; ours are compared without it.
    status = run.status.lower()
    if status in _SUCCEEDED:
        if zero_records and run.records_in == 0:
            return None
        empty = (
            " with zero records; filters[].zero_records asks for those"
            if run.records_in == 0
            else ""
        )
        return Verdict(reason=SkipReason.NOT_FAILED, detail=f"its status is {run.status}{empty}")
    if status in statuses and status in _FAILED:
        return None
    return Verdict(
        reason=SkipReason.NOT_FAILED, detail=f"its status is {run.status or 'not given'}"
    )


def _by_error(run: Run, errors: ErrorMatch) -> Verdict | None:
    for error in run.errors:
        if any(fnmatchcase(error.code, pattern) for pattern in errors.exclude):
            return Verdict(reason=SkipReason.EXCLUDED_ERROR, detail=error.code)
        if error.code == BENIGN_CODE:
            detail = "code 140: its data was ingested before; nothing is to be done"
            return Verdict(reason=SkipReason.BENIGN_DUPLICATE, detail=detail)
    if errors.exclude_clusters and fits(cluster := cluster_of(run.errors), errors.exclude_clusters):
        return Verdict(reason=SkipReason.EXCLUDED_ERROR, detail=f"cluster {cluster}")
    return None


def _by_flow(run: Run, known: Known) -> Verdict | None:
    flow = known.flows.get(run.flow_id)
    if flow is None:
        if run.flow_id not in known.missing_flows:
            return None  # nothing is known of the flow; the platform itself refuses what cannot be done
        return Verdict(
            reason=SkipReason.FLOW_NOT_FOUND, detail="deleted, or hidden by an access label"
        )
    kind = known.flow_specs.get(flow.flow_spec_id)
    if flow.is_destination or (kind and kind.is_source is False):
        return Verdict(
            reason=SkipReason.DESTINATION_FLOW, detail="only source flows can be re-triggered"
        )
    if kind and kind.frequency and kind.frequency.lower() != "batch":
        return Verdict(
            reason=SkipReason.STREAMING_FLOW, detail=f"its kind of flow is {kind.frequency}"
        )
    if flow.state and flow.state.lower() != "enabled":
        return Verdict(reason=SkipReason.FLOW_NOT_ENABLED, detail=f"the flow is {flow.state}")
    return None
