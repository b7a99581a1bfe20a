"""What a look shows: which runs are newer, whether it reached back, and when it counts."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from runner.errors import ListingCutShort, PlatformUnreachable
from runner.model.doubt import OpenAsk
from runner.model.platform import DataWindow, Run, RunQuery
from runner.model.words import FlowId, RunId, SandboxName
from runner.reconcile import Looker, Seen, Timing

ASKED_MS = 1_795_150_000_000
DUE_MS = ASKED_MS + 75_000 + 180_000
TIMING = Timing(answer_window_seconds=60, visibility_lag_seconds=180)
HOUR_MS = 3_600_000

Runs = tuple[Run, ...]


@dataclass
class ScriptedPlatform:
    """Lists the pages it was given, and remembers what it was asked."""

    pages: Sequence[Runs] = ()
    old: Run | None = None
    offset_ms: int | None = 0
    breaks_after: int | None = None
    has_no_end: bool = False
    asked: list[object] = field(default_factory=list)
    served: int = 0

    async def list_runs(self, sandbox: SandboxName, query: RunQuery) -> AsyncIterator[Runs]:
        self.asked.append((sandbox, query))
        for page in self.pages:
            if self.served == self.breaks_after:
                raise PlatformUnreachable("reading runs: the connection broke")
            self.served += 1
            yield page
        if self.has_no_end:
            raise ListingCutShort("listing runs: the pages go round")

    async def runs_by_id(self, sandbox: SandboxName, ids: Sequence[RunId]) -> dict[RunId, Run]:
        self.asked.append((sandbox, list(ids)))
        return {self.old.id: self.old} if self.old else {}

    def server_offset_ms(self) -> int | None:
        # Known only after an answer, as of the real one.
        return self.offset_ms if self.asked else None


@dataclass
class Claims:
    """Says that some runs are claimed, and remembers which it was asked about."""

    taken: frozenset[RunId] = frozenset()
    asked: list[list[RunId]] = field(default_factory=list)

    async def __call__(self, ids: Sequence[RunId]) -> frozenset[RunId]:
        self.asked.append(list(ids))
        return self.taken & frozenset(ids)


@pytest.fixture
def make_run(make_new: Callable[..., Run]) -> Callable[..., Run]:
    """Make a run by name, created so many milliseconds after the request was written (before, if negative)."""

    def made(name: str, after_ms: int | None, **changes: Any) -> Run:
        created_ms = None if after_ms is None else ASKED_MS + after_ms
        return make_new(id=RunId(name), created_at_ms=created_ms, **changes)

    return made


@pytest.fixture
def look(make_ask: Callable[..., OpenAsk]) -> Callable[..., Any]:
    """Look once at a scripted platform."""

    async def looked(
        platform: ScriptedPlatform, *, claims: Claims | None = None, now_ms: int = DUE_MS
    ) -> Seen:
        looker = Looker(platform=platform, claimed=claims or Claims(), timing=TIMING)
        return await looker.look(make_ask(), now_ms=now_ms)

    return looked


Look = Callable[..., Any]
MakeRun = Callable[..., Run]


def shown(seen: Seen) -> tuple[list[str], bool]:
    return [run.id for run in seen.newer], seen.reached_back


async def test_a_listing_cut_short_has_not_reached_its_end(look: Look, make_run: MakeRun) -> None:
    """One older run shows no order, and what is missing may be what is looked for: nothing is proved absent."""
    before = make_run("before", -HOUR_MS)

    whole = await look(ScriptedPlatform(pages=[(before,)]))
    cut = await look(ScriptedPlatform(pages=[(before,)], has_no_end=True))

    assert (shown(whole), shown(cut)) == (([], True), ([], False))


async def test_the_flow_is_listed_and_the_old_run_is_looked_up(
    look: Look, make_run: MakeRun, make_old: Callable[..., Run]
) -> None:
    new, before = make_run("new", 3_000), make_run("before", -HOUR_MS)
    platform = ScriptedPlatform(pages=[(new, before)], old=make_old(status="success"))

    seen = await look(platform)

    assert seen == Seen(
        newer=(new,),
        claimed=frozenset(),
        reached_back=True,
        old_run=make_old(status="success"),
        is_late_enough=True,
    )
    # By flow and by nothing else: a new run has no start, and a creation time may be filtered wrongly.
    assert platform.asked == [
        ("prod", [RunId("old")]),
        ("prod", RunQuery(flow_ids=(FlowId("flow-1"),))),
    ]


async def test_it_stops_at_the_first_older_run(look: Look, make_run: MakeRun) -> None:
    pages = [
        (make_run("a", 9_000), make_run("b", 8_000)),
        (make_run("c", 7_000), make_run("d", -HOUR_MS)),
        (make_run("e", -2 * HOUR_MS),),
    ]
    platform = ScriptedPlatform(pages=pages)

    assert shown(await look(platform)) == (["a", "b", "c"], True)
    assert platform.served == 2


async def test_an_older_run_at_the_head_of_a_page_is_the_end(look: Look, make_run: MakeRun) -> None:
    pages = [(make_run("a", 9_000),), (make_run("b", -HOUR_MS),), (make_run("c", -2 * HOUR_MS),)]
    platform = ScriptedPlatform(pages=pages)

    assert shown(await look(platform)) == (["a"], True)
    assert platform.served == 2


async def test_fifty_pages_without_an_older_run_are_enough_and_prove_nothing(
    look: Look, make_run: MakeRun
) -> None:
    pages = [(make_run(f"run-{page}", 100_000 - page),) for page in range(60)]
    platform = ScriptedPlatform(pages=pages)

    assert shown(await look(platform)) == ([f"run-{page}" for page in range(50)], False)
    assert platform.served == 50


async def test_an_older_run_on_the_fiftieth_page_still_counts(
    look: Look, make_run: MakeRun
) -> None:
    pages = [(make_run(f"run-{page}", 100_000 - page),) for page in range(49)]
    platform = ScriptedPlatform(pages=[*pages, (make_run("before", -HOUR_MS),), ()])

    assert shown(await look(platform)) == ([f"run-{page}" for page in range(49)], True)


@pytest.mark.parametrize("pages", [[], [()], [(), ()]])
async def test_a_listing_that_shows_nothing_did_not_reach_back(
    look: Look, pages: list[Runs]
) -> None:
    claims = Claims()

    assert shown(await look(ScriptedPlatform(pages=pages), claims=claims)) == ([], False)
    assert claims.asked == []


async def test_a_listing_that_ends_without_an_older_run_did_not_reach_back(
    look: Look, make_run: MakeRun
) -> None:
    pages = [(make_run("a", 9_000), make_run("b", 8_000))]

    assert shown(await look(ScriptedPlatform(pages=pages))) == (["a", "b"], False)


async def test_a_single_older_run_is_enough_where_the_listing_ends_with_it(
    look: Look, make_run: MakeRun
) -> None:
    pages = [(make_run("before", -HOUR_MS),)]

    assert shown(await look(ScriptedPlatform(pages=pages))) == ([], True)


async def test_oldest_first_is_noticed_and_gone_through_to_its_end(
    look: Look, make_run: MakeRun
) -> None:
    pages = [
        (make_run("a", -2 * HOUR_MS), make_run("b", -HOUR_MS)),
        (make_run("c", -180_000), make_run("new", 3_000)),
    ]
    platform = ScriptedPlatform(pages=pages)

    assert shown(await look(platform)) == (["new"], True)
    assert platform.served == 2


async def test_oldest_first_one_run_a_page_is_noticed_too(look: Look, make_run: MakeRun) -> None:
    pages = [(make_run("a", -HOUR_MS),), (make_run("b", -180_000),), (make_run("new", 3_000),)]

    assert shown(await look(ScriptedPlatform(pages=pages))) == (["new"], True)


async def test_an_order_that_breaks_behind_the_older_run_is_not_trusted(
    look: Look, make_run: MakeRun
) -> None:
    # As if sorted by the last change: an old run that was touched comes first.
    pages = [
        (make_run("a", 9_000), make_run("touched", -HOUR_MS), make_run("b", 8_000)),
        (make_run("new", 3_000),),
    ]
    platform = ScriptedPlatform(pages=pages)

    assert shown(await look(platform)) == (["a", "b", "new"], True)
    assert platform.served == 2


async def test_runs_created_in_one_moment_show_no_order(look: Look, make_run: MakeRun) -> None:
    pages = [
        (make_run("a", -HOUR_MS), make_run("b", -HOUR_MS)),
        (make_run("new", 3_000),),
    ]

    assert shown(await look(ScriptedPlatform(pages=pages))) == (["new"], True)


async def test_disorder_beyond_fifty_pages_did_not_reach_back(
    look: Look, make_run: MakeRun
) -> None:
    pages = [(make_run(f"run-{page}", page - 100_000),) for page in range(60)]
    platform = ScriptedPlatform(pages=pages)

    assert shown(await look(platform)) == ([], False)
    assert platform.served == 50


@pytest.mark.parametrize("offset_ms", [-HOUR_MS, -7_000, 0, 7_000, HOUR_MS])
async def test_newer_is_told_by_the_platforms_clock_less_two_seconds(
    look: Look, make_run: MakeRun, offset_ms: int
) -> None:
    pages = [
        (
            make_run("after", offset_ms + 1),
            make_run("at once", offset_ms),
            make_run("in the slack", offset_ms - 2_000),
            make_run("before", offset_ms - 122_001),
        )
    ]

    assert shown(await look(ScriptedPlatform(pages=pages, offset_ms=offset_ms))) == (
        ["after", "at once", "in the slack"],
        True,
    )


@pytest.mark.parametrize("seconds_before", [3, 30, 121])
async def test_a_run_a_little_older_by_clocks_that_may_differ_leaves_absence_open(
    look: Look, make_run: MakeRun, seconds_before: int
) -> None:
    pages = [(make_run("near", -1_000 * seconds_before), make_run("before", -HOUR_MS))]

    assert shown(await look(ScriptedPlatform(pages=pages))) == ([], False)


@pytest.mark.parametrize(
    ("later_ms", "is_linked", "reached_back"),
    [
        ((HOUR_MS, HOUR_MS), False, True),
        ((HOUR_MS, HOUR_MS), True, False),
        ((HOUR_MS, None), False, False),
        ((0, 0), False, False),
    ],
)
async def test_a_run_a_little_older_whose_data_are_others_leaves_nothing_open(
    look: Look,
    make_run: MakeRun,
    make_ask: Callable[..., OpenAsk],
    *,
    later_ms: tuple[int, int | None],
    is_linked: bool,
    reached_back: bool,
) -> None:
    old = make_ask().found
    assert old.window_start_ms is not None
    assert old.window_end_ms is not None
    end_ms = None if later_ms[1] is None else old.window_end_ms + later_ms[1]
    near = make_run(
        "near",
        -30_000,
        window=DataWindow(start_ms=old.window_start_ms + later_ms[0], end_ms=end_ms),
        parent_run_id=old.run_id if is_linked else "",
    )
    pages = [(near, make_run("before", -HOUR_MS))]

    assert shown(await look(ScriptedPlatform(pages=pages))) == ([], reached_back)


async def test_without_the_platforms_time_nothing_surely_reached_back(
    look: Look, make_run: MakeRun
) -> None:
    pages = [(make_run("new", 3_000), make_run("before", -HOUR_MS))]

    assert shown(await look(ScriptedPlatform(pages=pages, offset_ms=None))) == (["new"], False)


async def test_creation_counts_and_not_the_start(look: Look, make_run: MakeRun) -> None:
    pages = [
        (
            make_run("appeared later", 3_000, started_at_ms=ASKED_MS - HOUR_MS),
            make_run("not started", 2_000, started_at_ms=None),
            make_run("before", -HOUR_MS, started_at_ms=ASKED_MS + HOUR_MS),
        )
    ]

    assert shown(await look(ScriptedPlatform(pages=pages))) == (
        ["appeared later", "not started"],
        True,
    )


async def test_a_run_of_unknown_age_counts_as_newer_and_shows_no_order(
    look: Look, make_run: MakeRun
) -> None:
    pages = [
        (make_run("ageless", None), make_run("before", -HOUR_MS)),
        (make_run("another", None), make_run("long before", -2 * HOUR_MS)),
        (make_run("not asked for", None),),
    ]
    platform = ScriptedPlatform(pages=pages)

    assert shown(await look(platform)) == (["ageless", "another"], True)
    assert platform.served == 2


async def test_runs_of_other_flows_tell_nothing(look: Look, make_run: MakeRun) -> None:
    theirs = [
        make_run("their new", 3_000, flow_id=FlowId("flow-2")),
        make_run("their old", -HOUR_MS, flow_id=FlowId("flow-2")),
    ]

    assert shown(await look(ScriptedPlatform(pages=[tuple(theirs)]))) == ([], False)

    pages = [(*theirs, make_run("ours", 2_000)), (make_run("before", -HOUR_MS),)]
    assert shown(await look(ScriptedPlatform(pages=pages))) == (["ours"], True)


async def test_a_run_on_two_pages_is_one_run(look: Look, make_run: MakeRun) -> None:
    new = make_run("new", 3_000)
    pages = [(new,), (new, make_run("before", -HOUR_MS))]

    assert shown(await look(ScriptedPlatform(pages=pages))) == (["new"], True)


async def test_the_journal_is_asked_about_the_newer_runs_only(
    look: Look, make_run: MakeRun
) -> None:
    claims = Claims(taken=frozenset({RunId("b"), RunId("before"), RunId("elsewhere")}))
    pages = [(make_run("a", 9_000), make_run("b", 8_000), make_run("before", -HOUR_MS))]

    seen = await look(ScriptedPlatform(pages=pages), claims=claims)

    assert seen.claimed == frozenset({"b"})
    assert claims.asked == [["a", "b"]]


async def test_a_page_that_cannot_be_read_ends_the_look_and_is_not_taken_for_an_end(
    look: Look, make_run: MakeRun
) -> None:
    pages = [(make_run("new", 3_000),), (make_run("before", -HOUR_MS),)]

    with pytest.raises(PlatformUnreachable, match="the connection broke"):
        await look(ScriptedPlatform(pages=pages, breaks_after=1))


@pytest.mark.parametrize(("now_ms", "late"), [(DUE_MS - 1, False), (DUE_MS, True)])
async def test_it_is_late_enough_from_the_due_moment_on(
    look: Look, now_ms: int, *, late: bool
) -> None:
    assert (await look(ScriptedPlatform(), now_ms=now_ms)).is_late_enough is late


@pytest.mark.parametrize(
    ("asked", "due_after_ms"),
    [
        pytest.param({"ended_at_ms": ASKED_MS}, 240_000, id="it ended at once"),
        pytest.param({"ended_at_ms": ASKED_MS + 59_999}, 240_000, id="ended within the window"),
        pytest.param({"ended_at_ms": ASKED_MS + 60_000}, 240_000, id="ended with the window"),
        pytest.param({"ended_at_ms": ASKED_MS + 75_000}, 255_000, id="ended after the window"),
        pytest.param({"ended_at_ms": ASKED_MS - 5_000}, 240_000, id="our clock went back"),
        pytest.param(
            {"ended_at_ms": ASKED_MS + 20_000, "left_by_ms": ASKED_MS + 20_000},
            260_000,
            id="it may have left later",
        ),
        pytest.param(
            {"ended_at_ms": ASKED_MS + 95_000, "left_by_ms": ASKED_MS + 20_000},
            275_000,
            id="it left later and ended later still",
        ),
        pytest.param(
            {"ended_at_ms": ASKED_MS, "left_by_ms": ASKED_MS - 1}, 240_000, id="never earlier"
        ),
    ],
)
def test_absence_means_something_after_the_request_could_act_and_its_run_could_appear(
    make_ask: Callable[..., OpenAsk], asked: dict[str, Any], due_after_ms: int
) -> None:
    assert TIMING.due_at_ms(make_ask(**asked)) == ASKED_MS + due_after_ms


def test_fractions_of_a_second_count(make_ask: Callable[..., OpenAsk]) -> None:
    timing = Timing(answer_window_seconds=0.25, visibility_lag_seconds=0.5)

    assert timing.due_at_ms(make_ask(ended_at_ms=ASKED_MS)) == ASKED_MS + 750
