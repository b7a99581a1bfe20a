"""What holds for every filter, page size and seed."""

import json
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.simulator import Scenario
from runner.simulator.calls import Call
from runner.simulator.filters import Condition, entity_fits, parse_filter
from runner.simulator.ids import Ids
from runner.simulator.paging import Position, envelope, read_token, write_token
from runner.simulator.queries import read_query
from runner.simulator.run_entity import run_entity
from runner.simulator.run_listing import RunListing
from runner.simulator.simulated_platform import Platform
from runner.simulator.world import World

NOW_MS = 1_800_000_000_000
MOST_PAGES = 100  # there are 57 runs to be listed, one a page at least
# A busy machine is not a failing test.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
RUNS = {
    "failed": 9,
    "success": 4,
    "success_empty": 2,
    "partial": 2,
    "in_progress": 1,
    "queued": 1,
    "errors": {"CONNECTOR-1001-500": 2, "140": 1},
}


def world(paging: str) -> World:
    flows = [{"id": f"F{n}", "name": f"Flow {n}", "runs": RUNS} for n in range(3)]
    flows.append({"id": "H", "labelled": True, "runs": RUNS})
    data = {
        "sandboxes": [
            {"name": "prod", "flows": flows},
            {"name": "stage", "flows": [{"runs": RUNS}]},
        ],
        "behaviour": {"paging": paging, "quirks": True},
    }
    return World(Scenario.from_dict(data), now_ms=NOW_MS)


WORLDS = {paging: world(paging) for paging in ("stable", "shifting")}
STATUSES = st.sampled_from(["failed", "success", "partialSuccess", "inProgress", "queued", "none"])
TIMES = st.integers(NOW_MS - 13 * 3_600_000, NOW_MS)
OPERATORS = st.sampled_from([">", ">=", "<", "<="])
TIME_PATHS = st.sampled_from(
    [
        "createdAt",
        "updatedAt",
        "metrics.durationSummary.startedAtUTC",
        "metrics.durationSummary.completedAtUTC",
    ]
)
HEADERS = {
    "x-api-key": "simulated-client",
    "x-gw-ims-org-id": "0123456789ABCDEF01234567@AdobeOrg",
    "x-sandbox-name": "prod",
    "content-type": "application/json",
}
FORM = (
    b"grant_type=client_credentials&client_id=simulated-client"
    b"&client_secret=simulated-secret&scope=openid"
)
PLATFORM = Platform(WORLDS["stable"].scenario, now_ms=lambda: NOW_MS)
TOKEN = json.loads(
    PLATFORM.handle(
        Call(
            method="POST",
            path="/ims/token/v3",
            query=(),
            raw_query="",
            headers={"content-type": "application/x-www-form-urlencoded"},
            body=FORM,
        )
    ).reply.body
)["access_token"]
FILTERS = st.one_of(
    st.builds("metrics.statusSummary.status=={}".format, STATUSES),
    st.builds("metrics.statusSummary.status=={},{}".format, STATUSES, STATUSES),
    st.builds("flowId=={}".format, st.sampled_from(["F0", "F1", "F0,F2", "H", "nothing"])),
    st.builds("metrics.statusSummary.errors[].code=={}".format, st.sampled_from(["140", "133"])),
    st.builds("{}{}{}".format, TIME_PATHS, OPERATORS, TIMES),
    st.builds(
        lambda numbers: "id==" + ",".join(WORLDS["stable"].runs.id_of(n) for n in numbers),
        st.lists(st.integers(0, 75), min_size=1, max_size=9),
    ),
)
ORDERS = st.sampled_from(["-createdAt", "createdAt", "id", "-updatedAt", "flowId,-createdAt"])


def asked(filters: list[str], **more: str) -> Call:
    query = [("property", text) for text in filters] + list(more.items())
    return Call(method="GET", path="/runs", query=tuple(query), raw_query="", headers={}, body=b"")


def expected(here: World, filters: list[str]) -> set[str]:
    """What fits by the plain meaning of a filter: the whole entity, condition by condition."""
    conditions = [parse_filter(text) for text in filters]
    sandbox = here.sandboxes["prod"]
    entities = (run_entity(here, number, now_ms=NOW_MS) for number in here.in_order(sandbox))
    return {str(entity["id"]) for entity in entities if entity_fits(entity, conditions)}


@settings(UNHURRIED, max_examples=150)
@given(
    paging=st.sampled_from(["stable", "shifting"]),
    filters=st.lists(FILTERS, max_size=3),
    order=ORDERS,
    limit=st.integers(1, 60),
)
def test_the_pages_together_hold_every_fitting_run_once(
    paging: str, filters: list[str], order: str, limit: int
) -> None:
    here = WORLDS[paging]
    sandbox, style = here.sandboxes["prod"], here.behaviour
    pages: list[list[str]] = []
    token: dict[str, str] = {}
    for _ in range(MOST_PAGES):
        call = asked(filters, orderby=order, limit=str(limit), **token)
        query = read_query(call, style)
        page = RunListing(here, sandbox, query, now_ms=NOW_MS).page()
        pages.append([here.runs.id_of(number) for number in page.numbers])
        if page.following is None:
            break
        token = {"continuationToken": write_token(page.following)}
    else:
        pytest.fail("the next links never end")
    met = [run for page in pages for run in page]
    assert len(met) == len(set(met))
    assert set(met) == expected(here, filters)
    assert all(len(page) == limit for page in pages[:-1])
    count = RunListing(here, sandbox, read_query(asked(filters), style), now_ms=NOW_MS).count()
    assert count == len(met)


ANY_TEXT = st.text(max_size=30)


@UNHURRIED
@given(
    path=st.one_of(
        ANY_TEXT,
        st.sampled_from(["/runs", "/runs/x", "/runs/x/action", "/flows", "/flowSpecs/"]).map(
            "/data/foundation/flowservice{}".format
        ),
        st.sampled_from(["/", "", "/sandboxes", "/sandboxes/x"]).map(
            "/data/foundation/sandbox-management{}".format
        ),
    ),
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD"]),
    query=st.lists(
        st.tuples(
            st.sampled_from(
                ["property", "limit", "orderby", "continuationToken", "count", "op", "x"]
            ),
            st.one_of(ANY_TEXT, st.builds("createdAt{}{}".format, OPERATORS, ANY_TEXT)),
        ),
        max_size=3,
    ),
)
def test_no_request_breaks_the_platform(
    path: str, method: str, query: list[tuple[str, str]]
) -> None:
    answer = PLATFORM.handle(
        Call(
            method=method,
            path=path,
            query=tuple(query),
            raw_query="",
            headers={**HEADERS, "authorization": f"Bearer {TOKEN}"},
            body=b"\xff{",
        )
    )
    assert 200 <= answer.reply.status < 500
    assert json.loads(answer.reply.body)


NAME = st.from_regex(
    r"[A-Za-z][A-Za-z0-9]{0,8}(\[\])?(\.[A-Za-z][A-Za-z0-9]{0,8}(\[\])?){0,3}", fullmatch=True
)
VALUE = st.from_regex(r"[A-Za-z0-9:_@. -]{1,12}", fullmatch=True)


@UNHURRIED
@given(path=NAME, values=st.lists(VALUE, min_size=1, max_size=4))
def test_an_equality_is_read_as_it_was_written(path: str, values: list[str]) -> None:
    if path in {"createdAt", "updatedAt"}:
        return
    read = parse_filter(f"{path}=={','.join(values)}")
    assert read == Condition(path, "==", frozenset(values))


@UNHURRIED
@given(path=NAME, operator=OPERATORS, bound=st.integers(-(10**12), 10**15), found=st.integers())
def test_a_range_compares_numbers_and_nothing_else(
    path: str, operator: str, bound: int, found: int
) -> None:
    if path == "id":
        return
    read = parse_filter(f"{path}{operator}{bound}")
    meant = {
        ">": found > bound,
        ">=": found >= bound,
        "<": found < bound,
        "<=": found <= bound,
    }
    assert read.fits(found) is meant[operator]
    assert not read.fits(str(found))
    assert not read.fits(None)


@UNHURRIED
@given(
    place=st.builds(
        Position,
        created_ms=st.integers(0, 1 << 62),
        number=st.integers(0, 1 << 40),
        passed=st.integers(0, 1 << 40),
    ),
    style=st.sampled_from(["path", "query", "repeats_filters"]),
)
def test_a_token_survives_its_link(place: Position, style: str) -> None:
    behaviour = Scenario.from_dict({"behaviour": {"next_link": style}}).behaviour
    body: Any = envelope(
        [], collection="runs", following=place, call=asked(["id==a,b"]), style=behaviour
    )
    href = body["_links"]["next"]["href"]
    token = dict(parse_qsl(urlsplit(href).query))["continuationToken"]
    assert read_token(token) == place
    assert quote(token, safe="") != token


@UNHURRIED
@given(seed=st.integers(), number=st.integers(0, (1 << 40)))
def test_a_run_id_leads_back_to_its_number(seed: int, number: int) -> None:
    ids = Ids(seed=seed)
    run_id = ids.run_id(number)
    assert ids.number_of(run_id) == number
    assert ids.number_of(run_id[:-1] + "g") is None
    assert ids.number_of(("1" if run_id[0] == "0" else "0") + run_id[1:]) is None
    assert ids.number_of(run_id + "0") is None
