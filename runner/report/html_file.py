"""``report.html``: one self-contained page for people: no script, nothing loaded from elsewhere, rows capped.

The template is ``report.html.jinja`` beside this module. Every value is cut, passes through ``visible`` and
through Jinja's escaping, whatever the template forgets.
"""

from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from runner.model.markdown import is_web_address
from runner.model.text import iso_time, shortened, visible
from runner.model.words import OutcomeKind
from runner.report.advice import next_steps, verdict
from runner.report.facts import REHEARSED, duration_of, facts_of, headline
from runner.report.highlights import has_not_recovered, highlights_of
from runner.report.orders import told_in
from runner.report.source import ReportSource
from runner.report.totals import NOT_DONE, OUTCOMES, RECOVERIES, totals_of

if TYPE_CHECKING:
    from jinja2 import Template

MOST_ROWS = 2_000
MOST_REASONS = 25
LONGEST_TEXT = 500
"""Of anything on the page; results.json has it whole."""
_IN_THE_HEADLINE = frozenset({"Reason", "State", "Stopped because"})


def write_html(source: ReportSource, file: TextIO) -> None:
    """Write the page."""
    execution = source.execution
    totals = totals_of(execution, source.tallies())
    file.writelines(
        _template().generate(
            execution=execution,
            headline=headline(execution),
            rehearsed=REHEARSED if execution.is_rehearsal else "",
            totals=totals,
            verdict=verdict(execution, totals),
            duration=duration_of(execution),
            facts=[fact for fact in facts_of(execution) if fact.label not in _IN_THE_HEADLINE],
            steps=next_steps(execution, source.tallies()),
            outcomes=[word for word in OUTCOMES if totals.by_outcome[word]],
            recoveries=[word for word in RECOVERIES if totals.by_recovery[word]],
            not_recovered=totals.not_recovered,
            refused=totals.of_outcomes(*NOT_DONE),
            skipped=totals.of_outcomes(OutcomeKind.SKIPPED),
            told=told_in(source.events()),
            most_reasons=MOST_REASONS,
            highlights=highlights_of(source.rows(), at_most=MOST_ROWS),
            has_not_recovered=has_not_recovered,
            is_web_address=_is_short_web_address,
            iso_time=iso_time,
        )
    )


def _is_short_web_address(url: str) -> bool:
    return len(url) <= LONGEST_TEXT and is_web_address(url)


def _template() -> "Template":
    # Jinja takes 40 ms to load, which `retrigger --help` should not pay for.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415  # see above

    def shown(value: object) -> object:
        ready = hasattr(value, "__html__")  # what a macro gave: its values were shown already
        if not isinstance(value, str) or ready:
            return value
        return visible(shortened(value, longest=LONGEST_TEXT))

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("report.html.jinja")
