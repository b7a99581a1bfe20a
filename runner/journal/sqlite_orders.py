"""Orders in the SQLite journal: given by one process, taken by another."""

import json
from typing import Any

from runner.journal.sqlite_file import SqliteFile
from runner.journal.storable import storable
from runner.model.orders import LimitChange, Order, OrderKind
from runner.model.words import ExecutionId

_GIVE = """
INSERT INTO orders (execution, number, holder, at_ms, who, host, what, facts)
SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7 FROM orders WHERE execution = ?1
RETURNING number
"""
_GIVEN = """
SELECT number, holder, at_ms, who, host, what, facts, taken_at_ms, refused FROM orders
WHERE execution = ? AND number > ? AND holder = ? ORDER BY number
"""
_TAKE = """
UPDATE orders SET taken_at_ms = ?3, refused = ?4 WHERE execution = ?1 AND number = ?2 AND taken_at_ms IS NULL
"""


class SqliteOrders(SqliteFile):
    """The part of the journal by which one process tells another what to do."""

    def order(self, execution_id: ExecutionId, order: Order) -> int:
        """Record an order; return its number."""
        change = order.change
        facts = json.dumps({"sandbox": change.sandbox, "limits": dict(change.values)})
        given = (order.holder_id, order.at_ms, order.who, order.host, order.what.value, facts)
        with self.transaction() as writer:
            number = self._number(writer, execution_id)
            return int(writer.execute(_GIVE, storable((number, *given))).fetchone()[0])

    def orders(self, execution_id: ExecutionId, *, holder_id: str, after: int = 0) -> list[Order]:
        """Return the orders given to one holder past a number, oldest first."""
        with self.reading() as reader:
            number = self._number(reader, execution_id)
            return [_order(row) for row in reader.execute(_GIVEN, (number, after, holder_id))]

    def take_order(
        self, execution_id: ExecutionId, number: int, *, at_ms: int, refused: str = ""
    ) -> None:
        """Record that an order was taken, or why it was refused; only once."""
        with self.transaction() as writer:
            execution = self._number(writer, execution_id)
            writer.execute(_TAKE, (execution, number, at_ms, refused))


def _order(row: tuple[Any, ...]) -> Order:
    number, holder, at_ms, who, host, what, facts, taken_at_ms, refused = row
    told = json.loads(facts)
    return Order(
        number=number,
        holder_id=holder,
        at_ms=at_ms,
        who=who,
        host=host,
        what=OrderKind(what),
        change=LimitChange(sandbox=told["sandbox"], values=told["limits"]),
        taken_at_ms=taken_at_ms,
        refused=refused,
    )
