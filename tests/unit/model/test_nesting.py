"""How deep a text is nested, read off its brackets."""

import pytest

from runner.model.nesting import TooDeep, nested_deeper


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("[[]] {{}}", None),
        ("[[\n [{", TooDeep(levels=4, line=2, column=2)),
        ("]]]] [[[]", TooDeep(levels=3, line=1, column=8)),
        ('["[[[", "\\"[[", [', None),
        ("['[[[', [", None),
        ("[ # [[[\n[", None),
        # An apostrophe in text opens nothing, and a quote that is never closed hides nothing.
        ("it's [[[ isn't", TooDeep(levels=3, line=1, column=8)),
        ('"[[[', TooDeep(levels=3, line=1, column=4)),
        ("a#[[[", TooDeep(levels=3, line=1, column=5)),
    ],
)
def test_the_first_bracket_beyond_two_levels_is_placed(text: str, expected: TooDeep | None) -> None:
    assert nested_deeper(text, than=2) == expected
