"""What the rules of meaning see of a file: the value with defaults filled in, without what is known to be wrong.

A rule asks for a value by path and gets None where nothing usable stands: it is missing, of another type, already
complained about, or a placeholder whose value is not known. So rules hold for half-broken files too, and nothing is
said twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath

from runner.spec.document import Path, lookup
from runner.spec.durations import duration_seconds
from runner.spec.placeholders import Placeholder
from runner.spec.problems import Problem, Severity
from runner.spec.runs_rows import RunsRead
from runner.spec.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a file is read in: the folder that its paths start from, the time, and what need not be there.

    ``offline`` means that the environment is not known (``--no-env``), ``resuming`` that the spec comes from a plan.
    """

    base: FilePath
    now_ms: int
    offline: bool
    resuming: bool


@dataclass(slots=True, kw_only=True)
class View:
    """One file as the rules see it, and what they found."""

    source: Source
    value: object
    wrong: frozenset[Path]
    written: object
    """The value before defaults were filled in."""
    secrets: Mapping[Path, str]
    """What the placeholders of secrets stand for."""
    around: Surroundings
    problems: list[Problem] = field(default_factory=list)
    files: list[RunsRead] = field(default_factory=list)
    """The files of run ids that were read."""

    def at(self, *path: str | int) -> object:
        """Return what usably stands at a path, or None."""
        if path in self.wrong:
            return None
        found = lookup(self.value, path)
        return None if isinstance(found, Placeholder) else found

    def text(self, *path: str | int) -> str | None:
        """Return the text at a path, or None."""
        found = self.at(*path)
        return found if isinstance(found, str) else None

    def number(self, *path: str | int) -> float | None:
        """Return the number at a path, or None."""
        found = self.at(*path)
        return found if isinstance(found, int | float) and not isinstance(found, bool) else None

    def seconds(self, *path: str | int) -> float | None:
        """Return the duration at a path in seconds, or None."""
        found = self.text(*path)
        return None if found is None else duration_seconds(found)

    def items(self, *path: str | int) -> list[object]:
        """Return the list at a path; empty where there is none."""
        found = self.at(*path)
        return found if isinstance(found, list) else []

    def is_written(self, *path: str | int) -> bool:
        """Whether the file itself says something at a path."""
        return lookup(self.written, path) is not None

    def error(
        self, *path: str | int, code: str, message: str, remedy: str, found: str = ""
    ) -> None:
        """Note an error at a path."""
        self.problems.append(
            self.source.problem(path, code=code, message=message, remedy=remedy, found=found)
        )

    def warn(self, *path: str | int, code: str, message: str, remedy: str) -> None:
        """Note a warning at a path."""
        self.problems.append(
            self.source.problem(
                path, code=code, message=message, remedy=remedy, severity=Severity.WARNING
            )
        )
