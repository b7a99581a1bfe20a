"""Turn the bytes of a file into text, or say why they are none.

Handles the marks that editors and spreadsheets leave at the start. Knows nothing of YAML.
"""

import codecs
import re

LARGEST_FILE_BYTES = 32 * 1024 * 1024
"""No spec is larger: a million run ids fit in a file of their own (``runs_from``)."""

# What YAML does not allow unescaped (YAML 1.2, production c-printable).
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Unreadable(Exception):
    """The bytes cannot be read as text or as YAML; ``line`` and ``column`` count from 1, 0 means the whole file."""

    def __init__(
        self, message: str, *, remedy: str, code: str, line: int = 0, column: int = 0
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.code = code
        self.line = line
        self.column = column


def lines_of(text: str) -> list[str]:
    """Split as YAML does, so that its line numbers fit."""
    return _LINE_END.split(text)


def position_in(text: str, *, at: int) -> tuple[int, int]:
    """Return line and column, from 1, of the character at this offset."""
    before = lines_of(text[:at])
    return len(before), len(before[-1]) + 1


def decoded(content: str | bytes) -> str:
    """Return the text without its byte order mark; raises Unreadable."""
    if len(content) > LARGEST_FILE_BYTES:
        raise Unreadable(
            f"the file has {len(content) / 1024 / 1024:.0f} MiB, where 32 MiB are the most.",
            remedy="Put run ids into a file of their own and name it in runs_from.",
            code="too-large",
        )
    text = content if isinstance(content, str) else _from_bytes(content)
    text = text.removeprefix("\ufeff")
    bad = _NOT_TEXT.search(text)
    if bad is not None:
        raise _control_character(text, at=bad.start())
    return text


def _control_character(text: str, *, at: int) -> Unreadable:
    line, column = position_in(text, at=at)
    return Unreadable(
        f"the file holds the control character U+{ord(text[at]):04X} here.",
        remedy="Remove it, and save the file as plain UTF-8 text.",
        code="control-character",
        line=line,
        column=column,
    )


def _from_bytes(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decoded_as(content[len(mark) :], encoding=encoding)
    return _decoded_as(content, encoding="utf-8")


def _decoded_as(content: bytes, *, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line, column = position_in(
            content[: error.start].decode(encoding, errors="replace"), at=len(content)
        )
        raise Unreadable(
            f"the file is not {encoding.upper()} text: byte 0x{content[error.start]:02x} stands here.",
            remedy="Save it as UTF-8.",
            code="not-utf-8",
            line=line,
            column=column,
        ) from None
