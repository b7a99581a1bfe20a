"""What the SQLite journal knows of one run, in any of its executions."""

import sqlite3
from collections.abc import Iterator
from json.encoder import encode_basestring_ascii as quoted

from runner.journal.result_rows import result_row
from runner.journal.sqlite_file import SqliteFile
from runner.journal.sqlite_reads import (
    EXECUTION_COLUMNS,
    JOINED,
    PASSED_OVER_COLUMNS,
    ROW_COLUMNS,
    execution_of,
)
from runner.model.run_found import RunFound, role_of
from runner.model.text import json_for_logs

# Each table alone, so that only what is found is joined. Ids are compared without case.
_NAMED = """
SELECT execution, position FROM planned WHERE lower(run_id) = ?1
UNION
SELECT execution, position FROM standing WHERE lower(new_run_id) = ?1
UNION
SELECT execution, position FROM standing
WHERE duplicated_by <> '' AND instr(', ' || lower(duplicated_by) || ',', ', ' || ?1 || ',') > 0
ORDER BY execution, position
"""
_ROW = f"SELECT {ROW_COLUMNS}, coalesce(s.duplicate_evidence, '') {JOINED} AND p.position = ?"  # our own
_PASSED_OVER = f"""
SELECT o.execution, {PASSED_OVER_COLUMNS}
FROM passed_over o JOIN executions e ON e.number = o.execution WHERE lower(o.run_id) = ?1
ORDER BY o.execution, o.position
"""  # noqa: S608  # likewise
_EXECUTION = f"SELECT {EXECUTION_COLUMNS} FROM executions WHERE number = ?"  # noqa: S608  # likewise
_EVENTS = "SELECT line FROM events WHERE execution = ? AND instr(line, ?) > 0 ORDER BY number"


class SqliteRuns(SqliteFile):
    """The part of the journal that answers for one run."""

    def runs_found(self, run_id: str) -> list[RunFound]:
        """Return every row that names a run, as old, new or other new one; by execution, oldest first."""
        with self.reading() as reader:
            found = [*_planned(reader, run_id), *_passed_over(reader, run_id)]
        return sorted(found, key=lambda one: (one.execution.started_at_ms, one.execution.id))


def _planned(reader: sqlite3.Connection, run_id: str) -> Iterator[RunFound]:
    for number, position in reader.execute(_NAMED, (run_id.lower(),)).fetchall():
        *values, evidence = reader.execute(_ROW, (number, position)).fetchone()
        row = result_row(values)
        mark = json_for_logs(f'"run": {quoted(row.old_run_id)}')
        yield RunFound(
            role=role_of(run_id, row),
            execution=execution_of(reader.execute(_EXECUTION, (number,)).fetchone()),
            row=row,
            position=position,
            duplicate_evidence=evidence,
            events=tuple(line for (line,) in reader.execute(_EVENTS, (number, mark))),
        )


def _passed_over(reader: sqlite3.Connection, run_id: str) -> Iterator[RunFound]:
    for number, *values in reader.execute(_PASSED_OVER, (run_id.lower(),)).fetchall():
        row = result_row(values)
        yield RunFound(
            role=role_of(run_id, row),
            execution=execution_of(reader.execute(_EXECUTION, (number,)).fetchone()),
            row=row,
            position=None,
            duplicate_evidence="",
            events=(),
        )
