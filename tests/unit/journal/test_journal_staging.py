"""A plan put in order: oldest first within a flow, fair between flows and sandboxes, and every run accounted for."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.errors import CannotWrite, PlatformRefused
from runner.journal import Headline, Staging
from runner.model.plan import FoundRun, PassedOver, PlannedRun
from runner.model.words import Order, RunId, SandboxName, SkipReason
from tests.contract.making import a_found

OLDEST, NEWEST = Order.OLDEST_FIRST, Order.NEWEST_FIRST


def run_of(
    flow: str, run: str, *, sandbox: str = "prod", started: int | None = 0, **more: object
) -> FoundRun:
    return a_found(flow, run, sandbox=sandbox, started_at_ms=started, **more)


def over(found: FoundRun, reason: SkipReason = SkipReason.NOT_FAILED) -> PassedOver:
    return PassedOver(found=found, reason=reason, detail=f"because {reason.value}")


def ordered(
    chosen: Sequence[FoundRun], order: Order = OLDEST, *, most: int | None = None
) -> list[PlannedRun]:
    with Staging() as staging:
        staging.add(chosen, [])
        staging.put_in_order(order, max_runs_per_flow=most)
        return list(staging.planned())


def names(runs: Iterable[PlannedRun | PassedOver]) -> list[str]:
    return [run.found.run_id for run in runs]


def test_nothing_found_is_an_empty_plan() -> None:
    with Staging() as staging:
        staging.add([], [])
        staging.put_in_order(OLDEST, max_runs_per_flow=None)

        assert (list(staging.planned()), list(staging.passed_over())) == ([], [])
        assert (staging.headlines(), staging.reasons()) == ([], [])
        assert (staging.chosen_count(), staging.lanes()) == (0, [])
        assert staging.clusters(most=9) == (0, [])


@pytest.mark.parametrize(
    ("order", "expected"), [(OLDEST, "early middle late"), (NEWEST, "late middle early")]
)
def test_a_flows_runs_go_in_the_order_asked_for(order: Order, expected: str) -> None:
    runs = [
        run_of("a", "late", started=9),
        run_of("a", "early", started=1),
        run_of("a", "middle", started=5),
    ]

    assert [
        (run.position, run.lane_position, run.found.run_id) for run in ordered(runs, order)
    ] == [(place, place, name) for place, name in enumerate(expected.split(), start=1)]


def test_age_is_that_of_the_data_then_of_the_start_then_of_the_making() -> None:
    runs = [
        run_of("a", "by-window", started=9, created_at_ms=9, window_start_ms=1),
        run_of("a", "by-start", started=2, created_at_ms=9),
        run_of("a", "by-making", started=None, created_at_ms=3),
        run_of("a", "unknown", started=None, created_at_ms=None),
    ]

    assert names(ordered(runs)) == ["unknown", "by-window", "by-start", "by-making"]


@pytest.mark.parametrize("order", [OLDEST, NEWEST])
def test_runs_of_the_same_age_go_by_their_ids(order: Order) -> None:
    runs = [run_of("a", name) for name in ("r3", "r1", "r2")]

    assert names(ordered(runs, order)) == ["r1", "r2", "r3"]


def test_every_flow_has_its_turn_before_any_has_its_second_and_sandboxes_alternate() -> None:
    runs = [run_of(flow, f"{flow}{n}", started=n) for flow in "ab" for n in (1, 2, 3)]
    runs += [
        run_of(flow, f"s-{flow}{n}", sandbox="stage", started=n) for flow in "cd" for n in (1, 2)
    ]

    assert names(ordered(runs)) == [
        "a1", "s-c1", "b1", "s-d1", "a2", "s-c2", "b2", "s-d2", "a3", "b3",
    ]  # fmt: skip


def test_sandboxes_go_in_the_order_in_which_they_were_looked_at() -> None:
    with Staging() as staging:
        staging.add([], [over(run_of("a", "r0", sandbox="zeta"))])
        staging.add([run_of("a", "r1", sandbox="alpha")], [])
        staging.add([run_of("a", "r2", sandbox="zeta")], [])
        staging.put_in_order(OLDEST, max_runs_per_flow=None)

        assert names(staging.planned()) == ["r2", "r1"]


def test_the_plan_gives_back_runs_as_they_were_found_in_the_first_wave() -> None:
    bare = replace(
        run_of("a", "r1", started=None),
        etag=None,
        created_at_ms=None,
        updated_at_ms=None,
        window_end_ms=7,
    )

    assert ordered([bare]) == [PlannedRun(position=1, wave=1, lane_position=1, found=bare)]


def test_above_a_flows_ceiling_the_rest_is_passed_over_with_the_reason() -> None:
    runs = [run_of("a", f"a{n}", started=n) for n in (4, 3, 2, 1)] + [run_of("b", "b1", started=9)]
    with Staging() as staging:
        staging.add(runs, [over(run_of("a", "other"))])
        assert staging.chosen_count() == 5
        staging.put_in_order(OLDEST, max_runs_per_flow=2)

        assert [(run.position, run.found.run_id) for run in staging.planned()] == [
            (1, "a1"), (2, "b1"), (3, "a2"),
        ]  # fmt: skip
        detail = "cap.max_runs_per_flow is 2, and this flow has more"
        assert list(staging.passed_over()) == [
            PassedOver(found=runs[1], reason=SkipReason.OVER_FLOW_CAP, detail=detail),
            PassedOver(found=runs[0], reason=SkipReason.OVER_FLOW_CAP, detail=detail),
            over(run_of("a", "other")),
        ]
        assert (staging.chosen_count(), [lane.runs for lane in staging.lanes()]) == (3, [2, 1])


@pytest.mark.parametrize("chosen_first", [True, False])
def test_chosen_by_one_filter_beats_passed_over_by_another(chosen_first: bool) -> None:  # noqa: FBT001  # a parameter of the test
    run = run_of("a", "r1")
    pages: list[tuple[list[FoundRun], list[PassedOver]]] = [([run], []), ([], [over(run)])]
    with Staging() as staging:
        for chosen, passed_over in pages if chosen_first else reversed(pages):
            staging.add(chosen, passed_over)
        staging.put_in_order(OLDEST, max_runs_per_flow=None)

        assert (names(staging.planned()), names(staging.passed_over())) == (["r1"], [])


def test_of_two_reasons_the_first_stays() -> None:
    run = run_of("a", "r1")
    with Staging() as staging:
        staging.add([], [over(run, SkipReason.EXCLUDED_ERROR)])
        staging.add([], [over(run, SkipReason.NOT_FAILED)])

        assert list(staging.passed_over()) == [over(run, SkipReason.EXCLUDED_ERROR)]


def test_the_same_run_id_in_two_sandboxes_is_two_runs() -> None:
    runs = [run_of("a", "r1", sandbox="prod"), run_of("a", "r1", sandbox="stage")]

    assert [(run.found.sandbox, run.found.run_id) for run in ordered(runs)] == [
        ("prod", "r1"),
        ("stage", "r1"),
    ]


def test_headlines_and_reasons_count_what_was_chosen_and_what_was_not() -> None:
    runs = [run_of("a", f"a{n}", error_code="E1") for n in (1, 2, 3)]
    runs += [run_of("b", "b1", error_code="E1"), run_of("b", "b2", error_code="E2")]
    runs += [run_of("a", "s1", sandbox="alpha", error_code="E1")]
    left = [over(run_of("c", f"c{n}")) for n in (1, 2)]
    left += [over(run_of("c", "c3"), SkipReason.STREAMING_FLOW)]
    with Staging() as staging:
        staging.add(runs, left)
        staging.put_in_order(OLDEST, max_runs_per_flow=None)

        assert staging.headlines() == [
            Headline(sandbox=sandbox, flow_id=flow, flow_name=f"Flow {flow}", error_code=code, runs=count)
            for sandbox, flow, code, count in [
                ("alpha", "a", "E1", 1), ("prod", "a", "E1", 3), ("prod", "b", "E1", 1), ("prod", "b", "E2", 1),
            ]
        ]  # fmt: skip
        assert staging.reasons() == [("prod", "not_failed", 2), ("prod", "streaming_flow", 1)]


def test_a_broken_character_is_spelled_out_and_costs_no_run() -> None:
    broken = run_of("a", "r2", error_message="half \ud800 pair")
    with Staging() as staging:
        staging.add([run_of("a", "r1"), broken], [over(run_of("b", "r3", flow_name="\udfff"))])
        staging.put_in_order(OLDEST, max_runs_per_flow=None)

        assert [run.found.error_message for run in staging.planned()] == [
            "the key expired",
            "half \\ud800 pair",
        ]
        assert [run.found.flow_name for run in staging.passed_over()] == ["\\udfff"]


def test_which_runs_are_chosen_can_be_asked() -> None:
    with Staging() as staging:
        staging.add(
            [run_of("a", "r1"), run_of("a", "r2"), run_of("a", "r3", sandbox="stage")],
            [over(run_of("a", "r4"))],
        )
        staging.put_in_order(OLDEST, max_runs_per_flow=1)
        asked = [RunId(name) for name in ("r1", "r2", "r3", "r4", "r9", "\ud800")]

        assert staging.chosen_of(SandboxName("prod"), asked) == {"r1"}
        assert staging.chosen_of(SandboxName("prod"), []) == frozenset()


def test_no_room_for_a_plan_is_told_with_the_remedy() -> None:
    with Staging() as staging:
        staging._scratch.execute("PRAGMA max_page_count = 3")
        with pytest.raises(
            CannotWrite, match=r"temporary folder: database or disk is full\."
        ) as caught:
            staging.add([run_of("a", f"r{n}") for n in range(1000)], [])

    assert "Free space there, or name another" in caught.value.remedy
    assert "TMPDIR=/path" in caught.value.remedy


@pytest.mark.parametrize(
    "use",
    [
        lambda staging: staging.add([run_of("a", "r1")], []),
        lambda staging: staging.put_in_order(OLDEST, max_runs_per_flow=None),
        lambda staging: staging.chosen_count(),
        lambda staging: list(staging.planned()),
        lambda staging: list(staging.passed_over()),
        lambda staging: staging.headlines(),
        lambda staging: staging.reasons(),
        lambda staging: staging.chosen_of(SandboxName("prod"), [RunId("r1")]),
        lambda staging: staging.clusters(most=1),
        lambda staging: staging.lanes(),
    ],
)
def test_whatever_is_asked_of_a_plan_that_cannot_be_kept_says_so(
    use: Callable[[Staging], object],
) -> None:
    staging = Staging()
    staging._scratch.close()

    with pytest.raises(CannotWrite, match="cannot be kept in the temporary folder") as caught:
        use(staging)
    assert "Nothing was sent" in str(caught.value)


found_runs = st.builds(
    lambda sandbox, flow, run, window, started, created: replace(
        a_found(flow, f"r{run}", sandbox=sandbox, error_code=f"E{run % 3}"),
        window_start_ms=window,
        started_at_ms=started,
        created_at_ms=created,
    ),
    st.sampled_from(["prod", "stage", "alpha"]),
    st.sampled_from(["a", "b", "c"]),
    st.integers(0, 12),
    *([st.none() | st.integers(0, 5)] * 3),
)
pages = st.lists(
    st.tuples(
        st.lists(found_runs, max_size=8),
        st.lists(st.builds(over, found_runs, st.sampled_from(SkipReason)), max_size=8),
    ),
    max_size=4,
)

Key = tuple[SandboxName, str]


def keyed(found: FoundRun) -> Key:
    return (found.sandbox, found.run_id)


def age(found: FoundRun) -> int:
    known = (found.window_start_ms, found.started_at_ms, found.created_at_ms)
    return next((time for time in known if time is not None), 0)


@settings(deadline=None, database=None)
@given(pages=pages, order=st.sampled_from(Order), most=st.none() | st.integers(1, 4))
def test_every_run_is_in_the_plan_or_passed_over_exactly_once_and_in_order(
    pages: list[tuple[list[FoundRun], list[PassedOver]]], order: Order, most: int | None
) -> None:
    with Staging() as staging:
        for chosen, passed_over in pages:
            staging.add(chosen, passed_over)
        staging.put_in_order(order, max_runs_per_flow=most)
        planned, left = list(staging.planned()), list(staging.passed_over())
        headlines, reasons = staging.headlines(), staging.reasons()
        assert staging.chosen_count() == len(planned)
        lanes_told = {(lane.sandbox, lane.flow_id): lane.runs for lane in staging.lanes()}

    wanted = {keyed(found) for chosen, _ in pages for found in chosen}
    every = wanted | {keyed(run.found) for _, passed_over in pages for run in passed_over}
    above = {keyed(run.found) for run in left if run.reason is SkipReason.OVER_FLOW_CAP}
    assert Counter(keyed(run.found) for run in [*planned, *left]) == Counter(every)
    assert {keyed(run.found) for run in planned} <= wanted
    assert wanted - {keyed(run.found) for run in planned} <= above

    assert [run.position for run in planned] == list(range(1, len(planned) + 1))
    assert [run.lane_position for run in planned] == sorted(run.lane_position for run in planned)
    lanes: dict[tuple[str, str], list[PlannedRun]] = {}
    for run in planned:
        lanes.setdefault((run.found.sandbox, run.found.flow_id), []).append(run)
    assert lanes_told == {key: len(lane) for key, lane in lanes.items()}
    sign = 1 if order is OLDEST else -1
    for lane in lanes.values():
        assert [run.lane_position for run in lane] == list(range(1, len(lane) + 1))
        assert len(lane) <= (most or len(lane))
        ranks = [(sign * age(run.found), run.found.run_id) for run in lane]
        assert ranks == sorted(ranks)

    assert Counter({(h.sandbox, h.flow_id, h.error_code): h.runs for h in headlines}) == Counter(
        (run.found.sandbox, run.found.flow_id, run.found.error_code) for run in planned
    )
    assert Counter({(sandbox, reason): count for sandbox, reason, count in reasons}) == Counter(
        (run.found.sandbox, run.reason.value) for run in left
    )


def test_the_first_runs_meet_every_kind_of_failure_of_every_sandbox() -> None:
    runs = [
        run_of(f"{code}{flow}", f"{sandbox}-{code}-{flow}", sandbox=sandbox, error_code=code)
        for sandbox in ("prod", "stage")
        for code, flows in (("copy", 5), ("map", 1), ("auth", 2))
        for flow in range(flows)
    ]

    first = [(run.found.sandbox, run.found.error_code) for run in ordered(runs)[:6]]

    assert sorted(first) == [(s, c) for s in ("prod", "stage") for c in ("auth", "copy", "map")]
    assert [sandbox for sandbox, _ in first] == ["prod", "stage"] * 3


def test_a_wave_takes_the_plan_from_where_the_former_ended() -> None:
    runs = [run_of(flow, f"{flow}-{n}", started=n) for flow in "abc" for n in range(3)]

    with Staging() as staging:
        staging.add(runs, [])
        staging.put_in_order(OLDEST, max_runs_per_flow=None)
        waves = [run.wave for run in staging.planned(wave_ends=(1, 4))]
        lanes = [(run.found.flow_id, run.wave) for run in staging.planned(wave_ends=(1, 4))]

    assert waves == [1, 2, 2, 2, 3, 3, 3, 3, 3]
    for flow in "abc":  # within a flow no run is in an earlier wave than the one before it
        assert [w for f, w in lanes if f == flow] == sorted(w for f, w in lanes if f == flow)


UUID = "4fb0418e-1804-45d6-8d56-dd51f05c0baf"
FLOW = "c0cb4b5b-7a1d-4a8e-9d65-0a4f6b3f2a11"


def test_a_run_in_two_spellings_is_one_run_of_one_flow() -> None:
    runs = [run_of(FLOW, UUID), run_of(FLOW.upper(), UUID.upper()), run_of(FLOW.upper(), "b")]

    with Staging() as staging:
        staging.add([*runs, run_of(FLOW, "c")], [over(run_of(FLOW, UUID), SkipReason.NOT_FOUND)])
        staging.put_in_order(OLDEST, max_runs_per_flow=2)

        assert [(run.found.run_id, run.lane_position) for run in staging.planned()] == [
            (UUID, 1),
            ("b", 2),
        ]
        assert names(staging.passed_over()) == ["c"]  # over the flow's ceiling
        assert [lane.runs for lane in staging.lanes()] == [2]
        assert [line.runs for line in staging.headlines()] == [2]
        assert staging.chosen_of(SandboxName("prod"), [RunId(UUID.upper())]) == {RunId(UUID)}


def test_two_runs_are_never_taken_for_one() -> None:
    with Staging() as staging:
        staging.add([run_of("f", "run-a")], [over(run_of("f", "RUN-A"))])

        with pytest.raises(
            PlatformRefused, match=r"RUN-A and run-a.* case alone.*Nothing was sent"
        ):
            staging.chosen_count()
