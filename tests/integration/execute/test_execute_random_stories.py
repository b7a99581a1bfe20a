"""Random plans, random answers, random interruptions: what must always hold."""

import asyncio
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from runner.model.answer import Accepted, Passing, Refused, Scope, TryAgain, Uncertain
from runner.model.spec import Limits, StopRules
from runner.model.words import SandboxName
from tests.integration.execute.harness import (
    Shape,
    Stage,
    accepted,
    busy,
    no_answer,
    plan_of,
    refused,
    still_open,
    taken_without_answer,
)

SHAPES = st.dictionaries(
    st.sampled_from(["prod", "stage"]),
    st.dictionaries(st.sampled_from("ABCDE"), st.integers(1, 4), min_size=1, max_size=4),
    min_size=1,
).map(lambda shape: {s: {f"{s[0]}{f}": n for f, n in flows.items()} for s, flows in shape.items()})

ANSWERS = st.one_of(
    st.just("accepted"),
    st.just("accepted"),
    st.sampled_from([Scope.RUN, Scope.FLOW, Scope.SANDBOX]).map(refused),
    st.builds(busy, st.sampled_from(Passing), wait_seconds=st.sampled_from([None, 1.0, 40.0])),
    st.just(no_answer()),
    st.just(taken_without_answer()),
)
LIMITS = st.builds(
    Limits,
    max_per_second=st.sampled_from([None, 1.0, 7.0, 200.0]),
    max_at_once=st.sampled_from([1, 2, 8]),
)
RULES = st.sampled_from(
    [
        StopRules(failed=None, failed_percent=None, consecutive=None),
        StopRules(failed=3, failed_percent=None, consecutive=None),
        StopRules(failed=None, failed_percent=None, consecutive=2),
    ]
)


@st.composite
def stories(draw: st.DrawFn) -> tuple[Shape, dict[str, list[object]], list[tuple[int, bool]]]:
    """A plan; what each run is answered in turn; after how many requests somebody interrupts, and how rudely."""
    shape = draw(SHAPES)
    runs = [run.found.run_id for run in plan_of(shape)]
    script: dict[str, list[object]] = {
        run: [accepted(run) if answer == "accepted" else answer for answer in answers]
        for run in runs
        if (answers := draw(st.lists(ANSWERS, max_size=4)))
    }
    return shape, script, draw(st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=3))


@settings(max_examples=40, deadline=None)
@given(
    story=stories(),
    limits=LIMITS,
    rules=RULES,
    skips=st.sets(st.sampled_from([f"{s}{f}-{n}" for s in "ps" for f in "AB" for n in (1, 2)])),
    chance=st.sampled_from([0.0, 0.5, 1.0]),
    decides=st.booleans(),
    blind=st.sets(st.sampled_from([f"{s}{f}-{n}" for s in "ps" for f in "ABC" for n in (1, 2)])),
)
def test_whatever_happens_no_run_is_accepted_twice_and_none_is_lost(
    *,
    story: tuple[
        Shape, dict[str, list[Accepted | Refused | TryAgain | Uncertain]], list[tuple[int, bool]]
    ],
    limits: Limits,
    rules: StopRules,
    skips: set[str],
    chance: float,
    decides: bool,
    blind: set[str],
) -> None:
    shape, script, interruptions = story
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder), limits=limits, stop_when=rules, chance=chance)
        stage.sandbox_limits = {SandboxName("stage"): Limits(max_at_once=1)}
        stage.platform.script = {run: list(answers) for run, answers in script.items()}
        stage.platform.looks = {run: ["changed_since_plan: moved"] for run in skips}
        stage.decides = decides
        stage.looker.truth = stage.platform.accepted
        stage.looker.script = {run: [still_open(final=True)] for run in blind}
        stage.begin(shape)
        asyncio.run(_play(stage, interruptions))
        stage.journal.close()


async def _play(stage: Stage, interruptions: list[tuple[int, bool]]) -> None:
    settled: dict[str, object] = {}
    for patience, rudely in interruptions:
        working = stage.coordinator()
        working.start()
        enough = len(stage.platform.calls) + patience
        await working.until(lambda enough=enough: len(stage.platform.calls) >= enough)  # type: ignore[misc]
        working.coordinator.interrupt(because="enough")
        in_doubt = set(stage.platform.open) if rudely else set()
        if rudely:
            working.coordinator.abort()
        await working.to_the_end()
        assert {run for run, state in stage.standings().items() if state == "asked"} == in_doubt
        assert stage.resume() == len(in_doubt)
        settled = _check(stage, before=settled)
    ended = await stage.work()
    assert ended.failure is None
    settled = _check(stage, before=settled)
    stage.comes_to_rest()
    _check_the_end(stage, stopped=bool(ended.stopped_by_rule))


def _check(stage: Stage, *, before: dict[str, object]) -> dict[str, object]:
    """What holds whenever nobody works; return what is settled by now."""
    platform = stage.platform
    assert max(Counter(platform.accepted).values(), default=1) == 1
    rows = stage.rows()
    standings = stage.standings()
    assert set(standings.values()) <= {"planned", "settled", "unresolved"}
    for run, row in before.items():
        assert rows[run] == row  # what is settled never changes
    for run, row in rows.items():
        if row.outcome == "retriggered":
            assert platform.accepted.count(run) == 1
        if row.outcome != "unresolved" and run in platform.accepted:
            assert row.outcome == "retriggered"
        assert platform.asked.count(run) - platform.throttled[run] == row.attempts
    return {run: rows[run] for run, state in standings.items() if state == "settled"}


def _check_the_end(stage: Stage, *, stopped: bool) -> None:
    rows = stage.rows()
    assert sum(tally.count for tally in stage.journal.tallies(stage.settings().execution_id)) == (
        len(rows)
    )
    blocked = {row.flow_id for row in rows.values() if row.outcome == "unresolved"}
    for run, row in rows.items():
        assert row.outcome
        if row.outcome == "not_attempted" and not stopped:
            # Only a blocked flow or a refusal of more than a run leaves anything.
            assert row.flow_id in blocked or row.reason.startswith("refused for its")
        if row.outcome == "unresolved":
            assert not _asked_after(stage, run, row.flow_id)
    _check_order(stage)


def _asked_after(stage: Stage, run: str, flow: str) -> bool:
    """Whether anything else of its flow was asked for after a run was asked for the last time."""
    backwards = stage.platform.asked[::-1]
    after = backwards[: backwards.index(run)]
    return any(other.startswith(f"{flow}-") for other in after)


def _check_order(stage: Stage) -> None:
    """First asks of a flow's runs come in lane order."""
    firsts = list(dict.fromkeys(stage.platform.asked))
    for flow in {run.rpartition("-")[0] for run in firsts}:
        numbers = [int(run.rpartition("-")[2]) for run in firsts if run.startswith(f"{flow}-")]
        assert numbers == sorted(numbers)
