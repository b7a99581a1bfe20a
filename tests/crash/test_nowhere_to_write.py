"""Nowhere to write, or nearly: each command says what was tried and what to do, and never ends in a traceback."""

import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from runner.journal import open_journal
from tests.acceptance.desk import Desk, Done, opened_desk, sandbox
from tests.contract.making import begun, some_passed_over

LOCKED = """
set -e
for place in / /tmp /var/tmp /dev/shm {folder}; do
  mountpoint -q $place || mount --bind $place $place
  mount -o remount,bind,ro $place
done
mount -t tmpfs -o {room} none {mnt}
cd {folder}
exec "$@"
"""


class House:
    """A machine on which nothing can be written but ``mnt``."""

    def __init__(self, desk: Desk, *, room: str = "size=200m") -> None:
        self.desk = desk
        self.mnt = desk.folder / "mnt"
        self.mnt.mkdir(exist_ok=True)
        folder = shlex.quote(str(desk.folder))
        self._script = LOCKED.format(folder=folder, mnt=shlex.quote(str(self.mnt)), room=room)

    def run(self, *words: object, code: str | None = None, **environment: str) -> Done:
        """Run a command there, to its end; ``ls`` and the like too."""
        way = [sys.executable, *(["-c", code] if code else ["-m", "runner"])]
        return self.shell([*way, *map(str, words)], environment)

    def shell(self, command: Sequence[str], environment: dict[str, str]) -> Done:
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", self._script, "sh", *command],
            cwd=self.desk.folder,
            env={**self.desk.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if "unshare" in done.stderr or "mount:" in done.stderr:
            pytest.skip("no file system can be mounted here")
        return Done(done.returncode, done.stdout, done.stderr)


def without_a_traceback(done: Done, code: int, *words: str) -> None:
    assert done.code == code, done.said
    assert "Traceback" not in done.err, done.said
    for word in words:
        assert word in done.err, done.said


@pytest.fixture
def nowhere() -> dict[str, str]:
    return {"TMPDIR": "/nowhere"}


async def test_a_read_only_machine_is_told_by_every_command(
    working_folder: Path, nowhere: dict[str, str]
) -> None:
    async with opened_desk(working_folder, sandboxes=[sandbox("prod", flows=1, failed=2)]) as desk:
        spec = desk.spec()
        planned = await desk.run("plan", spec, "-o", "plan.jsonl")
        assert planned.code == 0, planned.said
        house = House(desk)

        rehearsed = house.run("rehearse", "plan.jsonl", **nowhere)
        without_a_traceback(
            rehearsed, 7, "no folder for temporary files can be written", "reports", "TMPDIR=/path"
        )
        elsewhere = house.run("rehearse", "plan.jsonl", "--report-directory", house.mnt, **nowhere)
        without_a_traceback(elsewhere, 0)

        applied = house.run("apply", "plan.jsonl", "--yes", **nowhere)
        without_a_traceback(applied, 7, ".retrigger", "Read-only", "--journal")
        journal = ("--journal", house.mnt / "j.db")
        unreported = house.run("apply", "plan.jsonl", "--yes", *journal, **nowhere)
        without_a_traceback(
            unreported,
            7,
            "reports cannot be written here",
            "--report-directory",
            "Nothing was sent",
        )
        assert desk.posts == 0
        bug = "import runner.app.status as s; s.status = None; from runner.cli import main; main()"
        told = house.run("status", code=bug, **nowhere)
        without_told_traceback(told)


def without_told_traceback(done: Done) -> None:
    """Where no file can hold it, the traceback of a bug is printed, after the words that belong to it."""
    assert done.code == 70, done.said
    assert "can be kept in no file: please report it" in done.err
    assert "TypeError" in done.err


async def test_reports_are_written_whole_though_there_is_no_temporary_folder(
    working_folder: Path, nowhere: dict[str, str]
) -> None:
    async with opened_desk(working_folder) as desk:
        journal = open_journal("journal.db", make=True)
        words = " ".join(f"f{number % 50}" for number in range(10_000))
        formats = "csv json markdown html junit"
        begun(
            journal,
            words,
            state="finished",
            report_formats=formats,
            passed_over=some_passed_over(10),
        )
        journal.close()
        house = House(desk)
        report = "-m runner report --journal mnt/j.db --directory mnt/r"
        both = f"cp journal.db mnt/j.db && {sys.executable} {report} && ls mnt/r"
        done = house.shell(["sh", "-c", both], nowhere)

        without_a_traceback(done, 0)
        assert done.out.split()[-7:] == [
            "events.jsonl",
            "junit.xml",
            "report.html",
            "results.csv",
            "results.json",
            "spec.yaml",
            "summary.md",
        ]
        cramped = House(desk, room="size=7m")
        done = cramped.shell(["sh", "-c", f"{both}; code=$?; ls -A mnt/r; exit $code"], nowhere)
        without_a_traceback(done, 7, "cannot be written", "Free some space there")
        assert done.out == ""  # not one of seven
