"""`doctor`, by the real command: exit codes, words, and that it touches nothing."""

import json
import re
from pathlib import Path

import pytest

from tests.acceptance.desk import SECRET, Desk, on_terminal, opened_desk, sandbox


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def kinds(desk: Desk) -> list[str]:
    return [line.kind for line in desk.served.platform.ledger.requests]


async def test_a_checklist_with_a_line_a_check_is_printed_and_nothing_is_made(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder, sandboxes=[sandbox("prod", type="production")]) as desk:
        spec = desk.spec()
        before = names_in(working_folder)
        done = await desk.run("doctor", spec)

        assert done.code == 0, done.said
        lines = done.out.splitlines()
        assert all(re.match(r"(ok|warning|not checked) {2,}\S", line) for line in lines[:-1])
        assert re.search(
            r"^ok +sandbox prod +active, production, region VA7$", done.out, re.MULTILINE
        )
        assert re.search(
            r"^ok +limits +2000 per second, 16 at once in all; at most", done.out, re.MULTILINE
        )
        assert lines[-1] == "nothing failed; 1 warning"  # there is no journal yet
        assert kinds(desk) == ["token", "sandboxes", "runs", "flows"]
        assert desk.posts == 0
        assert names_in(working_folder) == before
        assert SECRET not in done.said


async def test_everything_that_is_wrong_is_told_and_the_exit_code_is_7(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder) as desk:
        spec = desk.spec(
            sandboxes=[
                {"name": name, "runs": ["4fb0418e-1804-45d6-8d56-dd51f05c0baf"]}
                for name in ("prod", "nowhere")
            ]
        )
        done = await desk.run("doctor", spec, "--journal", "spec.yaml/journal.db")

        assert done.code == 7, done.said
        failed = re.findall(r"^FAILED +(\S+(?: \S+)*?)  ", done.out, re.MULTILINE)
        assert failed == ["journal", "sandbox nowhere", "runs in nowhere", "flows in nowhere"]
        assert "Check the name's spelling" in done.out
        assert done.out.endswith("4 failed\n")
        assert desk.posts == 0


@pytest.mark.parametrize("output", ["text", "json"])
async def test_a_wrong_spec_is_exit_code_2_and_nothing_is_asked(
    working_folder: Path, output: str
) -> None:
    async with opened_desk(working_folder) as desk:
        done = await desk.run("doctor", desk.spec(reason=""), "--format", output)

        assert done.code == 2, done.said
        assert "reason" in done.err
        assert done.out == ""
        assert kinds(desk) == []


async def test_settings_that_cannot_be_used_are_exit_code_2(working_folder: Path) -> None:
    async with opened_desk(working_folder) as desk:
        done = await desk.run(
            "doctor", desk.spec(), "--format", "json", environment={"SSL_CERT_FILE": "none.pem"}
        )

        assert done.code == 2, done.said
        found = json.loads(done.out)
        assert (found["version"], found["exit_code"]) == (1, 2)
        by_name = {one["check"]: one for one in found["checks"]}
        assert by_name["certificates"] == {
            "check": "certificates",
            "state": "failed",
            "fact": "SSL_CERT_FILE in the environment names none.pem, which does not exist.",
            "remedy": "Set it to your certificates, or unset it.",
        }
        assert by_name["token"]["state"] == "not_checked"


async def test_an_unfinished_execution_is_told(working_folder: Path) -> None:
    async with opened_desk(working_folder) as desk:
        spec = desk.spec(limits={"max_per_second": 5})
        stopped = await desk.run("apply", spec, "--yes", "--stop-after", "1s")
        assert stopped.code == 130, stopped.said
        done = await desk.run("doctor", spec)

        assert done.code == 0, done.said
        execution = desk.execution_folder.name
        assert f"1 execution, can be written; {execution} of this spec is unfinished" in done.out
        assert done.out.endswith("all is well\n")


async def test_on_a_terminal_the_same_lines_are_shown(working_folder: Path) -> None:
    async with opened_desk(working_folder) as desk:
        async with on_terminal(desk, "doctor", desk.spec()) as terminal:
            assert await terminal.done() == 0
            await terminal.shows("nothing failed; 1 warning")
        assert "\x1b" not in terminal.shown
