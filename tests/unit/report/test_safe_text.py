"""What a cell and XML may hold after others' words went through ``safe_text``."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.report.safe_text import CUT, MOST_IN_CELL, all_plain, cell, xml

any_text = st.text(st.characters(exclude_categories=()))
signs = st.text(st.sampled_from(list("=+-@; \t\r\n'\"ab,|＝＋－＠−\u3000\u200b\x1b\\`<&")))


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
        ("'=1", "'=1"),
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


@given(st.lists(any_text | signs, min_size=1, max_size=4))
def test_the_short_cut_never_passes_what_a_cell_would_change(texts: list[str]) -> None:
    if all_plain(texts):
        assert [cell(text) for text in texts] == texts


@pytest.mark.parametrize("text", ["-1", " =1", "=1", "a;b", "Zürich", "\x1b", "\x7f"])
def test_the_short_cut_looks_closer_at_anything_unusual(text: str) -> None:
    assert not all_plain(["prod", text])


def test_the_short_cut_passes_usual_rows() -> None:
    assert all_plain(["prod", "4fb0418e-1804-45d6", '"1100c53e-0000"', "S3 orders", "", "a::b"])


@given(any_text | signs)
def test_any_text_is_well_formed_xml(text: str) -> None:
    parsed = ET.fromstring(f'<a b="{xml(text)}">{xml(text)}</a>')

    assert parsed.get("b") == (parsed.text or "")
