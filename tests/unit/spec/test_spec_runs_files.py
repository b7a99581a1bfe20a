"""Files of run ids in every form an operator may have."""

import codecs
import gzip
import io
import json
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.errors import UsageError
from runner.model.cell import cell
from runner.model.words import RunId, SandboxName
from runner.spec.runs_file import read_run_ids, runs_file_faults
from runner.spec.runs_rows import RowCount

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


@pytest.mark.parametrize(
    "content",
    [
        f"Dataflow run ID,Sandbox name\n{A},PROD\n{B}, Prod \n{A},stage\n",
        f"DATAFLOW_RUN-ID;SANDBOX-NAME\n{A};prod\n{B};\u00a0prod\u200b\n",
        f"Flow run ID\tSandbox Name\n{A}\t'prod\n{B}\tprod \n",
        f"id,Flow Run Id\n1,{A}\n2,{B}\n",
        f"run id,dataflow run id\n77,{A}\n78,{B}\n",
        f"#,Run ID\n1,{A}\n2,{B}\n",
        f"\n \n# a heading after blank lines\n\nRun ID,note\n{A},\n{B},\n , \n",
        f"sep=;\r\nRun ID;Sandbox\r\n{A};prod\r\n{B};prod\r\n",
        codecs.BOM_UTF8 + f'"sep=\t"\nRun ID\tx\n{A}\t1\n{B}\t2\n'.encode(),
        f"Run ID\tx\r\n{A}\t1\r\n{B}\t2\r\n".encode("utf-16"),
        f"note,run_id\n#N/A,{A}\n#REF!,{B}\n",
        f'run_id,note\n{A},"goes on\n# no comment in a cell"\n{B},x\n',
        f"\u200b{A}\u00a0\n\ufeff{B}\n",
        f'"{A}"\n"{B}"\n',
        f"{A}\t# by hand\n{B} # too\n",
        f"  # indented\nrun_id,note\n  # likewise\n{A},x\n{B},y\n",
        json.dumps([{"Dataflow run ID": A, "Sandbox name": "PROD"}, {"id": B, "sandbox": None}]),
        json.dumps([A, f" '{B}\u200b"]),
        json.dumps({"run_id": A, "sandbox": "Prod"}) + "\n" + json.dumps({"Run ID": B}) + "\n",
    ],
)
def test_what_people_and_programs_write_around_ids_does_not_lose_them(
    tmp_path: Path, content: str | bytes
) -> None:
    assert ids_in(tmp_path, content) == [A, B]


def count_of(folder: Path, content: str | bytes, *, sandbox: str | None = "prod") -> RowCount:
    path = folder / "runs.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    count = RowCount(sandbox=sandbox)
    runs_file_faults(path, sandbox=sandbox, count=count)
    return count


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (f"{A}\n{B}\n", "2 rows read: 2 for prod"),
        (f"{A}\n", "1 row read: 1 for prod"),
        (
            f"Run ID,Sandbox name\n{A},PROD\n{B},dev\n{B},Stage\n{B}, STAGE\n",
            "4 rows read: 1 for prod, 3 for other sandboxes (dev, stage)",
        ),
        (
            f"run_id,sandbox\n{A},prod\n{B}\n{B},\n{B},dev\n",
            "4 rows read: 1 for prod, 1 for other sandboxes (dev), 2 without a sandbox",
        ),
        (
            json.dumps(
                {"rows": [{"old_run_id": A, "sandbox": s} for s in ("prod", "dev", "", None)]}
            ),
            "4 rows read: 2 for prod, 1 for other sandboxes (dev), 1 without a sandbox; 1 repeated id, taken once",
        ),
        (
            f'{{"run_id": "{A}", "sandbox": "prod"}}\n{{"run_id": "{B}", "sandbox": "dev"}}\n',
            "2 rows read: 1 for prod, 1 for other sandboxes (dev)",
        ),
        (
            f"{A}\n#N/A\n{A.upper()}\n",
            "3 rows read: 2 for prod, 1 without a run id; 1 repeated id, taken once",
        ),
        (
            f"{A}\n# {B}\n\n#later\n",
            "1 row read: 1 for prod; 2 comment lines left out, 1 with a run id",
        ),
        (
            "id,sandbox\n1,prod\nNULL,prod\n",
            "2 rows read: 2 for prod; 2 ids unlike the platform's (line 2, line 3)",
        ),
        (
            "\n".join(map(str, range(1, 9))),
            "8 rows read: 8 for prod; 8 ids unlike the platform's (line 1, line 2, line 3, line 4, line 5, 3 more)",
        ),
        (
            "run_id,sandbox\n" + "".join(f"{A},s{n}\n" for n in range(9)),
            "9 rows read: 0 for prod, 9 for other sandboxes (s0, s1, s2, s3, s4, 4 more)",
        ),
        (
            json.dumps({"items": [{"id": A}], "_links": {"next": {"href": "/runs?x"}}}),
            "1 row read: 1 for prod; this is one page of a longer list (_links.next)",
        ),
        (
            f"run_id,sandbox\n{A},\x1b[31mx\n",
            "1 row read: 0 for prod, 1 for other sandboxes (\\x1b[31mx)",
        ),
    ],
)
def test_every_row_is_counted(tmp_path: Path, content: str, words: str) -> None:
    assert count_of(tmp_path, content).words == words


def test_without_a_sandbox_every_row_counts(tmp_path: Path) -> None:
    content = f"run_id,sandbox\n{A},prod\n{B},dev\n"

    assert count_of(tmp_path, content, sandbox=None).words == "2 rows read: 2 taken"


def test_what_the_spec_says_of_an_id_beside_the_file_is_counted(tmp_path: Path) -> None:
    (tmp_path / "runs.txt").write_text(f"{A}\n{B}\n")
    count = RowCount(
        sandbox="prod",
        listed=frozenset({RunId(A.upper())}),
        excluded=frozenset({RunId(B.lower())}),
    )
    assert list(read_run_ids(tmp_path / "runs.txt", sandbox=PROD, count=count)) == [A, B]
    assert count.words == "2 rows read: 2 for prod; 1 id also under runs; 1 id excluded"


@pytest.mark.parametrize(
    "word",
    [
        "#N/A",
        "#n/a",
        "#N/A N/A",
        "#REF!",
        "#VALUE!",
        "#NAME?",
        "#DIV/0!",
        "#NV",
        "#BEZUG!",
        "#¡REF!",
    ],
)
def test_what_a_spreadsheet_writes_for_an_error_is_no_comment(tmp_path: Path, word: str) -> None:
    for content in (f"{A}\n{word}\n", f"Run ID,note\n{word},x\n", f"note;Run ID\nx;{word}\n"):
        (tmp_path / "runs.csv").write_text(content)
        (fault,) = runs_file_faults(tmp_path / "runs.csv", sandbox="prod")
        assert (fault.line, fault.message) == (2, f'"{word}" is not a run id.')


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            kind = "application/vnd.oasis.opendocument.spreadsheet" if name == "mimetype" else "x"
            archive.writestr(name, kind)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook (.xlsx)"),
        (zipped("mimetype", "content.xml"), "a LibreOffice workbook (.ods)"),
        (zipped("data"), "a zip archive, no text; workbooks (.xlsx, .ods)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a workbook of the older Excel (.xls)"),
        (gzip.compress(b"x", mtime=0), "a compressed file"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"<html><table><tr><td>Run ID", "a page of HTML or XML"),
        (codecs.BOM_UTF8 + b'\n<?xml version="1.0"?><Workbook>', "a page of HTML or XML"),
        (f"{A}\n".encode("utf-16-le"), "no text: it holds NUL bytes"),
    ],
)
@pytest.mark.parametrize("name", ["ids.csv", "ids.xlsx", "ids"])
def test_what_is_no_text_is_named_with_the_way_out_whatever_it_is_called(
    tmp_path: Path, content: bytes, what: str, name: str
) -> None:
    (tmp_path / name).write_bytes(content)
    (fault,) = runs_file_faults(tmp_path / name, sandbox="prod")

    assert what in fault.message
    assert fault.remedy
    assert "CSV" in fault.remedy or "workbook" not in what


def test_a_file_for_others_alone_is_told_with_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text(f"run_id,sandbox\n{A},Production\n")
    (fault,) = runs_file_faults(tmp_path / "runs.csv", sandbox="prod")

    assert "1 for other sandboxes (production)" in fault.remedy


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
        ('[{"run_id": "a", "run_id": "b"}]', ': an object has "run_id" twice.'),
        ('{"run_id": "a", "run_id": "b"}\n{"run_id": "c"}\n', ':1: an object has "run_id" twice.'),
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
        (f"# x\n\nrun_id,Run-ID\n{A},{B}\n", 3, 'two columns are called "run_id".'),
        (f"run_id,sandbox,Sandbox\n{A},prod,dev\n", 1, 'two columns are called "sandbox".'),
        (f"\n\n{A},prod\n", 3, f'no column of the heading "{A},prod" holds run ids.'),
    ],
)
def test_no_record_is_swallowed_in_silence(
    tmp_path: Path, content: str, line: int, message: str
) -> None:
    (tmp_path / "runs.csv").write_text(content)
    (fault,) = runs_file_faults(tmp_path / "runs.csv", sandbox=PROD)
    assert (fault.line, fault.message) == (line, message)
    assert fault.remedy
