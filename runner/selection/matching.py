"""Does a run match a filter? Asked again here for every run, whatever the platform was asked to filter.

Pure. A run that does not match was not asked for, and is no part of the selection; a run that matches and may not be
re-triggered is passed over (``eligibility``).
"""

from collections.abc import Collection, Iterable, Mapping

from runner.model.failure import cluster_of
from runner.model.platform import Flow, Run
from runner.model.selected import Left
from runner.model.spec import ErrorMatch, Filter, FlowMatch, Last, Window
from runner.model.words import FlowId
from runner.selection.patterns import fits, fits_widely


def frozen(span: Window | Last, *, now_ms: int) -> Window:
    """Return the span with its ends fixed."""
    if isinstance(span, Window):
        return span
    return Window(from_ms=now_ms - round(span.seconds * 1000), to_ms=now_ms)


def in_window(run: Run, window: Window) -> bool:
    """Whether the run started in the window; where the platform gives no start, when it was created counts."""
    moment = _moment(run)
    if moment is None:
        return False
    return (window.from_ms is None or moment >= window.from_ms) and (
        window.to_ms is None or moment < window.to_ms
    )


def _moment(run: Run) -> int | None:
    return run.started_at_ms if run.started_at_ms is not None else run.created_at_ms


def statuses_of(rule: Filter) -> tuple[str, ...]:
    """Return the statuses to ask the platform for, each once."""
    asked = (*rule.statuses, *(("success",) if rule.zero_records else ()))
    return tuple(dict.fromkeys(asked))


def matches(run: Run, *, rule: Filter, window: Window) -> bool:
    """Whether a run is asked for by a filter, whatever its flow."""
    return why_left(run, rule=rule, window=window, flows=None) is None


def why_left(
    run: Run, *, rule: Filter, window: Window, flows: Collection[FlowId] | None
) -> Left | None:
    """Return why a run is not asked for by a filter, or None: it is. ``flows`` are those asked for; None: every one."""
    if not in_window(run, window):
        return Left.NO_TIME if _moment(run) is None else Left.OTHER_TIME
    if left := _by_status(run, rule):
        return left
    if flows is not None and run.flow_id not in flows:
        return Left.OTHER_FLOW if run.flow_id else Left.NO_FLOW
    return None if is_empty_success(run, rule) else _by_error(run, rule.errors)


def is_empty_success(run: Run, rule: Filter) -> bool:
    """Whether a run is a success without records that the filter asks for; it has no errors to look at."""
    return rule.zero_records and run.status.lower() == "success" and run.records_in == 0


def _by_status(run: Run, rule: Filter) -> Left | None:
    status = run.status.lower()
    if not status:
        return Left.NO_STATUS
    if rule.zero_records and status == "success":
        if run.records_in is None:
            return Left.NO_COUNT
        return Left.OTHER_STATUS if run.records_in else None
    return None if status in {word.lower() for word in rule.statuses} else Left.OTHER_STATUS


def _by_error(run: Run, errors: ErrorMatch) -> Left | None:
    if errors.include and not any(code_fits(run, pattern) for pattern in errors.include):
        return Left.OTHER_ERROR if has_code(run) else Left.NO_ERROR
    patterns = errors.include_clusters
    if patterns and not any(cluster_fits(run, pattern) for pattern in patterns):
        return Left.OTHER_ERROR if run.errors else Left.NO_ERROR
    return None


def has_code(run: Run) -> bool:
    """Whether the platform gives any error code of a run."""
    return any(error.code for error in run.errors)


def code_fits(run: Run, pattern: str) -> bool:
    """Whether one of a run's error codes fits an inclusion; no code fits none."""
    return any(error.code and fits(error.code, pattern) for error in run.errors)


def cluster_fits(run: Run, pattern: str) -> bool:
    """Whether the cluster of a run's failure fits an inclusion."""
    cluster = cluster_of(run.errors)
    return bool(cluster) and fits(cluster, pattern)


def excluded_code(run: Run, pattern: str) -> str:
    """Return the error code of a run that an exclusion names, or nothing."""
    codes = (error.code for error in run.errors if error.code)
    return next((code for code in codes if fits_widely(code, pattern)), "")


def excluded_cluster(run: Run, pattern: str) -> str:
    """Return the cluster of a run's failure where an exclusion names it, or nothing."""
    cluster = cluster_of(run.errors)
    return cluster if cluster and fits_widely(cluster, pattern) else ""


def wants_flow(match: FlowMatch) -> bool:
    """Whether a filter says anything about flows."""
    return bool(match.names or match.ids or match.connectors)


def flow_matches(flow: Flow, match: FlowMatch, *, connectors: Mapping[str, str]) -> bool:
    """Whether a flow is asked for; ``connectors`` gives the name of each connection spec id."""
    if flow.id in match.ids or any(fits(flow.name, pattern) for pattern in match.names):
        return True
    mine = connectors_of(flow, connectors)
    return any(connector_fits(mine, pattern) for pattern in match.connectors)


def connectors_of(flow: Flow, connectors: Mapping[str, str]) -> frozenset[str]:
    """Return the ids of a flow's connectors and, where they have some, their names."""
    ids = flow.connection_spec_ids
    return frozenset((*ids, *(connectors[one] for one in ids if connectors.get(one))))


def connector_fits(mine: Iterable[str], pattern: str) -> bool:
    """Whether one of a flow's connectors fits; case does not count, for nobody calls two of them alike but for it."""
    return any(fits_widely(name, pattern) for name in mine)
