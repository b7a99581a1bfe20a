"""From bytes to nodes: encodings, positions, and everything that YAML allows and a spec does not."""

import codecs
from collections.abc import Callable

import pytest

from runner.spec.compose import composed
from runner.spec.decoding import LARGEST_FILE_BYTES, Unreadable, decoded, lines_of, position_in
from runner.spec.document import Entry, Group, Items, Scalar, key_at, node_at, place, value_of
from runner.spec.syntax import DEEPEST

Sentences = Callable[..., list[str]]


def word(text: str, line: int, column: int, *, plain: bool = True) -> Scalar:
    return Scalar(text, plain, line, column)


def fault_of(text: str) -> tuple[str, int, int]:
    with pytest.raises(Unreadable) as caught:
        composed(text)
    return caught.value.code, caught.value.line, caught.value.column


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_the_mark_at_the_start_tells_the_encoding(mark: bytes, encoding: str) -> None:
    assert decoded(mark + "näme: ü\n".encode(encoding)) == "näme: ü\n"


def test_bytes_that_are_not_text_are_placed() -> None:
    with pytest.raises(Unreadable) as caught:
        decoded(b"a: 1\nb: \xff\n")
    fault = caught.value
    assert (fault.code, fault.line, fault.column) == ("not-utf-8", 2, 4)
    assert fault.message == "the file is not UTF-8 text: byte 0xff stands here."


def test_text_in_an_older_encoding_is_told_to_be_saved_as_utf_8() -> None:
    with pytest.raises(Unreadable) as caught:
        decoded("reason: Stühle\n".encode("latin-1"))
    assert (caught.value.line, caught.value.column, caught.value.remedy) == (
        1,
        11,
        "Save it as UTF-8.",
    )


@pytest.mark.parametrize("bad", ["\x00", "\x07", "\x1b", "\x7f", "\x84", "\ud800", "\ufffe"])
def test_control_characters_are_placed(bad: str) -> None:
    with pytest.raises(Unreadable) as caught:
        decoded(f"a: b\nc: x{bad}\n")
    fault = caught.value
    assert (fault.code, fault.line, fault.column) == ("control-character", 2, 5)


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(Unreadable) as caught:
        decoded(b" " * (LARGEST_FILE_BYTES + 1))
    assert caught.value.code == "too-large"


def test_lines_end_as_yaml_says() -> None:
    assert lines_of("a\r\nb\rc\nd\x85e\u2028f") == ["a", "b", "c", "d", "e", "f"]
    assert position_in("ab\ncd", at=4) == (2, 2)


def test_nodes_know_where_they_stand() -> None:
    root = composed("a: 1\nb:\n  - x\n  - {c: 'd'}\n").root
    inner = Group({"c": Entry(word("c", 4, 6), word("d", 4, 9, plain=False))}, 4, 5)
    assert root == Group(
        {
            "a": Entry(word("a", 1, 1), word("1", 1, 4)),
            "b": Entry(word("b", 2, 1), Items([word("x", 3, 5), inner], 3, 3)),
        },
        1,
        1,
    )


def test_quoted_words_are_text_whatever_they_look_like() -> None:
    root = composed("- 1\n- '1'\n- \"true\"\n- true\n- |\n  5\n").root
    assert root is not None
    assert value_of(root) == [1, "1", "true", True, "5\n"]


def test_an_alias_stands_for_what_it_names() -> None:
    root = composed("a: &x [1, {b: 2}]\nc: *x\n").root
    assert root is not None
    assert value_of(root) == {"a": [1, {"b": 2}], "c": [1, {"b": 2}]}


def test_paths_use_the_names_of_things_and_count_the_rest_from_one() -> None:
    root = composed("s:\n- name: prod\n  f: [{a: 1}]\n- name: twin\n- name: twin\n- x\n").root
    assert root is not None
    assert place(root, ("s", 0, "f", 0, "a")) == "s[prod].f[1].a"
    assert [place(root, ("s", n)) for n in range(1, 5)] == ["s[2]", "s[3]", "s[4]", "s[5]"]
    assert place(root, ()) == ""


def test_a_path_that_leads_nowhere_ends_at_the_deepest_node() -> None:
    root = composed("a: {b: 1}").root
    assert root is not None
    assert node_at(root, ("a", "x", "y")) == node_at(root, ("a",))
    assert key_at(root, ("a", "x")) is None
    assert key_at(root, ()) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: *x\n", ("unknown-alias", 1, 4)),
        ("a: &x {b: *x}\n", ("endless-alias", 1, 11)),
        ("a: 1\n---\nb: 2\n", ("several-documents", 2, 1)),
        ("[" * (DEEPEST + 1), ("too-deep", 1, DEEPEST + 1)),
        ("? {a: b}\n: c\n", ("not-a-key", 1, 3)),
        ("? *x\n: c\n", ("unknown-alias", 1, 3)),
        ("- &x [a]\n- ? *x\n  : c\n", ("not-a-key", 1, 3)),
        ("a: [1, 2\n", ("yaml-syntax", 1, 9)),
    ],
)
def test_what_cannot_be_read_is_one_placed_fault(text: str, expected: tuple[str, int, int]) -> None:
    assert fault_of(text) == expected


def test_aliases_cannot_build_depth_level_by_level() -> None:
    levels = "\n".join(
        f"l{n}: &l{n} {'[' * 10}{f'*l{n - 1}' if n else 'x'}{']' * 10}" for n in range(10)
    )
    assert fault_of(levels)[0] == "too-deep"


DEEP = DEEPEST + 1


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: " + "[" * 3_000 + "]" * 3_000, 1, DEEP + 2),
        ("[\n" * 3_000 + "]\n" * 3_000, DEEP, 1),
        ("{a: " * 3_000 + "1" + "}" * 3_000, 1, DEEPEST * 4 + 1),
        ('{"a":[' * 3_000 + "1" + "]}" * 3_000, 1, DEEPEST // 2 * 6 + 1),
        (
            "".join(f"{' ' * number}a:\n" for number in range(3_000)) + " " * 3_000 + "1",
            DEEP,
            DEEP,
        ),
        # What the parser itself says of these is about keys, colons, values and braces that are as they should be.
        ("{" * 3_000 + "}" * 3_000, 1, DEEP),
        ("limits:\n" + "[" * 3_000 + "]" * 3_000, 2, DEEP),
        ("limits:\n" + "{a:\n" * 3_000 + "1" + "}" * 3_000, DEEP + 1, 1),
        ("limits: {a:" + "[" * 3_000 + "]" * 3_000 + "}", 1, len("limits: {a:") + DEEPEST),
        ("a: {b: x" + "[" * 3_000 + "]" * 3_000 + "}", 1, len("a: {b: x") + DEEPEST),
        ("a: 1\nb: [" + "{[" * 3_000 + "]}" * 3_000 + "]", 2, len("b: [") + DEEPEST),
    ],
)
def test_of_a_text_that_is_nested_too_deep_just_that_is_said(
    text: str, line: int, column: int
) -> None:
    assert fault_of(text) == ("too-deep", line, column)


@pytest.mark.parametrize(
    "text",
    [
        "a: '" + "[" * 50 + "'\nb: {c: 1\n",
        'a: "' + "[" * 50 + '\\""\nb: {c: 1\n',
        "# " + "[" * 50 + "\na: {b: 1\n",
        "a: " + "[]" * 50 + "\n",
        "a: |\n  " + "[" * 50 + "\nb: {c: 1\nd: 2\n",
    ],
)
def test_brackets_in_quotes_in_comments_and_before_the_fault_are_not_counted(text: str) -> None:
    assert fault_of(text)[0] == "yaml-syntax"


def test_a_bracket_in_text_without_quotes_is_told_from_one_that_is_never_closed() -> None:
    with pytest.raises(Unreadable) as caught:
        composed("limits: {max_at_once: x[1]}\n")

    assert (caught.value.line, caught.value.column) == (1, 24)
    assert "a [ follows text" in caught.value.message
    assert "in quotes" in caught.value.remedy


def test_ten_thousand_nested_brackets_do_not_exhaust_the_stack() -> None:
    assert fault_of("[" * 10_000)[0] == "too-deep"
    assert fault_of("- " * 10_000)[0] == "too-deep"


def test_refused_things_are_listed_and_reading_goes_on(sentences: Sentences, small: str) -> None:
    text = (
        small.replace("an example", "!!str text")
        + "order: &o oldest_first\norder: newest_first\ncap:\n  <<: {max_runs: 1}\n"
    )
    assert sentences(text) == [
        "3:9 tag reason",
        "13:1 duplicate-key order",
        "15:3 merge-key cap.<<",
    ]


@pytest.mark.parametrize("content", ["", "   \n", "# nothing\n", "---\n", b"\xef\xbb\xbf"])
def test_a_file_without_a_value_is_empty(sentences: Sentences, content: str | bytes) -> None:
    assert sentences(content) == ["0:0 empty-file"]


def test_windows_line_ends_and_a_mark_change_nothing(sentences: Sentences, small: str) -> None:
    assert sentences(codecs.BOM_UTF8 + small.replace("\n", "\r\n").encode()) == []


def test_utf_16_from_a_windows_editor_is_read(sentences: Sentences, small: str) -> None:
    assert sentences(small.encode("utf-16")) == []
