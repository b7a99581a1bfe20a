"""Make others' words harmless in a cell and in XML.

Pure. Making them harmless anywhere at all (controls, escapes, invisible characters) is ``runner.model.text.visible``,
which each function here applies first. Markdown is ``runner.model.markdown``.
"""

import re
from collections.abc import Iterable
from html import escape

from runner.model.text import visible

# What a spreadsheet may run as a formula: OWASP "CSV Injection". The full-width forms are folded to ASCII by some
# spreadsheets on import, and blanks in front are skipped.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠−]")
# Where ``;`` separates cells (Excel in much of Europe), a formula can start inside one of ours.
_FORMULA_AFTER_SEMICOLON = re.compile(r";(?=\s*[=+\-@＝＋－＠−])")
MOST_IN_CELL = 32_767
"""The characters that a cell of Excel can hold ("Excel specifications and limits")."""
CUT = "… [cut; results.json has it whole]"
_CONTROLS = bytes([*range(0x20), 0x7F])


def cell(text: str) -> str:
    """Return ``text`` as a cell that spreadsheets hold and do not run: a ``'`` in front makes a formula plain text."""
    shown = _FORMULA_AFTER_SEMICOLON.sub(";'", visible(text[:MOST_IN_CELL]))
    shown = f"'{shown}" if _FORMULA.match(shown) else shown
    # Excel counts in UTF-16: a sign beyond its first 65,536 counts twice.
    counted = shown.encode("utf-16-le")
    if len(counted) <= 2 * MOST_IN_CELL and len(text) <= MOST_IN_CELL:
        return shown
    return counted[: 2 * (MOST_IN_CELL - len(CUT))].decode("utf-16-le", errors="ignore") + CUT


def all_plain(texts: Iterable[str]) -> bool:
    """Tell quickly whether ``cell`` would leave every one of ``texts`` as it is; a wrong "no" only costs time."""
    joined = "|" + "|".join(texts)
    # Looking for one character is ten times as fast as looking for two, and these four are rare.
    if (
        len(joined) > MOST_IN_CELL
        or not joined.isascii()
        or ";" in joined
        or "=" in joined
        or "+" in joined
        or "@" in joined
    ):
        return False
    if "|-" in joined or "| " in joined:
        return False
    return len(joined.encode().translate(None, _CONTROLS)) == len(joined)


def xml(text: str) -> str:
    """Return ``text`` for an XML 1.0 attribute or element; characters that XML forbids are spelled out."""
    return escape(visible(text), quote=True)
