"""What a plan tells beyond counts, by the real command: how runs failed, what to expect, and whether it came so."""

import json
import re
from pathlib import Path

from runner.plan import read_forecast, read_plan
from tests.acceptance.desk import Desk, opened_desk

SLOW = "No answer after {seconds} s from sftp://files.example/{name}.csv"


def failed(name: str, *, error: str, message: str = "", started: str = "-2h") -> dict[str, object]:
    return {
        "id": name,
        "status": "failed",
        "error": error,
        "error_message": message,
        "started": started,
    }


def slow(name: str, *, seconds: int, started: str = "-2h") -> dict[str, object]:
    message = SLOW.format(seconds=seconds, name=name)
    return failed(name, error="CONNECTOR-1001-500", message=message, started=started)


SANDBOX = {
    "name": "prod",
    "flows": [
        {
            "name": "SFTP orders",
            "runs": {
                "listed": [
                    slow("slow-1", seconds=30),
                    slow("slow-2", seconds=45, started="-3h"),
                    slow("still", seconds=60, started="-20m"),
                ]
            },
        },
        {
            "name": "SFTP returns",
            "runs": {
                "listed": [
                    failed("mapped", error="MAPPER-3700-400", message="Column 'a' does not fit"),
                    {"id": "well", "status": "success", "started": "-20m"},
                ]
            },
        },
    ],
}


def spec(desk: Desk, **errors: object) -> Path:
    """Ask for what failed more than an hour ago; the newest run of each flow is not among it."""
    desk_spec = {"status": ["failed"], "started": {"last": "24h"}, "errors": errors}
    return desk.spec(
        sandboxes=[
            {"name": "prod", "filters": [desk_spec], "exclude": {"runs": ["still"]}},
        ],
    )


async def test_a_plan_tells_how_runs_failed_what_to_expect_and_whose_source_is_still_broken(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder, sandboxes=[SANDBOX]) as desk:
        done = await desk.run("plan", spec(desk), "-o", "plan.jsonl")

        assert done.code == 0, done.said
        page = (desk.folder / "plan.md").read_text(encoding="utf-8")
        for told in (done.out, page):
            assert len(set(re.findall(r"CONNECTOR-1001-500/[0-9a-f]{6}", told))) == 1
            assert "fix first: the mapping does not fit the data" in told
            assert "advice, not the platform's word" in told
            assert "The source of 1 flow is probably still broken" in told
            assert "up to 3 for starts and 3 for successes or failures" in told
        assert "SFTP orders: run still failed with CONNECTOR-1001-500" in done.out
        assert "No answer after 30 s from sftp://" in page or "No answer after 45 s" in page
        assert desk.posts == 0


async def test_a_cluster_is_left_out_by_the_name_that_the_plan_gives_it(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder, sandboxes=[SANDBOX]) as desk:
        told = (await desk.run("plan", spec(desk))).out
        (name,) = set(re.findall(r"CONNECTOR-1001-500/[0-9a-f]{6}", told))

        without = await desk.run("plan", spec(desk, clusters={"exclude": [name]}), "-o", "a.jsonl")
        only = await desk.run("plan", spec(desk, clusters={"include": [name]}), "-o", "b.jsonl")

        assert without.code == only.code == 0, without.said + only.said
        planned = {
            file: sorted(run.found.run_id for run in read_plan(desk.folder / file).runs())
            for file in ("a.jsonl", "b.jsonl")
        }
        assert planned == {"a.jsonl": ["mapped"], "b.jsonl": ["slow-1", "slow-2"]}
        left = (desk.folder / "a.passed-over.jsonl").read_text().splitlines()
        reasons = {each["run_id"]: each["detail"] for each in map(json.loads, left)}
        assert reasons["slow-1"] == f"cluster {name}"


async def test_an_apply_ends_with_what_was_forecast_and_what_it_took(working_folder: Path) -> None:
    async with opened_desk(working_folder, sandboxes=[SANDBOX]) as desk:
        planned = await desk.run("plan", spec(desk), "-o", "plan.jsonl")
        assert planned.code == 0, planned.said

        done = await desk.run("apply", "plan.jsonl", "--yes")

        assert done.code == 0, done.said
        assert read_forecast(desk.folder / "plan.jsonl") is not None
        assert re.search(r" finished, forecast [0-9.]+s, took [0-9.]+s\n", done.out), done.said


async def test_a_pattern_that_matches_nothing_is_warned_of_also_when_quiet_and_finding_nothing_can_be_an_error(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder, sandboxes=[SANDBOX]) as desk:
        rule = {"started": {"last": "24h"}, "flows": {"names": ["sftp *"]}}
        path = desk.spec(sandboxes=[{"name": "prod", "filters": [rule]}])

        planned = await desk.run("plan", path, "--quiet", "--fail-if-empty", "-o", "empty.jsonl")
        applied = await desk.run("apply", path, "--yes", "--quiet", "--fail-if-empty")
        of_plan = await desk.run("apply", "empty.jsonl", "--yes", "--fail-if-empty")
        without = await desk.run("plan", path, "--quiet")

        matched = 'filters[1].flows.names "sftp *" matched 0 of 2 flows'
        for done in (planned, applied, without):
            assert f"warning: prod: {matched}" in done.err, done.said
            assert "flows here: SFTP orders, SFTP returns" in done.err
        for done in (planned, applied):
            assert done.code == 2, done.said
            assert (
                "nothing to re-trigger (--fail-if-empty): prod: filter 1: no flow fits" in done.err
            )
        assert of_plan.code == 2, of_plan.said
        assert "empty.jsonl: there is nothing to re-trigger (--fail-if-empty)" in of_plan.err
        assert without.code == 0, without.said
        assert matched in without.out
        assert desk.posts == 0
        assert not (desk.folder / "reports").exists()
