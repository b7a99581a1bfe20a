"""Files of run ids in every form an operator may have."""

import codecs
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.errors import UsageError
from runner.model.cell import cell
from runner.model.words import SandboxName
from runner.spec.runs_file import read_run_ids, runs_file_faults

PROD = SandboxName("prod")
A = "4fb0418e-1804-45d6-8d56-dd51f05c0baf"
B = "0F3A2B7C-5D1E-4A88-9C40-6B1F8F2F9D11"
RESULTS_HEADING = (
    "execution_id,sandbox,flow_id,flow_name,old_run_id,old_etag,old_status,old_error_code,outcome,reason,evidence,"
    "new_run_id,new_etag,new_status,recovery,records_in,records_out,attempts,http_status,request_id,wave,asked_at,settled_at"
)


def ids_in(folder: Path, content: str | bytes, *, name: str = "runs.txt") -> list[str]:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_run_ids(path, sandbox=PROD))


@pytest.mark.parametrize(
    "content",
    [
        f"{A}\n{B}\n",
        f"# from the data team\n\n  {A}  \r\n{B} # the second\r\n",
        f"'{A}\n'{B}",
        codecs.BOM_UTF8 + f"{A}\n{B}\n".encode(),
        f"{A}\n{B}\n".encode("utf-16"),
        f"run_id\n{A}\n{B}\n",
        f"RunId\n'{A}\n'{B}\n",
        f'\n# exported\nflow;Run ID;note\nx;{A};"a; b"\nx;{B};"two\nlines"\n',
        f"flowRunId\tname\n{A}\tx\n{B}\ty\n",
        f"id,run_id,old_run_id\nx,y,{A}\nx,y,{B}\n",
        f"sandbox,run_id\nprod,{A}\nstage,not an id\n,neither this\nprod,{B}\n",
        f"run_id,SandboxName\n{A},prod\n{A},stage\n{B},prod\n",
        codecs.BOM_UTF8 + f'"run_id","sandbox"\r\n"{A}","prod"\r\n"{B}","prod"\r\n'.encode(),
        json.dumps([A, B]),
        json.dumps([{"oldRunId": A}, {"ID": B}], indent=2),
        json.dumps([{"id": "x", "sandbox": "stage"}, {"id": A, "sandbox": "prod"}, {"runId": B}]),
        json.dumps(
            {"totals": {}, "rows": [{"old_run_id": A, "sandbox": "prod"}, {"old_run_id": B}]}
        ),
        json.dumps({"items": [A, B]}, indent=1),
        json.dumps({"results": [A, B]}),
        f'{{"run_id": "{A}"}}\n\n{{"run_id": "{B}", "sandbox": "prod"}}\n{{"run_id": "x", "sandbox": "dev"}}\n',
    ],
)
def test_ids_are_found_in_any_form(tmp_path: Path, content: str | bytes) -> None:
    assert ids_in(tmp_path, content) == [A, B]


def test_our_own_results_are_read_back(tmp_path: Path) -> None:
    row = ["x"] * len(RESULTS_HEADING.split(","))
    row[1], row[4], row[5] = "prod", A, '"""etag"""'
    other = [*row]
    other[1], other[4] = "stage", B
    text = "\r\n".join([RESULTS_HEADING, ",".join(row), ",".join(other), ""])
    assert ids_in(tmp_path, text, name="results.csv") == [A]


def test_a_cell_that_was_written_to_be_no_formula_is_read_as_what_it_stands_for(
    tmp_path: Path,
) -> None:
    ids = ["-1", "--", A]
    lines = [RESULTS_HEADING.split(","), *([*"x" * 4, cell(one)] for one in ids)]
    for line in lines[1:]:
        line[1] = cell("prod")
    assert ids_in(tmp_path, "\r\n".join(map(",".join, lines))) == ids


def test_json_lines_are_known_by_name_even_when_there_is_only_one(tmp_path: Path) -> None:
    assert ids_in(tmp_path, json.dumps({"run_id": A}), name="x.jsonl") == [A]
    assert ids_in(tmp_path, f'"{A}"\n"{B}"\n', name="x.NDJSON".lower()) == [A, B]


def test_repeated_ids_are_given_again_in_the_order_of_the_file(tmp_path: Path) -> None:
    assert ids_in(tmp_path, "b\na\nb\n") == ["b", "a", "b"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a\n\nnot an id\n", ':3: "not an id" is not a run id.'),
        ("run_id\na\nb_c\n", ':3: "b_c" is not a run id.'),
        ("run_id,x\n,y\n", ":2: there is no run id here."),
        ("flow,status\nx,y\n", ':1: no column of the heading "flow,status" holds run ids.'),
        (
            'run_id,x\na,"y\n',
            ":2: the record that begins here is not CSV that can be read (unexpected end of data).",
        ),
        ("[1, 2]", ": item 1: there is no run id here."),
        ('["a", {"flow": "x"}]', ": item 2: there is no run id here."),
        ('["a",\n"b"', ":2: this is not JSON."),
        ('{"run_id": "a"}\n{"run_id": b}\n', ":2: this is not JSON."),
        ('{"runs": []}', ": the JSON has no list under rows, items or results."),
        (
            "[" * 100_000,
            ":1: lists and objects stand inside one another 100,000 levels deep: too deep to read.",
        ),
        (
            '["a",\n' + '{"rows": ["[", ' * 3_000 + "]}" * 3_000 + "]",
            ":2: lists and objects stand inside one another 6,001 levels deep: too deep to read.",
        ),
        (
            '{"run_id": "a"}\n{"run_id": ' + "[" * 3_000 + "]" * 3_000 + "}\n",
            ":2: lists and objects stand inside one another 3,001 levels deep: too deep to read.",
        ),
        ("[" + "9" * 5_000 + "]", ": the JSON holds a number that is too long to read."),
        (b"a\n\xff\xff\xff\n", ": the file is not UTF-8 text."),
        ("a\n\x1b[31m\n", ':2: "\\x1b[31m" is not a run id.'),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        ids_in(tmp_path, content)
    assert str(caught.value) == f"{tmp_path / 'runs.txt'}{message}"


def test_ids_before_a_bad_line_are_given_first(tmp_path: Path) -> None:
    path = tmp_path / "runs.txt"
    path.write_text("a\nb\nc d\n")
    found = read_run_ids(path, sandbox=PROD)
    assert (next(found), next(found)) == ("a", "b")
    with pytest.raises(UsageError):
        next(found)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone", "there is no such file."),
        (".", "this is not a plain file."),
        ("a\0b", "this is not a file name."),
    ],
)
def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, name: str, message: str) -> None:
    assert [one.message for one in runs_file_faults(tmp_path / name, sandbox="prod")] == [message]


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert [one.message for one in runs_file_faults(tmp_path / "pipe", sandbox=None)] == [
        "this is not a plain file."
    ]


def test_only_the_first_bad_lines_are_spelt_out(tmp_path: Path) -> None:
    path = tmp_path / "runs.txt"
    path.write_text("good\n" + "not good\n" * 30)
    faults = runs_file_faults(path, sandbox="prod")
    assert [one.line for one in faults] == [*range(2, 22), 0]
    assert faults[-1].message == "10 more lines of the file hold no run id."


@pytest.mark.parametrize(
    "content", ["", "# nothing\n", "run_id,sandbox\n", f"run_id,sandbox\n{A},stage\n", "[]"]
)
def test_a_file_without_ids_for_the_sandbox_is_a_fault(tmp_path: Path, content: str) -> None:
    path = tmp_path / "runs.csv"
    path.write_text(content)
    assert [one.message for one in runs_file_faults(path, sandbox="prod")] == [
        "the file holds no run ids for the sandbox prod."
    ]


@settings(deadline=None)
@given(content=st.binary(max_size=200))
def test_any_bytes_give_ids_or_a_stated_fault(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_bytes(content)
    faults = runs_file_faults(path, sandbox="prod")
    try:
        found = list(read_run_ids(path, sandbox=PROD))
    except UsageError:
        assert faults
    else:
        assert bool(found) != bool(faults)


@settings(deadline=None)
@given(ids=st.lists(st.from_regex(r"\A[A-Za-z0-9-]{1,40}\Z"), min_size=1, max_size=20))
def test_ids_survive_being_written_as_csv(
    tmp_path_factory: pytest.TempPathFactory, ids: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "ids.csv"
    path.write_text("run_id,note\n" + "".join(f"{one},x\n" for one in ids))
    assert list(read_run_ids(path, sandbox=PROD)) == ids


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (
            f'run_id,note\n{A},"ticket 12\n{B},ok\n',
            2,
            "the record that begins here is not CSV that can be read (unexpected end of data).",
        ),
        (
            f'run_id,note\n{B},fine\n# why not\n{A},"ticket 12\n{B},ok\n{A},"a word"\n',
            4,
            "the record that begins here is not CSV that can be read (',' expected after '\"').",
        ),
        (
            f'run_id,note\n{A},"ticket 12\n{B},ok\n{A},x"\n',
            2,
            "a quote that is opened here goes on over line 3, which looks like a record of its own.",
        ),
        (f"run_id,x,Run_ID\n{A},1,{B}\n", 1, 'two columns are called "run_id".'),
    ],
)
def test_no_record_is_swallowed_in_silence(
    tmp_path: Path, content: str, line: int, message: str
) -> None:
    (tmp_path / "runs.csv").write_text(content)
    (fault,) = runs_file_faults(tmp_path / "runs.csv", sandbox=PROD)
    assert (fault.line, fault.message) == (line, message)
    assert fault.remedy
