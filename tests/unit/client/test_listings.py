"""Listings of runs, flows, connectors and sandboxes, with every trap that the platform's paging holds."""

import asyncio
from typing import Any

import pytest

from runner.errors import ListingCutShort, PlatformRefused, PlatformUnreachable
from runner.model.platform import FlowSpec, RunQuery
from runner.model.words import FlowId, RunId, SandboxName

PROD = SandboxName("prod")
STAGE = SandboxName("stage")
SANDBOXES = "/data/foundation/sandbox-management/"


def entity(number: int, **more: Any) -> dict[str, Any]:
    """A run (or flow) that is newer the greater its number is."""
    return {"id": f"r{number}", "createdAt": 1_700_000_000_000 + number, **more}


def page(*numbers: int, href: Any = None, links: bool = True) -> dict[str, Any]:
    body: dict[str, Any] = {"items": [entity(number) for number in numbers]}
    if href is not None:
        body["_links"] = {"next": {"href": href}}
    elif links:
        body["_links"] = {}
    return body


def link(token: str) -> str:
    return f"/runs?continuationToken={token}"


async def listed(service: Any, query: RunQuery | None = None) -> list[str]:
    pages = service.list_runs(PROD, query or RunQuery())
    return [str(run.id) async for runs in pages for run in runs]


def ids(*numbers: int) -> list[str]:
    return [f"r{number}" for number in numbers]


# Pages


@pytest.mark.parametrize("links", [True, False], ids=["with empty links", "without links"])
async def test_pages_are_followed_to_the_last(service: Any, http: Any, links: bool) -> None:  # noqa: FBT001
    http.on("/runs", page(5, 4, href=link("a")), page(3, 2, href=link("b")), page(1, links=links))
    assert await listed(service) == ids(5, 4, 3, 2, 1)
    assert http.queries("/runs") == [
        [("limit", "100"), ("orderby", "-createdAt")],
        [("limit", "100"), ("orderby", "-createdAt"), ("continuationToken", "a")],
        [("limit", "100"), ("orderby", "-createdAt"), ("continuationToken", "b")],
    ]


async def test_every_filter_is_sent_again_with_every_page(service: Any, http: Any) -> None:
    http.on("/runs", page(2, href=link("a==")), page(1))
    await listed(service, RunQuery(statuses=("failed",), started_from_ms=1000))
    first, second = http.queries("/runs")
    assert second == [*first, ("continuationToken", "a==")]
    assert ("property", "metrics.statusSummary.status==failed") in first
    assert ("property", "metrics.durationSummary.startedAtUTC>999") in first


@pytest.mark.parametrize(
    ("href", "token"),
    [
        ("/runs?continuationToken=YWJj%2BZA%3D%3D", "YWJj+ZA=="),
        ("/runs?continuationToken=YWJj+ZA==", "YWJj+ZA=="),
        ("?continuationToken=a%20b", "a b"),
        ("/data/foundation/flowservice/runs?limit=100&continuationToken=a%25b", "a%b"),
        ("/runs?property=flowId%3D%3Dx&continuationToken=a%2Fb&limit=100", "a/b"),
    ],
)
async def test_an_awkward_token_survives(service: Any, http: Any, href: str, token: str) -> None:
    http.on("/runs", page(2, href=href), page(1))
    assert await listed(service) == ids(2, 1)
    assert http.queries("/runs")[1][-1] == ("continuationToken", token)


async def test_a_next_link_that_is_a_text_is_followed(service: Any, http: Any) -> None:
    http.on("/runs", {**page(2), "_links": {"next": link("a")}}, page(1))
    assert await listed(service) == ids(2, 1)


async def test_what_neighbouring_pages_repeat_is_dropped(service: Any, http: Any) -> None:
    http.on(
        "/runs",
        page(5, 4, 3, href=link("a")),
        page(4, 3, 2, href=link("b")),
        page(3, 2, href=link("c")),
        page(2, 1, 1),
    )
    assert await listed(service) == ids(5, 4, 3, 2, 1)


async def test_a_long_listing_is_whole_and_remembers_only_the_neighbourhood(
    service: Any, http: Any
) -> None:
    numbers = range(3000, 0, -1)
    pages = [numbers[start : start + 100] for start in range(0, 3000, 100)]
    http.on(
        "/runs", *(page(*some, href=link(str(some[0]))) for some in pages[:-1]), page(*pages[-1])
    )
    assert await listed(service) == ids(*numbers)


async def test_an_empty_page_in_between_does_not_end_the_listing(service: Any, http: Any) -> None:
    http.on("/runs", page(2, href=link("a")), page(href=link("b")), page(1))
    assert await listed(service) == ids(2, 1)


async def test_the_same_token_again_and_again_is_not_followed_for_ever(
    service: Any, http: Any
) -> None:
    http.on("/runs", page(2, href=link("a")), page(1, href=link("a")), page(1, href=link("a")))
    with pytest.raises(ListingCutShort) as cut:
        await listed(service)
    assert str(cut.value) == (
        "listing runs of sandbox prod: the platform's pages go round in a circle."
    )
    assert cut.value.remedy
    assert len(http.calls) == 3


async def test_a_listing_that_has_no_end_gives_what_there_is_first_and_warns_once(
    service: Any, http: Any, caplog: Any
) -> None:
    """A server that answers from examples has a next link on every page."""
    http.on("/runs", page(2, 1, href=link("abc")))
    for _ in range(3):
        pages = service.list_runs(PROD, RunQuery())
        assert [run.id for run in await anext(pages)] == ids(2, 1)
        with pytest.raises(ListingCutShort):
            await anext(pages)
    assert len(http.calls) == 6
    (warning,) = caplog.records
    assert warning.getMessage() == (
        "listing runs of sandbox prod: the platform's pages go round in a circle; what was listed before it is used, "
        "and what follows it is missing."
    )


async def test_pages_that_lead_to_one_another_are_not_followed_for_ever(
    service: Any, http: Any
) -> None:
    first, second = page(4, 3, href=link("a")), page(2, 1, href=link("b"))
    http.on("/runs", first, second, first, second)
    pages = service.list_runs(PROD, RunQuery())
    found = [str(run.id) for _ in range(2) for run in await anext(pages)]
    with pytest.raises(ListingCutShort):
        await anext(pages)
    assert found == ids(4, 3, 2, 1)
    assert len(http.calls) == 3


async def test_a_listing_cut_short_for_some_flows_goes_on_with_the_others(
    service: Any, http: Any
) -> None:
    flows = tuple(FlowId(f"{number:08x}-0000-4000-8000-000000000000") for number in range(150))
    one = {"items": [entity(1, flowId=flows[0])], "_links": {"next": {"href": link("a")}}}
    http.on("/runs", one, one, {"items": [entity(2, flowId=flows[149])]})
    pages = service.list_runs(PROD, RunQuery(flow_ids=flows))
    found = [str(run.id) for _ in range(2) for run in await anext(pages)]
    with pytest.raises(ListingCutShort):
        await anext(pages)
    assert found == ids(1, 2)


async def test_who_counts_what_was_listed_gets_also_what_does_not_answer(
    service: Any, http: Any
) -> None:
    body = {
        "items": [
            entity(3, metrics={"statusSummary": {"status": "success"}}),
            entity(2, metrics={"statusSummary": {"status": "failed"}}),
            {"no": "id"},
        ]
    }
    http.on("/runs", body, body)
    query = RunQuery(statuses=("failed",))

    as_listed = [run.id async for runs in service.runs_as_listed(PROD, query) for run in runs]

    assert (as_listed, await listed(service, query)) == (ids(3, 2), ids(2))
    assert http.urls[0] == http.urls[1]


async def test_a_link_to_its_own_page_is_forgiven_once(service: Any, http: Any) -> None:
    http.on(
        "/runs", page(3, href=link("a")), page(2, href=link("a")), page(2, href=link("b")), page(1)
    )
    assert await listed(service) == ids(3, 2, 1)


async def test_page_after_page_of_known_runs_is_not_followed_for_ever(
    service: Any, http: Any
) -> None:
    http.on("/runs", *(page(2, 1, href=link(str(number))) for number in range(1000)))
    with pytest.raises(ListingCutShort):
        await listed(service)
    assert len(http.calls) < 30


async def test_a_token_that_is_no_longer_taken_begins_the_listing_again_at_the_oldest_run(
    service: Any, http: Any, reply: Any
) -> None:
    expired = reply({"type": "https://ns.adobe.com/aep/errors/FLOW-1400-400"}, status=400)
    http.on(
        "/runs",
        page(9, 8, 7, href=link("a")),
        expired,
        page(7, 6, 5, href=link("a")),
        expired,
        page(5, 4),
    )
    assert await listed(service, RunQuery(statuses=())) == ids(9, 8, 7, 6, 5, 4)
    properties = [
        [value for name, value in each if name == "property"] for each in http.queries("/runs")
    ]
    assert properties == [
        [],
        [],
        ["createdAt<=1700000000007"],
        ["createdAt<=1700000000007"],
        ["createdAt<=1700000000005"],
    ]


async def test_a_listing_that_cannot_go_on_is_refused_after_some_beginnings(
    service: Any, http: Any, reply: Any
) -> None:
    expired = reply({}, status=400)
    http.on("/runs", *[page(1, href=link("a")), expired] * 100)
    with pytest.raises(PlatformRefused):
        await listed(service)
    assert len(http.calls) < 60


async def test_a_refusal_of_the_first_page_is_one_of_the_listing(
    service: Any, http: Any, reply: Any
) -> None:
    http.on("/runs", reply({}, status=400))
    with pytest.raises(PlatformRefused):
        await listed(service)
    assert len(http.calls) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"id": "r1"},
        {"items": None},
        {"items": {"id": "r1"}},
        [],
        ["r1"],
        7,
        "text",
        {"count": 95},
    ],
)
async def test_a_page_that_is_none_must_not_pass_for_an_empty_one(
    service: Any, http: Any, body: Any
) -> None:
    http.on("/runs", body)
    with pytest.raises(PlatformRefused) as refusal:
        await listed(service)
    assert str(refusal.value) == (
        "listing runs of sandbox prod: the platform sent an answer without items."
    )


async def test_an_error_instead_of_a_page_is_told_in_the_platforms_words(
    service: Any, http: Any
) -> None:
    http.on("/runs", {"error_code": "429050", "message": "Too many requests"})
    with pytest.raises(PlatformRefused) as refusal:
        await listed(service)
    assert "an answer without items, but 429050: Too many requests." in str(refusal.value)


async def test_a_next_page_that_cannot_be_asked_for_must_not_pass_for_the_end(
    service: Any, http: Any
) -> None:
    http.on("/runs", page(2, 1, href="/runs?start=100"))
    with pytest.raises(ListingCutShort) as cut:
        await listed(service)
    assert "a link to a next page without its continuationToken" in str(cut.value)


@pytest.mark.parametrize("href", ["", None, 7, [], {}])
async def test_an_empty_next_link_is_the_end(service: Any, http: Any, href: Any) -> None:
    http.on("/runs", {**page(1), "_links": {"next": {"href": href}}})
    assert await listed(service) == ids(1)


async def test_runs_that_were_not_asked_for_are_left_out(service: Any, http: Any) -> None:
    failed = {"metrics": {"statusSummary": {"status": "Failed"}}}
    done = {"metrics": {"statusSummary": {"status": "success"}}}
    http.on("/runs", {"items": [entity(3, **failed), entity(2, **done), {"no": "id"}, entity(1)]})
    assert await listed(service, RunQuery(statuses=("failed",))) == ids(3)


async def test_many_flows_are_asked_for_in_lists(service: Any, http: Any) -> None:
    flows = tuple(FlowId(f"{number:08x}-0000-4000-8000-000000000000") for number in range(250))
    http.on("/runs", {"items": []})
    await listed(service, RunQuery(flow_ids=flows))
    asked = [
        dict(query)["property"].removeprefix("flowId==").split(",")
        for query in http.queries("/runs")
    ]
    assert [len(some) for some in asked] == [100, 100, 50]
    assert [one for some in asked for one in some] == list(flows)


# By id


async def test_runs_are_looked_up_a_hundred_to_a_call_and_strangers_are_left_out(
    service: Any, http: Any
) -> None:
    wanted = [RunId(f"r{number}") for number in range(150)]
    http.on("/runs", page(*range(100), 1000), page(*range(100, 149)))
    found = await service.runs_by_id(PROD, [*wanted, wanted[0], RunId("")])
    assert list(found) == wanted[:149]
    assert [dict(query)["property"].count(",") for query in http.queries("/runs")] == [99, 49]


async def test_a_look_up_that_is_answered_on_several_pages_is_read_to_the_end(
    service: Any, http: Any
) -> None:
    http.on("/runs", page(1, 2, href=link("a")), page(3))
    found = await service.runs_by_id(PROD, [RunId(one) for one in ids(1, 2, 3)])
    assert list(found) == ids(1, 2, 3)


async def test_a_look_up_ends_with_the_last_of_the_ids_whatever_is_linked(
    service: Any, http: Any, caplog: Any
) -> None:
    http.on("/runs", page(2, 9, href=link("a")), page(1, 8, href=link("a")))
    assert sorted(await service.runs_by_id(PROD, [RunId("r1"), RunId("r2")])) == ids(1, 2)
    assert len(http.calls) == 2
    assert caplog.records == []


async def test_a_look_up_that_goes_round_gives_what_it_found(service: Any, http: Any) -> None:
    http.on("/runs", page(2, href=link("a")))
    assert list(await service.runs_by_id(PROD, [RunId("r1"), RunId("r2")])) == ids(2)
    assert len(http.calls) == 2


async def test_a_look_up_among_strangers_without_end_ends(service: Any, http: Any) -> None:
    """The filter by id does nothing, and there is always more."""
    http.on("/runs", *(page(number, href=link(str(number))) for number in range(10, 1000)))
    assert await service.runs_by_id(PROD, [RunId("r1")]) == {}
    assert len(http.calls) == 50


async def test_ids_are_found_in_whatever_case_the_platform_spells_them(
    service: Any, http: Any
) -> None:
    http.on("/runs", {"items": [{"id": "AB-1", "flowId": "F"}, {"id": "cd-2"}]})
    http.on("/flows", {"items": [{"id": "F", "name": "one"}]})
    runs = await service.runs_by_id(PROD, [RunId("ab-1"), RunId("CD-2")])
    assert {asked: run.id for asked, run in runs.items()} == {
        RunId("ab-1"): "AB-1",
        RunId("cd-2"): "cd-2",
    }
    assert (await service.flows_by_id(PROD, [FlowId("f")]))[FlowId("f")].name == "one"


async def test_nothing_is_asked_where_nothing_is_wanted(service: Any, http: Any) -> None:
    assert await service.runs_by_id(PROD, []) == {}
    assert await service.flows_by_id(PROD, [FlowId("")]) == {}
    assert http.calls == []


async def test_flows_are_asked_for_once(service: Any, http: Any) -> None:
    http.on("/flows", {"items": [{"id": "f1"}, {"id": "f2"}]})
    wanted = [FlowId("f1"), FlowId("f2")]
    assert list(await service.flows_by_id(PROD, wanted)) == wanted
    assert list(await service.flows_by_id(PROD, wanted)) == wanted
    assert http.urls == ["/flows?property=id%3D%3Df1%2Cf2&limit=100"]


async def test_flows_are_known_by_sandbox(service: Any, http: Any) -> None:
    http.on("/flows", {"items": [{"id": "f1"}]})
    await service.flows_by_id(PROD, [FlowId("f1")])
    await service.flows_by_id(STAGE, [FlowId("f1")])
    assert [call.headers["x-sandbox-name"] for call in http.calls] == ["prod", "stage"]


async def test_forgotten_flows_are_asked_for_anew(service: Any, http: Any) -> None:
    http.on("/flows", {"items": [{"id": "f1", "state": "enabled"}]}, {"items": [{"id": "f1"}]})
    await service.flows_by_id(PROD, [FlowId("f1")])
    service.forget_flows(PROD)
    assert (await service.flows_by_id(PROD, [FlowId("f1")]))[FlowId("f1")].state == ""


async def test_a_flow_that_the_list_leaves_out_is_asked_for_by_id(service: Any, http: Any) -> None:
    http.on("/flows", {"items": [{"id": "f1"}]})
    http.on("/flows/f2", {"items": [{"id": "f2", "name": "two"}]})
    found = await service.flows_by_id(PROD, [FlowId("f1"), FlowId("f2")])
    assert {flow_id: flow.name for flow_id, flow in found.items()} == {"f1": "", "f2": "two"}
    assert not any(flow.unread for flow in found.values())


async def test_a_flow_that_is_not_there_is_asked_for_by_id_once(
    service: Any, http: Any, reply: Any
) -> None:
    http.on("/flows", {"items": []})
    http.on("/flows/f%2F..", reply({"errorMessage": "flows not found with id = [f]"}, status=404))
    for _ in range(3):
        assert await service.flows_by_id(PROD, [FlowId("f/..")]) == {}
    assert http.urls == ["/flows?property=id%3D%3Df%2F..&limit=100", "/flows/f%2F.."]


async def test_a_flow_asked_for_by_id_keeps_that_id_whatever_id_the_answer_has(
    service: Any, http: Any
) -> None:
    """The path names it; servers that answer every id with one sample do so."""
    http.on("/flows", {"items": []})
    http.on("/flows/f1", {"items": [{"id": "sample", "name": "one", "state": "enabled"}]})
    flow = (await service.flows_by_id(PROD, [FlowId("f1")]))[FlowId("f1")]
    assert (flow.id, flow.name, flow.state) == ("f1", "one", "enabled")
    assert "shows flow sample" in flow.unread  # what it says of that one is nothing to exclude by


async def test_flows_that_were_listed_are_known(service: Any, http: Any) -> None:
    http.on(
        "/flows",
        {"items": [{"id": "f1"}], "_links": {"next": {"href": "/flows?continuationToken=a"}}},
        {"items": [{"id": "f2"}, {}]},
    )
    pages = [[flow.id for flow in flows] async for flows in service.list_flows(PROD)]
    assert pages == [["f1"], ["f2"]]
    assert list(await service.flows_by_id(PROD, [FlowId("f1"), FlowId("f2")])) == ["f1", "f2"]
    assert len(http.calls) == 2


# Kinds of flow, connectors


async def test_a_kind_of_flow_is_asked_for_once_for_all_sandboxes_and_all_who_wait(
    service: Any, http: Any
) -> None:
    http.on("/flowSpecs/s", {"items": [{"id": "s", "attributes": {"frequency": "batch"}}]})
    asked = [service.flow_spec(sandbox, "s") for sandbox in (PROD, STAGE, PROD)]
    kind = FlowSpec(id="s", name="", frequency="batch", is_source=None)
    assert await asyncio.gather(*asked) == [kind] * 3
    assert http.urls == ["/flowSpecs/s"]


async def test_a_kind_of_flow_that_is_not_there_is_none_and_not_asked_for_again(
    service: Any, http: Any, reply: Any
) -> None:
    http.on("/flowSpecs/s", reply({"title": "not found"}, status=404))
    assert await service.flow_spec(PROD, "s") is None
    assert await service.flow_spec(PROD, "s") is None
    assert len(http.calls) == 1


async def test_a_kind_of_flow_that_could_not_be_had_is_asked_for_anew(
    service: Any, http: Any, reply: Any
) -> None:
    http.on("/flowSpecs/s", reply(b"", status=500))
    with pytest.raises(PlatformUnreachable):
        await service.flow_spec(PROD, "s")
    http.on("/flowSpecs/s", {"id": "s"})
    assert await service.flow_spec(PROD, "s") == FlowSpec(
        id="s", name="", frequency="", is_source=None
    )


async def test_closing_stops_what_is_still_asked(service: Any, http: Any) -> None:
    async def never(call: Any) -> Any:
        await asyncio.Event().wait()

    http.call = never
    waiting = asyncio.create_task(service.flow_spec(PROD, "s"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await service.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_the_names_of_connectors_are_asked_for_once(service: Any, http: Any) -> None:
    http.on(
        "/connectionSpecs",
        {"items": [{"id": "c1", "name": "amazon-s3"}], "_links": {"next": {"href": link("a")}}},
        {"items": [{"id": "c2", "name": "sftp"}, {"name": "without"}]},
    )
    assert await service.connector_names(PROD) == {"c1": "amazon-s3", "c2": "sftp"}
    assert await service.connector_names(PROD) == {"c1": "amazon-s3", "c2": "sftp"}
    assert len(http.calls) == 2


# Sandboxes


def boxes(*numbers: int, **more: Any) -> dict[str, Any]:
    return {"sandboxes": [{"name": f"s{number}", "state": "active"} for number in numbers], **more}


async def test_sandboxes_are_paged_by_offset_and_no_link_is_followed(
    service: Any, http: Any
) -> None:
    template = {"href": "https://platform.adobe.io:443/?limit={limit}&offset={offset}"}
    http.on(SANDBOXES, boxes(*range(50), _links={"next": template}), boxes(50, 51))
    assert [sandbox.name for sandbox in await service.sandboxes()] == [f"s{n}" for n in range(52)]
    assert http.queries(SANDBOXES) == [
        [("limit", "50"), ("offset", "0")],
        [("limit", "50"), ("offset", "50")],
    ]
    assert ["x-sandbox-name" in call.headers for call in http.calls] == [False, False]


async def test_a_sandbox_list_that_repeats_itself_ends(service: Any, http: Any) -> None:
    http.on(SANDBOXES, boxes(*range(50)))
    assert len(await service.sandboxes()) == 50
    assert len(http.calls) == 2


async def test_an_answer_without_sandboxes_must_not_pass_for_none(service: Any, http: Any) -> None:
    http.on(SANDBOXES, {"items": []})
    with pytest.raises(PlatformRefused) as refusal:
        await service.sandboxes()
    assert str(refusal.value) == "listing sandboxes: the platform sent an answer without sandboxes."


async def test_a_sandbox_list_without_end_is_bounded(service: Any, http: Any) -> None:
    http.on(SANDBOXES, *(boxes(*range(start, start + 50)) for start in range(0, 20_000, 50)))
    assert len(await service.sandboxes()) == 10_000


@pytest.mark.parametrize("most", [1, 7, 20, 49])
@pytest.mark.parametrize("count", [1, 20, 40, 41, 49])
async def test_a_server_that_gives_fewer_sandboxes_than_it_was_asked_for_is_asked_on(
    service: Any, http: Any, most: int, count: int
) -> None:
    """Whether its list ends with a full page or not; no answer says that another follows."""
    starts = range(0, count + most, most)
    http.on(SANDBOXES, *(boxes(*range(start, min(start + most, count))) for start in starts))
    assert [sandbox.name for sandbox in await service.sandboxes()] == [
        f"s{n}" for n in range(count)
    ]
    offsets = [int(dict(query)["offset"]) for query in http.queries(SANDBOXES)]
    assert offsets == sorted(set(offsets))
    assert len(offsets) <= count // most + 2


async def test_a_short_page_of_sandboxes_with_a_next_one_is_not_the_last(
    service: Any, http: Any
) -> None:
    following, last = {"next": {"href": "x"}, "page": {"href": "x"}}, {"page": {"href": "x"}}
    pages = [
        boxes(*range(50), _links=following),
        boxes(50, _links=following),
        boxes(51, _links=last),
    ]
    http.on(SANDBOXES, *pages)
    assert len(await service.sandboxes()) == 52
    assert len(http.calls) == 3


async def test_a_short_list_of_sandboxes_that_says_it_is_whole_takes_one_call(
    service: Any, http: Any
) -> None:
    http.on(SANDBOXES, boxes(1, 2, _links={"page": {"href": "x"}}))
    assert len(await service.sandboxes()) == 2
    assert len(http.calls) == 1


async def test_a_sandbox_list_that_refuses_to_go_further_has_ended(
    service: Any, http: Any, reply: Any
) -> None:
    http.on(SANDBOXES, boxes(1, 2), reply(b"no such offset", status=400))
    assert len(await service.sandboxes()) == 2


async def test_a_sandbox_list_of_one_at_a_time_without_end_is_bounded(
    service: Any, http: Any
) -> None:
    http.on(SANDBOXES, *(boxes(number) for number in range(3000)))
    assert len(await service.sandboxes()) == 1000


async def test_a_sandbox_list_that_is_empty_is_empty(service: Any, http: Any) -> None:
    http.on(SANDBOXES, boxes())
    assert await service.sandboxes() == ()
