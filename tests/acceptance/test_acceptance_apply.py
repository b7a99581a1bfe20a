"""Applying: from a spec or a plan to re-triggered runs and their reports, by the real command."""

import csv
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema

from runner.plan import read_passed_over, read_plan, write_plan
from tests.acceptance.desk import ROOT, Desk, fault, opened_desk, sandbox

COLUMNS = (
    "execution_id,sandbox,flow_id,flow_name,old_run_id,old_etag,old_status,old_error_code,outcome,reason,evidence,"
    "new_run_id,new_etag,new_status,recovery,records_in,records_out,attempts,http_status,request_id,wave,asked_at,"
    "settled_at,duplicated_by"
)


def check_csv(desk: Desk) -> None:
    with (desk.execution_folder / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert ",".join(rows[0]) == COLUMNS
    new_runs = {line.old_run: line.new_run for line in desk.served.platform.ledger.accepted}
    done = {row["old_run_id"]: row["new_run_id"] for row in rows if row["new_run_id"]}
    assert done == new_runs


def check_json(desk: Desk) -> None:
    schema = json.loads((ROOT / "schemas/report.v1.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(desk.results, schema)


def check_junit(desk: Desk) -> None:
    root = ET.parse(desk.execution_folder / "junit.xml").getroot()
    cases = root.findall(".//testcase")
    assert len(cases) == len(desk.rows)


async def test_a_spec_is_applied_and_everything_is_reported(working_folder: Path) -> None:
    sandboxes = [sandbox("prod", type="production"), sandbox("stage", flows=2)]
    async with opened_desk(working_folder, sandboxes=sandboxes) as desk:
        done = await desk.run("apply", desk.spec(), "--yes")
        assert done.code == 0, done.said
        assert len(desk.accepted) == 30
        assert desk.nothing_twice
        assert desk.outcomes() == {"retriggered": 30}
        check_csv(desk)
        check_json(desk)
        check_junit(desk)
        assert {
            "events.jsonl",
            "junit.xml",
            "plan.jsonl",
            "report.html",
            "results.csv",
            "results.json",
            "summary.md",
        } <= {path.name for path in desk.execution_folder.iterdir()}


async def test_applied_twice_the_second_finds_nothing_to_do_and_sends_nothing(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder) as desk:
        spec = desk.spec()
        assert (await desk.run("apply", spec, "--yes")).code == 0
        posts = desk.posts
        done = await desk.run("apply", spec, "--yes")
        assert done.code == 0, done.said
        assert (desk.posts, posts) == (20, 20)
        assert desk.outcomes() == {}
        reasons = Counter(row["reason"].partition(":")[0] for row in desk.rows)
        assert reasons == {"already_retriggered": 20}
        # Nothing to send needs no consent.
        again = await desk.run("apply", spec)
        assert again.code == 0, again.said


async def test_a_plan_is_shown_written_reviewed_and_applied_as_it_is(working_folder: Path) -> None:
    async with opened_desk(working_folder) as desk:
        done = await desk.run("plan", desk.spec(), "-o", "out.jsonl")
        assert done.code == 0, done.said
        assert "20 runs of 4 flows planned" in done.out
        assert desk.posts == 0
        assert not (desk.folder / ".retrigger").exists()  # a plan makes no journal
        planned = [run.found.run_id for run in read_plan(desk.folder / "out.jsonl").runs()]
        (desk.folder / "spec.yaml").unlink()
        applied = await desk.run("apply", "out.jsonl", "--yes")
        assert applied.code == 0, applied.said
        assert sorted(desk.accepted) == sorted(planned)
        # The very plan again: nothing is sent, and the answer is the same.
        again = await desk.run("apply", "out.jsonl", "--yes")
        assert again.code == 0, again.said
        assert "this very plan was applied before" in again.err
        assert desk.posts == 20


async def test_detailed_exit_code_says_whether_there_is_work(working_folder: Path) -> None:
    async with opened_desk(working_folder) as desk:
        spec = desk.spec()
        assert (await desk.run("plan", spec, "--detailed-exitcode")).code == 8
        assert (await desk.run("apply", spec, "--yes")).code == 0
        assert (await desk.run("plan", spec, "--detailed-exitcode")).code == 0


async def test_a_plan_that_is_not_as_it_was_made_is_refused(working_folder: Path) -> None:
    async with opened_desk(working_folder) as desk:
        path = desk.folder / "out.jsonl"
        assert (await desk.run("plan", desk.spec(), "-o", path)).code == 0
        original = path.read_bytes()

        at = original.index(b'"status": "failed"') + 12
        path.write_bytes(original[:at] + b"g" + original[at + 1 :])
        altered = await desk.run("apply", path, "--yes")
        assert altered.code == 5, altered.said
        assert "altered" in altered.err

        path.write_bytes(original)
        plan = read_plan(path)
        header = replace(plan.header, expires_at_ms=plan.header.created_at_ms - 1)
        beside = list(read_passed_over(plan).runs())
        old = desk.folder / "old.jsonl"
        write_plan(old, header, runs=list(plan.runs()), passed_over=beside)
        expired = await desk.run("apply", old, "--yes")
        assert expired.code == 5, expired.said
        assert "valid until" in expired.err

        elsewhere = await desk.run(
            "apply", path, "--yes", environment={"AEP_ORG_ID": "FFFF@AdobeOrg"}
        )
        assert elsewhere.code == 5, elsewhere.said
        assert "FFFF@AdobeOrg" in elsewhere.err

        desk.spec(reason="something else")
        edited = await desk.run("apply", path, "--spec", "spec.yaml", "--yes")
        assert edited.code == 5, edited.said

        assert desk.posts == 0
        assert (await desk.run("apply", path, "--yes")).code == 0
        assert len(desk.accepted) == 20


async def test_without_a_terminal_and_without_yes_nothing_is_sent(working_folder: Path) -> None:
    async with opened_desk(working_folder) as desk:
        done = await desk.run("apply", desk.spec())
        assert done.code == 2, done.said
        assert "--yes" in done.err
        assert desk.posts == 0
        assert not (desk.folder / "reports").exists()
        # Nor does it leave anything unfinished behind.
        assert (await desk.run("apply", desk.spec(), "--yes")).code == 0
        assert "going on" not in done.err


async def test_more_runs_than_the_cap_send_nothing(working_folder: Path) -> None:
    async with opened_desk(working_folder) as desk:
        spec = desk.spec(cap={"max_runs": 19})
        for arguments in (("plan", spec), ("apply", spec, "--yes")):
            done = await desk.run(*arguments)
            assert done.code == 3, done.said
            assert "20 runs are chosen, and cap.max_runs is 19" in done.err
        assert desk.posts == 0


async def test_runs_above_a_flows_ceiling_are_passed_over(working_folder: Path) -> None:
    async with opened_desk(working_folder) as desk:
        done = await desk.run("apply", desk.spec(cap={"max_runs_per_flow": 3}), "--yes")
        assert done.code == 0, done.said
        assert len(desk.accepted) == 12


async def test_a_wrong_spec_is_told_whole_and_nothing_is_asked_of_the_platform(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder) as desk:
        done = await desk.run("apply", desk.spec(reazon="x", order="random"), "--yes")
        assert done.code == 2, done.said
        assert "reazon" in done.err
        assert "random" in done.err
        assert "Traceback" not in done.err
        assert desk.served.platform.ledger.requests == []
        missing = await desk.run("apply", "nowhere.yaml", "--yes")
        assert missing.code == 2, missing.said
        assert "nowhere.yaml" in missing.err


async def test_refused_runs_are_told_apart_and_exit_with_one(working_folder: Path) -> None:
    flows = [
        {"name": "S3 orders", "runs": {"failed": 5}},
        {"name": "Salesforce", "runs": {"failed": 3}, "refuse": {"code": "1387"}},
    ]
    async with opened_desk(working_folder, sandboxes=[{"name": "prod", "flows": flows}]) as desk:
        done = await desk.run("apply", desk.spec(), "--yes")
        assert done.code == 1, done.said
        assert desk.outcomes() == {"retriggered": 5, "refused": 3}
        assert len(desk.accepted) == 5


async def test_a_stop_rule_stops_it_with_three_and_the_rest_is_finished_later(
    working_folder: Path,
) -> None:
    faults = [fault({"status": {"status": 400, "body": "flow_service", "code": "1387"}}, most=5)]
    async with opened_desk(
        working_folder, sandboxes=[sandbox("prod", flows=10, failed=10)], faults=faults
    ) as desk:
        spec = desk.spec(
            stop_when={"consecutive": 5}, limits={"max_per_second": 500, "max_at_once": 2}
        )
        done = await desk.run("apply", spec, "--yes")
        assert done.code == 3, done.said
        assert "stop_when.consecutive: 5 failures in a row" in done.said
        assert 5 <= desk.posts <= 7
        rest = await desk.run("apply", spec, "--yes")
        assert rest.code == 1, rest.said
        assert desk.outcomes() == {"refused": 5, "retriggered": 95}
        assert desk.nothing_twice


async def test_two_sandboxes_are_worked_side_by_side(working_folder: Path) -> None:
    sandboxes = [sandbox("prod", flows=10, failed=10), sandbox("stage", flows=10, failed=5)]
    async with opened_desk(working_folder, sandboxes=sandboxes) as desk:
        spec = desk.spec(limits={"max_per_second": 200, "max_at_once": 4})
        done = await desk.run("apply", spec, "--yes")
        assert done.code == 0, done.said
        order = [line.sandbox for line in desk.served.platform.ledger.accepted]
        for start in range(0, 80, 20):
            assert 5 <= order[start : start + 20].count("stage") <= 15
        assert Counter(order) == {"prod": 100, "stage": 50}


async def test_the_platform_never_sees_more_than_the_limit_and_its_burst(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder, sandboxes=[sandbox("prod", flows=20, failed=5)]) as desk:
        done = await desk.run("apply", desk.spec(limits={"max_per_second": 50}), "--yes")
        assert done.code == 0, done.said
        times = desk.post_times_ms
        assert len(times) == 100
        for seconds in (0.5, 1.0):
            most = max(sum(t <= other < t + seconds * 1000 for other in times) for t in times)
            # Requests leave no faster than limit * t + 2; a busy machine may bunch up some on their way.
            assert most <= 50 * seconds + 2 + 5
        assert times[-1] - times[0] >= 1_800


async def test_a_throttling_platform_slows_it_down_and_nothing_is_lost(
    working_folder: Path,
) -> None:
    limit = {
        "per_second": 100,
        "burst": 10,
        "retry_after": "seconds",
        "retry_after_seconds": 1,
        "calls": ["retrigger"],
    }
    async with opened_desk(
        working_folder, sandboxes=[sandbox("prod", flows=20, failed=3)], rate_limit=limit
    ) as desk:
        spec = desk.spec(retry={"attempts": 10, "first_wait": "50ms", "longest_wait": "1s"})
        done = await desk.run("apply", spec, "--yes")
        assert done.code == 0, done.said
        assert len(desk.accepted) == 60
        assert desk.nothing_twice
        assert desk.posts > 60


async def test_unanswered_requests_are_looked_into_and_nothing_is_lost(
    working_folder: Path,
) -> None:
    faults = [fault("commit_then_drop", nth=[3]), fault("drop_before_commit", nth=[7])]
    async with opened_desk(working_folder, faults=faults) as desk:
        done = await desk.run("apply", desk.spec(), "--yes")
        assert done.code == 0, done.said
        assert len(desk.accepted) == 20
        assert desk.nothing_twice
        assert desk.posts == 21
        rows = desk.rows
        assert Counter(row["attempts"] for row in rows) == {1: 19, 2: 1}
        adopted = [row for row in rows if row["evidence"] != "response"]
        assert len(adopted) == 1
        new_runs = {line.old_run: line.new_run for line in desk.served.platform.ledger.accepted}
        assert adopted[0]["new_run_id"] == new_runs[adopted[0]["old_run_id"]]


async def test_what_nobody_can_tell_stays_unresolved_and_exits_with_four(
    working_folder: Path,
) -> None:
    faults = [fault("commit_then_drop", nth=[3])]
    nameless = {"made_by": "connectors", "windows": "none", "links": "none"}
    async with opened_desk(working_folder, faults=faults, behaviour=nameless) as desk:
        spec = desk.spec()
        done = await desk.run("apply", spec, "--yes")
        assert done.code == 4, done.said
        outcomes = desk.outcomes()
        assert outcomes.pop("unresolved") == 1
        assert outcomes["retriggered"] >= 15
        unresolved = [row["old_run_id"] for row in desk.rows if row["outcome"] == "unresolved"]
        again = await desk.run("apply", spec, "--yes")
        assert again.code == 4, again.said
        assert desk.asked_for(unresolved[0]) == 1
        # Ended for good, it still blocks its flow in the next execution, and only its flow.
        anew = await desk.run("apply", spec, "--yes", "--abandon")
        assert anew.code == 0, anew.said
        reasons = Counter(row["reason"].partition(":")[0] for row in desk.rows)
        assert set(reasons) == {"already_retriggered", "flow_blocked"}
        assert reasons["flow_blocked"] >= 1
        assert desk.asked_for(unresolved[0]) == 1
        assert desk.nothing_twice


async def test_reports_are_written_again_byte_for_byte(working_folder: Path) -> None:
    async with opened_desk(working_folder) as desk:
        assert (await desk.run("apply", desk.spec(), "--yes")).code == 0
        before = {path.name: path.read_bytes() for path in sorted(desk.execution_folder.iterdir())}
        done = await desk.run("report")
        assert done.code == 0, done.said
        after = {path.name: path.read_bytes() for path in sorted(desk.execution_folder.iterdir())}
        assert after == before
        elsewhere = await desk.run(
            "report", desk.execution_folder.name[:20], "--directory", desk.folder / "again"
        )
        assert elsewhere.code == 0, elsewhere.said
        written = {path.name: path.read_bytes() for path in (desk.folder / "again").iterdir()}
        assert written.items() <= before.items()
        assert "results.json" in written


async def test_what_is_not_there_is_said_plainly(working_folder: Path) -> None:
    async with opened_desk(working_folder) as desk:
        for command in ("status", "report"):
            done = await desk.run(command)
            assert done.code == 7, done.said
            assert "there is no journal here" in done.err
        assert (await desk.run("apply", desk.spec(), "--yes")).code == 0
        for command in ("status", "report"):
            done = await desk.run(command, "nothing-like-it")
            assert done.code == 2, done.said
            assert "no execution is called nothing-like-it" in done.err
        status = await desk.run("status")
        assert status.code == 0, status.said
        assert desk.execution_folder.name in status.out
        foreign = desk.folder / "foreign.db"
        foreign.write_text("this is no database, and it is long enough to be looked at", "utf-8")
        refused = await desk.run("status", "--journal", foreign)
        assert refused.code == 7, refused.said
        assert "foreign.db" in refused.err
