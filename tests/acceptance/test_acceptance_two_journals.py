"""Two operators in two folders, started together: each says which runs the other re-triggered too, and ends with 1."""

import asyncio
import csv
from dataclasses import replace
from pathlib import Path

from tests.acceptance.desk import Desk, opened_desk

# Each look comes before anything that the other has made, as for two who start at the same moment.
AT_ONCE = {"visibility_lag": "60s"}
WATCHED = {"for_recovery": True, "timeout": "20s", "poll_every": "300ms"}


async def test_two_who_start_together_both_name_what_was_re_triggered_twice(
    working_folder: Path,
) -> None:
    flows = [
        {"name": f"S3 {n}", "runs": {"failed": 5}, "retrigger": {"takes": "1s", "recovers": 100}}
        for n in range(3)
    ]
    scene = [{"name": "prod", "type": "production", "flows": flows}]
    async with opened_desk(working_folder, sandboxes=scene, behaviour=AT_ONCE) as desk:
        desks = [at(desk, working_folder / name) for name in ("ada", "bob")]
        specs = [one.spec(wait=WATCHED) for one in desks]
        commands = [
            await one.start("apply", spec, "--yes") for one, spec in zip(desks, specs, strict=True)
        ]
        await desk.has_accepted(30)
        desk.served.advance(70)
        ada, bob = await asyncio.gather(*(command.done() for command in commands))

        made: dict[str, list[str]] = {}
        for line in desk.served.platform.ledger.accepted:
            made.setdefault(line.old_run, []).append(line.new_run)
        assert sorted(map(len, made.values())) == [2] * 15
        for one, done in zip(desks, (ada, bob), strict=True):
            assert done.code == 1, done.said
            assert "15 runs re-triggered elsewhere too" in done.out
            with (one.execution_folder / "results.csv").open(newline="") as file:
                rows = list(csv.DictReader(file))
            assert {
                row["old_run_id"]: {row["new_run_id"], row["duplicated_by"]} for row in rows
            } == {old: set(new) for old, new in made.items()}


def at(desk: Desk, folder: Path) -> Desk:
    folder.mkdir()
    return replace(desk, folder=folder, _waiting=[])
