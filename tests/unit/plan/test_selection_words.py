"""What a selection tells, in words that name the place, the fact and what there is instead; bounded and safe."""

from dataclasses import replace
from typing import Any

import pytest

from runner.model.selected import FilterCount, IdsCount, Left, PatternCount, SelectionFacts
from runner.model.spec import Window
from runner.model.words import SandboxName
from runner.plan import IN_MARKDOWN, ON_TERMINAL, SelectionLines, Undecided, selection_lines

PROD = SandboxName("prod")
NAMES = PatternCount(
    sandbox=PROD,
    key="filters[1].flows.names",
    pattern="S3 *",
    matched=4,
    of=10,
    thing="flow",
    here_called="flows",
)
CONNECTORS = replace(
    NAMES,
    key="filters[1].flows.connectors",
    pattern="SalesForce CRM",
    matched=0,
    here=("salesforce", "amazon-s3"),
    here_called="connectors",
)
EXCLUDED = replace(
    NAMES, key="exclude.flows", pattern="Legcy *", thing="flow with runs found", is_exclusion=True
)
IDS = IdsCount(
    sandbox=PROD, key="exclude.runs", ids=3, there=3, where="among the runs found", missing=()
)
FILTER = FilterCount(
    sandbox=PROD,
    number=1,
    statuses=("failed",),
    window=Window(from_ms=0, to_ms=None),
    looked_at=0,
    taken=0,
    left={},
)


def lines(
    *told: PatternCount | IdsCount | FilterCount, shown: Any = ON_TERMINAL, **more: Any
) -> SelectionLines:
    facts = SelectionFacts(
        patterns=tuple(one for one in told if isinstance(one, PatternCount)),
        ids=tuple(one for one in told if isinstance(one, IdsCount)),
        filters=tuple(one for one in told if isinstance(one, FilterCount)),
    )
    usual: dict[str, Any] = {"undecided": (), "empty": (), "reasons": ()}
    return selection_lines(facts, shown=shown, **{**usual, **more})


def test_a_pattern_that_matches_is_told_with_its_count_and_is_no_warning() -> None:
    told = lines(NAMES, IDS)

    assert told.matched == [
        'prod: filters[1].flows.names "S3 *" matched 4 of 10 flows',
        "prod: exclude.runs: 3 of 3 ids are among the runs found",
    ]
    assert (told.warnings, told.nothing) == ([], [])


@pytest.mark.parametrize(
    ("one", "fragments"),
    [
        (CONNECTORS, ["matched 0 of 10 flows; connectors here: amazon-s3, salesforce"]),
        (
            replace(NAMES, matched=0, here=("a", "b"), here_more=1_200),
            ['names "S3 *" matched 0 of 10 flows', "flows here: a, b and 1,200 more"],
        ),
        (
            replace(NAMES, matched=0, but_for_case=("s3 a", "s3 b"), but_for_case_more=2),
            ["if case did not count, it would match s3 a, s3 b and 2 more"],
        ),
        (replace(NAMES, matched=0, of=0), ["matched 0 of 0 flows"]),
        (replace(EXCLUDED, matched=0, of=1), ["matched 0 of 1 flow with runs found"]),
        (
            replace(EXCLUDED, matched=0, of=4, not_judged=3),
            ["matched 0 of 4 flows with runs found (3 could not be judged)"],
        ),
        (
            replace(IDS, there=1, missing=("a", "b")),
            ["exclude.runs: 1 of 3 ids are among the runs found; not there: a, b"],
        ),
        (
            replace(IDS, ids=40, there=10, missing=("a", "b", "c", "d", "e", "f"), not_judged=4),
            ["10 of 40 ids", "(4 not looked up)", "not there: a, b, c, d, e and 21 more"],
        ),
    ],
)
def test_what_matches_nothing_is_a_warning_with_what_there_is(
    one: PatternCount | IdsCount, fragments: list[str]
) -> None:
    told = lines(one)

    (warning,) = told.warnings
    assert told.matched == [warning]
    assert [fragment for fragment in fragments if fragment not in warning] == []


@pytest.mark.parametrize(
    "one",
    [
        replace(EXCLUDED, matched=0, of=0),  # there was nothing to exclude
        replace(EXCLUDED, matched=0, of=4, not_judged=4),  # that is told as what it is
        replace(IDS, there=0, not_judged=3),
    ],
)
def test_what_had_nothing_to_match_is_no_warning(one: PatternCount | IdsCount) -> None:
    assert lines(one).warnings == []


def test_runs_and_flows_of_which_too_little_is_said_to_take_them_in_are_a_warning() -> None:
    doubts = replace(FILTER, looked_at=9, taken=4, left={Left.NO_ERROR: 2, Left.OTHER_TIME: 3})
    unnamed = replace(NAMES, not_judged=2)
    unconnected = replace(CONNECTORS, matched=1, here=(), not_judged=1)

    told = lines(unnamed, replace(unnamed, pattern="x"), unconnected, doubts)

    assert len(told.warnings) == 3
    assert "filters[1] leaves out 2 runs" in told.warnings[0]
    assert "2 without an error" in told.warnings[0]
    assert "cannot be judged for 2 of 10 flows" in told.warnings[1]
    assert "without a name" in told.warnings[1]
    assert "without a connector" in told.warnings[2]


@pytest.mark.parametrize(("runs", "is_all"), [(18, True), (1, False)])
def test_exclusions_that_cannot_be_judged_are_the_first_warning(
    runs: int,
    is_all: bool,  # noqa: FBT001  # a case
) -> None:
    one = Undecided(sandbox="prod", runs=runs, why="GET /flows: HTTP 403.", is_all=is_all)

    first, _ = lines(CONNECTORS, undecided=[one]).warnings

    assert first.startswith("prod: whether ")
    assert ("18 runs" if is_all else "1 run") in first
    assert "GET /flows: HTTP 403. Let these credentials read" in first
    assert ("nothing else is left there" in first) == is_all


@pytest.mark.parametrize(
    ("one", "fragment"),
    [
        (
            replace(
                FILTER,
                looked_at=121,
                taken=1,
                left={Left.OTHER_STATUS: 40, Left.OTHER_TIME: 80},
                statuses_left={"success": 39, "inProgress": 1},
            ),
            "121 runs looked at: 80 outside the window, 40 of another status (success 39, inProgress 1), 1 asked for",
        ),
        (replace(FILTER, flows=0), "filter 1: no flow fits it, so no runs were listed"),
        (
            FILTER,
            "filter 1: the platform lists no run with status failed that started from 1970-01-01T00:00:00.000Z to now",
        ),
        (
            replace(FILTER, flows=2, newest=replace(FILTER, flows=2)),
            "filter 1: the platform lists no run of 2 flows with status failed",
        ),
        (
            replace(FILTER, flows=2, newest=replace(FILTER, flows=2)),
            "to now, and no other run of them either",
        ),
        (
            replace(FILTER, newest=replace(FILTER, looked_at=1, left={Left.OTHER_TIME: 1})),
            "to now; of the newest 1 run: 1 outside the window",
        ),
    ],
)
def test_where_nothing_is_left_it_is_said_which_filter_left_nothing(
    one: FilterCount, fragment: str
) -> None:
    (line,) = lines(one, replace(one, sandbox=SandboxName("stage")), empty=["prod"]).nothing

    assert line.startswith("prod: ")
    assert fragment in line


def test_what_was_passed_over_is_said_beside_the_filters_and_many_filters_are_cut() -> None:
    many = [replace(FILTER, number=number, flows=0) for number in range(1, 9)]
    reasons = [("prod", "not_failed", 1_200), ("stage", "excluded_flow", 2), ("prod", "x", 1)]

    first, second, third = lines(*many, empty=["prod", "stage", "dev"], reasons=reasons).nothing

    assert first.count("filter ") == 5
    assert "and 3 more filters; passed over: 1,200 not_failed, 1 x" in first
    assert second == "stage: passed over: 2 excluded_flow"
    assert third == "dev: no run was asked for"


def test_runs_that_fit_and_are_hidden_by_the_platforms_own_filter_are_a_warning() -> None:
    hidden = replace(FILTER, newest=replace(FILTER, looked_at=3, taken=2, left={}))

    (warning,) = lines(hidden).warnings

    assert "filters[1] fits 2 runs of the newest" in warning
    assert "name them by id" in warning


def test_many_patterns_are_cut_and_those_that_matched_nothing_last() -> None:
    told = lines(*[NAMES] * 30, CONNECTORS)

    assert len(told.matched) == 21
    assert "SalesForce CRM" in told.matched[0]
    assert told.matched[-1] == "and 11 more lines"


HOSTILE = "\x1b[31m|`x`\n::error::y" + "z" * 500


@pytest.mark.parametrize("shown", [ON_TERMINAL, IN_MARKDOWN])
def test_others_words_are_one_harmless_line_of_a_sensible_length(shown: Any) -> None:
    told = lines(
        replace(NAMES, pattern=HOSTILE, matched=0, here=(HOSTILE,), but_for_case=(HOSTILE,)),
        replace(IDS, there=0, missing=(HOSTILE,)),
        replace(FILTER, looked_at=1, left={Left.OTHER_STATUS: 1}, statuses_left={HOSTILE: 1}),
        undecided=[Undecided(sandbox="prod", runs=1, why=HOSTILE, is_all=False)],
        empty=["prod"],
        shown=shown,
    )

    everything = [*told.matched, *told.warnings, *told.nothing]
    assert len(everything) == 6
    assert all("\x1b" not in line and "\n" not in line for line in everything)
    assert max(map(len, everything)) < 2_500
    if shown is IN_MARKDOWN:
        assert all("|" not in line for line in everything)
