"""What XML may hold after others' words went through ``safe_text``."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.report.safe_text import xml

any_text = st.text(st.characters(exclude_categories=()))
signs = st.text(st.sampled_from(list("=+-@; \t\r\n'\"ab,|\u3000\u200b\x1b\\`<&:#[")))


@given(any_text | signs)
def test_any_text_is_well_formed_xml(text: str) -> None:
    parsed = ET.fromstring(f'<a b="{xml(text)}">{xml(text)}</a>')

    assert parsed.get("b") == (parsed.text or "")


@pytest.mark.parametrize(
    "text", ["::error::x", "  ::set-output name=x::y", "##vso[task.complete]", "a ##[error]b"]
)
def test_no_reader_of_the_xml_finds_a_build_servers_command(text: str) -> None:
    read = ET.fromstring(f"<a>{xml(text)}</a>").text or ""

    assert not read.lstrip().startswith("::")
    assert not re.search(r"##[A-Za-z]*\[", read)
