"""What Markdown may hold after others' words went through ``runner.model.markdown``."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model.markdown import is_web_address, markdown, markdown_link

any_text = st.text(st.characters(exclude_categories=()))
signs = st.text(st.sampled_from(list("\\`|<&>[]()*_@#:/ \t\r\n'\"ab\u3000\u200b\x1b")))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        (" \u3000", ""),
        ("S3 orders", "`S3 orders`"),
        (
            "@all see #1 https://x.example <b>[a](b)</b>",
            "`@all see #1 https://x.example <b>[a](b)</b>`",
        ),
        ("a`b", "<code>a&#96;b</code>"),
        ("a\\|_<i>", "<code>a&#92;&#124;&#95;&#60;i&#62;</code>"),
        ("one\ntwo", "<code>one&#92;ntwo</code>"),
    ],
)
def test_markdown_is_dead_text(text: str, shown: str) -> None:
    assert markdown(text) == shown


@given(any_text | signs)
def test_markdown_never_leaves_its_code_or_its_cell(text: str) -> None:
    shown = markdown(text)

    assert not re.search(r"[|\\\n\r]", shown)
    if shown.startswith("`"):
        assert "`" not in shown[1:-1]
        assert shown.endswith("`")
    elif shown:
        inside = shown.removeprefix("<code>").removesuffix("</code>")
        assert re.fullmatch(r"(?:[\w\s]|&#\d+;)*", inside)
        assert "_" not in inside


def test_only_plain_web_addresses_become_links() -> None:
    assert markdown_link("https://t.example/INC-1?a=b&c=d") == "<https://t.example/INC-1?a=b&c=d>"
    assert markdown_link("javascript:alert(1)") == "`javascript:alert(1)`"
    assert [
        is_web_address(url)
        for url in ("http://a", "https://a b", "https://a\n", 'https://"', "//a")
    ] == [
        True,
        False,
        False,
        False,
        False,
    ]
