"""The spec room: YAML in, every problem at once or a frozen Spec out.

Offline: nothing here asks the platform. It alone knows PyYAML and jsonschema. Each name is loaded when it is first
used, so that importing this package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.spec.check import (
        Checked,
        check_file,
        check_plan_spec,
        check_text,
        load_validated,
        read_spec,
    )
    from runner.spec.limit_words import limit_values
    from runner.spec.one_off import OneOff, one_off_text
    from runner.spec.problems import Problem, Severity, SpecInvalid
    from runner.spec.rendering import OutputFormat, render
    from runner.spec.runs_file import read_run_ids, run_ids_given
    from runner.spec.runs_rows import RowCount, RunsRead

_HOMES = {
    "Checked": "check",
    "OneOff": "one_off",
    "OutputFormat": "rendering",
    "Problem": "problems",
    "Severity": "problems",
    "RowCount": "runs_rows",
    "RunsRead": "runs_rows",
    "SpecInvalid": "problems",
    "check_file": "check",
    "check_plan_spec": "check",
    "check_text": "check",
    "limit_values": "limit_words",
    "load_validated": "check",
    "one_off_text": "one_off",
    "read_run_ids": "runs_file",
    "read_spec": "check",
    "render": "rendering",
    "run_ids_given": "runs_file",
}

__all__ = [
    "Checked",
    "OneOff",
    "OutputFormat",
    "Problem",
    "RowCount",
    "RunsRead",
    "Severity",
    "SpecInvalid",
    "check_file",
    "check_plan_spec",
    "check_text",
    "limit_values",
    "load_validated",
    "one_off_text",
    "read_run_ids",
    "read_spec",
    "render",
    "run_ids_given",
]


def __getattr__(name: str) -> object:
    """Load a public name from the module that defines it (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found
