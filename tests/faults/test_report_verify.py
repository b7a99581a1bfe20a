"""`report --verify`: an event log that somebody touched is told from one that is whole, and the line is named."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from tests.acceptance.desk import Desk, opened_desk, sandbox


async def applied(desk: Desk) -> Path:
    """Apply a small spec, and return the event log of it."""
    done = await desk.run("apply", desk.spec(), "--yes")
    assert done.code == 0, done.said
    return desk.execution_folder / "events.jsonl"


ONE_FLOW = [sandbox("prod", flows=1, failed=3)]

Touch = Callable[[list[str]], list[str]]


TOUCHES: list[tuple[Touch, str]] = [
    (lambda lines: [*lines[:2], lines[2].replace('"run"', '"rum"'), *lines[3:]],
     "line 3 is changed: its chain does not fit"),
    (lambda lines: lines[:2] + lines[3:], "line 3 is missing: number 3 is not there"),
    (lambda lines: lines[:-1], "its chain holds, but it is not the journal's: line 8 is missing"),
    (lambda lines: [*lines[:2], "{}", *lines[2:]], "line 3 is added"),
    (lambda lines: [*lines, lines[0]], "line 9 is added: number 1 was told before"),
    (lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]], "line 3 is out of order: number 4"),
    (lambda lines: [line + "\r" for line in lines], "line 1 is changed"),
    (lambda lines: [lines[0].replace("started", "st\udcffrted"), *lines[1:]], "line 1 is changed"),
    (lambda _: [], "line 1 is missing"),
]  # fmt: skip


async def test_a_file_that_was_touched_is_told_and_the_line_named(working_folder: Path) -> None:
    async with opened_desk(working_folder, sandboxes=ONE_FLOW) as desk:
        path = await applied(desk)
        lines = path.read_text().split("\n")[:-1]
        assert len(lines) == 8  # started, three times asked and settled, stopped
        for touch, said in TOUCHES:
            text = "".join(f"{line}\n" for line in touch(lines))
            path.write_bytes(text.encode(errors="surrogateescape"))

            done = await desk.run("report", "--verify")
            assert done.code == 1, done.said
            assert said in done.out
            assert "8 lines, the chain holds" in done.out  # the journal itself is whole

        # What --verify proposes: written again, all is well.
        assert (await desk.run("report")).code == 0
        assert (await desk.run("report", "--verify")).code == 0


async def test_an_untouched_event_log_is_whole_and_its_head_is_told(working_folder: Path) -> None:
    async with opened_desk(working_folder, sandboxes=ONE_FLOW) as desk:
        path = await applied(desk)
        before = {file: file.read_bytes() for file in path.parent.iterdir()}

        done = await desk.run("report", "--verify", path.parent.name)
        assert done.code == 0, done.said
        head = path.read_text().rstrip("\n")[-66:-2]
        name = path.parent.name
        assert done.out == (
            f"journal .retrigger/journal.db, execution {name}: 8 lines, the chain holds; its head is {head}\n"
            f"reports/{name}/events.jsonl: 8 lines, the same as the journal's\n"
        )
        assert {file: file.read_bytes() for file in path.parent.iterdir()} == before


async def test_a_journal_that_was_touched_is_told_whatever_the_file_says(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder, sandboxes=ONE_FLOW) as desk:
        await applied(desk)
        journal = sqlite3.connect(desk.folder / ".retrigger/journal.db")
        journal.execute("UPDATE events SET line = replace(line, 'asked', 'risen') WHERE number = 4")
        journal.commit()
        journal.close()

        done = await desk.run("report", "--verify")
        assert done.code == 1, done.said
        assert "line 4 is changed: its chain does not fit" in done.out
        assert "The journal was altered or is damaged" in done.out


async def test_a_file_that_is_not_there_is_told(working_folder: Path) -> None:
    async with opened_desk(working_folder, sandboxes=ONE_FLOW) as desk:
        path = await applied(desk)
        path.unlink()
        done = await desk.run("report", "--verify")
        assert done.code == 1, done.said
        assert f"reports/{path.parent.name}/events.jsonl: it is not there." in done.out

        # Copies that were kept elsewhere can be checked as well.
        assert (await desk.run("report", "--directory", "elsewhere")).code == 0
        assert (await desk.run("report", "--verify", "--directory", "elsewhere")).code == 0
