"""Tell text from what only looks like a list of ids in its own program: workbooks, archives, pages.

By content, whatever a file is called.
"""

from typing import BinaryIO

from runner.spec.runs_rows import RunsFileFault

_HEAD_BYTES = 4096
_AS_CSV = "Save the sheet as CSV (UTF-8), and name that file."
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf\x27\x1c")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_MARKUP = ("<?xml", "<!doctype", "<html", "<table", "<workbook")


def encoding_of(file: BinaryIO) -> str:
    """Return the encoding that a file's first bytes show."""
    return "utf-16" if _head(file).startswith(_UTF_16) else "utf-8-sig"


def refuse_what_is_no_text(file: BinaryIO) -> None:
    """Raise RunsFileFault for what no text begins with, naming what it is and the way out."""
    head = _head(file)
    if head.startswith(_ZIP):
        raise _of_zip(head)
    if head.startswith(_OLE):
        raise RunsFileFault(
            "this is a workbook of the older Excel (.xls), no text.", remedy=_AS_CSV
        )
    if head.startswith(_COMPRESSED):
        raise RunsFileFault("this is a compressed file, no text.", remedy="Unpack it first.")
    if head.startswith(b"%PDF"):
        raise RunsFileFault("this is a PDF, no text.", remedy="Name a CSV, or one id a line.")
    if b"\0" in head and not head.startswith(_UTF_16):
        raise RunsFileFault(
            "this is no text: it holds NUL bytes.", remedy="Save the ids as text in UTF-8."
        )


def refuse_markup(first_line: str) -> None:
    """Raise RunsFileFault for a page of HTML or XML, which some exports call .xls."""
    if first_line.lstrip("\ufeff \t").lower().startswith(_MARKUP):
        raise RunsFileFault(
            "this is a page of HTML or XML, as some exports called .xls are.",
            remedy="Open it in a spreadsheet program, save it as CSV (UTF-8), and name that file.",
        )


def _of_zip(head: bytes) -> RunsFileFault:
    if b"opendocument.spreadsheet" in head:
        return RunsFileFault("this is a LibreOffice workbook (.ods), no text.", remedy=_AS_CSV)
    if any(part in head for part in (b"[Content_Types].xml", b"xl/", b"_rels/", b"docProps/")):
        return RunsFileFault("this is an Excel workbook (.xlsx), no text.", remedy=_AS_CSV)
    return RunsFileFault(
        "this is a zip archive, no text; workbooks (.xlsx, .ods) are such.",
        remedy="Save the sheet as CSV (UTF-8), or unpack the archive, and name that file.",
    )


def _head(file: BinaryIO) -> bytes:
    head = file.read(_HEAD_BYTES)
    file.seek(0)
    return head
