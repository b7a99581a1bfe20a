r"""One cell of ``results.csv``: any text, written so that no spreadsheet, terminal or log obeys it, and read back.

Pure. The rule, which ``cell_text`` undoes (docs/reports.md):

1. a backslash is written twice; a control or invisible character as ``\n``, ``\r``, ``\t``, ``\xNN``, ``\uNNNN`` or
   ``\UNNNNNNNN``, as is the second ``#`` of ``##[``, ``##vso[`` and their like (``\x23``), which build servers obey;
2. a ``'`` is put in front of text that begins with a ``'`` or, blanks aside, like a formula, and after each ``;`` that
   a ``'`` or such a beginning follows, for where ``;`` separates cells.

So two different texts are never one cell. The one exception: what no cell can hold is cut, and says so at its end.
"""

import re
from collections.abc import Iterable

from runner.model.text import COMMAND_ANYWHERE, visible

# What a spreadsheet may run as a formula: OWASP "CSV Injection". The full-width forms are folded to ASCII by some
# spreadsheets on import, and blanks in front are skipped.
_FORMULA = r"\s*[=+\-@＝＋－＠−]"
_NEEDS_A_QUOTE = re.compile(rf"'|{_FORMULA}")
# Where ``;`` separates cells (Excel in much of Europe), a formula can start inside one of ours.
_NEEDS_A_QUOTE_AFTER = re.compile(rf";(?='|{_FORMULA})")
MOST_IN_CELL = 32_767
"""The characters that a cell of Excel can hold ("Excel specifications and limits")."""
CUT = "… [cut; results.json has it whole]"
_CONTROLS = bytes([*range(0x20), 0x7F])
_SPELLED = re.compile(r"\\(?:([\\nrt])|x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")
_NAMED = {"\\": "\\", "n": "\n", "r": "\r", "t": "\t"}


def cell(text: str) -> str:
    """Return ``text`` as a cell that spreadsheets hold and do not run."""
    spelled = visible(text[:MOST_IN_CELL].replace("\\", "\\\\"))
    shown = _NEEDS_A_QUOTE_AFTER.sub(";'", COMMAND_ANYWHERE.sub(r"#\\x23", spelled))
    shown = f"'{shown}" if _NEEDS_A_QUOTE.match(shown) else shown
    # Excel counts in UTF-16: a sign beyond its first 65,536 counts twice.
    counted = shown.encode("utf-16-le")
    if len(counted) <= 2 * MOST_IN_CELL and len(text) <= MOST_IN_CELL:
        return shown
    return counted[: 2 * (MOST_IN_CELL - len(CUT))].decode("utf-16-le", errors="ignore") + CUT


def cell_text(shown: str) -> str:
    """Return the text that a cell of ours stands for: ``cell`` undone, where it cut nothing."""
    spelled = shown.removeprefix("'").replace(";'", ";")
    return _SPELLED.sub(_meant, spelled) if "\\" in spelled else spelled


def _meant(match: re.Match[str]) -> str:
    name, *codes = match.groups()
    return _NAMED[name] if name else chr(int(next(filter(None, codes)), 16))


def all_plain(texts: Iterable[str]) -> bool:
    """Tell quickly whether ``cell`` would leave every one of ``texts`` as it is; a wrong "no" only costs time."""
    joined = "|" + "|".join(texts)
    # Looking for one character is ten times as fast as looking for two, and these are rare.
    if (
        len(joined) > MOST_IN_CELL
        or not joined.isascii()
        or ";" in joined
        or "=" in joined
        or "+" in joined
        or "@" in joined
        or "\\" in joined
        or "'" in joined
        or "#" in joined
    ):
        return False
    if "|-" in joined or "| " in joined:
        return False
    return len(joined.encode().translate(None, _CONTROLS)) == len(joined)
