"""Files appear whole or not at all, for their owner's eyes only, and never through a link."""

import errno
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import CannotWrite, UsageError
from runner.files import opened_folder, scratch_folder, try_folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with nothing in it."""
    path = tmp_path / "place"
    path.mkdir(mode=0o700)
    return path


@pytest.fixture(params=[0o000, 0o077, 0o277])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def contents_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def say(words: str) -> Callable[[TextIO], None]:
    def fill(file: TextIO) -> None:
        file.write(words)

    return fill


def test_a_file_and_its_new_folder_are_the_owners_whatever_the_umask(
    place: Path, umask: int
) -> None:
    with opened_folder(place / "execution", ours=True) as folder:
        path = folder.write("results.csv", fill=say("a\r\nb\n"))

    assert path == place / "execution" / "results.csv"
    assert (mode_of(path.parent), mode_of(path)) == (0o700, 0o600)
    assert path.read_bytes() == b"a\r\nb\n"


@pytest.mark.parametrize("ours", [True, False])
def test_every_missing_parent_is_made_and_closed_to_others(place: Path, ours: bool) -> None:  # noqa: FBT001  # a case
    before = os.umask(0)
    try:
        with opened_folder(place / "reports" / "team" / "execution", ours=ours):
            pass
    finally:
        os.umask(before)

    made = [place / "reports", place / "reports/team", place / "reports/team/execution"]
    assert [mode_of(path) for path in made] == [0o700, 0o700, 0o700]


def test_a_folder_of_ours_that_others_could_read_is_closed_to_them(place: Path) -> None:
    place.chmod(0o755)

    with opened_folder(place, ours=True):
        pass

    assert mode_of(place) == 0o700


def test_somebodys_folder_keeps_its_mode_and_the_file_is_still_the_owners(place: Path) -> None:
    place.chmod(0o755)

    with opened_folder(place, ours=False) as folder:
        path = folder.write("plan.jsonl", fill=say("plan"))

    assert (mode_of(place), mode_of(path)) == (0o755, 0o600)


def test_a_folder_of_ours_that_another_user_owns_keeps_its_mode(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.chmod(0o750)
    monkeypatch.setattr(os, "geteuid", lambda: place.stat().st_uid + 1)

    with opened_folder(place, ours=True):
        pass

    assert mode_of(place) == 0o750


def test_a_file_that_is_there_already_is_replaced_and_closed_to_others(place: Path) -> None:
    (place / "results.csv").write_text("old and longer")
    (place / "results.csv").chmod(0o644)

    with opened_folder(place, ours=True) as folder:
        path = folder.write("results.csv", fill=say("new"))

    assert contents_of(place) == {"results.csv": b"new"}
    assert mode_of(path) == 0o600


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, GeneratorExit])
def test_a_failing_writer_leaves_the_old_file_and_nothing_else(
    place: Path, error: type[BaseException]
) -> None:
    (place / "results.csv").write_text("old")

    def fail_half_way(file: TextIO) -> None:
        file.write("half" * 100_000)
        raise error

    with opened_folder(place, ours=True) as folder, pytest.raises(error):
        folder.write("results.csv", fill=fail_half_way)

    assert contents_of(place) == {"results.csv": b"old"}


def test_while_a_file_is_written_a_reader_still_sees_the_old_one(place: Path) -> None:
    (place / "results.csv").write_text("old")
    seen: list[str] = []

    def fill(file: TextIO) -> None:
        file.write("new")
        file.flush()
        seen.append((place / "results.csv").read_text())

    with opened_folder(place, ours=True) as folder:
        folder.write("results.csv", fill=fill)

    assert seen == ["old"]
    assert contents_of(place) == {"results.csv": b"new"}


def test_a_full_disk_is_an_error_with_a_place_and_a_remedy(place: Path) -> None:
    def disk_full(file: TextIO) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with opened_folder(place, ours=True) as folder, pytest.raises(CannotWrite) as caught:
        folder.write("results.csv", fill=disk_full)

    assert str(caught.value) == f"{place}/results.csv: cannot be written (No space left on device)."
    assert caught.value.remedy == "Free some space there, or give another folder."
    assert contents_of(place) == {}


def test_a_disk_that_refuses_to_sync_leaves_the_old_file(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "results.csv").write_text("old")

    def refuse(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", refuse)
    with opened_folder(place, ours=True) as folder, pytest.raises(CannotWrite):
        folder.write("results.csv", fill=say("new"))

    assert contents_of(place) == {"results.csv": b"old"}


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EBADF])
def test_a_share_that_cannot_sync_folders_takes_the_file_each_time_alike(
    place: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    fsync = os.fsync

    def refuse_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", refuse_folders)
    for words in ("one", "two"):
        with opened_folder(place / "execution", ours=True) as folder:
            path = folder.write("results.csv", fill=say(words))
        assert path.read_text() == words
    assert [each.name for each in path.parent.iterdir()] == ["results.csv"]


def test_a_share_that_knows_no_modes_takes_the_file(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "fchmod", refuse)
    with opened_folder(place, ours=True) as folder:
        folder.write("results.csv", fill=say("rows"))

    assert contents_of(place) == {"results.csv": b"rows"}


def test_the_file_is_on_disk_before_it_gets_its_name_and_the_name_afterwards(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, os.replace

    def synced(descriptor: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def named(source: str, target: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
        steps.append("name")
        replace(source, target, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", named)
    with opened_folder(place, ours=True) as folder:
        folder.write("results.csv", fill=say("new"))

    assert steps == ["file", "name", "folder"]


def test_a_link_under_the_files_name_is_replaced_and_not_followed(
    place: Path, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (place / "results.csv").symlink_to(victim)

    with opened_folder(place, ours=True) as folder:
        path = folder.write("results.csv", fill=say("rows"))

    assert victim.read_text() == "precious"
    assert not path.is_symlink()
    assert path.read_text() == "rows"


def test_a_folder_under_the_files_name_is_an_error_and_stays(place: Path) -> None:
    (place / "results.csv").mkdir()

    with opened_folder(place, ours=True) as folder, pytest.raises(CannotWrite):
        folder.write("results.csv", fill=say("rows"))

    assert [path.name for path in place.iterdir()] == ["results.csv"]


def test_a_folder_of_ours_that_is_a_link_is_refused(place: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(place)

    with pytest.raises(UsageError) as caught, opened_folder(tmp_path / "link", ours=True):
        pass

    assert str(caught.value) == (
        f"{tmp_path}/link: is a symbolic link, and reports are not written through links."
    )
    assert caught.value.remedy == "Remove the link or give another report directory."
    assert contents_of(place) == {}


def test_somebodys_folder_may_be_a_link(place: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(place)

    with opened_folder(tmp_path / "link", ours=False) as folder:
        folder.write("plan.jsonl", fill=say("plan"))

    assert contents_of(place) == {"plan.jsonl": b"plan"}


def test_a_folder_that_became_a_link_at_the_last_moment_is_not_followed(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = tmp_path / "reports"
    reports.mkdir()
    exists = Path.exists

    def swapped(path: Path) -> bool:
        if path == reports and not reports.is_symlink():
            reports.rmdir()
            reports.symlink_to(place)
        return exists(path)

    monkeypatch.setattr(Path, "exists", swapped)
    with pytest.raises(CannotWrite), opened_folder(reports, ours=True) as folder:
        folder.write("results.csv", fill=say("rows"))

    assert contents_of(place) == {}


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("")

    with (
        pytest.raises(UsageError, match="is not a folder"),
        opened_folder(tmp_path / "reports", ours=True),
    ):
        pass
    with pytest.raises(CannotWrite), opened_folder(tmp_path / "reports", ours=False):
        pass


def test_a_folder_swapped_for_a_link_meanwhile_changes_nothing(place: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"

    with opened_folder(reports, ours=True) as folder:
        reports.rename(tmp_path / "moved")
        reports.symlink_to(place)
        folder.write("results.csv", fill=say("rows"))

    assert contents_of(place) == {}
    assert contents_of(tmp_path / "moved") == {"results.csv": b"rows"}


@pytest.mark.parametrize("ours", [True, False])
def test_a_parent_that_is_a_file_is_an_error_with_a_place(tmp_path: Path, ours: bool) -> None:  # noqa: FBT001  # a case
    (tmp_path / "file").write_text("")

    with (
        pytest.raises(CannotWrite) as caught,
        opened_folder(tmp_path / "file" / "reports", ours=ours),
    ):
        pass

    assert str(caught.value) == f"{tmp_path}/file/reports: cannot be written (Not a directory)."


def test_a_stray_surrogate_costs_one_character_and_not_the_file(place: Path) -> None:
    with opened_folder(place, ours=True) as folder:
        path = folder.write("events.jsonl", fill=say('{"a":"\ud800ü"}'))

    assert path.read_bytes() == b'{"a":"\\ud800\xc3\xbc"}'


@given(pieces=st.lists(st.binary(max_size=40) | st.just(b"\r\n" * 100_000), max_size=4))
def test_bytes_arrive_as_they_were(
    pieces: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    def fill(file: BinaryIO) -> None:
        file.writelines(pieces)

    with opened_folder(tmp_path_factory.mktemp("bytes"), ours=True) as folder:
        path = folder.write_bytes("plan.jsonl", fill=fill)

    assert path.read_bytes() == b"".join(pieces)
    assert mode_of(path) == 0o600


def test_two_writers_of_one_file_leave_one_of_the_two_whole(place: Path) -> None:
    with opened_folder(place, ours=True) as folder:

        def fill(file: TextIO) -> None:
            file.write("outer")
            folder.write("results.csv", fill=say("inner"))
            file.write(" and more")

        folder.write("results.csv", fill=fill)

    assert contents_of(place) == {"results.csv": b"outer and more"}


def test_no_descriptor_is_left_open(place: Path) -> None:
    before = set(os.listdir("/dev/fd"))  # noqa: PTH208  # names, not paths

    with opened_folder(place, ours=True) as folder, pytest.raises(RuntimeError):
        folder.write("results.csv", fill=_raise)

    assert set(os.listdir("/dev/fd")) == before  # noqa: PTH208  # likewise


def _raise(file: TextIO) -> None:
    raise RuntimeError


def test_a_folder_is_tried_without_leaving_anything_there_or_making_it(place: Path) -> None:
    try_folder(place)
    try_folder(place / "not" / "there" / "yet")

    assert contents_of(place) == {}


def test_a_folder_below_a_file_cannot_be_written(place: Path) -> None:
    (place / "file").write_text("x")

    with pytest.raises(NotADirectoryError):
        try_folder(place / "file" / "folder")


def test_a_full_disk_is_noticed_when_a_folder_is_tried(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space left"):
        try_folder(place)

    assert contents_of(place) == {}


def test_several_files_appear_together_or_not_at_all(place: Path) -> None:
    (place / "results.csv").write_text("old")
    seen: list[dict[str, bytes]] = []

    def see(file: TextIO) -> None:
        file.write("second")
        named = {path.name for path in place.iterdir() if not path.name.startswith(".")}
        seen.append({name: (place / name).read_bytes() for name in named})

    with opened_folder(place, ours=True) as folder:
        paths = folder.write_all([("results.csv", say("first")), ("results.json", see)])

    assert seen == [{"results.csv": b"old"}]
    assert paths == (place / "results.csv", place / "results.json")
    assert contents_of(place) == {"results.csv": b"first", "results.json": b"second"}


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "full"), RuntimeError(), KeyboardInterrupt()]
)
def test_where_the_last_of_several_fails_none_appears(place: Path, error: BaseException) -> None:
    (place / "results.csv").write_text("old")

    def fail(file: TextIO) -> None:
        file.write("half")
        raise error

    expected = CannotWrite if isinstance(error, OSError) else type(error)
    with opened_folder(place, ours=True) as folder, pytest.raises(expected):
        folder.write_all([("results.csv", say("new")), ("a", say("a")), ("results.json", fail)])

    assert contents_of(place) == {"results.csv": b"old"}


def test_scratch_is_gone_in_the_end(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    with scratch_folder("mine-", elsewhere=()) as folder:
        (folder / "file").touch()
        assert folder.parent == place

    assert contents_of(place) == {}


@pytest.mark.parametrize("usual", ["missing", "full"])
def test_scratch_goes_elsewhere_where_temporary_files_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, place: Path, usual: str
) -> None:
    def no_folder() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")

    if usual == "missing":
        monkeypatch.setattr(tempfile, "gettempdir", no_folder)
    else:
        monkeypatch.setattr(tempfile, "gettempdir", lambda: "/dev/null")
    (place / "file").touch()
    with scratch_folder("mine-", elsewhere=(place / "file" / "x", place / "reports")) as folder:
        assert folder.parent == place

    with pytest.raises(CannotWrite) as caught, scratch_folder("mine-", elsewhere=(place / "file",)):
        pass
    assert "no folder for temporary files can be written" in str(caught.value)
    assert str(place / "file") in str(caught.value)
    assert "TMPDIR=/path" in caught.value.remedy
