"""The runs whose fate is unknown, each with what a person needs to look it up: ids whole, and what was seen."""

from collections.abc import Sequence

from runner.model.report import ResultRow
from runner.model.text import counted, person_time, shortened, terminal

_LONGEST_NAME = 100
_LONGEST_REASON = 1000


def unresolved_text(rows: Sequence[ResultRow], *, more: int) -> str:
    """Return two lines for each run, and how many ``more`` there are; nothing where there is none."""
    if not rows:
        return ""
    lines = [f"unresolved: {counted(len(rows) + more, 'run')}, asked for without an answer"]
    for row in rows:
        lines += [f"- {terminal(_where(row))}", f"  {terminal(_seen(row))}"]
    if more:
        lines.append(f"  and {more:,} more: --format json names them all")
    return "\n".join(lines)


def _where(row: ResultRow) -> str:
    named = f" ({shortened(row.flow_name, longest=_LONGEST_NAME)})" if row.flow_name else ""
    asked = person_time(row.asked_at_ms)
    return f"{row.sandbox}: run {row.old_run_id} of flow {row.flow_id}{named}, asked {asked}"


def _seen(row: ResultRow) -> str:
    return shortened(row.reason, longest=_LONGEST_REASON) or "nothing is known of it"
