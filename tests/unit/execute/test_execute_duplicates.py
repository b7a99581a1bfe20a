"""Which new runs are second re-triggers of what an execution re-triggered, and which are not."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from runner.execute.duplicates import Makers, Seen, Suspect, is_duplicate, suspects_among
from runner.model.duplicate import Retriggered, Sign
from runner.model.plan import FoundRun
from runner.model.platform import DataWindow, Run
from runner.model.words import ETag, FlowId, RunId, SandboxName
from tests.fakes.runs import bare_run

PROD, FLOW = SandboxName("prod"), FlowId("f1")
US, SCHEDULER = "our-client", "acp_foundation_connectors"
HOUR = 3_600_000
OLD_AT, ASKED = 10 * HOUR, 20 * HOUR
WINDOW = DataWindow(start_ms=HOUR, end_ms=2 * HOUR)
ELSEWHEN = DataWindow(start_ms=2 * HOUR, end_ms=3 * HOUR)
MAKERS = Makers(our_client=US, schedule=(f"{SCHEDULER}@AdobeID", SCHEDULER))


def found(run_id: str, *, window: DataWindow | None = WINDOW, created: int = OLD_AT) -> FoundRun:
    return FoundRun(
        sandbox=PROD,
        run_id=RunId(run_id),
        flow_id=FLOW,
        flow_name="S3 orders",
        etag=ETag('"e"'),
        status="failed",
        error_code="",
        error_message="",
        created_at_ms=created,
        updated_at_ms=created,
        started_at_ms=created,
        window_start_ms=window.start_ms if window else None,
        window_end_ms=window.end_ms if window else None,
    )


def ours(number: int = 1, *, window: DataWindow | None = WINDOW, recovery: str = "") -> Retriggered:
    return Retriggered(
        position=number,
        found=found(f"old-{number}", window=window),
        new_run_id=RunId(f"new-{number}"),
        asked_at_ms=ASKED + number * 1000,
        recovery=recovery,
        duplicated_by=(),
    )


def run(run_id: str, *, created: int | None = ASKED + 5000, **changes: object) -> Run:
    made = bare_run(
        id=RunId(run_id),
        flow_id=FLOW,
        sandbox=PROD,
        etag=None,
        status="inProgress",
        created_at_ms=created,
        updated_at_ms=created,
        started_at_ms=None,
        created_by=f"{SCHEDULER}@AdobeID",
        created_client=SCHEDULER,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the fields are named by each test


BY_US = {"created_by": US, "created_client": US}
BY_UI = {"created_by": "0A1B@AdobeID", "created_client": "exc_app"}


def told(suspects: Sequence[Suspect]) -> dict[str, tuple[str, str]]:
    """Each suspect with the old run that it is suspected of, and by what."""
    return {one.run.id: (one.ours.found.run_id, one.sign.value) for one in suspects}


@pytest.mark.parametrize(
    ("other", "sign"),
    [
        # The same data, whoever made it
        (run("x", window=WINDOW), "same_window"),
        (run("x", window=WINDOW, **BY_UI), "same_window"),
        (run("x", window=WINDOW, **BY_US), "same_window"),
        (run("x", window=DataWindow(start_ms=HOUR, end_ms=2 * HOUR)), "same_window"),
        # The platform says so
        (run("x", parent_run_id="old-1"), "linked"),
        (run("x", parent_run_id="new-1"), "linked"),
        (run("x", parent_run_id="old-1", window=WINDOW), "linked"),
        # By its maker, as long as nothing shows which data it loads
        (run("x", **BY_US), "our_client"),
        (run("x", **BY_UI), "another_client"),
        (run("x", created=ASKED - 60_000, **BY_US), "our_client"),
        # Nobody's: the flow's schedule, whoever nobody names, other data, another parent
        (run("x"), ""),
        (run("x", created_by="", created_client=""), ""),
        (run("x", window=ELSEWHEN), ""),
        (run("x", window=ELSEWHEN, **BY_US), ""),
        (run("x", parent_run_id="another", **BY_US), ""),
        # Not another one, not newer than the old run, or long before ours
        (run("old-1", window=WINDOW), ""),
        (run("new-1", window=WINDOW, **BY_US), ""),
        (run("x", created=OLD_AT, window=WINDOW), ""),
        (run("x", created=None, window=WINDOW), ""),
        (run("x", created=ASKED - HOUR, **BY_US), ""),
    ],
)
def test_what_another_run_is_suspected_of(other: Run, sign: str) -> None:
    expected = {other.id: ("old-1", sign)} if sign else {}

    assert told(suspects_among([other], [ours()], makers=MAKERS)) == expected


def test_a_maker_tells_nothing_where_nobody_may_be_suspected_for_it() -> None:
    others = [run("x", **BY_US), run("y", window=WINDOW)]

    assert told(suspects_among(others, [ours()], makers=None)) == {"y": ("old-1", "same_window")}


def test_whoever_makes_the_flows_own_runs_is_not_suspected_for_making_one() -> None:
    by_hand = replace(MAKERS, schedule=(US, US))

    assert told(suspects_among([run("x", **BY_US)], [ours()], makers=by_hand)) == {}
    assert told(suspects_among([run("x", **BY_UI)], [ours()], makers=by_hand)) == {
        "x": ("old-1", "another_client")
    }


def test_what_only_its_maker_tells_of_is_paired_in_order_of_time() -> None:
    mine = [ours(1), ours(2), ours(3)]
    others = [run(f"x-{n}", created=ASKED + n * 1100, **BY_US) for n in (3, 1, 2)]

    assert told(suspects_among(others, mine, makers=MAKERS)) == {
        f"x-{n}": (f"old-{n}", "our_client") for n in (1, 2, 3)
    }


def test_what_is_sure_leaves_the_rest_for_what_is_not() -> None:
    later = DataWindow(start_ms=5 * HOUR, end_ms=6 * HOUR)
    mine = [ours(1), ours(2, window=later)]
    others = [run("x", created=ASKED + 1, **BY_US), run("y", window=WINDOW, **BY_US)]

    assert told(suspects_among(others, mine, makers=MAKERS)) == {
        "x": ("old-2", "our_client"),
        "y": ("old-1", "same_window"),
    }


def test_one_run_is_suspected_of_one_only_and_more_than_ours_are_left_alone() -> None:
    others = [run(f"x-{n}", created=ASKED + n, **BY_US) for n in range(4)]

    assert told(suspects_among(others, [ours()], makers=MAKERS)) == {"x-0": ("old-1", "our_client")}


def test_each_run_of_the_same_data_counts() -> None:
    others = [run("x", window=WINDOW), run("y", window=WINDOW, **BY_UI)]

    assert told(suspects_among(others, [ours()], makers=MAKERS)) == {
        "x": ("old-1", "same_window"),
        "y": ("old-1", "same_window"),
    }


def test_a_run_that_shows_its_window_is_only_that_of_a_run_whose_window_is_not_known() -> None:
    mine = [ours(1), ours(2, window=None)]

    assert told(suspects_among([run("x", window=ELSEWHEN, **BY_US)], mine, makers=MAKERS)) == {
        "x": ("old-2", "our_client")
    }


def test_many_runs_are_told_apart_quickly() -> None:
    windows = [DataWindow(start_ms=n * HOUR, end_ms=(n + 1) * HOUR) for n in range(1, 5001)]
    mine = [ours(n, window=window) for n, window in enumerate(windows, start=1)]
    others = [run(f"x-{n}", window=window) for n, window in enumerate(windows, start=1)]

    assert len(told(suspects_among(others, mine, makers=MAKERS))) == 5000


ENDED = ASKED + 10_000
LATER, MEANWHILE, EARLIER = ENDED + 1, ENDED - 1, ASKED - 50_000


def new(status: str, **changes: object) -> Run:
    """Our new run, which ended at a moment."""
    facts = {"created": ASKED + 1500, "status": status, "completed_at_ms": ENDED, **changes}
    return run("new-1", **facts)  # type: ignore[arg-type]  # likewise


FAILED, UNDER_WAY = new("failed"), run("new-1", created=ASKED + 1500)
LOADED = new("success", records_in=5, records_out=5)
EMPTY = new("success", records_in=0, records_out=0)


@pytest.mark.parametrize(
    ("its_new", "created", "duplicate"),
    [
        (UNDER_WAY, MEANWHILE, True),
        (LOADED, MEANWHILE, True),
        (LOADED, LATER, True),  # a colleague who did not see that it had succeeded
        (FAILED, MEANWHILE, True),  # both were under way at once
        # What had failed, or brought nothing, may be re-triggered again
        (FAILED, LATER, False),
        (new("partialSuccess"), LATER, False),
        (EMPTY, LATER, False),
        (EMPTY, MEANWHILE, True),
        # When it ended is not known
        (new("failed", updated_at_ms=ENDED, completed_at_ms=None), LATER, False),
        (new("failed", updated_at_ms=ENDED, completed_at_ms=None), MEANWHILE, True),
        (new("failed", updated_at_ms=None, completed_at_ms=None), LATER, False),
        (new("completed"), LATER, True),  # no end
        # Ours is not to be seen
        (None, LATER, True),
    ],
)
def test_a_re_trigger_of_what_had_failed_is_none(
    its_new: Run | None, created: int, *, duplicate: bool
) -> None:
    other = run("x", created=created, window=WINDOW)
    seen = Seen(runs={its_new.id: its_new} if its_new else {}, only_after_ours=False)
    suspect = Suspect(ours=ours(), run=other, sign=Sign.SAME_WINDOW)

    assert is_duplicate(suspect, seen) is duplicate


@pytest.mark.parametrize("recovery", ["failed_again", "partial", "recovered_empty"])
def test_where_ours_is_gone_and_had_failed_nobody_is_accused(recovery: str) -> None:
    suspect = Suspect(ours=ours(recovery=recovery), run=run("x", window=WINDOW), sign=Sign.LINKED)

    assert not is_duplicate(suspect, Seen(runs={}, only_after_ours=False))


@pytest.mark.parametrize(
    ("status", "ended", "duplicate"),
    [("failed", ASKED + 1000, False), ("failed", ASKED + 2000, True), ("success", ASKED, True)],
)
def test_ours_of_what_had_failed_elsewhere_is_none_either(
    status: str, ended: int, *, duplicate: bool
) -> None:
    other = run("x", created=EARLIER, window=WINDOW)
    now = replace(other, status=status, completed_at_ms=ended, records_in=1, records_out=1)
    seen = Seen(runs={"new-1": UNDER_WAY, "x": now}, only_after_ours=False)  # type: ignore[dict-item]
    suspect = Suspect(ours=ours(), run=other, sign=Sign.SAME_WINDOW)

    assert is_duplicate(suspect, seen) is duplicate


@pytest.mark.parametrize(("created", "duplicate"), [(ASKED + 1400, False), (ASKED + 1600, True)])
def test_who_said_again_knows_what_was_there_before(created: int, *, duplicate: bool) -> None:
    seen = Seen(runs={UNDER_WAY.id: UNDER_WAY}, only_after_ours=True)
    other = run("x", created=created, window=WINDOW)
    suspect = Suspect(ours=ours(), run=other, sign=Sign.SAME_WINDOW)

    assert is_duplicate(suspect, seen) is duplicate


@pytest.mark.parametrize(
    ("its_new", "created", "duplicate"),
    [
        (UNDER_WAY, LATER, True),
        (LOADED, MEANWHILE, True),
        (LOADED, LATER, False),  # what was made afterwards may be anything
        (new("success", updated_at_ms=None, completed_at_ms=None), MEANWHILE, False),
        (None, MEANWHILE, True),
    ],
)
def test_a_maker_alone_tells_only_of_what_was_made_beside_ours(
    its_new: Run | None, created: int, *, duplicate: bool
) -> None:
    other = run("x", created=created, **BY_US)
    seen = Seen(runs={its_new.id: its_new} if its_new else {}, only_after_ours=False)
    suspect = Suspect(ours=ours(), run=other, sign=Sign.OUR_CLIENT)

    assert is_duplicate(suspect, seen) is duplicate
