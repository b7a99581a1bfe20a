"""``junit.xml``: what CI servers show as test results; a suite for each sandbox, a case for each run.

The elements and attributes are those that the schema of Jenkins' xunit plugin allows (``junit-10.xsd``), which Ant
wrote first and GitLab and the GitHub reporters read too. Times are seconds with a point; time stamps have neither
fraction nor zone, and are UTC. Viewers take a case for one step of a sequence and add its times up, so a case's time is
its share of the execution's duration (``shares``); how long its request took stands in its details.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import IO, TextIO

from runner.model.report import Execution, ResultRow
from runner.model.text import iso_second, iso_time, shortened, span_text
from runner.model.words import OutcomeKind
from runner.report.highlights import has_not_recovered
from runner.report.safe_text import xml
from runner.report.shares import Shares, own_ms
from runner.report.source import ReportSource

_IN_MEMORY_BYTES = 1 << 20
_LONGEST_TEXT = 1000
"""Of an attribute or a detail: servers show them on one page. results.json has them whole."""
_LONGEST_NAME = 200
"""Of a flow's name in a case's: the run's id stands behind it, and is what tells one case from another."""
_FAILURES = frozenset({OutcomeKind.REFUSED.value, OutcomeKind.GAVE_UP.value})


class _Suite:
    """The cases of one sandbox, written aside, because a suite's counts stand before its cases."""

    def __init__(self, name: str, *, stack: ExitStack, aside: str | None) -> None:
        self.name = name
        self.counts = {"tests": 0, "failure": 0, "error": 0, "skipped": 0}
        self.milliseconds = 0
        self.cases: IO[str] = stack.enter_context(
            SpooledTemporaryFile(  # noqa: SIM115  # the stack closes it
                max_size=_IN_MEMORY_BYTES,
                mode="w+",
                encoding="utf-8",
                newline="",
                dir=aside,
            )
        )

    def add(self, row: ResultRow, *, milliseconds: int) -> None:
        """Write one case and count it."""
        verdict = _verdict(row)
        self.counts["tests"] += 1
        if verdict:
            self.counts[verdict] += 1
        self.milliseconds += milliseconds
        self.cases.write(_case(row, verdict=verdict, milliseconds=milliseconds))


def write_junit(source: ReportSource, file: TextIO, *, aside: str | None = None) -> None:
    """Write the whole document; memory stays flat, suites come in the plan's order of sandboxes.

    ``aside`` is the folder for what has to wait for its turn; None: the usual one for temporary files.
    """
    execution = source.execution
    shares = Shares.of(source.sessions(), source.rows())
    with ExitStack() as stack:
        suites = {
            str(sandbox.name): _Suite(sandbox.name, stack=stack, aside=aside)
            for sandbox in execution.sandboxes
        }
        for row in source.rows():
            if row.sandbox not in suites:
                suites[row.sandbox] = _Suite(row.sandbox, stack=stack, aside=aside)
            suites[row.sandbox].add(row, milliseconds=shares.next(row))
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        file.write(_opening(execution, list(suites.values())))
        for suite in suites.values():
            file.writelines(_suite_text(execution, suite))
        file.write("</testsuites>\n")


def _opening(execution: Execution, suites: list[_Suite]) -> str:
    total = {
        key: sum(suite.counts[key] for suite in suites) for key in ("tests", "failure", "error")
    }
    milliseconds = sum(suite.milliseconds for suite in suites)
    name = _marked(execution, execution.spec_name)
    return f'<testsuites name="{name}" {_counts(total, milliseconds)}>\n'


def _marked(execution: Execution, name: str) -> str:
    return _xml(f"REHEARSAL {name}" if execution.is_rehearsal else name)


def _suite_text(execution: Execution, suite: _Suite) -> Iterator[str]:
    yield (
        f'  <testsuite name="{_marked(execution, suite.name)}" {_counts(suite.counts, suite.milliseconds)} '
        f'skipped="{suite.counts["skipped"]}" timestamp="{iso_second(execution.started_at_ms)}" '
        f'hostname="{_xml(execution.host)}">\n'
    )
    yield "    <properties>\n"
    for name, value in _properties(execution):
        yield f'      <property name="{name}" value="{_xml(value)}"/>\n'
    yield "    </properties>\n"
    suite.cases.seek(0)
    yield from suite.cases
    yield "  </testsuite>\n"


def _properties(execution: Execution) -> Iterator[tuple[str, str]]:
    yield "execution_id", execution.id
    yield "reason", execution.reason
    yield "ticket", execution.ticket or ""
    yield "state", execution.state
    yield "tool_version", execution.tool_version


def _counts(counts: dict[str, int], milliseconds: int) -> str:
    return (
        f'tests="{counts["tests"]}" failures="{counts["failure"]}" errors="{counts["error"]}" '
        f'time="{_seconds(milliseconds)}"'
    )


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds // 1000}.{milliseconds % 1000:03d}"


def _verdict(row: ResultRow) -> str:
    """Return the element that says what is wrong with a case; empty when nothing is."""
    if row.outcome == OutcomeKind.UNRESOLVED:
        return "error"
    if row.outcome in _FAILURES or has_not_recovered(row) or row.duplicated_by:
        return "failure"
    return "" if row.outcome == OutcomeKind.RETRIGGERED else "skipped"


def _case(row: ResultRow, *, verdict: str, milliseconds: int) -> str:
    opening = (
        f'    <testcase classname="{_xml(_class_of(row))}" name="{_xml(_name_of(row))}" '
        f'time="{_seconds(milliseconds)}"'
    )
    if not verdict:
        return f"{opening}>\n      <system-out>{_details(row)}</system-out>\n    </testcase>\n"
    message = _xml(_message(row))
    if verdict == "skipped":
        return f'{opening}>\n      <skipped message="{message}"/>\n    </testcase>\n'
    is_twice = row.duplicated_by and not has_not_recovered(row)
    kind = row.recovery if row.outcome == OutcomeKind.RETRIGGERED else row.outcome
    kind = "duplicated" if is_twice else kind
    return (
        f'{opening}>\n      <{verdict} message="{message}" type="{_xml(kind)}">'
        f"{_details(row)}</{verdict}>\n    </testcase>\n"
    )


def _class_of(row: ResultRow) -> str:
    """Return the sandbox and the flow; viewers take what stands before a dot for a package, so there is none."""
    return f"{row.sandbox}: {_flow_of(row)}".replace(".", "·")


def _name_of(row: ResultRow) -> str:
    """Return which flow, which span of its data, and which run: unique among the cases of a class."""
    window = span_text(row.window_start_ms, row.window_end_ms)
    return f"{' '.join(filter(None, (_flow_of(row), window)))} · run {row.old_run_id}"


def _flow_of(row: ResultRow) -> str:
    return shortened(row.flow_name or row.flow_id or "unknown flow", longest=_LONGEST_NAME)


def _message(row: ResultRow) -> str:
    if row.duplicated_by and not has_not_recovered(row):
        return f"re-triggered elsewhere too: the new run {row.new_run_id} is duplicated by {row.duplicated_by}"
    if row.outcome == OutcomeKind.RETRIGGERED:
        said = f"the new run {row.new_run_id} has not recovered: {row.recovery}"
        return f"{said}: {row.reason}" if row.reason else said
    word = row.outcome or "not settled"
    return f"{word}: {row.reason}" if row.reason else word


def _details(row: ResultRow) -> str:
    is_timed = row.asked_at_ms is not None and row.settled_at_ms is not None
    parts = {
        "flow": row.flow_id,
        "old status": row.old_status,
        "old error": row.old_error_code,
        "new run": row.new_run_id,
        "new status": row.new_status,
        "recovery": row.recovery,
        "records in": "" if row.records_in is None else str(row.records_in),
        "records out": "" if row.records_out is None else str(row.records_out),
        "asked": iso_time(row.asked_at_ms),
        "settled after": f"{_seconds(own_ms(row))} s" if is_timed else "",
        "http status": "" if row.http_status is None else str(row.http_status),
        "request id": row.request_id,
        "duplicated by": row.duplicated_by,
    }
    return "; ".join(f"{name} {_xml(value)}" for name, value in parts.items() if value)


def _xml(text: str) -> str:
    """Return ``text`` for an attribute or an element, bounded."""
    return xml(shortened(text, longest=_LONGEST_TEXT))
