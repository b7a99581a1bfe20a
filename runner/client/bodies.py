"""The platform's JSON as our values. What is missing or of the wrong type is absent; an entity without id is None.

Field names are those of Adobe's Flow Service OpenAPI file and of the samples in its guides, whose spellings differ
(``etag`` and ``eTag``, ``activities`` and ``activites``, ``completedAtUTC`` and ``stoppedAtUTC``).
"""

import json
from collections.abc import Iterator

from runner.client.json_values import (
    JsonObject,
    as_object,
    count,
    identifier,
    inner,
    moment_ms,
    objects,
    text,
)
from runner.model.platform import DataWindow, Flow, FlowSpec, Run, RunError, Sandbox
from runner.model.words import ETag, FlowId, RunId, SandboxName


def items(body: object) -> Iterator[JsonObject]:
    """Return the entities of an answer: of its ``items``, else the answer itself where it is one."""
    whole = as_object(body)
    if isinstance(whole.get("items"), list):
        yield from objects(whole["items"])
    elif identifier(whole, "id"):
        yield whole


def etag_of(entity: JsonObject) -> ETag | None:
    """Return the etag as it is, with its quotes."""
    found = text(entity, "etag") or text(entity, "eTag")
    return ETag(found) if found else None


def run_of(entity: JsonObject, sandbox: SandboxName) -> Run | None:
    """Return a run, or None when it has no id."""
    run_id = identifier(entity, "id")
    if not run_id:
        return None
    metrics = inner(entity, "metrics")
    duration = inner(metrics, "durationSummary")
    records = inner(metrics, "recordSummary")
    return Run(
        id=RunId(run_id),
        flow_id=FlowId(identifier(entity, "flowId")),
        sandbox=sandbox,
        etag=etag_of(entity),
        status=text(inner(metrics, "statusSummary"), "status"),
        created_at_ms=moment_ms(entity, "createdAt"),
        updated_at_ms=moment_ms(entity, "updatedAt"),
        started_at_ms=moment_ms(duration, "startedAtUTC"),
        completed_at_ms=moment_ms(duration, "completedAtUTC")
        or moment_ms(duration, "stoppedAtUTC"),
        created_by=text(entity, "createdBy"),
        created_client=text(entity, "createdClient"),
        flow_spec_id=identifier(inner(entity, "flowSpec"), "id"),
        parent_run_id=RunId(identifier(entity, "parentFlowRunId")),
        records_in=count(records, "inputRecordCount"),
        records_out=count(records, "outputRecordCount"),
        errors=_without_repeats(_errors(entity, metrics)),
        has_unread_errors=any(map(_is_unread, _lists_of_errors(entity, metrics))),
        window=_window(entity),
    )


def _activities(entity: JsonObject) -> Iterator[JsonObject]:
    return objects(entity.get("activities") or entity.get("activites"))


def _errors(entity: JsonObject, metrics: JsonObject) -> list[RunError]:
    """The status summary's errors first, then those of activities, then of records."""
    found = _errors_in(inner(metrics, "statusSummary").get("errors"))
    for activity in _activities(entity):
        summary = inner(activity, "statusSummary")
        own = _errors_in(summary.get("errors"))
        found += own
        if detail := _detail(inner(summary, "extensions")):
            # It tells network trouble from refused credentials, and has no code of its own (docs: alert rules).
            found.append(RunError(code=own[0].code if own else "", message=detail))
    return found + _errors_in(inner(metrics, "recordSummary").get("failedInfo"))


def _detail(extensions: JsonObject) -> str:
    """Return the error's detail: words, or their JSON where they are laid out in more than one text."""
    found = extensions.get("errorDetail")
    if not isinstance(found, (dict, list)) or not found:
        return text(extensions, "errorDetail")
    try:
        return json.dumps(found, sort_keys=True)
    except (ValueError, RecursionError):
        return ""


def _without_repeats(errors: list[RunError]) -> tuple[RunError, ...]:
    return tuple(errors if len(errors) < 2 else dict.fromkeys(errors))  # noqa: PLR2004  # one cannot repeat


def _errors_in(found: object) -> list[RunError]:
    if not found:
        return []  # nearly always
    return [
        RunError(code=code, message=text(error, "message"))
        for error in objects(found)
        if (code := identifier(error, "code")).strip()
    ]


def _lists_of_errors(entity: JsonObject, metrics: JsonObject) -> Iterator[object]:
    yield inner(metrics, "statusSummary").get("errors")
    for activity in _activities(entity):
        yield inner(activity, "statusSummary").get("errors")
    yield inner(metrics, "recordSummary").get("failedInfo")


def _is_unread(found: object) -> bool:
    """Whether there are errors of which not every code can be read."""
    if not found:
        return False  # nearly always
    if not isinstance(found, list):
        return True
    return any(not identifier(as_object(error), "code").strip() for error in found)


def _window(entity: JsonObject) -> DataWindow | None:
    """The span of data: of the run's parameters, else of the first activity that has one."""
    for span in _spans(entity):
        if span != (None, None):
            return DataWindow(start_ms=span[0], end_ms=span[1])
    return None


def _spans(entity: JsonObject) -> Iterator[tuple[int | None, int | None]]:
    if params := inner(entity, "params"):
        yield moment_ms(params, "windowStartTime"), moment_ms(params, "windowEndTime")
    for activity in _activities(entity):
        extensions = inner(activity, "durationSummary", "extensions")
        yield moment_ms(extensions, "windowStart"), moment_ms(extensions, "windowEnd")


def flow_of(entity: JsonObject) -> Flow | None:
    """Return a flow, or None when it has no id."""
    flow_id = identifier(entity, "id")
    if not flow_id:
        return None
    inherited = inner(entity, "inheritedAttributes")
    destination = inner(inherited, "properties").get("isDestinationFlow")
    sources = objects(inherited.get("sourceConnections"))
    return Flow(
        id=FlowId(flow_id),
        name=text(entity, "name"),
        state=text(entity, "state"),
        flow_spec_id=identifier(inner(entity, "flowSpec"), "id"),
        is_destination=destination if isinstance(destination, bool) else None,
        has_schedule=bool(inner(entity, "scheduleParams")),
        connection_spec_ids=tuple(
            spec_id
            for source in sources
            if (spec_id := identifier(inner(source, "connectionSpec"), "id"))
        ),
    )


def flow_spec_of(entity: JsonObject) -> FlowSpec | None:
    """Return a kind of flow, or None when it has no id."""
    spec_id = identifier(entity, "id")
    if not spec_id:
        return None
    attributes = inner(entity, "attributes")
    source = attributes.get("isSourceFlow")
    return FlowSpec(
        id=spec_id,
        name=text(entity, "name"),
        frequency=text(attributes, "frequency"),
        is_source=source if isinstance(source, bool) else None,
    )


def sandbox_of(entity: JsonObject) -> Sandbox | None:
    """Return a sandbox, or None when it has no name."""
    name = text(entity, "name")
    if not name:
        return None
    return Sandbox(
        name=SandboxName(name),
        title=text(entity, "title"),
        state=text(entity, "state"),
        type=text(entity, "type"),
        region=text(entity, "region"),
        is_default=entity.get("isDefault") is True,
    )
