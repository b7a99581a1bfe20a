"""Many entries in one transaction record what the same entries record one by one."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.journal import Entry, Journal
from runner.model.plan import PlannedRun
from runner.model.words import ETag, OutcomeKind, RunId
from tests.contract.making import (
    FIRST,
    MakeJournal,
    begun,
    claimed,
    released,
    retriggered,
    settled,
    unresolved,
)

WORDS = "a b c d e f g h"
# Text of every kind that a platform can send: quotes, other scripts, halves of pairs, NUL, what looks like JSON.
TEXT = st.one_of(
    st.sampled_from(["", '"x"', "\ud800", "a\x00b", "{}", "null", "1", "\\u0000", "é☃𝄞", "\n\t"]),
    st.text(max_size=8),
)


@st.composite
def rounds_of_entries(draw: st.DrawFn) -> list[list[tuple[int, str, str]]]:
    """Some rounds: in each, some of the runs take their next step, in any order."""
    standing = dict.fromkeys(range(8), "planned")
    rounds = []
    for _ in range(draw(st.integers(1, 4))):
        some = draw(st.permutations(range(8)))[: draw(st.integers(1, 8))]
        steps = []
        for place in some:
            may = {
                "planned": ["claim", "skip"],
                "asked": ["accept", "doubt", "release", "refuse"],
            }.get(standing[place], [])
            if may:
                step = draw(st.sampled_from(may))
                standing[place] = {"claim": "asked", "release": "planned"}.get(step, "settled")
                steps.append((place, step, draw(TEXT)))
        rounds.append(steps)
    return rounds


def entry_of(run: PlannedRun, step: str, text: str) -> Entry:
    match step:
        case "claim":
            return replace(claimed(run), request_id=text)
        case "release":
            return replace(released(run), why=text)
        case "accept":
            return replace(retriggered(run), new_run_id=RunId(text), new_etag=ETag(text))
        case "doubt":
            return replace(unresolved(run), reason=text)
        case "skip":
            return settled(run, OutcomeKind.SKIPPED, reason=text)
        case _:
            return settled(run, OutcomeKind.REFUSED, reason=text)


@given(rounds=rounds_of_entries())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_together_they_say_what_they_say_one_by_one(
    make_fresh_journal: MakeJournal, rounds: list[list[tuple[int, str, str]]]
) -> None:
    together, one_by_one = make_fresh_journal(), make_fresh_journal()
    runs = begun(together, WORDS)
    begun(one_by_one, WORDS)

    for steps in rounds:
        entries = [entry_of(runs[place], step, text) for place, step, text in steps]
        together.write(FIRST, entries)
        for entry in entries:
            one_by_one.write(FIRST, [entry])

    assert list(together.rows(FIRST)) == list(one_by_one.rows(FIRST))
    assert list(together.events(FIRST)) == list(one_by_one.events(FIRST))
    assert together.open_asks(FIRST) == one_by_one.open_asks(FIRST)
    assert list(together.lanes(FIRST)) == list(one_by_one.lanes(FIRST))


def test_one_that_what_stands_forbids_has_none_of_them_written(journal: Journal) -> None:
    runs = begun(journal, WORDS)
    journal.write(FIRST, [claimed(runs[6]), retriggered(runs[6])])
    before = list(journal.rows(FIRST)), list(journal.events(FIRST))

    with pytest.raises(AssertionError, match="g-1"):
        journal.write(FIRST, [claimed(run) for run in runs])

    assert (list(journal.rows(FIRST)), list(journal.events(FIRST))) == before


def test_a_run_may_take_several_steps_in_one_transaction(journal: Journal) -> None:
    runs = begun(journal, WORDS)

    journal.write(
        FIRST,
        [claimed(run) for run in runs]
        + [released(runs[0]), claimed(runs[0], attempt=2)]
        + [retriggered(run, attempts=2) for run in runs],
    )

    assert {row.outcome for row in journal.rows(FIRST)} == {"retriggered"}
    assert next(journal.rows(FIRST)).attempts == 2
