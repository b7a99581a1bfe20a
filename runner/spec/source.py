"""Where things stand in one file: makes problems with position, path and a masked line of the file.

Finding what is wrong happens elsewhere; this room only places it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from runner.model.secret import is_telling
from runner.spec.decoding import lines_of
from runner.spec.document import Node, Path, Scalar, key_at, node_at, place
from runner.spec.printable import MASK, sounds_secret
from runner.spec.problems import Problem, Severity
from runner.spec.withheld import masked_lines, may_repeat, opens_secret


class Excerpts:
    """The lines of a file, safe to repeat: values of keys that sound secret and known secrets are masked.

    Nothing is done until a line is asked for, since most files have no problems.
    """

    def __init__(self, text: str, *, secrets: Iterable[str] = ()) -> None:
        self._text = text
        self._secrets = tuple(secrets)
        self._lines: tuple[str, ...] | None = None

    def line(self, number: int) -> str:
        """Return line ``number``, from 1; empty where there is none."""
        if self._lines is None:
            self._lines = tuple(self._masked())
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""

    def _masked(self) -> list[str]:
        masked = "\n".join(masked_lines(lines_of(self._text)))
        pieces = {piece.strip() for secret in self._secrets for piece in lines_of(secret)}
        for piece in sorted(filter(is_telling, pieces), key=len, reverse=True):
            masked = masked.replace(piece, MASK)
        return masked.split("\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One readable file: its nodes, its lines, and which variables filled which places."""

    file: str
    root: Node
    excerpts: Excerpts
    origins: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)

    def may_show(self, path: Path) -> bool:
        """Whether what the environment put at a path may be repeated: not among credentials, whatever their place."""
        names = self.origins.get(path, ())
        return path[:1] != ("connection",) and not any(map(sounds_secret, names))

    def may_quote(self, path: Path) -> bool:
        """Whether what is written at a path may be repeated: among credentials, only what is plainly harmless."""
        names = [step for step in path if isinstance(step, str)]
        return not any(map(opens_secret, names)) or may_repeat(self.text_at(path), key=names[-1])

    def problem(
        self,
        path: Path,
        *,
        code: str,
        message: str,
        remedy: str,
        found: str = "",
        severity: Severity = Severity.ERROR,
        at_key: bool = False,
        shows_line: bool = True,
    ) -> Problem:
        """Return a problem at the value of a path, or at its key; where it is left out, at what is around it."""
        node: Node = node_at(self.root, path)
        if at_key:
            node = key_at(self.root, path) or node
        return Problem(
            file=self.file,
            line=node.line,
            column=node.column,
            path=place(self.root, path),
            found=found,
            message=message,
            remedy=remedy,
            code=code,
            severity=severity,
            excerpt=self.excerpts.line(node.line) if shows_line else "",
        )

    def unknown_key(self, parent: Path, key: str, *, message: str, remedy: str) -> Problem:
        """Return a problem at a key that should not be there; what stands after it is not repeated."""
        node = key_at(self.root, (*parent, key)) or node_at(self.root, parent)
        end = node.column - 1 + len(key)
        line = self.excerpts.line(node.line)
        return Problem(
            file=self.file,
            line=node.line,
            column=node.column,
            path=place(self.root, parent),
            found=key,
            message=message,
            remedy=remedy,
            code="unknown-key",
            excerpt=line if len(line) <= end + 1 else f"{line[: end + 1]} …",
        )

    def line_of(self, path: Path) -> int:
        """Return the line of a value, from 1."""
        return node_at(self.root, path).line

    def text_at(self, path: Path) -> str:
        """Return the text of a scalar as it stands in the file; empty where none stands."""
        node = node_at(self.root, path)
        return node.text if isinstance(node, Scalar) else ""
