"""How far ahead each sandbox's runs are verified and claimed, and what a share of work wants."""

import pytest

from runner.execute.lanes import Job, Lane, SandboxWork, Verified
from runner.execute.settings import MOST_VERIFIED, MOST_WORKERS, Settings, work_for
from runner.model.plan import FoundRun, PlannedRun
from runner.model.spec import Limits, StopRules
from runner.model.words import ExecutionId, FlowId, RunId, SandboxName
from runner.retry import RetryPolicy

PROD = SandboxName("prod")


def settings(whole: Limits, **sandboxes: Limits) -> Settings:
    return Settings(
        org_id="ORG@AdobeOrg",
        execution_id=ExecutionId("x"),
        limits=whole,
        sandbox_limits={SandboxName(name): limits for name, limits in sandboxes.items()},
        retry=RetryPolicy(attempts=1, first_wait_seconds=1, longest_wait_seconds=1),
        stop_when=StopRules(failed=None, failed_percent=None, consecutive=None),
        drain_seconds=1,
        send_within_seconds=30,
        chance=lambda: 0.5,
        new_request_id=lambda: "r",
    )


def planned(number: int) -> PlannedRun:
    found = FoundRun(
        sandbox=PROD,
        run_id=RunId(f"run-{number}"),
        flow_id=FlowId("flow"),
        flow_name="",
        etag=None,
        status="failed",
        error_code="",
        error_message="",
        created_at_ms=None,
        updated_at_ms=None,
        started_at_ms=None,
        window_start_ms=None,
        window_end_ms=None,
    )
    return PlannedRun(position=number, wave=1, lane_position=number, found=found)


def test_there_are_as_many_workers_as_requests_may_be_under_way() -> None:
    assert settings(Limits(max_at_once=8)).workers == 8
    assert settings(Limits()).workers == MOST_WORKERS


@pytest.mark.parametrize(
    ("whole", "own", "verify_ahead", "claim_ahead"),
    [
        (Limits(max_per_second=5, max_at_once=8), Limits(), 100, 2),
        (Limits(max_per_second=5, max_at_once=8), Limits(max_per_second=2), 40, 2),
        (Limits(max_per_second=2, max_at_once=8), Limits(max_per_second=5), 40, 2),
        (Limits(max_per_second=0.01, max_at_once=8), Limits(), 16, 2),
        (Limits(max_per_second=100, max_at_once=8), Limits(), 2000, 16),
        (Limits(max_per_second=100, max_at_once=100), Limits(), 2000, 25),
        (Limits(max_per_second=100, max_at_once=100), Limits(max_at_once=3), 2000, 6),
        (Limits(max_per_second=1000, max_at_once=128), Limits(), MOST_VERIFIED, 250),
        (Limits(max_at_once=32), Limits(), MOST_VERIFIED, 64),
        (Limits(), Limits(), MOST_VERIFIED, 2 * MOST_WORKERS),
    ],
)
def test_the_strictest_level_says_how_far_ahead_to_work(
    whole: Limits, own: Limits, verify_ahead: int, claim_ahead: int
) -> None:
    work = work_for(PROD, settings(whole, prod=own))
    assert (work.name, work.verify_ahead, work.claim_ahead) == (PROD, verify_ahead, claim_ahead)


def test_a_sandbox_that_the_spec_does_not_limit_has_the_limits_of_the_whole() -> None:
    work = work_for(SandboxName("stage"), settings(Limits(max_per_second=5, max_at_once=8)))
    assert (work.verify_ahead, work.claim_ahead) == (100, 2)


def share(**facts: int) -> SandboxWork:
    return SandboxWork(name=PROD, verify_ahead=facts.get("verify", 10), claim_ahead=4)


def a_job() -> Job:
    return Job(
        lane=a_lane(1),
        verified=Verified(run=planned(1), attempts=0, at=0.0),
        attempt=1,
        request_id="r",
        asked_at_ms=0,
        send_by=1.0,
    )


def test_claims_are_wanted_until_enough_are_ready_or_on_their_way() -> None:
    work = share()
    work.claiming = 1
    work.ready.extend([a_job(), a_job()])
    assert work.wants_claims()
    work.claiming = 2
    assert not work.wants_claims()
    assert a_job().run == planned(1)


def a_lane(number: int) -> Lane:
    return Lane(number=number, sandbox=PROD, flow_id=FlowId(f"f{number}"), next_position=1)


def test_at_a_slow_pace_no_look_goes_before_what_may_leave() -> None:
    work = share(verify=16)
    work.live = 40
    work.hungry.extend(map(a_lane, range(30)))
    assert work.wants_verified(0.0)
    work.ready.append(a_job())
    assert not work.wants_verified(0.0)
    work.ready.clear()
    work.claiming = 1
    assert not work.wants_verified(0.0)
    work.claiming, work.verifying = 0, 1
    assert not work.wants_verified(0.0)


def test_a_whole_block_is_wanted_once_most_of_what_was_verified_is_used() -> None:
    work = share(verify=20)
    work.live, work.claiming = 20, 4
    assert not work.wants_verified(0.0)
    work.hungry.extend(map(a_lane, range(15)))
    work.verified = 6
    assert not work.wants_verified(0.0)
    work.verified = 5
    assert work.wants_verified(0.0)


def test_less_than_a_block_is_wanted_where_no_more_lanes_wait_for_their_turn_than_for_a_look() -> (
    None
):
    work = share(verify=2048)
    work.live = 200
    work.hungry.extend(map(a_lane, range(2)))
    assert work.wants_verified(0.0)
    work.verifying = 9
    assert not work.wants_verified(0.0)
    work.verifying = 0
    work.claimable.extend([a_lane(10), a_lane(11)])
    assert work.wants_verified(0.0)
    work.ready.append(a_job())
    assert not work.wants_verified(0.0)
    work.claimable.clear()
    work.ready.extend([a_job(), a_job()])
    assert not work.wants_verified(0.0)
    work.hungry.extend(map(a_lane, range(3, 11)))  # ten runs of each: a hundred
    assert work.wants_verified(0.0)


def test_where_requests_wait_for_runs_it_does_not_matter_how_many_of_busy_lanes_are_verified() -> (
    None
):
    work = share(verify=2048)
    work.live, work.verified = 200, 1500
    work.hungry.extend(map(a_lane, range(10)))
    assert work.wants_verified(0.0)
    work.claimable.append(a_lane(11))
    assert not work.wants_verified(0.0)
    work.claimable.clear()
    work.claiming = 4
    assert not work.wants_verified(0.0)
    work.claiming, work.verified = 0, 2048
    assert not work.wants_verified(0.0)


@pytest.mark.parametrize(
    ("verify", "live", "verified", "hungry", "lanes", "per_lane"),
    [
        (10, 1, 0, 1, 1, 10),
        (10, 3, 0, 3, 3, 3),
        (10, 3, 0, 1, 1, 3),  # the others have theirs
        (10, 11, 0, 11, 10, 1),
        (10, 11, 7, 11, 3, 1),
        (10, 11, 12, 11, 1, 1),
        (2048, 2, 0, 2, 2, 50),
        (2048, 2, 0, 1, 1, 64),
        (2048, 100, 0, 100, 100, 1),  # all can begin
        (2048, 100, 0, 30, 30, 3),
        (2048, 100, 0, 5, 5, 20),
        (2048, 1000, 0, 1000, 100, 1),
    ],
)
def test_lanes_share_what_is_verified_ahead(
    verify: int, live: int, verified: int, hungry: int, lanes: int, per_lane: int
) -> None:
    work = share(verify=verify)
    work.live, work.verified = live, verified
    work.hungry.extend(map(a_lane, range(hungry)))
    assert work.next_block(0.0) == (lanes, per_lane)


def test_no_more_is_verified_ahead_than_goes_at_the_pace_of_late() -> None:
    work = share(verify=2048)
    assert work.ahead(1000.0) == 2048  # nothing is known yet
    for tenth in range(190):
        work.claims.count(1000.0 + tenth / 10)
        assert work.ahead(1000.0 + tenth / 10) == 2048
    assert work.ahead(1020.0) == 380  # 9.5 a second, for 40 seconds
    assert work.ahead(1030.0) == 180
    assert work.ahead(2000.0) == 16  # it was paused: it begins anew with a few
    assert share(verify=3).ahead(1000.0) == 3
