"""The chosen runs by how they failed: counted in the scratch database, largest first, each with an example."""

from collections import Counter, defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from runner.journal import Staging
from runner.model.advice import Advice, Prospect
from runner.model.failure import Cluster, Failure
from runner.model.plan import FoundRun, PassedOver, PlannedLane
from runner.model.words import FlowId, Order, SandboxName, SkipReason
from tests.contract.making import a_found

MEND = Advice(prospect=Prospect.FIX_FIRST, words="mend the data", source="from a guide")


def failed(cluster: str, *, seconds: float | None = None, advice: Advice | None = None) -> Failure:
    return Failure(cluster=cluster, example=f"{cluster} happened", advice=advice, seconds=seconds)


def stage(staging: Staging, runs: dict[FoundRun, Failure]) -> None:
    staging.add(list(runs), [], {run.run_id: failure for run, failure in runs.items()})


def test_clusters_come_largest_first_with_an_example_advice_and_the_fullest_flows() -> None:
    with Staging() as staging:
        rare = {a_found("z", "r0", flow_name="Z"): failed("RARE/1", advice=MEND)}
        many = {
            a_found(flow, f"{flow}{number}", flow_name=name): failed("MANY/1")
            for flow, name, runs in [("a", "A", 1), ("b", "", 3), ("c", "C", 2), ("d", "D", 4)]
            for number in range(runs)
        }
        stage(staging, rare)
        stage(staging, many)

        assert staging.clusters(most=5) == (
            2,
            [
                Cluster(
                    name="MANY/1",
                    example="MANY/1 happened",
                    advice=None,
                    runs=10,
                    flows=4,
                    flow_names=("D", "b", "C"),
                ),
                Cluster(
                    name="RARE/1",
                    example="RARE/1 happened",
                    advice=MEND,
                    runs=1,
                    flows=1,
                    flow_names=("Z",),
                ),
            ],
        )
        assert [cluster.name for cluster in staging.clusters(most=1)[1]] == ["MANY/1"]


def test_only_chosen_runs_with_an_error_count_and_each_once() -> None:
    twice, above, fine = a_found("a", "r1"), a_found("a", "r2"), a_found("a", "r3")
    left = PassedOver(found=a_found("a", "r4"), reason=SkipReason.NOT_FAILED, detail="")
    with Staging() as staging:
        stage(staging, {twice: failed("C/1"), above: failed("C/1"), fine: failed("")})
        stage(staging, {twice: failed("C/1")})
        staging.add([], [left], {left.found.run_id: failed("C/1")})
        staging.put_in_order(Order.NEWEST_FIRST, max_runs_per_flow=1)

        assert [(cluster.name, cluster.runs) for cluster in staging.clusters(most=9)[1]] == [
            ("C/1", 1)
        ]


def test_a_flows_typical_time_is_the_mean_of_what_is_known() -> None:
    with Staging() as staging:
        stage(
            staging,
            {
                a_found("a", "r1"): failed("C/1", seconds=10.0),
                a_found("a", "r2"): failed("C/2", seconds=20.0),
                a_found("a", "r3"): failed("C/2"),
                a_found("b", "r4"): failed("C/1"),
            },
        )

        assert staging.lanes() == [
            PlannedLane(
                sandbox=SandboxName("prod"),
                flow_id=FlowId(flow),
                flow_name=f"Flow {flow}",
                runs=runs,
                seconds=seconds,
            )
            for flow, runs, seconds in [("a", 3, 15.0), ("b", 1, None)]
        ]


def test_words_that_cannot_be_stored_are_spelled_out() -> None:
    with Staging() as staging:
        run = a_found("a", "r1")
        failure = Failure(cluster="C/1", example="half \ud800", advice=None, seconds=None)
        staging.add([run], [], {run.run_id: failure})

        assert staging.clusters(most=1)[1][0].example == "half \\ud800"


words = st.tuples(
    st.sampled_from(["prod", "stage"]), st.sampled_from("abc"), st.sampled_from(["", "X/1", "Y/2"])
)


@settings(deadline=None, database=None)
@given(runs=st.lists(words, max_size=30), pages=st.integers(1, 4), most=st.integers(1, 3))
def test_counts_are_those_of_a_plain_count(
    runs: list[tuple[str, str, str]], pages: int, most: int
) -> None:
    with Staging() as staging:
        for page in range(pages):
            stage(
                staging,
                {
                    a_found(flow, f"r{number}", sandbox=sandbox): failed(cluster)
                    for number, (sandbox, flow, cluster) in enumerate(runs)
                    if number % pages == page
                },
            )
        count, clusters = staging.clusters(most=most)

    plain = Counter(cluster for *_, cluster in runs if cluster)
    flows = defaultdict(set)
    for sandbox, flow, cluster in runs:
        flows[cluster].add((sandbox, flow))
    assert count == len(plain)
    assert [(each.name, each.runs, each.flows) for each in clusters] == [
        (name, runs_of, len(flows[name]))
        for name, runs_of in sorted(plain.items(), key=lambda one: (-one[1], one[0]))[:most]
    ]
