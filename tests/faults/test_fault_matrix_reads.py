"""Every fault of the simulator at every kind of read: it passes by itself, or ends the work with nothing lost.

Whatever a read meets, no run is re-triggered because of it, none twice, and once the fault is over the same command
settles everything. ``run`` (one run by id) is never called by us: a look-up by id is a listing.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.faults.hall import RUNS, Hall, opened_hall

Fault = dict[str, object] | str

READS = ("token", "sandboxes", "runs", "flows", "flow_specs", "connection_specs")
OF_THE_PLATFORM = READS[1:]


@dataclass(frozen=True, kw_only=True)
class Site:
    """A read of ours: the kind of call, and its place among its like."""

    call: str
    nth: int = 1
    from_before: bool = True
    """Whether it comes before anything is in the journal."""


SITES = {
    "token": Site(call="token"),
    "sandboxes": Site(call="sandboxes"),
    "look-up": Site(call="runs"),
    "listing": Site(call="runs", nth=2),
    "flows": Site(call="flows"),
    "flow specs": Site(call="flow_specs"),
    "connectors": Site(call="connection_specs"),
    "sources": Site(call="runs", nth=3),
    "verification": Site(call="runs", nth=4, from_before=False),
    "other hands": Site(call="runs", nth=5, from_before=False),
}
EVERY = list(SITES)
FROM_BEFORE = [name for name, site in SITES.items() if site.from_before]


def every_kind(hall: Hall) -> dict[str, object]:
    """Return what of the spec makes every kind of read occur: two runs by id, the others by filter and connector."""
    runs = hall.served.platform.world.runs
    rule = {
        "status": ["failed"],
        "started": {"last": "24h"},
        "flows": {"connectors": ["amazon-s3"]},
    }
    ids = [runs.id_of(number) for number in range(RUNS // 2)]
    return {"sandboxes": [{"name": "prod", "runs": ids, "filters": [rule]}]}


def status(status: int, **more: object) -> Fault:
    return {"status": {"status": status, **more}}


HARMLESS: dict[str, Fault] = {
    "a little late": {"answer_late": {"seconds": 0.05}},
    "a little slow": {"slow_body": {"seconds": 0.05}},
    "called HTML and is none": "wrong_content_type",
}

PASSING: dict[str, Fault] = {
    "too late": {"answer_late": {"seconds": 0.7}},
    "reset after": "commit_then_drop",
    "reset before": "drop_before_commit",
    "cut body": "cut_body",
    "too slow a body": {"slow_body": {"seconds": 3}},
    "empty success": "empty_body",
    "half a success": "unreadable_success",
    "throttled by a 500": "throttle_500",
    "500 in HTML": status(500, body="html"),
    "502 in HTML": status(502, body="html"),
    "502 with nothing": status(502, body="empty"),
    "503 of the gateway": status(503, body="gateway"),
    "504 as text": status(504, body="text"),
    "504 after the fact": {"commit_then_status": {"status": 504, "body": "html"}},
    "429": status(429, body="gateway"),
    "429, in seconds": status(429, retry_after="seconds", retry_after_seconds=0.02),
    "429, until a date": status(429, retry_after="http_date", retry_after_seconds=2),
    "429, for a lifetime": status(429, retry_after="absurd"),
    "429, for less than nothing": status(429, retry_after="negative"),
    "429, in a word": status(429, retry_after="garbage"),
    "408": status(408, body="text"),
}

# Of a token's answer the beginning is enough: blanks behind it are not read.
HUGE: dict[str, Fault] = {"a gigabyte": {"huge_body": {"megabytes": 1024}}}

# What IMS says by these is final.
TOKEN: dict[str, Fault] = {
    "401 of the gateway": status(401, body="gateway"),
    "revoked token": "token_revoked",
    "401 in HTML": status(401, body="html"),
    "403010": status(403, body="gateway", code="403010"),
}
TRANSIENT_403: dict[str, Fault] = {
    "a 403 that means 503": status(403, body="gateway", code="503020")
}

LASTING: dict[str, Fault] = {
    "400": status(400),
    "400 as text": status(400, body="text"),
    "hostile text": "hostile_text",
    "403 of the service": status(403, code="2120-403"),
    "404 in HTML": status(404, body="html"),
    "404 of the sandbox": status(404, code="2101-404"),
    "412": status(412, code="1404-412"),
    "redirect": {"redirect": {"to": "http://127.0.0.1:9/", "status": 302}},
    "lasting redirect": {"redirect": {"to": "http://127.0.0.1:9/", "status": 308}},
}
CREDENTIALS: dict[str, Fault] = {"403 of the gateway": status(403, body="gateway")}


def table(*tables: dict[str, Fault]) -> pytest.MarkDecorator:
    cells = {name: fault for one in tables for name, fault in one.items()}
    return pytest.mark.parametrize("fault", cells.values(), ids=cells)


def cells(*tables: dict[str, Fault], sites: list[str]) -> list[ParameterSet]:
    return [
        pytest.param(SITES[site], fault, id=f"{site}: {name}")
        for table in tables
        for name, fault in table.items()
        for site in sites
    ]


def answers(hall: Hall) -> Counter[str]:
    """How many calls of each kind were answered."""
    return Counter(line.kind for line in hall.served.platform.ledger.requests)


USUAL = {
    "token": 1,
    "sandboxes": 1,
    # A look-up, a listing, the look at sources, the verification, the look for other hands, and the same at the end.
    "runs": 6,
    "flows": 3,  # by id, all for their connectors, by id when verified
    "flow_specs": 1,
    "connection_specs": 1,
    "retrigger": RUNS,
}


def all_is_done(hall: Hall) -> None:
    """Everything was re-triggered at the first request for it, and both books say so."""
    hall.agree()
    (stood,) = hall.executions()
    assert (stood.execution.state, stood.execution.exit_code) == ("finished", 0)
    assert stood.outcomes == {"retriggered": RUNS}
    assert (hall.asked("retrigger"), len(hall.accepted)) == (RUNS, RUNS)


def nothing_was_sent(hall: Hall, site: Site) -> None:
    assert hall.asked("retrigger") == 0
    stood = [(stood.execution.state, stood.outcomes) for stood in hall.executions()]
    assert stood == ([] if site.from_before else [("interrupted", {"not_attempted": RUNS})])


@table(HARMLESS)
async def test_what_harms_no_read_is_not_even_repeated(folder: Path, fault: Fault) -> None:
    faults = [{"match": {"call": list(READS)}, "do": fault}]
    async with opened_hall(folder, faults=faults) as hall:
        assert await hall.apply(**every_kind(hall)) == 0, hall.said
        assert answers(hall) == USUAL
        all_is_done(hall)


@pytest.mark.parametrize(
    ("kinds", "fault"),
    [
        *(pytest.param(READS, fault, id=name) for name, fault in PASSING.items()),
        *(
            pytest.param(OF_THE_PLATFORM, fault, id=name)
            for one in (HUGE, TOKEN, TRANSIENT_403)
            for name, fault in one.items()
        ),
    ],
)
async def test_every_read_is_repeated_after_a_passing_fault_and_all_goes_on(
    folder: Path, kinds: tuple[str, ...], fault: Fault
) -> None:
    # Every first, third, fifth ... call of a kind is struck: each read once, for the next call of a kind repeats it.
    odd = {"nth": list(range(1, 40, 2))}
    faults = [{"match": {"call": kind}, "when": odd, "do": fault} for kind in kinds]
    async with opened_hall(folder, faults=faults) as hall:
        assert await hall.apply(**every_kind(hall)) == 0, hall.said
        all_is_done(hall)
        twice = {kind: count * (2 if kind in kinds else 1) for kind, count in USUAL.items()}
        made = answers(hall)
        if fault in TOKEN.values():
            assert made.pop("token") > twice.pop("token")
        assert made == twice


# What is said instead; other hands are looked for flow by flow then.
FORGIVING = {
    "sandboxes": "the sandboxes cannot be listed",
    "flows": "flows of sandbox prod cannot be looked up, so nothing is known of them",
    "flow specs": "kinds of flow cannot be looked up",
    "sources": "Not looked at: the newest runs of 2 flows",
    "other hands": "",
}


@pytest.mark.parametrize(("site", "fault"), cells(LASTING, sites=list(FORGIVING)))
async def test_what_can_be_done_without_is_not_insisted_on_and_said(
    folder: Path, caplog: pytest.LogCaptureFixture, site: Site, fault: Fault
) -> None:
    async with opened_hall(folder, faults=[at(site, fault)]) as hall:
        assert await hall.apply(**every_kind(hall)) == 0, hall.said
        all_is_done(hall)
        said = f"{hall.said}\n{caplog.text}"
        told = [name for name, words in FORGIVING.items() if words and words in said]
        assert told == [name for name, words in FORGIVING.items() if words and SITES[name] == site]


def at(site: Site, fault: Fault) -> dict[str, object]:
    return {"match": {"call": site.call}, "when": {"nth": site.nth}, "do": fault}


@pytest.mark.parametrize(
    ("site", "fault"),
    [
        *cells(LASTING, sites=[site for site in EVERY if site not in FORGIVING]),
        *cells(CREDENTIALS, sites=EVERY),
    ],
)
async def test_a_refused_read_ends_it_and_nothing_is_lost(
    folder: Path, site: Site, fault: Fault
) -> None:
    is_sandbox = fault == LASTING["404 of the sandbox"] and site.call != "token"
    may_pass = not is_sandbox and fault not in CREDENTIALS.values()
    async with opened_hall(folder, faults=[at(site, fault)]) as hall:
        assert await hall.apply(**every_kind(hall)) == (7 if may_pass else 2), hall.said
        assert hall.asked(site.call) == site.nth  # not repeated
        nothing_was_sent(hall, site)
        if not site.from_before:
            await hall.healed(**every_kind(hall))


TOO_LATE: dict[str, Fault] = {"too late": {"answer_late": {"seconds": 0.7}}}
ENDLESS: dict[str, Fault] = {
    "reset": "drop_before_commit",
    "cut body": "cut_body",
    "500": "throttle_500",
    "502 in HTML": status(502, body="html"),
    "429": status(429, body="gateway", retry_after="absurd"),
}
# Not the platform speaks, it seems: what is nice to know is done without.
NO_JSON: dict[str, Fault] = {"empty success": "empty_body"}


@pytest.mark.parametrize(
    ("site", "fault"),
    [
        *cells(ENDLESS, sites=[site for site in FROM_BEFORE if SITES[site].nth == 1]),
        *cells(TOO_LATE, sites=["token", "look-up"]),
        *cells(NO_JSON, sites=["token", "look-up", "flows", "connectors"]),
        *cells(TOKEN, TRANSIENT_403, sites=["sandboxes", "look-up", "flows"]),
        *cells(HUGE, sites=["look-up"]),
    ],
)
async def test_a_fault_that_does_not_pass_ends_it_after_three_attempts_and_nothing_is_lost(
    folder: Path, site: Site, fault: Fault
) -> None:
    # Without "nth": each call of this kind.
    async with opened_hall(folder, faults=[{**at(site, fault), "when": {}}]) as hall:
        assert await hall.apply(**every_kind(hall)) == 7, hall.said
        # aiohttp itself repeats a read whose connection broke (never a POST), so twice three it can be.
        assert 3 <= hall.asked(site.call) <= 6
        nothing_was_sent(hall, site)


@pytest.mark.parametrize(("site", "fault"), cells(NO_JSON, sites=["sandboxes", "flow specs"]))
async def test_what_is_never_json_and_can_be_done_without_is_done_without_after_three_attempts(
    folder: Path, caplog: pytest.LogCaptureFixture, site: Site, fault: Fault
) -> None:
    async with opened_hall(folder, faults=[{**at(site, fault), "when": {}}]) as hall:
        assert await hall.apply(**every_kind(hall)) == 0, hall.said
        all_is_done(hall)
        assert "HTTP 200 whose body is no JSON (on the last of 3 attempts)" in (
            f"{hall.said}\n{caplog.text}"
        )


@table(
    {"500": "throttle_500", "401 of the gateway": status(401, body="gateway"), "cut": "cut_body"}
)
async def test_a_platform_that_goes_away_before_the_first_request_can_be_gone_back_to(
    folder: Path, fault: Fault
) -> None:
    first = SITES["verification"].nth
    faults = [{"match": {"call": "runs"}, "when": {"nth": list(range(first, 30))}, "do": fault}]
    async with opened_hall(folder, faults=faults) as hall:
        assert await hall.apply(**every_kind(hall)) == 7, hall.said
        nothing_was_sent(hall, SITES["verification"])
        await hall.healed(**every_kind(hall))


async def test_other_hands_that_cannot_be_looked_for_at_all_stop_the_work_before_anything_is_sent(
    folder: Path,
) -> None:
    site = SITES["other hands"]
    one_by_one = {"match": {"call": "runs", "flow": "S3 1"}, "do": status(400)}
    async with opened_hall(folder, faults=[at(site, status(400)), one_by_one]) as hall:
        # Nothing that narrows the listing to one flow before.
        assert await hall.apply(**every_kind(hall)) == 7, hall.said
        nothing_was_sent(hall, site)
        await hall.healed(**every_kind(hall))
