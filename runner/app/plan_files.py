"""The plan that is kept with an execution's reports: written again from the journal where it was deleted or altered."""

import hashlib
from contextlib import suppress
from pathlib import Path

from runner.journal import Journal
from runner.model.report import Execution
from runner.plan import (
    NotTheSame,
    footer_in,
    passed_over_path,
    restore_passed_over,
    restore_plan,
)
from runner.report import rows_file

PLAN = "plan.jsonl"


def plan_restored(journal: Journal, execution: Execution, folder: Path) -> tuple[Path, ...]:
    """Write what is missing of a plan's files, byte for byte, and return their paths.

    A file that is there is left as it is where it is the one that was there, and written again where it is not. Where
    the journal cannot give the very bytes nothing is written: see ``why_not_restored``.
    """
    plan, ends = folder / PLAN, journal.plan_ends(execution.id)
    if not ends.header:
        return ()
    beside, beside_sha256 = passed_over_path(plan), footer_in(ends).passed_over_sha256
    written: list[Path] = []
    with suppress(NotTheSame):
        if not _is_there(plan, execution.plan_sha256):
            runs = journal.planned(execution.id)
            written.append(restore_plan(plan, ends=ends, runs=runs, sha256=execution.plan_sha256))
    with suppress(NotTheSame):  # also where it was not brought along with the plan
        if not _is_there(beside, beside_sha256):
            passed_over = journal.passed_over(execution.id)
            written.append(restore_passed_over(beside, runs=passed_over, sha256=beside_sha256))
    return tuple(written)


def why_not_restored(journal: Journal, execution: Execution, folder: Path) -> str:
    """Return why a folder is without the plan that was kept there, or nothing: it is there."""
    if _is_there(folder / PLAN, execution.plan_sha256):
        return ""
    if not journal.plan_ends(execution.id).header:
        why = "the execution was begun by a retrigger that did not keep all of it in the journal"
    else:
        why = "some text in it cannot be kept in a journal as the platform wrote it"
    fact = f"{folder / PLAN}: cannot be written again byte for byte, and so is not: {why}"
    return f"{fact}. {rows_file(execution)} names its runs."


def _is_there(path: Path, sha256: str) -> bool:
    with suppress(OSError), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    return False
