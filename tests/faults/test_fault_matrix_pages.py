"""Listings whose pages repeat, go missing, go round or expire: nothing is asked for twice, and nothing silently lost
that could be noticed. A page that the platform leaves out, with a good link to the one after it, cannot be noticed.
"""

from pathlib import Path

import pytest

from tests.faults.hall import Hall, opened_hall

MANY = 20
PAGES = {"largest_page": 3}
SANDBOXES = [{"name": "prod", "flows": [{"name": "S3 0", "runs": {"failed": MANY}}]}]


def at(fault: str, *nth: int, call: str = "runs") -> dict[str, object]:
    return {"match": {"call": call}, "when": {"nth": list(nth)} if nth else {}, "do": fault}


def all_is_done(hall: Hall) -> None:
    hall.agree()
    (stood,) = hall.executions()
    assert (stood.execution.state, stood.outcomes) == ("finished", {"retriggered": MANY})
    assert (hall.asked("retrigger"), len(hall.accepted)) == (MANY, MANY)


@pytest.mark.parametrize("paging", ["stable", "shifting"])
@pytest.mark.parametrize("next_link", ["path", "query", "repeats_filters"])
@pytest.mark.parametrize("last_page", ["empty_links", "no_links"])
async def test_every_documented_way_of_paging_is_followed_to_its_end(
    folder: Path, paging: str, next_link: str, last_page: str
) -> None:
    behaviour = {**PAGES, "paging": paging, "next_link": next_link, "last_page": last_page}
    async with opened_hall(folder, sandboxes=SANDBOXES, behaviour=behaviour) as hall:
        assert await hall.apply() == 0, hall.said
        all_is_done(hall)


@pytest.mark.parametrize("nth", [1, 2, 4])
async def test_a_page_that_comes_twice_adds_nothing(folder: Path, nth: int) -> None:
    faults = [at("duplicate_page", nth)]
    async with opened_hall(folder, sandboxes=SANDBOXES, behaviour=PAGES, faults=faults) as hall:
        assert await hall.apply() == 0, hall.said
        all_is_done(hall)


async def test_pages_that_go_round_in_a_circle_give_what_they_showed_and_lose_nothing_for_good(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened_hall(
        folder, sandboxes=SANDBOXES, behaviour=PAGES, faults=[at("duplicate_page")]
    ) as hall:
        assert await hall.apply() == 0, hall.said
        assert "go round in a circle; what was listed before it is used" in caplog.text
        hall.agree()
        assert hall.executions()[0].outcomes == {"retriggered": 3}
        hall.heal()
        assert await hall.apply() == 0, hall.said
        hall.agree()
        assert hall.executions()[0].outcomes == {"retriggered": MANY - 3}
        assert (hall.asked("retrigger"), len(hall.accepted)) == (MANY, MANY)


@pytest.mark.parametrize("nth", [(2,), (3, 5), (2, 4, 6)], ids=str)
async def test_a_place_that_expired_is_found_again(folder: Path, nth: tuple[int, ...]) -> None:
    faults = [at("expired_continuation_token", *nth)]
    async with opened_hall(folder, sandboxes=SANDBOXES, behaviour=PAGES, faults=faults) as hall:
        assert await hall.apply() == 0, hall.said
        all_is_done(hall)


@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_a_page_left_out_is_not_noticed_and_its_runs_are_found_the_next_time(
    folder: Path, nth: int
) -> None:
    faults = [at("missing_page", nth)]
    async with opened_hall(folder, sandboxes=SANDBOXES, behaviour=PAGES, faults=faults) as hall:
        assert await hall.apply() == 0, hall.said
        hall.agree()
        # One page's runs are not in the plan. Nothing that the platform sent tells us.
        assert hall.executions()[0].outcomes == {"retriggered": MANY - 3}
        assert (hall.asked("retrigger"), len(hall.accepted)) == (MANY - 3, MANY - 3)
        hall.heal()
        assert await hall.apply() == 0, hall.said
        hall.agree()
        assert hall.executions()[0].outcomes == {"retriggered": 3}
        assert (hall.asked("retrigger"), len(hall.accepted)) == (MANY, MANY)


@pytest.mark.parametrize("fault", ["expired_continuation_token", "duplicate_page", "missing_page"])
async def test_pages_that_go_wrong_while_runs_are_verified_lose_nothing(
    folder: Path, fault: str
) -> None:
    # The first seven listings are the selection's.
    faults = [at(fault, *range(8, 12))]
    async with opened_hall(folder, sandboxes=SANDBOXES, behaviour=PAGES, faults=faults) as hall:
        await hall.apply()
        hall.agree()
        hall.heal()
        for _ in range(2):
            assert await hall.apply() == 0, hall.said
        hall.agree()
        assert (hall.asked("retrigger"), len(hall.accepted)) == (MANY, MANY)
