"""A plan is rehearsed where nothing can be sent: the real work, in virtual hours, with reports that say so."""

import json
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.desk import ROOT, Desk, Done, opened_desk, sandbox

FLOWS, FAILED = 8, 20
NO_NETWORK = (
    "import socket\n"
    "def refuse(*_, **__): raise AssertionError('a socket was opened to somewhere')\n"
    "socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse\n"
    "from runner.cli.main import main\n"
    "main()\n"
)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    prod = sandbox("prod", flows=FLOWS, failed=FAILED, type="production")
    async with opened_desk(tmp_path, sandboxes=[prod]) as opened:
        yield opened


async def planned(desk: Desk, **changes: object) -> None:
    made = await desk.run("plan", desk.spec(**changes), "-o", "plan.jsonl")
    assert made.code == 0, made.said


async def rehearsed(desk: Desk, *options: object) -> Done:
    """Rehearse the plan with neither the environment that the spec names nor a way to anywhere."""
    bare = Desk(desk.folder, desk.served, {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)})
    return await bare.run("rehearse", "plan.jsonl", *options, code=NO_NETWORK)


def waves(**more: object) -> dict[str, Any]:
    return {
        "limits": {"max_per_second": 2, "max_running": 20},
        "wait": {"for_recovery": True, "timeout": "2h"},
        "waves": [1, "10%", "100%"],
        "between_waves": {"soak": "90m"},
        **more,
    }


def rows(desk: Desk, word: str) -> list[Mapping[str, Any]]:
    return [row for row in desk.rows if row["outcome"] == word]


async def test_hours_of_waves_and_waiting_pass_without_network_environment_or_journal(
    desk: Desk,
) -> None:
    await planned(desk, **waves())
    before = desk.posts, sorted((desk.folder / ".retrigger").glob("*"))

    done = await rehearsed(desk)

    assert done.code == 0, done.said
    assert desk.outcomes() == {"retriggered": FLOWS * FAILED}
    assert {row["recovery"] for row in desk.rows} == {"recovered"}
    asked = [row["asked_at"] for row in sorted(desk.rows, key=lambda row: str(row["asked_at"]))]
    assert int(asked[-1][11:13]) != int(asked[0][11:13])  # two soaks
    assert (desk.posts, sorted((desk.folder / ".retrigger").glob("*"))) == before


async def test_every_format_and_the_terminal_say_that_it_is_a_rehearsal(desk: Desk) -> None:
    await planned(desk, **waves())

    done = await rehearsed(desk)

    folder = desk.execution_folder
    assert folder.name.startswith("rehearsal-")
    assert json.loads((folder / "results.json").read_text())["execution"]["rehearsal"] is True
    assert (folder / "results.csv").read_text().splitlines()[1].startswith("rehearsal-")
    assert "# Rehearsal report" in (folder / "summary.md").read_text()
    assert "nothing was sent anywhere" in (folder / "summary.md").read_text()
    assert "A rehearsal: nothing was sent anywhere" in (folder / "report.html").read_text()
    assert '<testsuite name="REHEARSAL prod"' in (folder / "junit.xml").read_text()
    assert done.err.startswith("REHEARSAL of plan.jsonl: 160 runs of 8 flows")
    assert done.out.rstrip().splitlines()[-1].startswith("REHEARSAL: nothing was sent anywhere")
    assert "virtual duration" in done.out
    lines = [line for line in done.err.splitlines() if " settled" in line]
    assert any(" · soak until " in line and "before wave 2" in line for line in lines)
    first, last = (datetime.strptime(line[:9], "%H:%M:%SZ") for line in (lines[0], lines[-1]))  # noqa: DTZ007
    assert (last - first) % timedelta(days=1) > timedelta(minutes=180)  # two soaks
    assert "most new runs in progress" in done.out


async def test_the_same_seed_gives_the_same_bytes_and_another_one_other_fates(desk: Desk) -> None:
    await planned(desk, **waves(waves=["100%"]))
    options = ("--recovers", "80%", "--throttle", "20/s")

    first = await rehearsed(desk, *options, "--seed", 7)
    written = (desk.execution_folder / "results.csv").read_bytes()
    (desk.execution_folder / "results.csv").unlink()
    again = await rehearsed(desk, *options, "--seed", 7)

    assert (first.code, again.code) == (1, 1), first.said
    assert (desk.execution_folder / "results.csv").read_bytes() == written
    failed = {row["old_run_id"] for row in desk.rows if row["recovery"] == "failed_again"}
    assert failed

    shutil.rmtree(desk.execution_folder)
    await rehearsed(desk, *options, "--seed", 8)
    assert {row["old_run_id"] for row in desk.rows if row["recovery"] == "failed_again"} != failed


async def test_a_flow_that_always_fails_is_held_and_unanswered_requests_are_reconciled(
    desk: Desk,
) -> None:
    await planned(desk, **waves(on_failure="hold_flow", waves=["100%"]))
    faults = {
        "version": 1,
        "sandboxes": [
            {"name": "prod", "flows": [{"name": "S3 prod 3", "retrigger": {"fails_again": 1}}]}
        ],
        "faults": [{"match": {"call": "retrigger"}, "when": {"nth": 5}, "do": "commit_then_drop"}],
    }
    (desk.folder / "faults.yaml").write_text(json.dumps(faults))

    done = await rehearsed(desk, "--faults", "faults.yaml")

    assert done.code == 1, done.said
    held = [row for row in desk.rows if row["flow_name"] == "S3 prod 3"]
    assert [row["outcome"] for row in held].count("retriggered") == 1
    assert [row["outcome"] for row in held].count("not_attempted") == FAILED - 1
    adopted = [row for row in desk.rows if row["evidence"] not in {"", "response"}]
    assert ["our_client" in row["evidence"] for row in adopted] == [True]
    assert desk.outcomes()["retriggered"] == (FLOWS - 1) * FAILED + 1


async def test_a_platform_that_throttles_makes_it_take_longer_and_nothing_is_lost(
    desk: Desk,
) -> None:
    await planned(desk, limits={"max_per_second": 50})

    done = await rehearsed(desk, "--throttle", "2/s")

    assert desk.outcomes() == {"retriggered": FLOWS * FAILED}, done.said
    assert "429" in (desk.execution_folder / "summary.md").read_text()


async def test_stop_after_counts_virtual_time(desk: Desk) -> None:
    await planned(desk, **waves())

    done = await rehearsed(desk, "--stop-after", "20m")

    assert done.code == 130, done.said
    assert rows(desk, "retriggered")
    assert rows(desk, "not_attempted")
    assert "--journal" not in done.out  # there is nothing to go on with


async def test_an_altered_plan_a_spec_and_a_file_that_does_not_fit_are_refused(desk: Desk) -> None:
    await planned(desk)
    (desk.folder / "wrong.yaml").write_text('{"version": 1, "sandboxes": [{"name": "nowhere"}]}')

    misfit = await rehearsed(desk, "--faults", "wrong.yaml")
    spec = await desk.run("rehearse", "spec.yaml")
    plan = desk.folder / "plan.jsonl"
    plan.write_text(plan.read_text().replace("failed", "broken", 1))
    altered = await rehearsed(desk)

    assert (misfit.code, spec.code, altered.code) == (2, 5, 5)
    assert "the plan has no sandbox with name 'nowhere'" in misfit.err
    assert not (desk.folder / "reports").exists()
