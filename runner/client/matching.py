"""Hold a run against the query it was listed by: the platform may filter less than it was asked to. Pure."""

from runner.model.platform import Run, RunQuery


def answers(run: Run, query: RunQuery) -> bool:
    """Whether a run fits a query as far as the run says anything about it."""
    statuses = {status.lower() for status in query.statuses}
    return (
        (not statuses or run.status.lower() in statuses)
        and (not query.flow_ids or run.flow_id in query.flow_ids)
        and _from(run.started_at_ms, query.started_from_ms)
        and (
            _none(run.started_at_ms, query.started_to_ms)
            or _before(run.started_at_ms, query.started_to_ms)
        )
        and _from(run.created_at_ms, query.created_from_ms)
    )


def _none(value: int | None, bound: int | None) -> bool:
    return value is None or bound is None


def _from(value: int | None, bound: int | None) -> bool:
    return value is None or bound is None or value >= bound


def _before(value: int | None, bound: int | None) -> bool:
    return value is not None and bound is not None and value < bound
