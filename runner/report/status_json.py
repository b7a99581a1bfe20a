"""Where an execution stands, for programs: one JSON object, valid against ``schemas/status.v1.schema.json``. Pure."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from runner.model.report import IN_FLIGHT, Execution, ResultRow, Tally
from runner.model.session import Session
from runner.model.text import iso_time
from runner.model.words import OutcomeKind
from runner.report.json_file import execution_object
from runner.report.totals import OUTCOMES, RECOVERIES, totals_of

STATUS_VERSION = 1
_LEFT = frozenset({"", IN_FLIGHT, OutcomeKind.UNRESOLVED, OutcomeKind.NOT_ATTEMPTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Who works on an execution now, for how long the flows are held, and what was ordered. Times: epoch ms."""

    who: str
    host: str
    since_ms: int
    seen_ms: int
    held_until_ms: int
    settled_lately: int
    lately_seconds: float
    paused: str
    soak: str
    limits: str
    rates: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All that is known of where an execution stands at one moment."""

    execution: Execution
    tallies: Sequence[Tally]
    """In which what waits for its answer has the outcome ``in_flight``."""
    at_ms: int
    journal: str
    sessions: Sequence[Session]
    """In which it was worked so far."""
    worker: Worker | None
    unresolved: Iterable[ResultRow]
    duplicated: Iterable[ResultRow]
    next_steps: Sequence[str]
    """Sentences, each with the command that works here."""
    executions: Sequence[Execution]
    """The newest of the journal."""


def status_json(standing: Standing) -> str:
    """Return the object as text of plain ASCII, harmless in a terminal."""
    return json.dumps(_status(standing), indent=1)


def _status(standing: Standing) -> Mapping[str, object]:
    execution = standing.execution
    counts = _counted(standing.tallies)
    left = sum(counts[word] for word in _LEFT)
    totals = totals_of(execution, standing.tallies)
    return {
        "status_version": STATUS_VERSION,
        "at": iso_time(standing.at_ms),
        "journal": standing.journal,
        "standing": _word(standing),
        "execution": {
            **execution_object(execution, standing.sessions),
            "reports_directory": execution.reports_directory,
        },
        "runs": {
            "planned": execution.planned,
            "passed_over": execution.passed_over,
            "settled": execution.planned - left,
            "left": left,
            IN_FLIGHT: counts[IN_FLIGHT],
            "unresolved": counts[OutcomeKind.UNRESOLVED],
        },
        "by_outcome": {word: totals.by_outcome[word] for word in OUTCOMES},
        "by_recovery": {word: totals.by_recovery[word] for word in RECOVERIES},
        "by_reason": [
            {"outcome": each.outcome, "reason": each.reason, "count": each.count}
            for each in totals.by_reason
        ],
        "at_work": _worker(standing.worker) if standing.worker else None,
        "unresolved": [_unresolved(row) for row in standing.unresolved],
        "duplicated": [_duplicated(row) for row in standing.duplicated],
        "next_steps": list(standing.next_steps),
        "executions": [_listed(each) for each in standing.executions],
    }


def _counted(tallies: Sequence[Tally]) -> Counter[str]:
    counts = Counter[str]()
    for tally in tallies:
        counts[tally.outcome] += tally.count
    return counts


def _word(standing: Standing) -> str:
    if standing.worker:
        return "paused" if standing.worker.paused else "working"
    state = standing.execution.state
    return "cut_off" if state == "running" else state


def _worker(worker: Worker) -> Mapping[str, object]:
    return {
        "who": worker.who,
        "host": worker.host,
        "since": iso_time(worker.since_ms),
        "last_seen": iso_time(worker.seen_ms),
        "held_until": iso_time(worker.held_until_ms),
        "settled_lately": worker.settled_lately,
        "lately_seconds": round(worker.lately_seconds, 1),
        "paused": worker.paused,
        "soak": worker.soak,
        "limits": worker.limits,
        "rates": worker.rates,
    }


def _run(row: ResultRow) -> Mapping[str, object]:
    return {
        "sandbox": row.sandbox,
        "flow_id": row.flow_id,
        "flow_name": row.flow_name,
        "run_id": row.old_run_id,
    }


def _unresolved(row: ResultRow) -> Mapping[str, object]:
    return {
        **_run(row),
        "asked_at": iso_time(row.asked_at_ms) or None,
        "attempts": row.attempts,
        "http_status": row.http_status,
        "request_id": row.request_id,
        "reason": row.reason,
    }


def _duplicated(row: ResultRow) -> Mapping[str, object]:
    return {
        **_run(row),
        "new_run_id": row.new_run_id,
        "duplicated_by": row.duplicated_by,
    }


def _listed(execution: Execution) -> Mapping[str, object]:
    return {
        "id": execution.id,
        "state": execution.state,
        "spec_name": execution.spec_name,
        "started_at": iso_time(execution.started_at_ms),
        "finished_at": iso_time(execution.finished_at_ms) or None,
        "planned": execution.planned,
        "exit_code": execution.exit_code,
    }
