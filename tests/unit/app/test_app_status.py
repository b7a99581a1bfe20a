"""`status`: where an execution stands, told from the journal alone."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from runner.app.status import status
from runner.cli.main import run
from runner.journal import Journal, Noted, open_journal
from runner.model.lease import Hold, Holder
from runner.model.text import iso_time
from runner.model.words import ExecutionId, OutcomeKind
from runner.resources import schema_text
from tests.contract.making import (
    FIRST,
    SECOND,
    begun,
    claimed,
    retriggered,
    settled,
    stopped,
    unresolved,
)
from tests.fakes.clock import FakeClock


@dataclass
class Console:
    """Keeps what is printed."""

    printed: list[str] = field(default_factory=list)

    def out(self, text: str) -> None:
        self.printed.append(text)


@pytest.fixture
def journal(working_folder: Path) -> Iterator[Journal]:
    made = open_journal("journal.db", make=True)
    yield made
    made.close()


@pytest.fixture
def house(clock: FakeClock, tmp_path: Path) -> Any:
    return SimpleNamespace(
        clock=clock,
        console=Console(),
        environment={},
        journal_place="journal.db",
        proc=tmp_path / "no processes",
    )


def printed(house: Any, name: str | None = FIRST, **how: Any) -> str:
    assert status(name, house=house, **how) == 0
    return "\n".join(house.console.printed)


SCHEMA = json.loads(schema_text("status"))


def as_json(house: Any, name: str | None = FIRST) -> dict[str, Any]:
    text = printed(house, name, output="json")
    assert text.isascii()
    found: dict[str, Any] = json.loads(text)
    Draft202012Validator(SCHEMA).validate(found)
    return found


def held(journal: Journal, house: Any) -> None:
    now_ms = house.clock.now_ms()
    hold = Hold(
        holder=Holder(id="us", who="ada", host="here", process="{}"),
        now_ms=now_ms,
        expires_at_ms=now_ms + 60_000,
        is_dead=lambda _: False,
    )
    assert journal.take_leases(FIRST, hold) == []


def test_unresolved_runs_are_listed_with_what_was_seen(journal: Journal, house: Any) -> None:
    a1, b1, c1 = begun(journal, "a b c")
    journal.write(FIRST, [claimed(a1), claimed(b1), claimed(c1)])
    journal.write(FIRST, [unresolved(a1), retriggered(b1), stopped()])
    text = printed(house)

    assert "unresolved: 2 runs, asked for without an answer" in text
    assert "- prod: run a-1 of flow a (Flow a), asked 2025-11-20 00:53:20 UTC" in text
    assert "- prod: run c-1 of flow c" in text
    assert "run b-1" not in text


def test_what_waits_for_its_answer_is_not_listed_as_unresolved(
    journal: Journal, house: Any
) -> None:
    a1, b1 = begun(journal, "a b")
    journal.write(FIRST, [claimed(a1), claimed(b1), unresolved(a1)])
    held(journal, house)
    text = printed(house)

    assert "unresolved: 1 run, asked" in text
    assert "run b-1" not in text


def test_many_unresolved_runs_are_counted_and_their_place_named(
    journal: Journal, house: Any
) -> None:
    runs = begun(journal, " ".join(f"f{number}" for number in range(30)))
    journal.write(FIRST, [entry for run in runs for entry in (claimed(run), unresolved(run))])
    text = printed(house)

    assert text.count("- prod: run") == 20
    assert "and 10 more: --format json names them all" in text


def test_where_none_is_unresolved_nothing_is_said_of_it(journal: Journal, house: Any) -> None:
    (run,) = begun(journal, "a")
    journal.write(FIRST, [claimed(run), retriggered(run), stopped("finished")])

    assert "asked for without an answer" not in printed(house)


LONG_ID = ExecutionId("20261120T020000Z-inc-2041-a-name-of-forty-characters-in-all-k3v9")
LONG_REASON = "the platform says a great deal about why this run was not taken, " * 3


def test_ids_are_whole_in_the_list_of_executions_wherever_it_is_read(
    journal: Journal, house: Any
) -> None:
    begun(journal, "a", name=LONG_ID)
    begun(journal, "b", name=SECOND)

    assert f"\n{LONG_ID}  running" in printed(house, None)


def test_where_no_terminal_reads_it_nothing_is_cut(journal: Journal, house: Any) -> None:
    (run,) = begun(journal, "a", reason=LONG_REASON * 3)
    journal.write(FIRST, [settled(run, OutcomeKind.REFUSED, reason=LONG_REASON), stopped()])
    whole, cut = printed(house, is_whole=True), printed(house)

    assert whole.startswith("execution  first")
    assert LONG_REASON * 3 in whole
    assert f"refused     1  {LONG_REASON.strip()}" in whole
    assert "…" not in whole
    assert "…" in cut


def test_for_programs_it_is_one_object_that_says_how_it_stands(
    journal: Journal, house: Any
) -> None:
    a1, b1, c1, _ = begun(journal, "a b c d", name=FIRST)
    begun(journal, "e", name=SECOND)
    journal.write(FIRST, [claimed(a1), claimed(b1), claimed(c1)])
    journal.write(FIRST, [unresolved(a1), retriggered(b1)])
    found = as_json(house)

    assert (found["standing"], found["at_work"]) == ("cut_off", None)
    assert found["journal"] == "journal.db"
    assert found["execution"]["id"] == FIRST
    assert found["execution"]["reports_directory"] == "reports/first"
    assert found["runs"] == {
        "planned": 4,
        "passed_over": 0,
        "settled": 1,
        "left": 3,
        "in_flight": 0,
        "unresolved": 2,
    }
    assert found["by_outcome"]["retriggered"] == 1
    assert [(each["run_id"], each["flow_id"]) for each in found["unresolved"]] == [
        ("a-1", "a"),
        ("c-1", "c"),
    ]
    assert found["unresolved"][0]["reason"] == "no answer within 75 s"
    assert any("retrigger reconcile first" in step for step in found["next_steps"])
    assert [each["id"] for each in found["executions"]] == [SECOND, FIRST]


def test_for_programs_it_says_who_works_on_it_and_until_when_the_flows_are_held(
    journal: Journal, house: Any
) -> None:
    (a1, b1) = begun(journal, "a b")
    journal.write(FIRST, [claimed(a1), claimed(b1), unresolved(a1)])
    held(journal, house)
    found = as_json(house)

    assert found["standing"] == "working"
    assert (found["at_work"]["who"], found["at_work"]["host"]) == ("ada", "here")
    assert found["at_work"]["held_until"] == iso_time(house.clock.now_ms() + 60_000)
    assert found["at_work"]["last_seen"] == iso_time(house.clock.now_ms())
    assert (found["runs"]["in_flight"], found["runs"]["unresolved"]) == (1, 1)
    assert [each["run_id"] for each in found["unresolved"]] == ["a-1"]
    assert found["next_steps"] == []


async def test_a_soak_is_told_with_its_end_for_as_long_as_it_lasts(
    journal: Journal, house: Any
) -> None:
    run, *_ = begun(journal, "a b c")
    now_ms = house.clock.now_ms()
    until = {"wave": 2, "until": iso_time(now_ms + 30_000)}
    journal.write(FIRST, [claimed(run), retriggered(run)])
    journal.write(FIRST, [Noted(at_ms=now_ms, what="soak", facts=until)])
    held(journal, house)

    text = printed(house)
    assert f"soak until {until['until'][11:19]}Z before wave 2" in text
    assert ", about" not in text
    house.console.printed.clear()
    assert "before wave 2" in as_json(house)["at_work"]["soak"]

    await house.clock.advance(31)
    house.console.printed.clear()
    held(journal, house)
    assert as_json(house)["at_work"]["soak"] == ""


def test_for_programs_every_unresolved_run_is_named(journal: Journal, house: Any) -> None:
    runs = begun(journal, " ".join(f"f{number}" for number in range(30)))
    journal.write(FIRST, [entry for run in runs for entry in (claimed(run), unresolved(run))])

    assert len(as_json(house)["unresolved"]) == 30


@pytest.mark.parametrize("state", ["finished", "stopped", "interrupted", "abandoned"])
def test_for_programs_the_end_has_its_word_and_its_exit_code(
    journal: Journal, house: Any, state: str
) -> None:
    (run,) = begun(journal, "a")
    journal.write(FIRST, [claimed(run), retriggered(run), stopped(state)])
    found = as_json(house, None)

    assert found["standing"] == found["execution"]["state"] == state
    assert found["execution"]["exit_code"] == 3
    assert found["runs"]["left"] == 0


def test_the_command_line_prints_it_whole_into_a_pipe(
    journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    begun(journal, "a", reason=LONG_REASON * 3)
    assert run(["status", "--journal", "journal.db"]) == 0
    assert LONG_REASON * 3 in capsys.readouterr().out
    assert run(["status", "--journal", "journal.db", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["standing"] == "cut_off"
    assert run(["schema", "status"]) == 0
    assert json.loads(capsys.readouterr().out) == SCHEMA


def every_property(schema: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {}).items()
        for value in schema.values():
            yield from every_property(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from every_property(value)


def test_every_key_of_the_schema_is_described() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    without = [name for name, each in every_property(SCHEMA) if not each.get("description")]
    assert without == []
