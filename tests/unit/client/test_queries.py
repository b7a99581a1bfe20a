"""What is asked of the platform, in its own query language and exactly as it stands on the wire."""

from dataclasses import replace
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.client.matching import answers
from runner.client.queries import in_lists, listing_path, next_token, run_expressions
from runner.model.platform import RunQuery
from runner.model.words import FlowId
from tests.fakes.runs import bare_run

RUNS = "/data/foundation/flowservice/runs"
TOKENS = [
    "abc",
    "abc==",
    "a+b/c=",
    "a%b",
    "a%2Bb",
    "100%",
    "a b",
    "a&b",
    "a#b?c",
    "é€😀",
    "[]{}|^`<>\"'\\;,:@!$*()~",
]


def test_every_filter_of_a_query_is_pushed_down() -> None:
    query = RunQuery(
        statuses=("failed", "partialSuccess"),
        started_from_ms=1_700_000_000_000,
        started_to_ms=1_700_003_600_000,
        created_from_ms=1_690_000_000_000,
        flow_ids=(FlowId("f-1"), FlowId("f-2")),
    )
    assert run_expressions(query, 1_710_000_000_000) == [
        "metrics.statusSummary.status==failed,partialSuccess",
        "metrics.durationSummary.startedAtUTC>1699999999999",
        "metrics.durationSummary.startedAtUTC<1700003600000",
        "createdAt>=1690000000000",
        "createdAt<=1710000000000",
        "flowId==f-1,f-2",
    ]


def test_a_query_for_everything_has_no_filter() -> None:
    assert run_expressions(RunQuery(), None) == []


def test_a_bound_at_the_beginning_of_time_is_a_bound() -> None:
    query = RunQuery(started_from_ms=0, started_to_ms=0, created_from_ms=0)
    assert run_expressions(query, 0) == [
        "metrics.durationSummary.startedAtUTC>-1",
        "metrics.durationSummary.startedAtUTC<0",
        "createdAt>=0",
        "createdAt<=0",
    ]


def test_the_address_of_a_page_is_encoded_whole() -> None:
    path = listing_path(
        "runs",
        ["metrics.statusSummary.status==failed", "x>1", "id==a,b"],
        newest_first=True,
        token="a+b/c==",
    )
    assert path == (
        f"{RUNS}?property=metrics.statusSummary.status%3D%3Dfailed&property=x%3E1&property=id%3D%3Da%2Cb"
        "&limit=100&orderby=-createdAt&continuationToken=a%2Bb%2Fc%3D%3D"
    )


def test_the_first_page_has_no_token_and_an_unordered_one_no_order() -> None:
    assert listing_path("flows", [], newest_first=False) == (
        "/data/foundation/flowservice/flows?limit=100"
    )


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize(
    "form",
    [
        "/runs?continuationToken={}",
        "?continuationToken={}",
        "/data/foundation/flowservice/runs?continuationToken={}",
        "https://platform.adobe.io/data/foundation/flowservice/runs?continuationToken={}",
        "/runs?property=flowId%3D%3Da%2Cb&limit=100&continuationToken={}&orderby=-createdAt",
        "/runs?property=flowId==a&continuationToken={}",
    ],
)
def test_an_escaped_token_comes_back_as_it_was(token: str, form: str) -> None:
    href = form.format(quote(token, safe=""))
    assert next_token(href) == token
    again = listing_path("runs", [], newest_first=False, token=next_token(href))
    assert parse_qs(urlsplit(again).query)["continuationToken"] == [token]


@pytest.mark.parametrize("token", ["abc", "abc==", "a+b/c=", "a/b", "a:b,c", "100%", "a b", "a%zz"])
def test_a_token_that_was_left_unescaped_comes_back_as_it_was(token: str) -> None:
    assert next_token(f"/runs?continuationToken={token}&limit=10") == token


@pytest.mark.parametrize(
    "href",
    [
        "",
        "/runs",
        "/runs?",
        "/runs?limit=100",
        "/runs?continuationToken=",
        "?",
        "http://[",
        "/runs?x&&&=",
        "//",
    ],
)
def test_a_link_without_a_token_gives_none(href: str) -> None:
    assert next_token(href) == ""


@given(href=st.text())
def test_no_link_whatever_breaks_the_reading(href: str) -> None:
    assert isinstance(next_token(href), str)


@given(ids=st.lists(st.text(min_size=0, max_size=300), max_size=350))
def test_id_lists_hold_each_id_once_and_fit_an_address(ids: list[str]) -> None:
    lists = list(in_lists(ids))
    assert [one for some in lists for one in some] == [one for one in dict.fromkeys(ids) if one]
    for some in lists:
        assert 1 <= len(some) <= 100
        path = listing_path("runs", [f"id=={','.join(some)}"], newest_first=False)
        assert len(path) < 6000 or len(some) == 1


def test_ids_of_the_usual_length_go_a_hundred_to_a_list() -> None:
    ids = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(250)]
    assert [len(some) for some in in_lists(ids)] == [100, 100, 50]


RUN = bare_run(flow_id=FlowId("f"), status="failed", created_at_ms=1000, started_at_ms=500)


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        (RunQuery(), True),
        (RunQuery(statuses=("failed",)), True),
        (RunQuery(statuses=("FAILED", "success")), True),
        (RunQuery(statuses=("success",)), False),
        (RunQuery(flow_ids=(FlowId("f"),)), True),
        (RunQuery(flow_ids=(FlowId("g"),)), False),
        (RunQuery(started_from_ms=500), True),
        (RunQuery(started_from_ms=501), False),
        (RunQuery(started_to_ms=501), True),
        (RunQuery(started_to_ms=500), False),
        (RunQuery(created_from_ms=1000), True),
        (RunQuery(created_from_ms=1001), False),
    ],
)
def test_each_run_is_held_against_the_query_again(query: RunQuery, fits: bool) -> None:  # noqa: FBT001
    assert answers(RUN, query) is fits


def test_a_run_that_does_not_say_when_it_started_is_kept() -> None:
    silent = replace(RUN, started_at_ms=None, created_at_ms=None)
    assert answers(silent, RunQuery(started_from_ms=1, started_to_ms=2, created_from_ms=3))
