"""Run ids on standard input: read as a file of run ids is, and refused in words where there are none."""

import codecs
import io
import json
import os
import pty
from collections.abc import Iterator

import click
import pytest

from runner.cli.standard_input import ids_piped_in
from runner.errors import UsageError
from runner.spec import SpecInvalid

A, B = "4fb0418e-1804-45d6-8d56-dd51f05c0baf", "0f3a2b7c-5d1e-4a88-9c40-6b1f8f2f9d11"


def piped(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))


def refusal() -> UsageError:
    with pytest.raises(UsageError) as caught:
        ids_piped_in(sandbox="prod")
    assert caught.value.exit_code == 2
    return caught.value


@pytest.mark.parametrize(
    "content",
    [
        f"{A}\n{B}\n".encode(),
        codecs.BOM_UTF8 + f"# of the night\r\n\r\nRun ID\r\n{A}\r\n{B}\r\n".encode(),
        f"Dataflow run ID\tSandbox name\n{A}\tPROD\n{B}\tprod\n{B}\tdev\n".encode("utf-16"),
        json.dumps([{"old_run_id": A, "sandbox": "prod"}, B]).encode(),
        f'{{"run_id": "{A}"}}\n{{"run_id": "{B}"}}\n'.encode(),
    ],
)
def test_ids_are_read_in_every_form_that_a_file_may_have(
    monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    piped(monkeypatch, content)

    assert ids_piped_in(sandbox="prod")[0] == [A, B]


def test_what_is_left_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, f"run_id,sandbox\n{A},prod\n{B},dev\n# x\n".encode())

    assert ids_piped_in(sandbox="prod") == (
        [A],
        "standard input: 2 rows read: 1 for prod, 1 for other sandboxes (dev); 1 comment line left out",
    )


def test_each_bad_line_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, f"{A}\n#N/A\n\nnot an id\n".encode())

    error = refusal()
    assert isinstance(error, SpecInvalid)
    assert [(problem.place, problem.message) for problem in error.problems] == [
        ("standard input:2", '"#N/A" is not a run id.'),
        ("standard input:4", '"not an id" is not a run id.'),
    ]


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        (b"PK\x03\x04..xl/workbook.xml", "an Excel workbook (.xlsx)"),
        (b"\x7fELF\x02\x00\x00", "no text"),
        (b"a\n\xff\n", "not UTF-8"),
        (b"flow,status\nx,y\n", "no column of the heading"),
    ],
)
def test_what_is_no_list_of_ids_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, content: bytes, fact: str
) -> None:
    piped(monkeypatch, content)

    error = str(refusal())
    assert error.startswith("standard input")
    assert fact in error


@pytest.mark.parametrize("rows", ["", "# none\n", "run_id\n", "\n"])
def test_where_no_id_comes_it_is_told(monkeypatch: pytest.MonkeyPatch, rows: str) -> None:
    piped(monkeypatch, rows.encode())

    with pytest.raises(click.UsageError) as caught:
        ids_piped_in(sandbox="prod")
    assert caught.value.format_message() == "--run -: no run id came on standard input."


def test_where_all_rows_are_for_others_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, f"run_id,sandbox\n{A},dev\n".encode())

    with pytest.raises(
        click.UsageError, match=r"for sandbox prod; .*1 for other sandboxes \(dev\)"
    ):
        ids_piped_in(sandbox="prod")


class Broken(io.RawIOBase):
    """A descriptor that cannot be read, like that of a folder."""

    def readable(self) -> bool:
        return True

    def readinto(self, _: object, /) -> int:
        raise IsADirectoryError(21, "Is a directory")


@pytest.fixture
def a_terminal() -> Iterator[io.TextIOWrapper]:
    master, slave = pty.openpty()
    with os.fdopen(slave) as terminal:
        yield terminal
    os.close(master)


def closed() -> io.StringIO:
    stream = io.StringIO(A)
    stream.close()
    return stream


@pytest.mark.parametrize(
    ("stream", "fact"),
    [
        (None, "it is closed"),
        (closed(), "it is closed"),
        (io.TextIOWrapper(io.BufferedReader(Broken())), "Is a directory"),
    ],
    ids=["closed", "closed meanwhile", "a folder"],
)
def test_a_standard_input_that_cannot_be_read_is_told(
    monkeypatch: pytest.MonkeyPatch, stream: object, fact: str
) -> None:
    monkeypatch.setattr("sys.stdin", stream)

    error = refusal()
    assert fact in str(error)
    assert "--run - < ids.txt" in error.remedy


def test_a_terminal_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, a_terminal: io.TextIOWrapper
) -> None:
    monkeypatch.setattr("sys.stdin", a_terminal)

    error = refusal()
    assert "it is a terminal, and run ids are awaited" in str(error)
    assert "--run - < ids.txt" in error.remedy
