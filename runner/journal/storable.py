r"""Make others' text storable: SQLite keeps text as UTF-8, and not every Python text can be written so.

JSON lets a platform send half of a surrogate pair. It is spelled out (``\ud800``) rather than let one broken
character cost the record of a run.
"""

from collections.abc import Sequence


def storable(values: Sequence[object]) -> list[object]:
    """Return the values with every text that UTF-8 cannot hold spelled out."""
    return [_text(value) if isinstance(value, str) else value for value in values]


def _text(value: str) -> str:
    return value.encode("utf-8", "backslashreplace").decode("utf-8")
