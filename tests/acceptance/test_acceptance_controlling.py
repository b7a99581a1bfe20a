"""Orders from another terminal to the real command at work, against a platform that counts what reaches it."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.acceptance.desk import Command, Desk, Done, opened_desk, sandbox

STEADY = {"max_per_second": 20, "max_at_once": 4}
MANY = [sandbox("prod", flows=30, failed=20)]
PROMISE_MS = 2000


async def ordered(desk: Desk, *words: object, code: int = 0) -> Done:
    done = await desk.run("control", *words)
    assert done.code == code, done.said
    return done


def orders(desk: Desk) -> list[tuple[str, int | None]]:
    """Every order, and how many milliseconds it waited; None: it waits still."""
    with closing(sqlite3.connect(desk.folder / ".retrigger/journal.db")) as reader:
        return list(reader.execute("SELECT what, taken_at_ms - at_ms FROM orders ORDER BY number"))


def control_events(desk: Desk) -> list[dict[str, Any]]:
    lines = (desk.execution_folder / "events.jsonl").read_text().splitlines()
    return [event for event in map(json.loads, lines) if event["event"] == "control"]


async def at_work(desk: Desk, **changes: object) -> Command:
    spec = desk.spec(limits=STEADY, **changes)
    command = await desk.start("apply", spec, "--yes", environment={"USER": "ben"})
    await desk.has_accepted(5)
    return command


async def test_a_pause_holds_a_resume_goes_on_and_a_stop_can_be_gone_on_from(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder, sandboxes=MANY) as desk:
        desk.environment["USER"] = "ada"
        command = await at_work(desk)

        paused = await ordered(desk, "pause")
        sent = desk.posts
        assert "paused: nothing new leaves" in paused.out
        assert "ordered: pause of " in paused.err
        assert "ben on " in paused.err
        await asyncio.sleep(1.5)  # thirty could have left
        assert desk.posts == sent
        status = await desk.run("status")
        assert "paused     by ada on " in status.out, status.said
        assert "worked on by ben" in status.out

        name = desk.execution_folder.name
        resumed = await ordered(desk, name[:12], "resume", "--quiet")
        assert (resumed.out, resumed.err) == (f"{name} goes on\n", "")
        await desk.has_accepted(sent + 10)

        told = await ordered(desk, name, "stop", "--log-format", "json")
        assert json.loads(told.err)["action"] == "ordered"
        stopped = await command.done()
        assert stopped.code == 130, stopped.said
        assert "stopped by ada on " in stopped.out
        assert "retrigger apply" in stopped.out
        assert [event["order"] for event in control_events(desk)] == ["pause", "resume", "stop"]
        assert {event["who"] for event in control_events(desk)} == {"ada"}
        assert "Orders while it worked" in (desk.execution_folder / "summary.md").read_text()
        assert max(waited or 0 for _, waited in orders(desk)) <= PROMISE_MS
        left = 600 - len(desk.accepted)
        assert left > 0
        assert desk.outcomes() == {"retriggered": 600 - left, "not_attempted": left}

        nobody = await ordered(desk, "pause", code=2)
        assert "nobody works on execution" in nobody.err
        assert "interrupted" in nobody.err
        finished = await desk.run("apply", desk.spec(limits=STEADY), "--yes", "--stop-after", "1s")
        assert finished.code == 130, finished.said
        assert len(desk.accepted) > 600 - left  # neither the pause nor the stop reaches a later go
        assert desk.nothing_twice


async def test_lower_limits_slow_it_down_and_the_spec_is_the_ceiling(working_folder: Path) -> None:
    async with opened_desk(working_folder, sandboxes=MANY) as desk:
        command = await at_work(desk)

        await ordered(desk, "limits", "max_per_second=2", "max_at_once=1")
        at = desk.served.platform.ledger.requests[-1].at_ms
        status = await desk.run("status")
        assert "limits     max_per_second=2, max_at_once=1 (ordered)" in status.out, status.said
        await desk.has_accepted(len(desk.accepted) + 4)
        lines = [line.at_ms for line in desk.served.platform.ledger.requests if line.at_ms > at]
        # In any window at most two a second and a burst of two, reads included.
        assert len(lines) <= (lines[-1] - lines[0]) / 1000 * 2 + 2

        higher = await ordered(desk, "limits", "max_per_second=21", code=2)
        assert "more than the spec's limits.max_per_second of 20" in higher.err
        assert "Order at most 20" in higher.err
        wrong = await ordered(desk, "limits", "max_at_once=2.5", code=2)
        assert "Write a whole number from 1 up" in wrong.err
        await ordered(desk, "limits", "--sandbox", "prod", "max_at_once=1")

        again = len(desk.accepted)
        await ordered(desk, "limits", "max_per_second=spec", "max_at_once=spec")
        await desk.has_accepted(again + 30)
        times = desk.post_times_ms[-20:]
        assert times[-1] - times[0] < 5000  # nearly ten seconds at two a second
        await ordered(desk, "stop")
        assert (await command.done()).code == 130
        refused = [event for event in control_events(desk) if "refused" in event]
        assert [event["max_per_second"] for event in refused] == [21]


async def test_where_there_is_no_journal_nothing_is_made(working_folder: Path) -> None:
    async with opened_desk(working_folder) as desk:
        done = await desk.run("control", "pause")
        assert done.code in {2, 7}, done.said
        assert not (desk.folder / ".retrigger").exists()
