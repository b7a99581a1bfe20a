"""Where a journal may be, and what is refused without a byte of it being changed."""

import errno
import os
import shlex
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.errors import JournalUnusable, UsageError
from runner.journal import USUAL_PLACE, is_there, open_journal, stands
from runner.journal.tables import VERSION
from tests.contract.making import FIRST, SECOND, begun, claimed

SQLITE_PAGE = 4096


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def refusal(place: Path | str, *, make: bool = True) -> str:
    with pytest.raises(JournalUnusable) as caught:
        open_journal(str(place), make=make).close()
    assert caught.value.remedy
    return str(caught.value)


def a_closed_journal(place: Path, *, runs: int = 2000) -> bytes:
    journal = open_journal(str(place), make=True)
    begun(journal, " ".join(f"f{n}" for n in range(runs)))
    journal.close()
    return place.read_bytes()


def test_a_new_journal_can_be_read_by_its_owner_only(place: Path) -> None:
    former = os.umask(0)
    try:
        journal = open_journal(str(place), make=True)
    finally:
        os.umask(former)
    begun(journal, "a")

    modes = {path.name: mode(path) for path in place.parent.iterdir()}
    journal.close()
    assert modes == {"journal.db": 0o600, "journal.db-wal": 0o600, "journal.db-shm": 0o600}


def test_the_folder_of_the_usual_place_is_made_for_its_owner_only(working_folder: Path) -> None:
    former = os.umask(0)
    try:
        open_journal(USUAL_PLACE, make=True).close()
    finally:
        os.umask(former)

    assert mode(working_folder / ".retrigger") == 0o700


def missing_below(folder: Path) -> Path:
    return folder / "no such" / "journal.db"


def missing_deeper(folder: Path) -> Path:
    return folder / "no" / "such" / "journal.db"


def missing_like_the_usual(folder: Path) -> Path:
    return folder / USUAL_PLACE


def missing_below_a_file(folder: Path) -> Path:
    (folder / "file").touch()
    return folder / "file" / "deeper" / "journal.db"


@pytest.mark.parametrize(
    "where", [missing_below, missing_deeper, missing_like_the_usual, missing_below_a_file]
)
@pytest.mark.parametrize(
    "use",
    [
        lambda place: open_journal(place, make=True),
        lambda place: open_journal(place, make=False),
        stands,
        is_there,
    ],
)
def test_a_folder_that_is_not_there_is_a_slip_of_the_pen_and_is_not_made(
    tmp_path: Path, where: Callable[[Path], Path], use: Callable[[str], object]
) -> None:
    place = where(tmp_path)
    before = list(tmp_path.iterdir())

    with pytest.raises(UsageError) as caught:
        use(str(place))

    assert f"{place}: the journal's folder {place.parent} is not there" in str(caught.value)
    assert f"mkdir -p {shlex.quote(str(place.parent))}" in caught.value.remedy
    assert list(tmp_path.iterdir()) == before


def test_in_the_usual_place_no_journal_is_no_error_where_none_is_needed() -> None:
    assert not stands(USUAL_PLACE)
    assert not is_there(USUAL_PLACE)


def test_a_journal_that_is_there_stands_there(place: Path) -> None:
    assert not stands(str(place))
    a_closed_journal(place, runs=1)
    assert stands(str(place))


def test_a_folder_that_was_there_is_left_as_it_was(place: Path) -> None:
    place.parent.chmod(0o755)
    open_journal(str(place), make=True).close()

    assert mode(place.parent) == 0o755


def test_nothing_is_made_where_nothing_may_be_made(place: Path) -> None:
    assert refusal(place, make=False) == f"{place}: there is no journal here."
    assert list(place.parent.iterdir()) == []


def test_a_journal_is_opened_again_with_or_without_leave_to_make_one(place: Path) -> None:
    a_closed_journal(place, runs=1)

    for make in (True, False):
        journal = open_journal(str(place), make=make)
        assert (journal.is_new, [e.id for e in journal.executions()]) == (False, [FIRST])
        journal.close()


def test_an_empty_file_becomes_a_journal_and_counts_as_new(place: Path) -> None:
    place.touch()
    journal = open_journal(str(place), make=False)

    assert journal.is_new
    begun(journal, "a")
    journal.close()


def test_a_tilde_means_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    journal = open_journal("~/journal.db", make=True)
    journal.close()

    assert journal.place == str(tmp_path / "journal.db")
    assert (tmp_path / "journal.db").exists()


def test_a_home_folder_that_is_not_there_is_told() -> None:
    assert refusal("~no-such-person/journal.db") == (
        "~no-such-person/journal.db: there is no such home folder."
    )


def test_a_path_relative_to_the_working_folder_is_kept_as_given(working_folder: Path) -> None:
    journal = open_journal(".retrigger/journal.db", make=True)
    journal.close()

    assert journal.place == ".retrigger/journal.db"
    assert (working_folder / ".retrigger" / "journal.db").exists()


@pytest.mark.parametrize("size", [1, 15, 16, 99, 100, 511, 512, 4096, 9000])
def test_a_file_of_another_kind_is_refused_and_left_alone(place: Path, size: int) -> None:
    content = (b"old_run_id,outcome\n" * 500)[:size]
    place.write_bytes(content)

    assert refusal(place).startswith(f"{place}: ")
    assert place.read_bytes() == content
    assert list(place.parent.iterdir()) == [place]


@pytest.mark.parametrize("log", ["DELETE", "WAL"])
def test_a_database_of_another_program_is_refused_and_left_alone(place: Path, log: str) -> None:
    other = sqlite3.connect(place)
    other.execute(f"PRAGMA journal_mode = {log}")
    other.execute("CREATE TABLE contacts (name)")
    other.commit()
    other.close()
    content = place.read_bytes()

    assert refusal(place) == (
        f"{place}: this is a SQLite file of another program, not a journal of retrigger."
    )
    assert place.read_bytes() == content
    assert list(place.parent.iterdir()) == [place]


def test_a_journal_of_a_newer_version_is_refused_and_left_alone(place: Path) -> None:
    a_closed_journal(place, runs=1)
    newer = sqlite3.connect(place)
    newer.execute(f"PRAGMA user_version = {VERSION + 1}")
    newer.close()
    content = place.read_bytes()

    assert refusal(place) == (
        f"{place}: the journal is of version {VERSION + 1}, and this retrigger reads up to {VERSION}."
    )
    assert place.read_bytes() == content


@pytest.mark.parametrize("kept", [1, 16, 99, 100, 4095, 4096, 0.25, 0.5, 0.9])
def test_a_cut_off_journal_is_refused_and_left_alone(place: Path, kept: float) -> None:
    whole = a_closed_journal(place)
    content = whole[: int(kept * len(whole)) if kept < 1 else int(kept)]
    place.write_bytes(content)

    assert refusal(place).startswith(f"{place}: ")
    assert place.read_bytes() == content


@pytest.mark.parametrize("start", [0, 16, 100])
def test_a_journal_damaged_at_its_beginning_is_refused_and_left_alone(
    place: Path, start: int
) -> None:
    whole = a_closed_journal(place)
    content = whole[:start] + b"\xa5" * (SQLITE_PAGE - start) + whole[SQLITE_PAGE:]
    place.write_bytes(content)

    assert str(place) in refusal(place)
    assert place.read_bytes() == content


def test_damage_further_in_is_told_when_it_is_met(place: Path) -> None:
    whole = a_closed_journal(place)
    place.write_bytes(whole[: 40 * SQLITE_PAGE] + b"\xa5" * (len(whole) - 40 * SQLITE_PAGE))
    journal = open_journal(str(place), make=False)

    with pytest.raises(JournalUnusable, match=r"the journal cannot be read: .*malformed"):
        list(journal.rows(FIRST))
    with pytest.raises(JournalUnusable, match=r"the journal cannot be written: .*malformed"):
        begun(journal, " ".join(f"g{n}" for n in range(2000)), name=SECOND)
    journal.close()


def test_a_folder_is_not_a_journal(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{tmp_path}: this is a folder, and a journal is a file."


def below_a_file(folder: Path) -> Path:
    (folder / "file").touch()
    return folder / "file" / "journal.db"


def with_too_long_a_name(folder: Path) -> Path:
    return folder / ("j" * 300)


def where_nothing_can_be_made(_: Path) -> Path:
    return Path("/proc/self/journal.db")


@pytest.mark.parametrize(
    "where",
    [
        below_a_file,
        with_too_long_a_name,
        where_nothing_can_be_made,
    ],
)
def test_a_place_that_cannot_be_used_is_told(tmp_path: Path, where: Callable[[Path], Path]) -> None:
    path = where(tmp_path)

    assert refusal(path).startswith(f"{path}: the journal cannot be opened: ")


def test_what_one_opening_writes_another_reads_at_once(place: Path) -> None:
    one = open_journal(str(place), make=True)
    other = open_journal(str(place), make=False)
    (run,) = begun(one, "a")
    other.write(FIRST, [claimed(run)])

    assert [row.attempts for row in one.rows(FIRST)] == [1]
    one.close()
    other.close()


def test_a_closed_journal_says_so_in_our_words(place: Path) -> None:
    journal = open_journal(str(place), make=True)
    journal.close()
    journal.close()

    with pytest.raises(JournalUnusable, match="cannot be written: Cannot operate on a closed"):
        begun(journal, "a")


def without_links(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refuse)


@pytest.mark.parametrize(
    "number", [errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS]
)
def test_a_share_that_knows_no_hard_links_gets_its_journal(
    place: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    without_links(monkeypatch, number)
    journal = open_journal(str(place), make=True)
    begun(journal, "a")

    assert journal.is_new
    assert mode(place) == 0o600
    journal.close()
    assert [path.name for path in place.parent.iterdir()] == ["journal.db"]
    again = open_journal(str(place), make=True)
    assert (again.is_new, [e.id for e in again.executions()]) == (False, [FIRST])
    again.close()


def test_without_hard_links_a_journal_that_came_meanwhile_stays(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def another_is_quicker(*_: object, **__: object) -> None:
        monkeypatch.undo()
        a_closed_journal(place, runs=1)
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", another_is_quicker)
    journal = open_journal(str(place), make=True)

    assert [execution.id for execution in journal.executions()] == [FIRST]
    journal.close()


def test_a_link_that_fails_otherwise_is_an_error_and_nothing_is_left(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_links(monkeypatch, errno.EIO)

    assert "Input/output error" in refusal(place)
    assert list(place.parent.iterdir()) == []


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EBADF])
def test_a_share_that_cannot_sync_folders_gets_its_journal(
    working_folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    for expected in (True, False):
        journal = open_journal(USUAL_PLACE, make=True)
        assert journal.is_new is expected
        journal.close()


def test_a_disk_that_fails_to_sync_a_folder_is_an_error(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(JournalUnusable) as caught:
        open_journal(str(place), make=True)
    assert "The disk or the share fails" in caught.value.remedy


def test_a_folder_that_may_be_written_and_not_be_read_gets_its_journal(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_file = os.open

    def refuse_folders(path: Path, flags: int, *more: int) -> int:
        if path == place.parent:
            raise PermissionError(errno.EACCES, "Permission denied")
        return open_file(path, flags, *more)

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse_folders)
        open_journal(str(place), make=True).close()

    assert place.exists()
