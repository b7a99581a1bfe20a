"""Choose which fault, if any, meets a call.

Every fault counts the calls that match it, whether or not another fault comes first; the first that strikes wins.
Chance comes from the seed.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from random import Random

from runner.simulator.fault_values import Doing, Fault


@dataclass(frozen=True, slots=True)
class Target:
    """What a call is about, as far as it says: kind, sandbox, the flow's name, and the run."""

    kind: str
    sandbox: str
    flow: str
    run: str


class _Counting:
    """One fault and how often it was met."""

    def __init__(self, fault: Fault, *, chance: Random) -> None:
        self._fault = fault
        self._chance = chance
        self._met = 0
        self._met_by_run: Counter[str] = Counter()
        self._struck = 0

    def strikes(self, target: Target, *, since_start_ms: int) -> bool:
        """Count the call and say whether the fault is due for it."""
        fault = self._fault
        if not (_matches(fault, target) and _is_time(fault, since_start_ms)):
            return False
        self._met += 1
        self._met_by_run[target.run] += 1
        due = self._is_turn(target) and self._chance.random() < fault.probability
        return due and not (fault.most and self._struck >= fault.most)

    def struck(self) -> Doing:
        """Count that the fault was carried out, and return what it does."""
        self._struck += 1
        return self._fault.doing

    def _is_turn(self, target: Target) -> bool:
        fault = self._fault
        if fault.nth and self._met not in fault.nth:
            return False
        if fault.every and self._met % fault.every:
            return False
        return not (fault.first_per_run and self._met_by_run[target.run] > fault.first_per_run)


class Faults:
    """The faults in force."""

    def __init__(self, faults: Sequence[Fault], *, seed: int) -> None:
        self._counting = [
            _Counting(fault, chance=Random(f"{seed}:fault:{number}"))  # noqa: S311  # chance that can be repeated
            for number, fault in enumerate(faults)
        ]

    def choose(self, target: Target, *, since_start_ms: int) -> Doing | None:
        """Return what goes wrong with this call, or None."""
        due = [
            counting
            for counting in self._counting
            if counting.strikes(target, since_start_ms=since_start_ms)
        ]
        return due[0].struck() if due else None


def _matches(fault: Fault, target: Target) -> bool:
    return (
        (not fault.calls or target.kind in fault.calls)
        and (not fault.sandbox or fnmatchcase(target.sandbox, fault.sandbox))
        and (not fault.flow or fnmatchcase(target.flow, fault.flow))
        and (not fault.run or fnmatchcase(target.run, fault.run))
    )


def _is_time(fault: Fault, since_start_ms: int) -> bool:
    return fault.from_ms <= since_start_ms and (not fault.to_ms or since_start_ms < fault.to_ms)
