"""What happened to one run, asked by a person, a program and a database client; and the journal's backup."""

import json
import sqlite3
from pathlib import Path

import jsonschema

from tests.acceptance.desk import ROOT, fault, opened_desk, sandbox


async def test_a_run_is_asked_about_by_either_id_and_the_backup_tells_the_same(
    working_folder: Path,
) -> None:
    async with opened_desk(
        working_folder,
        sandboxes=[sandbox("prod", flows=1, failed=2)],
        faults=[fault("commit_then_drop", nth=1)],
    ) as desk:
        done = await desk.run("apply", desk.spec(), "--yes", "--journal", "gl.db")
        assert done.code == 0, done.said
        adopted = next(row for row in desk.rows if row["evidence"] != "response")
        old, new = adopted["old_run_id"], adopted["new_run_id"]

        told = await desk.run("status", "--run", old.upper(), "--journal", "gl.db")
        assert told.code == 0, told.said
        for words in (
            f"old run        {old} (failed",
            "outcome        retriggered: found by looking",
            "found by looking: made by these credentials",
            f"new run        {new}",
            "  asked: attempt 1",
            "  settled: outcome unresolved",
            "  settled: outcome retriggered",
        ):
            assert words in told.out, told.said
        printed = await desk.run("status", "--run", new, "--format", "json", "--journal", "gl.db")
        document = json.loads(printed.out)
        schema = ROOT / "schemas" / "run.v1.schema.json"
        jsonschema.validate(document, json.loads(schema.read_text(encoding="utf-8")))
        (found,) = document["found"]
        assert (found["role"], found["row"]) == ("new_run", adopted)

        backup = await desk.run("journal", "backup", "gl backup.db", "--journal", "gl.db")
        assert backup.code == 0, backup.said
        with sqlite3.connect(desk.folder / "gl backup.db") as client:
            row = client.execute(
                "SELECT outcome, evidence, new_run_id FROM run_history WHERE old_run_id = ?", (old,)
            ).fetchone()
        client.close()
        assert row == ("retriggered", adopted["evidence"], new)
        nothing = await desk.run("status", "--run", "nobody", "--journal", "gl backup.db")
        assert (nothing.code, nothing.out) == (
            1,
            "run nobody: nothing is known of it in gl backup.db\n",
        )
