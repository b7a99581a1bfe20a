"""What the SQLite journal tells of an execution's end: its sessions, and the flows in which most went wrong."""

from collections.abc import Sequence

from runner.journal.sessions import MARKS, Marked, sessions_of
from runner.journal.sqlite_file import SqliteFile
from runner.model.report import FlowCount, WorstFlows
from runner.model.session import Session
from runner.model.words import ExecutionId, FlowId

# The words stand near the start of a line; those of others are quoted, and so never look like it.
_SIGNS = 8
"""So many of a word and the quote after it tell it apart."""
_WORDS = ", ".join("'" + f'{word}"'[:_SIGNS] + "'" for word in MARKS)
_MARKED = f"""
SELECT e.line, coalesce((SELECT f.line FROM events f WHERE f.execution = e.execution AND f.number = e.number - 1), '')
FROM events e
WHERE e.execution = ? AND substr(e.line, instr(e.line, '"event": "') + 10, {_SIGNS}) IN ({_WORDS}) ORDER BY e.number
"""  # noqa: S608  # our own words
_LAST = "SELECT line FROM events WHERE execution = ? ORDER BY number DESC LIMIT 1"

_KIND = """
CASE
  WHEN s.state = 'asked' THEN 'unresolved'
  WHEN s.outcome = 'retriggered' THEN s.recovery
  WHEN s.outcome = 'skipped' THEN substr(s.reason, 1, instr(s.reason || ':', ':') - 1)
  ELSE s.outcome
END
"""
_WORST = f"""
SELECT kind, sandbox, flow_id, flow_name, runs, flows
FROM (
  SELECT kind, sandbox, flow_id, flow_name, count(*) AS runs, count(*) OVER (PARTITION BY kind) AS flows,
    row_number() OVER (PARTITION BY kind ORDER BY count(*) DESC, sandbox, flow_name, flow_id) AS place
  FROM (
    SELECT {_KIND} AS kind, l.sandbox, l.flow_id, l.flow_name
    FROM standing s
    JOIN planned p ON p.execution = s.execution AND p.position = s.position
    JOIN lanes l ON l.execution = p.execution AND l.lane = p.lane
    WHERE s.execution = ? AND {_KIND} IN ({{marks}})
  )
  GROUP BY kind, sandbox, flow_id
)
WHERE place <= ? ORDER BY kind, place
"""  # noqa: S608  # likewise


class SqliteEnds(SqliteFile):
    """The part of the journal that is asked when an execution comes to rest."""

    def sessions(self, execution_id: ExecutionId) -> list[Session]:
        """Return the sessions in which an execution was worked, oldest first."""
        with self.reading() as reader:
            number = self._number(reader, execution_id)
            marked = [Marked(*row) for row in reader.execute(_MARKED, (number,))]
            (last,) = reader.execute(_LAST, (number,)).fetchone() or ("",)
        return sessions_of(marked, last=last)

    def worst_flows(
        self, execution_id: ExecutionId, kinds: Sequence[str], *, most: int
    ) -> dict[str, WorstFlows]:
        """Return the flows with most planned runs of each kind."""
        statement = _WORST.format(marks=", ".join("?" * len(kinds)))
        found: dict[str, WorstFlows] = {}
        with self.reading() as reader:
            number = self._number(reader, execution_id)
            for kind, sandbox, flow_id, flow_name, runs, flows in reader.execute(
                statement, (number, *kinds, most)
            ):
                count = FlowCount(
                    sandbox=sandbox, flow_id=FlowId(flow_id), flow_name=flow_name, runs=runs
                )
                former = found[kind].flows if kind in found else ()
                found[kind] = WorstFlows(flows=(*former, count), of=flows)
        return found
