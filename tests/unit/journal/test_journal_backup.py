"""A backup is sound, made while the journal is used, and there whole or not at all."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from runner.errors import CannotWrite, JournalUnusable, RetriggerError, UsageError
from runner.journal import back_up, open_journal
from runner.journal.chain import first_fault
from tests.contract.making import FIRST, SECOND, begun, claimed, noted, retriggered
from tests.unit.journal.old_journal import written_by_version_1

MANY = 200


def filled(place: Path, *, runs: int = MANY) -> Any:
    """An open journal, of which most is still in the log beside it."""
    journal = open_journal(str(place), make=True)
    for run in begun(journal, " ".join(f"f{n}" for n in range(runs))):
        journal.write(FIRST, [claimed(run), retriggered(run)])
    return journal


def beside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def events_of(place: Path) -> list[str]:
    journal = open_journal(str(place), make=False)
    try:
        lines = list(journal.events(FIRST))
    finally:
        journal.close()
    assert first_fault(lines) is None
    return lines


def test_it_holds_all_that_was_committed_though_the_file_alone_does_not(
    place: Path, tmp_path: Path
) -> None:
    journal = filled(place)
    alone, target = tmp_path / "alone.db", tmp_path / "backup.db"
    shutil.copyfile(place, alone)
    made = back_up(str(place), target)
    lines = list(journal.events(FIRST))
    journal.close()

    assert (made.executions, made.events) == (1, len(lines))
    assert events_of(target) == lines
    with sqlite3.connect(f"file:{alone}?mode=ro", uri=True) as copied:
        lost = sqlite3.OperationalError, sqlite3.DatabaseError
        try:
            (count,) = copied.execute("SELECT count(*) FROM events").fetchone()
        except lost:
            count = 0
    copied.close()
    assert count < len(lines)


def test_it_is_one_file_of_the_owners_alone(place: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    filled(place, runs=2).close()
    former = os.umask(0)
    try:
        back_up(str(place), folder / "a backup.db")
    finally:
        os.umask(former)

    assert beside(folder) == ["a backup.db"]
    assert (folder / "a backup.db").stat().st_mode & 0o777 == 0o600


def test_it_is_made_while_others_write_and_is_what_was_there_at_one_moment(
    place: Path, tmp_path: Path
) -> None:
    journal = filled(place, runs=20)
    begun(journal, "a", name=SECOND, prefix="x-")
    stop, started = Event(), Event()

    def write() -> None:
        while not stop.is_set():
            journal.write(SECOND, [noted("rate")])
            started.set()

    writer = Thread(target=write)
    writer.start()
    started.wait()
    try:
        targets = [tmp_path / f"{n}.db" for n in range(5)]
        counts = [back_up(str(place), target).events for target in targets]
    finally:
        stop.set()
        writer.join()
    written = list(journal.events(SECOND))
    journal.close()

    assert counts == sorted(counts)
    for target in targets:
        copy = open_journal(str(target), make=False)
        lines = list(copy.events(SECOND))
        assert lines == written[: len(lines)]
        assert len(list(copy.events(FIRST))) == 41
        copy.close()


def test_what_is_restored_from_it_goes_on(place: Path, tmp_path: Path) -> None:
    journal = filled(place, runs=3)
    back_up(str(place), tmp_path / "backup.db")
    (run,) = begun(journal, "late", name=SECOND, prefix="x-")
    journal.close()
    for path in place.parent.iterdir():  # the journal and all that SQLite keeps beside it
        path.rename(tmp_path / f"old-{path.name}")
    shutil.copyfile(tmp_path / "backup.db", place)

    restored = open_journal(str(place), make=False)
    assert [execution.id for execution in restored.executions()] == [FIRST]
    begun(restored, "late", name=SECOND, prefix="x-")
    restored.write(SECOND, [claimed(run)])
    assert restored.resume(SECOND, at_ms=1) == 1
    restored.close()


def test_a_journal_of_an_older_version_is_copied_as_it_is(place: Path, tmp_path: Path) -> None:
    back_up(str(written_by_version_1(place)), tmp_path / "backup.db")

    for path in (place, tmp_path / "backup.db"):
        with sqlite3.connect(path) as file:
            assert file.execute("PRAGMA user_version").fetchone() == (1,)
        file.close()
    open_journal(str(tmp_path / "backup.db"), make=False).close()


def something(path: Path) -> None:
    path.write_bytes(b"somebody's")


def a_dead_link(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere"))


@pytest.mark.parametrize("lay", [something, Path.mkdir, a_dead_link])
def test_nothing_is_written_over(place: Path, tmp_path: Path, lay: Callable[[Path], None]) -> None:
    filled(place, runs=1).close()
    lay(tmp_path / "there")
    before = beside(tmp_path)

    with pytest.raises(UsageError, match="something is there already") as caught:
        back_up(str(place), tmp_path / "there")
    assert caught.value.remedy
    assert beside(tmp_path) == before


@pytest.mark.parametrize("end", ["", "-wal", "-shm", "-journal"])
def test_what_belongs_to_the_journal_itself_is_no_place_for_it(place: Path, end: str) -> None:
    filled(place, runs=1).close()

    with pytest.raises(UsageError):
        back_up(str(place), place.with_name(f"{place.name}{end}"))
    assert events_of(place)


def test_a_folder_that_is_not_there_is_told(place: Path, tmp_path: Path) -> None:
    filled(place, runs=1).close()

    with pytest.raises(UsageError, match="its folder is not there"):
        back_up(str(place), tmp_path / "no" / "backup.db")


@pytest.mark.parametrize("kind", ["none", "a folder", "another program's", "empty"])
def test_what_is_no_journal_is_not_copied(place: Path, tmp_path: Path, kind: str) -> None:
    place.parent.mkdir(exist_ok=True)
    if kind == "a folder":
        place.mkdir()
    elif kind == "empty":
        place.touch()
    elif kind == "another program's":
        with sqlite3.connect(place) as other:
            other.execute("CREATE TABLE songs (title TEXT)")
        other.close()

    with pytest.raises(JournalUnusable):
        back_up(str(place), tmp_path / "backup.db")
    assert not (tmp_path / "backup.db").exists()


def altered(place: Path) -> None:
    with sqlite3.connect(place) as file:
        file.execute("UPDATE events SET line = replace(line, 'f7-1', 'f8-1') WHERE number = 16")
    file.close()


def damaged(place: Path) -> None:
    with sqlite3.connect(place) as file:
        file.execute("PRAGMA journal_mode = DELETE")
    file.close()
    whole = place.read_bytes()
    place.write_bytes(whole[: 8 * 4096] + b"\xa5" * 4096 + whole[9 * 4096 :])


@pytest.mark.parametrize("harm", [altered, damaged])
def test_of_a_journal_that_is_not_sound_no_backup_is_made(
    place: Path, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    filled(place).close()
    harm(place)

    with pytest.raises(JournalUnusable) as caught:
        back_up(str(place), tmp_path / "backup.db")
    assert str(place) in str(caught.value)
    assert "earlier backup" in caught.value.remedy or "copy" in caught.value.remedy
    assert "backup.db" not in " ".join(beside(tmp_path))


@pytest.mark.parametrize("act", ["_copy", "_checked", "_sync", "_give_name"])
def test_whatever_goes_wrong_leaves_nothing_behind(
    place: Path, tmp_path: Path, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(place, runs=1).close()
    before = beside(tmp_path)

    def fails(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"runner.journal.backup.{act}", fails)
    with pytest.raises(CannotWrite, match="No space left") as caught:
        back_up(str(place), tmp_path / "backup.db")
    assert isinstance(caught.value, RetriggerError)
    assert "name another file" in caught.value.remedy
    assert beside(tmp_path) == before


def test_where_there_are_no_hard_links_it_is_there_all_the_same(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(place, runs=1).close()

    def none_here(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(Path, "hardlink_to", none_here)
    back_up(str(place), tmp_path / "backup.db")
    assert events_of(tmp_path / "backup.db")
