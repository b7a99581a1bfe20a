"""What became of an unanswered request: one row a situation, the whole verdict compared."""

from collections.abc import Callable
from typing import Any

import pytest

from runner.model.doubt import Absent, Adopt, OpenAsk, StillOpen, Verdict
from runner.model.platform import DataWindow, Run
from runner.model.words import ETag, Evidence, FlowId, RunId
from runner.reconcile import Seen, judge

OUR_CLIENT = "0a1b2c3d4e5f"
START, END = 1_795_136_400_000, 1_795_140_000_000
LATER_START, LATER_END = END, 1_795_143_600_000

Changes = dict[str, Any]

SAME: Changes = {"window": DataWindow(start_ms=START, end_ms=END)}
OTHER: Changes = {"window": DataWindow(start_ms=LATER_START, end_ms=LATER_END)}
GROWN: Changes = {"window": DataWindow(start_ms=START, end_ms=LATER_END)}
"""What a schedule takes after a failure, where it begins again at the last success."""
OURS: Changes = {"created_by": OUR_CLIENT, "created_client": OUR_CLIENT}
SCHEDULED: Changes = {
    "created_by": "acp_foundation_connectors@AdobeID",
    "created_client": "acp_foundation_connectors",
}
CLICKED: Changes = {"created_by": "ABCDEF@AdobeID", "created_client": "exc_app"}
PLATFORM: Changes = {"created_by": "ABCDEF@AdobeID", "created_client": "acp_some_service"}
OTHER_TOOL: Changes = {"created_by": "ffff9999", "created_client": "ffff9999"}
LINKED: Changes = {"parent_run_id": "old"}
NO_WINDOW: Changes = {"window_start_ms": None, "window_end_ms": None}

ABSENT = Absent(because="no new run of this flow is there, and the old run is untouched")


def adopted(*evidence: Evidence) -> Adopt:
    return Adopt(run_id=RunId("new"), etag=ETag('"new-1"'), status="inProgress", evidence=evidence)


def nobodys(*, final: bool = True) -> StillOpen:
    return StillOpen(
        because="run new of this flow is newer than the request, and nothing says whose it is",
        candidates=(RunId("new"),),
        final=final,
    )


def several(*ids: str) -> StillOpen:
    return StillOpen(
        because=f"{len(ids)} runs of this flow are newer than the request, and nothing says which is its: "
        + ", ".join(ids),
        candidates=tuple(RunId(one) for one in ids),
        final=True,
    )


def open_because(because: str, *, final: bool = True) -> StillOpen:
    return StillOpen(because=because, candidates=(), final=final)


CHANGED = "the old run changed since the request, and no new run is seen"
BLIND = "the listing did not surely reach back to a run older than the request: it may be blind"


@pytest.fixture
def verdict(
    make_ask: Callable[..., OpenAsk],
    make_old: Callable[..., Run],
    make_new: Callable[..., Run],
) -> Callable[..., Verdict]:
    """Judge a situation: untouched old run, late enough, reached back, nothing claimed, but for what is named."""

    def judged(
        *newer: Changes,
        ask: Changes | None = None,
        old: Changes | None = None,
        gone: bool = False,
        claimed: tuple[str, ...] = (),
        reached_back: bool = True,
        late: bool = True,
        our_client: str = OUR_CLIENT,
    ) -> Verdict:
        seen = Seen(
            newer=tuple(make_new(**changes) for changes in newer),
            claimed=frozenset(RunId(one) for one in claimed),
            reached_back=reached_back,
            old_run=None if gone else make_old(**(old or {})),
            is_late_enough=late,
        )
        return judge(make_ask(**(ask or {})), seen, our_client=our_client)

    return judged


@pytest.mark.parametrize(
    ("candidate", "expected"),
    [
        pytest.param(OURS, adopted(Evidence.OUR_CLIENT), id="ours"),
        pytest.param(SAME, adopted(Evidence.SAME_WINDOW), id="the same data"),
        pytest.param(LINKED, adopted(Evidence.LINKED), id="a link"),
        pytest.param(
            OURS | SAME,
            adopted(Evidence.SAME_WINDOW, Evidence.OUR_CLIENT),
            id="ours, the same data",
        ),
        pytest.param(
            LINKED | OURS, adopted(Evidence.LINKED, Evidence.OUR_CLIENT), id="a link, ours"
        ),
        pytest.param(
            LINKED | SAME,
            adopted(Evidence.LINKED, Evidence.SAME_WINDOW),
            id="a link, the same data",
        ),
        pytest.param(
            LINKED | SAME | OURS,
            adopted(Evidence.LINKED, Evidence.SAME_WINDOW, Evidence.OUR_CLIENT),
            id="everything",
        ),
        pytest.param(
            SCHEDULED | SAME, adopted(Evidence.SAME_WINDOW), id="by the scheduler, the same data"
        ),
        pytest.param(SCHEDULED | LINKED, adopted(Evidence.LINKED), id="by the scheduler, a link"),
        pytest.param(
            PLATFORM | SAME, adopted(Evidence.SAME_WINDOW), id="by a service, the same data"
        ),
    ],
)
def test_a_single_run_for_which_something_speaks_is_adopted_early_or_late(
    verdict: Callable[..., Verdict], candidate: Changes, expected: Verdict
) -> None:
    assert verdict(candidate, late=False) == expected
    assert verdict(candidate, late=True) == expected


@pytest.mark.parametrize(
    "candidate",
    [
        pytest.param({}, id="nothing is known of it"),
        pytest.param(SCHEDULED, id="by the scheduler, its data unknown"),
        pytest.param(CLICKED, id="by a colleague in the user interface"),
        pytest.param(CLICKED | SAME, id="by a colleague who had the same idea"),
        pytest.param(CLICKED | LINKED, id="by a colleague, a link"),
        pytest.param(
            {"created_by": "exc_app", "created_client": ""} | SAME, id="the user interface as user"
        ),
        pytest.param(PLATFORM, id="by another service of the platform"),
        pytest.param(OTHER_TOOL, id="by another client"),
        pytest.param(OTHER_TOOL | SAME, id="by another client, the same data"),
        pytest.param(
            {"created_by": OUR_CLIENT, "created_client": "ffff9999"}, id="two clients at once"
        ),
        pytest.param(
            {"created_by": "acp_foundation_connectors@AdobeID", "created_client": OUR_CLIENT},
            id="the scheduler for us",
        ),
        pytest.param(OURS | {"created_at_ms": None}, id="ours, perhaps from before the request"),
        pytest.param(SAME | {"created_at_ms": None}, id="same data, perhaps from before"),
        pytest.param(LINKED | OTHER, id="a link, and other data"),
        pytest.param(LINKED | OURS | OTHER, id="a link, ours, and other data"),
        pytest.param(
            OURS | {"window": DataWindow(start_ms=LATER_START, end_ms=None)},
            id="ours, but the one known end differs",
        ),
        pytest.param(
            {"window": DataWindow(start_ms=None, end_ms=END)}, id="half a window, which agrees"
        ),
        pytest.param(
            {"window": DataWindow(start_ms=LATER_START, end_ms=None)},
            id="half a window, which differs",
        ),
        pytest.param(
            SCHEDULED | {"window": DataWindow(start_ms=LATER_END, end_ms=LATER_END)},
            id="a window that holds no time",
        ),
    ],
)
def test_a_single_run_that_nothing_decides_stays_open_and_is_never_taken_for_absence(
    verdict: Callable[..., Verdict], candidate: Changes
) -> None:
    assert verdict(candidate) == nobodys()
    assert verdict(candidate, late=False) == nobodys(final=False)


@pytest.mark.parametrize("maker", [SCHEDULED, OURS, CLICKED, {}])
@pytest.mark.parametrize("window", [OTHER, GROWN])
def test_a_run_whose_data_window_proves_it_anothers_is_as_if_it_were_not_there(
    verdict: Callable[..., Verdict], maker: Changes, window: Changes
) -> None:
    assert verdict(maker | window) == ABSENT
    assert verdict(maker | window, {"id": "mine"} | OURS | SAME) == Adopt(
        run_id=RunId("mine"),
        etag=ETag('"new-1"'),
        status="inProgress",
        evidence=(Evidence.SAME_WINDOW, Evidence.OUR_CLIENT),
    )


def test_a_scheduled_run_of_the_same_minute_with_its_own_data_is_neither_adopted_nor_in_the_way(
    verdict: Callable[..., Verdict],
) -> None:
    assert verdict(SCHEDULED | OTHER, late=False) == open_because(
        "no new run of this flow is seen yet", final=False
    )
    assert verdict(SCHEDULED | OTHER) == ABSENT


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(OURS, OURS, id="both ours"),
        pytest.param(OURS | SAME, OURS | SAME, id="both ours, both of the same data"),
        pytest.param(OURS, SCHEDULED, id="one ours, one scheduled"),
        pytest.param(OURS | SAME | LINKED, SCHEDULED, id="one proved ours, one scheduled"),
        pytest.param(SAME, CLICKED | SAME, id="one clicked, of the same data"),
        pytest.param(OURS, {"created_at_ms": None}, id="one ours, one of unknown age"),
    ],
)
def test_two_runs_stay_open_whatever_speaks_for_either(
    verdict: Callable[..., Verdict], first: Changes, second: Changes
) -> None:
    assert verdict({"id": "one"} | first, {"id": "two"} | second) == several("one", "two")


def test_of_many_runs_that_may_be_it_some_are_named_and_all_are_candidates(
    verdict: Callable[..., Verdict],
) -> None:
    said = verdict(*(OURS | {"id": f"r{number}"} for number in range(8)))

    assert isinstance(said, StillOpen)
    assert said.because.endswith("nothing says which is its: r0, r1, r2, r3, r4 and 3 more")
    assert len(said.candidates) == 8


@pytest.mark.parametrize("claimed_run", [OURS, SAME, OURS | SAME | LINKED, SCHEDULED])
def test_a_run_that_another_request_has_is_not_counted(
    verdict: Callable[..., Verdict], claimed_run: Changes
) -> None:
    taken = {"id": "taken"} | claimed_run

    assert verdict(taken, claimed=("taken",)) == ABSENT
    assert verdict(taken, OURS, claimed=("taken",)) == adopted(Evidence.OUR_CLIENT)
    assert verdict(taken, SCHEDULED, claimed=("taken",)) == nobodys()


def test_the_old_run_among_the_newer_ones_is_never_its_own_new_run(
    verdict: Callable[..., Verdict],
) -> None:
    itself = {"id": "old"} | OURS | SAME | LINKED

    assert verdict(itself) == ABSENT
    assert verdict(itself, old={"status": "inProgress"}) == open_because(CHANGED)
    assert verdict(itself, OURS) == adopted(Evidence.OUR_CLIENT)


def test_a_run_of_another_flow_is_never_adopted(verdict: Callable[..., Verdict]) -> None:
    assert verdict(OURS | SAME | {"flow_id": FlowId("flow-2")}) == nobodys()


def test_no_new_run_and_an_untouched_old_one_is_absence(verdict: Callable[..., Verdict]) -> None:
    assert verdict() == ABSENT


def test_nothing_is_absent_before_its_time(verdict: Callable[..., Verdict]) -> None:
    early = open_because("no new run of this flow is seen yet", final=False)

    assert verdict(late=False) == early
    assert verdict(late=False, reached_back=False, gone=True, ask={"never_absent": True}) == early


def test_a_blind_listing_proves_nothing_absent_but_what_it_shows_is_there(
    verdict: Callable[..., Verdict],
) -> None:
    assert verdict(reached_back=False) == open_because(BLIND)
    assert verdict(SCHEDULED | OTHER, reached_back=False) == open_because(BLIND)
    assert verdict(OURS, reached_back=False) == adopted(Evidence.OUR_CLIENT)


def test_an_unreadable_success_is_never_absent_but_its_run_is_adopted(
    verdict: Callable[..., Verdict],
) -> None:
    unreadable = {"never_absent": True}
    because = "the platform accepted it in words that could not be read, and no new run is seen"

    assert verdict(ask=unreadable) == open_because(because)
    assert verdict(SCHEDULED | OTHER, ask=unreadable) == open_because(because)
    assert verdict(OURS, ask=unreadable) == adopted(Evidence.OUR_CLIENT)
    assert verdict(SCHEDULED, ask=unreadable) == nobodys()


@pytest.mark.parametrize(
    "change",
    [
        {"status": "inProgress"},
        {"status": "success"},
        {"status": ""},
        {"etag": ETag('"old-2"')},
        {"etag": None},
        {"updated_at_ms": 1_795_150_001_000},
        {"updated_at_ms": None},
    ],
)
def test_an_old_run_that_is_not_as_it_was_is_no_absence(
    verdict: Callable[..., Verdict], change: Changes
) -> None:
    assert verdict(old=change) == open_because(CHANGED)
    assert verdict(OURS, old=change) == adopted(Evidence.OUR_CLIENT)


def test_an_old_run_that_is_gone_is_no_absence(verdict: Callable[..., Verdict]) -> None:
    assert verdict(gone=True) == open_because("the old run can no longer be seen")
    assert verdict(OURS, gone=True) == adopted(Evidence.OUR_CLIENT)


def test_an_old_run_that_shows_no_sign_of_change_must_have_one_that_could(
    verdict: Callable[..., Verdict],
) -> None:
    bare: Changes = {"etag": None, "updated_at_ms": None}

    assert verdict(ask={"found": bare}, old=bare) == open_because(
        "the old run has neither an etag nor a time of change: nothing says it is untouched"
    )
    assert verdict(ask={"found": {"etag": None}}, old={"etag": None}) == ABSENT
    assert verdict(ask={"found": {"updated_at_ms": None}}, old={"updated_at_ms": None}) == ABSENT


@pytest.mark.parametrize("pinned", [NO_WINDOW, {"window_start_ms": None}, {"window_end_ms": None}])
def test_an_old_run_without_its_whole_window_proves_no_run_anothers(
    verdict: Callable[..., Verdict], pinned: Changes
) -> None:
    assert verdict(SCHEDULED | OTHER, ask={"found": pinned}) == nobodys()
    assert verdict(SAME, ask={"found": pinned}) == nobodys()
    assert verdict(OURS | SAME, ask={"found": pinned}) == adopted(Evidence.OUR_CLIENT)


def test_whole_seconds_and_their_milliseconds_are_the_same_window(
    verdict: Callable[..., Verdict],
) -> None:
    pinned = {"window_start_ms": START + 921, "window_end_ms": END + 7}

    assert verdict(SAME, ask={"found": pinned}) == adopted(Evidence.SAME_WINDOW)


def test_windows_less_than_a_second_apart_are_neither_the_same_nor_proved_different(
    verdict: Callable[..., Verdict],
) -> None:
    pinned = {"window_start_ms": START + 500, "window_end_ms": END + 500}
    close: Changes = {"window": DataWindow(start_ms=START + 501, end_ms=END + 501)}
    apart: Changes = {"window": DataWindow(start_ms=START + 500, end_ms=END + 1500)}

    assert verdict(close, ask={"found": pinned}) == nobodys()
    assert verdict(OURS | close, ask={"found": pinned}) == nobodys()
    assert verdict(OURS | apart, ask={"found": pinned}) == ABSENT


@pytest.mark.parametrize(
    "maker",
    [
        {"created_by": OUR_CLIENT, "created_client": OUR_CLIENT},
        {"created_by": "9F8E7D@techacct.adobe.com", "created_client": OUR_CLIENT},
        {"created_by": f"{OUR_CLIENT}@techacct.adobe.com", "created_client": OUR_CLIENT},
        {"created_by": f"{OUR_CLIENT}@techacct.adobe.com", "created_client": ""},
        {"created_by": f"{OUR_CLIENT}@AdobeID", "created_client": ""},
        {"created_by": OUR_CLIENT, "created_client": ""},
        {"created_by": "", "created_client": OUR_CLIENT},
        {"created_by": "ABCDEF@AdobeID", "created_client": f"{OUR_CLIENT}@AdobeID"},
    ],
)
def test_our_client_is_known_in_every_form_the_platform_writes_it(
    verdict: Callable[..., Verdict], maker: Changes
) -> None:
    assert verdict(maker) == adopted(Evidence.OUR_CLIENT)


@pytest.mark.parametrize(
    "maker", [{}, OURS, SCHEDULED, {"created_by": "@techacct.adobe.com", "created_client": "@"}]
)
def test_without_our_client_nobody_is_taken_for_us(
    verdict: Callable[..., Verdict], maker: Changes
) -> None:
    assert verdict(maker, our_client="") == nobodys()
    assert verdict(maker | SAME, our_client="") == adopted(Evidence.SAME_WINDOW)


@pytest.mark.parametrize(
    ("our_client", "maker"), [("exc_app", CLICKED), ("acp_foundation_connectors", SCHEDULED)]
)
def test_a_client_that_everybody_shares_speaks_for_nothing(
    verdict: Callable[..., Verdict], our_client: str, maker: Changes
) -> None:
    assert verdict(maker, our_client=our_client) == nobodys()
    assert verdict(maker | SAME, our_client=our_client) == adopted(Evidence.SAME_WINDOW)


def test_a_colleague_in_the_user_interface_is_not_us_even_where_we_do_not_know_ourselves(
    verdict: Callable[..., Verdict],
) -> None:
    assert verdict(CLICKED | SAME, our_client="") == nobodys()
