"""What holds of the verdict whatever the evidence: it never says more than the evidence does."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from runner.model.doubt import Absent, Adopt, OpenAsk, StillOpen
from runner.model.platform import DataWindow, Run
from runner.model.words import ETag, FlowId, RunId
from runner.reconcile import Seen, judge

Changes = dict[str, Any]

START, END = 1_795_136_400_000, 1_795_140_000_000
OUR_CLIENTS = ["", "exc_app", "acp_foundation_connectors", "0a1b2c3d4e5f"]
OURS: Changes = {"created_by": "", "created_client": OUR_CLIENTS[-1], "window": None}
MOMENTS = [None, START, START + 1, START + 921, END, END + 3_600_000]
PEOPLE = [
    "",
    "@",
    "exc_app",
    "ABCDEF@AdobeID",
    "acp_foundation_connectors",
    "acp_foundation_connectors@AdobeID",
    "0a1b2c3d4e5f",
    "0a1b2c3d4e5f@techacct.adobe.com",
    "ffff9999",
]

moments = st.sampled_from(MOMENTS)
windows = st.none() | st.builds(DataWindow, start_ms=moments, end_ms=moments)
bools = st.booleans()


def a_run(*, ids: list[str]) -> st.SearchStrategy[Changes]:
    return st.fixed_dictionaries(
        {
            "id": st.sampled_from(ids),
            "flow_id": st.sampled_from(["flow-1", "flow-1", "flow-1", "flow-2"]),
            "created_at_ms": st.sampled_from([None, 1_795_150_000_000, 1_795_150_003_000]),
            "created_by": st.sampled_from(PEOPLE),
            "created_client": st.sampled_from(PEOPLE),
            "parent_run_id": st.sampled_from(["", "", "old", "elsewhere"]),
            "window": windows,
        }
    )


NEWER_IDS = ["n1", "n2", "n3", "old"]
PINNED = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["failed", ""]),
        "etag": st.sampled_from([None, '"old-1"']),
        "updated_at_ms": st.sampled_from([None, START]),
        "window_start_ms": moments,
        "window_end_ms": moments,
    }
)
UNTOUCHED: Changes = {}
NOW = st.sampled_from(
    [UNTOUCHED] * 6
    + [None, {"status": "inProgress"}, {"etag": '"old-2"'}, {"updated_at_ms": END}]
    + [{"etag": None}, {"updated_at_ms": None}]
)
"""The old run as it is now, against what was pinned; None where it is gone."""

some_runs = st.lists(a_run(ids=NEWER_IDS), max_size=3, unique_by=lambda run: run["id"])
one_run = a_run(ids=["n3"]).map(lambda run: [run | {"flow_id": "flow-1"}])
ours_too = st.sampled_from(["n1", "n3"]).flatmap(
    lambda run_id: a_run(ids=[run_id]).map(lambda run: [run | OURS])
)
SITUATIONS = st.fixed_dictionaries(
    {
        "found": PINNED,
        "never_absent": st.sampled_from([False, False, False, True]),
        "newer": st.just([]) | one_run | ours_too | some_runs,
        "claimed": st.frozensets(st.sampled_from(["n1", "n2", "elsewhere"])),
        "old": NOW,
        "late": st.sampled_from([True, True, True, False]),
        "reached_back": st.sampled_from([True, True, True, False]),
        "our_client": st.sampled_from(OUR_CLIENTS + 3 * OUR_CLIENTS[-1:]),
    }
)

Make = Callable[..., Any]


def evidence_of(
    story: Changes, *, make_ask: Make, make_old: Make, make_new: Make
) -> tuple[OpenAsk, Seen]:
    pinned = {name: story["found"][name] for name in ("status", "etag", "updated_at_ms")}
    ask = make_ask(found=story["found"], never_absent=story["never_absent"])
    seen = Seen(
        newer=tuple(make_new(**changes) for changes in story["newer"]),
        claimed=frozenset(RunId(one) for one in story["claimed"]),
        reached_back=story["reached_back"],
        old_run=None if story["old"] is None else make_old(**(pinned | story["old"])),
        is_late_enough=story["late"],
    )
    return ask, seen


def proved_anothers(run: Run, ask: OpenAsk) -> bool:
    """Said once more, and otherwise: both windows are whole, no link contradicts, and an end is a second away."""
    ends = (
        ask.found.window_start_ms,
        ask.found.window_end_ms,
        run.window.start_ms if run.window else None,
        run.window.end_ms if run.window else None,
    )
    match ends:
        case (int(old_start), int(old_end), int(start), int(end)):
            return (
                run.parent_run_id != "old"
                and old_start < old_end
                and start < end
                and (abs(old_start - start) >= 1000 or abs(old_end - end) >= 1000)
            )
        case _:
            return False


def nobodys(ask: OpenAsk, seen: Seen) -> list[Run]:
    return [
        run
        for run in seen.newer
        if run.id != "old" and run.id not in seen.claimed and not proved_anothers(run, ask)
    ]


@given(story=SITUATIONS)
@settings(max_examples=600, deadline=None)
def test_the_verdict_never_says_more_than_the_evidence(
    story: Changes,
    make_ask: Make,
    make_old: Make,
    make_new: Make,
) -> None:
    ask, seen = evidence_of(story, make_ask=make_ask, make_old=make_old, make_new=make_new)

    verdict = judge(ask, seen, our_client=story["our_client"])

    candidates = nobodys(ask, seen)
    event(type(verdict).__name__)
    match verdict:
        case Adopt():
            (only,) = candidates
            assert (verdict.run_id, verdict.etag, verdict.status) == (
                only.id,
                only.etag,
                only.status,
            )
            assert only.created_at_ms is not None
            assert only.flow_id == ask.found.flow_id
            assert verdict.evidence
        case Absent():
            assert not candidates
            assert seen.is_late_enough
            assert seen.reached_back
            assert not ask.never_absent
            assert seen.old_run is not None
            assert (seen.old_run.status, seen.old_run.etag, seen.old_run.updated_at_ms) == (
                ask.found.status,
                ask.found.etag,
                ask.found.updated_at_ms,
            )
        case StillOpen():
            assert verdict.candidates == tuple(run.id for run in candidates)
            assert verdict.final == seen.is_late_enough


@given(story=SITUATIONS, extra=a_run(ids=["taken"]), at=st.integers(0, 3))
@settings(max_examples=300, deadline=None)
def test_a_claimed_run_more_changes_nothing(
    story: Changes, extra: Changes, at: int, make_ask: Make, make_old: Make, make_new: Make
) -> None:
    ask, seen = evidence_of(story, make_ask=make_ask, make_old=make_old, make_new=make_new)
    more = replace(
        seen,
        newer=(*seen.newer[:at], make_new(**extra), *seen.newer[at:]),
        claimed=seen.claimed | {RunId("taken")},
    )

    assert judge(ask, more, our_client=story["our_client"]) == judge(
        ask, seen, our_client=story["our_client"]
    )


@given(
    story=SITUATIONS,
    extra=a_run(ids=["anothers"]),
    later_ms=st.integers(1_000, 10**9),
    moved=st.sampled_from([(1, 1), (0, 1), (1, 0)]),
    at=st.integers(0, 3),
)
@settings(max_examples=300, deadline=None)
def test_a_run_more_that_its_window_proves_anothers_changes_nothing(
    story: Changes,
    extra: Changes,
    later_ms: int,
    moved: tuple[int, int],
    at: int,
    make_ask: Make,
    make_old: Make,
    make_new: Make,
) -> None:
    whole = story["found"] | {"window_start_ms": START - 10**9 - 1, "window_end_ms": END}
    ask, seen = evidence_of(
        story | {"found": whole}, make_ask=make_ask, make_old=make_old, make_new=make_new
    )
    window = DataWindow(
        start_ms=START - 10**9 - 1 + moved[0] * later_ms, end_ms=END + moved[1] * later_ms
    )
    anothers = make_new(**(extra | {"window": window, "parent_run_id": ""}))
    more = replace(seen, newer=(*seen.newer[:at], anothers, *seen.newer[at:]))

    assert judge(ask, more, our_client=story["our_client"]) == judge(
        ask, seen, our_client=story["our_client"]
    )


@given(story=SITUATIONS, extra=a_run(ids=["undecided"]))
@settings(max_examples=300, deadline=None)
def test_a_run_more_that_nothing_decides_leaves_every_verdict_open(
    story: Changes, extra: Changes, make_ask: Make, make_old: Make, make_new: Make
) -> None:
    ask, seen = evidence_of(story, make_ask=make_ask, make_old=make_old, make_new=make_new)
    silent = {"window": None, "parent_run_id": "", "created_by": "", "created_client": ""}
    more = replace(seen, newer=(*seen.newer, make_new(**(extra | silent))))

    verdict = judge(ask, more, our_client=story["our_client"])

    assert isinstance(verdict, StillOpen)
    assert verdict.candidates[-1] == "undecided"


words = st.text(max_size=12)
numbers = st.none() | st.integers(-(2**63), 2**63)


@given(
    by=words,
    client=words,
    ours=words,
    parent=words,
    flow=words,
    run_id=words,
    etag=st.none() | words,
    ends=st.tuples(numbers, numbers, numbers, numbers),
    created_ms=numbers,
)
@settings(max_examples=300, deadline=None)
def test_no_value_of_the_platforms_makes_it_raise(
    by: str,
    client: str,
    ours: str,
    parent: str,
    flow: str,
    run_id: str,
    etag: str | None,
    ends: tuple[int | None, int | None, int | None, int | None],
    created_ms: int | None,
    make_ask: Make,
    make_old: Make,
    make_new: Make,
) -> None:
    run = make_new(
        id=RunId(run_id),
        flow_id=FlowId(flow),
        etag=None if etag is None else ETag(etag),
        created_by=by,
        created_client=client,
        parent_run_id=parent,
        created_at_ms=created_ms,
        window=DataWindow(start_ms=ends[0], end_ms=ends[1]),
    )
    seen = Seen(
        newer=(run,),
        claimed=frozenset(),
        reached_back=True,
        old_run=make_old(),
        is_late_enough=True,
    )
    ask = make_ask(found={"window_start_ms": ends[2], "window_end_ms": ends[3]})

    verdict = judge(ask, seen, our_client=ours)

    assert isinstance(verdict, Absent) == (run.id == "old" or proved_anothers(run, ask))
