"""Whether somebody else re-triggered a run already, and how the flows' newer runs are looked up for it."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from runner.errors import ListingCutShort, PlatformRefused, PlatformUnreachable
from runner.execute.hands import Hands, other_hand
from runner.model.plan import FoundRun
from runner.model.platform import DataWindow, Run, RunQuery
from runner.model.words import ETag, FlowId, RunId, SandboxName
from tests.fakes.clock import FakeClock
from tests.fakes.runs import bare_run

PROD = SandboxName("prod")
US = "our-client"
SCHEDULER = "acp_foundation_connectors"
FROM, TO = 1_000_000, 2_000_000
LAG_SECONDS = 60
WINDOW = DataWindow(start_ms=FROM, end_ms=TO)
ELSEWHEN = DataWindow(start_ms=FROM + 60_000, end_ms=TO + 60_000)


def a_run(run_id: str = "old", *, flow: str = "f1", created: int | None = 5_000_000) -> Run:
    return bare_run(
        id=RunId(run_id),
        flow_id=FlowId(flow),
        sandbox=PROD,
        etag=ETag('"e"'),
        status="failed",
        created_at_ms=created,
        updated_at_ms=created,
        started_at_ms=created,
        created_by=f"{SCHEDULER}@AdobeID",
        created_client=SCHEDULER,
    )


def pinned(run: Run, *, window: DataWindow | None = WINDOW) -> FoundRun:
    return FoundRun(
        sandbox=PROD,
        run_id=run.id,
        flow_id=run.flow_id,
        flow_name="S3 orders",
        etag=run.etag,
        status=run.status,
        error_code="",
        error_message="",
        created_at_ms=run.created_at_ms,
        updated_at_ms=run.updated_at_ms,
        started_at_ms=run.started_at_ms,
        window_start_ms=window.start_ms if window else None,
        window_end_ms=window.end_ms if window else None,
    )


OLD = a_run()
NEW = a_run("new", created=5_000_001)
WE_MADE_IT = "maybe_already_retriggered: run new was made by these credentials, and this journal does not know it"
BY_US = replace(NEW, created_by=US, created_client=US)
BY_UI = replace(NEW, created_by="0A1B@AdobeID", created_client="exc_app")
BY_ANOTHER = replace(NEW, created_by="other-client", created_client="other-client")
IN_WINDOW = replace(NEW, window=WINDOW)

SAME_WINDOW = "maybe_already_retriggered: run new has the same data window"
OUR_MAKE = "maybe_already_retriggered: run new was made by these credentials, and this journal does not know it"
NOT_ALL_SEEN = (
    "maybe_already_retriggered: its flow has more newer runs than are looked through (200 pages), and one may be its "
    "re-trigger"
)
UI_MADE_IT = "maybe_already_retriggered: run new was made by exc_app"


@pytest.mark.parametrize(
    ("newer", "why"),
    [
        # Nobody's hand
        ((), ""),
        ((OLD,), ""),
        ((NEW,), ""),  # the flow's own schedule
        ((replace(NEW, created_by="", created_client=""),), ""),  # nobody is named: nothing is told
        ((replace(NEW, created_by="user@AdobeID", created_client="acp_other"),), ""),
        # A hand by its window, whoever made it
        ((IN_WINDOW,), SAME_WINDOW),
        ((replace(BY_UI, window=WINDOW),), SAME_WINDOW),
        ((replace(BY_US, window=WINDOW),), SAME_WINDOW),
        # A hand by its maker
        ((BY_US,), OUR_MAKE),
        ((replace(NEW, created_by=f"{US}@techacct.adobe.com", created_client=US),), OUR_MAKE),
        ((BY_UI,), UI_MADE_IT),
        ((BY_ANOTHER,), "maybe_already_retriggered: run new was made by other-client"),
        ((replace(BY_UI, created_client=""),), ""),  # a user's name alone may be ours
        ((replace(BY_UI, created_by="exc_app", created_client=""),), UI_MADE_IT),
        # Somebody's hand, but on other data
        ((replace(BY_UI, window=ELSEWHEN),), ""),
        ((replace(BY_US, window=ELSEWHEN),), ""),
        # Half a window proves nothing: the maker decides
        ((replace(NEW, window=DataWindow(start_ms=FROM, end_ms=None)),), ""),
        ((replace(BY_UI, window=DataWindow(start_ms=FROM, end_ms=None)),), UI_MADE_IT),
        ((replace(BY_UI, window=DataWindow(start_ms=None, end_ms=TO + 60_000)),), UI_MADE_IT),
        # Not newer
        ((replace(BY_UI, created_at_ms=5_000_000),), ""),
        ((replace(BY_UI, created_at_ms=4_999_999),), ""),
        ((replace(BY_UI, created_at_ms=None),), ""),
        # The first that speaks for it is named
        ((NEW, replace(BY_UI, id=RunId("x"), window=ELSEWHEN), BY_US, IN_WINDOW), OUR_MAKE),
    ],
)  # fmt: skip
def test_what_a_newer_run_tells(newer: Sequence[Run], why: str) -> None:
    assert other_hand(pinned(OLD), OLD, newer, our_client=US, claimed=frozenset()) == why


@pytest.mark.parametrize("newer", [IN_WINDOW, BY_US, BY_UI, BY_ANOTHER])
def test_a_run_that_this_journal_knows_is_no_other_hand(newer: Run) -> None:
    claimed = frozenset({newer.id})

    assert other_hand(pinned(OLD), OLD, [newer], our_client=US, claimed=claimed) == ""


def test_a_run_whose_creation_is_not_known_has_only_newer_ones() -> None:
    old = replace(OLD, created_at_ms=None)

    assert other_hand(pinned(old), old, [BY_UI], our_client=US, claimed=frozenset()) == UI_MADE_IT


def test_a_flow_whose_runs_are_always_made_by_one_person_is_not_suspected_for_it() -> None:
    old, new = (replace(run, created_by="exc_app", created_client="exc_app") for run in (OLD, NEW))

    assert other_hand(pinned(old), old, [new], our_client=US, claimed=frozenset()) == ""
    same = replace(new, window=WINDOW)
    assert other_hand(pinned(old), old, [same], our_client=US, claimed=frozenset()) == SAME_WINDOW


def test_what_another_journal_of_ours_made_is_suspected_also_where_it_made_the_old_run() -> None:
    old = replace(OLD, created_by=US, created_client=US)

    assert other_hand(pinned(old), old, [BY_US], our_client=US, claimed=frozenset()) == WE_MADE_IT
    assert other_hand(pinned(old), old, [BY_US], our_client=US, claimed=frozenset({NEW.id})) == ""


@pytest.mark.parametrize("window", [None, WINDOW, ELSEWHEN])
def test_a_run_that_names_the_old_one_as_its_parent_speaks_for_it(
    window: DataWindow | None,
) -> None:
    linked = replace(NEW, parent_run_id=OLD.id, window=window)

    why = other_hand(pinned(OLD), OLD, [linked], our_client=US, claimed=frozenset())

    assert why == "maybe_already_retriggered: run new names it as its parent"
    assert other_hand(pinned(OLD), OLD, [linked], our_client=US, claimed=frozenset({NEW.id})) == ""


@dataclass
class Listed:
    """A platform that lists what it is given, newest first, and notes what it was asked for."""

    runs: list[Run]
    page: int = 100
    asked: list[tuple[str, ...]] = field(default_factory=list)
    pages: int = 0
    refuses: Callable[[RunQuery], Exception | None] = lambda _: None
    ignores_filters: bool = False
    has_no_end: bool = False
    oldest_first: bool = False
    cut_after: int = 0
    """After so many pages the next listing is cut short, once; zero: none is."""

    async def list_runs(
        self, sandbox: SandboxName, query: RunQuery
    ) -> AsyncIterator[tuple[Run, ...]]:
        assert sandbox == PROD
        assert query == RunQuery(flow_ids=query.flow_ids)  # by flow alone
        self.asked.append(query.flow_ids)
        if failure := self.refuses(query):
            raise failure
        runs = [run for run in self.runs if self.ignores_filters or run.flow_id in query.flow_ids]
        runs.sort(key=lambda run: run.created_at_ms or 0, reverse=not self.oldest_first)
        cut_after, self.cut_after = self.cut_after, 0
        for start in range(0, len(runs), self.page):
            if cut_after and start >= cut_after * self.page:
                raise ListingCutShort("a link without its token")
            self.pages += 1
            yield tuple(runs[start : start + self.page])
        if self.has_no_end:
            raise ListingCutShort("the pages go round")


@dataclass
class Book:
    """What the journal claims, and what it was asked about."""

    known: frozenset[RunId] = frozenset()
    asked: list[Sequence[RunId]] = field(default_factory=list)

    async def __call__(self, ids: Sequence[RunId]) -> frozenset[RunId]:
        self.asked.append(ids)
        return self.known & set(ids)


def hands(listed: Listed, clock: FakeClock, book: Book | None = None) -> Hands:
    return Hands(
        lists=listed,
        claimed=book or Book(),
        clock=clock,
        our_client=US,
        visibility_lag_seconds=LAG_SECONDS,
    )


async def reasons(of: Hands, *runs: Run) -> dict[str, str]:
    found = await of.reasons(PROD, [pinned(run) for run in runs], {run.id: run for run in runs})
    return dict(found)


async def test_many_flows_are_listed_once_and_each_run_gets_its_own_reason(
    clock: FakeClock,
) -> None:
    second, third = a_run("old2", flow="f2"), a_run("old3", flow="f3")
    click = replace(BY_UI, id=RunId("click"), flow_id=FlowId("f2"))
    listed = Listed([OLD, NEW, second, click, third])

    found = await reasons(hands(listed, clock), third, OLD, second)

    assert found == {"old2": "maybe_already_retriggered: run click was made by exc_app"}
    assert listed.asked == [("f1", "f2", "f3")]


async def test_very_many_flows_are_listed_in_parts_beside_each_other(clock: FakeClock) -> None:
    old = [a_run(f"old{number}", flow=f"f{number:02}") for number in range(45)]
    click = replace(BY_UI, id=RunId("click"), flow_id=FlowId("f44"))
    listed = Listed([*old, click])

    looking = hands(listed, clock)
    found = await reasons(looking, *old)

    assert found == {"old44": "maybe_already_retriggered: run click was made by exc_app"}
    assert [len(flows) for flows in listed.asked] == [20, 20, 5]
    # Only the first time: what is new fits one call.
    clock.now += 60
    assert await reasons(looking, *old) == found
    assert len(listed.asked[-1]) == 45


async def test_a_listing_serves_for_twenty_seconds_and_no_longer(
    clock: FakeClock,
) -> None:
    listed = Listed([OLD])
    looking = hands(listed, clock)
    assert await reasons(looking, OLD) == {}
    listed.runs.append(BY_UI)  # a click meanwhile

    clock.now += 19.9
    assert await reasons(looking, OLD) == {}
    assert len(listed.asked) == 1

    clock.now += 0.1
    assert await reasons(looking, OLD) == {"old": UI_MADE_IT}
    assert len(listed.asked) == 2


async def test_only_flows_that_are_not_known_freshly_are_listed(clock: FakeClock) -> None:
    second = a_run("old2", flow="f2")
    listed = Listed([OLD, second])
    looking = hands(listed, clock)
    await reasons(looking, OLD)
    await reasons(looking, OLD, second)

    assert listed.asked == [("f1",), ("f2",)]


async def test_an_older_run_of_a_flow_asks_for_a_listing_that_goes_back_further(
    clock: FakeClock,
) -> None:
    older = a_run("older", created=1_000_000)
    between = replace(BY_UI, id=RunId("between"), created_at_ms=2_000_000)
    before = a_run("before", created=3_000_000)
    listed = Listed([OLD, before, older, between], page=1)
    looking = hands(listed, clock)

    assert await reasons(looking, OLD) == {}
    assert await reasons(looking, older) == {
        "older": "maybe_already_retriggered: run between was made by exc_app"
    }
    assert listed.asked == [("f1",), ("f1",)]
    # What reached back far enough serves the younger run as well.
    assert await reasons(looking, OLD) == {}
    assert len(listed.asked) == 2


async def test_what_a_page_showed_beyond_need_is_known_for_older_runs_too(clock: FakeClock) -> None:
    older = a_run("older", created=1_000_000)
    between = replace(BY_UI, id=RunId("between"), created_at_ms=2_000_000)
    listed = Listed([OLD, older, between])
    looking = hands(listed, clock)

    assert await reasons(looking, OLD) == {}
    assert await reasons(looking, older) == {
        "older": "maybe_already_retriggered: run between was made by exc_app"
    }
    assert len(listed.asked) == 1


async def test_a_listing_stops_at_the_first_page_that_is_old_enough(clock: FakeClock) -> None:
    before = [a_run(f"b{number}", created=number) for number in range(1, 500)]
    listed = Listed([*before, OLD, NEW], page=10)

    await reasons(hands(listed, clock), OLD)

    assert listed.pages == 1


async def test_a_listing_goes_on_until_a_page_is_old_enough_and_never_for_ever(
    clock: FakeClock,
) -> None:
    after = [a_run(f"a{number}", created=6_000_000 + number) for number in range(100)]
    listed = Listed([*after, BY_UI, OLD], page=10)
    assert await reasons(hands(listed, clock), OLD) == {"old": UI_MADE_IT}
    assert listed.pages == 11

    more = [a_run(f"m{number}", created=7_000_000 + number) for number in range(110)]
    endless = Listed([*after, *more, OLD], page=1)
    found = await reasons(hands(endless, clock), OLD)
    assert endless.pages == 200
    assert found == {"old": NOT_ALL_SEEN}
    assert await reasons(hands(endless, clock), after[0]) == {"a0": NOT_ALL_SEEN}
    assert await reasons(hands(endless, clock), after[50]) == {}


async def test_a_listing_cut_short_tells_what_it_showed(clock: FakeClock) -> None:
    listed = Listed([OLD, BY_UI], has_no_end=True)

    assert await reasons(hands(listed, clock), OLD) == {"old": UI_MADE_IT}
    assert await reasons(hands(Listed([OLD], has_no_end=True), clock), OLD) == {}


async def test_where_several_flows_in_one_expression_are_refused_each_is_asked_for_alone(
    clock: FakeClock,
) -> None:
    second = a_run("old2", flow="f2")
    click = replace(BY_UI, flow_id=FlowId("f2"))
    listed = Listed(
        [OLD, second, click],
        refuses=lambda query: PlatformRefused("no lists") if len(query.flow_ids) > 1 else None,
    )

    assert await reasons(hands(listed, clock), OLD, second) == {"old2": UI_MADE_IT}
    assert listed.asked == [("f1", "f2"), ("f1",), ("f2",)]


@pytest.mark.parametrize("failure", [PlatformRefused("no"), PlatformUnreachable("gone")])
async def test_what_cannot_be_listed_at_all_ends_the_verification(
    clock: FakeClock, failure: Exception
) -> None:
    listed = Listed([OLD], refuses=lambda _: failure)

    with pytest.raises(type(failure)) as raised:
        await reasons(hands(listed, clock), OLD)
    assert raised.value is failure


async def test_a_platform_that_ignores_the_filter_does_not_mix_flows_up(clock: FakeClock) -> None:
    stranger = replace(BY_UI, id=RunId("stranger"), flow_id=FlowId("f9"))
    listed = Listed([OLD, stranger], ignores_filters=True)

    assert await reasons(hands(listed, clock), OLD) == {}


async def test_what_the_journal_claims_is_left_out_and_asked_about_once(clock: FakeClock) -> None:
    book = Book(known=frozenset({BY_US.id}))
    second = a_run("old2", flow="f2")
    listed = Listed([OLD, BY_US, second])

    assert await reasons(hands(listed, clock, book), OLD, second) == {}
    assert book.asked == [["new"]]


async def test_a_run_that_is_no_longer_there_is_not_judged_and_nothing_is_asked_for_it(
    clock: FakeClock,
) -> None:
    listed, book = Listed([BY_UI]), Book()

    assert await hands(listed, clock, book).reasons(PROD, [pinned(OLD)], {}) == {}
    assert (listed.asked, book.asked) == ([], [])


# Looking on: only what may be new is listed again


def now(clock: FakeClock, *, seconds_ago: float = 0.0) -> int:
    return clock.now_ms() - round(seconds_ago * 1000)


def history(clock: FakeClock, *, flow: str = "f1") -> list[Run]:
    """A flow's failed runs of the last hundred minutes, the newest ten minutes old."""
    return [
        a_run(f"{flow}-{number}", flow=flow, created=now(clock, seconds_ago=60 * number))
        for number in range(10, 110)
    ]


async def test_once_listed_a_flow_is_read_only_as_far_back_as_something_may_be_new(
    clock: FakeClock,
) -> None:
    listed = Listed(history(clock), page=10)
    oldest = listed.runs[-1]
    looking = hands(listed, clock)
    assert await reasons(looking, oldest) == {}
    assert listed.pages == 10

    clock.now += 60
    click = replace(BY_UI, id=RunId("click"), created_at_ms=now(clock))
    listed.runs.append(click)
    assert await reasons(looking, oldest) == {
        oldest.id: "maybe_already_retriggered: run click was made by exc_app"
    }
    assert listed.pages == 11


async def test_a_run_that_shows_up_late_is_still_found(clock: FakeClock) -> None:
    listed = Listed(history(clock), page=1)
    looking = hands(listed, clock)
    oldest = listed.runs[-1]
    shown = replace(NEW, id=RunId("shown"), created_at_ms=now(clock), window=ELSEWHEN)
    listed.runs.append(shown)
    assert await reasons(looking, oldest) == {}

    clock.now += 60
    late = now(clock, seconds_ago=60 + LAG_SECONDS)
    listed.runs.append(replace(BY_UI, id=RunId("late"), created_at_ms=late))
    assert await reasons(looking, oldest) == {
        oldest.id: "maybe_already_retriggered: run late was made by exc_app"
    }


async def test_a_run_under_way_is_looked_at_until_its_window_is_known(clock: FakeClock) -> None:
    listed = Listed(history(clock), page=10)
    looking = hands(listed, clock)
    oldest = listed.runs[-1]
    created = now(clock)
    going = replace(NEW, id=RunId("going"), created_at_ms=created, status="inProgress")
    listed.runs.append(going)
    assert await reasons(looking, oldest) == {}

    for _ in range(20):  # many others came meanwhile
        clock.now += 60
        listed.runs.append(a_run(f"at {clock.now}", created=now(clock)))
        assert await reasons(looking, oldest) == {}
    listed.runs[listed.runs.index(going)] = replace(going, window=WINDOW)
    clock.now += 60
    why = {oldest.id: "maybe_already_retriggered: run going has the same data window"}
    assert await reasons(looking, oldest) == why

    # That is known now, and nobody need go back so far for it.
    listed.pages = 0
    clock.now += 60
    assert await reasons(looking, oldest) == why
    assert listed.pages == 1


async def test_what_is_known_of_a_run_later_counts_and_not_what_was_known_before(
    clock: FakeClock,
) -> None:
    listed = Listed([OLD, replace(BY_UI, status="inProgress")])
    looking = hands(listed, clock)
    assert await reasons(looking, OLD) == {"old": UI_MADE_IT}

    listed.runs[1] = replace(BY_UI, window=ELSEWHEN)
    clock.now += 60
    assert await reasons(looking, OLD) == {}


async def test_our_own_runs_under_way_do_not_have_it_read_back_to_them(clock: FakeClock) -> None:
    listed = Listed(history(clock), page=10)
    book = Book(known=frozenset({RunId("ours")}))
    looking = hands(listed, clock, book)
    oldest = listed.runs[-1]
    listed.runs.append(replace(BY_US, id=RunId("ours"), created_at_ms=now(clock), status="queued"))
    assert await reasons(looking, oldest) == {}
    for _ in range(20):
        clock.now += 60
        listed.runs.append(a_run(f"at {clock.now}", created=now(clock)))
    await reasons(looking, oldest)

    listed.pages = 0
    clock.now += 60
    await reasons(looking, oldest)
    assert listed.pages == 1


async def test_flows_whose_listing_grows_old_are_listed_with_those_whose_is(
    clock: FakeClock,
) -> None:
    listed = Listed([*history(clock), *history(clock, flow="f2"), *history(clock, flow="f3")])
    first, second, third = (
        next(r for r in listed.runs if r.flow_id == f) for f in ("f1", "f2", "f3")
    )
    looking = hands(listed, clock)
    await reasons(looking, first)
    clock.now += 5
    await reasons(looking, second)
    clock.now += 10
    await reasons(looking, third)
    clock.now += 7

    await reasons(looking, first)
    await reasons(looking, second)

    assert listed.asked == [("f1",), ("f2",), ("f3",), ("f1", "f2")]


async def test_a_creation_in_the_future_hides_nothing(clock: FakeClock) -> None:
    listed = Listed([*history(clock), a_run("odd", created=now(clock) * 2)], page=1)
    looking = hands(listed, clock)
    oldest = listed.runs[-2]
    assert await reasons(looking, oldest) == {}

    clock.now += 60
    listed.runs.append(replace(BY_UI, id=RunId("click"), created_at_ms=now(clock)))
    assert await reasons(looking, oldest) == {
        oldest.id: "maybe_already_retriggered: run click was made by exc_app"
    }


async def test_flows_with_too_many_runs_to_be_listed_together_are_listed_each_alone(
    clock: FakeClock,
) -> None:
    flows = [history(clock, flow=f"f{number}") for number in range(3)]
    hidden = replace(BY_UI, id=RunId("hidden"), flow_id=FlowId("f1"))
    hidden = replace(hidden, created_at_ms=flows[1][-1].created_at_ms + 1)  # type: ignore[operator]
    listed = Listed([*(run for flow in flows for run in flow), hidden], page=2)
    oldest = [flow[-1] for flow in flows]

    found = await reasons(hands(listed, clock), *oldest)

    assert found == {oldest[1].id: "maybe_already_retriggered: run hidden was made by exc_app"}
    assert listed.asked == [("f0", "f1", "f2"), ("f0",), ("f1",), ("f2",)]


async def test_after_a_listing_that_was_cut_short_all_is_read_again(clock: FakeClock) -> None:
    listed = Listed(history(clock), page=10)
    oldest = listed.runs[-1]
    looking = hands(listed, clock)
    assert await reasons(looking, oldest) == {}
    clock.now += 10
    listed.runs.append(replace(BY_UI, id=RunId("click"), created_at_ms=now(clock)))
    clock.now += 60
    listed.runs += [a_run(f"l{n}", created=now(clock) + n) for n in range(30)]
    listed.cut_after = 1  # once: the click is not seen

    assert await reasons(looking, oldest) == {
        oldest.id: "maybe_already_retriggered: run click was made by exc_app"
    }


async def test_a_window_without_length_stands_in_for_one_to_come(clock: FakeClock) -> None:
    nothing = DataWindow(start_ms=FROM, end_ms=FROM)
    listed = Listed(history(clock), page=10)
    oldest = listed.runs[-1]
    looking = hands(listed, clock)
    going = replace(NEW, id=RunId("going"), created_at_ms=now(clock), status="inProgress")
    listed.runs.append(replace(going, window=nothing))
    assert await reasons(looking, oldest) == {}
    for _ in range(20):
        clock.now += 60
        listed.runs.append(a_run(f"at {clock.now}", created=now(clock)))
    await reasons(looking, oldest)

    listed.runs = [replace(r, window=WINDOW) if r.id == "going" else r for r in listed.runs]
    clock.now += 60
    why = {oldest.id: "maybe_already_retriggered: run going has the same data window"}
    assert await reasons(looking, oldest) == why


async def test_a_platform_that_lists_oldest_first_is_read_to_its_end(clock: FakeClock) -> None:
    before = [a_run(f"b{number}", created=number) for number in range(1, 150)]
    listed = Listed([*before, OLD, BY_UI], oldest_first=True)

    assert await reasons(hands(listed, clock), OLD) == {"old": UI_MADE_IT}
    assert listed.pages == 2


async def test_the_platforms_own_clock_says_how_late_it_is_there(clock: FakeClock) -> None:
    behind = 3_600_000
    odd = a_run("odd", created=now(clock) - behind // 2)  # in the future there
    old = [replace(run, created_at_ms=run.created_at_ms - behind) for run in history(clock)]  # type: ignore[operator]
    listed = Listed([*old, odd], page=10)
    looking = hands(listed, clock)
    looking.server_offset_ms = lambda: -behind
    assert await reasons(looking, old[-1]) == {}

    clock.now += 60
    listed.runs += [a_run(f"l{n}", created=now(clock) - behind - n) for n in range(20)]
    click = replace(BY_UI, id=RunId("click"), created_at_ms=now(clock) - behind - 1_000)
    listed.runs.append(click)
    assert await reasons(looking, old[-1]) == {
        old[-1].id: "maybe_already_retriggered: run click was made by exc_app"
    }
