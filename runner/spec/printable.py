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
_SECRET_KEY = re.compile(
    r"""(?:secret|token|passw|credential)[\w-]{0,40}["']?\s{0,8}:""", re.IGNORECASE
)
_SECRET_NAME = re.compile(r"secret|token|passw|credential|key|auth", re.IGNORECASE)
_HARMLESS_VALUE = re.compile(
    r"""^\s*["']?(?:\$\{\w+\}["']?|oauth_server_to_server)?[\s},]*(?:#.*)?$"""
)
_FILE_REFERENCE = re.compile(r"""^\s*\{\s*["']?file["']?\s*:[^,{}]{0,500}\}[\s},]*(?:#.*)?$""")
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


def quoted(text: str) -> str:
    """Return the text in double quotes, shortened."""
    return f'"{shortened(text)}"'


def words(items: list[str], *, last: str = "and") -> str:
    """Return ``a, b and c``."""
    if len(items) <= 1:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def sounds_secret(name: str) -> bool:
    """Whether the name of a variable suggests that its value is nobody's business."""
    return _SECRET_NAME.search(name) is not None


def masked_lines(lines: list[str]) -> list[str]:
    """Return the lines with the value after each key that sounds secret masked, deeper lines below it included.

    Works on text alone, so that it holds for files too broken to be read as YAML.
    """
    masked = []
    hidden_below: int | None = None
    for line in lines:
        if hidden_below is not None:
            if not line.strip() or _depth(line, besides="") > hidden_below:
                masked.append(MASK if line.strip() else line)
                continue
            hidden_below = None
        shown, hides = _masked_line(line)
        if hides:
            hidden_below = _depth(line, besides="-?")
        masked.append(shown)
    return masked


def _depth(line: str, *, besides: str) -> int:
    return len(line) - len(line.lstrip(f" \t{besides}"))


def _masked_line(line: str) -> tuple[str, bool]:
    """Return the line as it may be shown, and whether deeper lines below belong to the secret too."""
    match = _SECRET_KEY.search(line)
    if match is None:
        return line, False
    value = line[match.end() :]
    if _is_file_reference(value):
        return line, False
    if _HARMLESS_VALUE.match(value):
        return line, not value.strip()
    return f"{line[: match.end()]} {MASK}", True


def _is_file_reference(value: str) -> bool:
    return _FILE_REFERENCE.match(value) is not None
