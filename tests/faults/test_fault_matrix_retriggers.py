"""Every fault of the simulator at the re-trigger request: what the journal says is what the platform did, exactly once.

Four runs of two flows, one request at a time; unless a test says otherwise the first request is struck. The tables say
what is to come of it. When all faults are over, the same command settles what was left (``healed``).
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runner.model.text import visible
from tests.faults.hall import RUNS, Hall, opened_hall

Fault = dict[str, object] | str


def status(status: int, **more: object) -> Fault:
    return {"status": {"status": status, **more}}


def done_then(status: int, body: str = "html") -> Fault:
    return {"commit_then_status": {"status": status, "body": body}}


def at_first(fault: Fault, **match: str) -> dict[str, object]:
    return {"match": {"call": "retrigger", **match}, "when": {"nth": 1}, "do": fault}


def always(fault: Fault) -> dict[str, object]:
    return {"match": {"call": "retrigger"}, "do": fault}


def table(cells: dict[str, Fault]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("fault", cells.values(), ids=cells)


def first_row(hall: Hall) -> tuple[str, str, int]:
    """What became of the run that was struck: the first of the plan."""
    row = hall.executions()[0].rows[0]
    return row.outcome, row.evidence, row.attempts


def settled(hall: Hall, outcomes: dict[str, int], *, posts: int, state: str = "finished") -> None:
    """Both books agree, and say this of the only execution."""
    hall.agree()
    (stood,) = hall.executions()
    assert (stood.execution.state, stood.outcomes) == (state, outcomes)
    assert hall.asked("retrigger") == posts
    assert len(hall.accepted) == outcomes.get("retriggered", 0)


UNHARMED = {
    "a little late": {"answer_late": {"seconds": 0.1}},
    "a little slow": {"slow_body": {"seconds": 0.1}},
    "called HTML and is none": "wrong_content_type",
}


@table(UNHARMED)
async def test_an_answer_that_can_be_read_is_believed(folder: Path, fault: Fault) -> None:
    async with opened_hall(folder, faults=[at_first(fault)]) as hall:
        assert await hall.apply() == 0, hall.said
        settled(hall, {"retriggered": RUNS}, posts=RUNS)
        assert first_row(hall) == ("retriggered", "response", 1)


@pytest.mark.parametrize(
    "behaviour",
    [{"body_shape": "flat", "success_status": 201}, {"body_shape": "items"}, {"body_shape": "entity"},
     {"new_run": "same"}, {"old_run": "touched"}, {"second_retrigger": "refused"}],
    ids=str,
)  # fmt: skip
async def test_every_documented_way_to_say_yes_is_understood(
    folder: Path, behaviour: dict[str, object]
) -> None:
    async with opened_hall(folder, behaviour=behaviour) as hall:
        assert await hall.apply() == 0, hall.said
        settled(hall, {"retriggered": RUNS}, posts=RUNS)


ACCEPTED_UNSEEN = {
    "too late": {"answer_late": {"seconds": 0.8}},
    "reset after": "commit_then_drop",
    "acts after the reset": {"drop_then_commit": {"seconds": 0.06}},
    "cut body": "cut_body",
    "too slow a body": {"slow_body": {"seconds": 3}},
    "empty success": "empty_body",
    "half a success": "unreadable_success",
    "a gigabyte": {"huge_body": {"megabytes": 1024}},
    **{
        f"done, then {code} {body}": done_then(code, body)
        for code in (500, 502, 503, 504)
        for body in ("html", "empty", "flow_service", "text")
    },
    "done, then 408": done_then(408, "text"),
    "done, then 409": done_then(409, "flow_service"),
    "done, then a redirect": done_then(302, "empty"),
}


@table(ACCEPTED_UNSEEN)
async def test_what_was_accepted_unseen_is_found_and_not_asked_again(
    folder: Path, fault: Fault
) -> None:
    async with opened_hall(folder, faults=[at_first(fault)]) as hall:
        assert await hall.apply() == 0, hall.said
        settled(hall, {"retriggered": RUNS}, posts=RUNS)
        assert first_row(hall) == ("retriggered", "our_client", 1)


NEVER_ACCEPTED = {
    "reset before": "drop_before_commit",
    "500 as throttling": "throttle_500",
    **{
        f"{code} {body}": status(code, body=body)
        for code in (500, 502, 504)
        for body in ("html", "empty", "flow_service", "legacy", "json", "text")
    },
    "503 of nobody": status(503, body="html"),
    "503 of the service": status(503, code="1103-503"),
    "504 of the service": status(504, code="1104-504"),
    "408": status(408, body="text"),
    "409": status(409),
    "425": status(425),
    "a token's code with a 500": status(500, body="gateway", code="401013"),
    "redirect 301": {"redirect": {"to": "http://127.0.0.1:9/", "status": 301}},
    "redirect 303": {"redirect": {"to": "http://127.0.0.1:9/", "status": 303}},
}


@table(NEVER_ACCEPTED)
async def test_what_may_have_been_accepted_is_asked_again_only_once_its_absence_is_proved(
    folder: Path, fault: Fault
) -> None:
    async with opened_hall(folder, faults=[at_first(fault)]) as hall:
        assert await hall.apply() == 0, hall.said
        settled(hall, {"retriggered": RUNS}, posts=RUNS + 1)
        assert first_row(hall) == ("retriggered", "response", 2)
        first, again = times_asked(hall)
        assert again - first >= 200  # the visibility lag at the least, after the request had ended
        assert '"event": "cleared"' in "".join(hall.executions()[0].events)


def times_asked(hall: Hall) -> list[int]:
    """When the struck run was asked for."""
    run = hall.executions()[0].rows[0].old_run_id
    lines = hall.served.platform.ledger.requests
    return [line.at_ms for line in lines if line.kind == "retrigger" and line.run == run]


THROTTLED = {
    "429 without a wait": status(429, body="gateway"),
    "429 in seconds": status(429, body="gateway", retry_after="seconds", retry_after_seconds=0.03),
    "429 until a date": status(429, retry_after="http_date", retry_after_seconds=2),
    "429 for a lifetime": status(429, retry_after="absurd"),
    "429 for less than nothing": status(429, retry_after="negative"),
    "429 in a word": status(429, retry_after="garbage"),
    "429 in HTML": status(429, body="html"),
    "429 of the service's limit": status(429, body="gateway", code="429001"),
}
SURELY_NOT_YET = {
    "401 of the gateway": status(401, body="gateway"),
    "401 in HTML": status(401, body="html"),
    "revoked token": "token_revoked",
    "403010": status(403, body="gateway", code="403010"),
    "a 403 that means 503": status(403, body="gateway", code="503020"),
    **{
        f"503 of the gateway, {code}": status(503, body="gateway", code=code)
        for code in ("503000", "503010", "503030", "503071")
    },
}


@pytest.mark.parametrize(
    ("fault", "attempts"),
    [
        # A throttling says nothing of the run: it is no attempt.
        *(pytest.param(fault, 1, id=name) for name, fault in THROTTLED.items()),
        *(pytest.param(fault, 2, id=name) for name, fault in SURELY_NOT_YET.items()),
    ],
)
async def test_what_was_surely_not_accepted_is_asked_again_without_looking(
    folder: Path, fault: Fault, attempts: int
) -> None:
    async with opened_hall(folder, faults=[at_first(fault)]) as hall:
        assert await hall.apply() == 0, hall.said
        settled(hall, {"retriggered": RUNS}, posts=RUNS + 1)
        assert first_row(hall) == ("retriggered", "response", attempts)
        assert '"outcome": "unresolved"' not in "".join(hall.executions()[0].events)


REFUSED_RUN = {
    "1387, invalid state": status(400, code="1387-400"),
    "1387, wrapped": status(
        400, code="1100-400", message="Error from flow provider: 1387-400: in an invalid state=x"
    ),
    "1380, not created": status(400, code="1380-400"),
    "1401, no such action": status(400, code="1401-400"),
    "1403, no If-Match": status(400, code="1403-400"),
    "1404, another version": status(412, code="1404-412"),
    "1430, not found": status(400, code="1430-400"),
    "1439, not found or hidden": status(
        404, code="1439-404", message="The requested runs resource x is not found."
    ),
    "1101, not found behind": status(404, code="1101-404"),
    "legacy not found": status(404, body="legacy", message="runs not found with id = [x]"),
    "404 in HTML": status(404, body="html"),
    "400 with nothing": status(400, body="empty"),
    "413": status(413, body="html"),
    "hostile words": "hostile_text",
}


@table(REFUSED_RUN)
async def test_a_refused_run_is_refused_and_the_others_go_on(folder: Path, fault: Fault) -> None:
    async with opened_hall(folder, faults=[at_first(fault)]) as hall:
        assert await hall.apply() == 1, hall.said
        settled(hall, {"refused": 1, "retriggered": RUNS - 1}, posts=RUNS)
        assert first_row(hall) == ("refused", "", 1)
        assert all(visible(line) == line for said in hall.ear.said for line in said.split("\n"))
        await hall.healed()


REFUSED_FLOW = {
    "1388, not enabled": status(400, code="1388-400"),
    "1388, wrapped": status(
        400, code="1100-400", message="Error from flow provider: it must be in enabled state."
    ),
    "1333, no such source": status(400, code="1333-400"),
    "1439, the flow hidden": status(
        404, code="1439-404", message="The requested flows resource x is not found."
    ),
    "legacy, the flow gone": status(404, body="legacy", message="flows not found with id = [x]"),
}


@table(REFUSED_FLOW)
async def test_a_refused_flow_is_left_alone_and_the_others_go_on(
    folder: Path, fault: Fault
) -> None:
    async with opened_hall(folder, faults=[at_first(fault)]) as hall:
        assert await hall.apply() == 1, hall.said
        settled(hall, {"refused": 1, "not_attempted": 1, "retriggered": 2}, posts=3)
        await hall.healed()


REFUSED_SANDBOX = {
    "2118": status(403, code="2118-403"),
    "2120": status(403, code="2120-403"),
    "2121": status(403, code="2121-403"),
    "1427, may not update": status(400, code="1427-400"),
    "2101, no such sandbox": status(404, code="2101-404"),
}


@table(REFUSED_SANDBOX)
async def test_a_refused_sandbox_is_left_alone(folder: Path, fault: Fault) -> None:
    async with opened_hall(folder, faults=[at_first(fault)]) as hall:
        assert await hall.apply() == 1, hall.said
        settled(hall, {"refused": 1, "not_attempted": RUNS - 1}, posts=1)
        await hall.healed()


REFUSED_EVERYTHING = {
    **{
        f"403 of the gateway, {code}": status(403, body="gateway", code=code)
        for code in ("403000", "403003", "403011", "403025", "403027")
    },
    "400 of the gateway": status(400, body="gateway", code="400003"),
    "redirect 307": {"redirect": {"to": "http://127.0.0.1:9/", "status": 307}},
    "redirect 308": {"redirect": {"to": "http://127.0.0.1:9/", "status": 308}},
}


@table(REFUSED_EVERYTHING)
async def test_who_is_refused_altogether_stops_and_can_go_on_later(
    folder: Path, fault: Fault
) -> None:
    async with opened_hall(folder, faults=[at_first(fault)]) as hall:
        assert await hall.apply() == 7, hall.said
        settled(hall, {"refused": 1, "not_attempted": RUNS - 1}, posts=1, state="interrupted")
        await hall.healed()


ENDLESS = {
    "reset before": "drop_before_commit",
    "500 as throttling": "throttle_500",
    "503 of the gateway": status(503, body="gateway"),
}


@table(ENDLESS)
async def test_after_three_attempts_a_run_is_given_up_and_a_later_execution_can_do_it(
    folder: Path, fault: Fault
) -> None:
    async with opened_hall(folder, faults=[always(fault)]) as hall:
        assert await hall.apply() == 1, hall.said
        settled(hall, {"gave_up": RUNS}, posts=3 * RUNS)
        assert {row.attempts for row in hall.executions()[0].rows} == {3}
        await hall.healed()


async def test_a_throttling_without_end_stops_it_with_every_run_left_for_later(
    folder: Path,
) -> None:
    faults = [always(status(429, retry_after="absurd"))]
    async with opened_hall(folder, faults=faults) as hall:
        assert await hall.apply() == 3, hall.said
        # Each is a retry, of which ten are always allowed, and more by the number of calls.
        settled(hall, {"not_attempted": RUNS}, posts=hall.asked("retrigger"), state="stopped")
        assert 10 < hall.asked("retrigger") < 20
        assert {row.attempts for row in hall.executions()[0].rows} == {0}
        await hall.healed()


@table({"reset after": "commit_then_drop", "504 after the fact": done_then(504), "cut": "cut_body"})
async def test_a_platform_that_never_says_yes_is_still_understood(
    folder: Path, fault: Fault
) -> None:
    async with opened_hall(folder, faults=[always(fault)]) as hall:
        assert await hall.apply() == 0, hall.said
        settled(hall, {"retriggered": RUNS}, posts=RUNS)


@table(
    {
        "a new one each time": "token_revoked",
        "for ever": "token_revoked_for_ever",
        "401 in HTML": status(401, body="html"),
    }
)
async def test_credentials_that_are_refused_again_and_again_end_it_with_nothing_accepted(
    folder: Path, fault: Fault
) -> None:
    # So many flows that a look at one of them, which takes a new token, does not come between each two refusals.
    flows = [{"name": f"S3 {number}", "runs": {"failed": 3}} for number in range(6)]
    sandboxes = [{"name": "prod", "flows": flows}]
    async with opened_hall(folder, faults=[always(fault)], sandboxes=sandboxes) as hall:
        assert await hall.apply() == 7, hall.said
        hall.agree()
        (stood,) = hall.executions()
        assert (stood.execution.state, len(hall.accepted)) == ("interrupted", 0)
        # Reads take the new tokens, so that a run or two may run out of attempts before credentials are given up.
        assert stood.outcomes.keys() <= {"not_attempted", "gave_up"}
        assert stood.outcomes["not_attempted"] >= 2
        await hall.healed(runs=18)


# Where looking cannot tell: nothing that a new run shows says that it is ours.
NAMELESS = {"made_by": "connectors", "windows": "none"}
HIDDEN = {"visibility_lag": "1h"}

UNDECIDABLE = {
    "reset after": ("commit_then_drop", NAMELESS),
    "504 after the fact": (done_then(504), NAMELESS),
    "half a success, nothing seen": ("unreadable_success", HIDDEN),
    "empty success, nothing seen": ("empty_body", HIDDEN),
    "cut body, nothing seen": ("cut_body", HIDDEN),
}


@pytest.mark.parametrize(("fault", "behaviour"), UNDECIDABLE.values(), ids=UNDECIDABLE)
async def test_what_cannot_be_told_stays_unresolved_blocks_its_flow_and_is_never_asked_again(
    folder: Path, fault: Fault, behaviour: dict[str, object]
) -> None:
    faults = [at_first(fault)]
    async with opened_hall(folder, faults=faults, behaviour=behaviour) as hall:
        assert await hall.apply() == 4, hall.said
        hall.agree()
        (stood,) = hall.executions()
        assert stood.execution.state == "stopped"
        assert stood.outcomes == {"unresolved": 1, "not_attempted": 1, "retriggered": 2}
        assert len(hall.accepted) == 3
        hall.heal()
        for _ in range(2):
            assert await hall.apply() == 4, hall.said
        hall.agree()
        assert (hall.asked("retrigger"), len(hall.accepted)) == (3, 3)


@table({"unreachable": status(502, body="html"), "refused": status(400), "dropped": "cut_body"})
async def test_a_platform_that_goes_away_while_a_doubt_is_open_leaves_it_open_for_the_next_go(
    folder: Path, fault: Fault
) -> None:
    # The runs' listings one to four: the selection, the sources, the verification, the look for other hands.
    gone = {"match": {"call": "runs"}, "when": {"nth": list(range(5, 40))}, "do": fault}
    faults = [at_first("commit_then_drop"), gone]
    async with opened_hall(folder, faults=faults) as hall:
        assert await hall.apply() == 4, hall.said
        hall.agree()
        (stood,) = hall.executions()
        assert stood.execution.state == "stopped"
        assert stood.rows[0].outcome == "unresolved"
        assert stood.rows[0].reason.startswith("the platform cannot be read: ")
        await hall.healed()
        assert hall.asked("retrigger") == RUNS


class Elsewhere:
    """A server on another address that notes whoever comes."""

    def __init__(self) -> None:
        self.visits = 0
        self.port = 0

    async def met(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits += 1
        writer.close()


@pytest.fixture
async def elsewhere() -> AsyncIterator[Elsewhere]:
    there = Elsewhere()
    server = await asyncio.start_server(there.met, "127.0.0.1", 0)
    there.port = server.sockets[0].getsockname()[1]
    yield there
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("call", ["token", "sandboxes", "runs", "flows", "flow_specs", "retrigger"])
@pytest.mark.parametrize("code", [302, 308])
async def test_nobody_is_followed_to_another_host_with_our_token(
    folder: Path, elsewhere: Elsewhere, call: str, code: int
) -> None:
    redirect = {"redirect": {"to": f"http://127.0.0.1:{elsewhere.port}/x", "status": code}}
    async with opened_hall(
        folder, faults=[{"match": {"call": call}, "when": {"nth": 1}, "do": redirect}]
    ) as hall:
        await hall.apply()
        hall.agree()
        assert elsewhere.visits == 0


async def test_runs_hidden_by_a_label_are_not_found_and_nothing_is_asked(
    folder: Path,
) -> None:
    flows = [
        {"name": "S3 0", "runs": {"failed": 2}},
        {"name": "S3 1", "runs": {"failed": 2}, "labelled": True},
    ]
    async with opened_hall(folder, sandboxes=[{"name": "prod", "flows": flows}]) as hall:
        runs = hall.served.platform.world.runs
        named = [{"name": "prod", "runs": [runs.id_of(number) for number in range(RUNS)]}]
        assert await hall.apply(sandboxes=named) == 0, hall.said
        settled(hall, {"retriggered": 2}, posts=2)
        (stood,) = hall.executions()
        assert [row.reason.partition(":")[0] for row in stood.rows if row.wave is None] == [
            "not_found"
        ] * 2
