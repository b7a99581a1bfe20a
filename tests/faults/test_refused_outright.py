"""What no waiting helps is a wrong setting (2) as long as nothing was sent, and a 7 from then on."""

from pathlib import Path

from runner.app.findings import Decisions
from runner.app.reconciling import reconcile
from runner.errors import RetriggerError
from tests.faults.hall import RUNS, Hall, opened_hall

WRONG_KEY = {"status": {"status": 403, "body": "gateway", "code": "403003"}}


async def reconciled(hall: Hall) -> int:
    undecided = Decisions(adopt={}, absent=frozenset(), unverified=False)
    try:
        return await reconcile(None, undecided, house=hall.house())
    except RetriggerError as error:
        return error.exit_code


async def test_a_plan_that_is_applied_with_a_wrong_secret_can_be_applied_with_the_right_one(
    folder: Path,
) -> None:
    async with opened_hall(folder) as hall:
        plan = await hall.plan()
        right = hall.environment["AEP_CLIENT_SECRET"]
        hall.environment["AEP_CLIENT_SECRET"] = "planted-wr0ng"
        assert await hall.apply(plan) == 2, hall.said
        assert hall.asked("retrigger") == 0
        (stood,) = hall.executions()
        assert (stood.execution.state, stood.execution.exit_code) == ("interrupted", 2)
        assert "invalid_client" in stood.execution.stopped_because
        hall.environment["AEP_CLIENT_SECRET"] = right
        assert await hall.apply(plan) == 0, hall.said
        assert len(hall.accepted) == RUNS


async def test_a_sandbox_that_is_gone_when_its_plan_is_applied_is_no_outage(folder: Path) -> None:
    async with opened_hall(folder) as hall:
        plan = await hall.plan()
        del hall.served.platform.world.sandboxes["prod"]
        assert await hall.apply(plan) == 2, hall.said
        assert "FLOW-2100-404" in hall.executions()[0].execution.stopped_because
        assert hall.asked("retrigger") == 0


async def test_a_secret_that_is_taken_away_in_the_midst_is_not_told_as_nothing_sent(
    folder: Path,
) -> None:
    faults: list[object] = [
        {"match": {"call": "retrigger"}, "when": {"nth": 3}, "do": "token_revoked"},
        {"match": {"call": "token"}, "when": {"nth": list(range(2, 20))}, "do": WRONG_KEY},
    ]
    often = {"wait": {"poll_every": "50ms"}}
    async with opened_hall(folder, faults=faults) as hall:
        assert await hall.apply(**often) == 7, hall.said
        assert "403003" in hall.executions()[0].execution.stopped_because
        assert len(hall.accepted) == 2
        right = hall.environment["AEP_CLIENT_SECRET"]
        hall.environment["AEP_CLIENT_SECRET"] = "planted-wr0ng"
        assert await hall.apply(**often) == 7, hall.said  # it goes on with what was begun
        assert await reconciled(hall) == 7
        hall.environment["AEP_CLIENT_SECRET"] = right
        await hall.healed(**often)
