"""What the end screen says: what was done in this session and in all, how long it was worked, and the sums."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runner.app.telling import reasons_in_words, tell_end
from runner.app.working import Worked
from runner.model.report import Execution, Tally
from runner.model.session import Session
from tests.contract.making import AT, an_execution

HOUR = 3_600_000
PLACE = ".retrigger/journal.db"


def tally(outcome: str, count: int, *, recovery: str = "", reason: str = "") -> Tally:
    return Tally(sandbox="prod", outcome=outcome, reason=reason, recovery=recovery, count=count)


def finished(**changes: object) -> Execution:
    return replace(
        an_execution(state="finished", planned=50, exit_code=0, finished_at_ms=AT + 9 * HOUR),
        **changes,  # type: ignore[arg-type]  # the fields are named by each test
    )


def end_of(*tallies: Tally, sessions: tuple[Session, ...], **more: Any) -> list[str]:
    """What is printed."""
    printed: list[str] = []
    worked = Worked(
        execution=more.pop("execution", finished()),
        tallies=tallies,
        sessions=sessions,
        worst={},
        reports=(),
        exit_code=0,
        **more,
    )
    house: Any = SimpleNamespace(
        console=SimpleNamespace(out=printed.append), journal_place=PLACE, environment={}
    )
    tell_end(worked, house=house)
    return [line for text in printed for line in text.splitlines() if line]


def session(from_ms: int, seconds: int, *, reconciles: bool = False) -> Session:
    begins = AT + from_ms
    return Session(from_ms=begins, to_ms=begins + seconds * 1000, is_reconciling=reconciles)


ONE = (session(0, 72),)
TWO = (session(0, 12), session(9 * HOUR, 60))


def test_one_session_is_told_as_it_was_done() -> None:
    lines = end_of(tally("retriggered", 50, recovery="recovered"), sessions=ONE)

    assert lines[:2] == [
        "first finished in 1m12s",
        "50 of 50 planned runs re-triggered (50 recovered).",
    ]


def test_what_the_last_session_did_is_told_apart_from_what_was_done_in_all() -> None:
    before = (
        tally("retriggered", 15, recovery="recovered"),
        tally("retriggered", 2),
        tally("unresolved", 1),
        tally("", 32),
    )
    lines = end_of(
        tally("retriggered", 45, recovery="recovered"),
        tally("retriggered", 3, recovery="failed_again"),
        tally("refused", 2),
        sessions=TWO,
        before=before,
    )

    assert lines[:3] == [
        "first finished, took 1m12s in 2 sessions, over 9h01m",
        "this session: 31 retriggered, 2 refused, in 1m00s; of all new runs 30 recovered, 3 failed_again meanwhile",
        "in all: 48 of 50 planned runs re-triggered (45 recovered, 3 failed_again), 2 refused.",
    ]


def test_a_session_in_which_nothing_came_of_it_says_so() -> None:
    tallies = (tally("retriggered", 50),)
    lines = end_of(*tallies, sessions=TWO, before=tallies)

    assert lines[1] == "this session: nothing new, in 1m00s"


def test_where_nothing_was_done_no_session_is_told_of() -> None:
    lines = end_of(tally("retriggered", 50), sessions=TWO)

    assert lines[1].startswith("in all: 50 of 50 planned runs")


def test_an_interrupted_execution_adds_up() -> None:
    lines = end_of(
        tally("retriggered", 15, recovery="recovered"),
        tally("retriggered", 23),
        tally("not_attempted", 12, reason="interrupted by SIGTERM"),
        sessions=ONE,
        execution=finished(
            state="interrupted", exit_code=130, stopped_because="interrupted by SIGTERM"
        ),
    )

    assert lines[0] == "first interrupted in 1m12s: interrupted by SIGTERM"
    assert (
        "38 of 50 planned runs re-triggered (15 recovered, 23 not yet seen), 12 not_attempted."
        in lines
    )
    assert "recovered       15" in lines
    assert "not yet seen    23" in lines


@pytest.fixture
def forecast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where the reports are of an execution whose plan was expected to take a minute."""
    monkeypatch.setattr("runner.app.telling.read_forecast", lambda _: 60.0)
    return str(tmp_path)


@pytest.mark.parametrize(
    ("sessions", "headline"),
    [
        (ONE, "first finished, forecast 1m00s, took 1m12s"),
        (TWO, "first finished, forecast 1m00s, took 1m12s in 2 sessions, over 9h01m"),
        (
            (session(0, 12), session(9 * HOUR, 60, reconciles=True)),
            "first finished, took 1m12s in 2 sessions, over 9h01m",
        ),
    ],
    ids=["one", "two", "looked again"],
)
def test_a_forecast_is_compared_with_the_time_that_was_worked(
    forecast: str, sessions: tuple[Session, ...], headline: str
) -> None:
    lines = end_of(
        tally("retriggered", 50), sessions=sessions, execution=finished(reports_directory=forecast)
    )

    assert lines[0] == headline


def test_every_reason_is_told_with_its_count_and_can_be_read() -> None:
    moved = "changed_since_plan: its status was failed and is partialSuccess"
    words = reasons_in_words(
        finished(),
        [
            tally("skipped", 4, reason=moved),
            tally("skipped", 1, reason='changed_since_plan: its etag was "1" and is "2"'),
            tally("skipped", 1, reason='changed_since_plan: its etag was "3" and is "4"'),
            tally("refused", 3, reason="1388-400: no"),
            tally("gave_up", 2, reason="HTTP 503"),
            tally("unresolved", 1, reason="no answer"),
            replace(tally("skipped", 99, reason="excluded_flow"), is_planned=False),
        ],
    )

    assert [line.split(maxsplit=2) for line in words.splitlines()[1:]] == [
        ["skipped", "4", moved],
        ["refused", "3", "1388-400: no"],
        ["gave_up", "2", "HTTP 503"],
        ["skipped", "2", "changed_since_plan: its etag is another"],
        ["unresolved", "1", "no answer"],
    ]
