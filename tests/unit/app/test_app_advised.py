"""From where commands are advised, and with which journal."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runner.app.house import advised, standpoint
from runner.app.starting import whereabouts

USUAL, ANOTHER = ".retrigger/journal.db", "j/g l.db"


def house(place: str, **environment: str) -> Any:
    return SimpleNamespace(journal_place=place, environment=environment)


@pytest.mark.parametrize(
    ("place", "environment", "journal"),
    [
        (USUAL, {}, ""),
        (USUAL, {"RETRIGGER_JOURNAL": USUAL}, ""),
        (ANOTHER, {}, " --journal 'j/g l.db'"),
        (ANOTHER, {"RETRIGGER_JOURNAL": "x.db"}, " --journal 'j/g l.db'"),
        (ANOTHER, {"RETRIGGER_JOURNAL": ANOTHER}, " --journal 'j/g l.db'"),
        (USUAL, {"RETRIGGER_JOURNAL": "x.db"}, " --journal HERE/.retrigger/journal.db"),
    ],
)
def test_any_journal_but_the_one_that_everybody_finds_is_named(
    working_folder: Path, place: str, environment: dict[str, str], journal: str
) -> None:
    at = house(place, **environment)

    assert advised(at, "status") == "retrigger status" + journal.replace(
        "HERE", str(working_folder)
    )
    where = whereabouts("gl.yaml", ["--again"], house=at)
    assert where.working_folder == str(working_folder)
    assert where.journal_place in (place, str(working_folder / USUAL))
    assert (where.applied, where.options) == ("gl.yaml", "--again")


def test_on_a_terminal_what_the_environment_says_too_is_left_out() -> None:
    assert standpoint(house(ANOTHER, RETRIGGER_JOURNAL=ANOTHER)).journal == ""
    assert standpoint(house(ANOTHER)).journal == ANOTHER
    assert standpoint(house(USUAL, RETRIGGER_JOURNAL=ANOTHER)).journal == USUAL
