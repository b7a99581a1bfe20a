"""Accepted is not recovered: what reconcile makes of new runs, and how it ends."""

import csv
import json
import signal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from tests.acceptance.desk import SECRET, Desk, fault, opened_desk

SOON = {"timeout": "20s", "poll_every": "200ms"}


def flows(**ends: dict[str, object]) -> list[dict[str, object]]:
    """One sandbox; of each flow one failed run, and how its new runs end."""
    made = [
        {"name": name, "runs": {"failed": 1}, "retrigger": {"takes": "300ms", **mix}}
        for name, mix in ends.items()
    ]
    return [{"name": "prod", "flows": made}]


ALL_ENDS: dict[str, dict[str, object]] = {
    "good": {"recovers": 1},
    "empty": {"empty": 1},
    "half": {"partial": 1},
    "same": {"fails_again": 1},
    "other": {"fails_again": 1, "fails_with": "133"},
}
SAME = "CONNECTOR-1001-500 (the same as before)"
EMPTY = "no records came in: its data was probably outside the window of the original run"


def recoveries(desk: Desk) -> dict[str, tuple[str, str, str]]:
    """By flow: recovery, its words, and the platform's."""
    return {
        row["flow_name"]: (row["recovery"], row["reason"], row["new_status"]) for row in desk.rows
    }


async def test_without_waiting_the_recovery_stays_empty_until_reconcile_fills_it(
    working_folder: Path,
) -> None:
    async with opened_desk(
        working_folder, sandboxes=flows(**ALL_ENDS), behaviour={"visibility_lag": "500ms"}
    ) as desk:
        applied = await desk.run("apply", desk.spec(wait=SOON), "--yes")
        assert applied.code == 0, applied.said
        assert {told[0] for told in recoveries(desk).values()} == {""}

        done = await desk.run("reconcile")
        assert done.code == 1, done.said
        assert "watching 5 new runs for at most 20s" in done.err
        assert "failed_again        2" in done.out
        assert recoveries(desk) == {
            "good": ("recovered", "", "success"),
            "empty": ("recovered_empty", EMPTY, "success"),
            "half": ("partial", f"partialSuccess: {SAME}", "partialSuccess"),
            "same": ("failed_again", SAME, "failed"),
            "other": ("failed_again", "133 (CONNECTOR-1001-500 before)", "failed"),
        }
        the_reports_agree(desk)
        assert desk.nothing_twice

        again = await desk.run("reconcile")
        assert again.code == 1, again.said
        assert "watching" not in again.err
        assert (await desk.run("report", "--verify")).code == 0


def the_reports_agree(desk: Desk) -> None:
    folder = desk.execution_folder
    with (folder / "results.csv").open(encoding="utf-8", newline="") as file:
        cells = {row["flow_name"]: row for row in csv.DictReader(file)}
    assert (cells["good"]["records_in"], cells["empty"]["records_in"]) == (
        cells["good"]["records_out"],
        "0",
    )
    totals: Any = desk.results["totals"]
    assert {word: count for word, count in totals["by_recovery"].items() if count} == {
        "recovered": 1,
        "recovered_empty": 1,
        "partial": 1,
        "failed_again": 2,
    }
    cases = {
        case.get("classname"): case.find("failure")
        for case in ET.parse(folder / "junit.xml").iter("testcase")  # our own file
    }
    assert cases["prod.good"] is None
    failure = cases["prod.same"]
    assert failure is not None
    assert failure.get("type") == "failed_again"
    assert SAME in failure.get("message", "")
    for name in ("summary.md", "report.html"):
        page = (folder / name).read_text(encoding="utf-8")
        assert SAME in page.replace("`", "")
        assert "outside the window" in page
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert sum(event["event"] == "watched" for event in events) == 5
    assert not any(SECRET in path.read_text() for path in folder.iterdir())


async def test_when_all_recovered_reconcile_ends_well(working_folder: Path) -> None:
    async with opened_desk(working_folder, sandboxes=flows(good={"recovers": 1})) as desk:
        assert (await desk.run("apply", desk.spec(wait=SOON), "--yes")).code == 0
        desk.served.advance(60)
        done = await desk.run("reconcile", "--quiet")

        assert done.code == 0, done.said
        assert done.err == ""
        assert recoveries(desk) == {"good": ("recovered", "", "success")}


async def test_a_run_that_does_not_end_in_time_is_running_and_looked_at_again_by_the_next(
    working_folder: Path,
) -> None:
    long = {"recovers": 1, "takes": "1h"}
    async with opened_desk(working_folder, sandboxes=flows(long=long)) as desk:
        spec = desk.spec(wait={"timeout": "1s", "poll_every": "200ms"})
        assert (await desk.run("apply", spec, "--yes")).code == 0
        first = await desk.run("reconcile")
        assert first.code == 1, first.said
        assert recoveries(desk) == {
            "long": ("running", "still inProgress after a wait of 1s", "inProgress")
        }
        assert "Look again with retrigger reconcile" in first.out

        desk.served.advance(3600)
        second = await desk.run("reconcile")
        assert second.code == 0, second.said
        assert recoveries(desk) == {"long": ("recovered", "", "success")}


async def test_interrupted_reconcile_keeps_what_it_saw_and_says_how_to_go_on(
    working_folder: Path,
) -> None:
    ends = {"good": {"recovers": 1, "takes": "0s"}, "long": {"recovers": 1, "takes": "1h"}}
    async with opened_desk(working_folder, sandboxes=flows(**ends)) as desk:
        assert (await desk.run("apply", desk.spec(wait=SOON), "--yes")).code == 0
        looks = desk.listings
        command = await desk.start("reconcile")
        await desk.has_listed(looks + 3)
        command.send(signal.SIGINT)
        done = await command.done()

        assert done.code == 130, done.said
        assert "interrupted by SIGINT; what was seen until then is recorded." in done.err
        assert recoveries(desk) == {
            "good": ("recovered", "", "success"),
            "long": ("", "", ""),
        }
        assert desk.results["execution"]["state"] == "finished"  # type: ignore[index]
        desk.served.advance(3600)
        again = await desk.run("reconcile")
        assert again.code == 0, again.said
        assert "watching 1 new run for" in again.err


async def test_a_platform_that_fails_for_a_while_is_outlived(working_folder: Path) -> None:
    down: dict[str, object] = {"between": {"from": "1h", "to": "2h"}}
    listing = {"match": {"call": "runs"}, "when": down, "do": {"status": {"status": 503}}}
    async with opened_desk(
        working_folder, sandboxes=flows(good={"recovers": 1}), faults=[listing]
    ) as desk:
        assert (await desk.run("apply", desk.spec(wait=SOON), "--yes")).code == 0
        desk.served.advance(3600)
        looks = desk.listings
        command = await desk.start("reconcile")
        await desk.has_listed(looks + 4)  # one more than the attempts of one look
        desk.served.advance(3600)
        done = await command.done()

        assert done.code == 0, done.said
        assert "sandbox prod cannot be looked at; it is tried again" in done.err
        assert recoveries(desk)["good"][0] == "recovered"


async def test_a_run_that_reconcile_adopts_is_watched_too(working_folder: Path) -> None:
    lost = [fault({"answer_late": {"seconds": 30}}, nth=[1])]
    async with opened_desk(
        working_folder, sandboxes=flows(good={"recovers": 1}), faults=lost
    ) as desk:
        spec = desk.spec(wait=SOON, lease={"expires_after": "2s"})
        command = await desk.start("apply", spec, "--yes")
        await desk.has_accepted(1)
        command.send(signal.SIGKILL)
        await command.done()
        done = await desk.run("reconcile")

        assert done.code == 0, done.said
        (row,) = desk.rows
        assert (row["outcome"], row["recovery"]) == ("retriggered", "recovered")
        assert row["reason"].startswith("found by looking")
        assert len(desk.accepted) == 1


async def test_an_abandoned_execution_is_watched_and_stays_abandoned(working_folder: Path) -> None:
    late = [fault({"answer_late": {"seconds": 0.2}})]
    sandboxes = [{"name": "prod", "flows": [{"name": "good", "runs": {"failed": 9}}]}]
    async with opened_desk(working_folder, sandboxes=sandboxes, faults=late) as desk:
        spec = desk.spec(wait=SOON)
        command = await desk.start("apply", spec, "--yes")
        await desk.has_accepted(2)
        command.send(signal.SIGINT)
        assert (await command.done()).code == 130
        first = desk.execution_folder
        assert (await desk.run("apply", spec, "--abandon", "--yes")).code == 0
        desk.served.advance(3600)
        done = await desk.run("reconcile", first.name)

        results = json.loads((first / "results.json").read_text())
        assert results["execution"]["state"] == "abandoned", done.said
        watched = {row["recovery"] for row in results["rows"] if row["outcome"] == "retriggered"}
        assert watched == {"recovered"}
