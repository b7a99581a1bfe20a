"""The views for people with a database client tell what the reports tell."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from runner.journal import Journal, open_journal
from runner.model.report import ResultRow
from runner.model.words import ExecutionId
from tests.contract.making import FIRST, SECOND
from tests.unit.journal.old_journal import written_by_version_1

_APART = {"old_etag", "new_etag", "reason", "new_run_id"}
_SAME = [name for name in ResultRow.__slots__ if name not in _APART]


@pytest.fixture
def told(place: Path) -> Any:
    """A journal with a story of two executions, and what asks its file as a database client would."""
    journal = open_journal(str(written_by_version_1(place)), make=False)
    file = sqlite3.connect(place)
    file.row_factory = sqlite3.Row
    yield journal, lambda query, *values: [dict(row) for row in file.execute(query, values)]
    file.close()
    journal.close()


def reason_of(row: dict[str, Any]) -> str:
    return "; ".join(filter(None, (row["reason"], row["recovery_reason"])))


def test_run_history_tells_each_run_as_the_reports_do(told: Any) -> None:
    journal, ask = told
    for name in (FIRST, SECOND):
        rows = list(journal.rows(name))
        found = ask(
            "SELECT * FROM run_history WHERE execution_id = ? ORDER BY wave IS NULL, position", name
        )
        assert sorted(_facts(one) for one in found) == sorted(
            _facts({key: getattr(row, key) for key in _SAME}) for row in rows
        )
        assert sorted(map(reason_of, found)) == sorted(row.reason for row in rows)
        assert {one["old_run_id"]: one["new_run_id"] or "" for one in found} == {
            row.old_run_id: row.new_run_id for row in rows
        }


def _facts(row: dict[str, Any]) -> str:
    return repr([(key, row[key]) for key in _SAME])


def test_run_events_are_those_of_one_run_in_their_order(told: Any) -> None:
    journal, ask = told
    lines = [
        row["line"]
        for row in ask("SELECT line FROM run_events WHERE old_run_id = 'a-1' ORDER BY number")
    ]

    assert lines == [line for line in journal.events(FIRST) if '"run": "a-1"' in line]
    assert len(lines) == 3


def test_nothing_is_told_of_a_run_that_nobody_planned(told: tuple[Journal, Any]) -> None:
    _, ask = told
    assert ask("SELECT * FROM run_history WHERE old_run_id = ?", ExecutionId("nobody")) == []
