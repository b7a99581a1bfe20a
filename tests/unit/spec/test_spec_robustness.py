"""Whatever the bytes: problems in words, never a traceback, never a secret, never a raw control character."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.spec import Checked, check_text, render

ROOT = Path(__file__).parents[3]
SOURCES = [
    file.read_text(encoding="utf-8")
    for file in [
        ROOT / "specs" / "minimal.yaml",
        ROOT / "specs" / "full.yaml",
        *sorted((ROOT / "tests" / "examples" / "invalid").glob("*.yaml")),
    ]
]
ENVIRONMENT = {"ORG": "o", "CLIENT": "c", "SECRET": "s3cret"}
YAML_BITS = st.sampled_from(
    [
        *"\n\n\n    :::---[]{},,&*!|>'\"%@`#?$<\t\r",
        "  ",
        "- ",
        ": ",
        "${",
        "}",
        "${A}",
        "<<: ",
        "*a",
        "&a ",
        "---\n",
        "...\n",
        "!!str ",
        "no",
        "1e5",
        "0x",
        "2026-11-20",
        "\u2028",
        "\x85",
        "\ufeff",
        "version: 1\n",
        "sandboxes:\n",
        "name: ",
        "runs: ",
        "auth:\n",
        "client_secret: ",
        "connection:\n",
        "  - ",
        "filters: ",
        "started: ",
        "{last: 1h}",
        "\\",
        "\\x1b",
        "\\ud800",
    ]
)


def problems_in(content: str | bytes, *, offline: bool = False) -> Checked:
    checked = check_text(
        content,
        path="x.yaml",
        environment=None if offline else ENVIRONMENT,
        base=ROOT / "no-such-folder",
        now_ms=1_795_219_200_000,
    )
    for form in ("text", "json", "github"):
        shown = render(checked.problems, form)
        assert not any(ord(one) < 32 and one != "\n" for one in shown)
        assert "s3cret" not in shown
    assert checked.spec is None or not checked.has_errors
    for one in checked.problems:
        assert one.message.endswith(".")
        assert bool(one.line) or not one.column
    return checked


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_answered(content: bytes) -> None:
    assert problems_in(content).problems


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_answered(content: str) -> None:
    assert problems_in(content).problems


@settings(deadline=None)
@given(content=st.lists(YAML_BITS, max_size=40).map("".join), offline=st.booleans())
def test_anything_that_looks_like_yaml_is_answered(content: str, *, offline: bool) -> None:
    assert problems_in(content, offline=offline).problems


@settings(deadline=None)
@given(st.data())
def test_a_spec_with_a_few_characters_changed_is_answered(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(SOURCES))
    for _ in range(data.draw(st.integers(min_value=1, max_value=4))):
        start = data.draw(st.integers(min_value=0, max_value=len(text)))
        length = data.draw(st.integers(min_value=0, max_value=8))
        text = text[:start] + data.draw(YAML_BITS) + text[start + length :]
    problems_in(text, offline=data.draw(st.booleans()))


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda below: (
        st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=6), below, max_size=4)
    ),
    max_leaves=10,
)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "version",
                "name",
                "reason",
                "connection",
                "sandboxes",
                "limits",
                "waves",
                "wait",
                "cap",
                "stop_when",
                "retry",
                "x",
            ]
        ),
        JSON_VALUES
        | st.fixed_dictionaries(
            {},
            optional=dict.fromkeys(
                ("auth", "org_id", "max_runs", "for_recovery", "timeout"), JSON_VALUES
            ),
        )
        | st.lists(
            st.fixed_dictionaries(
                {},
                optional=dict.fromkeys(
                    ("name", "runs", "filters", "limits", "exclude"), JSON_VALUES
                ),
            ),
            max_size=3,
        ),
    )
)
def test_values_of_any_type_at_any_place_are_answered(value: dict[str, object]) -> None:
    assert problems_in(json.dumps(value)).problems


@pytest.mark.parametrize(
    "content",
    [
        "a: " + "[" * 5_000 + "]" * 5_000,
        "a: &a [*a]",
        "- " * 3_000,
        "{" * 3_000,
        "? " * 3_000,
        "!" * 3_000,
        "secret" * 20_000,
        "client_secret " * 10_000,
        "https://" + "a" * 100_000,
        "name: " + "${A:-" * 2_000,
        "runs: [" + "x, " * 20_000 + "x]",
    ],
    ids=lambda content: content[:12],
)
def test_hostile_shapes_are_answered_quickly(content: str) -> None:
    assert problems_in(content).problems


def test_a_thousand_problems_are_spelt_out_and_the_rest_counted(head: str) -> None:
    ids = ", ".join(f"a_{n}" for n in range(1_500))
    checked = problems_in(
        f"{head}sandboxes:\n- name: prod\n  runs: [{ids}]\ncap: {{max_runs: 2000}}\n"
    )
    assert len(checked.problems) == 1_001
    assert checked.problems[0].message == "500 more places do not fit."
