"""Lay a file of faults over a plan's scenario: what goes wrong, and what becomes of which flow's runs. Pure.

The file is a scenario too. Its sandboxes and flows are patterns of names (``*`` stands for any text) that say what
becomes of the plan's flows; which sandboxes, flows and runs there are, the plan says.
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from runner.errors import UsageError
from runner.rehearsal.seeding import Scenario

_WHOLE = ("seed", "rate_limit", "colleagues", "faults")
_OF_FLOWS = ("retrigger", "refuse", "state", "schedule", "labelled", "connector", "frequency")
_ENDS = ("recovers", "fails_again", "empty", "partial")
_NAMES = ("id", "name")
_OF_SANDBOXES = ("state", "permission")


def varied(scenario: Scenario, variation: Mapping[str, object], *, at: str) -> Scenario:
    """Return a plan's scenario with what a file says besides; ``at`` is how messages call the file.

    Raises:
        UsageError: the file speaks of what the plan decides, or of a flow that the plan does not have.
    """
    of_plan = _objects(scenario["sandboxes"])
    _refuse(variation, known=("version", "behaviour", "sandboxes", *_WHOLE), at=at)
    changed = {**scenario, **{key: variation[key] for key in _WHOLE if key in variation}}
    changed["behaviour"] = {
        **_object(scenario.get("behaviour")),
        **_object(variation.get("behaviour")),
    }
    changed["sandboxes"] = _sandboxes(of_plan, _objects(variation.get("sandboxes")), at=at)
    return changed


def _sandboxes(
    of_plan: list[Mapping[str, object]], patterns: list[Mapping[str, object]], *, at: str
) -> list[Scenario]:
    changed = [dict(sandbox) for sandbox in of_plan]
    for number, pattern in enumerate(patterns):
        place = f"{at}: sandboxes[{number}]"
        _refuse(pattern, known=("name", "flows", *_OF_SANDBOXES), at=place)
        met = [one for one in changed if _meets(one, pattern)]
        if not met:
            raise _nothing(place, pattern, "sandbox")
        for sandbox in met:
            sandbox.update({key: pattern[key] for key in _OF_SANDBOXES if key in pattern})
        for count, flow in enumerate(_objects(pattern.get("flows"))):
            _vary_flows(met, flow, at=f"{place}.flows[{count}]")
    return changed


def _vary_flows(sandboxes: list[Scenario], pattern: Mapping[str, object], *, at: str) -> None:
    _refuse(pattern, known=(*_NAMES, *_OF_FLOWS), at=at)
    has_met = False
    for sandbox in sandboxes:
        flows = [dict(flow) for flow in _objects(sandbox["flows"])]
        for flow in flows:
            if _meets(flow, pattern):
                has_met = True
                flow.update(_becomes(flow, pattern))
        sandbox["flows"] = flows
    if not has_met:
        raise _nothing(at, pattern, "flow")


def _becomes(flow: Scenario, pattern: Mapping[str, object]) -> Scenario:
    """Return what changes of a flow; how long its new runs take stays where the file does not say."""
    becomes = {key: pattern[key] for key in _OF_FLOWS if key in pattern}
    if "retrigger" in becomes:
        former, said = _object(flow["retrigger"]), _object(becomes["retrigger"])
        kept = former if not any(end in said for end in _ENDS) else {"takes": former["takes"]}
        becomes["retrigger"] = {**kept, **said}
    return becomes


def _meets(thing: Mapping[str, object], pattern: Mapping[str, object]) -> bool:
    return all(
        fnmatchcase(str(thing[name]), str(pattern[name])) for name in _NAMES if name in pattern
    )


def _refuse(given: Mapping[str, object], *, known: tuple[str, ...], at: str) -> None:
    unknown = [key for key in given if key not in known]
    if unknown:
        raise UsageError(
            f"{at}: {', '.join(unknown)}: the plan decides this, not a file of faults.",
            remedy=f"Leave it out; what may be said here: {', '.join(known)}.",
        )


def _nothing(at: str, pattern: Mapping[str, object], what: str) -> UsageError:
    named = " and ".join(f"{name} {pattern[name]!r}" for name in _NAMES if name in pattern)
    return UsageError(
        f"{at}: the plan has no {what} with {named or 'such a name'}.",
        remedy="Write a name of the plan's, or a pattern like 'S3 *'.",
    )


def _objects(value: object) -> list[Mapping[str, object]]:
    return list(_each(value)) if isinstance(value, list | tuple) else []


def _each(values: list[object] | tuple[object, ...]) -> Iterator[Mapping[str, object]]:
    for value in values:
        yield _object(value)


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
