"""Plans as files: written whole, read whole or refused; and what a person is told of one."""

from runner.plan.file import (
    PLAN_VERSION,
    PassedOverFile,
    PlanFile,
    passed_over_path,
    read_forecast,
    read_passed_over,
    read_plan,
    write_plan,
)
from runner.plan.forecast import Pace, Waiting, forecast
from runner.plan.outlook_words import (
    advice_in_words,
    alerts_in_words,
    flows_in_words,
    sources_in_words,
)
from runner.plan.restore import NotTheSame, footer_in, restore_passed_over, restore_plan
from runner.plan.selection_words import (
    IN_MARKDOWN,
    ON_TERMINAL,
    SelectionLines,
    Shown,
    Undecided,
    selection_lines,
)
from runner.plan.summary import Headline, plan_summary
from runner.plan.waves import wave_ends

__all__ = [
    "IN_MARKDOWN",
    "ON_TERMINAL",
    "PLAN_VERSION",
    "Headline",
    "NotTheSame",
    "Pace",
    "PassedOverFile",
    "PlanFile",
    "SelectionLines",
    "Shown",
    "Undecided",
    "Waiting",
    "advice_in_words",
    "alerts_in_words",
    "flows_in_words",
    "footer_in",
    "forecast",
    "passed_over_path",
    "plan_summary",
    "read_forecast",
    "read_passed_over",
    "read_plan",
    "restore_passed_over",
    "restore_plan",
    "selection_lines",
    "sources_in_words",
    "wave_ends",
    "write_plan",
]
