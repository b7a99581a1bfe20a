"""Does a run match a filter? Asked again here for every run, whatever the platform was asked to filter.

Pure. A run that does not match was not asked for, and is no part of the selection; a run that matches and may not be
re-triggered is passed over (``eligibility``).
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from runner.model.failure import cluster_of
from runner.model.platform import Flow, Run
from runner.model.spec import ErrorMatch, Filter, FlowMatch, Last, Window


def frozen(span: Window | Last, *, now_ms: int) -> Window:
    """Return the span with its ends fixed."""
    if isinstance(span, Window):
        return span
    return Window(from_ms=now_ms - round(span.seconds * 1000), to_ms=now_ms)


def in_window(run: Run, window: Window) -> bool:
    """Whether the run started in the window; where the platform gives no start, when it was created counts."""
    moment = run.started_at_ms if run.started_at_ms is not None else run.created_at_ms
    if moment is None:
        return False
    return (window.from_ms is None or moment >= window.from_ms) and (
        window.to_ms is None or moment < window.to_ms
    )


def statuses_of(rule: Filter) -> tuple[str, ...]:
    """Return the statuses to ask the platform for."""
    return (*rule.statuses, *(("success",) if rule.zero_records else ()))


def matches(run: Run, *, rule: Filter, window: Window) -> bool:
    """Whether a run is asked for by a filter; its flow is looked at separately."""
    if not in_window(run, window):
        return False
    status = run.status.lower()
    if rule.zero_records and status == "success":
        return run.records_in == 0
    if status not in {word.lower() for word in rule.statuses}:
        return False
    return _has_error(run, rule.errors)


def _has_error(run: Run, errors: ErrorMatch) -> bool:
    codes = [error.code for error in run.errors]
    if errors.include and not any(fits(code, errors.include) for code in codes):
        return False
    return not errors.include_clusters or fits(cluster_of(run.errors), errors.include_clusters)


def fits(word: str, patterns: Iterable[str]) -> bool:
    """Whether a word fits one of some patterns; no word fits none."""
    return bool(word) and any(fnmatchcase(word, pattern) for pattern in patterns)


def wants_flow(match: FlowMatch) -> bool:
    """Whether a filter says anything about flows."""
    return bool(match.names or match.ids or match.connectors)


def flow_matches(flow: Flow, match: FlowMatch, *, connectors: dict[str, str]) -> bool:
    """Whether a flow is asked for; ``connectors`` gives the name of each connection spec id."""
    if flow.id in match.ids or any(fnmatchcase(flow.name, pattern) for pattern in match.names):
        return True
    mine = set(flow.connection_spec_ids)
    mine |= {connectors[spec_id] for spec_id in flow.connection_spec_ids if spec_id in connectors}
    return any(
        fnmatchcase(name.lower(), pattern.lower()) for name in mine for pattern in match.connectors
    )
