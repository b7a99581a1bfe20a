"""Waiting for recovery, holding flows, and working in waves: the real command against the simulated platform."""

from collections import Counter
from pathlib import Path

import pytest

from tests.acceptance.desk import Desk, on_terminal, opened_desk

QUICK = {"for_recovery": True, "poll_every": "100ms", "timeout": "20s"}
WELL: dict[str, object] = {"recovers": 100, "takes": "200ms"}
BADLY: dict[str, object] = {"recovers": 0, "fails_again": 100, "takes": "200ms"}


def prod(*retriggers: dict[str, object], runs: int = 3) -> dict[str, object]:
    """A sandbox with a flow for each way in which new runs can end."""
    flows = [
        {"name": f"S3 {number}", "runs": {"failed": runs}, "retrigger": retrigger}
        for number, retrigger in enumerate(retriggers)
    ]
    return {"name": "prod", "flows": flows}


def recoveries(desk: Desk) -> Counter[tuple[str, str]]:
    return Counter((row["outcome"], row["recovery"]) for row in desk.rows)


async def test_with_waiting_all_that_recovered_is_well(working_folder: Path) -> None:
    async with opened_desk(working_folder, sandboxes=[prod(WELL, WELL)]) as desk:
        done = await desk.run("apply", desk.spec(wait=QUICK), "--yes")
        assert done.code == 0, done.said
        assert recoveries(desk) == {("retriggered", "recovered"): 6}


async def test_the_exit_code_follows_the_recovery_and_a_held_flow_is_told(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder, sandboxes=[prod(WELL, BADLY)]) as desk:
        done = await desk.run("apply", desk.spec(wait=QUICK, on_failure="hold_flow"), "--yes")
        assert done.code == 1, done.said
        assert recoveries(desk) == {
            ("retriggered", "recovered"): 3,
            ("retriggered", "failed_again"): 1,
            ("not_attempted", ""): 2,
        }
        held = [row["reason"] for row in desk.rows if row["outcome"] == "not_attempted"]
        assert all(reason.endswith("ended as failed_again") for reason in held)
        assert desk.posts == 4


async def test_waiting_can_be_left_to_a_later_job(working_folder: Path) -> None:
    async with opened_desk(working_folder, sandboxes=[prod(WELL, BADLY, runs=2)]) as desk:
        done = await desk.run("apply", desk.spec(wait=QUICK), "--yes", "--no-wait")
        assert done.code == 0, done.said
        assert recoveries(desk) == {("retriggered", ""): 4}
        later = await desk.run("reconcile")
        assert later.code == 1, later.said
        assert recoveries(desk) == {
            ("retriggered", "recovered"): 2,
            ("retriggered", "failed_again"): 2,
        }
        spec = desk.spec("held.yaml", wait=QUICK, on_failure="hold_flow")
        refused = await desk.run("apply", spec, "--yes", "--no-wait")
        assert refused.code == 2, refused.said
        assert "on_failure: hold_flow needs to see whether runs recover" in refused.err


async def test_a_canary_that_fails_again_stops_before_the_next_wave(working_folder: Path) -> None:
    async with opened_desk(working_folder, sandboxes=[prod(BADLY, BADLY)]) as desk:
        spec = desk.spec(wait=QUICK, waves=[1, "50%", "100%"])
        done = await desk.run("apply", spec, "--yes")
        assert done.code == 3, done.said
        assert desk.posts == 1
        assert (
            "wave 2 was not begun: 1 of 1 runs of the one before (100 %) did not go well"
            in done.out
        )
        again = await desk.run("apply", spec, "--yes")
        assert again.code == 3, again.said
        assert "wave 3 was not begun" in again.out
        assert desk.posts == 3
        last = await desk.run("apply", spec, "--yes")
        assert last.code == 1, last.said
        assert desk.posts == 6
        assert desk.nothing_twice


async def test_between_waves_a_job_without_a_terminal_stops_and_the_next_goes_on(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder, sandboxes=[prod(WELL, WELL)]) as desk:
        spec = desk.spec(waves=[2, "100%"], between_waves={"ask": True})
        done = await desk.run("apply", spec, "--yes")
        assert done.code == 3, done.said
        assert "wave 2 waits for consent (between_waves.ask): applying again gives it" in done.out
        assert desk.posts == 2
        rest = await desk.run("apply", spec, "--yes")
        assert rest.code == 0, rest.said
        assert desk.posts == 6


async def test_a_days_share_that_is_spent_leaves_the_rest_for_another_day(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder, sandboxes=[prod(WELL, WELL)]) as desk:
        sandboxes = [
            {
                "name": "prod",
                "limits": {"max_per_day": 4},
                "filters": [{"status": ["failed"], "started": {"last": "24h"}}],
            }
        ]
        spec = desk.spec(sandboxes=sandboxes)
        done = await desk.run("apply", spec, "--yes")
        assert done.code == 3, done.said
        assert desk.posts == 4
        assert "max_per_day of 4 in prod is reached; apply again from" in done.out
        assert (await desk.run("apply", spec, "--yes")).code == 3
        assert desk.posts == 4


@pytest.mark.parametrize(("answer", "code", "posts"), [("yes", 0, 6), ("y", 3, 2)])
async def test_between_waves_a_person_at_a_terminal_is_asked(
    working_folder: Path, answer: str, code: int, posts: int
) -> None:
    async with opened_desk(working_folder, sandboxes=[prod(WELL, WELL)]) as desk:
        spec = desk.spec(waves=[2, "100%"], between_waves={"ask": True})
        async with on_terminal(desk, "apply", spec) as terminal:
            await terminal.shows("Re-trigger these 6 runs?")
            terminal.type("yes\n")
            await terminal.shows("Begin wave 2 with 4 runs?")
            terminal.type(f"{answer}\n")
            assert await terminal.done() == code, terminal.shown
        assert desk.posts == posts


async def test_ctrl_c_at_the_question_between_waves_ends_it_well(working_folder: Path) -> None:
    async with opened_desk(working_folder, sandboxes=[prod(WELL, WELL)]) as desk:
        spec = desk.spec(waves=[2, "100%"], between_waves={"ask": True})
        async with on_terminal(desk, "apply", spec, "--yes") as terminal:
            await terminal.shows("Begin wave 2 with 4 runs?")
            terminal.type("\x03")
            assert await terminal.done() == 130, terminal.shown
        assert desk.posts == 2
