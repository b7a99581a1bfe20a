"""What others re-trigger between our plan and our apply is passed over, with their run's id, unless told otherwise."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.hall import CLIENT, RUNS, Hall, opened_hall

A_MINUTE = 60


def clicks(hall: Hall) -> dict[str, str]:
    """What colleagues re-triggered: old run and new one."""
    lines = hall.served.platform.ledger.accepted
    return {line.old_run: line.new_run for line in lines if line.client != CLIENT}


def skipped(hall: Hall) -> dict[str, str]:
    """Planned runs that were skipped, with their reasons."""
    return {
        r.old_run_id: r.reason
        for r in hall.executions()[0].rows
        if r.outcome == "skipped" and r.wave
    }


COLLEAGUE = {"colleagues": [{"after": "30s", "flow": "S3 0"}]}


async def test_a_colleagues_click_between_plan_and_apply_is_noticed_and_named(
    folder: Path,
) -> None:
    async with opened_hall(folder, **COLLEAGUE) as hall:
        plan = await hall.plan()
        hall.served.advance(A_MINUTE)
        ((old, new),) = clicks(hall).items()
        assert await hall.apply(plan) == 1, hall.said  # nobody knows whether theirs recovers
        hall.agree()
        assert skipped(hall) == {
            old: f"maybe_already_retriggered: run {new} has the same data window"
        }
        assert hall.executions()[0].outcomes == {"skipped": 1, "retriggered": RUNS - 1}
        assert hall.asked("retrigger") == RUNS - 1
        # Nor does a later execution take it up.
        assert await hall.apply() == 1, hall.said
        assert hall.asked("retrigger") == RUNS - 1


async def test_while_the_colleagues_run_is_under_way_its_whole_flow_is_passed_over(
    folder: Path,
) -> None:
    # Until a run has ended, nothing says which data it loads: it may be the run of either.
    flows = [
        {"name": f"S3 {number}", "runs": {"failed": 2}, "retrigger": {"takes": "1h"}}
        for number in range(2)
    ]
    sandboxes = [{"name": "prod", "flows": flows}]
    async with opened_hall(folder, sandboxes=sandboxes, **COLLEAGUE) as hall:
        plan = await hall.plan()
        hall.served.advance(A_MINUTE)
        ((old, new),) = clicks(hall).items()
        assert await hall.apply(plan) == 1, hall.said
        hall.agree()
        reasons = skipped(hall)
        assert old in reasons
        assert Counter(reasons.values()) == {
            f"maybe_already_retriggered: run {new} was made by exc_app": 2
        }
        assert hall.asked("retrigger") == 2


async def test_again_overrides_it(folder: Path) -> None:
    async with opened_hall(folder, **COLLEAGUE) as hall:
        plan = await hall.plan()
        hall.served.advance(A_MINUTE)
        (old,) = clicks(hall)
        assert await hall.apply(plan, again=True) == 0, hall.said
        hall.agree()
        assert hall.executions()[0].outcomes == {"retriggered": RUNS}
        assert old in hall.accepted  # a second time, as was asked for


@pytest.mark.parametrize("ended", [True, False], ids=["ended", "under way"])
async def test_what_another_journal_re_triggered_with_our_credentials_is_noticed(
    folder: Path, *, ended: bool
) -> None:
    async with opened_hall(folder) as mine:
        theirs = replace(mine, journal="theirs")
        plan = await mine.plan()
        assert await theirs.apply() == 0, theirs.said
        theirs.agree()
        made = theirs.accepted
        mine.served.advance(A_MINUTE if ended else 0)

        assert await mine.apply(plan) == 1, mine.said
        assert mine.executions()[0].outcomes == {"skipped": RUNS}
        assert mine.accepted == made  # nothing was sent
        reasons = skipped(mine)
        if ended:
            assert reasons == {
                old: f"maybe_already_retriggered: run {new} has the same data window"
                for old, new in made.items()
            }
        else:
            assert all(
                why.startswith("maybe_already_retriggered: run ")
                and why.endswith("was made by these credentials, and this journal does not know it")
                for why in reasons.values()
            )

        mine.journal = "third"
        assert await mine.apply(again=True) == 0, mine.said
        assert mine.executions()[0].outcomes == {"retriggered": RUNS}
        assert mine.asked("retrigger") == 2 * RUNS


async def test_a_flows_own_schedule_is_nobodys_hand(folder: Path) -> None:
    flows = [{"name": "S3 0", "runs": {"failed": RUNS}, "schedule": {"every": "5s"}}]
    sandboxes = [{"name": "prod", "flows": flows}]
    async with opened_hall(folder, sandboxes=sandboxes) as hall:
        plan = await hall.plan()
        hall.served.advance(A_MINUTE)
        assert await hall.apply(plan) == 0, hall.said
        hall.agree()
        assert hall.executions()[0].outcomes == {"retriggered": RUNS}
