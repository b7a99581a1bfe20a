"""Values as the journal builds and keeps them."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.journal.result_rows import result_row
from runner.journal.storable import storable
from runner.model.report import ResultRow

NAMES = ResultRow.__slots__


def test_a_row_built_fast_is_a_row_like_any_other() -> None:
    values = tuple(range(len(NAMES)))
    slowly = ResultRow(**dict(zip(NAMES, values, strict=True)))  # type: ignore[arg-type]  # numbers will do
    row = result_row(values)

    assert type(row) is ResultRow
    assert (row, hash(row), repr(row)) == (slowly, hash(slowly), repr(slowly))
    assert dataclasses.astuple(row) == values
    with pytest.raises(dataclasses.FrozenInstanceError):
        row.outcome = "another"  # type: ignore[misc]  # that it is refused is the point


@pytest.mark.parametrize("count", [len(NAMES) - 1, len(NAMES) + 1])
def test_a_row_has_a_value_for_each_column(count: int) -> None:
    with pytest.raises(TypeError):
        result_row(tuple(range(count)))


@given(st.lists(st.none() | st.integers() | st.text(st.characters())))
def test_text_that_can_be_kept_is_kept_as_it_is(values: list[object]) -> None:
    kept = [value for value in values if not isinstance(value, str) or value.isprintable()]

    assert storable(kept) == kept


@given(st.text(st.characters(categories=["Cs", "Lu"])))
def test_broken_text_becomes_text_that_can_be_kept(text: str) -> None:
    (kept,) = storable([text])

    assert isinstance(kept, str)
    assert kept.encode().decode() == kept
    assert len(kept) == len(text) + 5 * sum("\ud800" <= character <= "\udfff" for character in text)
