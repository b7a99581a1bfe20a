"""Decide whether one run may be re-triggered, and if not, why not.

Pure. Which runs are looked at, and whether they match a filter at all, is decided in ``matching``; how many are too
many, in the plan.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from runner.model.plan import Lineage
from runner.model.platform import Flow, FlowSpec, Run
from runner.model.spec import ErrorMatch, SandboxSpec
from runner.model.words import FlowId, RunId, SkipReason
from runner.selection.matching import excluded_cluster, excluded_code, has_code
from runner.selection.patterns import fits_widely, folded

BENIGN_CODE = "140"
"""The batch was ingested already and this run is its duplicate: nothing is to be done (Adobe knowledge base 26349)."""

_FLOW_ID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
"""What the platform's own ids look like: nobody calls a flow so."""
_WITHOUT_HYPHENS = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)
_DAMAGED = "\N{REPLACEMENT CHARACTER}"
"""Stands in a name for what came in another encoding than it said."""
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
    flow = known.flows.get(run.flow_id)
    checks = (
        _by_exclusion(run, sandbox, flow),
        _by_history(run, known),
        _by_status(run, statuses, zero_records=zero_records),
        _by_error(run, errors),
        _by_flow(run, known),
        # Last: of two reasons that one is told which is sure.
        _by_flow_exclusion_in_doubt(sandbox, flow),
        _by_error_exclusion_in_doubt(run, errors),
    )
    return next((verdict for verdict in checks if verdict), None)


def excludes_flow(entry: str, *, flow_id: FlowId, flow: Flow | None) -> bool:
    """Whether an entry of ``exclude.flows`` names a flow: its id, or a pattern for its name.

    A pattern that any name fits needs no name.
    """
    return flow_id == written_id(entry) or fits_widely(flow.name if flow else "", entry)


def is_flow_id(entry: str) -> bool:
    """Whether an entry of ``exclude.flows`` is an id of the platform's, and no pattern for a name."""
    return _FLOW_ID.fullmatch(written_id(entry)) is not None


def written_id(entry: str) -> str:
    """Return the id that a person wrote: without blanks and braces around it, and as a UUID with its hyphens."""
    bare = entry.strip().removeprefix("{").removesuffix("}").strip()
    return str(UUID(bare)) if _WITHOUT_HYPHENS.fullmatch(bare) else bare


def is_nameless(flow: Flow | None) -> bool:
    """Whether it is not known for sure what a flow is called."""
    return flow is None or not folded(flow.name) or _DAMAGED in flow.name or bool(flow.unread)


def _by_exclusion(run: Run, sandbox: SandboxSpec, flow: Flow | None) -> Verdict | None:
    if run.id in sandbox.excluded_runs:
        return Verdict(reason=SkipReason.EXCLUDED_RUN, detail="named under exclude.runs")
    for entry in sandbox.excluded_flows:
        if excludes_flow(entry, flow_id=run.flow_id, flow=flow):
            return Verdict(reason=SkipReason.EXCLUDED_FLOW, detail=f"exclude.flows: {entry}")
    return None


def _by_flow_exclusion_in_doubt(sandbox: SandboxSpec, flow: Flow | None) -> Verdict | None:
    """An exclusion that cannot be judged is not "not excluded" (docs/decisions.md, 53). Ids can be, without a name."""
    pattern = next((one for one in sandbox.excluded_flows if not is_flow_id(one)), None)
    if pattern is None or not is_nameless(flow):
        return None
    unread = flow.unread if flow else "it could not be looked up"
    detail = (
        f"exclude.flows ({pattern}) needs the name of its flow, which is not known: "
        f"{unread or 'the platform shows the flow without one'}"
    )
    return Verdict(reason=SkipReason.EXCLUSION_UNKNOWN, detail=detail)


def _by_error_exclusion_in_doubt(run: Run, errors: ErrorMatch) -> Verdict | None:
    if run.status.lower() in _SUCCEEDED:
        return None  # it has no error that could be excluded
    if errors.exclude and (not has_code(run) or run.has_unread_errors):
        given = "not that of every error" if has_code(run) else "none"
        detail = f"errors.exclude ({errors.exclude[0]}) needs an error code, and the platform gives {given} of this run"
        return Verdict(reason=SkipReason.EXCLUSION_UNKNOWN, detail=detail)
    if errors.exclude_clusters and not run.errors:
        pattern = errors.exclude_clusters[0]
        detail = f"errors.clusters.exclude ({pattern}) needs an error, and the platform gives none of this run"
        return Verdict(reason=SkipReason.EXCLUSION_UNKNOWN, detail=detail)
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
    codes = (excluded_code(run, pattern) for pattern in errors.exclude)
    if code := next(filter(None, codes), ""):
        return Verdict(reason=SkipReason.EXCLUDED_ERROR, detail=code)
    if any(error.code == BENIGN_CODE for error in run.errors):
        detail = "code 140: its data was ingested before; nothing is to be done"
        return Verdict(reason=SkipReason.BENIGN_DUPLICATE, detail=detail)
    clusters = (excluded_cluster(run, pattern) for pattern in errors.exclude_clusters)
    if cluster := next(filter(None, clusters), ""):
        return Verdict(reason=SkipReason.EXCLUDED_ERROR, detail=f"cluster {cluster}")
    return None


def _by_flow(run: Run, known: Known) -> Verdict | None:
    flow = known.flows.get(run.flow_id)
    if flow is None:
        if run.flow_id not in known.missing_flows:
            return None  # nothing is known of the flow; the platform itself refuses what cannot be done
        detail = "deleted, or hidden by an access label"
        if not run.flow_id:
            detail = "the platform does not say which flow the run belongs to"
        return Verdict(reason=SkipReason.FLOW_NOT_FOUND, detail=detail)
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
