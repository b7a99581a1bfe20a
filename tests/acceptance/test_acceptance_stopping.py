"""Stopping the real command, politely and rudely, and going on afterwards: nothing is ever asked for twice."""

import asyncio
import json
import re
import signal
from pathlib import Path

import pytest

from tests.acceptance.desk import Desk, fault, on_terminal, opened_desk, sandbox

SHORT = {"expires_after": "6s"}
"""What was left asked can have left until half of this has passed; so long a resume has to wait before it can tell."""
SLOW = {"max_per_second": 100, "max_at_once": 8}


def id_in(text: str) -> str:
    found = re.search(r"\d{8}T\d{6}Z-inc-2041-[0-9a-f]{4}", text)
    assert found, text
    return found.group()


async def test_a_signal_drains_reports_and_can_be_gone_on_from(working_folder: Path) -> None:
    async with opened_desk(working_folder, sandboxes=[sandbox("prod", flows=20, failed=5)]) as desk:
        spec = desk.spec(limits=SLOW)
        command = await desk.start("apply", spec, "--yes")
        await desk.has_accepted(20)
        command.send(signal.SIGTERM)
        stopped = await command.done()
        assert stopped.code == 130, stopped.said
        assert "interrupted by SIGTERM" in stopped.out
        assert "retrigger apply" in stopped.out  # how to go on
        sent = len(desk.accepted)
        assert 20 <= sent < 100
        # What was under way was waited for: every accepted run is known as such.
        assert desk.outcomes() == {"retriggered": sent, "not_attempted": 100 - sent}
        execution = id_in(stopped.out)
        # The spec that was changed meanwhile is not gone on with.
        desk.spec(limits=SLOW, reason="another")
        edited = await desk.run("apply", spec, "--yes")
        assert edited.code == 2, edited.said
        desk.spec(limits=SLOW)
        finished = await desk.run("apply", spec, "--yes")
        assert finished.code == 0, finished.said
        assert id_in(finished.out) == execution
        # What this session did is told apart from what was done in all.
        assert f"this session: {100 - sent} retriggered, in " in finished.out
        assert "in all: 100 of 100 planned runs re-triggered" in finished.out
        assert " in 2 sessions, over " in finished.out
        assert len(desk.accepted) == 100
        assert desk.nothing_twice
        assert desk.outcomes() == {"retriggered": 100}


async def test_a_second_interrupt_stops_at_once_and_the_journal_stays_true(
    working_folder: Path,
) -> None:
    faults = [fault({"answer_late": {"seconds": 20}}, nth=list(range(10, 40)))]
    async with opened_desk(
        working_folder, sandboxes=[sandbox("prod", flows=20, failed=2)], faults=faults
    ) as desk:
        spec = desk.spec(timeouts={"request": "65s"}, lease=SHORT)
        command = await desk.start("apply", spec, "--yes")
        await desk.has_accepted(20)  # eleven and more of them are not answered
        status = await desk.run("status")
        assert "in_flight" in status.out, status.said
        assert "unresolved" not in status.out
        command.send(signal.SIGINT)
        command.send(signal.SIGTERM)  # two of the same kind would arrive as one
        stopped = await command.done()
        assert stopped.code == 130, stopped.said
        in_doubt = desk.outcomes()["unresolved"]
        assert 1 <= in_doubt <= 16
        desk.served.platform.replace_faults([])
        finished = await desk.run("apply", spec, "--yes")
        assert finished.code == 0, finished.said
        assert len(desk.accepted) == 40
        assert desk.nothing_twice


async def test_killed_in_mid_work_it_loses_nothing_and_asks_for_nothing_twice(
    working_folder: Path,
) -> None:
    faults = [fault({"answer_late": {"seconds": 0.15}})]
    async with opened_desk(
        working_folder, sandboxes=[sandbox("prod", flows=20, failed=5)], faults=faults
    ) as desk:
        spec = desk.spec(lease=SHORT)
        killed = 0
        for count in (20, 60):
            command = await desk.start("apply", spec, "--yes")
            await desk.has_accepted(count)
            command.send(signal.SIGKILL)
            assert (await command.done()).code == -signal.SIGKILL
            killed += 1
        assert killed == 2
        status = await desk.run("status")
        assert status.code == 0, status.said
        assert "cut off: nobody works on it any more" in status.out
        assert "unresolved" in status.out
        assert f"retrigger apply {spec}" in status.out
        finished = await desk.run("apply", spec, "--yes")
        assert finished.code == 0, finished.said
        assert len(desk.accepted) == 100
        assert desk.nothing_twice
        assert desk.outcomes() == {"retriggered": 100}


async def test_killed_where_nothing_can_be_told_what_was_asked_stays_unresolved(
    working_folder: Path,
) -> None:
    faults = [fault({"answer_late": {"seconds": 30}}, nth=[9])]
    nameless = {"made_by": "connectors", "windows": "none", "links": "none"}
    async with opened_desk(working_folder, faults=faults, behaviour=nameless) as desk:
        spec = desk.spec(limits={"max_per_second": 2000, "max_at_once": 1}, lease=SHORT)
        command = await desk.start("apply", spec, "--yes")
        await desk.has_accepted(9)
        async with asyncio.timeout(60):
            while "settled    8 of 20" not in (await desk.run("status")).out:
                pass  # the answers before are on their way to the journal
        command.send(signal.SIGKILL)
        await command.done()
        resumed = await desk.run("apply", spec, "--yes")
        assert resumed.code == 4, resumed.said
        assert re.search(r"this go: \d+ of 12; in all \d+ of 20 settled", resumed.err), resumed.err
        assert " stopped this go: " in resumed.err
        unresolved = [row["old_run_id"] for row in desk.rows if row["outcome"] == "unresolved"]
        # It was asked for once and blocks its flow; the others of the 20 runs are not touched by it.
        assert unresolved == [desk.accepted[8]]
        assert {desk.asked_for(run) for run in unresolved} == {1}
        assert desk.outcomes()["retriggered"] >= 10
        assert sum(desk.outcomes().values()) == 20
        assert desk.nothing_twice


async def test_a_deadline_of_the_operators_own_drains(working_folder: Path) -> None:
    async with opened_desk(
        working_folder, sandboxes=[sandbox("prod", flows=20, failed=10)]
    ) as desk:
        spec = desk.spec(limits={"max_per_second": 40})
        done = await desk.run("apply", spec, "--yes", "--stop-after", "1s")
        assert done.code == 130, done.said
        assert "--stop-after" in done.out
        assert 0 < len(desk.accepted) < 100
        assert desk.outcomes()["retriggered"] == len(desk.accepted)
        wrong = await desk.run("apply", spec, "--yes", "--stop-after", "soon")
        assert wrong.code == 2, wrong.said


async def test_a_signal_before_anything_was_sent_says_so(working_folder: Path) -> None:
    faults = [{"match": {"call": "runs"}, "do": {"answer_late": {"seconds": 20}}}]
    async with opened_desk(working_folder, faults=faults) as desk:
        command = await desk.start("apply", desk.spec(timeouts={"request": "65s"}), "--yes")
        await desk.was_asked("runs")
        command.send(signal.SIGTERM)
        done = await command.done()
        assert done.code == 130, done.said
        assert "nothing was sent" in done.err
        assert desk.posts == 0


async def test_while_one_works_others_can_look_and_cannot_work_on_the_same_flows(
    working_folder: Path,
) -> None:
    async with opened_desk(
        working_folder, sandboxes=[sandbox("prod", flows=10, failed=20)]
    ) as desk:
        spec = desk.spec(limits={"max_per_second": 20})
        command = await desk.start("apply", spec, "--yes")
        await desk.has_accepted(10)
        status, second, other = await asyncio.gather(
            desk.run("status"),
            desk.run("apply", spec, "--yes"),
            desk.run("apply", desk.spec("other.yaml", name="other"), "--yes"),
        )
        command.send(signal.SIGTERM)
        done = await command.done()
        assert status.code == 0, status.said
        assert "running" in status.out
        assert "worked on by" in status.out
        assert "unresolved" not in status.out
        assert re.search(
            r"pace       [\d.]+/s in the last [\dms.]+, \d+ left, about", status.out
        ), status.out
        assert "retrigger status" not in status.out  # that is what was just asked
        assert second.code == 6, second.said
        assert "is being worked on by execution" in second.err
        assert other.code == 6, other.said
        assert done.code == 130, done.said
        assert desk.nothing_twice
        # The one that could not begin left nothing to go on with.
        after = await desk.run("apply", "other.yaml", "--yes")
        assert "going on with it" not in after.err, after.said


async def ask(desk: Desk, keys: str) -> tuple[int, str]:
    async with on_terminal(desk, "apply", desk.spec()) as terminal:
        await terminal.shows("Type yes to go on:")
        before = desk.posts
        assert before == 0
        terminal.type(keys)
        return await terminal.done(), terminal.shown


async def test_a_person_at_a_terminal_is_asked_and_their_word_counts(working_folder: Path) -> None:
    async with opened_desk(working_folder, sandboxes=[sandbox("prod", type="production")]) as desk:
        code, shown = await ask(desk, "no\n")
        assert code == 2, shown
        assert "you did not agree. Nothing was sent." in shown
        assert "prod (production): 20 runs" in shown
        assert "Re-trigger these 20 runs?" in shown

        code, shown = await ask(desk, "y\n")
        assert code == 2, shown
        assert "Only the whole word yes is consent." in shown

        code, shown = await ask(desk, "\x04")
        assert code == 2, shown

        code, shown = await ask(desk, "\x03")
        assert code == 130, shown
        assert "nothing was sent" in shown
        assert desk.posts == 0

        code, shown = await ask(desk, "yes\n")
        assert code == 0, shown
        assert len(desk.accepted) == 20


async def test_ctrl_c_on_a_terminal_while_it_works_drains(working_folder: Path) -> None:
    async with opened_desk(
        working_folder, sandboxes=[sandbox("prod", flows=20, failed=10)]
    ) as desk:
        spec = desk.spec(limits=SLOW)
        async with on_terminal(desk, "apply", spec, "--yes") as terminal:
            await desk.has_accepted(20)
            terminal.type("\x03")
            assert await terminal.done() == 130, terminal.shown
            await terminal.shows("reports:")
        assert "Traceback" not in terminal.shown
        assert json.loads((desk.execution_folder / "results.json").read_text())["execution"][
            "state"
        ] == ("interrupted")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
async def test_a_signal_before_and_after_the_work_ends_it_with_the_same_code(
    working_folder: Path, name: str
) -> None:
    killing = f"os.kill(os.getpid(), signal.{name})"
    code = "import os, signal, sys, runner.cli\nway = sys.modules['runner.cli.main']\n"
    before = f"{code}way.commands.main = lambda **_: {killing}\nway.main()\n"
    after = f"{code}way._after_printing = lambda *_, **__: {killing}\nway.main()\n"
    async with opened_desk(working_folder) as desk:
        early = await desk.run("status", code=before)
        late = await desk.run("--version", code=after)

    assert (early.code, early.err) == (130, "error: interrupted.\n")
    assert (late.code, late.err) == (130, "")
