"""``results.csv``: one line a run, for spreadsheets, pandas and ``runs_from``.

UTF-8 without a byte order mark, so that the first column is called what it is called; CRLF line ends, as RFC 4180 has
it and every reader takes; quotes only where needed. Cells are made safe for spreadsheets and terminals in a way that
can be undone (``runner.model.cell``); numbers are left alone.
"""

from typing import TextIO

from runner.model.cell import all_plain, cell
from runner.model.report import ResultRow
from runner.report.columns import COLUMNS, filled, texts_of
from runner.report.source import ReportSource

_LINE = ",".join("%s" for _ in COLUMNS) + "\r\n"


def write_csv(source: ReportSource, file: TextIO) -> None:
    """Write the header and every row, as a stream."""
    file.write(_LINE % COLUMNS)
    file.writelines(map(_line, source.rows()))


def _line(row: ResultRow) -> str:
    texts = texts_of(row)
    cells = texts if all_plain(texts) else map(cell, texts)
    # Safe cells hold no line break, so quotes and commas are all that RFC 4180 wants quoted.
    quoted = [
        '"' + text.replace('"', '""') + '"' if '"' in text or "," in text else text
        for text in cells
    ]
    return filled(_LINE, row, texts=quoted, absent="", quote="")
