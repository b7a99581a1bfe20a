"""What the real command says, where it says it, and what it never says: secrets, escapes, half sentences."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.desk import (
    SECRET,
    Desk,
    Done,
    fault,
    on_terminal,
    opened_desk,
    sandbox,
)

ESCAPE = "\x1b"
WRONG_SECRET = "planted-wr0ng-Kp72Lm9Qe"
TOKEN = re.compile(rb"eyJhbGciOiJSUzI1NiJ9\.[A-Za-z0-9._-]+")


def written(desk: Desk) -> Iterator[tuple[Path, bytes]]:
    """Every file that there is at the desk, the bug reports and the journal included."""
    for path in desk.folder.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()


def check_no_secret(desk: Desk, *done: Done, secrets: tuple[str, ...] = (SECRET,)) -> None:
    said = [(f"what {number} said", one.said.encode()) for number, one in enumerate(done)]
    for where, content in [*said, *written(desk)]:
        for secret in secrets:
            assert secret.encode() not in content, where
        assert not TOKEN.search(content), where


TALK = ("--verbose", "--log-format", "json")


async def test_no_secret_is_ever_written_when_all_goes_well(working_folder: Path) -> None:
    async with opened_desk(working_folder) as desk:
        spec = desk.spec()
        planned = await desk.run("plan", spec, "-o", "out.jsonl", *TALK)
        done = await desk.run("apply", spec, "--yes", *TALK)
        status = await desk.run("status")
        assert (planned.code, done.code, status.code) == (0, 0, 0), done.said
        check_no_secret(desk, planned, done, status)
        told = [json.loads(line) for line in done.err.splitlines()]
        logged = [line for line in told if line["action"] == "logged"]
        assert len([line for line in logged if "re-trigger of" in line["message"]]) == 20
        assert {tuple(line) for line in logged} == {("time", "level", "action", "message", "from")}


async def test_no_secret_is_ever_written_when_it_goes_wrong(working_folder: Path) -> None:
    faults = [
        fault("token_revoked", nth=[4]),
        fault({"status": {"status": 403, "body": "gateway", "code": "403003"}}, nth=[9]),
    ]
    async with opened_desk(working_folder, faults=faults) as desk:
        spec = desk.spec()
        wrong = await desk.run(
            "apply", spec, "--yes", *TALK, environment={"AEP_CLIENT_SECRET": WRONG_SECRET}
        )
        assert wrong.code == 2, wrong.said
        assert "refuses the credentials" in wrong.err
        unreachable = await desk.run(
            "apply", spec, "--yes", *TALK, environment={"AEP_URL": "http://127.0.0.1:9"}
        )
        assert unreachable.code == 7, unreachable.said
        assert desk.posts == 0
        refused = await desk.run("apply", spec, "--yes", *TALK)
        assert refused.code == 7, refused.said
        assert "the platform refuses every call" in refused.said
        literal = json.loads(spec.read_text())
        literal["connection"]["auth"]["client_secret"] = WRONG_SECRET
        # A file that a person wrote a secret into holds it; nothing else may.
        (desk.folder.parent / "literal.yaml").write_text(json.dumps(literal))
        told = await desk.run("apply", desk.folder.parent / "literal.yaml", "--yes", *TALK)
        assert told.code == 2, told.said
        check_no_secret(desk, wrong, unreachable, refused, told, secrets=(SECRET, WRONG_SECRET))


BUG = """
import os, sys
import runner.app.applying as applying
def broken(*_): raise RuntimeError("with " + os.environ["AEP_CLIENT_SECRET"])
applying.explained = broken
from runner.cli import main
main()
"""


def check_bug_report(path: Path) -> None:
    assert "RuntimeError: with ***" in path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_bug_of_ours_points_to_its_traceback_and_holds_no_secret(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder) as desk:
        done = await desk.run("apply", desk.spec(), "--yes", *TALK, code=BUG)
        assert done.code == 70, done.said
        assert "Traceback" not in done.err
        found = re.search(r"traceback is in (\S+retrigger-bug-\S+\.txt)", done.err)
        assert found, done.said
        check_bug_report(Path(found.group(1)))
        assert desk.posts == 0
        check_no_secret(desk, done)


async def test_without_a_terminal_there_are_plain_lines_and_results_stand_alone(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder) as desk:
        done = await desk.run("apply", desk.spec(), "--yes")
        assert done.code == 0, done.said
        assert ESCAPE not in done.out + done.err
        assert "\r" not in done.out + done.err
        assert "done 20/20 settled" in done.err
        # Standard output holds the results and nothing of the way there.
        assert "settled ·" not in done.out
        assert "journal:" not in done.out
        assert "finished" in done.out
        assert "reports: reports/" in done.out

        quiet = await desk.run("apply", desk.spec("other.yaml", name="other"), "--yes", "-q")
        assert quiet.code == 0, quiet.said
        assert quiet.err == ""
        assert "other" in quiet.out


@pytest.mark.parametrize(
    ("environment", "never"),
    [
        ({"NO_COLOR": "1"}, r"\x1b\[[0-9;]*\b(?:3[0-79]|4[0-79]|9[0-7]|10[0-7])\b[0-9;]*m"),
        ({"TERM": "dumb"}, r"\x1b"),
    ],
)
async def test_on_a_terminal_colours_can_be_refused(
    working_folder: Path, environment: dict[str, str], never: str
) -> None:
    async with opened_desk(working_folder) as desk:
        async with on_terminal(desk, "apply", desk.spec(), "--yes", **environment) as terminal:
            assert await terminal.done() == 0
            await terminal.shows("reports:")
        assert not re.search(never, terminal.shown)


async def test_hostile_words_of_the_platform_do_nothing_to_a_terminal(
    working_folder: Path,
) -> None:
    faults = [fault({"hostile_text": {"status": 400}}, every=2)]
    flows = [{"name": "S3 \x1b[31m::error::x", "runs": {"failed": 6}}]
    async with opened_desk(
        working_folder, sandboxes=[{"name": "prod", "flows": flows}], faults=faults
    ) as desk:
        spec = desk.spec()
        planned = await desk.run("plan", spec, "-o", "out.jsonl")
        assert planned.code == 0, planned.said
        done = await desk.run("apply", spec, "--yes", "--verbose")
        assert done.code == 1, done.said
        status = await desk.run("status")
        for text in (planned.said, done.said, status.said):
            assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text)
            assert not re.search(r"^\s*::", text, re.MULTILINE)
        for name in ("results.csv", "summary.md", "report.html", "events.jsonl"):
            content = (desk.execution_folder / name).read_bytes()
            assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", content), name
        csv_text = (desk.execution_folder / "results.csv").read_text(encoding="utf-8")
        assert not re.search(r'(^|,)"?[=+@]', csv_text, re.MULTILINE)


async def test_help_and_misuse_are_answered_plainly(working_folder: Path) -> None:
    async with opened_desk(working_folder, sandboxes=[sandbox("prod", flows=1)]) as desk:
        helped = await desk.run("apply", "--help")
        assert helped.code == 0
        assert "Exit codes: 0 all re-triggered" in helped.out
        misused = await desk.run("apply", "--no-such-option")
        assert misused.code == 2
        assert "--no-such-option" in misused.err
        unknown = await desk.run("no-such-command")
        assert unknown.code == 2
        checked = await desk.run("check", desk.spec())
        assert checked.code == 0, checked.said
        assert checked.out.endswith("spec.yaml: ok\n")
        assert desk.served.platform.ledger.requests == []


async def test_the_end_of_an_apply_says_why_runs_were_not_retriggered(working_folder: Path) -> None:
    faults = [
        fault({"status": {"status": 400, "body": "flow_service", "code": "1100-400"}}, every=1)
    ]
    async with opened_desk(
        working_folder, sandboxes=[sandbox("prod", flows=1, failed=3)], faults=faults
    ) as desk:
        elsewhere = desk.folder / "else where.db"
        done = await desk.run("apply", desk.spec(), "--yes", "--journal", elsewhere)
        status = await desk.run("status", "--journal", elsewhere)

    table = re.compile(r"^outcome +runs +reason\nrefused +3 +FLOW-1100-400", re.MULTILINE)
    assert done.code == 1, done.said
    assert table.search(done.out), done.said
    assert table.search(status.out), status.said


async def test_what_is_advised_names_the_journal_where_it_is_not_the_usual_one(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder, sandboxes=[sandbox("prod", flows=1, failed=4)]) as desk:
        spec = desk.spec(limits={"max_per_second": 1})
        place = desk.folder / "else where.db"
        stopped = await desk.run("apply", spec, "--yes", "--stop-after", "1s", "--journal", place)
        usual = await desk.run("status", environment={"RETRIGGER_JOURNAL": str(place)})

    assert stopped.code == 130, stopped.said
    assert f"retrigger apply {spec} --journal '{place}'\n" in stopped.out
    assert f"retrigger apply {spec}\n" in usual.out


@pytest.mark.parametrize("becomes", ["gone", "another"])
async def test_what_is_advised_works_where_the_specs_file_is_another_or_none(
    working_folder: Path, becomes: str
) -> None:
    async with opened_desk(working_folder, sandboxes=[sandbox("prod", flows=1, failed=4)]) as desk:
        spec = desk.spec(limits={"max_per_second": 2})
        assert (await desk.run("plan", spec, "-o", "plan.jsonl")).code == 0
        stopped = await desk.run("apply", "plan.jsonl", "--yes", "--stop-after", "1s")
        assert stopped.code == 130, stopped.said
        assert f"retrigger apply {spec}\n" in stopped.out
        if becomes == "gone":
            spec.unlink()
        else:
            desk.spec(limits={"max_per_second": 1000})

        told = (await desk.run("status")).out
        kept = f"reports/{desk.execution_folder.name}/plan.jsonl"
        assert f"retrigger apply {kept}\n" in told
        done = await desk.run("apply", kept, "--yes")

        assert done.code == 0, done.said
        assert len(desk.accepted) == 4
        assert desk.nothing_twice


async def test_reconciling_what_has_ended_in_every_way_changes_nothing(
    working_folder: Path,
) -> None:
    faults = [
        fault({"status": {"status": 400, "body": "flow_service", "code": "1100-400"}}, nth=[1])
    ]
    async with opened_desk(
        working_folder, sandboxes=[sandbox("prod", flows=1, failed=3)], faults=faults
    ) as desk:
        wait = {"for_recovery": True, "poll_every": "100ms", "timeout": "20s"}
        done = await desk.run("apply", desk.spec(wait=wait), "--yes")
        before = (desk.execution_folder / "results.json").read_bytes()
        again = await desk.run("reconcile")

        assert again.code == done.code == 1, again.said
        assert "nothing is unresolved." in again.err
        assert again.out == done.out
        assert (desk.execution_folder / "results.json").read_bytes() == before


async def test_a_warning_of_the_spec_is_one_line_that_says_so_once(working_folder: Path) -> None:
    async with opened_desk(working_folder, sandboxes=[sandbox("prod", flows=1)]) as desk:
        spec = desk.spec(wait={"timeout": "10s", "poll_every": "30s"})
        done = await desk.run("plan", spec)

    assert done.code == 0, done.said
    (line,) = [line for line in done.err.splitlines() if "poll_every" in line]
    assert re.match(
        r"warning: \S+spec\.yaml:\d+:\d+: wait\.poll_every: wait\.poll_every is longer than", line
    ), line


async def test_a_port_that_is_taken_is_told_in_one_line(working_folder: Path) -> None:
    async with opened_desk(working_folder) as desk:
        done = await desk.run("simulate", "--port", desk.served.url.rsplit(":", 1)[1])

    assert done.code == 2, done.said
    assert "cannot be had: Address already in use. Give another with --port" in done.err
    assert len(done.err.splitlines()) == 1
