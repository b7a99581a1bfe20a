"""What a cell holds after others' words went through ``runner.model.cell``, and that they come back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model.cell import CUT, MOST_IN_CELL, all_plain, cell, cell_text

any_text = st.text(st.characters(exclude_categories=()))
signs = st.text(
    st.sampled_from(list("=+-@; \t\r\n'\"abnrtxuU023,|＝＋－＠−\u3000\u200b\x1b\\`<&#["))
)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("S3 orders", "S3 orders"),
        ('"1100c53e-0000"', '"1100c53e-0000"'),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("\u3000＝1", "'\u3000＝1"),
        ("\t=1", "\\t=1"),
        ("x;=cmd", "x;'=cmd"),
        ("x; -1;y", "x;' -1;y"),
        ("it is -1", "it is -1"),
        ("'=1", "''=1"),
        ("'", "''"),
        ("it's", "it's"),
        ("x;'=cmd", "x;''=cmd"),
        ("x;y", "x;y"),
        ("C:\\new\\x1b", "C:\\\\new\\\\x1b"),
        ("\x1b", "\\x1b"),
        ("\\x1b", "\\\\x1b"),
        ("##vso[task.complete]", "#\\x23vso[task.complete]"),
        ("## a heading", "## a heading"),
    ],
)
def test_a_formula_becomes_text_and_text_stays(text: str, safe: str) -> None:
    assert cell(text) == safe


@pytest.mark.parametrize(
    "text", ["x" * 1_000_000, "=" * 40_000, "\x1b" * 10_000, "😀" * 20_000, "é" * 32_768]
)
def test_what_no_cell_can_hold_is_cut_and_says_so(text: str) -> None:
    shown = cell(text)

    assert shown.endswith(CUT)
    assert MOST_IN_CELL - 1 <= len(shown.encode("utf-16-le")) // 2 <= MOST_IN_CELL
    assert not all_plain([text])


def test_what_a_cell_can_just_hold_stays_whole() -> None:
    assert cell("x" * MOST_IN_CELL) == "x" * MOST_IN_CELL
    assert cell("😀" * 16_383) == "😀" * 16_383


@given(any_text | signs)
def test_no_part_of_a_cell_starts_like_a_formula(text: str) -> None:
    for part in cell(text).split(";"):
        assert part.strip()[:1] not in set("=+-@＝＋－＠−")


@given(any_text | signs)
def test_every_text_comes_back_from_its_cell(text: str) -> None:
    assert cell_text(cell(text)) == text


@given(any_text | signs)
def test_a_cell_of_a_cell_is_another_one_wherever_something_was_spelled(text: str) -> None:
    if cell(text) != text:
        assert cell(cell(text)) != cell(text)


@given(st.lists(any_text | signs, min_size=1, max_size=4))
def test_the_short_cut_never_passes_what_a_cell_would_change(texts: list[str]) -> None:
    if all_plain(texts):
        assert [cell(text) for text in texts] == texts


@pytest.mark.parametrize(
    "text", ["-1", " =1", "=1", "a;b", "Zürich", "\x1b", "\x7f", "it's", "a\\b", "##["]
)
def test_the_short_cut_looks_closer_at_anything_unusual(text: str) -> None:
    assert not all_plain(["prod", text])


def test_the_short_cut_passes_usual_rows() -> None:
    assert all_plain(["prod", "4fb0418e-1804-45d6", '"1100c53e-0000"', "S3 orders", "", "a::b"])
