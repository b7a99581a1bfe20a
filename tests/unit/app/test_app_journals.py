"""Which journal a command works with: told, loudly where it has no history, and refused where it needs one."""

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runner.app.house import Stage
from runner.app.journals import require_history, tell_journal
from runner.app.plan_command import _journal as journal_to_read
from runner.cli.main import run
from runner.errors import UsageError
from runner.journal import Journal, open_journal
from tests.contract.making import ORG, begun


def journal_to_write(org_id: str, *, required: bool, house: Any) -> Journal:
    """What apply does with its journal before all else."""
    if required:
        require_history(org_id, house=house)
    journal = open_journal(house.journal_place, make=not required)
    tell_journal(journal, org_id, house=house)
    return journal


REQUIRED = "--require-journal asks for one with a history. Nothing was sent."


@dataclass
class Console:
    """Keeps what is said, and which of it loudly."""

    said: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)

    def say(self, text: str, *, action: str) -> None:
        self.said.append(text)

    def warn(self, text: str, *, action: str) -> None:
        self.warned.append(text)


@pytest.fixture
def house(tmp_path: Path) -> Any:
    place = str(tmp_path / "journal.db")
    return SimpleNamespace(console=Console(), journal_place=place, stage=Stage())


def has_an_execution(house: Any, *, org_id: str) -> None:
    journal = open_journal(house.journal_place, make=True)
    begun(journal, "a", org_id=org_id)
    journal.close()


@pytest.mark.parametrize("use", [journal_to_write, journal_to_read])
def test_a_journal_that_knows_an_execution_is_named_and_no_more(house: Any, use: Any) -> None:
    has_an_execution(house, org_id=ORG)
    use(ORG, required=False, house=house).close()

    assert house.console == Console(said=[f"journal: {house.journal_place}"])


def test_a_new_journal_is_loud_until_it_knows_an_execution(house: Any) -> None:
    for words in ("is new", "knows no execution", "knows no execution"):
        journal_to_write(ORG, required=False, house=house).close()
        assert words in house.console.warned[-1]
        assert "re-triggers done elsewhere are unknown to it" in house.console.warned[-1]
    journal_to_read(ORG, required=False, house=house).close()  # type: ignore[union-attr]  # it is there
    assert "knows no execution" in house.console.warned[-1]

    has_an_execution(house, org_id=ORG)
    journal_to_write(ORG, required=False, house=house).close()
    assert len(house.console.warned) == 4


@pytest.mark.parametrize("use", [journal_to_write, journal_to_read])
def test_what_another_organisation_did_is_no_history(house: Any, use: Any) -> None:
    has_an_execution(house, org_id="OTHER@AdobeOrg")
    use(ORG, required=False, house=house).close()

    assert f"knows no execution of organisation {ORG}" in house.console.warned[0]


def test_a_plan_makes_no_journal_and_says_that_there_is_none(house: Any) -> None:
    assert journal_to_read(ORG, required=False, house=house) is None
    assert "nothing is known of earlier re-triggers" in house.console.warned[0]
    assert not Path(house.journal_place).exists()


@pytest.mark.parametrize("use", [journal_to_write, journal_to_read])
def test_a_required_journal_with_a_history_is_taken(house: Any, use: Any) -> None:
    has_an_execution(house, org_id=ORG)
    use(ORG, required=True, house=house).close()

    assert house.console.warned == []


@pytest.mark.parametrize("use", [journal_to_write, journal_to_read])
def test_a_required_journal_that_is_not_there_is_refused_and_not_made(house: Any, use: Any) -> None:
    with pytest.raises(UsageError) as caught:
        use(ORG, required=True, house=house)

    assert "there is no journal here" in str(caught.value)
    assert REQUIRED in str(caught.value)
    assert "Restore the one that earlier jobs wrote" in caught.value.remedy
    assert "without --require-journal" in caught.value.remedy
    assert not Path(house.journal_place).exists()


@pytest.mark.parametrize("use", [journal_to_write, journal_to_read])
@pytest.mark.parametrize("others", ["", "OTHER@AdobeOrg"])
def test_a_required_journal_without_a_history_is_refused(house: Any, use: Any, others: str) -> None:
    if others:
        has_an_execution(house, org_id=others)
    else:
        open_journal(house.journal_place, make=True).close()

    with pytest.raises(UsageError) as caught:
        use(ORG, required=True, house=house)

    assert f"knows no execution of organisation {ORG}" in str(caught.value)
    assert REQUIRED in str(caught.value)


SPEC = f"""
version: 1
name: inc-2041
reason: INC-2041
connection:
  org_id: {ORG}
  auth: {{method: access_token, client_id: me, access_token: "${{TOKEN}}"}}
sandboxes: [{{name: prod, runs: [4fb0418e-1804-45d6-8d56-dd51f05c0baf]}}]
"""


@pytest.fixture
def spec(working_folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TOKEN", "planted-t0ken-Zx81qQ4Lw")
    (working_folder / "spec.yaml").write_text(SPEC)
    return "spec.yaml"


@pytest.mark.parametrize("command", [["apply", "--yes"], ["plan"]])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--require-journal"], "--require-journal asks for one with a history"),
        (["--journal", "slip/j.db"], "mkdir -p slip"),
        (["--journal", "slip/j.db", "--require-journal"], "mkdir -p slip"),
    ],
)
def test_apply_and_plan_refuse_with_exit_code_2_and_make_nothing(
    working_folder: Path,
    spec: str,
    command: list[str],
    options: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run([*command, spec, *options]) == 2
    assert words in capsys.readouterr().err
    assert [path.name for path in working_folder.iterdir()] == [spec]


@pytest.mark.parametrize("command", ["status", "reconcile", "report"])
def test_what_reads_the_journal_tells_a_slip_of_the_pen_too(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command, "--journal", "slip/j.db"]) == 2
    assert "slip is not there" in capsys.readouterr().err


def test_the_environment_can_hold_the_slip_too(
    spec: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RETRIGGER_JOURNAL", "slip/j.db")

    assert run(["apply", spec, "--yes"]) == 2
    assert "RETRIGGER_JOURNAL is misspelt" in capsys.readouterr().err
