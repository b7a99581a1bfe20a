"""The power goes off at any moment: what was synced is on the disk, of what was being written any part may be.

So at each re-trigger that the platform accepts, the journal is put down as a cut of power would leave it; each time it
has to be a journal still, and to know of every run that was accepted until then.
"""

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from runner.journal import open_journal
from runner.journal.sqlite import SqliteJournal
from runner.simulator.ledger import AcceptedLine
from tests.acceptance.desk import opened_desk, sandbox
from tests.crash.going_on import (
    LAGGING,
    SHORT,
    finished,
    journal_file,
    killed_at,
    nothing_twice_and_nothing_lost,
    states,
)
from tests.faults.hall import opened_hall

FLOWS, RUNS = 6, 30
MANY_FLOWS = [
    {
        "name": "prod",
        "flows": [
            {"name": f"S3 {number}", "runs": {"failed": RUNS // FLOWS}} for number in range(FLOWS)
        ],
    }
]


@dataclass
class Disk:
    """What of a journal would be on its disk if the power went off now."""

    file: Path
    chance: Random = field(default_factory=lambda: Random(2041))
    synced: int = 0
    """How much of the log was there when the last transaction had ended."""

    def transaction_ended(self) -> None:
        self.synced = self._log.stat().st_size

    def left(self, at: Path) -> Path:
        """Put down what would be left: the log's end is torn off, or holds what was there before."""
        log = self._log.read_bytes()
        unsynced = log[self.synced :] or bytes(4096)
        kept = self.chance.randrange(len(unsynced))
        torn = unsynced[:kept] + self.chance.randbytes(len(unsynced) - kept)
        at.mkdir()
        copy = at / self.file.name
        copy.write_bytes(self.file.read_bytes())
        copy.with_name(self._log.name).write_bytes(log[: self.synced] + torn)
        return copy

    @property
    def _log(self) -> Path:
        return self.file.with_name(f"{self.file.name}-wal")


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    """Look on while the journal writes."""
    watched = Disk(tmp_path / "journal.db")
    for name in ("begin", "write", "take_leases"):
        act = getattr(SqliteJournal, name)

        def written(*args: Any, act: Any = act, **named: Any) -> Any:
            result = act(*args, **named)
            watched.transaction_ended()
            return result

        monkeypatch.setattr(SqliteJournal, name, written)
    return watched


def known(copy: Path) -> dict[str, str]:
    """Return what a journal says of each run that was ever asked for: its new run, or that it is in doubt."""
    journal = open_journal(str(copy), make=False)
    try:
        with journal.reading() as reader:
            assert reader.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            found = reader.execute("SELECT run_id, state, new_run_id FROM standing").fetchall()
    finally:
        journal.close()
    return {run: new if state == "settled" else state for run, state, new in found}


async def test_whenever_the_power_goes_off_the_journal_knows_of_every_run_that_was_accepted(
    tmp_path: Path, disk: Disk
) -> None:
    async with opened_hall(tmp_path, sandboxes=MANY_FLOWS) as hall:
        ledger = hall.served.platform.ledger
        note = ledger.note_accepted
        cuts: list[list[str]] = []
        """For each cut of power the runs of which nothing would be known."""

        def noted(**facts: Any) -> None:
            note(**facts)
            told = known(disk.left(tmp_path / f"cut-{len(cuts)}"))
            cuts.append(missing(ledger.accepted, told))

        ledger.note_accepted = noted  # type: ignore[method-assign]  # to be there at that very moment
        assert await hall.apply(limits={"max_per_second": 2000, "max_at_once": 4}) == 0, hall.said
        assert cuts == [[]] * RUNS
        assert len(hall.accepted) == RUNS


def missing(accepted: list[AcceptedLine], told: dict[str, str]) -> list[str]:
    """Return the accepted runs of which a journal neither knows the new run nor that they are in doubt."""
    in_doubt = {"asked", "unresolved"}
    return [
        line.old_run for line in accepted if told.get(line.old_run) not in {line.new_run} | in_doubt
    ]


def test_each_transaction_is_synced_before_it_is_said_to_have_ended(tmp_path: Path) -> None:
    journal = open_journal(str(tmp_path / "journal.db"), make=True)
    with journal.transaction() as writer:
        (mode,) = writer.execute("PRAGMA journal_mode").fetchone()
        (synchronous,) = writer.execute("PRAGMA synchronous").fetchone()
    journal.close()
    # In a write-ahead log, 1 would sync only when the log is folded into the file (sqlite.org/pragma.html).
    assert (mode, synchronous) == ("wal", 2)


async def test_after_a_cut_of_power_in_the_midst_of_a_transaction_the_next_apply_goes_on(
    working_folder: Path,
) -> None:
    async with opened_desk(
        working_folder, sandboxes=[sandbox("prod", flows=3, failed=3)], behaviour=LAGGING
    ) as desk:
        spec = desk.spec(**SHORT)
        await killed_at(desk, "after send 4", "apply", spec, "--yes")
        log = journal_file(desk).with_name("journal.db-wal")
        log.write_bytes(log.read_bytes() + Random(2041).randbytes(6000))
        await finished(desk, spec)
        await nothing_twice_and_nothing_lost(desk, runs=9)
        assert states(desk) == ["finished"]


def test_a_journal_whose_transactions_are_lost_is_seen_to_miss_runs() -> None:
    line = AcceptedLine(
        order=1, at_ms=1, old_run="old", new_run="new", flow="F", sandbox="prod", client="us"
    )
    assert missing([line], {}) == ["old"]
    assert missing([line], {"old": "planned"}) == ["old"]
    assert missing([line], {"old": "asked"}) == []
    assert missing([line], {"old": "new"}) == []


def test_an_intent_that_was_not_synced_is_not_taken_for_known(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    disk = Disk(file)
    with sqlite3.connect(file, isolation_level=None) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE kept (run TEXT)")
        disk.transaction_ended()
        writer.execute("INSERT INTO kept VALUES ('unsynced')")
        copy = disk.left(tmp_path / "cut")
        with sqlite3.connect(copy) as reader:
            assert reader.execute("SELECT * FROM kept").fetchall() == []
        reader.close()
    writer.close()
