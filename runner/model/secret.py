"""A secret that does not print."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that ``repr``, ``str`` and formatting never show; ``reveal`` is read only where it is sent."""

    reveal: str = field(repr=False)

    def __str__(self) -> str:
        return "Secret()"
