"""`apply --sandbox S --run ID --reason TEXT`, by the real command: without a file, and with everything else."""

import json
import re
import signal
from pathlib import Path

import jsonschema

from tests.acceptance.desk import ROOT, SECRET, Desk, Done, on_terminal, opened_desk

RUNS = [f"{letter * 8}-1804-45d6-8d56-dd51f05c0baf" for letter in "abcdef"]


def scenario() -> dict[str, object]:
    listed = [{"id": run, "started": f"-{number + 1}h"} for number, run in enumerate(RUNS)]
    flows = [{"name": f"S3 {n}", "runs": {"listed": listed[n::3]}} for n in range(3)]
    return {"sandboxes": [{"name": "prod", "type": "production", "flows": flows}]}


def addresses(desk: Desk) -> dict[str, str]:
    return {"AEP_PLATFORM_URL": desk.served.url, "AEP_IMS_URL": desk.served.url}


def named(*runs: str) -> list[str]:
    return ["--sandbox", "prod", *(word for run in runs for word in ("--run", run))]


async def apply(desk: Desk, *arguments: object, **environment: str) -> Done:
    return await desk.run("apply", *arguments, environment={**addresses(desk), **environment})


def check_no_secret(desk: Desk, *done: Done) -> None:
    assert all(SECRET not in one.said for one in done)
    for path in desk.folder.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path


async def test_runs_are_re_triggered_without_a_file_and_their_spec_is_kept(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder, **scenario()) as desk:
        asked = [
            *named(RUNS[0], RUNS[1]),
            "--reason",
            "INC-1: ${key}",
            "--ticket",
            "INC-1",
            "--yes",
        ]
        done = await apply(desk, *asked)

        assert done.code == 0, done.said
        assert sorted(desk.accepted) == RUNS[:2]
        name = re.search(r"this one-off is called (one-off-aaaaaaaa-and-1-more-\w{8});", done.err)
        assert name, done.said
        results = desk.results
        jsonschema.validate(
            results,
            json.loads((ROOT / "schemas/report.v1.schema.json").read_text(encoding="utf-8")),
        )
        execution = results["execution"]
        assert isinstance(execution, dict)
        assert execution["spec_name"] == name.group(1)
        assert (execution["reason"], execution["ticket"]) == ("INC-1: ${key}", "INC-1")
        kept = (desk.execution_folder / "spec.yaml").read_text(encoding="utf-8")
        assert 'client_secret: "${AEP_CLIENT_SECRET}"' in kept
        (working_folder / "kept.yaml").write_text(kept, encoding="utf-8")
        checked = await desk.run("check", "kept.yaml", environment=addresses(desk))
        assert checked.code == 0, checked.said
        check_no_secret(desk, done)


async def test_the_same_command_again_does_nothing_twice_unless_told_to(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder, **scenario()) as desk:
        asked = [*named(*RUNS[:2]), "--reason", "INC-1", "--journal", "own.db"]
        assert (await apply(desk, *asked, "--yes")).code == 0
        again = await apply(desk, *named(*reversed(RUNS[:2])), *asked[-4:])

        assert again.code == 0, again.said  # nothing to send needs no consent
        assert desk.posts == 2
        assert "already_retriggered" in again.err
        once_more = await apply(desk, *asked, "--yes", "--again")
        assert once_more.code == 0, once_more.said
        assert desk.posts == 4
        assert (working_folder / "own.db").exists()


async def interrupted(desk: Desk, *arguments: object) -> Done:
    """Apply until something was accepted; a flow's second run waits for the first one's late answer."""
    command = await desk.start("apply", *arguments, environment=addresses(desk))
    await desk.has_accepted(1)
    command.send(signal.SIGINT)
    return await command.done()


LATE = [
    {
        "match": {"call": "retrigger"},
        "when": {"nth": [1, 2, 3]},
        "do": {"answer_late": {"seconds": 1}},
    }
]


async def test_a_stopped_one_off_is_finished_by_the_same_command(working_folder: Path) -> None:
    async with opened_desk(working_folder, **scenario(), faults=LATE) as desk:
        asked = [*named(*RUNS), "--reason", "INC-1", "--yes"]
        stopped = await interrupted(desk, *asked)
        assert stopped.code == 130, stopped.said
        assert 1 <= len(desk.accepted) <= 3
        execution = desk.execution_folder.name

        other = await apply(desk, *named(*RUNS), "--reason", "INC-2", "--yes")
        assert other.code == 2, other.said
        assert "the command line: the spec was edited" in other.err
        finished = await apply(desk, *asked)
        assert finished.code == 0, finished.said
        assert f"execution {execution} is unfinished; going on with it" in finished.err
        assert (sorted(desk.accepted), desk.posts) == (RUNS, 6)


async def test_a_stopped_one_off_is_finished_by_the_spec_that_was_kept(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder, **scenario(), faults=LATE) as desk:
        stopped = await interrupted(desk, *named(*RUNS), "--reason", "INC-1", "--yes")
        assert stopped.code == 130, stopped.said
        kept = f"reports/{desk.execution_folder.name}/spec.yaml"
        assert f"retrigger apply {kept}" in stopped.out
        finished = await apply(desk, kept, "--yes")
        assert finished.code == 0, finished.said
        assert (sorted(desk.accepted), desk.posts) == (RUNS, 6)


async def test_a_one_off_drains_when_its_own_deadline_is_over(working_folder: Path) -> None:
    async with opened_desk(working_folder, **scenario(), faults=LATE) as desk:
        asked = [*named(*RUNS), "--reason", "INC-1", "--yes", "--stop-after", "100ms"]
        stopped = await apply(desk, *asked)
        assert stopped.code == 130, stopped.said
        assert "--stop-after 0.1s is over" in stopped.said


async def test_consent_is_asked_for_on_a_terminal(working_folder: Path) -> None:
    async with opened_desk(working_folder, **scenario()) as desk:
        asked = ["apply", *named(RUNS[0]), "--reason", "INC-1"]
        refused = await apply(desk, *asked[1:])
        assert refused.code == 2, refused.said
        assert "give --yes" in refused.err
        async with on_terminal(desk, *asked, **addresses(desk)) as terminal:
            await terminal.shows("prod (production): 1 run")
            terminal.type("yes\n")
            assert await terminal.done() == 0
        assert desk.accepted == RUNS[:1]


async def test_ids_are_read_from_standard_input(working_folder: Path) -> None:
    async with opened_desk(working_folder, **scenario()) as desk:
        read = "import io, sys; sys.stdin = io.StringIO({!r}); from runner.cli import main; main()"
        ids = f"# those of the night\n{RUNS[1]}\n\n  {RUNS[2]} \n{RUNS[1]}\n"
        asked = ["apply", *named(RUNS[0], "-"), "--reason", "INC-1", "--yes"]
        done = await desk.run(*asked, environment=addresses(desk), code=read.format(ids))
        assert done.code == 0, done.said
        assert sorted(desk.accepted) == RUNS[:3]

        none = await desk.run(
            "apply", *named("-"), "--reason", "x", "--yes", environment=addresses(desk)
        )
        assert none.code == 2, none.said
        assert "no run id came on standard input" in none.err


async def test_with_ids_piped_in_consent_is_asked_for_on_the_controlling_terminal(
    working_folder: Path,
) -> None:
    rows = f"\ufeffDataflow run ID,Sandbox name\r\n{RUNS[0]},PROD\r\n{RUNS[1].upper()},prod\r\n{RUNS[2]},dev\r\n"
    async with opened_desk(working_folder, **scenario()) as desk:
        asked = ["apply", *named("-"), "--reason", "INC-1"]
        async with on_terminal(desk, *asked, piped=rows.encode(), **addresses(desk)) as terminal:
            await terminal.shows("3 rows read: 2 for prod, 1 for other sandboxes (dev)")
            await terminal.shows("Type yes to go on:")
            assert desk.posts == 0
            terminal.type("yes\n")
            assert await terminal.done() == 0
        assert sorted(desk.accepted) == RUNS[:2]

        alone = (
            "import io, os, sys; os.setsid(); sys.stdin = io.StringIO({!r}); from runner.cli import main; "
            "main()"
        )
        nobody = await desk.run(
            *asked, environment=addresses(desk), code=alone.format(f"{RUNS[3]}\n")
        )
        assert nobody.code == 2, nobody.said
        assert "no terminal to ask for consent on. Nothing was sent." in nobody.err
        assert "give --yes" in nobody.err
        assert "retrigger plan" not in nobody.err
        assert desk.posts == 2


async def test_all_that_is_wrong_on_the_command_line_is_told_at_once_and_nothing_is_sent(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder, **scenario()) as desk:
        mixed = await apply(desk, desk.spec(), *named(RUNS[0]), "--yes")
        assert mixed.code == 2, mixed.said
        assert "--sandbox, --run: not together with a spec or plan" in mixed.err

        wrong = ["--sandbox", "Prod", "--run", "bad id", "--reason", " ", "--ticket", "a b"]
        done = await apply(desk, *wrong, "--platform-url", "http://example.com", "--yes")
        assert done.code == 2, done.said
        said = [line.partition("error: ")[2] for line in done.err.splitlines()]
        assert [line.partition(":")[0] for line in said] == [
            "reason",
            "ticket",
            "connection.platform_url",
            "sandboxes[Prod].name",
            "sandboxes[Prod].runs[1]",
        ]
        assert desk.served.platform.ledger.requests == []
        assert not (working_folder / ".retrigger").exists()


async def test_a_missing_variable_is_named_with_the_remedy(working_folder: Path) -> None:
    async with opened_desk(working_folder, **scenario()) as desk:
        done = await apply(
            desk, *named(RUNS[0]), "--reason", "x", "--yes", AEP_ORG_ID="", AEP_CLIENT_SECRET=""
        )

        assert done.code == 2, done.said
        assert "AEP_ORG_ID, AEP_CLIENT_SECRET (or AEP_ACCESS_TOKEN)" in done.err
        assert "set them, or write a spec" in done.err
        assert desk.served.platform.ledger.requests == []
