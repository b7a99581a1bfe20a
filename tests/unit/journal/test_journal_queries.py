"""What is asked while an execution works finds its rows by an index, however large the journal has grown."""

import pytest

from runner.journal import (
    sqlite_counts,
    sqlite_doubts,
    sqlite_leases,
    sqlite_orders,
    sqlite_reads,
    sqlite_writes,
)
from runner.journal.sqlite import SqliteJournal

QUERIES = {
    "next_runs": sqlite_reads._NEXT,
    "lanes": sqlite_reads._LANES,
    "open_in_lanes": sqlite_reads._OPEN_IN_LANES,
    "history": sqlite_reads._HISTORY.format(marks="?, ?, ?"),
    "claimed": sqlite_doubts._CLAIMED.format(marks="?, ?, ?"),
    "made_from": sqlite_doubts._MADE_FROM,
    "open_questions": sqlite_reads._OPEN,
    "rows": sqlite_reads._ROWS,
    "passed_over_rows": sqlite_reads._PASSED_OVER_ROWS,
    "tallies": sqlite_counts._TALLIES,
    "done_in_lanes": sqlite_reads._DONE_IN_LANES,
    "waves": sqlite_counts._WAVES,
    "in_the_way": sqlite_leases._IN_THE_WAY,
    "left_asked": sqlite_writes._LEFT_ASKED,
    "orders": sqlite_orders._GIVEN,
}
IN_ONE_PASS = {"next_runs", "lanes", "rows", "passed_over_rows"}
"""Those whose rows come in order as they lie, so that the first is there at once and nothing is held."""


def steps(journal: SqliteJournal, query: str) -> list[str]:
    with journal.reading() as reader:
        values = (1,) * (query.count("?") if "?1" not in query else 2)
        return [row[3] for row in reader.execute(f"EXPLAIN QUERY PLAN {query}", values)]


@pytest.mark.parametrize("name", QUERIES)
def test_no_table_is_read_from_end_to_end(journal: SqliteJournal, name: str) -> None:
    told = steps(journal, QUERIES[name])

    assert [step for step in told if step.startswith("SCAN")] == []
    assert any(step.startswith("SEARCH") for step in told)


@pytest.mark.parametrize("name", sorted(IN_ONE_PASS))
def test_rows_that_stream_are_not_sorted_first(journal: SqliteJournal, name: str) -> None:
    assert [step for step in steps(journal, QUERIES[name]) if "TEMP B-TREE" in step] == []


@pytest.mark.parametrize("name", ["open_questions", "open_in_lanes", "left_asked"])
def test_open_runs_are_found_without_looking_at_settled_ones(
    journal: SqliteJournal, name: str
) -> None:
    assert any("USING INDEX standing_open" in step for step in steps(journal, QUERIES[name]))
