"""``report.html``: one self-contained page for people: no script, nothing loaded from elsewhere, rows capped.

The template is ``report.html.jinja`` beside this module. Every value is cut, passes through ``visible`` and
through Jinja's escaping, whatever the template forgets.
"""

from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from runner.model.markdown import is_web_address
from runner.model.text import iso_time, shortened, visible
from runner.model.words import OutcomeKind
from runner.report.advice import next_steps, recovery_in_words, verdict
from runner.report.facts import (
    DUPLICATED,
    REHEARSED,
    WHY_DUPLICATED,
    duration_of,
    facts_of,
    headline,
    rows_file,
)
from runner.report.highlights import duplicated_among, has_not_recovered, highlights_of
from runner.report.orders import told_in
from runner.report.source import ReportSource
from runner.report.step import Step, step_in_words
from runner.report.totals import COLUMNS, NOT_DONE, RECOVERIES, totals_of

if TYPE_CHECKING:
    from jinja2 import Template

MOST_ROWS = 2_000
MOST_REASONS = 25
MOST_DUPLICATED = 200
LONGEST_TEXT = 500
"""Of anything on the page; results.json has it whole."""
_IN_THE_HEADLINE = frozenset({"Reason", "State", "Stopped because"})


def write_html(source: ReportSource, file: TextIO) -> None:
    """Write the page."""
    execution = source.execution
    totals = totals_of(execution, source.tallies())
    sessions = source.sessions()
    worst = source.worst_flows()
    steps = next_steps(execution, source.tallies(), worst)
    file.writelines(
        _harmless(part)
        for part in _template().generate(
            execution=execution,
            headline=headline(execution),
            rehearsed=REHEARSED if execution.is_rehearsal else "",
            totals=totals,
            verdict=verdict(execution, totals),
            duration=duration_of(execution, sessions),
            facts=[
                fact for fact in facts_of(execution, sessions) if fact.label not in _IN_THE_HEADLINE
            ],
            steps=list(map(_step, steps)),
            folder=_whole(execution.working_folder) if any(step.command for step in steps) else "",
            outcomes=[word for word in COLUMNS if totals.apart_of(word)],
            recoveries=[
                (word, recovery_in_words(execution, totals, word))
                for word in RECOVERIES
                if totals.by_recovery[word]
            ],
            not_recovered=totals.not_recovered,
            not_done=totals.of_outcomes(*NOT_DONE),
            unresolved=totals.of_outcomes(OutcomeKind.UNRESOLVED),
            passed_over=totals.passed_over,
            told=told_in(source.events()),
            rows_file=rows_file(execution),
            most_reasons=MOST_REASONS,
            highlights=highlights_of(source.rows(), at_most=MOST_ROWS),
            has_not_recovered=has_not_recovered,
            duplicated=duplicated_among(source.rows(), at_most=MOST_DUPLICATED)
            if totals.duplicated
            else (),
            duplicated_title=DUPLICATED,
            why_duplicated=WHY_DUPLICATED.replace("`", ""),
            is_web_address=_is_short_web_address,
            iso_time=iso_time,
        )
    )


def _step(step: Step) -> object:
    """Return a step as a paragraph of the page, every part of it escaped."""
    from markupsafe import Markup, escape  # noqa: PLC0415  # Jinja's own: see below

    def shown(text: str) -> str:
        return escape(visible(text))

    return Markup(  # noqa: S704  # every part is escaped
        step_in_words(
            step,
            own=shown,
            foreign=lambda text: f"<bdi>{shown(text)}</bdi>",
            code=lambda text: f"<code>{shown(text)}</code>",
        )
    )


def _harmless(part: str) -> str:
    """Return the same HTML without ``##``: build servers read commands like ``##vso[...]`` in any line of a log."""
    return part.replace("##", "#&#35;") if "##" in part else part


def _whole(text: str) -> object:
    """Return our own text so that the template does not cut it: a command that is cut is another one."""
    from markupsafe import Markup  # noqa: PLC0415  # it comes with Jinja

    return Markup.escape(visible(text))


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
