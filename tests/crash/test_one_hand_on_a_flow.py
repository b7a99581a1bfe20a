"""Two hands never work on one flow: not at once, not after one of them died, not after one of them was stopped."""

import asyncio
import json
import os
import signal
from pathlib import Path

from tests.acceptance.desk import Command, Desk, Done, fault, opened_desk, sandbox
from tests.crash.dying import STOPPED
from tests.crash.going_on import (
    LAGGING,
    SHORT,
    code_of,
    executions,
    finished,
    kill,
    killed_at,
    nothing_twice_and_nothing_lost,
    states,
)

SLOW = {**SHORT, "limits": {"max_per_second": 20, "max_at_once": 4}}
FLOWS, RUNS = 2, 6
TWO_FLOWS = [sandbox("prod", flows=FLOWS, failed=RUNS // FLOWS)]
AT_ONCE = 5
SLEPT = "was stopped for longer than its hold on the flows lasts"


async def test_of_two_that_start_at_once_one_works_and_the_other_says_who_holds_the_flows(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder, sandboxes=[sandbox("prod", flows=5, failed=8)]) as desk:
        desk.spec("one.yaml", name="one", **SLOW)
        desk.spec("two.yaml", name="two", **SLOW)
        done = await asyncio.gather(
            desk.run("apply", "one.yaml", "--yes"), desk.run("apply", "two.yaml", "--yes")
        )
        assert sorted(one.code for one in done) == [0, 6], [one.said for one in done]
        refused = next(one for one in done if one.code == 6)
        assert "is being worked on by execution" in refused.err
        assert "Nothing was sent." in refused.err
        assert states(desk) == ["finished"]
        await nothing_twice_and_nothing_lost(desk, runs=40)


async def test_flows_of_a_process_that_sleeps_are_held_and_of_one_that_died_are_taken_over_at_once(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder, sandboxes=TWO_FLOWS) as desk:
        spec = desk.spec(**{**SHORT, "lease": {"expires_after": "1h"}})
        sleeper = await stopped_at(desk, "after begin 1", spec)
        refused = await desk.run("apply", spec, "--yes")
        assert refused.code == 6, refused.said
        assert "is being worked on by execution" in refused.err
        await kill(sleeper)
        done = await desk.run("apply", spec, "--yes")
        assert done.code == 0, done.said
        await nothing_twice_and_nothing_lost(desk, runs=RUNS)


async def test_what_another_execution_did_meanwhile_is_not_done_again_by_an_older_plan(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder, sandboxes=TWO_FLOWS) as desk:
        spec = desk.spec(**SHORT)
        await killed_at(desk, "after begin 1", "apply", spec, "--yes")
        plan = await desk.run("plan", spec, "-o", "plan.jsonl")
        assert plan.code == 0, plan.said
        await finished(desk, desk.spec("other.yaml", name="other", **SHORT))
        await finished(desk, spec)
        assert told(desk, executions(desk)[0]) == {("skipped", "already_retriggered")}
        await nothing_twice_and_nothing_lost(desk, runs=RUNS)
        planned = await desk.run("apply", "plan.jsonl", "--yes")
        assert planned.code == 0, planned.said
        await nothing_twice_and_nothing_lost(desk, runs=RUNS)


async def test_a_question_that_another_execution_left_open_blocks_its_flow_for_an_older_plan_too(
    working_folder: Path,
) -> None:
    nameless = {"made_by": "connectors", "windows": "none", "links": "none"}
    faults = [fault({"answer_late": {"seconds": 30}}, nth=[1])]
    async with opened_desk(
        working_folder,
        sandboxes=[sandbox("prod", flows=1, failed=3)],
        faults=faults,
        behaviour=nameless,
    ) as desk:
        spec = desk.spec(**SHORT)
        for name in ("one.jsonl", "two.jsonl"):
            assert (await desk.run("plan", spec, "-o", name)).code == 0
        command = await desk.start("apply", "one.jsonl", "--yes")
        await desk.has_accepted(1)
        await kill(command)
        assert (await desk.run("apply", spec, "--yes", "--abandon")).code in {0, 4}
        done = await desk.run("apply", "two.jsonl", "--yes")
        assert done.code == 1, done.said
        assert told(desk, executions(desk)[-1]) == {("skipped", "flow_blocked")}
        assert desk.posts == 1


async def stopped_at(desk: Desk, moment: str, spec: Path) -> Command:
    """Start the command; return once it was stopped at this moment."""
    command = await desk.start("apply", spec, "--yes", code=code_of(moment, STOPPED))
    await asyncio.to_thread(wait_for_stop, command.process.pid)
    return command


def wait_for_stop(pid: int) -> None:
    """Wait until a child of ours is stopped, and leave its end to whoever waits for that."""
    seen = os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT | os.WEXITED)
    assert seen is not None
    assert seen.si_code == os.CLD_STOPPED, "it ended before its moment came"


async def taken_over(desk: Desk, spec: Path) -> Done:
    """Apply until the hold of the stopped one has expired; return what the go that took over said."""
    while (done := await desk.run("apply", spec, "--yes")).code == 6:
        assert "is being worked on by execution" in done.err
    return done


async def at_work(desk: Desk, spec: Path) -> Command:
    """Apply until the hold of the stopped one has expired; return the command that took over and works."""
    while True:
        command = await desk.start("apply", spec, "--yes")
        ended = asyncio.create_task(command.process.wait())
        works = asyncio.create_task(desk.has_accepted(3))
        done, _ = await asyncio.wait({ended, works}, return_when=asyncio.FIRST_COMPLETED)
        if works in done:
            ended.cancel()
            return command
        works.cancel()
        assert ended.result() == 6


MOMENTS = [
    "before Claimed 1",
    "after Claimed 1",
    "before send 2",
    "after send 2",
    "before Settled 2",
]


async def test_a_process_that_slept_while_another_took_over_sends_nothing_more_and_says_why(
    working_folder: Path,
) -> None:
    turns = asyncio.Semaphore(AT_ONCE)
    places = [working_folder / str(number) for number, _ in enumerate(MOMENTS)]
    for place in places:
        place.mkdir()
    async with asyncio.TaskGroup() as group:
        for place, at in zip(places, MOMENTS, strict=True):
            group.create_task(slept(place, at, turns=turns))


async def slept(folder: Path, moment: str, *, turns: asyncio.Semaphore) -> None:
    async with turns, opened_desk(folder, sandboxes=TWO_FLOWS, behaviour=LAGGING) as desk:
        spec = desk.spec(**SHORT)
        sleeper = await stopped_at(desk, moment, spec)
        try:
            done = await taken_over(desk, spec)
            assert done.code == 0, done.said
            posts, written = desk.posts, reports(desk)
        finally:
            sleeper.send(signal.SIGCONT)
        woken = await sleeper.done()
        assert woken.code == 6, f"stopped {moment}: {woken.said}"
        assert SLEPT in woken.err
        assert (desk.posts, reports(desk), states(desk)) == (posts, written, ["finished"])
        await nothing_twice_and_nothing_lost(desk, runs=RUNS)
        again = await desk.run("apply", spec, "--yes")
        assert again.code == 0, again.said
        assert desk.posts == posts


async def test_a_process_that_wakes_while_the_other_still_works_does_not_disturb_it(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder, sandboxes=[sandbox("prod", flows=4, failed=6)]) as desk:
        spec = desk.spec(**{**SLOW, "limits": {"max_per_second": 15, "max_at_once": 4}})
        sleeper = await stopped_at(desk, "before Claimed 1", spec)
        other = asyncio.create_task(taken_over(desk, spec))
        try:
            await desk.has_accepted(3)
        finally:
            sleeper.send(signal.SIGCONT)
        woken = await sleeper.done()
        assert woken.code == 6, woken.said
        assert SLEPT in woken.err
        done = await other
        assert done.code == 0, done.said
        await nothing_twice_and_nothing_lost(desk, runs=24)
        assert {desk.asked_for(run) for run in desk.accepted} == {1}
        assert states(desk) == ["finished"]


async def test_one_that_slept_right_after_it_began_leaves_its_execution_to_whoever_went_on_with_it(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder, sandboxes=[sandbox("prod", flows=4, failed=6)]) as desk:
        spec = desk.spec(**{**SLOW, "limits": {"max_per_second": 15, "max_at_once": 4}})
        sleeper = await stopped_at(desk, "after begin 1", spec)
        other = await at_work(desk, spec)
        sleeper.send(signal.SIGCONT)
        woken = await sleeper.done()
        assert woken.code == 6, woken.said
        assert states(desk) == ["running"]
        await kill(other)
        await finished(desk, spec)
        await nothing_twice_and_nothing_lost(desk, runs=24)
        assert states(desk) == ["finished"]


async def test_one_that_slept_right_after_it_began_does_not_go_on_where_another_died(
    working_folder: Path,
) -> None:
    async with opened_desk(working_folder, sandboxes=TWO_FLOWS, behaviour=LAGGING) as desk:
        spec = desk.spec(**SHORT)
        sleeper = await stopped_at(desk, "after begin 1", spec)
        code = code_of("after send 3")
        while (done := await desk.run("apply", spec, "--yes", code=code)).code == 6:
            pass
        assert done.code == -signal.SIGKILL, done.said
        sleeper.send(signal.SIGCONT)
        woken = await sleeper.done()
        assert woken.code == 6, woken.said
        assert SLEPT in woken.err
        await finished(desk, spec)
        await nothing_twice_and_nothing_lost(desk, runs=RUNS)


def told(desk: Desk, execution: str) -> set[tuple[str, str]]:
    """Return the outcomes and reasons (their first word) that an execution's results name."""
    path = desk.folder / "reports" / execution / "results.json"
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
    return {(row["outcome"], row["reason"].split(":")[0]) for row in rows}


def reports(desk: Desk) -> dict[str, bytes]:
    """Return every report of every execution, as bytes."""
    folder = desk.folder / "reports"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
