"""How many columns of a terminal a text takes, and how it is cut to fit so many. Pure.

What terminals do differs in the details (emoji of several signs); this is what most of them agree on.
"""

import unicodedata

_NO_WIDTH = frozenset({"Mn", "Me", "Cf"})
"""Marks that sit on the sign before them, and signs that only steer."""
_HANGUL_JOINED = range(0x1160, 0x1200)
"""Vowels and finals that terminals draw into the consonant before them."""
_MOST_MARKS = 4
"""Signs kept for each column: marks take no room, and could be piled up without end."""


def columns_wide(text: str) -> int:
    """Return how many columns ``text`` takes: East Asian wide signs take two, combining ones none."""
    return len(text) if text.isascii() else sum(map(_width, text))


def fitted(text: str, *, columns: int) -> str:
    """Return ``text`` cut to so many columns, the last of them an ellipsis where it was cut."""
    kept = text[: columns * _MOST_MARKS]
    if len(kept) == len(text) and columns_wide(text) <= columns:
        return text
    used = 0
    for number, sign in enumerate(kept):
        used += _width(sign)
        if used > columns - 1:
            return f"{kept[:number]}…"
    return f"{kept}…"


def is_right_to_left(text: str) -> bool:
    """Tell whether part of ``text`` is written from right to left."""
    return not text.isascii() and any(
        unicodedata.bidirectional(sign) in {"R", "AL"} for sign in text
    )


def _width(sign: str) -> int:
    if unicodedata.category(sign) in _NO_WIDTH or ord(sign) in _HANGUL_JOINED:
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1
