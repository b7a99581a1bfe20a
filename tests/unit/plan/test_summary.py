"""The page that says what a plan will do, for people who decide about it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from runner.model.advice import Advice, Prospect
from runner.model.failure import Cluster
from runner.model.markdown import markdown
from runner.model.outlook import BrokenSource, Forecast, Outlook, SandboxForecast, SourceLook
from runner.model.plan import FrozenWindow, PlanFooter, PlanHeader, PlannedSandbox
from runner.model.words import FlowId, RunId, SandboxName
from runner.plan import PlanFile, SelectionLines, plan_summary
from runner.plan.summary import MOST_LINES

Make = Callable[..., Any]
PROD, STAGE = SandboxName("prod"), SandboxName("stage")


@dataclass(frozen=True)
class Line:
    """A headline as the staged plan gives it."""

    sandbox: str
    flow_id: str
    flow_name: str
    error_code: str
    runs: int


HEADLINES = [
    Line("prod", "flow-1", "S3 orders", "CONNECTOR-1001-500", 40),
    Line("prod", "flow-1", "S3 orders", "", 2),
    Line("prod", "flow-2", "", "CONNECTOR-1001-500", 1),
    Line("stage", "flow-3", "S3 customers", "CONNECTOR-1001-500", 1_200),
]
REASONS = [
    ("prod", "already_retriggered", 3),
    ("prod", "not_failed", 1),
    ("stage", "not_failed", 9),
]


MANY = Cluster(
    name="CONNECTOR-1001-500/0a9d7e",
    example="It is gone. / No answer",
    advice=Advice(
        prospect=Prospect.MAY_PASS, words="trouble with the network", source="from Adobe's page"
    ),
    runs=1_241,
    flows=5,
    flow_names=("S3 customers", "S3 orders", "flow-2"),
)
OUTLOOK = Outlook(
    clusters=(MANY, replace(MANY, name="X/1", advice=None, runs=1, flows=1, flow_names=("A",))),
    cluster_count=3,
    sources=SourceLook(
        broken=(
            BrokenSource(
                sandbox=PROD,
                flow_id=FlowId("flow-2"),
                flow_name="",
                run_id=RunId("run-9"),
                error_code="CONNECTOR-1001-500",
                created_at_ms=1_795_140_000_000,
            ),
        ),
        not_looked_at=4,
    ),
    forecast=Forecast(
        seconds=248.6,
        bound_by="max_per_second",
        sandboxes=(
            SandboxForecast(name=PROD, runs=43, seconds=21.5, per_hour=43, running=None),
            SandboxForecast(name=STAGE, runs=1_200, seconds=240.0, per_hour=1_200, running=300),
        ),
    ),
)
NOTHING = Outlook(
    clusters=(),
    cluster_count=0,
    sources=SourceLook(),
    forecast=Forecast(seconds=0.0, bound_by="", sandboxes=()),
)


def plan_of(header: PlanHeader, *, runs: int, passed_over: int) -> PlanFile:
    footer = PlanFooter(
        runs=runs, sha256="7" * 64, passed_over=passed_over, passed_over_sha256="8" * 64
    )
    return PlanFile(
        path=Path("plans/inc 2041.jsonl"), header=header, footer=footer, sha256="9" * 64
    )


@pytest.fixture(scope="session")
def usual(header: Make) -> PlanFile:
    sandboxes = (
        PlannedSandbox(name=PROD, type="production", region="VA7"),
        PlannedSandbox(name=STAGE, type="development", region=""),
    )
    windows = (
        FrozenWindow(sandbox=PROD, filter_number=1, from_ms=1_795_140_000_000, to_ms=None),
        FrozenWindow(sandbox=PROD, filter_number=2, from_ms=None, to_ms=1_795_150_800_000),
    )
    return plan_of(header(sandboxes=sandboxes, windows=windows), runs=1_243, passed_over=13)


def summary(
    plan: PlanFile,
    *,
    headlines: Any = HEADLINES,
    reasons: Any = REASONS,
    outlook: Outlook = OUTLOOK,
    limits: str = "5 per second, 8 at once",
) -> str:
    return plan_summary(plan, headlines=headlines, reasons=reasons, outlook=outlook, limits=limits)


def test_what_finding_the_runs_told_has_its_sections(plan: PlanFile) -> None:
    told = SelectionLines(
        warnings=["a `warning`"], matched=["x matched 0 of 1 flow"], nothing=["prod: nothing"]
    )

    page = plan_summary(
        plan, headlines=(), reasons=(), outlook=OUTLOOK, limits="5 per second", selection=told
    )

    titles = ("Warnings", "Where nothing is left", "What the patterns matched")
    lines = ("- a `warning`", "- prod: nothing", "- x matched 0 of 1 flow")
    for title, line in zip(titles, lines, strict=True):
        assert f"\n## {title}\n\n{line}\n\n" in page
    assert page.index("## Warnings") < page.index("| Reason |")


EXPECTED = """\
# Re-trigger plan: `inc-2041-s3-outage`

**1,243 runs will be re-triggered**; 13 runs passed over. A re-trigger cannot be undone.

| | |
|---|---|
| Reason | `INC-2041: expired S3 key` |
| Ticket | <https://tickets.example.com/INC-2041> |
| Organisation | `ABC@AdobeOrg` |
| Platform | <https://platform.adobe.io> |
| Takes | at least 4m08s at 5 per second, 8 at once |
| Set by | `max_per_second` |
| Alerts | up to 1,243 for starts and 1,243 for successes or failures, to whoever subscribes to them |
| Made at | 2026-11-20 05:00:00 UTC |
| Valid until | 2026-11-21 05:00:00 UTC; after that it is refused |
| Spec | `specs/inc-2041.yaml` |
| Spec SHA-256 | `5555555555555555555555555555555555555555555555555555555555555555` |
| Plan SHA-256 | `9999999999999999999999999999999999999999999999999999999999999999` |
| Tool | `retrigger 1.0.0` |

## Sandboxes

| sandbox | type | flows | runs | takes at least | fullest hour | running at once |
|---|---|--:|--:|--:|--:|--:|
| `prod` | `production` | 2 | 43 | 21s | 43 runs | unknown |
| `stage` | `development` | 1 | 1,200 | 4m00s | 1,200 runs | 300 |

## How they failed

| runs | cluster | flows | example |
|--:|---|---|---|
| 1,241 | `CONNECTOR-1001-500/0a9d7e` | `S3 customers`, `S3 orders`, `flow-2`, 2 more | `It is gone. / No answer` |
| 1 | `X/1` | `A` | `It is gone. / No answer` |

… and 1 more cluster.

What to expect (advice, not the platform's word):

- `CONNECTOR-1001-500/0a9d7e`: may pass: trouble with the network (from Adobe's page)

## Sources

The source of 1 flow is probably still broken: the newest run that is not in this plan failed with the same error.
Not looked at: the newest runs of 4 flows.

| sandbox | flow | newest run | error | made at |
|---|---|---|---|---|
| `prod` | `flow-2` | `run-9` | `CONNECTOR-1001-500` | 2026-11-20 02:00:00 UTC |

## What will be re-triggered

| runs | sandbox | flow | flow id | error |
|--:|---|---|---|---|
| 1,200 | `stage` | `S3 customers` | `flow-3` | `CONNECTOR-1001-500` |
| 40 | `prod` | `S3 orders` | `flow-1` | `CONNECTOR-1001-500` |
| 2 | `prod` | `S3 orders` | `flow-1` |  |
| 1 | `prod` |  | `flow-2` | `CONNECTOR-1001-500` |

## What is passed over, and why

| runs | sandbox | reason |
|--:|---|---|
| 9 | `stage` | `not_failed` |
| 3 | `prod` | `already_retriggered` |
| 1 | `prod` | `not_failed` |

`inc 2041.passed-over.jsonl`, beside the plan, names each with its reason.

## Spans of time, frozen

| sandbox | filter | started from | started before |
|---|--:|---|---|
| `prod` | 1 | 2026-11-20 02:00:00 UTC | open |
| `prod` | 2 | open | 2026-11-20 05:00:00 UTC |

## How to apply it

`retrigger apply 'plans/inc 2041.jsonl'` does exactly this plan or refuses. A run that changed meanwhile is skipped.
"""


def test_a_plan_on_one_page(usual: PlanFile) -> None:
    assert summary(usual) == EXPECTED


def test_a_plan_of_nothing_says_so_and_offers_nothing_to_apply(header: Make) -> None:
    nothing = plan_of(header(windows=(), ticket=None), runs=0, passed_over=1)

    page = summary(nothing, headlines=[], reasons=[("prod", "not_failed", 1)], outlook=NOTHING)

    assert "Nothing will be re-triggered; 1 run passed over.\n" in page
    assert "| `prod` | `production` | 0 | 0 |  |  |  |" in page
    assert page.endswith("## How to apply it\n\nThere is nothing to apply.\n")
    assert not any(
        words in page
        for words in ("Takes", "Set by", "Alerts", "Ticket", "Spans of time", "What will be")
    )
    assert not any(
        words in page for words in ("How they failed", "expect", "Sources", "retrigger apply")
    )


def test_a_plan_with_nothing_passed_over_has_no_such_part(usual: PlanFile) -> None:
    plan = replace(usual, footer=replace(usual.footer, runs=1, passed_over=0))

    page = summary(plan, reasons=[])

    assert "**1 run will be re-triggered**; 0 runs passed over." in page
    assert "and why" not in page


def test_long_lists_are_cut_largest_first_and_say_how_much_more_there_is(usual: PlanFile) -> None:
    headlines = [Line("prod", f"flow-{n}", "", "E", n) for n in range(1, MOST_LINES + 4)]
    reasons = [("prod", f"reason-{n}", n) for n in range(1, MOST_LINES + 3)]
    windows = tuple(
        FrozenWindow(sandbox=PROD, filter_number=n, from_ms=n, to_ms=None)
        for n in range(1, MOST_LINES + 2)
    )
    plan = replace(usual, header=replace(usual.header, windows=windows))

    page = summary(plan, headlines=headlines, reasons=reasons)

    assert "… and 3 more lines (6 runs); the plan names every run.\n" in page
    assert (
        "… and 2 more lines (3 runs). `inc 2041.passed-over.jsonl`, beside the plan, names each with its reason.\n"
        in page
    )
    assert "… and 1 more filters; the plan's first line has them all.\n" in page
    assert page.index("`flow-53`") < page.index("`flow-4`")
    assert "`flow-3`" not in page
    assert "`reason-2`" not in page
    assert page.count("\n") < 5 * MOST_LINES


def test_long_words_are_cut(usual: PlanFile) -> None:
    long = "x" * 1_000
    plan = replace(usual, header=replace(usual.header, reason=long))

    page = summary(
        plan, headlines=[Line(long, long, long, long, 1)], outlook=outlook_of([long] * 4)
    )

    assert max(map(len, page.splitlines())) < 600


def outlook_of(words: list[str], *, lines: int = 1) -> Outlook:
    """These words wherever an outlook has words of others, in so many lines of each list."""
    name, example, flow, code = words
    cluster = replace(MANY, name=name[:70], example=example, flow_names=(flow, code, name))
    source = replace(
        OUTLOOK.sources.broken[0], flow_name=flow, run_id=RunId(example), error_code=code
    )
    return replace(
        OUTLOOK,
        clusters=(cluster,) * lines,
        cluster_count=lines,
        sources=SourceLook(broken=(source,) * lines),
        forecast=replace(OUTLOOK.forecast, bound_by=f"the runs of flow {name}"),
    )


def test_long_lists_of_failures_and_sources_are_cut(usual: PlanFile) -> None:
    page = summary(usual, outlook=outlook_of(["a", "b", "c", "d"], lines=25))

    assert "… and 5 more clusters.\n" in page
    assert "The source of 25 flows is probably still broken" in page
    assert "… and 5 more flows.\n" in page
    assert page.count("`b`") == 40


class Tags(HTMLParser):
    """Collects the tags, links and words of a rendered page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: set[str | None] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links.update(value for name, value in attrs if name in ("href", "src"))


def rendered(page: str) -> Tags:
    found = Tags()
    found.feed(MarkdownIt("commonmark").enable("table").render(page))
    return found


ALLOWED = {"h1", "h2", "p", "strong", "code", "a", "table", "thead", "tbody", "tr", "th", "td"}
ALLOWED |= {"ul", "li"}
hostile = st.text(st.characters(exclude_categories=()), max_size=30) | st.sampled_from(
    [
        "\\|<img src=x onerror=y> ![a](//evil) **b** `c` </code><script>",
        "javascript:alert(1)",
        "https://evil.example/`x`",
        "\n\n# heading\n\n| a |\n|---|\n",
        "```\n",
        "<!--",
        "&lt;script&gt; @team #1",
        "\ud800\x1b[31m\u202e",
    ]
)


@given(words=st.lists(hostile, min_size=8, max_size=8))
def test_hostile_words_stay_words_in_their_cells(usual: PlanFile, words: list[str]) -> None:
    name, reason, ticket, org, flow, code, other, path = words
    header = replace(
        usual.header,
        spec_name=name,
        reason=reason,
        ticket=ticket,
        org_id=org,
        platform_url=other,
        spec_path=path,
        sandboxes=(PlannedSandbox(name=SandboxName(flow), type=code, region=""),),
        windows=(FrozenWindow(sandbox=SandboxName(flow), filter_number=1, from_ms=0, to_ms=0),),
    )
    plan = replace(usual, header=header, path=Path(f"plans/{path}"))

    page = summary(
        plan,
        headlines=[Line(flow, other, name, code, 1)],
        reasons=[(flow, code, 1)],
        outlook=outlook_of([name, reason, flow, code]),
        limits="none",
    )

    found = rendered(page)
    facts = 13 - sum(not markdown(text) for text in (reason, ticket, org, other, path))
    assert set(found.tags) <= ALLOWED
    assert found.links <= {text for text in words if text.startswith("http")}
    assert found.tags.count("h1") == 1
    assert found.tags.count("h2") == 7
    assert found.tags.count("table") == 7
    assert found.tags.count("tr") == 1 + facts + 6 * 2
    assert not set(page) & set("\x00\x1b\u202e\ud800\r")
