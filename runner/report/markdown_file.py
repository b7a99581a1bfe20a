"""``summary.md``: one page for a CI job's summary or a pull request.

Bounded: long lists are cut and say how many more there are. Everything written by others is shown as inline code.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TextIO

from runner.model.markdown import is_web_address, markdown, markdown_link
from runner.model.report import Execution, ResultRow
from runner.model.text import counted, person_time, shortened
from runner.model.words import OutcomeKind
from runner.report.advice import next_steps, recovery_in_words, verdict, worked_from
from runner.report.facts import (
    DUPLICATED,
    REHEARSED,
    WHY_DUPLICATED,
    Fact,
    facts_of,
    headline,
    rows_file,
)
from runner.report.highlights import duplicated_among, highlights_of
from runner.report.orders import Told, told_in
from runner.report.rates import Rates
from runner.report.source import ReportSource
from runner.report.step import Step, step_in_words
from runner.report.totals import COLUMNS, NOT_DONE, ReasonCount, Totals, totals_of

MOST_REASONS = 10
MOST_UNRESOLVED = 50
MOST_DUPLICATED = 50
_LONGEST_TEXT = 300


def write_markdown(source: ReportSource, file: TextIO) -> None:
    """Write the page."""
    execution = source.execution
    totals = totals_of(execution, source.tallies())
    told = told_in(source.events())
    worst = source.worst_flows()
    all_rows = rows_file(execution)
    sections: tuple[Iterable[str], ...] = (
        [
            f"# {headline(execution)}: {_shown(execution.spec_name)}",
            "",
            *([f"**{REHEARSED}**", ""] if execution.is_rehearsal else []),
            verdict(execution, totals),
            "",
        ],
        _facts(facts_of(execution, source.sessions())),
        _steps(execution, next_steps(execution, source.tallies(), worst)),
        _outcomes(totals),
        _recoveries(execution, totals),
        _reasons(
            "Not recovered, by reason", totals.not_recovered, all_rows=all_rows, word="recovery"
        ),
        _reasons(
            "Not re-triggered, by reason",
            totals.of_outcomes(*NOT_DONE),
            all_rows=all_rows,
        ),
        _unresolved(source, totals),
        _duplicated(source, totals),
        _orders(told),
        _rates(told.rates),
        _reasons("Passed over by the plan, by reason", totals.passed_over, all_rows=all_rows),
        [f"Every run with its new run is in `{all_rows}`, beside this page.", ""],
    )
    file.write("\n".join(chain.from_iterable(sections)))


def _facts(facts: Sequence[Fact]) -> Iterator[str]:
    yield from ("| | |", "|---|---|")
    for fact in facts:
        yield f"| {fact.label} | {_fact_value(fact)} |"
    yield ""


def _fact_value(fact: Fact) -> str:
    if not fact.foreign:
        return fact.value
    if is_web_address(fact.value) and len(fact.value) <= _LONGEST_TEXT:
        return markdown_link(fact.value)
    return _shown(fact.value)


def _steps(execution: Execution, steps: Sequence[Step]) -> Iterator[str]:
    if not steps:
        return
    yield from ("## What to do next", "")
    if execution.working_folder and any(step.command for step in steps):
        folder, host = markdown(execution.working_folder), markdown(execution.host)
        yield from (f"From {folder} on {host}:", "")
    for step in steps:
        yield f"- {step_in_words(step, foreign=_shown, code=markdown)}"
    yield ""


def _outcomes(totals: Totals) -> Iterator[str]:
    shown = [word for word in COLUMNS if totals.apart_of(word)]
    if not shown:
        return
    yield from ("## Outcomes", "")
    yield _table_row(["sandbox", *shown, "runs"])
    yield _table_row(["---", *["--:" for _ in shown], "--:"])
    for sandbox, counts in totals.apart.items():
        yield _table_row(
            [_shown(sandbox), *_numbers(counts[word] for word in shown), _sum(counts.values())]
        )
    if len(totals.apart) > 1:
        overall = map(totals.apart_of, shown)
        yield _table_row(["**all**", *_numbers(overall), f"{totals.runs:,}"])
    yield ""


def _recoveries(execution: Execution, totals: Totals) -> Iterator[str]:
    counts = {word: count for word, count in totals.by_recovery.items() if count}
    if not counts:
        return
    yield from ("## Recovery of the re-triggered runs", "", "| recovery | runs |", "|---|--:|")
    for word, count in counts.items():
        yield _table_row([recovery_in_words(execution, totals, word), f"{count:,}"])
    yield ""


def _reasons(
    title: str, reasons: Sequence[ReasonCount], *, all_rows: str, word: str = "outcome"
) -> Iterator[str]:
    if not reasons:
        return
    yield from (f"## {title}", "", f"| runs | {word} | reason |", "|--:|---|---|")
    for each in reasons[:MOST_REASONS]:
        reason = _shown(each.reason)
        yield _table_row([f"{each.count:,}", each.outcome, reason])
    yield ""
    rest = reasons[MOST_REASONS:]
    if rest:
        runs = sum(each.count for each in rest)
        yield from (
            f"… and {counted(len(rest), 'more reason')} ({counted(runs, 'run')}); `{all_rows}` has them all.",
            "",
        )


def _rates(rates: Rates) -> Iterator[str]:
    if not rates.steps:
        return
    yield from ("## Rate", "", "| at | sandbox | calls | change | why |", "|---|---|--:|---|---|")
    for step in rates.steps:
        sandbox = markdown(step.sandbox) if step.sandbox else "all"
        why = markdown(step.reason)
        yield _table_row([step.at[11:19], sandbox, step.rate, step.change_in_words, why])
    yield ""
    if rates.more:
        yield from (f"… and {counted(rates.more, 'more change')}; `events.jsonl` has them all.", "")


def _orders(told: Told) -> Iterator[str]:
    if not told.orders:
        return
    yield from (
        "## Orders while it worked",
        "",
        "| at | who | order | refused |",
        "|---|---|---|---|",
    )
    for each in told.orders:
        refused = _shown(each.refused) if each.refused else ""
        yield _table_row([each.at[11:19], _shown(each.who), _shown(each.order), refused])
    yield ""
    if told.more_orders:
        yield from (f"… and {told.more_orders:,} more orders; `events.jsonl` has them all.", "")


def _unresolved(source: ReportSource, totals: Totals) -> Iterator[str]:
    count = totals.by_outcome[OutcomeKind.UNRESOLVED]
    if not count:
        return
    all_rows = rows_file(source.execution)
    if count > 1:  # the one is told below
        reasons = totals.of_outcomes(OutcomeKind.UNRESOLVED)
        yield from _reasons("Unresolved, by reason", reasons, all_rows=all_rows)
    # Unresolved rows rank first, so the highlights are theirs; the pass is spared when there are none.
    rows = highlights_of(source.rows(), at_most=min(count, MOST_UNRESOLVED)).rows
    yield from ("## Unresolved", "")
    command = markdown(worked_from(source.execution).command("reconcile", source.execution.id))
    yield f"For each: {command} looks for a new run of the same flow. If it cannot tell, compare the"
    yield "flow's newest runs in the platform with the time it was asked, before anything else touches this flow."
    yield from ("", "| sandbox | flow | run | asked | reason |", "|---|---|---|---|---|")
    yield from (_unresolved_row(row) for row in rows)
    yield ""
    if count > len(rows):
        yield from (
            f"… and {count - len(rows):,} more; `{all_rows}` has them all.",
            "",
        )


def _unresolved_row(row: ResultRow) -> str:
    return _table_row(
        [
            _shown(row.sandbox),
            _shown(row.flow_name or row.flow_id),
            _shown(row.old_run_id),
            person_time(row.asked_at_ms),
            _shown(row.reason),
        ]
    )


def _duplicated(source: ReportSource, totals: Totals) -> Iterator[str]:
    if not totals.duplicated:
        return
    yield from (f"## {DUPLICATED}", "", WHY_DUPLICATED)
    yield from ("", "| sandbox | flow | run | new run | duplicated by |", "|---|---|---|---|---|")
    rows = duplicated_among(source.rows(), at_most=MOST_DUPLICATED)
    yield from (_duplicated_row(row) for row in rows)
    yield ""
    if totals.duplicated > len(rows):
        more = totals.duplicated - len(rows)
        yield from (f"… and {more:,} more; `results.csv` has them all.", "")


def _duplicated_row(row: ResultRow) -> str:
    flow = row.flow_name or row.flow_id
    cells = (row.sandbox, flow, row.old_run_id, row.new_run_id, row.duplicated_by)
    return _table_row(map(_shown, cells))


def _shown(text: str) -> str:
    return markdown(shortened(text, longest=_LONGEST_TEXT))


def _table_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _numbers(counts: Iterable[int]) -> list[str]:
    return [f"{count:,}" for count in counts]


def _sum(counts: Iterable[int]) -> str:
    return f"{sum(counts):,}"
