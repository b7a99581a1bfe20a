"""How a run looks as JSON: the entity that ``GET /runs`` and ``GET /runs/{id}`` show.

Shape and quirks follow the samples of Adobe's documents (docs: monitor, alert rules, on-demand ingestion). Built when
asked for, never kept.
"""

from runner.simulator.catalogue import (
    COPY_ACTIVITY,
    COPY_DETAIL,
    PROMOTION_ACTIVITY,
    run_error_message,
)
from runner.simulator.runs import EMPTY, FAILED, PARTIAL, SCHEDULER, SUCCESS
from runner.simulator.world import FlowState, World

JsonObject = dict[str, object]
_COPY_FAILED = "CONNECTOR-1001-500"
_RECORDS_FROM = 1_000
_RECORDS_SPREAD = 100_000
_BYTES_A_RECORD = 180
_QUIRK_EVERY = 7


def run_entity(world: World, number: int, *, now_ms: int) -> JsonObject:
    """Return one run as the platform shows it at this moment."""
    runs, flow = world.runs, world.flow_of(number)
    maker = runs.makers.get(number, SCHEDULER)
    run_id = runs.id_of(number)
    entity: JsonObject = {
        "id": run_id,
        "createdAt": runs.created_ms[number],
        "updatedAt": runs.updated_ms(number, now_ms=now_ms),
        "createdBy": maker.user,
        "updatedBy": SCHEDULER.user,
        "createdClient": maker.client,
        "updatedClient": SCHEDULER.client,
        "sandboxId": flow.sandbox.id,
        "sandboxName": flow.sandbox.name,
        "imsOrgId": world.scenario.organisation,
        "flowId": flow.id,
        "flowSpec": {"id": flow.spec.id, "version": "1.0"},
        "providerRefId": f"M-{flow.id}-incremental-0:{world.ids.made('provider', run_id)}",
        "etag": runs.etag(number, now_ms=now_ms),
        "metrics": _metrics(world, number, now_ms=now_ms),
        "activities": _activities(world, number, now_ms=now_ms),
    }
    if world.behaviour.windows == "params":
        start_ms, end_ms = window_ms(world, number)
        entity["params"] = {
            "windowStartTime": str(start_ms // 1000),
            "windowEndTime": str(end_ms // 1000),
        }
    if world.behaviour.links == "parent" and number in runs.copies:
        entity["parentFlowRunId"] = runs.id_of(runs.copies[number])
    return entity


def window_ms(world: World, number: int) -> tuple[int, int]:
    """Return the span of source data that a run covers; a re-triggered run covers the first run's (docs: on-demand)."""
    root = world.runs.root(number)
    if root in world.runs.windows_ms:
        return world.runs.windows_ms[root]
    flow = world.flow_of(root)
    end_ms = world.runs.created_ms[root] - flow.shown_after_ms
    return end_ms - flow.window_ms, end_ms


def started_at(world: World, number: int, *, now_ms: int) -> int | None:
    """Return ``metrics.durationSummary.startedAtUTC``; a run under way has none (docs: alert rules sample)."""
    if not world.runs.has_ended(number, now_ms=now_ms):
        return None
    return _time(world.flow_of(number), world.runs.started_ms[number])


def completed_at(world: World, number: int, *, now_ms: int) -> int | None:
    """Return ``metrics.durationSummary.completedAtUTC``; a failed run may lack it (docs: sources notifications)."""
    runs = world.runs
    if not runs.has_ended(number, now_ms=now_ms):
        return None
    if _is_odd(world, number) and runs.end[number] == FAILED:
        return None
    return _time(world.flow_of(number), runs.ends_ms[number])


def _time(flow: FlowState, milliseconds: int) -> int:
    # Older samples carry seconds (docs: sources notifications).
    return milliseconds // 1000 if flow.plan.times_in_seconds else milliseconds


def _is_odd(world: World, number: int) -> bool:
    return world.behaviour.quirks and number % _QUIRK_EVERY == 0


def _metrics(world: World, number: int, *, now_ms: int) -> JsonObject:
    runs = world.runs
    summary = _status_summary(world, number, now_ms=now_ms)
    if not runs.has_ended(number, now_ms=now_ms):
        return {"statusSummary": summary}
    records_in, records_out = records(world, number)
    odd = _is_odd(world, number) and runs.end[number] == FAILED
    return {
        "durationSummary": _duration(world, number, now_ms=now_ms),
        "sizeSummary": {
            "inputBytes": -1 if odd else records_in * _BYTES_A_RECORD,
            "outputBytes": -1 if odd else records_out * _BYTES_A_RECORD,
        },
        "recordSummary": {
            "inputRecordCount": records_in,
            "outputRecordCount": records_out,
            "failedRecordCount": records_in - records_out,
            "failedInfo": _failed_info(world, number),
        },
        "fileSummary": {"inputFileCount": 1, "outputFileCount": 1 if records_out else 0},
        "statusSummary": summary,
    }


def records(world: World, number: int) -> tuple[int, int]:
    """Return how many records a run that has ended read and wrote."""
    listed = world.runs.listed.get(number)
    made = _made_records(world, number)
    if listed is None:
        return made
    read = made[0] if listed.records_in is None else listed.records_in
    wrote = min(made[1], read) if listed.records_out is None else listed.records_out
    return read, wrote


def _made_records(world: World, number: int) -> tuple[int, int]:
    end = world.runs.end[number]
    if end == EMPTY or (end == FAILED and world.runs.code(number) == _COPY_FAILED):
        return 0, 0
    spread = int(world.ids.fraction("records", number) * _RECORDS_SPREAD)
    read = _RECORDS_FROM + spread
    if end == SUCCESS:
        return read, read
    return read, read * 19 // 20 if end == PARTIAL else 0


def _duration(world: World, number: int, *, now_ms: int) -> JsonObject:
    duration: JsonObject = {"startedAtUTC": started_at(world, number, now_ms=now_ms)}
    completed = completed_at(world, number, now_ms=now_ms)
    if completed is not None:
        duration["completedAtUTC"] = completed
    return duration


def _status_summary(world: World, number: int, *, now_ms: int) -> JsonObject:
    runs = world.runs
    summary: JsonObject = {"status": runs.status(number, now_ms=now_ms)}
    code = runs.code(number)
    if code and runs.has_ended(number, now_ms=now_ms):
        summary["errors"] = [{"code": code, "message": _message(world, number)}]
        summary["activityRefs"] = [_failed_activity(code)]
    return summary


def _message(world: World, number: int) -> str:
    listed = world.runs.listed.get(number)
    return (listed.error_message if listed else "") or run_error_message(world.runs.code(number))


def _failed_activity(code: str) -> str:
    return COPY_ACTIVITY if code == _COPY_FAILED else PROMOTION_ACTIVITY


def _failed_info(world: World, number: int) -> list[JsonObject]:
    code = world.runs.code(number)
    if not code:
        return []
    if code == _COPY_FAILED:
        return [{"code": COPY_DETAIL[0], "message": COPY_DETAIL[1]}]
    return [{"code": code, "message": _message(world, number)}]


def _activities(world: World, number: int, *, now_ms: int) -> list[JsonObject]:
    """A run under way has no activities yet (docs: alert rules sample)."""
    if not world.runs.has_ended(number, now_ms=now_ms):
        return []
    flow = world.flow_of(number)
    copy = _activity(COPY_ACTIVITY, f"{flow.connector.label} Copy Activity")
    copy["statusSummary"] = _activity_status(world, number, activity=COPY_ACTIVITY)
    copy["durationSummary"] = _copy_duration(world, number, now_ms=now_ms)
    promotion = _activity(PROMOTION_ACTIVITY, "Promotion Activity")
    promotion["statusSummary"] = _activity_status(world, number, activity=PROMOTION_ACTIVITY)
    promotion["durationSummary"] = {"startedAtUTC": 0, "completedAtUTC": 0}
    return [copy, promotion]


def _activity(activity_id: str, name: str) -> JsonObject:
    return {
        "id": activity_id,
        "name": name,
        "updatedAtUTC": 0,
        "latencySummary": {},
        "sizeSummary": {},
        "recordSummary": {},
        "fileSummary": {},
    }


def _copy_duration(world: World, number: int, *, now_ms: int) -> JsonObject:
    duration = _duration(world, number, now_ms=now_ms)
    if world.behaviour.windows == "activities":
        start_ms, end_ms = window_ms(world, number)
        duration["extensions"] = {"windowStart": start_ms, "windowEnd": end_ms}
    return duration


def _activity_status(world: World, number: int, *, activity: str) -> JsonObject:
    code = world.runs.code(number)
    if not code or _failed_activity(code) != activity:
        return {"status": "success"}
    status: JsonObject = {
        "status": "failed",
        "errors": [{"code": code, "message": _message(world, number)}],
    }
    if code == _COPY_FAILED:
        detail = {"code": COPY_DETAIL[0], "message": COPY_DETAIL[1]}
        status["extensions"] = {"errorDetail": COPY_DETAIL[1], "errors": [detail]}
    return status
