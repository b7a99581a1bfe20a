"""What happened to one run and on what evidence, for a person and for programs; pure.

The same journal gives the same words. Text is made safe here; JSON holds it verbatim, as plain ASCII.
"""

import json
from collections.abc import Iterator, Mapping, Sequence

from runner.model.run_found import Role, RunFound
from runner.model.text import (
    counted,
    iso_time,
    json_for_logs,
    person_time,
    shortened,
    terminal,
)
from runner.model.words import Evidence
from runner.report.columns import COLUMNS

RUN_VERSION = 1
_LONGEST_TEXT = 1000
_NOT_TOLD = frozenset({"number", "at", "event", "position", "run", "chain"})
"""Of an event: what stands elsewhere on the page, or is not for reading."""
_EVIDENCE = {
    Evidence.RESPONSE: "the platform's answer named the new run",
    Evidence.OUR_CLIENT: "found by looking: made by these credentials",
    Evidence.SAME_WINDOW: "found by looking: the same data window",
    Evidence.LINKED: "found by looking: the platform links it to the old run",
    Evidence.PERSON: "a person said so",
}


def run_text(run_id: str, found: Sequence[RunFound], *, journal: str) -> str:
    """Return what is known of a run, as text; it ends in a line break."""
    if not found:
        return f"{terminal(f'run {run_id}: nothing is known of it in {journal}')}\n"
    known = counted(len({one.execution.id for one in found}), "execution")
    lines = [f"run {run_id}: known to {known} of {journal}"]
    for one in found:
        lines += ["", *_about(one)]
    return "".join(f"{_line(line)}\n" for line in lines)


def run_json(run_id: str, found: Sequence[RunFound], *, journal: str) -> str:
    """Return the same as one JSON object, valid against ``schemas/run.v1.schema.json``."""
    facts = {
        "run_version": RUN_VERSION,
        "run_id": run_id,
        "journal": journal,
        "found": [_object(one) for one in found],
    }
    return json_for_logs(json.dumps(facts, indent=1))


def _line(text: str) -> str:
    indent = len(text) - len(text.lstrip(" "))
    return " " * indent + terminal(shortened(text[indent:], longest=_LONGEST_TEXT))


def _about(one: RunFound) -> Iterator[str]:
    execution, row = one.execution, one.row
    code = "" if execution.exit_code is None else f", exit code {execution.exit_code}"
    yield f"execution {execution.id} ({execution.state}{code})"
    yield f"  {execution.spec_name}: {execution.reason}"
    yield f"  started {person_time(execution.started_at_ms)} by {execution.who} on {execution.host}"
    for label, value in _facts(one):
        if value:
            yield f"  {label:<15}{value}"
    for line in one.events:
        yield f"  {_event(json.loads(line))}"
    if not one.events and row.wave is not None:
        yield "  never asked for"


def _facts(one: RunFound) -> Iterator[tuple[str, str]]:
    row = one.row
    flow = f"{row.flow_name} ({row.flow_id})" if row.flow_name else row.flow_id
    failed = f", {row.old_error_code}" if row.old_error_code else ""
    yield "this run is", _ROLES[one.role]
    yield "sandbox, flow", f"{row.sandbox}, {flow}"
    yield "old run", f"{row.old_run_id} ({row.old_status}{failed})"
    if row.window_start_ms is not None or row.window_end_ms is not None:
        yield "data window", f"{_moment(row.window_start_ms)} to {_moment(row.window_end_ms)}"
    if one.position is None:
        yield "passed over", row.reason
        return
    yield "planned", f"as number {one.position}, in wave {row.wave}"
    yield "outcome", f"{row.outcome or 'not settled yet'}{f': {row.reason}' if row.reason else ''}"
    yield "evidence", "; ".join(_evidence(word) for word in row.evidence.split(", ") if word)
    yield "new run", f"{row.new_run_id}{_status(one)}" if row.new_run_id else ""
    yield "recovery", f"{row.recovery}{_records(one)}"
    signs = f" ({one.duplicate_evidence})" if one.duplicate_evidence else ""
    yield "duplicated_by", f"{row.duplicated_by}{signs}" if row.duplicated_by else ""
    yield "attempts", f"{row.attempts}, last request {row.request_id}" if row.attempts else ""


_ROLES = {
    Role.OLD_RUN: "",
    Role.NEW_RUN: "the new run of the old run below",
    Role.OTHER_NEW_RUN: "another new run of the same data, which this journal did not make",
}


def _evidence(word: str) -> str:
    return f"{word} ({_EVIDENCE[Evidence(word)]})" if word in set(Evidence) else word


def _status(one: RunFound) -> str:
    return f" ({one.row.new_status})" if one.row.new_status else ""


def _records(one: RunFound) -> str:
    row = one.row
    if not row.recovery or (row.records_in is None and row.records_out is None):
        return ""
    return f", {_count(row.records_in)} records in, {_count(row.records_out)} out"


def _count(value: int | None) -> str:
    return "?" if value is None else f"{value:,}"


def _moment(value: int | None) -> str:
    return "?" if value is None else person_time(value)


def _event(event: Mapping[str, object]) -> str:
    """Return an event as a line: when, what, and all it says."""
    told = ", ".join(f"{key} {value}" for key, value in event.items() if key not in _NOT_TOLD)
    return f"{event['at']}  {event['event']}{f': {told}' if told else ''}"


def _object(one: RunFound) -> Mapping[str, object]:
    execution = one.execution
    return {
        "role": one.role.value,
        "execution": {
            "id": execution.id,
            "state": execution.state,
            "exit_code": execution.exit_code,
            "stopped_because": execution.stopped_because,
            "spec_name": execution.spec_name,
            "reason": execution.reason,
            "ticket": execution.ticket,
            "who": execution.who,
            "host": execution.host,
            "ci_job_url": execution.ci_job_url,
            "started_at": iso_time(execution.started_at_ms),
            "finished_at": iso_time(execution.finished_at_ms) or None,
        },
        "is_planned": one.position is not None,
        "position": one.position,
        "row": {column: _value(one, column) for column in COLUMNS},
        "duplicate_evidence": one.duplicate_evidence,
        "window_start": iso_time(one.row.window_start_ms) or None,
        "window_end": iso_time(one.row.window_end_ms) or None,
        "events": [json.loads(line) for line in one.events],
    }


def _value(one: RunFound, column: str) -> object:
    if column in ("asked_at", "settled_at"):
        return iso_time(getattr(one.row, f"{column}_ms")) or None
    return getattr(one.row, column)
