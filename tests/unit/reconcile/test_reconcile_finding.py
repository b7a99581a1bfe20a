"""What a person says a request made: refused where it cannot be, and told apart from what cannot be seen."""

from collections.abc import Callable
from typing import Any

import pytest

from runner.model.doubt import OpenAsk
from runner.model.platform import Run
from runner.model.words import FlowId, RunId
from runner.reconcile import CannotTell, Plausible, Wrong, judge_finding
from tests.unit.reconcile.conftest import ASKED_MS

NEW = RunId("new")
MINUTE_MS = 60_000


@pytest.fixture
def judged(make_ask: Callable[..., OpenAsk]) -> Callable[..., Any]:
    def judge(
        run: Run | None, new: RunId = NEW, *, is_claimed: bool = False, offset_ms: int | None = 0
    ) -> Any:
        return judge_finding(
            make_ask(), new, run, is_claimed=is_claimed, server_offset_ms=offset_ms
        )

    return judge


Judge = Callable[..., Any]
MakeNew = Callable[..., Run]


def test_a_run_of_the_same_flow_from_after_the_request_is_plausible(
    judged: Judge, make_new: MakeNew
) -> None:
    assert judged(make_new()) == Plausible()
    assert judged(make_new(flow_id=FlowId("FLOW-1"))) == Plausible()


@pytest.mark.parametrize("old", ["old", "OLD"])
def test_the_old_run_itself_is_wrong(judged: Judge, make_new: MakeNew, old: str) -> None:
    assert judged(make_new(id=RunId(old)), RunId(old)) == Wrong(because="it is the old run itself")


@pytest.mark.parametrize("is_seen", [True, False])
def test_a_run_that_another_request_made_is_wrong_seen_or_not(
    *, judged: Judge, make_new: MakeNew, is_seen: bool
) -> None:
    assert judged(make_new() if is_seen else None, is_claimed=True) == Wrong(
        because="this journal knows it as the new run of another request"
    )


def test_a_run_of_another_flow_is_wrong(judged: Judge, make_new: MakeNew) -> None:
    assert judged(make_new(flow_id=FlowId("flow-2"))) == Wrong(
        because="it belongs to flow flow-2, and the old run to flow flow-1"
    )


def test_a_run_that_is_not_shown_cannot_be_told(judged: Judge) -> None:
    assert judged(None) == CannotTell(because="no such run is to be seen in sandbox prod")


@pytest.mark.parametrize("changes", [{"flow_id": FlowId("")}, {"created_at_ms": None}])
def test_what_the_platform_does_not_say_cannot_be_told(
    judged: Judge, make_new: MakeNew, changes: dict[str, Any]
) -> None:
    assert isinstance(judged(make_new(**changes)), CannotTell)


@pytest.mark.parametrize(
    ("after_ms", "finding"),
    [
        (-2_000, Plausible),  # a ``Date`` header has whole seconds
        (-2_001, CannotTell),  # two of the platform's clocks need not agree
        (-2_000 - 2 * MINUTE_MS, CannotTell),
        (-2_001 - 2 * MINUTE_MS, Wrong),
    ],
)
def test_a_run_from_before_the_request_is_wrong_once_no_clock_can_explain_it(
    judged: Judge, make_new: MakeNew, after_ms: int, finding: type
) -> None:
    assert isinstance(judged(make_new(created_at_ms=ASKED_MS + after_ms)), finding)


def test_the_platforms_clock_is_the_one_that_counts(judged: Judge, make_new: MakeNew) -> None:
    hour_ms = 60 * MINUTE_MS
    run = make_new(created_at_ms=ASKED_MS + 3_000)
    assert isinstance(judged(run, offset_ms=hour_ms), Wrong)
    assert judged(run, offset_ms=-hour_ms) == Plausible()
    assert judged(run, offset_ms=None) == Plausible()
