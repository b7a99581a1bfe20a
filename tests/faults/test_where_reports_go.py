"""Where the reports of an execution go: where the command line says, else the spec; kept for all that comes after."""

from pathlib import Path

import pytest

from runner.app.status import report_again
from tests.faults.hall import RUNS, Hall, opened_hall

ELSEWHERE = Path("else where")


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def only_one_in(folder: Path) -> Path:
    (only,) = folder.iterdir()
    return only


def reports_of(hall: Hall) -> Path:
    return Path(hall.executions()[0].execution.reports_directory)


REPORTS = {"plan.jsonl", "plan.passed-over.jsonl", "results.csv", "events.jsonl", "spec.yaml"}


@pytest.mark.parametrize("planned", [False, True])
async def test_the_command_line_says_where_whatever_the_spec_says(
    working_folder: Path, *, planned: bool
) -> None:
    async with opened_hall(working_folder) as hall:
        plan = await hall.plan() if planned else None
        code = await hall.apply(plan, options={"report_directory": ELSEWHERE})

        assert code == 0, hall.said
        folder = only_one_in(ELSEWHERE)
        assert reports_of(hall) == folder
        assert names_in(folder) == REPORTS
        assert "reports" not in names_in(working_folder)


async def test_going_on_and_reporting_again_keep_to_it(working_folder: Path) -> None:
    async with opened_hall(working_folder) as hall:
        stopped = {"report_directory": ELSEWHERE, "stop_after_seconds": 0.0}
        assert await hall.apply(options=stopped) == 130, hall.said
        folder = reports_of(hall)
        (folder / "results.csv").unlink()
        assert await hall.apply() == 0, hall.said

        assert reports_of(hall) == folder
        assert names_in(folder) == REPORTS
        (folder / "results.csv").unlink()
        assert report_again(None, directory=None, house=hall.house()) == 0
        assert names_in(folder) == REPORTS
        assert "reports" not in names_in(working_folder)
        assert len(hall.accepted) == RUNS


async def test_going_on_may_say_another_place_from_then_on(working_folder: Path) -> None:
    async with opened_hall(working_folder) as hall:
        assert await hall.apply(options={"stop_after_seconds": 0.0}) == 130, hall.said
        name = reports_of(hall).name
        assert await hall.apply(options={"report_directory": ELSEWHERE}) == 0, hall.said

        assert reports_of(hall) == ELSEWHERE / name
        assert "results.csv" in names_in(ELSEWHERE / name)
        assert hall.executions()[0].execution.state == "finished"


async def test_what_was_applied_before_can_be_reported_elsewhere(working_folder: Path) -> None:
    async with opened_hall(working_folder) as hall:
        plan = await hall.plan()
        assert await hall.apply(plan) == 0
        assert await hall.apply(plan, options={"report_directory": ELSEWHERE}) == 0

        folder = only_one_in(ELSEWHERE)
        assert "results.csv" in names_in(folder)
        assert len(hall.accepted) == RUNS


@pytest.mark.parametrize("again", [False, True])
async def test_where_reports_cannot_be_written_nothing_is_sent(
    working_folder: Path, *, again: bool
) -> None:
    async with opened_hall(working_folder) as hall:
        hall.spec()
        if again:
            assert await hall.apply(options={"stop_after_seconds": 0.0}) == 130, hall.said
        before = hall.asked("retrigger"), hall.asked("runs")

        assert await hall.apply(options={"report_directory": Path("spec.json/reports")}) == 7
        assert "reports cannot be written here" in hall.said
        assert "--report-directory" in hall.said
        assert (hall.asked("retrigger"), hall.asked("runs")) == before
        assert await hall.apply() == 0, hall.said
