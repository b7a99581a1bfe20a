"""An id means the same however it is spelt, by a person, by the platform, and by a journal of before."""

import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from runner.app.plan_command import plan
from tests.faults.hall import Hall, opened_hall

RUNS = [f"{letter * 8}-1804-45d6-8d56-dd51f05c0baf" for letter in "abcd"]
FLOWS = [f"{letter * 8}-7a1d-4a8e-9d65-0a4f6b3f2a11" for letter in "ef"]
FAILED = {"status": ["failed"], "started": {"last": "24h"}}
SPELLINGS = [
    pytest.param(str.lower, str.upper, id="the platform small, the person capitals"),
    pytest.param(str.upper, str.lower, id="the platform capitals, the person small"),
]


def platform(spelt: Any) -> dict[str, Any]:
    """Two flows of two failed runs, whose ids are spelt in one way; the platform tells capitals from small letters."""
    flows = [
        {
            "id": spelt(flow),
            "name": f"S3 {flow[0]}",
            "runs": {"listed": [{"id": spelt(run), "started": "-1h"} for run in runs]},
        }
        for flow, runs in zip(FLOWS, (RUNS[:2], RUNS[2:]), strict=True)
    ]
    return {"sandboxes": [{"name": "prod", "flows": flows}]}


def prod(**asked: Any) -> list[dict[str, Any]]:
    return [{"name": "prod", **asked}]


def reasons(hall: Hall) -> dict[str, str]:
    rows = hall.executions()[0].rows
    return {str(row.old_run_id): row.reason.partition(":")[0] for row in rows if row.reason}


@pytest.mark.parametrize(("shown", "written"), SPELLINGS)
@pytest.mark.parametrize("way", ["runs", "text", "csv", "json", "flows.ids"])
async def test_what_is_asked_for_is_found_and_told_as_the_platform_spells_it(
    folder: Path, shown: Any, written: Any, way: str
) -> None:
    ids = [written(run) for run in RUNS[:2]]
    files = {
        "text": "\n".join(ids),
        "csv": "Run ID,sandbox\n" + "".join(f"{run},prod\n" for run in ids),
        "json": json.dumps(ids),
    }
    (folder / "ids").write_text(files.get(way, ""), encoding="utf-8")
    asked: dict[str, Any] = {"runs": {"runs": ids}}
    asked["flows.ids"] = {"filters": [{**FAILED, "flows": {"ids": [written(FLOWS[0])]}}]}

    async with opened_hall(folder, **platform(shown)) as hall:
        sandboxes = prod(**asked.get(way, {"runs_from": "ids"}))
        assert await hall.apply(sandboxes=sandboxes) == 0, hall.said
        assert sorted(hall.accepted) == [shown(run) for run in RUNS[:2]]
        assert {str(row.old_run_id) for row in hall.executions()[0].rows} == set(hall.accepted)
        hall.agree()


@pytest.mark.parametrize(("shown", "written"), SPELLINGS)
async def test_what_is_excluded_is_left_alone(folder: Path, shown: Any, written: Any) -> None:
    exclude = {"runs": [written(RUNS[0])], "flows": [written(FLOWS[1])]}

    async with opened_hall(folder, **platform(shown)) as hall:
        sandboxes = prod(filters=[FAILED], exclude=exclude)
        assert await hall.apply(sandboxes=sandboxes) == 0, hall.said
        assert list(hall.accepted) == [shown(RUNS[1])]
        assert reasons(hall) == {
            shown(RUNS[0]): "excluded_run",
            shown(RUNS[2]): "excluded_flow",
            shown(RUNS[3]): "excluded_flow",
        }


async def test_a_run_that_comes_in_by_several_ways_is_one_run(folder: Path) -> None:
    (folder / "ids.txt").write_text(f"{RUNS[0].upper()}\n{RUNS[0]}\n", encoding="utf-8")

    async with opened_hall(folder, **platform(str.lower)) as hall:
        sandboxes = prod(runs=[RUNS[0].upper()], runs_from="ids.txt", filters=[FAILED])
        assert await hall.apply(sandboxes=sandboxes) == 0, hall.said
        assert sorted(hall.accepted) == RUNS
        assert len(hall.executions()[0].rows) == len(RUNS)


@pytest.mark.parametrize(("before", "now"), [(str.upper, str.lower), (str.lower, str.upper)])
@pytest.mark.parametrize("asked", [{"filters": [FAILED]}, {"runs": RUNS}], ids=["filter", "ids"])
async def test_what_a_journal_holds_in_another_spelling_is_not_done_twice(
    folder: Path, before: Any, now: Any, asked: dict[str, Any]
) -> None:
    async with opened_hall(folder, **platform(before)) as hall:
        assert await hall.apply(sandboxes=prod(**asked)) == 0, hall.said
        assert len(hall.accepted) == len(RUNS)

    async with opened_hall(folder, **platform(now)) as hall:
        hall._numbers = count(50)
        assert await hall.apply(sandboxes=prod(**asked)) == 0, hall.said
        assert hall.accepted == {}
        assert reasons(hall) == {now(run): "already_retriggered" for run in RUNS}


async def test_a_plan_tells_what_became_of_the_rows_of_a_file(folder: Path) -> None:
    rows = [f"{RUNS[0]},PROD", f"{RUNS[1].upper()},prod", f"{RUNS[1]},prod", f"{RUNS[2]},dev"]
    (folder / "ids.csv").write_text("\n".join(["Dataflow run ID,Sandbox name", *rows]))
    told = "4 rows read: 3 for prod, 1 for other sandboxes (dev); 1 repeated id, taken once"

    async with opened_hall(folder, **platform(str.lower)) as hall:
        spec = hall.spec(sandboxes=prod(runs_from="ids.csv"))
        output = folder / "plan.jsonl"
        house = hall.house()
        assert await plan(spec, output=output, detailed_exit_code=False, house=house) == 0
        assert f"ids.csv: {told}" in hall.said
        assert told in output.with_suffix(".md").read_text(encoding="utf-8")
        assert await hall.apply(output) == 0, hall.said
        assert sorted(hall.accepted) == RUNS[:2]
