"""What the tests of crashes share: a spec with short waits, commands that die, and what must hold in the end."""

import csv
import json
import signal
import sqlite3
from io import StringIO
from pathlib import Path

from tests.acceptance.desk import Command, Desk, Done
from tests.crash.dying import KILLED

SHORT: dict[str, object] = {
    "limits": {"max_per_second": 2000, "max_at_once": 3},
    "reconcile": {"answer_window": "700ms", "visibility_lag": "1500ms"},
    "lease": {"expires_after": "3s"},
    "report": {"formats": ["csv", "json"]},
}
LAGGING = {"visibility_lag": "600ms"}
"""New runs appear late on the platform, yet within what the spec allows for."""


def code_of(moment: str, kind: str = KILLED) -> str:
    """Return the Python that is the command up to a moment."""
    return f"from tests.crash.dying import run; run({moment!r}, {kind!r})"


async def killed_at(desk: Desk, moment: str, *arguments: object) -> None:
    """Run the command; it has to be killed at this moment."""
    done = await desk.run(*arguments, code=code_of(moment))
    assert done.code == -signal.SIGKILL, f"not killed {moment}: {done.said}"


async def kill(command: Command) -> None:
    """Kill a command that is at work."""
    command.send(signal.SIGKILL)
    done = await command.done()
    assert done.code == -signal.SIGKILL, done.said


async def finished(desk: Desk, spec: Path) -> Done:
    """Apply until nothing is left to do, as an operator would; fail when two goes do not do it."""
    done = await desk.run("apply", spec, "--yes")
    if done.code == 6:  # a process that was killed this moment may not be gone yet
        done = await desk.run("apply", spec, "--yes")
    assert done.code == 0, done.said
    return done


async def nothing_twice_and_nothing_lost(desk: Desk, *, runs: int) -> None:
    """Every run was accepted once, and the reports name for each the new run that the platform's own book names."""
    summary = desk.served.summary()
    assert (summary["accepted"], summary["duplicates"]) == (runs, [])
    book = [(line.old_run, line.new_run) for line in desk.served.platform.ledger.accepted]
    told = [pair for execution in executions(desk) for pair in await _told(desk, execution)]
    assert sorted(told) == sorted(book)


async def _told(desk: Desk, execution: str) -> list[tuple[str, str]]:
    """Read which new run an execution's results name for each old one; written now where a kill forestalled it."""
    path = desk.folder / "reports" / execution / "results.csv"
    if not path.exists():
        done = await desk.run("report", execution)
        assert done.code == 0, done.said
    rows = csv.DictReader(StringIO(path.read_text(encoding="utf-8"), newline=""))
    return [(r["old_run_id"], r["new_run_id"]) for r in rows if r["outcome"] == "retriggered"]


def executions(desk: Desk) -> list[str]:
    """Return the executions that the journal knows and that had anything to do, oldest first."""
    return [name for name, _, planned in _states(desk) if planned]


def states(desk: Desk) -> list[str]:
    """Return the states of those executions."""
    return [state for _, state, planned in _states(desk) if planned]


def standings(desk: Desk) -> dict[str, int]:
    """Count the runs that were ever touched by how they stand."""
    with sqlite3.connect(f"file:{journal_file(desk)}?mode=ro", uri=True) as reader:
        found = reader.execute("SELECT state, count(*) FROM standing GROUP BY state").fetchall()
    reader.close()
    return dict(found)


def journal_file(desk: Desk) -> Path:
    """Return where the journal is."""
    return desk.folder / ".retrigger" / "journal.db"


def events(desk: Desk, execution: str) -> list[dict[str, object]]:
    """Return an execution's events, oldest first."""
    path = desk.folder / "reports" / execution / "events.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _states(desk: Desk) -> list[tuple[str, str, int]]:
    reader = sqlite3.connect(f"file:{journal_file(desk)}?mode=ro", uri=True)
    try:
        return reader.execute(
            "SELECT id, state, planned FROM executions ORDER BY number"
        ).fetchall()
    finally:
        reader.close()
