"""Finding runs over a platform in memory that notes each call it answers."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from runner.errors import ListingCutShort
from runner.model.failure import failure_of
from runner.model.plan import FoundRun, PassedOver
from runner.model.platform import DataWindow, Flow, FlowSpec, Run, RunError, RunQuery
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
    has_no_end: bool = False
    calls: list[tuple[str, Any]] = field(default_factory=list)

    async def list_runs(
        self, sandbox: SandboxName, query: RunQuery
    ) -> AsyncIterator[tuple[Run, ...]]:
        self._note(sandbox, "list_runs", query)
        for page in self.pages:
            yield page
        if self.has_no_end:
            raise ListingCutShort("the pages go round")

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
