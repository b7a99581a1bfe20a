"""The plan that is kept with an execution's reports comes back with them, byte for byte."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from runner.app.status import report_again
from tests.faults.hall import Hall, opened_hall

FILES = ("plan.jsonl", "plan.passed-over.jsonl")
MIXED = [
    {
        "name": "prod",
        "filters": [{"status": ["failed"], "started": {"last": "24h"}}],
        "exclude": {"flows": ["S3 1"]},
    }
]


def folder_of(hall: Hall) -> Path:
    return Path(hall.executions()[0].execution.reports_directory)


def kept_in(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES if (folder / name).exists()}


def deleted(folder: Path) -> None:
    shutil.rmtree(folder)


def altered(folder: Path) -> None:
    for name in FILES:
        (folder / name).write_bytes((folder / name).read_bytes() + b"{}\n")


def gone_in_part(folder: Path) -> None:
    (folder / FILES[1]).unlink()


def written_again(hall: Hall, directory: Path | None = None) -> str:
    before = len(hall.ear.said)
    assert report_again(None, directory=directory, house=hall.house()) == 0
    return "\n".join(hall.ear.said[before:])


@pytest.mark.parametrize("harm", [deleted, altered, gone_in_part])
@pytest.mark.parametrize("from_plan", [False, True])
async def test_report_writes_the_plan_again(
    working_folder: Path, harm: object, *, from_plan: bool
) -> None:
    async with opened_hall(working_folder) as hall:
        path = await hall.plan(sandboxes=MIXED) if from_plan else None
        assert await hall.apply(path, sandboxes=MIXED) == 0, hall.said
        folder = folder_of(hall)
        before = kept_in(folder)
        assert set(before) == set(FILES)
        assert before[FILES[1]].count(b"\n") == 2
        harm(folder)  # type: ignore[operator]  # one of those above
        said = written_again(hall)

        assert kept_in(folder) == before
        assert str(folder / FILES[1]) in said
        assert "plan" not in written_again(hall)  # it is there, and as it was
        assert await hall.apply(folder / "plan.jsonl") == 0
        assert "this very plan was applied before" in hall.said


async def test_going_on_where_the_folder_was_deleted_writes_the_plan_again(
    working_folder: Path,
) -> None:
    async with opened_hall(working_folder) as hall:
        assert await hall.apply(options={"stop_after_seconds": 0.0}) == 130, hall.said
        folder = folder_of(hall)
        before = kept_in(folder)
        deleted(folder)
        assert await hall.apply() == 0, hall.said

        assert kept_in(folder) == before


async def test_a_folder_elsewhere_gets_the_plan_too(working_folder: Path) -> None:
    async with opened_hall(working_folder) as hall:
        assert await hall.apply() == 0, hall.said
        written_again(hall, Path("copy"))

        assert kept_in(Path("copy")) == kept_in(folder_of(hall))


async def test_runs_that_were_not_brought_along_with_a_plan_do_not_come_back(
    working_folder: Path,
) -> None:
    async with opened_hall(working_folder) as hall:
        path = await hall.plan(sandboxes=MIXED)
        gone_in_part_of(path)
        assert await hall.apply(path) == 0, hall.said
        before = kept_in(folder_of(hall))
        assert set(before) == {"plan.jsonl"}
        deleted(folder_of(hall))
        written_again(hall)

        assert kept_in(folder_of(hall)) == before


def gone_in_part_of(plan: Path) -> None:
    plan.with_name("journal.plan.passed-over.jsonl").unlink()


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        ("UPDATE executions SET plan_header = '', plan_footer = ''", "did not keep all of it"),
        ("UPDATE planned SET error_message = 'something else'", "cannot be kept in a journal"),
    ],
)
async def test_where_it_cannot_be_the_same_it_is_left_out_and_that_is_said(
    working_folder: Path, harm: str, why: str
) -> None:
    async with opened_hall(working_folder) as hall:
        assert await hall.apply() == 0, hall.said
        folder = folder_of(hall)
        with sqlite3.connect("journal.db") as journal:
            journal.execute(harm)
        journal.close()
        assert "plan" not in written_again(hall)  # it is still there
        deleted(folder)
        said = written_again(hall)

        assert f"{folder}/plan.jsonl: cannot be written again byte for byte" in said
        assert why in said
        assert "results.csv names its runs" in said
        assert "plan.jsonl" not in kept_in(folder)
