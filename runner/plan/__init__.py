"""Plans as files: written whole, read whole or refused; and what a person is told of one."""

from runner.plan.file import (
    PLAN_VERSION,
    PassedOverFile,
    PlanFile,
    passed_over_path,
    read_passed_over,
    read_plan,
    write_plan,
)
from runner.plan.forecast import expected_seconds
from runner.plan.summary import Headline, plan_summary
from runner.plan.waves import wave_ends

__all__ = [
    "PLAN_VERSION",
    "Headline",
    "PassedOverFile",
    "PlanFile",
    "expected_seconds",
    "passed_over_path",
    "plan_summary",
    "read_passed_over",
    "read_plan",
    "wave_ends",
    "write_plan",
]
