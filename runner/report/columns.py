"""The columns of ``results.csv``, and how one row fills a line with them.

Times become ISO 8601 here; text stays verbatim, each format makes it safe in its own way. A million rows pass through
here, so a line is one filled-in template: a third of the time of ``csv.writer`` or ``json.dumps``.
"""

from dataclasses import fields
from operator import attrgetter

from runner.model.report import ResultRow
from runner.model.text import iso_time

_NAMES = tuple(field.name for field in fields(ResultRow) if field.metadata.get("column", True))
COLUMNS = tuple(name.removesuffix("_ms") for name in _NAMES)
"""The names and their order are a contract with everybody who reads the files."""

_NOT_TEXT = frozenset(
    ["records_in", "records_out", "attempts", "http_status", "wave", "asked_at_ms", "settled_at_ms"]
)
_text_values = attrgetter(*(name for name in _NAMES if name not in _NOT_TEXT))
_FIRST = _NAMES.index("records_in")
"""So many texts stand before the first number."""


def texts_of(row: ResultRow) -> tuple[str, ...]:
    """Return the columns that are text, in their order."""
    texts: tuple[str, ...] = _text_values(row)
    return texts


def filled(template: str, row: ResultRow, *, texts: list[str], absent: str, quote: str) -> str:
    """Return ``template`` with one ``%s`` for each column filled, in the order of the columns.

    ``texts`` are those of ``texts_of``, made safe and quoted; ``absent`` stands for None; ``quote`` goes around times.
    """
    return template % (
        *texts[:_FIRST],
        absent if row.records_in is None else row.records_in,
        absent if row.records_out is None else row.records_out,
        row.attempts,
        absent if row.http_status is None else row.http_status,
        texts[_FIRST],
        absent if row.wave is None else row.wave,
        absent if row.asked_at_ms is None else quote + iso_time(row.asked_at_ms) + quote,
        absent if row.settled_at_ms is None else quote + iso_time(row.settled_at_ms) + quote,
        *texts[_FIRST + 1 :],
    )
