"""Fill ``${NAME}`` and ``${NAME:-default}`` from the environment, which comes in as a mapping.

``${NAME:-default}`` takes the default when the variable is unset or empty, as a shell does. ``$${`` stands for a plain
``${``. A default is plain text up to the next closing brace: no placeholder inside a placeholder.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_PIECE = re.compile(
    rf"(?P<escape>\$\$\{{)|\$\{{(?P<name>{_NAME})(?P<rest>:-(?P<default>[^{{}}]*))?\}}|(?P<broken>\$\{{[^}}]*\}}?)"
)


class Placeholder(str):
    """Text that holds placeholders whose values are not known: it counts as well-formed wherever a value may stand."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A placeholder that cannot be filled; ``offset`` is where it starts in the text."""

    offset: int
    found: str
    message: str
    remedy: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """Text with its placeholders filled; ``names`` are the variables that were read."""

    text: str
    names: tuple[str, ...]
    faults: tuple[Fault, ...]


def fill(text: str, *, environment: Mapping[str, str] | None) -> Filled:
    """Return the text with every placeholder filled, and a fault for each that cannot be.

    Without an environment the text stays as it is and only malformed placeholders are faults.

    >>> fill("${A} and ${B:-b}, $${C}", environment={"A": "a"}).text
    'a and b, ${C}'
    """
    names: list[str] = []
    faults: list[Fault] = []

    def one(match: re.Match[str]) -> str:
        if match["escape"]:
            return "${"
        if match["broken"]:
            faults.append(_malformed(match["broken"], offset=match.start()))
            return match.group()
        names.append(match["name"])
        if environment is None:
            return match.group()
        value = environment.get(match["name"], "") or match["default"]
        if value is None and match["name"] not in environment:
            faults.append(_missing(match["name"], offset=match.start()))
        return value or ""

    filled = _PIECE.sub(one, text)
    return Filled(text=filled, names=tuple(names), faults=tuple(faults))


def _missing(name: str, *, offset: int) -> Fault:
    return Fault(
        offset=offset,
        found=f"${{{name}}}",
        message=f"the environment variable {name} is not set.",
        remedy=f"Set it, or give it a default: ${{{name}:-value}}.",
        code="missing-variable",
    )


def _malformed(piece: str, *, offset: int) -> Fault:
    if not piece.endswith("}"):
        return Fault(
            offset=offset,
            found="${",
            message="a placeholder is opened with ${ and never closed.",
            remedy="Close it with }, or write $${ for a plain ${.",
            code="malformed-placeholder",
        )
    inner = piece[2:-1]
    nested = "${" in inner
    return Fault(
        offset=offset,
        found=piece,
        message="a placeholder stands inside another one."
        if nested
        else "this is not a placeholder that can be filled.",
        remedy="Write ${NAME} or ${NAME:-default}: letters, digits and underscores, not starting with a digit.",
        code="malformed-placeholder",
    )
