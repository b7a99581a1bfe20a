"""What a schema cannot say about ``sandboxes``: things named twice, windows that select nothing, files of run ids."""

from runner.model.words import RunId
from runner.spec import document
from runner.spec.durations import time_ms, time_word
from runner.spec.printable import quoted
from runner.spec.runs_file import RUNS_FILE, problem_in_file, runs_file_faults
from runner.spec.runs_rows import RowCount, RunsRead
from runner.spec.view import View

_CLOCK_SKEW_MS = 3_600_000
_FAR_FUTURE_MS = 24 * 3_600_000
_LIMITS = ("max_per_second", "max_at_once", "max_running", "max_per_day", "max_reads_per_second")
_STILL_GOING = ("inProgress", "queued", "scheduled")


def check_sandboxes(view: View) -> None:
    """Note what is wrong with each sandbox, and between them."""
    _check_names(view)
    for number, _ in enumerate(view.items("sandboxes")):
        _check_emptiness(view, number)
        listed, excluded = _check_run_ids(view, number)
        _check_limits(view, number)
        _check_runs_from(view, number, listed=listed, excluded=excluded)
        for index, _ in enumerate(view.items("sandboxes", number, "filters")):
            _check_window(view, number, index)
            _check_statuses(view, number, index)


def _check_names(view: View) -> None:
    first: dict[str, int] = {}
    for number, _ in enumerate(view.items("sandboxes")):
        name = view.text("sandboxes", number, "name")
        if name is None:
            continue
        if name in first:
            line = view.source.line_of(("sandboxes", first[name], "name"))
            view.error(
                "sandboxes",
                number,
                "name",
                code="twice",
                message=f"the sandbox {quoted(name)} stands here a second time; the first is on line {line}.",
                remedy="Put everything about a sandbox into one entry.",
                found=name,
            )
        first.setdefault(name, number)


def _check_emptiness(view: View, number: int) -> None:
    sandbox = view.at("sandboxes", number)
    if not isinstance(sandbox, dict) or "runs_from" in sandbox:
        return
    mentioned = view.is_written("sandboxes", number, "runs") or view.is_written(
        "sandboxes", number, "filters"
    )
    if mentioned and sandbox.get("runs") == [] and sandbox.get("filters") == []:
        view.error(
            "sandboxes",
            number,
            code="empty",
            message="this sandbox names no runs and has no filters.",
            remedy="List run ids under runs, or add a filter.",
        )


def _check_run_ids(view: View, number: int) -> tuple[frozenset[RunId], frozenset[RunId]]:
    """Return the ids that are listed and those that are excluded, and note what is wrong with them."""
    runs = _check_listed_once(view, "sandboxes", number, "runs")
    excluded = _check_listed_once(view, "sandboxes", number, "exclude", "runs")
    for run_id, index in excluded.items():
        if run_id in runs:
            line = view.source.line_of(("sandboxes", number, "runs", runs[run_id]))
            view.error(
                "sandboxes",
                number,
                "exclude",
                "runs",
                index,
                code="contradiction",
                message=f"the run {quoted(run_id)} is excluded here and asked for on line {line}.",
                remedy="Remove it from one of the two.",
                found=run_id,
            )
    return frozenset(runs), frozenset(excluded)


def _check_listed_once(view: View, *path: str | int) -> dict[RunId, int]:
    """Return the ids of a list with the index of each, and note those that come again."""
    first: dict[RunId, int] = {}
    for index, written in enumerate(view.items(*path)):
        if not isinstance(written, str) or (*path, index) in view.wrong or "${" in written:
            continue
        run_id = RunId(written)
        if first.setdefault(run_id, index) != index:
            line = view.source.line_of((*path, first[run_id]))
            view.error(
                *path,
                index,
                code="twice",
                message=f"the run {quoted(run_id)} stands here a second time; the first is on line {line}.",
                remedy="Remove one of the two.",
                found=run_id,
            )
    return first


def _check_limits(view: View, number: int) -> None:
    for key in _LIMITS:
        own = view.number("sandboxes", number, "limits", key)
        whole = view.number("limits", key)
        if own is not None and whole is not None and own > whole:
            default = "" if view.is_written("limits", key) else ", its default"
            view.warn(
                "sandboxes",
                number,
                "limits",
                key,
                code="limit-without-effect",
                message=f"the whole execution has {key}: {whole:g}{default}, and the strictest level wins.",
                remedy=f"Raise limits.{key}, or lower this.",
            )


def _check_runs_from(
    view: View, number: int, *, listed: frozenset[RunId], excluded: frozenset[RunId]
) -> None:
    name = view.text("sandboxes", number, "runs_from")
    if name is None or view.around.resuming:
        return
    path = view.around.base / name
    sandbox = view.text("sandboxes", number, "name")
    count = RowCount(sandbox=sandbox, listed=listed, excluded=excluded)
    faults = runs_file_faults(path, sandbox=sandbox, count=count)
    if count.taken:
        where = document.place(view.source.root, ("sandboxes", number, "runs_from"))
        view.files.append(RunsRead(view.source.file, where, str(path), count))
    for fault in faults:
        if fault.line:
            view.problems.append(problem_in_file(str(path), fault))
        else:
            view.error(
                "sandboxes",
                number,
                "runs_from",
                code=RUNS_FILE,
                message=fault.message,
                remedy=fault.remedy,
                found=name,
            )


def _check_window(view: View, number: int, index: int) -> None:
    path = ("sandboxes", number, "filters", index, "started")
    start = _moment(view, *path, "from")
    end = _moment(view, *path, "to")
    if start is not None and end is not None and start >= end:
        view.error(
            *path,
            "to",
            code="window",
            message="to is not after from, so no run can have started between them.",
            remedy="Swap the two, or write a later to.",
        )
    elif start is not None and start > view.around.now_ms + _CLOCK_SKEW_MS:
        view.error(
            *path,
            "from",
            code="window",
            message=f"from lies in the future (it is {time_word(view.around.now_ms)} now), so no run can fit.",
            remedy="Look at the year, the month and the offset.",
        )
    elif end is not None and end > view.around.now_ms + _FAR_FUTURE_MS:
        view.warn(
            *path,
            "to",
            code="window",
            message=f"to lies more than a day in the future (it is {time_word(view.around.now_ms)} now).",
            remedy="Look at the date, or leave to out for everything since from.",
        )


def _moment(view: View, *path: str | int) -> int | None:
    word = view.text(*path)
    if word is None:
        return None
    try:
        return time_ms(word)
    except ValueError:
        view.error(
            *path,
            code="no-such-time",
            message=f"{quoted(word)} does not exist in the calendar or on the clock.",
            remedy="Look at the day of the month, the hour and the offset.",
            found=word,
        )
        return None


def _check_statuses(view: View, number: int, index: int) -> None:
    path = ("sandboxes", number, "filters", index, "status")
    for place, _ in enumerate(view.items(*path)):
        status = view.text(*path, place)
        if status in _STILL_GOING:
            view.warn(
                *path,
                place,
                code="not-eligible",
                message=f"a run that is {status} has not ended, so it is found and then passed over.",
                remedy="Leave this status out.",
            )
        elif status in {"success", "completed"}:
            view.warn(
                *path,
                place,
                code="would-load-twice",
                message="runs that succeeded with records would load them a second time, or be refused.",
                remedy="For successes without records alone, write zero_records: true instead.",
            )
