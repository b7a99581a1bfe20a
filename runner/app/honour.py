"""Refuse a spec that asks for what this version cannot do yet: a key is honoured or refused, never ignored."""

from runner.errors import UsageError
from runner.model.spec import Limits, Spec
from runner.model.words import OnFailure


def refuse_what_cannot_be_honoured(spec: Spec) -> None:
    """Raise UsageError naming every key that is valid and not built yet."""
    asked = [key for key, is_asked in _not_yet(spec).items() if is_asked]
    if asked:
        raise UsageError(
            f"{spec.path}: this version cannot honour {', '.join(asked)} yet, and ignores nothing.",
            remedy="Leave the key out, or wait for a version that does it. Nothing was sent.",
        )


def _not_yet(spec: Spec) -> dict[str, bool]:
    levels = {"limits": spec.limits}
    levels |= {f"sandboxes[{sandbox.name}].limits": sandbox.limits for sandbox in spec.sandboxes}
    several_waves = len(spec.waves) > 1
    keys = {
        "waves": several_waves,
        "wait.for_recovery": spec.wait.for_recovery,
        "on_failure": spec.on_failure is not OnFailure.CONTINUE,
    }
    for place, limits in levels.items():
        keys |= _limits_not_yet(place, limits)
    return keys


def _limits_not_yet(place: str, limits: Limits) -> dict[str, bool]:
    return {
        f"{place}.max_running": limits.max_running is not None,
        f"{place}.max_per_day": limits.max_per_day is not None,
    }
