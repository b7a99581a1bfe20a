"""`plan`: find, explain and write, and send nothing but reads."""

import asyncio
from functools import partial
from pathlib import Path
from typing import TextIO

from runner.app.explaining import explained, limits_in_words
from runner.app.house import House, advised
from runner.app.journals import require_history, tell_absence, tell_journal
from runner.app.planning import Draft, drafted
from runner.app.platform import opened_platform
from runner.app.reading import spec_of_file
from runner.app.signals import Interrupted, Stopping, signals_handled
from runner.app.starting import whereabouts
from runner.errors import UsageError
from runner.files import opened_folder
from runner.journal import Journal, open_journal, stands
from runner.model.advised import recorded
from runner.model.text import terminal
from runner.plan import IN_MARKDOWN, plan_summary

WORK_TO_DO = 8


async def plan(
    path: Path,
    *,
    output: Path | None,
    detailed_exit_code: bool,
    require_journal: bool = False,
    house: House,
    fail_if_empty: bool = False,
) -> int:
    """Plan a spec; write the plan and its summary where asked; return the exit code.

    Raises UsageError where nothing is left because exclusions cannot be judged, and with ``fail_if_empty``, when all is
    written, where there is nothing to re-trigger.
    """
    spec = spec_of_file(path, house=house)
    _refuse_output(output, path)
    journal = _journal(spec.connection.org_id, required=require_journal, house=house)
    stopping = Stopping.cancelling(asyncio.current_task())
    try:
        with signals_handled(stopping):
            async with (
                opened_platform(spec, house=house) as (service, gate),
                drafted(
                    spec, service=service, gate=gate, journal=journal, again=False, house=house
                ) as draft,
            ):
                house.console.out(explained(draft))
                draft.refuse_undecided()
                if output:
                    await asyncio.to_thread(_write, draft, output, house)
                if fail_if_empty:
                    draft.refuse_empty()
                return WORK_TO_DO if detailed_exit_code and not draft.is_empty else 0
    except asyncio.CancelledError:
        raise Interrupted(f"{stopping.asked or 'interrupted'}; nothing was sent.") from None
    finally:
        if journal:
            journal.close()


def _refuse_output(output: Path | None, spec: Path) -> None:
    """Refuse what is no place for a plan and its summary; raises UsageError before anything is read or written."""
    if output is None:
        return
    try:
        why = _why_no_place(output, spec)
    except OSError as error:  # a name that is too long, a folder that may not be looked into
        why = f"it cannot be looked at ({error.strerror or error})"
    if why:
        raise UsageError(f"{output}: {why}.", remedy="Name a file for the plan, like plan.jsonl.")


def _why_no_place(output: Path, spec: Path) -> str:
    is_there = output.exists()
    reasons = {
        "this is a folder": output.is_dir(),
        "a plan is a file that can be reviewed; it is not written to standard output": output.name
        == "-",
        "the plan's summary gets this ending, and would be written over the plan": output.suffix
        == ".md",
        "this is a link or a device, and a file would stand in its place": output.is_symlink()
        or (is_there and not output.is_file()),
        "the plan would be written over the spec": is_there and output.samefile(spec),
        "its folder is not there": not output.absolute().parent.is_dir(),
    }
    return next((reason for reason, applies in reasons.items() if applies), "")


def _journal(org_id: str, *, required: bool, house: House) -> Journal | None:
    """Return the journal where there is one; a plan makes none."""
    if required:
        require_history(org_id, house=house)
    if not stands(house.journal_place):
        tell_absence(house=house)
        return None
    journal = open_journal(house.journal_place, make=False)
    tell_journal(journal, org_id, house=house)
    return journal


def _write(draft: Draft, output: Path, house: House) -> None:
    written = draft.write(output)
    summary, at = output.with_suffix(".md"), whereabouts(str(output), (), house=house)
    text = plan_summary(
        written,
        headlines=draft.staging.headlines(),
        reasons=draft.staging.reasons(),
        outlook=draft.outlook,
        limits=limits_in_words(draft.spec.limits),
        selection=draft.selection_lines(IN_MARKDOWN),
        files=[file.words for file in draft.files],
        at=recorded(folder=at.working_folder, journal_place=at.journal_place),
    )
    with opened_folder(output.parent, ours=False) as folder:
        folder.write(summary.name, fill=partial(_fill, text))
    house.console.out(terminal(f"plan: {output} (summary: {summary})"))
    house.console.out(terminal(f"apply it with: {advised(house, 'apply', output)}"))


def _fill(text: str, file: TextIO) -> None:
    file.write(text)
