"""Make others' words safe to show: on a terminal, in a log, beside a caret.

A file may hold anything; what is shown of it never moves a cursor, turns the text round, or gives a secret away.
"""

import re
import unicodedata

LONGEST_SHOWN = 60
"""Characters of a value that a message repeats."""

# Controls, surrogates, line separators, and the marks that reorder text on screen.
UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\ufffe\uffff]"
)
_SECRET_NAME = re.compile(r"secret|token|passw|credential|key|auth", re.IGNORECASE)
# Of an address: name and password, whatever is no port behind the host's colon, query and fragment.
_NAME_AND_PASSWORD = re.compile(r"(?<=://)[^\s\"'<>`]{0,2000}@")
_NO_PORT = re.compile(
    r"(://[^/\s:\"'<>`]{0,500}:)(?![0-9]{1,5}(?:[/\s\"'`.,;)]|$))[^\s\"'<>`]{1,2000}"
)
_QUERY = re.compile(r"(://[^\s?#\"'<>`]{0,2000}[?#])([^\s\"'<>`]{1,4000})")
MASK = "***"


def _escaped(match: re.Match[str]) -> str:
    number = ord(match.group())
    if match.group() == "\t":
        return "\\t"
    if match.group() == "\n":
        return "\\n"
    return f"\\u{number:04x}" if number >> 8 else f"\\x{number:02x}"


def printable(text: str) -> str:
    """Return the text with each unsafe character written as its escape; the result has one line."""
    return UNSAFE.sub(_escaped, text)


def width(text: str) -> int:
    """Return how many cells printable text takes on a terminal."""
    return sum(
        0 if unicodedata.combining(one) else 1 + (unicodedata.east_asian_width(one) in "WF")
        for one in text
    )


def shortened(text: str) -> str:
    """Return the text, cut in the middle of nothing: at most 60 characters and an ellipsis."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def without_credentials(text: str) -> str:
    """Return the text with what may let somebody in masked in each address that it holds."""
    if "://" not in text:
        return text
    text = _NAME_AND_PASSWORD.sub(f"{MASK}@", text)
    return _QUERY.sub(rf"\1{MASK}", _NO_PORT.sub(rf"\1{MASK}", text))


def credentials_in(text: str) -> list[str]:
    """Return what ``without_credentials`` masks."""
    found = _NAME_AND_PASSWORD.findall(text) + [one[1] for one in _NO_PORT.findall(text)]
    return [one.rstrip("@") for one in found] + [one[1] for one in _QUERY.findall(text)]


def quoted(text: str) -> str:
    """Return the text in double quotes, shortened, without credentials of an address."""
    return f'"{shortened(without_credentials(text))}"'


def words(items: list[str], *, last: str = "and") -> str:
    """Return ``a, b and c``."""
    if len(items) <= 1:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def sounds_secret(name: str) -> bool:
    """Whether the name of a variable suggests that its value is nobody's business."""
    return _SECRET_NAME.search(name) is not None
