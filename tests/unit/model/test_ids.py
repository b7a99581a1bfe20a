"""Ids of the platform: whatever their spelling, one meaning."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model.words import FlowId, RunId

SMALL = "4fb0418e-1804-45d6-8d56-dd51f05c0baf"
CAPITALS = SMALL.upper()


def test_two_spellings_are_one_id_wherever_ids_are_compared() -> None:
    small, capitals = RunId(SMALL), RunId(CAPITALS)

    assert small == capitals
    assert not small != capitals  # noqa: SIM202  # str has an operator of its own for this
    assert capitals == SMALL
    assert CAPITALS == small  # noqa: SIM300  # from this side too
    assert capitals in {small, RunId("x")}
    assert {small: "known"}[capitals] == "known"
    assert capitals in (small, "x")
    assert ("prod", FlowId(SMALL)) == ("prod", FlowId(CAPITALS))
    assert len({small, capitals, SMALL}) == 1


def test_an_id_is_shown_as_it_was_written() -> None:
    assert f"{RunId(CAPITALS)}" == CAPITALS
    assert "".join([RunId(CAPITALS)]) == CAPITALS
    assert list(dict.fromkeys([RunId(CAPITALS), RunId(SMALL)])) == [SMALL]
    assert str(next(iter({RunId(CAPITALS), RunId(SMALL)}))) == CAPITALS


def test_other_ids_are_other_ids() -> None:
    assert RunId("ab") != RunId("ac")
    assert RunId("ab") != "ac"
    assert RunId("ab") == RunId("AB")  # an exclusion that is missed re-triggers what must not be
    assert RunId("é") != RunId("É")
    assert len({RunId("ab"), RunId("AB"), RunId(f"{SMALL}0"), RunId(f"{CAPITALS}0")}) == 2
    assert RunId("1") != 1
    assert not RunId("1") == 1  # noqa: SIM201  # both operators are our own
    assert RunId("ab") not in {RunId("ab-"), RunId("b")}


@pytest.mark.parametrize(
    ("written", "other"),
    [
        (CAPITALS, SMALL),
        (f"{CAPITALS[:9]}{SMALL[9:]}", SMALL),
        (SMALL, CAPITALS),
        ("00000000-0000-4000-8000-000000000000", None),
        ("AB-1", "ab-1"),
        ("12-3", None),
        ("a/b", None),
        ("", None),
    ],
)
def test_another_spelling_is_in_small_letters_first(written: str, other: str | None) -> None:
    found = RunId(written).other_spelling

    assert (found is None) == (other is None)
    assert str(found) == str(other)
    assert found is None or type(found) is RunId


_LETTERS = st.sampled_from(["a", "A", "f", "F", "0", "g", "-", "é", "É"])


@given(one=st.text(_LETTERS, max_size=3), other=st.text(_LETTERS, max_size=3), whole=st.booleans())
def test_equal_ids_have_one_hash_and_the_database_finds_them(
    one: str, other: str, *, whole: bool
) -> None:
    first, second = (RunId(f"{SMALL[:-3]}{end}" if whole else end) for end in (one, other))
    found = sqlite3.connect("").execute("SELECT lower(?) = lower(?)", (first, second)).fetchone()

    assert (first == second) is (first.plain == second.plain)
    assert first != second or hash(first) == hash(second)
    assert first != second or found == (1,)
