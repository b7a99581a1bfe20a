"""Problems as text, JSON and annotations."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from runner.spec import Problem, Severity, SpecInvalid, render
from runner.spec.problems import in_order
from runner.spec.rendering import MOST_SHOWN

PROBLEM = Problem(
    file="specs/x.yaml",
    line=12,
    column=23,
    path="sandboxes[prod].limits.max_per_second",
    found='"fast"',
    message='"fast" is not a number.',
    remedy="Write a number above 0, like 2 or 0.5.",
    code="wrong-type",
    excerpt="      max_per_second: fast",
)


def changed(**values: object) -> Problem:
    fields = {name: getattr(PROBLEM, name) for name in Problem.__slots__}
    return Problem(**{**fields, **values})


def test_text_names_the_place_the_fact_and_the_remedy_above_the_line_itself() -> None:
    assert render([PROBLEM], "text") == (
        'specs/x.yaml:12:23: error: sandboxes[prod].limits.max_per_second: "fast" is not a number. '
        "Write a number above 0, like 2 or 0.5.\n"
        "   12 |       max_per_second: fast\n"
        "      |                       ^\n"
    )


def test_a_problem_of_the_whole_file_has_no_line() -> None:
    problem = changed(line=0, column=0, path="", excerpt="", severity=Severity.WARNING)
    assert render([problem], "text") == (
        'specs/x.yaml: warning: "fast" is not a number. Write a number above 0, like 2 or 0.5.\n'
    )
    assert render([problem], "github") == (
        '::warning file=specs/x.yaml,title=retrigger%3A wrong-type::"fast" is not a number. '
        "Write a number above 0, like 2 or 0.5.\n"
    )


def test_the_caret_stands_below_what_is_meant_after_wide_and_invisible_characters() -> None:
    problem = changed(line=1, column=7, excerpt="日本\x1b\t: fast")
    assert render([problem], "text").splitlines()[1:] == [
        "    1 | 日本\\x1b\\t: fast",
        "      |             ^",
    ]


def test_of_a_long_line_the_part_around_the_caret_is_shown() -> None:
    problem = changed(line=3, column=501, excerpt="a" * 500 + "B" + "c" * 500)
    line, caret = render([problem], "text").splitlines()[1:]
    assert line == f"    3 | …{'a' * 70}B{'c' * 39}…"
    assert caret.index("^") == line.index("B")


def test_an_annotation_escapes_what_would_end_it() -> None:
    problem = changed(file="a:b,c%.yaml", message="50% of\r\nall: ::error::", remedy="", path="")
    assert render([problem], "github") == (
        "::error file=a%3Ab%2Cc%25.yaml,line=12,col=23,title=retrigger%3A wrong-type::"
        "50%25 of\\x0d\\nall: ::error::\n"
    )


def test_json_has_a_stable_shape() -> None:
    warning = changed(severity=Severity.WARNING)
    assert json.loads(render([PROBLEM, warning], "json")) == {
        "version": 1,
        "errors": 1,
        "warnings": 1,
        "problems": [
            {
                "file": "specs/x.yaml",
                "line": 12,
                "column": 23,
                "severity": severity,
                "code": "wrong-type",
                "path": "sandboxes[prod].limits.max_per_second",
                "found": '"fast"',
                "message": '"fast" is not a number.',
                "remedy": "Write a number above 0, like 2 or 0.5.",
            }
            for severity in ("error", "warning")
        ],
    }


def test_no_problems_are_no_text() -> None:
    assert (render([], "text"), render([], "github")) == ("", "")
    assert json.loads(render([], "json"))["problems"] == []


def test_a_flood_of_problems_is_cut_with_a_count() -> None:
    text = render([changed(excerpt="", line=n) for n in range(1, MOST_SHOWN + 6)], "text")
    assert text.count("\n") == MOST_SHOWN + 1
    assert text.endswith("... and 5 more problems\n")


@settings(deadline=None)
@given(st.text(), st.text(), st.integers(min_value=0, max_value=50))
def test_no_control_character_of_a_file_reaches_the_output(
    message: str, excerpt: str, column: int
) -> None:
    problem = changed(message=message, excerpt=excerpt, column=column, path=excerpt, file=message)
    for form in ("text", "github", "json"):
        shown = render([problem], form)
        assert not any(ord(one) < 32 or 0x7F <= ord(one) < 0xA0 for one in shown.replace("\n", ""))
        assert shown.encode()  # no lone surrogate either
    assert render([problem], "github").count("\n") == 1


def test_problems_come_in_the_order_of_the_file_and_once() -> None:
    first, second = changed(line=1), changed(line=2)
    assert in_order([second, first, second]) == (first, second)


def test_the_error_says_each_problem_on_its_line() -> None:
    error = SpecInvalid([PROBLEM, changed(line=13, message="a\x1bb", remedy="", path="")])
    assert str(error) == (
        'specs/x.yaml:12:23: error: sandboxes[prod].limits.max_per_second: "fast" is not a number. '
        "Write a number above 0, like 2 or 0.5.\n"
        "specs/x.yaml:13:23: error: a\\x1bb"
    )
    assert len(error.problems) == 2
