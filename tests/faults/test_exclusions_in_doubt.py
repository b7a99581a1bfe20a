"""Whatever keeps an exclusion from being judged, what it may exclude is not re-triggered; what it cannot be about is.

The platform's own ledger says what was re-triggered.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.hall import Hall, opened_hall

FILTER = {"status": ["failed"], "started": {"last": "24h"}}
SANDBOXES = [
    {
        "name": name,
        "flows": [
            {"name": "Legacy [CRM]", "connector": "salesforce", "runs": {"failed": 2}},
            {"name": "S3 orders", "connector": "amazon-s3", "runs": {"failed": 3}},
        ],
    }
    for name in ("prod", "stage")
]


def flows_answer(do: object, **match: object) -> dict[str, object]:
    return {"match": {"call": "flows", "sandbox": "prod", **match}, "do": do}


def status(status: int, **more: object) -> dict[str, object]:
    return {"status": {"status": status, **more}}


UNREADABLE = {
    "403": status(403, code="2120-403"),
    "404 of the sandbox": status(404, code="2101-404"),
    "404 in HTML": status(404, body="html"),
    "404 with nothing": status(404, body="empty"),
    "400": status(400),
    "405": status(405, body="text"),
    "501": status(501, body="text"),
    "hostile text": "hostile_text",
    "redirect": {"redirect": {"to": "http://127.0.0.1:9/", "status": 302}},
    "empty success": "empty_body",
    "half a success": "unreadable_success",
}
ENDING = {
    "500": status(500),
    "502 in HTML": status(502, body="html"),
    "reset": "drop_before_commit",
    "403 of the gateway": status(403, body="gateway"),
}


def excluding(*entries: str, **more: object) -> list[dict[str, object]]:
    return [
        {"name": "prod", "filters": [FILTER], "exclude": {"flows": list(entries)}, **more},
        {"name": "stage", "filters": [FILTER]},
    ]


def accepted(hall: Hall) -> Counter[tuple[str, str]]:
    """How many runs of each flow were re-triggered."""
    world = hall.served.platform.world
    numbers = map(world.runs.number_of, hall.accepted)
    flows = [world.flow_of(number) for number in numbers if number is not None]
    return Counter((flow.sandbox.name, flow.name) for flow in flows)


STAGE = {("stage", "Legacy [CRM]"): 2, ("stage", "S3 orders"): 3}


@pytest.mark.parametrize("do", UNREADABLE.values(), ids=UNREADABLE)
async def test_where_names_of_flows_cannot_be_read_runs_are_passed_over_with_the_cause(
    folder: Path, do: object
) -> None:
    async with opened_hall(folder, faults=[flows_answer(do)], sandboxes=SANDBOXES) as hall:
        assert await hall.apply(sandboxes=excluding("Legacy *")) == 0, hall.said

        assert accepted(hall) == STAGE  # nothing is excluded there
        (stood,) = hall.executions()
        assert stood.outcomes == {"retriggered": 5}
        in_doubt = [row.reason for row in stood.rows if "exclusion_unknown" in row.reason]
        assert len(in_doubt) == 5
        assert all("exclude.flows (Legacy *) needs the name" in reason for reason in in_doubt)
        assert "prod: whether 5 runs must be left alone cannot be judged" in hall.said
        assert "nothing else is left there" in hall.said


async def test_where_no_run_is_left_that_can_be_judged_it_is_refused(folder: Path) -> None:
    async with opened_hall(
        folder, faults=[flows_answer(UNREADABLE["403"])], sandboxes=SANDBOXES
    ) as hall:
        assert await hall.apply(sandboxes=excluding("Legacy *")[:1]) == 2

        assert accepted(hall) == {}
        assert hall.executions() == []
        for fragment in ("which are excluded", "HTTP 403", "exclude by id"):
            assert fragment in hall.said


@pytest.mark.parametrize("do", ENDING.values(), ids=ENDING)
async def test_where_the_platform_cannot_be_read_at_all_nothing_is_sent(
    folder: Path, do: object
) -> None:
    async with opened_hall(folder, faults=[flows_answer(do)], sandboxes=SANDBOXES) as hall:
        # Credentials that are refused outright are a wrong setting; what is else may pass.
        code = 2 if do == ENDING["403 of the gateway"] else 7
        assert await hall.apply(sandboxes=excluding("Legacy *")) == code, hall.said
        assert accepted(hall) == {}


@pytest.mark.parametrize("do", [UNREADABLE["403"], UNREADABLE["empty success"]])
async def test_an_exclusion_by_id_is_judged_without_any_name(folder: Path, do: object) -> None:
    async with opened_hall(folder, faults=[flows_answer(do)], sandboxes=SANDBOXES) as hall:
        flows = hall.served.platform.world.sandboxes["prod"].flows
        (legacy,) = (flow.id for flow in flows if flow.name == "Legacy [CRM]")

        assert await hall.apply(sandboxes=excluding(legacy)) == 0, hall.said

        assert accepted(hall) == {**STAGE, ("prod", "S3 orders"): 3}
        assert "cannot be judged" not in hall.said


async def test_an_inclusion_that_cannot_be_judged_takes_nothing_in_and_is_not_silent(
    folder: Path,
) -> None:
    asked = {**FILTER, "flows": {"connectors": ["amazon-s3"]}}
    for call in ("flows", "connection_specs"):
        fault = {"match": {"call": call, "sandbox": "prod"}, "do": UNREADABLE["403"]}
        async with opened_hall(folder, faults=[fault], sandboxes=SANDBOXES) as hall:
            assert await hall.apply(sandboxes=[{"name": "prod", "filters": [asked]}]) == 7
            assert accepted(hall) == {}
            assert "HTTP 403" in hall.said


async def test_where_the_platforms_filters_do_nothing_it_is_said_what_left_nothing(
    folder: Path,
) -> None:
    ignored = ["metrics.statusSummary.status", "metrics.durationSummary.startedAtUTC"]
    sandbox = {"name": "prod", "flows": [{"name": "A", "runs": {"failed": 3, "success": 2}}]}
    long_ago = {"from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z"}
    filters = [
        {"status": ["failed"], "started": long_ago},
        {"status": ["partialSuccess"], "started": {"last": "24h"}},
    ]
    async with opened_hall(
        folder, sandboxes=[sandbox], behaviour={"ignored_filters": ignored}
    ) as hall:
        assert await hall.apply(sandboxes=[{"name": "prod", "filters": filters}]) == 0, hall.said

        assert "filter 1: 5 runs looked at: 5 outside the window" in hall.said
        assert "filter 2: 5 runs looked at: 5 of another status (failed 3, success 2)" in hall.said


async def test_a_cap_that_is_exceeded_hides_no_warning_of_what_was_not_excluded(
    folder: Path,
) -> None:
    async with opened_hall(folder, sandboxes=SANDBOXES) as hall:
        code = await hall.apply(sandboxes=excluding("Legcy*"), cap={"max_runs": 3})

        assert (code, accepted(hall)) == (3, {})
        said = 'exclude.flows "Legcy*" matched 0 of 2 flows with runs found; flows here: Legacy [CRM], S3'
        assert said in hall.said


async def test_the_plan_and_its_page_tell_what_could_not_be_judged_and_what_matched_nothing(
    folder: Path,
) -> None:
    fault = flows_answer(UNREADABLE["403"])
    async with opened_hall(folder, faults=[fault], sandboxes=SANDBOXES) as hall:
        spec = hall.spec(sandboxes=excluding("Legacy *"))
        plan = await hall.plan(spec)

        page = plan.with_suffix(".md").read_text(encoding="utf-8")
        for told in (hall.said, page):
            assert "exclusion_unknown" in told
            assert "prod: whether 5 runs must be left alone cannot be judged" in told
        beside = plan.with_name(f"{plan.stem}.passed-over.jsonl").read_text().splitlines()
        reasons = Counter(json.loads(line)["reason"] for line in beside)
        assert reasons == {"exclusion_unknown": 5}
