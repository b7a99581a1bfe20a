"""Readers of what is printed may go away at any time: what is done and the exit code stay the same."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.desk import Desk, Done, on_terminal, opened_desk, sandbox

CLOSED = 'exec "$0" -m runner "$@"'
BROKEN = ("gone", "closed", "full")
ONE_FLOW = [sandbox("prod", flows=1, failed=3)]


@contextmanager
def broken(how: str) -> Iterator[int]:
    """Give a descriptor whose reader went away, or whose disk is full."""
    if how == "full":
        descriptor = os.open("/dev/full", os.O_WRONLY)
    else:
        reader, descriptor = os.pipe()
        os.close(reader)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


async def run_to(
    desk: Desk, *arguments: object, out: str = "", err: str = "", **environment: str
) -> Done:
    """Run the command with standard output, standard error or both broken in some way."""
    closing = (">&- " if out == "closed" else "") + ("2>&- " if err == "closed" else "")
    with broken("full" if "full" in (out, err) else "gone") as nowhere:
        streams = [
            nowhere if how in ("gone", "full") else asyncio.subprocess.PIPE for how in (out, err)
        ]
        process = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            f"{CLOSED} {closing}",
            sys.executable,
            *map(str, arguments),
            cwd=desk.folder,
            env={**desk.environment, **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=streams[0],
            stderr=streams[1],
        )
        said_out, said_err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode is not None
    return Done(process.returncode, (said_out or b"").decode(), (said_err or b"").decode())


@pytest.mark.parametrize("how", BROKEN)
async def test_an_apply_that_nobody_reads_goes_on_to_its_end(
    how: str, working_folder: Path
) -> None:
    async with opened_desk(working_folder, sandboxes=[sandbox("prod")]) as desk:
        done = await run_to(desk, "apply", desk.spec(), "--yes", out=how, err=how)

        assert done.code == 0
        assert len(desk.accepted) == 20
        assert desk.outcomes() == {"retriggered": 20}


@pytest.mark.parametrize(
    ("stream", "how", "arguments", "code"),
    [
        ("out", "gone", ("check", "wrong.yaml"), 2),
        ("out", "closed", ("plan", "spec.yaml", "--detailed-exitcode"), 8),
        ("out", "full", ("check", "wrong.yaml"), 2),
        ("err", "gone", ("no-such-command",), 2),
        ("err", "closed", ("status",), 7),  # there is no journal
        ("err", "full", ("plan", "spec.yaml", "--detailed-exitcode"), 8),
    ],
)
async def test_the_exit_code_is_the_true_one_when_a_stream_is_broken(
    stream: str, how: str, arguments: tuple[str, ...], code: int, working_folder: Path
) -> None:
    async with opened_desk(working_folder, sandboxes=ONE_FLOW) as desk:
        desk.spec()
        (desk.folder / "wrong.yaml").write_text("version: 1\n")
        done = await run_to(desk, *arguments, **{stream: how})

    assert done.code == code, done.said
    assert "Traceback" not in done.said
    assert "Exception ignored" not in done.said


async def test_a_reader_that_went_away_is_not_spoken_of(working_folder: Path) -> None:
    async with opened_desk(working_folder, sandboxes=ONE_FLOW) as desk:
        assert (await desk.run("apply", desk.spec(), "--yes")).code == 0

        for how, command in (("gone", "status"), ("closed", "report")):
            done = await run_to(desk, command, out=how)

            assert (done.code, done.err) == (0, ""), done.said


async def test_a_full_disk_behind_standard_output_is_told(working_folder: Path) -> None:
    async with opened_desk(working_folder, sandboxes=ONE_FLOW) as desk:
        applied = await run_to(desk, "apply", desk.spec(), "--yes", out="full")
        status = await run_to(desk, "status", out="full")

    assert applied.code == 0
    assert applied.err.endswith(
        "warning: standard output cannot be written: No space left on device. "
        "What was to be read there is lost; all else was done.\n"
    )
    assert status == Done(
        7,
        "",
        "error: standard output cannot be written: No space left on device. "
        "Make room or send it elsewhere, then ask again.\n",
    )


BUG = """
import runner.app.plan_command
def broken(*_, **__): raise RuntimeError
runner.app.plan_command.plan = broken
from runner.cli import main
main()
"""
JSON = ("--log-format", "json")


def objects(err: str) -> list[dict[str, object]]:
    """Read every line of standard error as an object with what each of them has."""
    found: list[dict[str, object]] = [json.loads(line) for line in err.splitlines()]
    for each in found:
        assert list(each)[:4] == ["time", "level", "action", "message"], each
        assert each["message"], each
    return found


def actions(err: str) -> list[object]:
    return list(dict.fromkeys(each["action"] for each in objects(err)))


async def test_with_json_every_line_of_an_apply_on_standard_error_is_an_object(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder, sandboxes=ONE_FLOW) as desk:
        done = await desk.run("apply", desk.spec(), "--yes", "--verbose", *JSON)
        plain = await desk.run("status")

        assert done.code == 0, done.said
        assert set(actions(done.err)) == {"journal", "selecting", "planned", "logged", "progress"}
        new, *_, last = objects(done.err)
        assert (new["level"], new["action"]) == ("warning", "journal")
        assert last["outcomes"] == {"retriggered": 3}
        assert (last["phase"], last["settled"], last["planned"]) == ("done", 3, 3)
        assert "finished" in done.out  # results stay as they are
        assert "retriggered" in plain.out


async def test_with_json_every_error_is_an_object_with_its_exit_code(working_folder: Path) -> None:
    async with opened_desk(working_folder, sandboxes=ONE_FLOW) as desk:
        (desk.folder / "wrong.yaml").write_text("version: 1\n")
        spec = desk.spec()
        nowhere = {"AEP_URL": "http://127.0.0.1:9"}
        told = [
            await desk.run("apply", spec, *JSON),  # no consent
            await desk.run("apply", "wrong.yaml", *JSON),
            await desk.run("apply", spec, "--no-such-option", "--log-format=json"),
            await desk.run("apply", spec, "--yes", *JSON, environment=nowhere),
        ]

    last = [objects(done.err)[-1] for done in told]
    assert [(each["action"], each["level"], each["exit_code"]) for each in last] == [
        ("usage_error", "error", 2),
        ("spec_invalid", "error", 2),
        ("usage_error", "error", 2),
        ("platform_unreachable", "error", 7),
    ]
    assert [done.code for done in told] == [2, 2, 2, 7]
    assert len(objects(told[1].err)) == 4  # a line a problem


async def test_with_json_a_terminal_gets_objects_and_no_live_display(working_folder: Path) -> None:
    async with opened_desk(working_folder, sandboxes=ONE_FLOW) as desk:
        async with on_terminal(desk, "apply", desk.spec(), *JSON) as terminal:
            await terminal.shows("Type yes to go on")
            terminal.type("yes\n")
            assert await terminal.done() == 0
            await terminal.shows("reports:")

        lines = terminal.shown.replace("\r", "").splitlines()
        told = [json.loads(line) for line in lines if line.startswith("{")]
        assert "consent" in [each["action"] for each in told]
        assert told[-1]["action"] == "progress"
        assert "\x1b" not in terminal.shown


async def test_with_json_a_bug_is_an_object_too(working_folder: Path) -> None:
    async with opened_desk(working_folder, sandboxes=ONE_FLOW) as desk:
        done = await desk.run("plan", desk.spec(), *JSON, code=BUG)

    assert done.code == 70
    assert [(each["action"], each["exit_code"]) for each in objects(done.err)] == [("bug", 70)]
