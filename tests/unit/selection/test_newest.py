"""A source is told to be probably broken when the newest run that is not chosen failed as the chosen ones did."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from runner.errors import PlatformRefused, PlatformUnreachable
from runner.model.outlook import BrokenSource, SourceLook
from runner.model.plan import PlannedLane
from runner.model.platform import Run, RunError, RunQuery
from runner.model.words import FlowId, RunId, SandboxName
from runner.selection import look_at_sources
from runner.selection.newest import FLOWS_AT_ONCE, MOST_FLOWS, MOST_PAGES

Make = Callable[..., Any]
PROD = SandboxName("prod")
CODE = "CONNECTOR-1001-500"


@dataclass
class FakePlatform:
    """Shows these pages to every listing; may refuse."""

    pages: Sequence[Sequence[Run]] = ()
    refusal: Exception | None = None
    listings: list[tuple[SandboxName, tuple[FlowId, ...]]] = field(default_factory=list)
    shown: int = 0

    async def list_runs(
        self, sandbox: SandboxName, query: RunQuery
    ) -> AsyncIterator[tuple[Run, ...]]:
        assert query == RunQuery(flow_ids=query.flow_ids)  # no filter that may hide a run
        self.listings.append((sandbox, query.flow_ids))
        if self.refusal:
            raise self.refusal
        for page in self.pages:
            self.shown += 1
            yield tuple(page)


def lane(flow: str = "flow-1", sandbox: SandboxName = PROD) -> PlannedLane:
    return PlannedLane(
        sandbox=sandbox, flow_id=FlowId(flow), flow_name="S3 orders", runs=1, seconds=None
    )


async def look(
    platform: FakePlatform,
    lanes: Sequence[PlannedLane],
    *,
    chosen: Collection[str] = (),
    code: str = CODE,
) -> SourceLook:
    async def chosen_of(_: SandboxName, ids: Sequence[RunId]) -> Collection[RunId]:
        return [run_id for run_id in ids if run_id in chosen]

    codes = {(each.sandbox, each.flow_id): {code} for each in lanes}
    return await look_at_sources(platform, lanes, codes=codes, chosen_of=chosen_of)


async def test_a_flow_whose_newest_run_failed_alike_is_named_with_that_run(run: Make) -> None:
    platform = FakePlatform(pages=[[run("new", created_at_ms=9), run("old")]])

    found = await look(platform, [lane()], chosen={"old"})

    assert found == SourceLook(
        broken=(
            BrokenSource(
                sandbox=PROD,
                flow_id=FlowId("flow-1"),
                flow_name="S3 orders",
                run_id=RunId("new"),
                error_code=CODE,
                created_at_ms=9,
            ),
        )
    )


OTHER = (RunError(code="133", message=""),)


@pytest.mark.parametrize(
    ("newest", "chosen"),
    [
        ({"status": "success", "errors": ()}, ()),
        ({"status": "partialSuccess"}, ()),
        ({"errors": OTHER}, ()),
        ({"errors": ()}, ()),
        ({"flow_id": FlowId("flow-2")}, ()),
        ({}, ("new",)),
    ],
    ids=["well", "partly well", "another error", "no error", "another flow", "chosen itself"],
)
async def test_nothing_is_said_of_a_flow_whose_newest_run_does_not_tell_it(
    run: Make, newest: dict[str, Any], chosen: Sequence[str]
) -> None:
    platform = FakePlatform(pages=[[run("new", **newest)]])

    assert (await look(platform, [lane()], chosen=chosen)).broken == ()


@pytest.mark.parametrize("status", ["inProgress", "queued", "scheduled", "surprise", ""])
async def test_a_run_that_has_not_ended_tells_nothing_and_the_one_before_it_does(
    run: Make, status: str
) -> None:
    platform = FakePlatform(pages=[[run("under-way", status=status), run("ended")]])

    (source,) = (await look(platform, [lane()])).broken

    assert source.run_id == "ended"


async def test_a_run_without_a_code_is_not_like_another_without_a_code(run: Make) -> None:
    platform = FakePlatform(pages=[[run("new", errors=())]])

    assert (await look(platform, [lane()], code="")).broken == ()


async def test_successes_seen_on_the_way_tell_how_long_a_flow_takes(run: Make) -> None:
    well = {"status": "success", "errors": ()}
    platform = FakePlatform(
        pages=[
            [
                run("a", started_at_ms=0, completed_at_ms=10_000, **well),
                run("b", started_at_ms=0, completed_at_ms=30_000, **well),
                run("c", started_at_ms=None, completed_at_ms=30_000, **well),
                run("d", started_at_ms=0, completed_at_ms=99_000),
            ]
        ]
    )

    found = await look(platform, [lane()])

    assert found.success_seconds == {(PROD, FlowId("flow-1")): 20.0}


async def test_looking_ends_when_every_flow_was_seen_and_after_two_pages_at_the_latest(
    run: Make,
) -> None:
    one, other = run("a"), run("b", flow_id=FlowId("flow-2"))
    seen = FakePlatform(pages=[[one, other], [], []])
    unseen = FakePlatform(pages=[[one]] * 9)

    await look(seen, [lane("flow-1"), lane("flow-2")])
    await look(unseen, [lane("flow-1"), lane("flow-2")])

    assert (seen.shown, unseen.shown) == (1, MOST_PAGES)


async def test_flows_go_many_to_a_listing_by_sandbox_and_too_many_are_left_out() -> None:
    stage = SandboxName("stage")
    lanes = [lane(f"p{n}") for n in range(FLOWS_AT_ONCE + 1)]
    lanes += [lane(f"s{n}", stage) for n in range(MOST_FLOWS)]
    platform = FakePlatform()

    found = await look(platform, lanes)

    asked = [(sandbox, len(flows)) for sandbox, flows in platform.listings]
    assert asked == [(PROD, 50), (PROD, 1), (stage, 50), (stage, 50), (stage, 49)]
    assert found.not_looked_at == FLOWS_AT_ONCE + 1


@pytest.mark.parametrize("refusal", [PlatformRefused("no"), PlatformUnreachable("no")])
async def test_a_refused_listing_is_said_and_stops_nothing(refusal: Exception) -> None:
    platform = FakePlatform(refusal=refusal)

    found = await look(platform, [lane("a"), lane("b", SandboxName("stage"))])

    assert found == SourceLook(not_looked_at=2)
    assert len(platform.listings) == 2


async def test_an_empty_plan_asks_nothing() -> None:
    platform = FakePlatform()

    assert await look(platform, []) == SourceLook()
    assert platform.listings == []
