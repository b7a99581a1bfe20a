"""Every command that is advised works as it stands: from the folder that is named, with the journal that it needs."""

import asyncio
import html
import re
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.acceptance.desk import Desk, Done, opened_desk, sandbox
from tests.acceptance.test_acceptance_one_off import LATE, RUNS, addresses, apply, named, scenario

_CODE = re.compile(r"<code>(.*?)</code>", re.DOTALL)
_STEPS = re.compile(r'<section class="steps".*?</section>', re.DOTALL)
_RUNS = 6
_SLOW = {"limits": {"max_per_second": 8, "max_reads_per_second": 1000}}


async def followed(
    desk: Desk, line: str, *, folder: str | Path, environment: Mapping[str, str] | None = None
) -> Done:
    """Give a command line to a shell in a folder, as a person would who copies it there."""
    program = desk.folder / "bin" / "retrigger"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m runner "$@"\n')
    program.chmod(0o700)
    path = f"{program.parent}:{desk.environment['PATH']}"
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-c",
        line,
        cwd=folder,
        env={**desk.environment, **(environment or {}), "PATH": path},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return Done(process.returncode, out.decode(), err.decode())


def advised_in(page: str) -> tuple[str, list[str]]:
    """The folder that a page names, and the commands that it advises, as a reader of the page sees them."""
    codes = [html.unescape(code) for code in _CODE.findall(page)]
    folder = codes[[code.startswith("/") for code in codes].index(True)]
    return folder, [code for code in codes if code.startswith("retrigger ")]


def applying(commands: list[str]) -> list[str]:
    """Those that go on with it; the others look at what became of it."""
    return [command for command in commands if command.startswith("retrigger apply ")]


def in_summary(folder: Path) -> tuple[str, list[str]]:
    text = (folder / "summary.md").read_text(encoding="utf-8")
    return advised_in(MarkdownIt("commonmark").render(text.partition("## What to do next")[2]))


def in_html(folder: Path) -> tuple[str, list[str]]:
    (steps,) = _STEPS.findall((folder / "report.html").read_text(encoding="utf-8"))
    return advised_in(steps)


def moved(desk: Desk, folder: Path) -> Desk:
    """Let the person work from another folder."""
    folder.mkdir(parents=True)
    return Desk(folder=folder, served=desk.served, environment=desk.environment)


async def interrupted(desk: Desk, *words: str, environment: Mapping[str, str]) -> Done:
    """Apply, and press Ctrl-C when something was accepted and something is left."""
    command = await desk.start("apply", *words, "--yes", environment=environment)
    await desk.has_accepted(1)
    command.send(signal.SIGINT)
    stopped = await command.done()
    assert stopped.code == 130, stopped.said
    assert 0 < len(desk.accepted) < _RUNS
    return stopped


@pytest.mark.parametrize(
    ("spec", "options", "environment"),
    [
        ("gl.yaml", (), {}),
        ("gl.yaml", ("--journal", "j/gl.db"), {}),
        ("-it's a spec.yaml", ("--journal", "-my j.db"), {"RETRIGGER_JOURNAL": "another.db"}),
        ("gl `x`.yaml", (), {"RETRIGGER_JOURNAL": "j/$HOME.db"}),
    ],
    ids=["the usual journal", "a journal by option", "odd names", "a journal by environment"],
)
async def test_what_the_reports_advise_goes_on_with_the_same_history(
    working_folder: Path, spec: str, options: tuple[str, ...], environment: dict[str, str]
) -> None:
    scene = [sandbox("prod", flows=2, failed=_RUNS // 2)]
    async with opened_desk(working_folder, sandboxes=scene) as first:
        desk = moved(first, working_folder / "inc 2041")
        (desk.folder / "j").mkdir()
        desk.spec(
            spec, report={"directory": "out put", "formats": ["markdown", "html", "json"]}, **_SLOW
        )
        await interrupted(desk, f"./{spec}", *options, environment=environment)
        (reports,) = (desk.folder / "out put").iterdir()
        told = in_summary(reports)
        assert told == in_html(reports)

        folder, commands = told
        (command,) = applying(commands)
        assert folder == str(desk.folder)
        done = await followed(desk, f"{command} --yes", folder=folder)
        assert done.code == 0, done.said
        assert (len(desk.accepted), desk.nothing_twice) == (_RUNS, True)
        assert list((desk.folder / "out put").iterdir()) == [reports]  # no other execution began


async def test_a_one_off_goes_on_by_the_spec_that_was_kept(working_folder: Path) -> None:
    async with opened_desk(working_folder, **scenario(), faults=LATE) as desk:
        asked = [*named(*RUNS), "--reason", "INC-1", "--yes", "--stop-after", "1s"]
        stopped = await apply(desk, *asked, "--journal", "one off.db")
        assert stopped.code == 130, stopped.said
        folder, commands = in_summary(desk.execution_folder)
        (command,) = applying(commands)
        done = await followed(desk, f"{command} --yes", folder=folder, environment=addresses(desk))
        assert done.code == 0, done.said
        assert (sorted(desk.accepted), desk.posts) == (RUNS, 6)


async def test_what_a_plans_summary_and_status_advise_works_from_where_they_say(
    working_folder: Path,
) -> None:
    scene = [sandbox("prod", flows=2, failed=_RUNS // 2)]
    async with opened_desk(working_folder, sandboxes=scene) as first:
        desk = moved(first, working_folder / "inc 2041")
        desk.spec("gl.yaml", **_SLOW)
        planned = await desk.run("plan", "gl.yaml", "-o", "the plan.jsonl", "--journal", "gl.db")
        assert planned.code == 0, planned.said
        page = MarkdownIt("commonmark").render((desk.folder / "the plan.md").read_text())
        folder, (command,) = advised_in(page.partition("How to apply it")[2])
        assert f"apply it with: {command}\n" in planned.out
        await interrupted(desk, "the plan.jsonl", "--journal", "gl.db", environment={})

        status = await followed(
            desk, "retrigger status --journal 'inc 2041/gl.db'", folder=working_folder
        )
        told = re.search(r"(cd .* && retrigger apply .*)\n", status.out)
        assert told, status.said
        done = await followed(desk, f"{told[1]} --yes", folder=working_folder)
        assert done.code == 0, done.said
        again = await followed(desk, f"{command} --yes", folder=folder)
        assert again.code == 0, again.said
        assert "this very plan was applied before" in again.err
        assert (len(desk.accepted), desk.nothing_twice) == (_RUNS, True)


async def test_what_errors_advise_names_the_journal(working_folder: Path) -> None:
    async with opened_desk(working_folder, sandboxes=[sandbox("prod", flows=1, failed=1)]) as desk:
        desk.spec("gl.yaml")
        assert (await desk.run("apply", "gl.yaml", "--yes", "--journal", "a b.db")).code == 0
        for words in (
            ["status", "nobody"],
            ["control", "pause"],
            ["reconcile", "--absent", "nobody"],
        ):
            refused = await desk.run(*words, "--journal", "a b.db")
            (command,) = re.findall(r"`(retrigger .*?)`", refused.err)
            done = await followed(desk, command, folder=desk.folder)
            assert (refused.code, done.code) == (2, 0), f"{refused.said}\n{done.said}"
            assert "inc-2041" in done.out
