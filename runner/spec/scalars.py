"""Read one unquoted YAML word the way JSON would, and notice the words that YAML 1.1 reads otherwise.

Only ``true false null``, whole numbers and decimal numbers are more than text. A word that some YAML reader would
take for something else is kept as a Trap, which fits no type and is explained where it stands.
"""

import re
from dataclasses import dataclass

Json = bool | int | float | str | list["Json"] | dict[str, "Json"] | None

_PLAIN_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(
    r"[-+]?(?:(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][-+]?[0-9]{1,2})?"
)
_BOOLEAN_WORDS = {
    **dict.fromkeys(("y", "yes", "on"), "true"),
    **dict.fromkeys(("n", "no", "off"), "false"),
}
_NUMBER_TRAPS = (
    (re.compile(r"[-+]?0[0-7]+"), "an octal number by YAML 1.1"),
    (re.compile(r"[-+]?0[0-9]+(?:\.[0-9]*)?"), "a number by some YAML readers"),
    (re.compile(r"[-+]?0o[0-7]+"), "an octal number by YAML 1.2"),
    (re.compile(r"[-+]?0x[0-9a-fA-F_]+"), "a hexadecimal number by YAML"),
    (re.compile(r"[-+]?0b[01_]+"), "a binary number by YAML 1.1"),
    (re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*(?:\.[0-9_]*)?"), "a number by YAML 1.1"),
    (
        re.compile(r"[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"),
        "a number in base 60 by YAML 1.1",
    ),
    (re.compile(r"0?[0-9](?::[0-5]?[0-9])+(?:\.[0-9_]*)?"), "a number in base 60 by YAML 1.1"),
    (re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"), "a number without value by YAML"),
    (re.compile(r"[-+]?[0-9]{19,}"), "a number too long to keep"),
    (re.compile(r"[-+]?[0-9]*\.?[0-9]+[eE][-+]?[0-9]+"), "a number by YAML"),
    (re.compile(r"="), "a default value by YAML 1.1"),
)
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?"
    r"[ \t]*(?:Z|[-+][0-9]{1,2}(?::?[0-9]{2})?)?)?"
)
# One look that lets nearly every word pass as text.
_MAY_BE_MORE = re.compile(
    "|".join(
        (
            r"(?i:y|n|yes|no|on|off)",
            *(one.pattern for one in (_INT, _FLOAT, _TIME)),
            *(pattern.pattern for pattern, _ in _NUMBER_TRAPS),
        )
    )
)


@dataclass(frozen=True, slots=True)
class Trap:
    """An unquoted word that YAML readers disagree about, and how some of them read it."""

    word: str
    read_as: str


class TimeWord(str):
    """An unquoted date or time: text where a time is meant, a trap where other text is."""

    __slots__ = ()


Plain = bool | int | float | str | Trap | None


def plain_value(word: str) -> Plain:
    """Return what an unquoted word means.

    >>> plain_value("10"), plain_value("0.5"), plain_value("10%"), plain_value("null")
    (10, 0.5, '10%', None)
    >>> plain_value("no")
    Trap(word='no', read_as='false by YAML 1.1')
    """
    if word in _PLAIN_WORDS:
        return _PLAIN_WORDS[word]
    if _MAY_BE_MORE.fullmatch(word) is None:
        return word
    if _INT.fullmatch(word):
        return int(word)
    if _FLOAT.fullmatch(word):
        return float(word)
    return _trap(word)


def _trap(word: str) -> str | Trap:
    meaning = _BOOLEAN_WORDS.get(word.lower())
    if meaning is not None:
        return Trap(word, f"{meaning} by YAML 1.1")
    if _TIME.fullmatch(word):
        return TimeWord(word)
    kinds = (read_as for pattern, read_as in _NUMBER_TRAPS if pattern.fullmatch(word))
    read_as = next(kinds, None)
    return word if read_as is None else Trap(word, read_as)
