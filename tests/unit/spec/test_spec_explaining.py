"""The words for each way in which a value may not fit, tried on small schemas of their own."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

import runner.spec
from runner.spec import Checked
from runner.spec.compose import MOST_VALUES, composed
from runner.spec.decoding import Unreadable
from runner.spec.document import value_of
from runner.spec.explain import explained
from runner.spec.runs_file import runs_file_faults
from runner.spec.runs_rows import RowCount, RunsFileFault
from runner.spec.schema import Schema
from runner.spec.source import Excerpts, Source
from runner.spec.validation import violations

Check = Callable[..., Checked]
Sentences = Callable[..., list[str]]


def said(text: str, **properties: object) -> list[str]:
    schema = Schema(
        {
            "type": "object",
            "additionalProperties": False,
            "properties": properties,
            "$defs": {"tree": {"type": "object", "properties": {"left": {"$ref": "#/$defs/tree"}}}},
        }
    )
    root = composed(text).root
    assert root is not None
    value = value_of(root)
    source = Source(file="x.yaml", root=root, excerpts=Excerpts(text))
    return [
        explained(one, source=source, schema=schema, value=value).sentence
        for one in violations(value, schema=schema)
    ]


B_IS_A_NUMBER = {"^b[0-9]$": {"type": "integer"}}
ZETAS = {"b": {"type": "object", "properties": {"zetas": {}}}}
GROUP = "a group of keys"
MANY: dict[str, object] = {f"key_{n:02}": {} for n in range(20)}


def test_lists_groups_and_texts_may_be_too_short_or_too_long() -> None:
    text = "a: [1]\nb: x\nc: {}\nd: [1, 2]\ne: xyz\nf: {b: 1, c: 2}\n"
    assert said(
        text,
        a={"type": "array", "minItems": 2},
        b={"type": "string", "minLength": 2},
        c={"type": "object", "minProperties": 1},
        d={"type": "array", "maxItems": 1},
        e={"type": "string", "maxLength": 2},
        f={"type": "object", "maxProperties": 1},
    ) == [
        "a: the list is too short. Write a list.",
        "b: the text is too short. Write text.",
        "c: the group is empty. Write a group of keys.",
        "d: there are 2 items here, where 1 are the most. Shorten it.",
        "e: there are 3 characters here, where 2 are the most. Shorten it.",
        "f: there are 2 keys here, where 1 are the most. Shorten it.",
    ]


def test_numbers_may_be_too_small_or_too_large() -> None:
    assert said(
        "a: 5\nb: 6\nc: 3\n",
        a={"type": "number", "exclusiveMaximum": 5},
        b={"type": "integer", "minimum": 1, "maximum": 5},
        c={"type": "integer", "multipleOf": 2},
    ) == [
        "a: 5 is not below 5. Write a number.",
        "b: 6 is above 5, the most. Write a whole number from 1 to 5.",
        "c: 3 does not fit here. See the schema for what is allowed.",
    ]


def test_words_may_be_unknown_ambiguous_or_of_another_form() -> None:
    assert said(
        "a: no\nb: 2\nc: x\nd: [{b: 1}, {b: 1}]\n",
        a={"enum": ["no"]},
        b={"const": 1},
        c={"type": "string", "pattern": "^y$"},
        d={"type": "array", "uniqueItems": True},
    ) == [
        'a: `no` is read as false by YAML 1.1. Write "no".',
        "b: 2 is not known here. Allowed: 1.",
        'c: "x" does not fit here. Write text.',
        "d[2]: an entry stands in this list twice. Remove one of the two.",
    ]


def test_groups_may_hold_what_they_do_not_know() -> None:
    closed = {"type": "object", "additionalProperties": False}
    assert said(
        "a: {b1: x}\nb: {c: x}\nc: {b: 1}\nd: {left: {left: 1}}\ne: {zeta: 1}\nf: {other: 1}\n",
        a={**closed, "patternProperties": B_IS_A_NUMBER},
        b=closed,
        c={"type": "array"},
        d={"$ref": "#/$defs/tree"},
        e={**closed, "properties": ZETAS},
        f={**closed, "properties": MANY},
    ) == [
        'a.b1: "x" is not a whole number. Write a whole number.',
        "b: `c` is not a key of `b`. It belongs at the top of the file.",
        "c: a group of keys stands here, where a list is meant. Write a list.",
        f"d.left.left: 1 stands here, where {GROUP} is meant. Write its keys on lines below it, indented: left.",
        "e: `zeta` is not a key of `e`. Did you mean `zetas` under `e.b`?",
        "f: `other` is not a key of `f`. Allowed here, among others: "
        + ", ".join(f"`key_{n:02}`" for n in range(13))
        + " and `key_13`.",
    ]


def test_an_open_group_takes_any_key() -> None:
    assert said("a: {b1: 1, c: x}", a={"type": "object", "additionalProperties": True}) == []


def test_a_group_without_keys_has_nothing_to_offer() -> None:
    assert said("a: {qqq: 1}", a={"type": "object", "additionalProperties": False}) == [
        "a: `qqq` is not a key of `a`. Remove it."
    ]


def test_alternatives_of_different_types_are_told_by_the_type() -> None:
    schema = {
        "anyOf": [
            {"type": "integer", "minimum": 1},
            {"type": "object", "properties": {"every": {"type": "integer"}}},
        ]
    }
    assert said("a: 2", a=schema) == []
    assert said("a: 0", a=schema) == [
        "a: 0 is below 1, the least that makes sense. Write a whole number from 1 up."
    ]
    assert said("a: {every: x}", a=schema) == [
        'a.every: "x" is not a whole number. Write a whole number.'
    ]


@pytest.mark.parametrize("written", ["", "null", "[a]", "{file: }", "{file: [x]}", "{file: ''}"])
def test_a_secret_of_another_type_is_refused_without_repeating_it(
    check: Check, small: str, written: str
) -> None:
    (problem,) = check(small.replace("${SECRET}", written)).problems
    assert (problem.code, problem.excerpt) == ("literal-secret", "")


@pytest.mark.parametrize(
    "written", ["{env: p4ssw0rd}", "{file: x, value: p4ssw0rd}", "&s p4ssw0rd"]
)
def test_a_secret_in_a_group_of_other_keys_is_not_repeated(
    check: Check, small: str, written: str
) -> None:
    checked = check(
        small.replace("${SECRET}", written).replace("an example", "a") + "ticket: p4ssw0rd x\n"
    )
    assert checked.has_errors
    assert "p4ssw0rd" not in runner.spec.render(
        [one for one in checked.problems if one.path != "ticket"], "text"
    )


def test_a_token_that_an_alias_repeats_elsewhere_is_masked_there_too(
    check: Check, small: str
) -> None:
    text = (
        small.replace("${SECRET}", "&s p4ssw0rd-of-ours").replace("an example", "why")
        + "name2: *s\n"
    )
    assert "p4ssw0rd" not in runner.spec.render(check(text).problems, "text")


def test_waves_of_other_types_are_the_schemas_business(sentences: Sentences, small: str) -> None:
    assert sentences(small + "waves: [true, 100%]\n") == ["12:9 yaml-trap waves[1]"]
    assert sentences(small + "waves: [10% 100%, '${A}%']\n", environment=None) == [
        "12:9 wrong-form waves[1]"
    ]


def test_an_unfinished_tag_is_explained() -> None:
    with pytest.raises(Unreadable, match="the ! here starts a YAML tag"):
        composed("a: !<x y\n")


def test_an_empty_name_in_a_long_block_is_still_placed(check: Check, small: str) -> None:
    text = small.replace("an example", "|\n  first line\n  ${NO_SUCH} line")
    (problem,) = check(text).problems
    assert (problem.line, problem.column, problem.code) == (3, 9, "missing-variable")


def test_a_file_with_too_many_values_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_VALUES == 2_000_000
    monkeypatch.setattr("runner.spec.compose.MOST_VALUES", 10)
    with pytest.raises(Unreadable, match="more than 10 values"):
        composed("[" + "x, " * 11 + "x]")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: [1, 2\n", "yaml-syntax"),
        ("a: b: c\n", "yaml-syntax"),
        ("\ta: 1\n", "yaml-syntax"),
        ('a: "\\U00110000"\n', "yaml-syntax"),
        ("a: 'x\n", "yaml-syntax"),
        ("a: *x\n", "unknown-alias"),
    ],
)
def test_the_pure_parser_is_understood_as_well(
    monkeypatch: pytest.MonkeyPatch, text: str, code: str
) -> None:
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    with pytest.raises(Unreadable) as caught:
        composed(text)
    assert caught.value.code == code


def test_half_a_character_from_an_escape_is_refused(
    monkeypatch: pytest.MonkeyPatch, sentences: Sentences, small: str
) -> None:
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert sentences(small.replace("an example", '"\\ud800"')) == ["3:9 control-character reason"]


def test_an_unknown_name_of_the_room_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        getattr(runner.spec, "no_such_name")  # noqa: B009  # mypy knows the names that exist


def test_every_public_name_can_be_had() -> None:
    for name in runner.spec.__all__:
        assert getattr(runner.spec, name) is not None


class Broken:
    """Stands for a disk that fails."""

    def __init__(self, strerror: str | None) -> None:
        self.strerror = strerror

    def __call__(self, *_args: object, **_options: object) -> bytes:
        raise PermissionError(13, self.strerror)


def test_files_that_may_not_be_read_are_named(
    monkeypatch: pytest.MonkeyPatch, check: Check, head: str, small: str, tmp_path: Path
) -> None:
    for name in ("secret", "runs.txt", "x.yaml"):
        (tmp_path / name).write_text("x")
    monkeypatch.setattr(Path, "read_bytes", Broken("Permission denied"))
    monkeypatch.setattr(Path, "open", Broken("Permission denied"))
    fact = "the file cannot be read (Permission denied)."
    with_secret = check(small.replace("${SECRET}", "{file: secret}"))
    with_runs = check(head + "sandboxes:\n- name: prod\n  runs_from: runs.txt\n")
    whole = runner.spec.check_file(tmp_path / "x.yaml", environment={}, now_ms=0)
    for checked in (with_secret, with_runs, whole):
        assert [one.message for one in checked.problems] == [fact]


def test_a_field_that_never_ends_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_text("run_id,note\na," + "x" * 200_000 + "\n")
    (fault,) = runs_file_faults(path, sandbox=None)
    assert (fault.line, fault.remedy) == (2, "Look for a quote that is never closed.")


def test_a_literal_secret_is_named_even_when_the_method_is_misspelt(
    sentences: Sentences, small: str
) -> None:
    text = small.replace("client_secret: ${SECRET}", "method: tokn\n    access_token: p4ssw0rd")
    assert sentences(text) == [
        "8:13 unknown-word connection.auth.method",
        "9:19 literal-secret connection.auth.access_token",
    ]


def test_the_bare_tag_says_no_more_than_quotes(sentences: Sentences, small: str) -> None:
    assert sentences(small.replace("name: example", "name: ! example")) == []
    assert sentences(small.replace("runs: [a]", "runs: ! [a]")) == [
        "11:11 tag sandboxes[prod].runs"
    ]


def test_json_that_is_too_large_or_no_list_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from runner.spec import runs_json  # noqa: PLC0415  # the module whose limit is lowered

    path = tmp_path / "runs.json"
    path.write_text('["a", "b"]')
    monkeypatch.setattr(runs_json, "LARGEST_JSON_CHARACTERS", 5)
    with path.open() as file, pytest.raises(RunsFileFault, match="larger than 256 MiB"):
        list(runs_json.entries_of_json(file, count=RowCount(sandbox=None)))
    path.write_text('"a"')
    with path.open() as file, pytest.raises(RunsFileFault, match="the JSON holds no list"):
        list(runs_json.entries_of_json(file, count=RowCount(sandbox=None)))
