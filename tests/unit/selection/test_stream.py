"""Finding runs over a platform in memory that notes each call it answers."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from runner.errors import ListingCutShort, PlatformRefused
from runner.model.failure import failure_of
from runner.model.plan import FoundRun, PassedOver
from runner.model.platform import DataWindow, Flow, FlowSpec, Run, RunError, RunQuery
from runner.model.selected import FilterCount, IdsCount, Left, PatternCount
from runner.model.spec import ErrorMatch, FlowMatch, Window
from runner.model.words import ETag, FlowId, RunId, SandboxName, SkipReason
from runner.selection import Page, Selector

Make = Callable[..., Any]
WINDOW = Window(from_ms=0, to_ms=10_000)


@dataclass
class FakePlatform:
    """Answers from what it holds; filters nothing but what it must, so that the selection has to look again."""

    pages: tuple[tuple[Run, ...], ...] = ()
    flows: dict[FlowId, Flow] = field(default_factory=dict)
    kinds: dict[str, FlowSpec] = field(default_factory=dict)
    connectors: dict[str, str] = field(default_factory=dict)
    newest: tuple[tuple[Run, ...], ...] = ()
    """What is listed where no status is asked for."""
    has_no_end: bool = False
    refuses: frozenset[str] = frozenset()
    """Kinds of calls."""
    calls: list[tuple[str, Any]] = field(default_factory=list)

    async def list_runs(
        self, sandbox: SandboxName, query: RunQuery
    ) -> AsyncIterator[tuple[Run, ...]]:
        self._note(sandbox, "list_runs", query)
        pages = self.newest if self.newest and not query.statuses else self.pages
        for page in pages:
            yield page
        if self.has_no_end:
            raise ListingCutShort("the pages go round")

    def runs_as_listed(
        self, sandbox: SandboxName, query: RunQuery
    ) -> AsyncIterator[tuple[Run, ...]]:
        return self.list_runs(sandbox, query)

    async def runs_by_id(self, sandbox: SandboxName, ids: Sequence[RunId]) -> dict[RunId, Run]:
        self._note(sandbox, "runs_by_id", list(ids))
        return {run.id: run for page in self.pages for run in page if run.id in ids}

    async def flows_by_id(self, sandbox: SandboxName, ids: Sequence[FlowId]) -> dict[FlowId, Flow]:
        self._note(sandbox, "flows_by_id", list(ids))
        return {flow_id: self.flows[flow_id] for flow_id in ids if flow_id in self.flows}

    async def list_flows(self, sandbox: SandboxName) -> AsyncIterator[tuple[Flow, ...]]:
        self._note(sandbox, "list_flows", None)
        for flow in self.flows.values():
            yield (flow,)

    async def flow_spec(self, sandbox: SandboxName, flow_spec_id: str) -> FlowSpec | None:
        self._note(sandbox, "flow_spec", flow_spec_id)
        return self.kinds.get(flow_spec_id)

    async def connector_names(self, sandbox: SandboxName) -> dict[str, str]:
        self._note(sandbox, "connector_names", None)
        return self.connectors

    def _note(self, sandbox: SandboxName, what: str, value: Any) -> None:
        assert sandbox == "prod"
        self.calls.append((what, value))
        if what in self.refuses:
            raise PlatformRefused("HTTP 403")

    def asked(self, what: str) -> list[Any]:
        return [value for name, value in self.calls if name == what]


@dataclass
class History:
    """What the journal knows, and what it was asked."""

    known: Mapping[RunId, str] = field(default_factory=dict)
    asked: list[list[RunId]] = field(default_factory=list)

    async def __call__(self, ids: Sequence[RunId]) -> Mapping[RunId, str]:
        self.asked.append(list(ids))
        return {run_id: words for run_id, words in self.known.items() if run_id in ids}


@pytest.fixture
def platform(flow: Make, kind: Make) -> FakePlatform:
    return FakePlatform(flows={FlowId("flow-1"): flow()}, kinds={"kind-1": kind()})


@pytest.fixture
def selector(sandbox: Make, platform: FakePlatform) -> Selector:
    return Selector(sandbox=sandbox(), platform=platform, history=History(), blocked_flows={})


def ids(*names: str) -> Any:
    return iter([RunId(name) for name in names])


async def pages(found: AsyncIterator[Page]) -> list[Page]:
    return [page async for page in found]


def chosen(found: Iterable[Page]) -> list[str]:
    return [run.run_id for page in found for run in page.chosen]


def passed_over(found: Iterable[Page]) -> list[tuple[str, SkipReason, str]]:
    return [
        (run.found.run_id, run.reason, run.detail) for page in found for run in page.passed_over
    ]


NOTHING = FoundRun(
    sandbox=SandboxName("prod"),
    run_id=RunId("gone"),
    flow_id=FlowId(""),
    flow_name="",
    etag=None,
    status="",
    error_code="",
    error_message="",
    created_at_ms=None,
    updated_at_ms=None,
    started_at_ms=None,
    window_start_ms=None,
    window_end_ms=None,
)


async def test_a_run_asked_for_by_id_is_pinned_as_it_is_and_a_missing_one_is_said(
    platform: FakePlatform, selector: Selector, run: Make
) -> None:
    seen = run(
        errors=(RunError(code="E-1", message="m" * 400), RunError(code="E-2", message="")),
        window=DataWindow(start_ms=3, end_ms=None),
    )
    platform.pages = ((seen,),)

    found = await pages(selector.by_id(ids("run-1", "gone")))

    pinned = FoundRun(
        sandbox=SandboxName("prod"),
        run_id=RunId("run-1"),
        flow_id=FlowId("flow-1"),
        flow_name="S3 orders",
        etag=ETag('"etag-1"'),
        status="failed",
        error_code="E-1",
        error_message="m" * 300,
        created_at_ms=1_020,
        updated_at_ms=1_090,
        started_at_ms=1_000,
        window_start_ms=3,
        window_end_ms=None,
    )
    missing = PassedOver(
        found=NOTHING,
        reason=SkipReason.NOT_FOUND,
        detail="no such run in this sandbox, or hidden by an access label",
    )
    how = {RunId("run-1"): failure_of(seen)}
    assert found == [Page(chosen=(pinned,), passed_over=(missing,), failures=how)]


async def test_ids_are_looked_up_five_hundred_at_a_time_as_they_stream_in(
    platform: FakePlatform, selector: Selector, run: Make
) -> None:
    names = [f"run-{number}" for number in range(1_001)]
    platform.pages = (tuple(run(name) for name in names),)
    drawn: list[str] = []

    def drawing() -> Any:
        for name in names:
            drawn.append(name)
            yield RunId(name)

    found = selector.by_id(drawing())
    first = await anext(found)

    assert (len(first.chosen), len(drawn)) == (500, 500)
    rest = await pages(found)
    assert [len(page.chosen) for page in rest] == [500, 1]
    assert [len(asked) for asked in platform.asked("runs_by_id")] == [500, 500, 1]
    assert platform.asked("flows_by_id") == [["flow-1"]]


async def test_an_id_given_twice_is_missing_once(selector: Selector) -> None:
    found = await pages(selector.by_id(ids("gone", "gone")))

    assert [run.found for page in found for run in page.passed_over] == [NOTHING]


async def test_no_ids_ask_for_nothing(platform: FakePlatform, selector: Selector) -> None:
    assert await pages(selector.by_id(ids())) == []
    assert platform.calls == []


async def test_an_id_asks_for_failed_runs_only_whatever_their_error(
    platform: FakePlatform, selector: Selector, run: Make
) -> None:
    platform.pages = (
        (run("failed"), run("fine", status="success", records_in=0), run("no-code", errors=())),
    )

    found = await pages(selector.by_id(ids("failed", "fine", "no-code")))

    assert chosen(found) == ["failed", "no-code"]
    assert passed_over(found) == [
        (
            "fine",
            SkipReason.NOT_FAILED,
            "its status is success with zero records; filters[].zero_records asks for those",
        )
    ]


async def test_a_filter_is_pushed_down_and_looked_at_again(
    platform: FakePlatform, selector: Selector, run: Make, rule: Make
) -> None:
    platform.pages = (
        (run("a"), run("late", started_at_ms=10_000), run("fine", status="success")),
        (),
        (run("b", status="Failed"), run("other", errors=())),
    )

    found = await pages(selector.by_filter(rule(errors=ErrorMatch(include=("C*",))), WINDOW))

    assert platform.asked("list_runs") == [
        RunQuery(statuses=("failed",), started_from_ms=0, started_to_ms=10_000)
    ]
    assert [[run.run_id for run in page.chosen] for page in found] == [["a"], [], ["b"]]
    assert passed_over(found) == []


async def test_a_filter_for_empty_successes_finds_them_and_excluded_errors_are_said(
    platform: FakePlatform, selector: Selector, run: Make, rule: Make
) -> None:
    platform.pages = ((run("empty", status="success", records_in=0, errors=()), run("excluded")),)

    found = await pages(
        selector.by_filter(rule(zero_records=True, errors=ErrorMatch(exclude=("C*",))), WINDOW)
    )

    assert platform.asked("list_runs")[0].statuses == ("failed", "success")
    assert chosen(found) == ["empty"]
    assert passed_over(found) == [("excluded", SkipReason.EXCLUDED_ERROR, "CONNECTOR-1001-500")]


async def test_flows_named_by_id_need_no_listing_of_flows(
    platform: FakePlatform, selector: Selector, run: Make, rule: Make
) -> None:
    platform.pages = ((run("a"), run("b", flow_id=FlowId("flow-2"))),)

    found = await pages(
        selector.by_filter(rule(flows=FlowMatch(ids=(FlowId("flow-9"), FlowId("flow-1")))), WINDOW)
    )

    assert chosen(found) == ["a"]
    assert platform.asked("list_runs")[0].flow_ids == ("flow-1", "flow-9")
    assert platform.asked("list_flows") == platform.asked("connector_names") == []


@pytest.mark.parametrize(
    ("match", "expected", "connectors_asked"),
    [
        (FlowMatch(names=("S3 *",)), ("flow-1", "flow-3"), 0),
        (FlowMatch(connectors=("SFTP",)), ("flow-2",), 1),
        (
            FlowMatch(names=("S3 o*",), ids=(FlowId("flow-9"),), connectors=("sftp",)),
            ("flow-1", "flow-2", "flow-9"),
            1,
        ),
    ],
)
async def test_flows_named_by_name_or_connector_are_looked_for_first(
    platform: FakePlatform,
    selector: Selector,
    flow: Make,
    run: Make,
    rule: Make,
    match: FlowMatch,
    expected: tuple[str, ...],
    connectors_asked: int,
) -> None:
    platform.connectors = {"spec-s3": "Amazon S3", "spec-sftp": "SFTP"}
    platform.flows = {
        FlowId("flow-1"): flow("flow-1", name="S3 orders"),
        FlowId("flow-2"): flow("flow-2", name="Files", connection_spec_ids=("spec-sftp",)),
        FlowId("flow-3"): flow("flow-3", name="S3 customers"),
    }
    platform.pages = (
        tuple(run(f"of-{number}", flow_id=FlowId(f"flow-{number}")) for number in (1, 2, 3)),
    )

    found = await pages(selector.by_filter(rule(flows=match), WINDOW))

    assert platform.asked("list_runs")[0].flow_ids == expected
    assert chosen(found) == [f"of-{name[-1]}" for name in expected if name != "flow-9"]
    assert len(platform.asked("connector_names")) == connectors_asked
    # What the listing showed of a flow is not asked for again.
    assert platform.asked("flows_by_id") == []
    assert platform.asked("flow_spec") == ["kind-1"]


async def test_a_name_that_no_flow_has_lists_no_runs(
    platform: FakePlatform, selector: Selector, run: Make, rule: Make
) -> None:
    platform.pages = ((run(),),)

    assert await pages(selector.by_filter(rule(flows=FlowMatch(names=("x",))), WINDOW)) == []
    assert platform.asked("list_runs") == []


@pytest.mark.parametrize(("flows", "narrowed"), [(60, 60), (61, 0)])
async def test_many_flows_are_looked_for_in_one_listing_of_all(
    platform: FakePlatform, selector: Selector, run: Make, rule: Make, flows: int, narrowed: int
) -> None:
    wanted = tuple(FlowId(f"flow-{number:02d}") for number in range(flows))
    platform.pages = ((run("in", flow_id=wanted[-1]), run("out", flow_id=FlowId("other"))),)

    found = await pages(selector.by_filter(rule(flows=FlowMatch(ids=wanted)), WINDOW))

    assert len(platform.asked("list_runs")[0].flow_ids) == narrowed
    assert [name for name, *_ in passed_over(found)] == ["in"]  # the flow itself is not there


async def test_each_flow_and_each_kind_of_flow_is_asked_for_once(
    platform: FakePlatform, selector: Selector, flow: Make, kind: Make, run: Make, rule: Make
) -> None:
    platform.flows = {
        FlowId(f"flow-{number}"): flow(f"flow-{number}", flow_spec_id=spec)
        for number, spec in enumerate(["kind-1", "kind-2", "kind-1", "", "nobody-knows"])
    }
    platform.kinds["kind-2"] = kind("kind-2", frequency="streaming")
    runs = [run(f"run-{n}", flow_id=FlowId(f"flow-{n % 6}")) for n in range(12)]
    platform.pages = (tuple(runs[:3]), tuple(runs[3:]), tuple(runs))

    found = await pages(selector.by_filter(rule(), WINDOW))
    await pages(selector.by_filter(rule(), WINDOW))
    await pages(selector.by_id(ids("run-1")))

    assert platform.asked("flows_by_id") == [
        ["flow-0", "flow-1", "flow-2"],
        ["flow-3", "flow-4", "flow-5"],
    ]
    assert platform.asked("flow_spec") == ["kind-1", "kind-2", "nobody-knows"]
    assert {reason for name, reason, _ in passed_over(found) if name in ("run-1", "run-7")} == {
        SkipReason.STREAMING_FLOW
    }
    assert {reason for name, reason, _ in passed_over(found) if name in ("run-5", "run-11")} == {
        SkipReason.FLOW_NOT_FOUND
    }


async def test_the_journal_is_asked_of_each_page_and_its_words_are_kept(
    platform: FakePlatform, selector: Selector, run: Make, rule: Make
) -> None:
    history = History({RunId("b"): "as new-b by e-1"})
    selector = replace(selector, history=history, blocked_flows={FlowId("flow-1"): "open question"})
    platform.pages = ((run("a"), run("b")), (run("c"),))

    found = await pages(selector.by_filter(rule(), WINDOW))

    assert history.asked == [["a", "b"], ["c"]]
    assert passed_over(found) == [
        ("a", SkipReason.FLOW_BLOCKED, "open question"),
        ("b", SkipReason.ALREADY_RETRIGGERED, "as new-b by e-1"),
        ("c", SkipReason.FLOW_BLOCKED, "open question"),
    ]


async def test_a_listing_cut_short_gives_the_runs_that_came_of_it(
    selector: Selector, platform: FakePlatform, run: Make, rule: Make
) -> None:
    platform.pages, platform.has_no_end = ((run("a"),), (run("b"),)), True

    assert chosen(await pages(selector.by_filter(rule(), WINDOW))) == ["a", "b"]


# What the selection tells beside the runs


def counts(found: Iterable[PatternCount]) -> list[tuple[str, str, int, int, str]]:
    return [(one.key, one.pattern, one.matched, one.of, one.thing) for one in found]


CONNECTED = {"spec-s3": "amazon-s3", "spec-crm": "salesforce"}


@pytest.fixture
def connected(platform: FakePlatform, flow: Make, run: Make) -> FakePlatform:
    """Two S3 flows, a Salesforce one, and one of which the platform says neither name nor connector."""
    platform.connectors = CONNECTED
    platform.flows = {
        FlowId("flow-1"): flow("flow-1", name="S3 orders"),
        FlowId("flow-2"): flow("flow-2", name="S3 [EU] daily"),
        FlowId("flow-3"): flow("flow-3", name="Crm", connection_spec_ids=("spec-crm",)),
        FlowId("flow-4"): flow("flow-4", name="", connection_spec_ids=()),
    }
    platform.pages = (
        tuple(run(f"of-{number}", flow_id=FlowId(f"flow-{number}")) for number in (1, 2, 3, 4)),
    )
    return platform


async def test_each_pattern_for_flows_tells_what_it_matched_and_where_nothing_what_there_is(
    connected: FakePlatform, selector: Selector, rule: Make
) -> None:
    match = FlowMatch(
        names=("S3 *", "s3 O*", "S3 [EU] daily"), connectors=("SalesForce CRM", "CRM")
    )

    await pages(selector.by_filter(rule(flows=match), WINDOW))
    told = await selector.facts(is_empty=False)

    names, connectors = "filters[1].flows.names", "filters[1].flows.connectors"
    assert counts(told.patterns) == [
        (names, "S3 *", 2, 4, "flow"),
        (names, "s3 O*", 0, 4, "flow"),
        (names, "S3 [EU] daily", 1, 4, "flow"),
        (connectors, "SalesForce CRM", 0, 4, "flow"),
        (connectors, "CRM", 0, 4, "flow"),
    ]
    assert {one.not_judged for one in told.patterns} == {1}
    assert [one.but_for_case for one in told.patterns] == [(), ("S3 orders",), (), (), ()]
    assert [sorted(one.here) for one in told.patterns] == [
        [],
        ["Crm", "S3 [EU] daily", "S3 orders"],
        [],
        ["amazon-s3", "salesforce"],
        ["amazon-s3", "salesforce"],
    ]
    assert told.patterns[3].here[0] == "salesforce"  # the likeliest first


async def test_what_is_excluded_is_counted_over_the_flows_and_runs_that_were_found(
    connected: FakePlatform, selector: Selector, sandbox: Make, rule: Make
) -> None:
    a_flow = "c0cb4b5b-7a1d-4a8e-9d65-0a4f6b3f2a11"
    excluding = sandbox(
        excluded_flows=("s3 [eu] DAILY", "Legacy *", a_flow),
        excluded_runs=frozenset({RunId("of-1"), RunId("gone")}),
    )
    selector = replace(selector, sandbox=excluding)

    found = await pages(selector.by_filter(rule(), WINDOW))
    found += await pages(selector.by_id(ids("of-1", "of-2")))
    told = await selector.facts(is_empty=False)

    things = "flow with runs found"
    assert counts(told.patterns) == [
        ("exclude.flows", "s3 [eu] DAILY", 1, 4, things),
        ("exclude.flows", "Legacy *", 0, 4, things),
    ]
    assert {(one.is_exclusion, one.not_judged) for one in told.patterns} == {(True, 1)}
    assert [(one.key, one.ids, one.there, one.missing) for one in told.ids] == [
        ("exclude.runs", 2, 1, ("gone",)),
        ("exclude.flows", 1, 0, (a_flow,)),
    ]
    assert [(name, reason) for name, reason, _ in passed_over(found)][:3] == [
        ("of-1", SkipReason.EXCLUDED_RUN),
        ("of-2", SkipReason.EXCLUDED_FLOW),
        ("of-4", SkipReason.EXCLUSION_UNKNOWN),
    ]


async def test_where_nothing_was_found_what_is_excluded_of_it_is_not_told(
    selector: Selector, sandbox: Make, rule: Make
) -> None:
    excluding = sandbox(excluded_flows=("Legacy *",), excluded_runs=frozenset({RunId("gone")}))
    selector = replace(selector, sandbox=excluding)

    await pages(selector.by_filter(rule(), WINDOW))
    told = await selector.facts(is_empty=False)

    assert counts(told.patterns) == [("exclude.flows", "Legacy *", 0, 0, "flow with runs found")]
    assert told.ids == ()


async def test_each_pattern_for_errors_is_counted_over_the_failed_runs_that_it_could_tell_apart(
    platform: FakePlatform, selector: Selector, run: Make, rule: Make
) -> None:
    platform.pages = (
        (
            run("a", errors=(RunError(code="C-1", message="x"),)),
            run("b", errors=(RunError(code="C-2", message="x"),)),
            run("other", errors=(RunError(code="D-1", message="x"),)),
            run("none", errors=()),
            run("late", started_at_ms=10_000),
            run("empty", status="success", records_in=0, errors=()),
        ),
    )
    errors = ErrorMatch(
        include=("C-*", "c-1"),
        exclude=("C-2", "140"),
        include_clusters=("*",),
        exclude_clusters=("E-*",),
    )

    found = await pages(selector.by_filter(rule(errors=errors, zero_records=True), WINDOW))
    told = await selector.facts(is_empty=False)

    assert chosen(found) == ["a", "empty"]
    assert counts(told.patterns) == [
        ("filters[1].errors.include", "C-*", 2, 4, "run"),
        ("filters[1].errors.include", "c-1", 0, 4, "run"),
        ("filters[1].errors.exclude", "C-2", 1, 2, "run"),
        ("filters[1].errors.exclude", "140", 0, 2, "run"),
        ("filters[1].errors.clusters.include", "*", 3, 4, "run"),
        ("filters[1].errors.clusters.exclude", "E-*", 0, 2, "run"),
    ]
    assert told.patterns[1].but_for_case == ("C-1",)
    assert sorted(told.patterns[1].here) == ["C-1", "C-2", "D-1"]
    assert [one.is_exclusion for one in told.patterns] == [False, False, True, True, False, True]
    (only,) = told.filters
    assert (only.looked_at, only.taken) == (6, 3)
    assert only.left == {Left.OTHER_ERROR: 1, Left.NO_ERROR: 1, Left.OTHER_TIME: 1}


FLOWS_BY_ID = FlowMatch(ids=(FlowId("flow-1"), FlowId("idle"), FlowId("gone")))


async def test_flows_named_by_id_without_runs_are_looked_up_to_tell_idle_from_misspelt(
    platform: FakePlatform, selector: Selector, flow: Make, run: Make, rule: Make
) -> None:
    platform.flows[FlowId("idle")] = flow("idle")
    platform.pages = ((run("a"),),)

    await pages(selector.by_filter(rule(flows=FLOWS_BY_ID), WINDOW))
    told = await selector.facts(is_empty=False)

    assert platform.asked("flows_by_id") == [["flow-1"], ["idle", "gone"]]
    assert told.ids == (
        IdsCount(
            sandbox=SandboxName("prod"),
            key="filters[1].flows.ids",
            ids=3,
            there=2,
            where="in this sandbox",
            missing=("gone",),
        ),
    )


@pytest.mark.parametrize("is_refused", [True, False])
async def test_flows_that_cannot_be_looked_up_are_not_told_to_be_missing(
    platform: FakePlatform,
    selector: Selector,
    flow: Make,
    rule: Make,
    is_refused: bool,  # noqa: FBT001  # a case
) -> None:
    if is_refused:
        platform.refuses = frozenset({"flows_by_id"})
    platform.flows = {one: flow(one, name="", unread="HTTP 403") for one in FLOWS_BY_ID.ids}

    await pages(selector.by_filter(rule(flows=FLOWS_BY_ID), WINDOW))
    (told,) = (await selector.facts(is_empty=False)).ids

    assert (told.ids, told.there, told.missing, told.not_judged) == (3, 0, (), 3)


async def test_where_all_flows_named_by_id_have_runs_nothing_more_is_asked(
    platform: FakePlatform, selector: Selector, run: Make, rule: Make
) -> None:
    platform.pages = ((run("a"),),)

    await pages(selector.by_filter(rule(flows=FlowMatch(ids=(FlowId("flow-1"),))), WINDOW))
    calls = len(platform.calls)
    (told,) = (await selector.facts(is_empty=False)).ids

    assert (told.ids, told.there, told.missing) == (1, 1, ())
    assert len(platform.calls) == calls


async def test_where_nothing_is_listed_and_nothing_was_chosen_the_newest_runs_tell_why(
    platform: FakePlatform, selector: Selector, run: Make, rule: Make
) -> None:
    platform.newest = (
        (
            run("old", started_at_ms=-1),
            run("fine", status="success"),
            run("on", status="inProgress"),
        ),
        (run("not looked at"),),
    )

    await pages(selector.by_filter(rule(), WINDOW))
    assert (await selector.facts(is_empty=False)).filters[0].newest is None
    (told,) = (await selector.facts(is_empty=True)).filters

    assert platform.asked("list_runs")[1:] == [RunQuery()]
    assert (told.looked_at, told.taken, told.left) == (0, 0, {})
    assert told.newest == FilterCount(
        sandbox=SandboxName("prod"),
        number=1,
        statuses=("failed",),
        window=WINDOW,
        looked_at=3,
        taken=0,
        left={Left.OTHER_TIME: 1, Left.OTHER_STATUS: 2},
        statuses_left={"success": 1, "inProgress": 1},
    )


async def test_a_filter_that_no_flow_fits_or_whose_runs_were_seen_needs_no_such_look(
    platform: FakePlatform, selector: Selector, run: Make, rule: Make
) -> None:
    platform.pages = ((run("late", started_at_ms=10_000),),)

    await pages(selector.by_filter(rule(flows=FlowMatch(names=("x",))), WINDOW))
    await pages(selector.by_filter(rule(), WINDOW))
    told = (await selector.facts(is_empty=True)).filters

    assert len(platform.asked("list_runs")) == 1
    assert [(one.number, one.flows, one.looked_at, one.newest) for one in told] == [
        (1, 0, 0, None),
        (2, None, 1, None),
    ]


async def test_a_sandbox_without_any_runs_is_told_as_one(selector: Selector, rule: Make) -> None:
    await pages(selector.by_filter(rule(), WINDOW))

    (told,) = (await selector.facts(is_empty=True)).filters

    assert told.newest is not None
    assert (told.newest.looked_at, told.newest.left) == (0, {})


async def test_flows_named_by_id_beside_names_are_known_from_the_listing(
    connected: FakePlatform, selector: Selector, rule: Make
) -> None:
    match = FlowMatch(names=("Crm",), ids=(FlowId("flow-1"), FlowId("gone")))

    found = await pages(selector.by_filter(rule(flows=match), WINDOW))
    (told,) = (await selector.facts(is_empty=False)).ids

    assert chosen(found) == ["of-1", "of-3"]
    assert (told.ids, told.there, told.missing) == (2, 1, ("gone",))
    assert connected.asked("flows_by_id") == [["gone"]]


async def test_a_look_that_is_refused_is_done_without(
    platform: FakePlatform, selector: Selector, rule: Make
) -> None:
    await pages(selector.by_filter(rule(), WINDOW))
    platform.refuses = frozenset({"list_runs"})

    (told,) = (await selector.facts(is_empty=True)).filters

    assert told.newest is None


async def test_runs_of_a_flow_that_the_platform_spells_otherwise_are_listed_by_its_spelling(
    platform: FakePlatform, selector: Selector, flow: Make, rule: Make
) -> None:
    small = "c0cb4b5b-7a1d-4a8e-9d65-0a4f6b3f2a11"
    platform.flows = {FlowId(small): flow(small)}
    named = rule(flows=FlowMatch(ids=(FlowId(small.upper()),)))

    await pages(selector.by_filter(named, WINDOW))

    asked = [[str(one) for one in query.flow_ids] for query in platform.asked("list_runs")]
    assert asked == [[small.upper()], [small]]
    (told,) = (await selector.facts(is_empty=False)).ids
    assert (told.there, told.missing) == (1, ())
    assert len(platform.asked("flows_by_id")) == 1
