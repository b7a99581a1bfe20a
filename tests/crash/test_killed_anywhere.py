"""The real command, killed at any moment: the next one goes on, nothing is asked for twice, nothing is lost.

On this platform a second request for a run makes a second new run, so every duplicate would be seen in its book.
"""

import asyncio
from collections.abc import Coroutine, Iterator
from pathlib import Path
from random import Random

from tests.acceptance.desk import fault, opened_desk, sandbox
from tests.crash.going_on import (
    LAGGING,
    SHORT,
    executions,
    finished,
    kill,
    killed_at,
    nothing_twice_and_nothing_lost,
    states,
)

AT_ONCE = 5
"""How many stories are told side by side: most of each is waiting."""

BEGINNING = ["before begin 1", "in begin 1", "after begin 1", "after take_leases 1"]
ASKING = [
    "in Claimed 1",
    "after Claimed 1",
    "after Claimed 2",
    "before send 4",
    "after send 1",
    "after send 5",
    "in Settled 1",
    "after Settled 2",
]
ENDING = ["in Stopped 1", "after Stopped 1", "in results.csv 1", "before drop_leases 1"]
GOING_ON = ["in resume 1", "after resume 1", "in Settled 1", "after Settled 1", "after send 1"]
FLOWS, RUNS = 3, 6


async def all_told(stories: Iterator[Coroutine[None, None, None]]) -> None:
    """Tell stories side by side; where one fails the others end with it, their processes too."""
    async with asyncio.TaskGroup() as group:
        for story in stories:
            group.create_task(story)


async def test_killed_before_it_asked_for_anything_it_begins_or_goes_on(
    working_folder: Path,
) -> None:
    await all_told(stories(working_folder, [[moment] for moment in BEGINNING]))


async def test_killed_while_it_asks_it_finds_out_what_became_of_what_it_asked_for(
    working_folder: Path,
) -> None:
    await all_told(stories(working_folder, [[moment] for moment in ASKING]))


async def test_killed_while_it_ends_its_reports_can_be_written_again(working_folder: Path) -> None:
    await all_told(stories(working_folder, [[moment] for moment in ENDING]))


async def test_killed_again_while_it_goes_on_it_goes_on_once_more(working_folder: Path) -> None:
    await all_told(stories(working_folder, [["after send 2", moment] for moment in GOING_ON]))


async def test_killed_between_a_request_and_its_answer_it_adopts_what_the_platform_made_of_it(
    working_folder: Path,
) -> None:
    # The platform acts at once on two of them and answers late; on the third it acts when nobody waits any more.
    faults = [
        fault({"answer_late": {"seconds": 20}}, nth=[4, 5]),
        fault({"drop_then_commit": {"seconds": 0.3}}, nth=[3]),
    ]
    scenario = {"sandboxes": [sandbox("prod", flows=4, failed=3)], "behaviour": LAGGING}
    async with opened_desk(working_folder, faults=faults, **scenario) as desk:
        spec = desk.spec(**SHORT)
        command = await desk.start("apply", spec, "--yes")
        await desk.has_accepted(4)
        await kill(command)
        await finished(desk, spec)
        await nothing_twice_and_nothing_lost(desk, runs=12)
        assert {row["evidence"] for row in desk.rows} > {"response"}
        assert {desk.asked_for(run) for run in desk.accepted} == {1}
        assert states(desk) == ["finished"]


async def test_killed_six_times_at_random_moments_it_ends_as_if_nothing_had_been(
    working_folder: Path,
) -> None:
    chance = Random(2041)  # chance that can be repeated
    faults = [fault({"answer_late": {"seconds": 0.04}})]
    scenario = {"sandboxes": [sandbox("prod", flows=10, failed=5)], "behaviour": LAGGING}
    async with opened_desk(working_folder, faults=faults, **scenario) as desk:
        spec = desk.spec(**SHORT)
        await killed_at(desk, "after begin 1", "apply", spec, "--yes")
        for _ in range(5):
            if chance.random() < 0.5:
                await killed_at(desk, chance.choice(ASKING + GOING_ON), "apply", spec, "--yes")
                continue
            command = await desk.start("apply", spec, "--yes")
            await desk.has_accepted(len(desk.accepted) + chance.randint(1, 5))
            await kill(command)
        assert len(desk.accepted) < 50
        await finished(desk, spec)
        await nothing_twice_and_nothing_lost(desk, runs=50)
        assert states(desk) == ["finished"]
        assert len(executions(desk)) == 1


def stories(folder: Path, kills: list[list[str]]) -> Iterator[Coroutine[None, None, None]]:
    """Return a story for each list of kills."""
    turns = asyncio.Semaphore(AT_ONCE)
    for number, moments in enumerate(kills):
        place = folder / f"story-{number}"
        place.mkdir()
        yield told(place, moments, turns=turns)


async def told(folder: Path, moments: list[str], *, turns: asyncio.Semaphore) -> None:
    async with (
        turns,
        opened_desk(
            folder,
            sandboxes=[sandbox("prod", flows=FLOWS, failed=RUNS // FLOWS)],
            behaviour=LAGGING,
        ) as desk,
    ):
        spec = desk.spec(**SHORT)
        try:
            for moment in moments:
                await killed_at(desk, moment, "apply", spec, "--yes")
            await finished(desk, spec)
            await nothing_twice_and_nothing_lost(desk, runs=RUNS)
            assert states(desk) == ["finished"]
        except AssertionError as failure:
            failure.add_note(f"killed {', then '.join(moments)}")
            raise
