"""How an execution's end is told, by every way to it: apply, the same plan again, reconcile, status and the pages."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from runner.app.findings import Decisions
from runner.app.reconciling import reconcile
from runner.app.status import status
from runner.model.report import Execution
from tests.faults.hall import RUNS, Hall, opened_hall

PAGES = ("summary.md", "report.html")
REPORT = {"formats": ["markdown", "html"]}


def disable(hall: Hall) -> None:
    for flow in hall.served.platform.world.flows:
        flow.plan = replace(flow.plan, state="disabled")


def all_become(status: str) -> Callable[[Hall], None]:
    """Have every run stand so on the platform, as somebody changed it meanwhile."""

    def change(hall: Hall) -> None:
        runs = hall.served.platform.world.runs
        for number in range(len(runs)):
            runs.end[number] = runs.word_number(status)
            runs.touched_ms[number] = hall.served.clock.now_ms()

    return change


async def ends(hall: Hall, plan: Path, *, reconciles: bool) -> dict[str, tuple[int, str]]:
    """The exit code and the words of each way to an execution's end."""
    told: dict[str, tuple[int, str]] = {}
    for way in ("apply", "again"):
        hall.ear.said.clear()
        told[way] = (await hall.apply(plan), hall.said)
    if reconciles:
        hall.ear.said.clear()
        nothing = Decisions(adopt={}, absent=frozenset())
        told["reconcile"] = (await reconcile(None, nothing, house=hall.house()), hall.said)
    execution = hall.executions()[0].execution
    assert execution.exit_code is not None
    hall.ear.said.clear()
    status(None, house=hall.house())
    told["status"] = (execution.exit_code, hall.said)
    return told | {page: (execution.exit_code, page_of(execution, page)) for page in PAGES}


def page_of(execution: Execution, page: str) -> str:
    return Path(execution.reports_directory, page).read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)


@pytest.mark.parametrize(
    ("meanwhile", "code", "fragments"),
    [
        (disable, 1, ["flow_not_enabled: the flow is disabled", "Enable it, then apply"]),
        (all_become("inProgress"), 1, ["changed_since_plan: its status was failed and is inProg"]),
        (all_become("partialSuccess"), 1, ["its status was failed and is partialSuccess"]),
        (all_become("completed"), 1, ["its status was failed and is completed"]),
        (all_become("success"), 0, ["changed_since_plan: its status was failed and is success"]),
    ],
    ids=["disabled", "in progress", "partial", "completed", "recovered"],
)
async def test_what_was_skipped_when_its_turn_came_is_told_alike_by_every_way(
    folder: Path, meanwhile: Callable[[Hall], None], code: int, fragments: list[str]
) -> None:
    async with opened_hall(folder) as hall:
        plan = await hall.plan(report=REPORT)
        meanwhile(hall)

        told = await ends(hall, plan, reconciles=True)

        assert hall.asked("retrigger") == 0
        assert {way: one for way, (one, _) in told.items()} == dict.fromkeys(told, code)
        for way, (_, words) in told.items():
            assert all(fragment in words for fragment in fragments), (way, words)
        sums = f"0 of {RUNS} planned runs re-triggered, {RUNS} skipped."
        assert all(sums in told[way][1] for way in ("apply", "again", "reconcile", *PAGES))


async def test_that_accepted_is_not_recovered_is_told_by_every_way(folder: Path) -> None:
    async with opened_hall(folder) as hall:
        plan = await hall.plan(report=REPORT)

        told = await ends(hall, plan, reconciles=False)

        for way, (code, words) in told.items():
            assert code == 0
            assert f"{RUNS} accepted; recovery not watched: " in words, (way, words)
            assert "retrigger reconcile " in words
        for way in ("apply", "again", "status"):  # it works as it stands
            assert f" --journal {hall.house().journal_place}" in told[way][1]


async def test_refused_runs_and_their_flows_are_told_by_every_way(folder: Path) -> None:
    flows = [
        {"name": f"S3 {n:02}", "runs": {"failed": 1}, "refuse": {"code": "1387"}} for n in range(12)
    ]
    sandboxes = [{"name": "prod", "flows": flows}]
    async with opened_hall(folder, sandboxes=sandboxes) as hall:
        plan = await hall.plan(report=REPORT)

        told = await ends(hall, plan, reconciles=True)

        for way, (code, words) in told.items():
            assert code == 1
            assert "12 runs refused" in words, (way, words)
            assert "S3 09" in words
            assert "and 2 more flows" in words
            assert "1387" in words
