"""Show people at a terminal, or readers of a log, how an execution goes.

Only this room and the command line know the terminal library. Nothing here decides anything.
"""

from runner.model.report import IN_FLIGHT
from runner.progress.counting import Counting, choose_counting
from runner.progress.display import Display, choose_display
from runner.progress.table import (
    WHOLE,
    AtWork,
    Table,
    aligned,
    outcome_table,
    print_table,
    recovery_table,
    render_status,
)
from runner.progress.unresolved import unresolved_text

__all__ = [
    "IN_FLIGHT",
    "WHOLE",
    "AtWork",
    "Counting",
    "Display",
    "Table",
    "aligned",
    "choose_counting",
    "choose_display",
    "outcome_table",
    "print_table",
    "recovery_table",
    "render_status",
    "unresolved_text",
]
