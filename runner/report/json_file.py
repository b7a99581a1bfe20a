r"""``results.json``: the same rows with totals and who, where and why, for programs.

Valid against ``schemas/report.v1.schema.json``. Text is verbatim; everything outside printable ASCII is written as
``\uNNNN``, and so is the second of two ``#``: the file is harmless in a terminal and in a build's log. One row a line,
as a stream.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from json.encoder import encode_basestring_ascii as quoted
from typing import TextIO

from runner.model.report import Execution, ResultRow
from runner.model.session import Session, worked_seconds
from runner.model.text import iso_time, json_for_logs
from runner.report.columns import COLUMNS, filled, texts_of
from runner.report.source import ReportSource
from runner.report.totals import Totals, totals_of

REPORT_VERSION = 1

_ROW = "{" + ",".join(f'"{column}":%s' for column in COLUMNS) + "}"
_ROW_AFTER_ANOTHER = ",\n" + _ROW


def write_json(source: ReportSource, file: TextIO) -> None:
    """Write the whole document, as a stream."""
    execution = source.execution
    totals = totals_of(execution, source.tallies())
    file.write(f'{{\n"report_version": {REPORT_VERSION},\n')
    about = execution_object(execution, source.sessions())
    file.write(f'"execution": {json_for_logs(json.dumps(about))},\n')
    file.write(f'"totals": {json_for_logs(json.dumps(totals_object(execution, totals)))},\n')
    file.write('"rows": [')
    rows = source.rows()
    file.writelines("\n" + _filled(_ROW, row) for row in islice(rows, 1))
    file.writelines(_filled(_ROW_AFTER_ANOTHER, row) for row in rows)
    file.write("\n]\n}\n")


def _filled(template: str, row: ResultRow) -> str:
    texts = list(map(quoted, texts_of(row)))
    return json_for_logs(filled(template, row, texts=texts, absent="null", quote='"'))


def execution_object(execution: Execution, sessions: Sequence[Session]) -> Mapping[str, object]:
    """Return who did what, where and why; the spec itself lies beside the report as ``spec.yaml``."""
    return {
        "id": execution.id,
        **({"rehearsal": True} if execution.is_rehearsal else {}),
        "state": execution.state,
        "stopped_because": execution.stopped_because,
        "exit_code": execution.exit_code,
        "spec_name": execution.spec_name,
        "reason": execution.reason,
        "ticket": execution.ticket,
        "org_id": execution.org_id,
        "platform_url": execution.platform_url,
        "sandboxes": [
            {"name": sandbox.name, "type": sandbox.type, "region": sandbox.region}
            for sandbox in execution.sandboxes
        ],
        "spec_path": execution.spec_path,
        "spec_sha256": execution.spec_sha256,
        "plan_sha256": execution.plan_sha256,
        "who": execution.who,
        "host": execution.host,
        "ci_job_url": execution.ci_job_url,
        "tool_version": execution.tool_version,
        "planned_at": iso_time(execution.planned_at_ms),
        "started_at": iso_time(execution.started_at_ms),
        "finished_at": iso_time(execution.finished_at_ms) or None,
        "worked_seconds": round(worked_seconds(sessions), 3),
    }


def totals_object(execution: Execution, totals: Totals) -> Mapping[str, object]:
    """Return the totals as plain JSON values."""
    return {
        "planned": execution.planned,
        "passed_over": execution.passed_over,
        "by_outcome": totals.by_outcome,
        "by_recovery": totals.by_recovery,
        "duplicated": totals.duplicated,
        "by_sandbox": totals.by_sandbox,
        "by_reason": [
            {"outcome": each.outcome, "reason": each.reason, "count": each.count}
            for each in totals.by_reason
        ],
    }
