"""Read Flow Service's filter expressions: ``path operator value``, and say whether a value fits one.

The grammar and its errors follow Adobe's documents (docs: sort and filter, Flow Service error messages). Pure: what a
path leads to is looked up elsewhere.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from runner.simulator.replies import invalid

_EXPRESSION = re.compile(r"([^=<>!~]*)([=<>!~]+)(.*)", re.DOTALL)
_PATH = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\[\])?(\.[A-Za-z][A-Za-z0-9_-]*(\[\])?)*")
_RANGES = frozenset({">", "<", ">=", "<="})
_TIME_FIELDS = frozenset({"createdAt", "updatedAt"})


@dataclass(frozen=True, slots=True)
class Condition:
    """One expression. ``values`` of ``==`` are alternatives; a range has exactly one, in ``bound``."""

    path: str
    operator: str
    values: frozenset[str]
    bound: float = 0.0

    def fits(self, found: object) -> bool:
        """Return whether a value found at the path satisfies the condition."""
        if self.operator == "==":
            return spelled(found) in self.values
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            return False
        match self.operator:
            case ">":
                return found > self.bound
            case ">=":
                return found >= self.bound
            case "<":
                return found < self.bound
            case _:
                return found <= self.bound


def spelled(found: object) -> str:
    """Return a JSON value as a filter spells it."""
    if isinstance(found, bool):
        return "true" if found else "false"
    return str(found)


def parse_filter(expression: str) -> Condition:
    """Return the condition of one ``property`` parameter; raises Refused with the platform's own error."""
    match = _EXPRESSION.fullmatch(expression)
    if match is None:
        raise invalid("1453-400", f"Invalid query value {expression} provided in query param.")
    path, operator, value = match.groups()
    if operator in {"~", "=~"}:
        raise invalid("1440-400", f"Operator '{operator}' not implemented.")
    if operator != "==" and operator not in _RANGES:
        raise invalid("1450-400", f"Invalid operator {operator} in filter params.")
    if not _PATH.fullmatch(path):
        raise invalid("1449-400", f"Invalid field {path} in filter params.")
    if not value:
        raise invalid("1453-400", f"Invalid query value {expression} provided in query param.")
    return _condition(path, operator, value)


def _condition(path: str, operator: str, value: str) -> Condition:
    values = value.split(",")
    if operator == "==":
        if path in _TIME_FIELDS and not all(map(_is_number, values)):
            raise invalid("1452-400", f"Invalid value {value} for field {path}.")
        return Condition(path, operator, frozenset(values))
    if len(values) > 1:
        raise invalid("1443-400", f"Operator '{operator}' is not allowed for multiple values.")
    if path == "id":
        raise invalid("1448-400", f"Operator {operator} not supported for field {path}.")
    if not _is_number(value):
        raise invalid("1452-400", f"Invalid value {value} for field {path}.")
    return Condition(path, operator, frozenset(values), float(value))


def _is_number(value: str) -> bool:
    return re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,9})?", value) is not None


def found_at(entity: object, path: str) -> Iterable[object]:
    """Yield every value at a dotted path; a segment over an array needs ``[]`` (docs: sort and filter)."""
    segment, _, rest = path.partition(".")
    key = segment.removesuffix("[]")
    if not isinstance(entity, Mapping) or key not in entity:
        return
    value: object = entity[key]
    if segment.endswith("[]") != (isinstance(value, Sequence) and not isinstance(value, str)):
        return
    entries = value if isinstance(value, list) else [value]
    for entry in entries:
        if rest:
            yield from found_at(entry, rest)
        else:
            yield entry


def entity_fits(entity: Mapping[str, object], conditions: Iterable[Condition]) -> bool:
    """Return whether a JSON entity satisfies every condition."""
    return all(
        any(condition.fits(found) for found in found_at(entity, condition.path))
        for condition in conditions
    )
