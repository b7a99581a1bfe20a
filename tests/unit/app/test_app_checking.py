"""`check`, run in this process: what it prints of files of run ids, in every form, and its exit code."""

import json
from pathlib import Path

import pytest

from runner.app.checking import check
from runner.app.house import House
from runner.masking import KnownSecrets
from runner.spec import OutputFormat
from tests.fakes.clock import FakeClock
from tests.faults.hall import Ear

A, B = "4fb0418e-1804-45d6-8d56-dd51f05c0baf", "0f3a2b7c-5d1e-4a88-9c40-6b1f8f2f9d11"
ROWS = f"Run ID,Sandbox name\n{A},PROD\n{B},dev\n{B},Stage\n"
WORDS = "ids.csv: 3 rows read: 1 for prod, 2 for other sandboxes (dev, stage)"


@pytest.fixture
def spec(working_folder: Path) -> Path:
    facts = {
        "version": 1,
        "name": "x",
        "reason": "y",
        "connection": {
            "org_id": "o",
            "auth": {"client_id": "c", "client_secret": "${CLIENT_SECRET}"},
        },
        "sandboxes": [{"name": "prod", "runs_from": "ids.csv"}],
    }
    (working_folder / "spec.yaml").write_text(json.dumps(facts, indent=1))
    (working_folder / "ids.csv").write_text(ROWS)
    return Path("spec.yaml")


def checked(spec: Path, output: OutputFormat) -> tuple[int, str]:
    ear, clock = Ear(), FakeClock()
    house = House(
        clock=clock,
        environment={"CLIENT_SECRET": "planted-s3cret"},
        console=ear,
        secrets=KnownSecrets(),
        chance=lambda: 0.5,
        token=lambda: "token",
        quiet=False,
        log_format="text",
        journal_place="journal.db",
        proc=Path("/proc"),
    )
    code = check([spec], with_environment=True, output=output, house=house)
    return code, "\n".join(ear.said)


def test_rows_that_are_taken_and_rows_that_are_not_are_told(spec: Path) -> None:
    assert checked(spec, "text") == (0, f"{WORDS}\nspec.yaml: ok")


def test_for_programs_the_counts_stand_beside_the_problems(spec: Path) -> None:
    code, text = checked(spec, "json")

    told = json.loads(text)
    assert (code, told["errors"], told["problems"]) == (0, 0, [])
    assert told["files"] == [
        {
            "spec": "spec.yaml",
            "path": "sandboxes[prod].runs_from",
            "file": "ids.csv",
            "sandbox": "prod",
            "rows": 3,
            "ids": 1,
            "other_sandboxes": {"dev": 1, "stage": 1},
            "no_sandbox": 0,
            "repeated": 0,
            "comments": 0,
            "message": WORDS,
        }
    ]


def test_on_github_they_are_a_notice(spec: Path) -> None:
    assert checked(spec, "github") == (
        0,
        f"::notice file=spec.yaml,title=retrigger%3A runs-file::sandboxes[prod].runs_from: {WORDS}",
    )


def test_a_bad_row_is_an_error_with_its_line_and_the_rest_is_counted(spec: Path) -> None:
    Path("ids.csv").write_text(f"{ROWS}#N/A,prod\n")
    code, text = checked(spec, "text")

    assert code == 2
    assert 'ids.csv:5: error: "#N/A" is not a run id' in text
    assert "4 rows read: 1 for prod, 2 for other sandboxes (dev, stage), 1 without a run id" in text
    assert "ok" not in text


def test_where_names_may_be_secrets_no_counts_repeat_them(spec: Path) -> None:
    text = spec.read_text().replace('"prod"', '"${CLIENT_SECRET}"')
    spec.write_text(text)
    Path("ids.csv").write_text(f"{A}\n")
    code, said = checked(spec, "text")

    assert code == 2
    assert "planted" not in said


def test_a_file_for_others_alone_is_an_error_that_says_for_whom_it_is(spec: Path) -> None:
    Path("ids.csv").write_text(f"run_id,sandbox\n{A},stage\n")
    code, text = checked(spec, "text")

    assert code == 2
    assert "sandboxes[prod].runs_from: the file holds no run ids for the sandbox prod" in text
    assert text.count("1 row read: 0 for prod, 1 for other sandboxes (stage)") == 1
