"""What ``runner.model.text`` promises: nothing that a terminal obeys, and fixed forms of times and durations."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model.text import (
    clock_time,
    duration_text,
    iso_second,
    iso_time,
    person_time,
    shortened,
    terminal,
    terminal_block,
    visible,
)

any_text = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("plain — Zürich 日本 ⚠️", "plain — Zürich 日本 ⚠️"),
        ("one\ntwo\r\tthree", "one\\ntwo\\r\\tthree"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("\x00\x7f\x9b", "\\x00\\x7f\\x9b"),
        ("safe\u202egnp.exe", "safe\\u202egnp.exe"),
        ("\u200b\ufeff\u2066", "\\u200b\\ufeff\\u2066"),
        ("\ud800", "\\ud800"),
        ("\ufffe", "\\ufffe"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(any_text)
def test_nothing_a_terminal_obeys_is_left(text: str) -> None:
    shown = terminal(text)

    kinds = {unicodedata.category(sign) for sign in shown}
    assert kinds.isdisjoint({"Cc", "Cs", "Zl", "Zp"})
    assert not set(shown) & set(
        "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200e\u200f"
    )
    assert not shown.lstrip().startswith("::")


@given(any_text)
def test_making_text_visible_twice_changes_nothing_more(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::boo", ": :error::boo"),
        ("  ::set-output name=x::y", "  : :set-output name=x::y"),
        ("::::error::x", ": :::error::x"),
        ("a ##[error]b", "a ## [error]b"),
        ("##vso[task.complete]", "## vso[task.complete]"),
        ("Class::method", "Class::method"),
    ],
)
def test_a_build_server_finds_no_commands(text: str, shown: str) -> None:
    assert terminal(text) == shown


def test_a_block_keeps_its_lines_and_loses_the_rest() -> None:
    assert terminal_block("one\n::error::x\r\n\x1b[2J") == "one\n: :error::x\\r\n\\x1b[2J"


def test_long_text_is_cut_with_an_ellipsis() -> None:
    assert [shortened("abcde", longest=5), shortened("abcdef", longest=5)] == ["abcde", "abcd…"]


def test_times_have_fixed_forms() -> None:
    moment = 1_795_140_000_007

    assert [iso_time(moment), iso_second(moment), clock_time(moment), person_time(moment)] == [
        "2026-11-20T02:00:00.007Z",
        "2026-11-20T02:00:00",
        "02:00:00Z",
        "2026-11-20 02:00:00 UTC",
    ]
    assert [iso_time(None), person_time(None)] == ["", "not yet"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0s"),
        (0.05, "0s"),
        (0.49, "0.4s"),
        (1.9, "1s"),
        (59.9, "59s"),
        (80, "1m20s"),
        (3600, "1h00m"),
        (7500, "2h05m"),
        (86_400 * 3 + 4 * 3600, "3d04h"),
    ],
)
def test_durations_have_two_units_at_most(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
