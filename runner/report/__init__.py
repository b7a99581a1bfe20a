"""Turn what the journal knows of one execution into files for people, spreadsheets and programs.

Every file is a pure function of its source: the same journal gives the same bytes, on any machine, in any year. What
is not done here: reading the journal, and writing ``plan.jsonl``.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TextIO

from runner.files import opened_folder
from runner.model.words import ReportFormat
from runner.report.advice import next_steps, resume_command, verdict
from runner.report.causes import KINDS_WITH_FLOWS, Worst
from runner.report.csv_file import write_csv
from runner.report.facts import FILE_NAMES, rows_file
from runner.report.highlights import duplicated_among
from runner.report.html_file import write_html
from runner.report.json_file import write_json
from runner.report.junit_file import write_junit
from runner.report.markdown_file import write_markdown
from runner.report.rates import rates_of
from runner.report.run_story import run_json, run_text
from runner.report.source import ReportSource
from runner.report.status_json import Standing, Worker, status_json
from runner.report.step import MOST_FLOWS, Step, step_in_words
from runner.report.totals import NOT_DONE, totals_of

__all__ = [
    "FILE_NAMES",
    "KINDS_WITH_FLOWS",
    "MOST_FLOWS",
    "NOT_DONE",
    "ReportSource",
    "Standing",
    "Step",
    "Worker",
    "Worst",
    "duplicated_among",
    "next_steps",
    "rates_of",
    "resume_command",
    "rows_file",
    "run_json",
    "run_text",
    "status_json",
    "step_in_words",
    "totals_of",
    "verdict",
    "write_reports",
]

_Write = Callable[[ReportSource, TextIO], None]
_WRITERS: Mapping[ReportFormat, _Write] = {
    ReportFormat.CSV: write_csv,
    ReportFormat.JSON: write_json,
    ReportFormat.MARKDOWN: write_markdown,
    ReportFormat.HTML: write_html,
}


def write_reports(
    source: ReportSource, *, directory: Path, formats: Sequence[ReportFormat]
) -> tuple[Path, ...]:
    """Write the reports of one execution into ``directory`` and return their paths, in a fixed order.

    The folder is made 0700 and each file 0600. All of them appear whole, or all stay as they were. What has to be put
    aside meanwhile is put into the same folder: there may be no other that can be written.

    Raises:
        UsageError: ``directory`` is a symbolic link, or no folder.
        CannotWrite: the disk refuses.
    """
    with opened_folder(directory, ours=True) as folder:
        writers: Mapping[ReportFormat, _Write] = {
            **_WRITERS,
            ReportFormat.JUNIT: partial(write_junit, aside=str(folder.path)),
        }
        wanted = [(FILE_NAMES[kind], writers[kind]) for kind in FILE_NAMES if kind in formats]
        return folder.write_all(
            (name, partial(write, source)) for name, write in (*wanted, *_ALWAYS)
        )


def _write_events(source: ReportSource, file: TextIO) -> None:
    file.writelines(f"{line}\n" for line in source.events())


def _write_spec(source: ReportSource, file: TextIO) -> None:
    file.write(source.execution.spec_text)


_ALWAYS = (("events.jsonl", _write_events), ("spec.yaml", _write_spec))
