"""A person records what became of an unanswered request, and is kept from recording what cannot be."""

import os
from pathlib import Path

import pytest

from tests.acceptance.desk import Desk, fault, opened_desk

NOWHERE = "00000000-0000-4000-8000-000000000000"
NAMELESS = {"made_by": "connectors", "windows": "none", "links": "none"}
"""Nothing says of a new run that it is ours."""


def unresolved(desk: Desk) -> list[str]:
    return [row["old_run_id"] for row in desk.rows if row["outcome"] == "unresolved"]


async def test_a_new_run_is_looked_up_before_it_is_recorded(working_folder: Path) -> None:
    faults = [fault("commit_then_drop", nth=[3])]
    async with opened_desk(working_folder, faults=faults, behaviour=NAMELESS) as desk:
        assert (await desk.run("apply", desk.spec(), "--yes")).code == 4
        (old,) = unresolved(desk)
        new_runs = {line.old_run: line.new_run for line in desk.served.platform.ledger.accepted}
        flow = next(row["flow_id"] for row in desk.rows if row["old_run_id"] == old)
        others = [row for row in desk.rows if row["old_run_id"] != old]
        same_flow = next(row for row in others if row["flow_id"] == flow)
        elsewhere = next(row for row in others if row["flow_id"] != flow)

        for new, because in (
            (old, "it is the old run itself"),
            (elsewhere["new_run_id"], "the new run of another request"),
            (elsewhere["old_run_id"], f"it belongs to flow {elsewhere['flow_id']}"),
            (same_flow["old_run_id"], "before the request was made"),
            (NOWHERE, "no such run is to be seen in sandbox prod"),
        ):
            refused = await desk.run("reconcile", "--adopt", f"{old}={new}")
            assert refused.code == 2, refused.said
            assert because in refused.err
            assert "Nothing was recorded." in refused.err
            assert ("--unverified" in refused.err) is (new == NOWHERE)
        assert unresolved(desk) == [old]

        # However it is spelt, it is recorded as the platform shows it.
        done = await desk.run("reconcile", "--adopt", f"{old}={new_runs[old]}".upper())
        assert done.code != 4, done.said
        (row,) = (row for row in desk.rows if row["old_run_id"] == old)
        assert (row["outcome"], row["new_run_id"]) == ("retriggered", new_runs[old])
        assert row["evidence"] == "person"
        assert row["new_etag"]
        assert row["new_status"]
        assert "not verified" not in row["reason"]
        events = (desk.execution_folder / "events.jsonl").read_text(encoding="utf-8")
        assert events.count("decided_by_person") == 1


async def test_what_cannot_be_looked_up_is_recorded_only_where_the_person_answers_for_it(
    working_folder: Path,
) -> None:
    faults = [fault("commit_then_drop", nth=[3])]
    async with opened_desk(working_folder, faults=faults, behaviour=NAMELESS) as desk:
        assert (await desk.run("apply", desk.spec(), "--yes")).code == 4
        (old,) = unresolved(desk)
        pair = f"{old}={NOWHERE}"
        gone = {"AEP_URL": "http://127.0.0.1:1"}

        refused = await desk.run("reconcile", "--adopt", pair, environment=gone)
        assert refused.code == 2, refused.said
        assert "it cannot be verified: it cannot be looked up" in refused.err
        assert unresolved(desk) == [old]

        alone = await desk.run("reconcile", "--unverified")
        assert alone.code == 2, alone.said

        done = await desk.run("reconcile", "--adopt", pair, "--unverified", environment=gone)
        assert done.code != 4, done.said
        (row,) = (row for row in desk.rows if row["old_run_id"] == old)
        assert (row["outcome"], row["new_run_id"]) == ("retriggered", NOWHERE)
        assert "; not verified: it cannot be looked up" in row["reason"]


async def test_that_there_is_no_new_run_is_looked_up_before_it_is_recorded(
    working_folder: Path,
) -> None:
    faults = [fault("commit_then_drop", nth=[3])]
    async with opened_desk(working_folder, faults=faults, behaviour=NAMELESS) as desk:
        done = await desk.run("apply", desk.spec(), "--yes")
        assert done.code == 4, done.said
        assert "--adopt OLD=NEW" in done.out  # the way out is told
        (old,) = unresolved(desk)
        new_runs = {line.old_run: line.new_run for line in desk.served.platform.ledger.accepted}
        looked = await desk.run("reconcile")
        assert f"--adopt {old}={new_runs[old]}" in looked.err

        refused = await desk.run("reconcile", "--absent", old)
        assert refused.code == 2, refused.said
        assert (
            f"run {old} as never accepted: run {new_runs[old]} of this flow is newer" in refused.err
        )
        assert "Nothing was recorded." in refused.err
        away = await desk.run(
            "reconcile", "--absent", old, environment={"AEP_URL": "http://127.0.0.1:1"}
        )
        assert away.code == 2, away.said
        assert "it cannot be looked up" in away.err
        assert unresolved(desk) == [old]

        done = await desk.run("reconcile", "--absent", old, "--unverified")
        assert done.code == 1, done.said
        assert unresolved(desk) == []
        events = (desk.execution_folder / "events.jsonl").read_text(encoding="utf-8")
        assert "; not verified: run" in events


async def test_what_was_accepted_in_words_that_cannot_be_read_is_not_called_absent_lightly(
    working_folder: Path,
) -> None:
    faults = [fault("unreadable_success", nth=[3])]
    unseen = {**NAMELESS, "visibility_lag": "1h"}
    async with opened_desk(working_folder, faults=faults, behaviour=unseen) as desk:
        spec = desk.spec(reconcile={"answer_window": "300ms", "visibility_lag": "700ms"})
        assert (await desk.run("apply", spec, "--yes")).code == 4
        (old,) = unresolved(desk)

        refused = await desk.run("reconcile", "--absent", old)

        assert refused.code == 2, refused.said
        assert "the platform accepted it in words that could not be read" in refused.err
        assert unresolved(desk) == [old]


async def test_a_platform_that_is_away_is_told_and_nothing_is_decided(working_folder: Path) -> None:
    faults = [fault("commit_then_drop", nth=[3])]
    async with opened_desk(working_folder, faults=faults, behaviour=NAMELESS) as desk:
        assert (await desk.run("apply", desk.spec(), "--yes")).code == 4
        (old,) = unresolved(desk)
        desk.environment["AEP_URL"] = "http://127.0.0.1:9"

        away = await desk.run("reconcile")

        assert away.code == 7, away.said
        assert "Traceback" not in away.said
        assert unresolved(desk) == [old]


@pytest.mark.parametrize(
    ("output", "because"),
    [
        ("-", "it is not written to standard output"),
        ("notes.md", "would be written over the plan"),
        ("fifo", "this is a link or a device"),
        ("link.jsonl", "this is a link or a device"),
        ("nowhere/plan.jsonl", "its folder is not there"),
        ("spec.yaml", "written over the spec"),
        (".", "this is a folder"),
    ],
)
async def test_a_plan_is_written_only_where_a_plan_belongs(
    working_folder: Path, output: str, because: str
) -> None:
    os.mkfifo(working_folder / "fifo")
    (working_folder / "link.jsonl").symlink_to(working_folder / "elsewhere")
    async with opened_desk(working_folder) as desk:
        done = await desk.run("plan", desk.spec(), "-o", output)

        assert done.code == 2, done.said
        assert because in done.err
        assert desk.served.platform.ledger.requests == []
    assert (working_folder / "fifo").is_fifo()
    assert not (working_folder / "elsewhere").exists()
