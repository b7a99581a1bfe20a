"""What YAML allows and this program does not, as values; reading goes on behind each."""

from dataclasses import dataclass

from runner.spec.document import Node, Path, Scalar
from runner.spec.printable import quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One refused thing. Line and column count from 1."""

    line: int
    column: int
    path: Path
    found: str
    message: str
    remedy: str
    code: str


def duplicate_key(key: Scalar, *, path: Path, first_line: int) -> Refusal:
    """A key stands twice in one group."""
    return Refusal(
        line=key.line,
        column=key.column,
        path=path,
        found=key.text,
        message=f"this key stands here a second time; the first is on line {first_line}.",
        remedy="Keep one of the two.",
        code="duplicate-key",
    )


def merge_key(key: Scalar, *, path: Path) -> Refusal:
    """``<<`` would take keys over from elsewhere; a spec must be readable aloud."""
    return Refusal(
        line=key.line,
        column=key.column,
        path=path,
        found=key.text,
        message="merge keys (<<) are not read here.",
        remedy="Write the keys out.",
        code="merge-key",
    )


def tag(name: str, node: Node, *, path: Path) -> Refusal | None:
    """A tag would change what a value is; the bare ``!`` before text says no more than quotes do."""
    if name == "!" and isinstance(node, Scalar):
        return None
    shown = name.replace("tag:yaml.org,2002:", "!!")
    return Refusal(
        line=node.line,
        column=node.column,
        path=path,
        found=shown,
        message=f"the YAML tag {quoted(shown)} stands before this value, and tags are not read here.",
        remedy='Remove it; write text in quotes: "text".',
        code="tag",
    )


def control_character(node: Scalar, *, path: Path, found: str) -> Refusal:
    """An escape in double quotes made a control character, which no id, name or reason holds."""
    return Refusal(
        line=node.line,
        column=node.column,
        path=path,
        found=f"U+{ord(found):04X}",
        message=f"the text holds the control character U+{ord(found):04X}.",
        remedy="Remove that escape.",
        code="control-character",
    )
