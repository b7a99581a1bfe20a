"""Tell a person about a draft or an execution before anything is sent."""

from collections import Counter
from collections.abc import Iterable

from runner.app.explaining_outlook import outlook_parts
from runner.app.planning import Draft
from runner.model.plan import PlannedSandbox
from runner.model.spec import Limits, Spec
from runner.model.text import (
    brief,
    counted,
    duration_text,
    iso_time,
    shortened,
    terminal,
    terminal_block,
)
from runner.plan import ON_TERMINAL, alerts_in_words
from runner.progress import Table, aligned

_MOST_LINES = 20
_LONGEST_LINE = 300


def explained(draft: Draft) -> str:
    """Return the draft as text: what is chosen by sandbox, flow and error code, and why the rest is not."""
    staging = draft.staging
    chosen = sum(line.runs for line in staging.headlines())
    parts = [brief(f"{draft.spec.name}: {draft.spec.reason}")]
    parts += [brief(_window(draft))] if draft.header.windows else []
    counted_by = draft.clock.last_counted(draft.spec)
    parts += [counted_by] if counted_by and (draft.clock.differs or not chosen) else []
    parts += ["\n".join(file.words for file in draft.files)] if draft.files else []
    if chosen:
        parts.append(aligned(chosen_table(draft)).rstrip("\n"))
        parts += outlook_parts(draft.outlook)
    if staging.reasons():
        parts.append(aligned(passed_over_table(draft)).rstrip("\n"))
    told = draft.selection_lines(ON_TERMINAL)
    parts += ["\n".join(map(terminal, lines)) for lines in (told.matched, told.nothing) if lines]
    parts.append(_sum(draft, chosen))
    return "\n\n".join(parts)


def chosen_table(draft: Draft) -> Table:
    """Return the chosen runs by sandbox, flow and error code, largest first in each sandbox."""
    lines = draft.staging.headlines()
    rows = [
        (line.sandbox, line.flow_name or line.flow_id, line.error_code or "-", line.runs)
        for line in lines[:_MOST_LINES]
    ]
    more = sum(line.runs for line in lines[_MOST_LINES:])
    if more:
        rows.append(("", f"{len(lines) - _MOST_LINES} more lines", "", more))
    return Table(title="", headings=("sandbox", "flow", "error", "runs"), rows=tuple(rows))


def passed_over_table(draft: Draft) -> Table:
    """Return why runs are passed over."""
    rows = tuple(draft.staging.reasons())
    return Table(title="", headings=("sandbox", "passed over", "runs"), rows=rows)


def limits_in_words(limits: Limits) -> str:
    """Return limits as ``5 per second, 8 at once``."""
    words = [
        f"{limits.max_per_second:g} per second" if limits.max_per_second else "",
        f"{limits.max_at_once} at once" if limits.max_at_once else "",
        f"{limits.max_reads_per_second:g} reads per second" if limits.max_reads_per_second else "",
        f"{limits.max_running:,} running" if limits.max_running else "",
        f"{limits.max_per_day:,} a day" if limits.max_per_day else "",
    ]
    return ", ".join(word for word in words if word) or "no limit"


def question(
    counts: Iterable[tuple[PlannedSandbox, int]], *, spec: Spec, what: str = "Re-trigger"
) -> str:
    """Return the question that asks for consent: what for, organisation, each sandbox and its type, how many runs."""
    some = [(sandbox, count) for sandbox, count in counts if count]
    lines = [
        shortened(f"{spec.name}: {spec.reason}", longest=_LONGEST_LINE),
        f"Organisation {spec.connection.org_id} at {spec.connection.platform_url}",
        *(
            f"  {sandbox.name} ({sandbox.type or 'unknown'}): {counted(count, 'run')}"
            for sandbox, count in some
        ),
    ]
    total = sum(count for _, count in some)
    lines.append(f"Limits: {limits_in_words(spec.limits)}. A re-trigger cannot be undone.")
    lines.append(f"{what} {'this run' if total == 1 else f'these {total:,} runs'}?")
    return terminal_block("\n".join(lines))


def wave_question(wave: int, *, runs: int, failed: int, of: int) -> str:
    """Return the question that asks for consent to the next wave."""
    before = (
        f"Of the wave before, {failed} of {counted(of, 'run')} did not go well."
        if failed
        else "The wave before went well."
    )
    return f"{before}\nBegin wave {wave} with {counted(runs, 'run')}?"


def _window(draft: Draft) -> str:
    spans = Counter(
        f"{iso_time(window.from_ms) or 'the beginning'} to {iso_time(window.to_ms) or 'now'}"
        for window in draft.header.windows
    )
    return "runs that started from " + "; ".join(spans)


def _sum(draft: Draft, chosen: int) -> str:
    flows = len({(line.sandbox, line.flow_id) for line in draft.staging.headlines()})
    passed_over = sum(count for *_, count in draft.staging.reasons())
    if not chosen:
        return f"Nothing to re-trigger; {counted(passed_over, 'run')} passed over."
    forecast = draft.outlook.forecast
    least = duration_text(max(forecast.seconds, 1))
    lines = (
        f"{counted(chosen, 'run')} of {counted(flows, 'flow')} planned, {passed_over:,} passed over.",
        f"Takes at least {least} at {limits_in_words(draft.spec.limits)}; set by {forecast.bound_by}.",
        f"The platform's alerts: {alerts_in_words(chosen)}.",
    )
    return "\n".join(map(brief, lines))
