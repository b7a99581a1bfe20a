"""How wide a text stands on a terminal, and how it is cut to fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model.columns import columns_wide, fitted, is_right_to_left


@pytest.mark.parametrize(
    ("text", "wide"),
    [
        ("S3 orders", 9),
        ("日本", 4),
        ("e\u0301", 1),  # a combining accent
        ("กำ", 2),
        ("กิ", 1),  # a Thai vowel above, of combining class 0
        ("\u1112\u1161\u11ab", 2),  # a Hangul syllable of three signs
        ("שלום", 4),
        ("👍", 2),
    ],
)
def test_the_columns_that_a_text_takes(text: str, wide: int) -> None:
    assert columns_wide(text) == wide


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("abcde", "abcde"),
        ("abcdef", "abcd…"),
        ("日本語", "日本…"),
        ("日本", "日本"),
        ("ab日本", "ab日…"),
        ("abcde\u0301", "abcde\u0301"),
        ("abcd\u0301ef", "abcd\u0301…"),
        ("", ""),
    ],
)
def test_a_text_is_cut_to_its_columns(text: str, cut: str) -> None:
    assert fitted(text, columns=5) == cut


@given(st.text(), st.integers(min_value=1, max_value=60))
def test_what_is_cut_always_fits(text: str, columns: int) -> None:
    assert columns_wide(fitted(text, columns=columns)) <= columns


def test_marks_cannot_be_piled_up_without_end() -> None:
    assert len(fitted("a" + "\u0301" * 1_000_000, columns=10)) <= 41


def test_what_is_written_from_right_to_left_is_told() -> None:
    assert [is_right_to_left(text) for text in ("orders", "日本", "a שלום", "مرحبا")] == [
        False,
        False,
        True,
        True,
    ]
