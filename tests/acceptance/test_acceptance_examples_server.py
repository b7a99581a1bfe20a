"""Against a server that answers from examples: everything ends in an outcome, and nothing in a traceback."""

import asyncio
import json
import os
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.desk import ROOT, Done
from tests.fakes.static_platform import (
    FLOW,
    NEW_RUN,
    RUN,
    StaticPlatform,
    run_entity,
    static_platform,
)

OTHER = "00000000-1804-45d6-8d56-dd51f05c0baf"
WINDOW = {"from": "2023-09-01T00:00:00Z", "to": "2023-09-02T00:00:00Z"}
BY_FILTER = {"filters": [{"status": ["failed"], "started": WINDOW}]}


@dataclass
class Bench:
    """A folder with a spec for such a server, and the real command."""

    folder: Path
    platform: StaticPlatform

    def spec(self, **sandbox: Any) -> str:
        facts = {
            "version": 1,
            "name": "examples",
            "reason": "tried against examples",
            "connection": {
                "platform_url": self.platform.url,
                "org_id": "0123456789ABCDEF01234567@AdobeOrg",
                "auth": {
                    "method": "access_token",
                    "client_id": "the-client",
                    "access_token": "${AEP_ACCESS_TOKEN}",
                },
            },
            "limits": {"max_per_second": 1000},
            "sandboxes": [{"name": "prod", **sandbox}],
            "retry": {"attempts": 2, "first_wait": "10ms", "longest_wait": "20ms"},
            "reconcile": {"answer_window": "200ms", "visibility_lag": "100ms"},
        }
        (self.folder / "spec.yaml").write_text(json.dumps(facts), encoding="utf-8")
        return "spec.yaml"

    async def run(self, *arguments: str) -> Done:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "runner",
            *arguments,
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "HOME": str(self.folder),
                "LANG": "C.UTF-8",
                "AEP_ACCESS_TOKEN": "planted-token",
            },
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(30):
            out, err = await process.communicate()
        assert process.returncode is not None
        done = Done(process.returncode, out.decode(), err.decode())
        assert "Traceback" not in done.said
        return done

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        (folder,) = (self.folder / "reports").iterdir()
        results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
        return {row["old_run_id"]: row for row in results["rows"]}


@pytest.mark.parametrize(
    ("asked", "new_run"),
    [(BY_FILTER, NEW_RUN), ({"runs": [RUN]}, RUN)],
    ids=["by filter, answered with another id", "by id, answered with the same id"],
)
async def test_the_example_run_is_planned_retriggered_and_reported(
    working_folder: Path, asked: dict[str, Any], new_run: str
) -> None:
    answer = run_entity(id=new_run, eTag='"new"')
    async with static_platform(retriggered=answer) as platform:
        bench = Bench(working_folder, platform)
        spec = bench.spec(**asked)
        planned = await bench.run("plan", spec, "-o", "plan.jsonl")
        assert planned.code == 0, planned.said
        assert "1 run of 1 flow planned" in planned.out

        done = await bench.run("apply", "plan.jsonl", "--yes")

        assert done.code == 0, done.said
        assert platform.posts == [RUN]
        (row,) = bench.rows.values()
        found = [row[key] for key in ("outcome", "new_run_id", "new_etag", "evidence", "flow_id")]
        assert found == ["retriggered", new_run, '"new"', "response", FLOW]
        again = await bench.run("report")
        assert again.code == 0, again.said
        assert (await bench.run("apply", spec, "--yes")).code == 0
        assert platform.posts == [RUN]


async def test_runs_that_the_examples_do_not_hold_are_passed_over_and_named(
    working_folder: Path,
) -> None:
    async with static_platform() as platform:
        bench = Bench(working_folder, platform)
        done = await bench.run("apply", bench.spec(runs=[OTHER, RUN]), "--yes")
        assert done.code == 0, done.said
        assert platform.posts == [RUN]
        assert bench.rows[RUN]["outcome"] == "retriggered"
        assert bench.rows[OTHER]["outcome"] == "skipped"
        assert bench.rows[OTHER]["reason"].startswith("not_found")
        assert len([line for line in done.err.splitlines() if "go round in a circle" in line]) == 1


async def test_without_flows_kinds_and_sandboxes_the_runs_are_done_and_warnings_say_so(
    working_folder: Path,
) -> None:
    async with static_platform(not_served=501) as platform:
        for kind in ("flows", "flows/", "flowSpecs/"):
            del platform.answers[kind]
        bench = Bench(working_folder, platform)
        done = await bench.run("apply", bench.spec(**BY_FILTER), "--yes")
        assert done.code == 0, done.said
        assert platform.posts == [RUN]
        said = Counter(
            words
            for line in done.err.splitlines()
            for words in ("flows of sandbox prod cannot be", "the sandboxes cannot be listed")
            if words in line
        )
        assert said == {"flows of sandbox prod cannot be": 1, "the sandboxes cannot be listed": 1}


async def test_an_answer_that_is_the_example_of_an_error_is_never_taken_for_a_yes(
    working_folder: Path,
) -> None:
    """A mock may answer 200 with whatever example it has; what it did nobody knows."""
    error = {"type": "https://ns.adobe.com/aep/errors/FLOW-1387-400", "status": 400, "id": "x"}
    async with static_platform(retriggered=error) as platform:
        bench = Bench(working_folder, platform)
        done = await bench.run("apply", bench.spec(**BY_FILTER), "--yes")
        assert done.code == 4, done.said
        assert platform.posts == [RUN]
        assert bench.rows[RUN]["outcome"] == "unresolved"


async def test_without_runs_nothing_can_be_done_and_that_is_said(working_folder: Path) -> None:
    async with static_platform() as platform:
        del platform.answers["runs"]
        bench = Bench(working_folder, platform)
        done = await bench.run("apply", bench.spec(**BY_FILTER), "--yes")
        assert done.code == 7, done.said
        assert "HTTP 404" in done.err
        assert platform.posts == []
