"""Every fault at the reads by which an unanswered request is looked into: the old run, and its flow's newest runs.

The first request of four is accepted or lost without an answer; then the looking itself is struck. Whatever it meets,
the run is found or asked for again once, or stays unresolved until the same command can look again.
"""

from pathlib import Path

import pytest

from tests.faults.hall import RUNS, Hall, opened_hall
from tests.faults.test_fault_matrix_connections import behind_a_front
from tests.faults.test_fault_matrix_reads import (
    CREDENTIALS,
    HUGE,
    LASTING,
    PASSING,
    TOKEN,
    TRANSIENT_403,
    Fault,
    table,
)

# The runs' listings one to four: the selection, the sources, the verification, the look for other hands.
OLD_RUN, NEWEST_RUNS = 5, 6
ACCEPTED = {"match": {"call": "retrigger"}, "when": {"nth": 1}, "do": "commit_then_drop"}
LOST = {"match": {"call": "retrigger"}, "when": {"nth": 1}, "do": "drop_before_commit"}


def reads(fault: Fault, *nth: int) -> dict[str, object]:
    return {"match": {"call": "runs"}, "when": {"nth": list(nth)}, "do": fault}


def settled(hall: Hall, *, posts: int) -> None:
    hall.agree()
    (stood,) = hall.executions()
    assert (stood.execution.state, stood.outcomes) == ("finished", {"retriggered": RUNS})
    assert (hall.asked("retrigger"), len(hall.accepted)) == (posts, RUNS)


@table(PASSING, HUGE, TOKEN, TRANSIENT_403)
async def test_a_look_that_a_passing_fault_meets_is_repeated_and_finds_the_run(
    folder: Path, fault: Fault
) -> None:
    # Both reads of the look are struck once, and repeated.
    faults = [ACCEPTED, reads(fault, OLD_RUN, OLD_RUN + 2)]
    async with opened_hall(folder, faults=faults) as hall:
        assert await hall.apply() == 0, hall.said
        settled(hall, posts=RUNS)
        assert hall.executions()[0].rows[0].evidence == "our_client"


@table({name: PASSING[name] for name in ("reset after", "cut body", "502 in HTML", "429")})
async def test_absence_is_believed_only_of_looks_that_were_answered(
    folder: Path, fault: Fault
) -> None:
    faults = [LOST, reads(fault, *range(OLD_RUN, 40, 2))]
    async with opened_hall(folder, faults=faults) as hall:
        assert await hall.apply() == 0, hall.said
        settled(hall, posts=RUNS + 1)


REFUSALS = {**LASTING, **CREDENTIALS}
FEW_REFUSALS = ("400", "redirect", "403 of the gateway")


@pytest.mark.parametrize(
    ("asked", "nth", "fault"),
    [
        *(pytest.param(ACCEPTED, OLD_RUN, fault, id=name) for name, fault in REFUSALS.items()),
        *(
            pytest.param(asked, nth, REFUSALS[name], id=f"{name}, {which}")
            for asked, nth, which in (
                (ACCEPTED, NEWEST_RUNS, "newest runs"),
                (LOST, OLD_RUN, "lost"),
                (LOST, NEWEST_RUNS, "lost, newest runs"),
            )
            for name in FEW_REFUSALS
        ),
    ],
)
async def test_a_refused_look_is_followed_by_another_and_lasting_refusals_leave_the_run_unresolved(
    folder: Path, asked: dict[str, object], nth: int, fault: Fault
) -> None:
    once, lasting = reads(fault, nth), reads(fault, *range(nth, nth + 12))
    async with opened_hall(folder, faults=[asked, once]) as hall:
        code = await hall.apply()
        hall.agree()
        assert code in (0, 7), hall.said
        if code == 7:  # the credentials themselves are refused, for every sandbox
            assert fault in CREDENTIALS.values()
        await hall.healed()
        assert hall.asked("retrigger") == RUNS + (asked is LOST)
    async with opened_hall(folder, faults=[asked, lasting]) as hall:
        hall.journal = "lasting"
        code = await hall.apply()
        hall.agree()
        assert code in (4, 7), hall.said
        (stood,) = hall.executions()
        assert stood.rows[0].outcome == "unresolved"
        await hall.healed()
        assert hall.asked("retrigger") == RUNS + (asked is LOST)


@pytest.mark.parametrize("fault", ["missing_page", "duplicate_page", "expired_continuation_token"])
@pytest.mark.parametrize("first", [8, 10, 12, 14, 16])
async def test_whichever_page_goes_wrong_nothing_is_asked_for_twice(
    folder: Path, fault: str, first: int
) -> None:
    faults = [ACCEPTED, reads(fault, first, first + 1)]
    pages = {"largest_page": 1}
    async with opened_hall(folder, faults=faults, behaviour=pages) as hall:
        await hall.apply()
        hall.agree()
        await hall.healed()
        assert hall.asked("retrigger") == RUNS


def at_a_look(kind: str, place: int) -> bool:
    """Strike the first request, and then both reads of the look once."""
    return (kind, place) in {("retrigger", 1), ("runs", OLD_RUN), ("runs", OLD_RUN + 2)}


@pytest.mark.parametrize(
    ("befalls", "keeps_alive"),
    [
        ("reset after", True),
        ("close after", True),
        ("close after", False),
        ("half a head", True),
        ("half a body", True),
        ("silence", True),
    ],
)
async def test_a_look_whose_connection_breaks_is_repeated(
    folder: Path, befalls: str, *, keeps_alive: bool
) -> None:
    async with behind_a_front(
        folder, strikes=at_a_look, befalls=befalls, keeps_alive=keeps_alive
    ) as (hall, _):
        assert await hall.apply() == 0, hall.said
        settled(hall, posts=RUNS)
