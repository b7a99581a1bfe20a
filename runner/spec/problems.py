"""What is wrong with a file, as values: where, what was found, and what to do.

Finding problems and showing them happen elsewhere (``check``, ``rendering``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from runner.errors import UsageError


class Severity(StrEnum):
    """An error stops everything; a warning is shown and does not fail."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with a file. The words are as found; control characters are made visible by ``rendering``.

    ``line`` and ``column`` count from 1; both are 0 where the whole file is meant. ``path`` names things by their own
    name, and by their number from 1 where they have none: ``sandboxes[prod].filters[1].started.from``. ``excerpt`` is
    the line of the file with anything that may be a secret masked; empty where there is nothing to show.
    """

    file: str
    line: int
    column: int
    path: str
    found: str
    message: str
    remedy: str
    code: str
    severity: Severity = Severity.ERROR
    excerpt: str = ""

    @property
    def is_error(self) -> bool:
        """Whether it stops everything."""
        return self.severity is Severity.ERROR

    @property
    def place(self) -> str:
        """``file:line:column``, as far as it is known."""
        if not self.line:
            return self.file
        return (
            f"{self.file}:{self.line}:{self.column}" if self.column else f"{self.file}:{self.line}"
        )

    @property
    def sentence(self) -> str:
        """The path, the fact and the remedy on one line."""
        place = f"{self.path}: " if self.path else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{place}{self.message}{remedy}"


class SpecInvalid(UsageError):
    """A file is wrong; ``problems`` holds everything found, errors and warnings, in the order of the file.

    Shown as one line a problem, with control characters made visible.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        from runner.spec.rendering import one_line  # noqa: PLC0415  # render imports this module

        self.problems = tuple(problems)
        super().__init__("\n".join(one_line(problem) for problem in self.problems))


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sort by file, position and words, and say each thing once."""
    kept = dict.fromkeys(problems)
    return tuple(
        sorted(kept, key=lambda one: (one.file, one.line, one.column, one.path, one.message))
    )
