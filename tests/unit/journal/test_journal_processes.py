"""Several processes at one journal, and one that is killed."""

import json
import signal
from itertools import islice
from pathlib import Path

import pytest

from runner.journal import Journal, open_journal
from runner.model.words import ExecutionId
from tests.contract.making import FIRST, begun
from tests.unit.journal.conftest import Spawn

ROUNDS = 15

OPENS_AND_BEGINS = """
import os, sys
from pathlib import Path
from runner.journal import open_journal
from runner.model.words import ExecutionId
from tests.contract.making import begun

folder, me, links = sys.argv[1:]
if links == "without links":
    def refuse(*_, **__): raise PermissionError(1, "Operation not permitted")
    os.link = refuse
print("ready", flush=True)
for line in sys.stdin:
    journal = open_journal(str(Path(folder) / line.strip() / "journal.db"), make=True)
    begun(journal, "a b", name=ExecutionId(me))
    journal.close()
    print("done", flush=True)
"""

CLAIMS_AND_SETTLES = """
import asyncio, os, sys
from runner.journal import GroupCommit, open_journal
from tests.contract.making import FIRST, claimed, retriggered, some_runs

async def work():
    commits = GroupCommit(open_journal(sys.argv[1], make=False), FIRST, linger_seconds=0.001)
    for run in some_runs(sys.argv[2]):
        for entry, word in ((claimed(run), "asked"), (retriggered(run), "settled")):
            told = f"{word} {run.position}\\n".encode()
            commits.put([entry], then=lambda told=told: os.write(1, told))
        await (commits.durable([]) if run.position % 10 == 0 else asyncio.sleep(0))

asyncio.run(work())
"""


@pytest.mark.parametrize("links", ["with links", "without links"])
def test_processes_that_make_the_same_journal_at_once_all_succeed(
    spawn: Spawn, tmp_path: Path, links: str
) -> None:
    names = [f"process-{number}" for number in range(3)]
    processes = [spawn(OPENS_AND_BEGINS, str(tmp_path), name, links) for name in names]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

    for number in range(ROUNDS):
        (tmp_path / f"round-{number}").mkdir()
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(f"round-{number}\n")
            process.stdin.flush()
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "done\n"

    for number in range(ROUNDS):
        journal = open_journal(str(tmp_path / f"round-{number}" / "journal.db"), make=False)
        assert sorted(execution.id for execution in journal.executions()) == names
        assert all(len(list(journal.rows(ExecutionId(name)))) == 2 for name in names)
        journal.close()


@pytest.mark.parametrize("heard_before", [1, 7, 100, 555, 1500])
def test_what_a_killed_process_was_told_is_durable_is_in_the_journal(
    spawn: Spawn, place: Path, journal: Journal, heard_before: int
) -> None:
    words = " ".join(f"f{number % 7}" for number in range(3000))
    begun(journal, words)
    journal.close()
    process = spawn(CLAIMS_AND_SETTLES, str(place), words)
    assert process.stdout is not None

    heard = list(islice(process.stdout, heard_before))
    process.send_signal(signal.SIGKILL)
    heard += process.stdout.readlines()
    assert process.wait() == -signal.SIGKILL

    again = open_journal(str(place), make=False)
    written = [json.loads(line) for line in again.events(FIRST)]
    told = [f"{event['event']} {event['position']}\n" for event in written[1:]]
    assert len(heard) >= heard_before
    assert told[: len(heard)] == heard
    settled = {word.split()[1] for word in told if word.startswith("settled")}
    rows = [row for row in again.rows(FIRST) if row.outcome == "retriggered"]
    assert len(rows) == len(settled)
    asked = {word.split()[1] for word in told if word.startswith("asked")}
    assert again.resume(FIRST, at_ms=0) == len(asked - settled)
    again.close()
