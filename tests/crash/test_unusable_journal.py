"""A journal that cannot be used: the next apply says why and what to do, exits with 7, and sends nothing."""

import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runner.journal.tables import VERSION
from tests.acceptance.desk import Desk, opened_desk, sandbox
from tests.crash.going_on import (
    SHORT,
    finished,
    journal_file,
    killed_at,
    nothing_twice_and_nothing_lost,
    states,
)

Mount = Callable[[Path, str], None]


@pytest.fixture
def mount() -> Iterator[Mount]:
    """Mount a file system in memory with these options; called again on the same place it changes them."""
    places: list[Path] = []

    def mounted(place: Path, options: str) -> None:
        again = "remount," if place in places else ""
        command = ["mount", "-t", "tmpfs", "-o", f"{again}{options}", "none", str(place)]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("no file system can be mounted here")
        if not again:
            places.append(place)

    yield mounted
    for place in places:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


async def refused(desk: Desk, spec: Path, *words: str) -> None:
    """Apply: it has to say these words, exit with 7, and send nothing more."""
    before = desk.posts
    done = await desk.run("apply", spec, "--yes")
    assert done.code == 7, done.said
    assert "Traceback" not in done.err
    for word in (str(journal_file(desk).relative_to(desk.folder)), *words):
        assert word in done.err, done.said
    assert desk.posts == before


async def test_a_damaged_journal_is_neither_used_nor_written_over(working_folder: Path) -> None:
    async with opened_desk(working_folder) as desk:
        spec = desk.spec(**SHORT)
        await killed_at(desk, "after Claimed 2", "apply", spec, "--yes")
        status = await desk.run("status")  # reading it moves what was written into the file itself
        assert status.code == 0, status.said
        file = journal_file(desk)
        settle_into_one_file(file)
        whole = file.read_bytes()
        for damaged in (
            b"\x00" * 4096 + whole[4096:],
            whole[:4096] + b"\xa5" * (len(whole) - 4096),
            whole[: len(whole) // 2],
            b"cut off",
        ):
            file.write_bytes(damaged)
            await refused(desk, spec)
            assert file.read_bytes()[:4096] == damaged[:4096]
        file.write_bytes(whole)
        await finished(desk, spec)
        await nothing_twice_and_nothing_lost(desk, runs=20)


async def test_a_file_of_somebody_else_is_not_taken_for_a_journal(working_folder: Path) -> None:
    async with opened_desk(working_folder) as desk:
        spec = desk.spec()
        file = journal_file(desk)
        file.parent.mkdir()
        with sqlite3.connect(file) as theirs:
            theirs.execute("CREATE TABLE songs (title TEXT)")
        theirs.close()
        theirs_bytes = file.read_bytes()
        await refused(desk, spec, "a SQLite file of another program", "--journal")
        assert file.read_bytes() == theirs_bytes
        file.write_bytes(b"Dear diary, " * 1000)
        await refused(desk, spec, "not a database")


async def test_a_journal_of_a_newer_version_is_left_to_the_newer_program(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder) as desk:
        spec = desk.spec(**SHORT)
        await killed_at(desk, "after begin 1", "apply", spec, "--yes")
        set_version(journal_file(desk), 99)
        await refused(desk, spec, "version 99", "the newer retrigger")
        set_version(journal_file(desk), VERSION)
        await finished(desk, spec)
        await nothing_twice_and_nothing_lost(desk, runs=20)


async def test_where_the_journal_cannot_be_made_or_written_nothing_is_sent(
    working_folder: Path, mount: Mount
) -> None:
    async with opened_desk(working_folder) as desk:
        spec = desk.spec(**SHORT)
        folder = journal_file(desk).parent
        folder.mkdir()
        mount(folder, "ro")
        await refused(desk, spec, "mounted read-only", "--journal")
        mount(folder, "rw")
        await killed_at(desk, "after begin 1", "apply", spec, "--yes")
        mount(folder, "ro")
        await refused(desk, spec, "mounted read-only", "--journal")
        mount(folder, "rw")
        await finished(desk, spec)
        await nothing_twice_and_nothing_lost(desk, runs=20)


async def test_a_disk_that_runs_full_stops_it_and_it_goes_on_once_there_is_room(
    working_folder: Path, mount: Mount
) -> None:
    async with opened_desk(
        working_folder, sandboxes=[sandbox("prod", flows=40, failed=20)]
    ) as desk:
        spec = desk.spec(**{**SHORT, "limits": {"max_per_second": 2000, "max_at_once": 16}})
        folder = journal_file(desk).parent
        folder.mkdir()
        mount(folder, "size=1m")
        done = await desk.run("apply", spec, "--yes")
        assert done.code == 7, done.said
        assert "disk is full" in done.err, done.said
        assert "run apply again" in done.err
        assert desk.nothing_twice
        before = desk.posts
        await refused(desk, spec, "disk is full")
        assert before < 800
        mount(folder, "size=50m")
        await finished(desk, spec)
        await nothing_twice_and_nothing_lost(desk, runs=800)
        assert states(desk)[-1] == "finished"


def settle_into_one_file(file: Path) -> None:
    with sqlite3.connect(file) as journal:
        journal.execute("PRAGMA journal_mode = DELETE")
    journal.close()


def set_version(file: Path, version: int) -> None:
    with sqlite3.connect(file) as journal:
        journal.execute(f"PRAGMA user_version = {version}")
    journal.close()
