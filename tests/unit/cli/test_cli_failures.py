"""A bug of ours leaves its traceback somewhere, wherever that may be."""

import errno
import os
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest

from runner.cli.failures import report_bug
from runner.cli.main import _journals_folder
from runner.masking import KnownSecrets
from runner.model.secret import Secret

SECRET = "planted-s3cret-Zx81qQ4Lw"


def a_bug() -> RuntimeError:
    try:
        raise RuntimeError(f"with {SECRET}")  # noqa: TRY301  # for its traceback
    except RuntimeError as error:
        return error


@pytest.fixture
def secrets() -> KnownSecrets:
    known = KnownSecrets()
    known.note(Secret(SECRET))
    return known


def no_usual_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    make = tempfile.mkstemp

    def refuse(*, dir: Path | None, **named: Any) -> tuple[int, str]:  # noqa: A002  # its name
        if dir is None:
            raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")
        return make(dir=dir, **named)

    monkeypatch.setattr(tempfile, "mkstemp", refuse)


def kept_in(text: str) -> Path:
    found = re.search(r"traceback is in (\S+): please report it", text)
    assert found, text
    return Path(found.group(1))


def test_it_goes_where_temporary_files_go(
    secrets: KnownSecrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path = kept_in(report_bug(a_bug(), secrets=secrets, elsewhere=()))

    assert path.parent == tmp_path
    assert "RuntimeError: with ***" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


def test_it_goes_into_the_first_other_folder_that_can_be_written(
    secrets: KnownSecrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_usual_folder(monkeypatch)
    told = report_bug(a_bug(), secrets=secrets, elsewhere=(tmp_path / "none", tmp_path))

    assert kept_in(told).parent == tmp_path
    assert "RuntimeError: with ***" in kept_in(told).read_text()


def test_a_file_that_could_not_be_filled_is_not_left_behind(
    secrets: KnownSecrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, other = tmp_path / "full", tmp_path / "other"
    full.mkdir()
    other.mkdir()
    make = tempfile.mkstemp

    def on_a_full_disk(*, dir: Path | None, **named: Any) -> tuple[int, str]:  # noqa: A002  # its name
        descriptor, path = make(dir=dir or full, **named)
        if dir is None:
            descriptor = os_open_full(descriptor)
        return descriptor, path

    monkeypatch.setattr(tempfile, "mkstemp", on_a_full_disk)
    told = report_bug(a_bug(), secrets=secrets, elsewhere=(other,))

    assert kept_in(told).parent == other
    assert list(full.iterdir()) == []


def os_open_full(descriptor: int) -> int:
    """Put the device that is always full in the place of a file."""
    os.close(descriptor)
    return os.open("/dev/full", os.O_WRONLY)


def test_where_nothing_can_be_written_it_is_printed(
    secrets: KnownSecrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_usual_folder(monkeypatch)
    told = report_bug(a_bug(), secrets=secrets, elsewhere=(tmp_path / "none",))

    first, *_ = told.splitlines()
    assert "this is a bug of retrigger (RuntimeError)" in first
    assert "can be kept in no file: please report it" in first
    assert "RuntimeError: with ***" in told
    assert SECRET not in told


@pytest.mark.parametrize(
    ("words", "folder"),
    [
        (["status"], ".retrigger"),
        (["status", "--journal", "state/j.db"], "state"),
        (["status", "--journal=state/j.db"], "state"),
        (["status", "--journal"], ".retrigger"),
    ],
)
def test_the_journals_folder_is_known_also_of_a_command_line_that_was_never_read(
    words: list[str], folder: str
) -> None:
    assert _journals_folder(words) == Path(folder)
