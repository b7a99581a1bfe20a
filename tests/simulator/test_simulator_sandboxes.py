"""Sandbox management."""

from typing import Any

import pytest

LIST = "/data/foundation/sandbox-management"
THREE = [
    {"name": "prod", "type": "production", "region": "NLD2", "is_default": True},
    {"name": "old", "state": "deleted"},
    {"name": "theirs", "permission": "none"},
]


async def test_a_sandbox_has_the_documented_fields(start: Any) -> None:
    visitor = await start(sandboxes=THREE)
    first = (await visitor.send("GET", f"{LIST}/")).json["sandboxes"][0]
    assert first == {
        "name": "prod",
        "title": "Prod",
        "state": "active",
        "type": "production",
        "region": "NLD2",
        "isDefault": True,
        "etag": 1,
        "createdDate": "2019-09-04 04:57:24",
        "lastModifiedDate": "2027-01-15 08:00:00",
        "createdBy": "0A1B2C3D4E5F@AdobeID",
        "modifiedBy": "0A1B2C3D4E5F@AdobeID",
    }


async def test_the_two_lists_show_what_is_ours_and_what_there_is(start: Any) -> None:
    visitor = await start(sandboxes=THREE)
    ours = await visitor.send("GET", f"{LIST}/")
    everything = await visitor.send("GET", f"{LIST}/sandboxes")
    assert [s["name"] for s in ours.json["sandboxes"]] == ["prod", "old"]
    assert [s["name"] for s in everything.json["sandboxes"]] == ["prod", "old", "theirs"]


async def test_listing_every_sandbox_can_need_a_permission_that_we_lack(start: Any) -> None:
    visitor = await start(sandboxes=THREE, behaviour={"sandbox_admin": False})
    assert (await visitor.send("GET", f"{LIST}/sandboxes")).status == 403
    assert (await visitor.send("GET", f"{LIST}/")).status == 200


async def test_one_sandbox_is_had_by_name_unless_it_is_unknown_or_not_ours(start: Any) -> None:
    visitor = await start(sandboxes=THREE)
    answers = [
        await visitor.send("GET", f"{LIST}/sandboxes/{name}") for name in ("old", "no", "theirs")
    ]
    assert [answer.status for answer in answers] == [200, 404, 404]
    assert answers[0].json["state"] == "deleted"


@pytest.mark.parametrize("query", [{"limit": "1"}, {"offset": "1"}, {"limit": "x", "offset": "0"}])
async def test_limit_and_offset_go_together(start: Any, query: dict[str, str]) -> None:
    visitor = await start(sandboxes=THREE)
    answer = await visitor.send("GET", f"{LIST}/", query=list(query.items()))
    assert (answer.status, answer.code) == (400, "SMS-2074-400")


async def test_pages_are_cut_by_limit_and_offset_and_their_links_are_templates(start: Any) -> None:
    visitor = await start(sandboxes=THREE)
    pages = [
        await visitor.send("GET", f"{LIST}/", query=[("limit", "1"), ("offset", str(offset))])
        for offset in range(3)
    ]
    names = [[s["name"] for s in page.json["sandboxes"]] for page in pages]
    assert names == [["prod"], ["old"], []]
    assert pages[0].json["_page"] == {"limit": 1, "count": 1}
    assert sorted(pages[0].json["_links"]) == ["next", "page"]
    assert sorted(pages[1].json["_links"]) == ["page", "prev"]
    assert pages[0].json["_links"]["next"] == {
        "href": f"https://platform.adobe.io:443{LIST}/?limit={{limit}}&offset={{offset}}",
        "templated": True,
    }
