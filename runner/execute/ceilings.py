"""What limits may become while an execution works: anything up to what its spec says. Pure.

The spec was reviewed, so its numbers are the ceiling; to go beyond, the spec has to be changed and reviewed again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from runner.model.orders import CHANGEABLE, WHOLE_NUMBERS, LimitChange
from runner.model.spec import Limits
from runner.model.words import SandboxName

_NEED_WATCHING = ("max_running", "max_running_per_flow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """The limits of an execution and of each of its sandboxes; the strictest level wins."""

    whole: Limits
    sandboxes: Mapping[SandboxName, Limits]

    def of(self, sandbox: SandboxName | None) -> Limits:
        """Return those of a sandbox, or (None) of the whole."""
        return self.whole if sandbox is None else self.sandboxes[sandbox]


def changed(change: LimitChange, *, present: Levels, spec: Levels) -> Levels:
    """Return the limits after a change; None as a value stands for the spec's."""
    limits = present.of(change.sandbox)
    for name, value in change.values.items():
        limits = _with(limits, name, _number(spec.of(change.sandbox), name, value))
    if change.sandbox is None:
        return replace(present, whole=limits)
    return replace(present, sandboxes={**present.sandboxes, change.sandbox: limits})


def why_not(change: LimitChange, *, spec: Levels, waits: bool) -> str:
    """Return why limits may not be changed so, with the spec's number and the remedy; or nothing.

    Args:
        change: what is ordered.
        spec: the limits that were reviewed.
        waits: whether new runs are watched; without that nobody knows how many are in progress.
    """
    if change.sandbox is not None and change.sandbox not in spec.sandboxes:
        names = ", ".join(spec.sandboxes)
        return f"sandbox {change.sandbox} is not in the spec, which has {names}. Name one of these."
    reasons = (
        _why_not(name, value, sandbox=change.sandbox, spec=spec, waits=waits)
        for name, value in change.values.items()
    )
    return next(filter(None, reasons), "")


def _why_not(
    name: str, value: float | None, *, sandbox: SandboxName | None, spec: Levels, waits: bool
) -> str:
    if name not in CHANGEABLE:
        return f"{name} cannot be changed while it works. Change one of {', '.join(CHANGEABLE)}."
    if value is None:
        return ""
    if name in _NEED_WATCHING and not waits:
        return (
            f"{name} needs to see whether runs recover, and this execution watches none. "
            "Lower max_per_second instead, or stop it."
        )
    own = spec.of(sandbox)
    if name == "max_reads_per_second" and own.max_per_second and own.max_reads_per_second is None:
        return "max_reads_per_second is not in the spec, so reads share max_per_second. Lower that."
    above = [(most, place) for most, place in _ceilings(name, sandbox, spec) if value > most]
    if not above:
        return ""
    most, place = min(above)
    return (
        f"{name}={value:.12g} is more than the spec's {place} of {most:.12g}, which was reviewed. "
        f"Order at most {most:.12g}; to go beyond, stop it, and apply a spec that allows more."
    )


def _ceilings(name: str, sandbox: SandboxName | None, spec: Levels) -> Iterator[tuple[float, str]]:
    """Give what the spec allows at most, and where it says so."""
    whole: float | None = getattr(spec.whole, name)
    if whole is not None:
        yield whole, f"limits.{name}"
    if sandbox is not None:
        own: float | None = getattr(spec.sandboxes[sandbox], name)
        if own is not None:
            yield own, f"{name} in sandbox {sandbox}"


def _number(spec: Limits, name: str, value: float | None) -> float | None:
    if value is None:
        found: float | None = getattr(spec, name)
        return found
    return int(value) if name in WHOLE_NUMBERS else float(value)


def _with(limits: Limits, name: str, value: float | None) -> Limits:
    changes: dict[str, float | None] = {name: value}
    return replace(limits, **changes)  # type: ignore[arg-type]  # the names are checked above
