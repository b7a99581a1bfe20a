"""A plan is read as it was written, or refused: nothing in between."""

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import CannotWrite, PlanRefused
from runner.model.plan import (
    FoundRun,
    FrozenWindow,
    PassedOver,
    PlanHeader,
    PlannedRun,
    PlannedSandbox,
)
from runner.model.words import SkipReason
from runner.plan import (
    PLAN_VERSION,
    PlanFile,
    passed_over_path,
    read_forecast,
    read_passed_over,
    read_plan,
    write_plan,
)
from runner.plan import file as plan_file

Make = Callable[..., Any]
MAKE_ANEW = "Make a new one from its spec."
RESTORE = "Restore it, or remove it: the plan can be applied without it."

texts = st.text(st.characters(exclude_categories=()), max_size=12) | st.sampled_from(
    [
        '"\\',
        "\n\r\u2028\x85",
        "\x00\x1b[31m",
        "\ud800",
        "\U0001f600",
        '{"kind": "footer"',
        "é" * 300,
    ]
)
numbers = st.integers(-(2**70), 2**70)
moments = st.none() | numbers
counts = st.integers(1, 2**70)
founds = st.builds(
    FoundRun,
    sandbox=texts,
    run_id=texts,
    flow_id=texts,
    flow_name=texts,
    etag=st.none() | texts,
    status=texts,
    error_code=texts,
    error_message=texts,
    created_at_ms=moments,
    updated_at_ms=moments,
    started_at_ms=moments,
    window_start_ms=moments,
    window_end_ms=moments,
)
runs = st.builds(PlannedRun, position=counts, wave=counts, lane_position=counts, found=founds)
passed = st.builds(PassedOver, found=founds, reason=st.sampled_from(SkipReason), detail=texts)
headers = st.builds(
    PlanHeader,
    plan_version=st.just(PLAN_VERSION),
    tool_version=texts,
    spec_name=texts,
    reason=texts,
    ticket=st.none() | texts,
    org_id=texts,
    platform_url=texts,
    spec_path=texts,
    spec_sha256=texts,
    spec_text=texts,
    created_at_ms=numbers,
    expires_at_ms=numbers,
    sandboxes=st.lists(
        st.builds(PlannedSandbox, name=texts, type=texts, region=texts), max_size=2
    ).map(tuple),
    windows=st.lists(
        st.builds(
            FrozenWindow, sandbox=texts, filter_number=counts, from_ms=moments, to_ms=moments
        ),
        max_size=2,
    ).map(tuple),
    expected_seconds=st.none() | st.floats(0, 1e12),
)


def _flipped(content: bytes, *, place: int) -> bytes:
    altered = bytearray(content)
    altered[place] ^= 1
    return bytes(altered)


def refusal(path: Path) -> PlanRefused:
    """Read a plan to the end of its runs, and return why it is refused."""
    with pytest.raises(PlanRefused) as caught:
        list(read_plan(path).runs())
    return caught.value


@given(header=headers, planned=st.lists(runs, max_size=4), left=st.lists(passed, max_size=4))
def test_a_plan_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory,
    header: PlanHeader,
    planned: list[PlannedRun],
    left: list[PassedOver],
) -> None:
    path = tmp_path_factory.mktemp("plan") / "plan.jsonl"

    written = write_plan(path, header, runs=planned, passed_over=left)
    read = read_plan(path)

    assert read == written
    assert read.header == header
    assert list(read.runs()) == planned
    assert list(read.runs()) == planned  # as often as one likes
    assert list(read_passed_over(read).runs()) == left
    assert (read.footer.runs, read.footer.passed_over) == (len(planned), len(left))
    for file in (path, passed_over_path(path)):
        content = file.read_bytes()
        assert content.isascii()
        assert b"\r" not in content
    assert path.read_bytes().count(b"\n") == len(planned) + 2


def test_a_plan_streams_both_ways(tmp_path: Path, header: Make, run: Make) -> None:
    drawn: list[int] = []

    def drawing() -> Iterator[PlannedRun]:
        for number in (1, 2, 3):
            drawn.append(number)
            yield run(number)

    plan = write_plan(tmp_path / "plan.jsonl", header(), runs=drawing(), passed_over=())
    stream = plan.runs()

    assert drawn == [1, 2, 3]
    assert next(stream) == run(1)
    stream.close()  # type: ignore[attr-defined]  # a generator


def test_the_same_plan_gives_the_same_bytes_for_the_owners_eyes_only(
    tmp_path: Path, plan: PlanFile, header: Make, run: Make, passed_over: Make
) -> None:
    again = write_plan(
        tmp_path / "plans/again.jsonl",
        header(),
        runs=[run(1), run(2), run(3)],
        passed_over=[passed_over(8), passed_over(9)],
    )

    assert again.path.read_bytes() == plan.path.read_bytes()
    assert again.sha256 == plan.sha256 == hashlib.sha256(plan.path.read_bytes()).hexdigest()
    assert [stat.S_IMODE(file.stat().st_mode) for file in plan.path.parent.iterdir()] == [0o600] * 4


def test_the_footer_holds_what_its_documentation_says(plan: PlanFile) -> None:
    content = plan.path.read_bytes()
    *before, footer = content.splitlines(keepends=True)
    facts = json.loads(footer)
    blank = footer.replace(facts["sha256"].encode(), b"")

    assert facts == {
        "kind": "footer",
        "runs": 3,
        "sha256": hashlib.sha256(b"".join(before) + blank).hexdigest(),
        "passed_over": 2,
        "passed_over_sha256": hashlib.sha256(passed_over_path(plan.path).read_bytes()).hexdigest(),
    }


@pytest.mark.parametrize(
    ("plan_name", "beside"),
    [
        ("plan.jsonl", "plan.passed-over.jsonl"),
        ("plan", "plan.passed-over.jsonl"),
        ("a.b.jsonl", "a.b.passed-over.jsonl"),
    ],
)
def test_the_passed_over_runs_have_their_place_beside_the_plan(plan_name: str, beside: str) -> None:
    assert passed_over_path(Path("x") / plan_name) == Path("x") / beside


def test_a_failing_source_leaves_the_old_plan(plan: PlanFile, header: Make, run: Make) -> None:
    before = plan.path.read_bytes()

    def failing() -> Iterator[PlannedRun]:
        yield run(1)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_plan(plan.path, header(), runs=failing(), passed_over=())

    assert plan.path.read_bytes() == before


@pytest.fixture
def small(tmp_path: Path, header: Make, run: Make) -> Path:
    """The smallest plan with everything in it: short enough to try each of its bytes."""
    words = dict.fromkeys(["spec_text", "reason", "org_id", "platform_url", "spec_path"], "x")
    few = header(**words, ticket=None, spec_sha256="5", windows=(), sandboxes=())
    runs = [run(1, error_message="", flow_name="")]
    return write_plan(tmp_path / "small.jsonl", few, runs=runs, passed_over=()).path


def is_read(path: Path) -> bool:
    try:
        read_plan(path)
    except PlanRefused:
        return False
    return True


@pytest.mark.parametrize("change", [0x01, 0x20, 0x80])
def test_no_single_byte_can_be_changed(small: Path, change: int) -> None:
    content = small.read_bytes()
    unnoticed = []
    with small.open("r+b", buffering=0) as file:
        for place, original in enumerate(content):
            os.pwrite(file.fileno(), bytes([original ^ change]), place)
            unnoticed += [place] if is_read(small) else []
            os.pwrite(file.fileno(), bytes([original]), place)

    assert unnoticed == []
    assert is_read(small)


@pytest.mark.parametrize("byte", [b"0", b"1", b"f", b" ", b"\n", b"}", b"\x00"])
def test_no_byte_of_the_footer_can_be_replaced(small: Path, byte: bytes) -> None:
    content = small.read_bytes()
    footer = range(content.rindex(b"\n", 0, -1) + 1, len(content))

    unnoticed = []
    for place in footer:
        small.write_bytes(content[:place] + byte + content[place + 1 :])
        unnoticed += [place] if content[place : place + 1] != byte and is_read(small) else []

    assert unnoticed == []


def test_nothing_can_be_cut_off(small: Path) -> None:
    content = small.read_bytes()
    unnoticed = []
    for length in reversed(range(len(content))):
        os.truncate(small, length)
        unnoticed += [length] if is_read(small) else []

    assert unnoticed == []


def test_no_byte_can_be_taken_out(small: Path) -> None:
    content = small.read_bytes()
    unnoticed = []
    for place in range(len(content)):
        small.write_bytes(content[:place] + content[place + 1 :])
        unnoticed += [place] if is_read(small) else []

    assert unnoticed == []


@pytest.mark.parametrize(
    "more", [b"\n", b" ", b"\x00", b"{}\n", b"\xef\xbb\xbf", b'{"kind": "footer"}\n']
)
def test_nothing_can_be_put_before_or_after(small: Path, more: bytes) -> None:
    content = small.read_bytes()
    read = []
    for altered in (more + content, content + more, content + content):
        small.write_bytes(altered)
        read.append(is_read(small))

    assert read == [False, False, False]


def test_no_line_can_be_doubled_dropped_swapped_or_brought_from_another_plan(
    tmp_path: Path, plan: PlanFile, header: Make, run: Make
) -> None:
    lines = plan.path.read_bytes().splitlines(keepends=True)
    other = write_plan(tmp_path / "other.jsonl", header(), runs=[run(5)], passed_over=())
    foreign = other.path.read_bytes().splitlines(keepends=True)
    altered = tmp_path / "altered.jsonl"
    places = range(len(lines))

    changed = [
        *([*lines[:n], lines[n], *lines[n:]] for n in places),
        *(lines[:n] + lines[n + 1 :] for n in places),
        *(
            [*lines[:a], lines[b], *lines[a + 1 : b], lines[a], *lines[b + 1 :]]
            for b in places
            for a in range(b)
        ),
        [*lines[:1], foreign[1], *lines[2:]],
        [*lines[:-1], foreign[-1]],
        [foreign[0], *lines[1:-1], foreign[-1]],
    ]

    unnoticed = []
    for each in changed:
        altered.write_bytes(b"".join(each))
        unnoticed += [each] if is_read(altered) else []
    assert unnoticed == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "{path}: the file is empty: this is not a plan."),
        (b"\n", "{path}:1: this is not a plan: not JSON (Expecting value: line 2 column 1 (char 1))."),
        (b"\x89PNG\r\n\x1a\n\x00", "{path}:1: not plain ASCII text: this is not a plan."),
        (b"version: 1\n", "{path}:1: this is not a plan: not JSON (Expecting value: line 1 column 1 (char 0))."),
        (b"[]\n", "{path}:1: this is not a plan: not a line of kind header."),
        (b"null\n", "{path}:1: this is not a plan: not a line of kind header."),
        (b'{"kind": "run"}\n', "{path}:1: this is not a plan: not a line of kind header."),
        (b'{"kind": "header"}\n', "{path}:1: this is not a plan: null where a whole number belongs."),
        (b'{"kind": "header", "plan_version": 1}\n', "{path}:1: this is not a plan: a header without 'ticket'."),
        (b'{"kind": "header", "plan_version": 0}\n', "{path}:1: this is not a plan: 0 where a count from 1 belongs."),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused_with_the_place_and_a_remedy(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(content)

    error = refusal(path)

    assert (str(error), error.remedy) == (said.format(path=path), MAKE_ANEW)
    assert error.exit_code == 5


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"kind": "header", "x": ' + b"[" * 200_000 + b"\n", "nested more than 100 levels deep"),
        (b"[" * 3_000 + b"]" * 3_000 + b"\n", "nested more than 100 levels deep"),
        (b'{"kind": "header", "plan_version": ' + b"9" * 9000 + b"}\n", "digits"),
    ],
)
def test_json_that_is_made_to_hurt_is_refused(tmp_path: Path, line: bytes, why: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(line)

    said = str(refusal(path))
    assert said.startswith(f"{path}:1: this is not a plan: not JSON (")
    assert why in said


def test_a_line_without_end_is_refused_before_it_fills_the_memory(
    tmp_path: Path, plan: PlanFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_file, "_LONGEST_LINE_BYTES", 4096)
    lines = plan.path.read_bytes().splitlines(keepends=True)
    path = tmp_path / "x.jsonl"

    path.write_bytes(b"\x00" * 10_000)
    assert str(refusal(path)) == f"{path}:1: a line without end: this is not a plan."
    path.write_bytes(lines[0] + b"x" * 10_000)
    assert str(refusal(path)) == f"{path}:2: a line without end: this is not a plan."


def test_a_plan_of_a_later_version_is_refused_by_its_version(
    tmp_path: Path, plan: PlanFile
) -> None:
    header, *rest = plan.path.read_text().splitlines(keepends=True)
    later = json.dumps({"kind": "header", "plan_version": 2, "new_in_2": []})
    path = tmp_path / "later.jsonl"

    for line in (later, header.rstrip("\n").replace('"plan_version": 1', '"plan_version": 2')):
        path.write_text("".join([f"{line}\n", *rest]))
        error = refusal(path)
        assert (
            str(error) == f"{path}: the plan is of version 2, and this retrigger reads version 1."
        )
        assert error.remedy == (
            "Apply it with the retrigger that made it, or make a new one from its spec."
        )


@pytest.mark.parametrize("what", ["missing", "a folder", "a loop"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, what: str) -> None:
    path = tmp_path / "x.jsonl"
    if what == "a folder":
        path.mkdir()
    elif what == "a loop":
        path.symlink_to(path)
    words = {
        "missing": "No such file or directory",
        "a folder": "Is a directory",
        "a loop": "Too many levels of symbolic links",
    }

    error = refusal(path)

    assert str(error) == f"{path}: this file cannot be read ({words[what]})."
    assert error.remedy == "Give a plan that this program wrote, and let this user read it."


def resealed(plan: PlanFile, change: Callable[[list[dict[str, Any]]], None]) -> Path:
    """Change a plan's values and compute its hash anew, as somebody might who edits it by hand and knows how."""
    values = [json.loads(line) for line in plan.path.read_text().splitlines()]
    change(values)
    *before, footer = (
        json.dumps(value) + "\n" for value in (*values[:-1], {**values[-1], "sha256": ""})
    )
    sha256 = hashlib.sha256("".join([*before, footer]).encode()).hexdigest()
    plan.path.write_text("".join([*before, json.dumps({**values[-1], "sha256": sha256}) + "\n"]))
    return plan.path


@pytest.mark.parametrize(
    ("number", "key", "value", "said"),
    [
        (0, "reason", 5, ":1: this is not a plan: 5 where a text belongs."),
        (0, "ticket", [], ":1: this is not a plan: a list where a text belongs."),
        (0, "expires_at_ms", "never", ':1: this is not a plan: "never" where a whole number belongs.'),
        (0, "expires_at_ms", 1.5, ":1: this is not a plan: 1.5 where a whole number belongs."),
        (0, "sandboxes", {}, ":1: this is not a plan: an object where a list of objects belongs."),
        (0, "sandboxes", ["prod"], ":1: this is not a plan: a list where a list of objects belongs."),
        (0, "windows", [{"sandbox": "prod"}], ":1: this is not a plan: a header without 'filter_number'."),
        (0, "expected_seconds", -1, ":1: this is not a plan: -1 where a number of seconds belongs."),
        (0, "expected_seconds", "1", ':1: this is not a plan: "1" where a number of seconds belongs.'),
        (1, "position", 0, ":2: 0 where a count from 1 belongs."),
        (1, "wave", True, ":2: true where a whole number belongs."),
        (2, "etag", 7, ":3: 7 where a text belongs."),
        (2, "run_id", None, ":3: null where a text belongs."),
        (2, "started_at_ms", "x" * 99, f':3: "{"x" * 58}… where a whole number belongs.'),
        (2, "kind", "passed_over", ":3: not a line of kind run."),
        (4, "passed_over", "2", ': "2" where a whole number belongs: the plan was altered.'),
        (4, "passed_over_sha256", None, ": null where a text belongs: the plan was altered."),
        (4, "runs", 4, ": the plan was altered after it was made: its hash does not fit."),
        (4, "comment", "", ": the footer was altered after it was made."),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_even_where_the_hash_was_computed_anew(
    plan: PlanFile, number: int, key: str, value: Any, said: str
) -> None:
    path = resealed(plan, lambda values: values[number].__setitem__(key, value))

    assert str(refusal(path)) == f"{path}{said}"


@pytest.mark.parametrize(
    ("number", "key", "said"),
    [
        (0, "org_id", ":1: this is not a plan: a header without 'org_id'."),
        (1, "etag", ":2: a run without 'etag'."),
        (4, "passed_over", ": a footer without 'passed_over': the plan was altered."),
    ],
)
def test_a_missing_value_is_refused_even_where_the_hash_was_computed_anew(
    plan: PlanFile, number: int, key: str, said: str
) -> None:
    path = resealed(plan, lambda values: values[number].pop(key))

    assert str(refusal(path)) == f"{path}{said}"


def test_a_plan_that_an_earlier_version_made_has_no_forecast_and_is_read(plan: PlanFile) -> None:
    path = resealed(plan, lambda values: values[0].pop("expected_seconds"))

    assert read_plan(path).header == plan.header
    assert read_forecast(path) is None


def test_the_forecast_is_read_alone(tmp_path: Path, header: Make) -> None:
    path = tmp_path / "plan.jsonl"
    write_plan(path, header(expected_seconds=12.5), runs=[], passed_over=[])

    assert read_forecast(path) == 12.5


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff", b'{"kind": "header"}\n'])
def test_what_cannot_be_read_has_no_forecast(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "plan.jsonl"
    if content is not None:
        path.write_bytes(content)

    assert read_forecast(path) is None


def test_resealing_without_a_change_is_no_change(plan: PlanFile) -> None:
    before = plan.path.read_bytes()

    assert resealed(plan, lambda _: None).read_bytes() == before


def test_a_plan_replaced_after_it_was_checked_is_refused(
    tmp_path: Path, plan: PlanFile, header: Make, run: Make
) -> None:
    checked = read_plan(plan.path)
    write_plan(plan.path, header(), runs=[run(1), run(2), run(3, run_id="other")], passed_over=())

    stream = checked.runs()
    with pytest.raises(PlanRefused) as caught:
        list(stream)

    assert str(caught.value) == f"{plan.path}: the plan changed while it was read."
    assert caught.value.remedy == MAKE_ANEW


@pytest.mark.parametrize("replacement", [b"", b"x\n", None])
def test_a_plan_emptied_or_removed_after_it_was_checked_is_refused(
    plan: PlanFile, replacement: bytes | None
) -> None:
    if replacement is None:
        plan.path.unlink()
    else:
        plan.path.write_bytes(replacement)

    with pytest.raises(PlanRefused):
        list(plan.runs())


def test_a_plan_can_do_without_the_file_beside_it(plan: PlanFile) -> None:
    passed_over_path(plan.path).unlink()

    beside = read_passed_over(read_plan(plan.path))

    assert beside.present is False
    assert list(beside.runs()) == []


@pytest.mark.parametrize(
    "alter",
    [
        lambda content: content[:0],
        lambda content: content[:-1],
        lambda content: content + b"\n",
        lambda content: content.splitlines(keepends=True)[0],
        *(partial(_flipped, place=place) for place in (0, 1, 100, 300, -1)),
    ],
)
def test_the_file_beside_the_plan_is_the_one_made_with_it_or_refused(
    plan: PlanFile, alter: Callable[[bytes], bytes]
) -> None:
    path = passed_over_path(plan.path)
    path.write_bytes(alter(path.read_bytes()))

    with pytest.raises(PlanRefused) as caught:
        read_passed_over(plan)

    assert str(caught.value) == (
        f"{path}: this file was altered, or belongs to another plan than plan.jsonl."
    )
    assert caught.value.remedy == RESTORE


@pytest.mark.parametrize(
    ("replacement", "said"),
    [
        (b"\xff\n", ":1: not plain ASCII text: this is not a plan."),
        (b"{}\n", ":1: not a line of kind passed_over."),
        (b'{"kind": "passed_over"}\n', ":1: a passed-over run without 'etag'."),
        (b"", ": the plan changed while it was read."),
        (None, ": this file cannot be read (No such file or directory)."),
    ],
)
def test_a_file_beside_the_plan_that_is_replaced_after_it_was_checked_is_refused(
    plan: PlanFile, replacement: bytes | None, said: str
) -> None:
    beside = read_passed_over(plan)
    beside.path.unlink()
    if replacement is not None:
        beside.path.write_bytes(replacement)

    with pytest.raises(PlanRefused) as caught:
        list(beside.runs())

    assert str(caught.value) == f"{beside.path}{said}"


def test_an_unknown_reason_is_refused(plan: PlanFile) -> None:
    beside = read_passed_over(plan)
    text = beside.path.read_text().replace('"not_failed"', '"because"')
    beside.path.write_text(text)

    with pytest.raises(PlanRefused) as caught:
        list(beside.runs())

    assert str(caught.value) == f'{beside.path}:1: "because" where a reason belongs.'


def test_a_copy_is_the_same_plan_with_what_is_beside_it(tmp_path: Path, plan: PlanFile) -> None:
    target = tmp_path / "reports" / "e-1" / "plan.jsonl"

    plan.copy_to(target)

    copy = read_plan(target)
    assert copy == replace(plan, path=target)
    assert target.read_bytes() == plan.path.read_bytes()
    assert list(read_passed_over(copy).runs()) == list(read_passed_over(plan).runs())
    assert sorted(path.name for path in target.parent.iterdir()) == [
        "plan.jsonl",
        "plan.passed-over.jsonl",
    ]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_copy_may_have_another_name_and_what_is_beside_it_follows(
    tmp_path: Path, plan: PlanFile
) -> None:
    plan.copy_to(tmp_path / "copies" / "other.jsonl")

    assert sorted(path.name for path in (tmp_path / "copies").iterdir()) == [
        "other.jsonl",
        "other.passed-over.jsonl",
    ]


def test_a_copy_of_a_plan_alone_is_a_plan_alone(tmp_path: Path, plan: PlanFile) -> None:
    passed_over_path(plan.path).unlink()

    plan.copy_to(tmp_path / "copies" / "plan.jsonl")

    assert [path.name for path in (tmp_path / "copies").iterdir()] == ["plan.jsonl"]


def test_a_plan_copied_onto_itself_stays(plan: PlanFile) -> None:
    plan.copy_to(plan.path)

    assert read_plan(plan.path) == plan


@pytest.mark.parametrize("which", ["plan", "beside"])
def test_what_changed_since_it_was_checked_is_not_copied(
    tmp_path: Path, plan: PlanFile, which: str
) -> None:
    path = plan.path if which == "plan" else passed_over_path(plan.path)
    path.write_bytes(path.read_bytes() + b"\n")
    target = tmp_path / "copies" / "plan.jsonl"
    target.parent.mkdir()
    target.write_text("old")

    with pytest.raises(PlanRefused):
        plan.copy_to(target)

    assert target.read_text() == "old"


def test_a_plan_that_is_gone_is_not_copied(tmp_path: Path, plan: PlanFile) -> None:
    plan.path.unlink()

    with pytest.raises(PlanRefused) as caught:
        plan.copy_to(tmp_path / "copies" / "plan.jsonl")

    assert (
        str(caught.value) == f"{plan.path}: this file cannot be read (No such file or directory)."
    )
    assert not (tmp_path / "copies" / "plan.jsonl").exists()


def test_a_place_that_cannot_be_written_is_said_and_not_called_a_bad_plan(
    tmp_path: Path, plan: PlanFile, header: Make
) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CannotWrite):
        plan.copy_to(tmp_path / "file" / "plan.jsonl")
    with pytest.raises(CannotWrite):
        write_plan(tmp_path / "file" / "plan.jsonl", header(), runs=(), passed_over=())


def test_reading_leaves_no_file_open(plan: PlanFile) -> None:
    before = set(os.listdir("/dev/fd"))  # noqa: PTH208  # names, not paths

    read_plan(plan.path)
    list(plan.runs())
    list(read_passed_over(plan).runs())

    assert set(os.listdir("/dev/fd")) == before  # noqa: PTH208  # likewise
