"""What one journal cannot prevent is told: runs that were re-triggered elsewhere too, each with the other new run."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from runner.app.findings import Decisions
from runner.app.reconciling import reconcile
from runner.app.status import status
from runner.errors import PlatformUnreachable
from runner.execute import Beside, Hands
from tests.faults.hall import RUNS, Ear, Hall, opened_hall

NOTHING_FOUND_OUT = Decisions(adopt={}, absent=frozenset())
QUICK = {"wait": {"timeout": "1s", "poll_every": "50ms"}}


def desks(hall: Hall) -> tuple[Hall, Hall]:
    """Two people in two folders, each with a journal of their own."""
    for name in ("mine", "theirs"):
        (hall.folder / name).mkdir()
    mine = replace(hall, folder=hall.folder / "mine", ear=Ear())
    return mine, replace(hall, folder=hall.folder / "theirs", ear=Ear())


def flows(takes: str, **fate: object) -> dict[str, object]:
    """Three flows with three failed runs each, whose new runs take so long."""
    retrigger = {"takes": takes, "recovers": 100, **fate}
    three = [{"name": f"S3 {n}", "runs": {"failed": 3}, "retrigger": retrigger} for n in range(3)]
    return {"sandboxes": [{"name": "prod", "flows": three}]}


def new_runs(hall: Hall) -> dict[str, list[str]]:
    """By the platform's own book: each old run with all the new ones that were made from it."""
    made: dict[str, list[str]] = {}
    for line in hall.served.platform.ledger.accepted:
        made.setdefault(line.old_run, []).append(line.new_run)
    return made


def told(hall: Hall) -> dict[str, str]:
    """By the journal: each old run that is told to be re-triggered elsewhere too, and the other new run."""
    return {r.old_run_id: r.duplicated_by for r in hall.executions()[0].rows if r.duplicated_by}


def true(hall: Hall) -> dict[str, str]:
    """What there is to tell, by the platform's own book."""
    rows = [row for row in hall.executions()[0].rows if row.new_run_id]
    others = {
        row.old_run_id: [one for one in new_runs(hall)[row.old_run_id] if one != row.new_run_id]
        for row in rows
    }
    return {old: ", ".join(some) for old, some in others.items() if some}


async def reconciled(hall: Hall) -> int:
    return await reconcile(None, NOTHING_FOUND_OUT, house=hall.house())


def events(hall: Hall) -> Counter[str]:
    return Counter(json.loads(line)["event"] for line in hall.executions()[0].events)


def all_at_the_same_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each look come before anything that the other made: what two looks at the same moment show."""

    async def nothing_yet(*_: object) -> dict[str, str]:
        return {}

    monkeypatch.setattr(Hands, "reasons", nothing_yet)


@pytest.mark.parametrize(
    ("takes", "behaviour", "waits"),
    [
        ("30s", {}, False),
        ("0s", {}, False),
        ("30s", {"windows": "params", "made_by": "connectors"}, False),
        ("30s", {"windows": "none", "links": "parent"}, False),
        ("1s", {"made_by": "connectors"}, True),
    ],
    ids=["by maker", "by window", "by window at once", "by link", "while watching"],
)
async def test_two_at_once_both_tell_what_was_re_triggered_twice(
    folder: Path,
    takes: str,
    behaviour: Mapping[str, object],
    *,
    waits: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    all_at_the_same_moment(monkeypatch)
    async with opened_hall(folder, **flows(takes), behaviour=behaviour) as hall:
        both = desks(hall)
        wait = {**QUICK["wait"], "for_recovery": waits, "timeout": "10s" if waits else "1s"}
        codes = await asyncio.gather(*(one.apply(wait=wait) for one in both))
        assert [len(made) for made in new_runs(hall).values()] == [2] * 9
        # Whoever ended first may have seen nothing of the other's last runs yet; reconcile does.
        assert 1 in codes
        hall.served.advance(60)
        for one in both:
            assert await reconciled(one) == 1, one.said
            assert told(one) == true(one)
            assert len(told(one)) == 9
            assert one.executions()[0].execution.exit_code == 1
            one.ear.said.clear()
            assert status(None, house=one.house()) == 0
            assert all(run in one.said for run in told(one).values())


async def test_where_nothing_can_be_told_nobody_is_accused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_at_the_same_moment(monkeypatch)
    behaviour = {"windows": "none", "links": "none", "made_by": "connectors"}
    async with opened_hall(folder, **flows("0s"), behaviour=behaviour) as hall:
        both = desks(hall)
        assert await asyncio.gather(*(one.apply(**QUICK) for one in both)) == [0, 0]
        hall.served.advance(60)
        assert [await reconciled(one) for one in both] == [0, 0]


@pytest.mark.parametrize("windows", ["activities", "params", "none"])
async def test_a_flows_own_schedule_is_never_accused(folder: Path, windows: str) -> None:
    flow = {"name": "S3 0", "runs": {"failed": RUNS}, "schedule": {"every": "5s"}}
    scene = [{"name": "prod", "flows": [{**flow, "retrigger": {"takes": "1s", "recovers": 100}}]}]
    async with opened_hall(folder, sandboxes=scene, behaviour={"windows": windows}) as hall:
        assert await hall.apply(**QUICK) == 0, hall.said
        for _ in range(3):
            hall.served.advance(15)
            assert await reconciled(hall) == 0, hall.said
        assert told(hall) == {}


@pytest.mark.parametrize(
    ("fate", "twice"),
    [
        ({}, True),
        ({"recovers": 0, "fails_again": 100}, False),
        ({"recovers": 0, "empty": 100}, False),
    ],
    ids=["had succeeded", "had failed again", "had brought nothing"],
)
async def test_a_later_re_trigger_of_what_had_ended_counts_only_where_data_had_been_loaded(
    folder: Path, fate: dict[str, object], *, twice: bool
) -> None:
    async with opened_hall(folder, **flows("1s", **fate)) as hall:
        mine, theirs = desks(hall)
        assert await mine.apply(**QUICK) == 0, mine.said
        old = min(new_runs(hall))
        hall.served.advance(30)
        assert await reconciled(mine) == (0 if twice else 1), mine.said
        chosen = [{"name": "prod", "runs": [old]}]
        assert await theirs.apply(again=True, sandboxes=chosen, **QUICK) == 0, theirs.said
        hall.served.advance(30)

        assert await reconciled(mine) == 1, mine.said
        assert told(mine) == ({old: new_runs(hall)[old][1]} if twice else {})
        # Theirs came later: what was there before is no news to whoever said --again.
        assert await reconciled(theirs) == (0 if twice else 1), theirs.said
        assert told(theirs) == {}


async def test_what_is_only_visible_late_is_noticed_by_reconcile(folder: Path) -> None:
    behaviour = {"visibility_lag": "40s"}
    async with opened_hall(folder, **flows("0s"), behaviour=behaviour) as hall:
        both = desks(hall)
        assert await asyncio.gather(*(one.apply(**QUICK) for one in both)) == [0, 0]
        hall.served.advance(60)
        for one in both:
            assert await reconciled(one) == 1, one.said
            assert told(one) == true(one)
            assert len(told(one)) == 9


async def test_what_only_its_maker_told_of_is_taken_back_when_its_data_are_others(
    folder: Path,
) -> None:
    async with opened_hall(folder, **flows("30s")) as hall:
        mine, theirs = desks(hall)
        one, other, *_ = _flow_of(hall)
        assert await mine.apply(sandboxes=[{"name": "prod", "runs": [one]}], **QUICK) == 0, (
            mine.said
        )
        chosen = [{"name": "prod", "runs": [other]}]
        assert await theirs.apply(again=True, sandboxes=chosen, **QUICK) == 0, theirs.said

        assert await reconciled(mine) == 1
        assert told(mine) == {one: new_runs(hall)[other][0]}
        hall.served.advance(60)
        assert await reconciled(mine) == 0, mine.said
        assert told(mine) == {}
        assert "not re-triggered elsewhere after all" in mine.said
        assert events(mine)["duplicated"] == events(mine)["not_duplicated"] == 1


def _flow_of(hall: Hall) -> list[str]:
    """The failed runs of one flow."""
    world = hall.served.platform.world
    return [world.runs.id_of(number) for number in world.flows[0].runs()]


async def test_whoever_said_again_knows_of_what_was_there_before(folder: Path) -> None:
    async with opened_hall(folder, **flows("0s")) as hall:
        mine, theirs = desks(hall)
        assert await theirs.apply(**QUICK) == 0, theirs.said
        assert await mine.apply(again=True, **QUICK) == 0, mine.said
        assert await reconciled(mine) == 0, mine.said
        assert told(mine) == {}
        # But the other one is told.
        assert await reconciled(theirs) == 1
        assert told(theirs) == true(theirs)


async def test_a_look_goes_on_from_what_was_listed_already(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened_hall(folder, **flows("0s")) as hall:
        mine, _ = desks(hall)
        counts: list[int] = []
        look = Beside.look

        async def counted(self: Beside) -> object:
            before = hall.asked("runs")
            found = await look(self)
            counts.append(hall.asked("runs") - before)
            return found

        monkeypatch.setattr(Beside, "look", counted)
        assert await mine.apply(**QUICK) == 0, mine.said
        assert await reconciled(mine) == 0, mine.said
        assert counts == [1, 1]


async def test_where_it_cannot_be_looked_that_is_said_and_nothing_else_changes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_: Beside) -> object:
        raise PlatformUnreachable("the platform does not answer.")

    monkeypatch.setattr(Beside, "look", fails)
    async with opened_hall(folder, **flows("0s")) as hall:
        assert await hall.apply(**QUICK) == 0, hall.said
    assert (
        "it is not known whether runs were re-triggered elsewhere too: the platform does not"
        in hall.said
    )
    assert "`retrigger reconcile " in hall.said
