"""Failures are grouped by what they say, not by the ids, files and times they say it of."""

import string
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model.failure import (
    LONGEST_EXAMPLE,
    LONGEST_SHAPE,
    cluster_of,
    failure_of,
    shape_of,
)
from runner.model.platform import RunError
from tests.fakes.runs import bare_run

COPY = RunError(code="CONNECTOR-1001-500", message="Error in copying the data from Source.")


@pytest.mark.parametrize(
    ("message", "shape"),
    [
        ("", ""),
        ("The dataset file is empty.", "The dataset file is empty."),
        ("Timed out after 30 s", "Timed out after <n> s"),
        ("Timed out after 1.5 s, 3 tries", "Timed out after <n> s, <n> tries"),
        ("Rows 12, 15;  19 are bad", "Rows <n> are bad"),
        ("batch 01J9ZK4M is gone", "batch <n> is gone"),
        ("run abcdefab-abcd-abcd-abcd-abcdefabcdef failed", "run <n> failed"),
        ("at 2026-11-20T02:00:00.123Z", "at <n>"),
        ("at 2026-11-20 02:00:00", "at <n>"),
        ("Cannot read s3://bucket/2026/11/orders.csv now", "Cannot read <url> now"),
        ("GET https://example.com/a?b=c: refused", "GET <url> refused"),
        ("No file /data/in/orders.csv here", "No file <path> here"),
        ("No file data/in/orders.csv here", "No file <path> here"),
        (r"No file C:\in\orders.csv here", "No file <path> here"),
        (r"No file \\server\in here", "No file <path> here"),
        ("Either/or and read/write stay", "Either/or and read/write stay"),
        ("Column 'total' of \"orders\" in `db`", "Column <text> of <text> in <text>"),
        ("can't read, won't read", "can't read, won't read"),
        ("ErrorCode=SftpNetworkIssue,no answer", "ErrorCode=SftpNetworkIssue,no answer"),
        ("two\nlines\t and  blanks", "two lines and blanks"),
        ("x" * 500, "x" * (LONGEST_SHAPE - 1) + "…"),
    ],
)
def test_what_varies_is_masked_and_the_rest_is_kept(message: str, shape: str) -> None:
    assert shape_of(message) == shape


# Every character that a rule looks at, so that rules meet each other often.
touchy = st.text(st.sampled_from("ab1 9-.:/\\'\"`“”<>ntexpur@+%=,;_é…\n\x1b\ud800"), max_size=400)
anything = st.text(st.characters(exclude_categories=()), max_size=400)


@given(message=touchy | anything)
def test_a_shape_is_its_own_shape_and_never_long(message: str) -> None:
    shape = shape_of(message)

    assert shape_of(shape) == shape
    assert len(shape) <= LONGEST_SHAPE


@given(message=touchy | anything)
def test_a_shape_holds_no_digit(message: str) -> None:
    assert not any(character.isdecimal() for character in shape_of(message))


names = st.text(string.ascii_lowercase, min_size=1, max_size=12)
segments = st.text(string.ascii_letters + string.digits + "_.-", min_size=1, max_size=12)
varying = {
    "number": st.integers(min_value=0).map(str) | st.floats(0, 1e6).map(lambda x: f"{x:.3f}"),
    "id": st.from_regex(r"[A-Za-z]{0,8}[0-9][A-Za-z0-9]{0,8}", fullmatch=True),
    "uuid": st.uuids().map(str),
    "time": st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    "url": st.lists(segments, max_size=4).map(
        lambda parts: "https://host.example/" + "/".join(parts)
    ),
    "path": st.lists(names, min_size=2, max_size=5).map(lambda parts: "/" + "/".join(parts)),
    "quoted": st.text(string.ascii_letters + string.digits + " /:.-", max_size=30).map(
        lambda text: f"'{text}'"
    ),
}
words = st.lists(st.sampled_from(["file", "of", "flow", "failed", "because", "in"]), max_size=4)


@st.composite
def two_of_one_kind(draw: st.DrawFn) -> tuple[str, str]:
    """Two messages with the same words, and in the same places different values of the same kinds."""
    one, other = [], []
    for kind in draw(st.lists(st.sampled_from(sorted(varying)), min_size=1, max_size=6)):
        between = draw(words)
        one += [*between, draw(varying[kind])]
        other += [*between, draw(varying[kind])]
    return " ".join(one), " ".join(other)


@given(messages=two_of_one_kind())
def test_messages_that_differ_only_in_what_is_masked_have_one_shape(
    messages: tuple[str, str],
) -> None:
    assert shape_of(messages[0]) == shape_of(messages[1])


def test_a_cluster_is_named_after_its_code_and_shape_for_good() -> None:
    assert cluster_of([COPY]) == "CONNECTOR-1001-500/0a9d7e"
    assert cluster_of([RunError(code="140", message="")]) == "140/251afb"
    assert cluster_of([RunError(code="", message="x")]) == "no-code/bbe56d"


def test_a_run_without_errors_is_in_no_cluster() -> None:
    assert cluster_of([]) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([COPY], [RunError(code="CONNECTOR-1001-400", message=COPY.message)]),
        ([COPY], [RunError(code=COPY.code, message="Error in reading the data.")]),
        (
            [COPY, RunError(code="2200", message="ErrorCode=SftpNetworkIssue,no answer")],
            [COPY, RunError(code="2200", message="ErrorCode=SftpAuthFailure,no")],
        ),
    ],
    ids=["by code", "by message", "by the cause beneath"],
)
def test_failures_are_told_apart(one: Sequence[RunError], other: Sequence[RunError]) -> None:
    assert cluster_of(one) != cluster_of(other)


def test_what_is_beneath_the_cause_and_repeats_tell_nothing() -> None:
    cause = RunError(code="2200", message="no answer")
    rows = RunError(code="X", message="a row is bad")

    assert cluster_of([COPY, COPY, cause, rows]) == cluster_of([COPY, cause])


@given(code=anything, message=anything)
def test_a_clusters_name_is_short_and_on_one_line(code: str, message: str) -> None:
    name = cluster_of([RunError(code=code, message=message)])

    assert len(name) <= 70
    assert "\n" not in name


@pytest.mark.parametrize(
    ("started", "completed", "seconds"),
    [(1_000, 91_500, 90.5), (1_000, None, None), (None, 1_000, None), (5_000, 1_000, 0.0)],
)
def test_how_long_a_run_took_is_known_when_both_ends_are(
    started: int | None, completed: int | None, seconds: float | None
) -> None:
    run = bare_run(started_at_ms=started, completed_at_ms=completed)

    assert failure_of(run).seconds == seconds


def test_an_example_is_the_platforms_own_words_and_short() -> None:
    cause = RunError(code="2200", message="file 12 " + "x" * 5000)

    failure = failure_of(bare_run(errors=(COPY, cause)))

    assert failure.example.startswith("Error in copying the data from Source. / file 12 xx")
    assert len(failure.example) == LONGEST_EXAMPLE
