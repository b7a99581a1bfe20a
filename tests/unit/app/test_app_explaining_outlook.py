"""What a terminal shows of a plan beyond counts is bounded, and safe whatever the platform said."""

import re
from dataclasses import replace

from runner.app.explaining_outlook import outlook_parts
from runner.model.advice import Advice, Prospect
from runner.model.failure import Cluster
from runner.model.outlook import BrokenSource, Forecast, Outlook, SandboxForecast, SourceLook
from runner.model.words import FlowId, RunId, SandboxName

PROD = SandboxName("prod")
CLUSTER = Cluster(
    name="C/1",
    example="a file is not there",
    advice=Advice(prospect=Prospect.FIX_FIRST, words="mend the data", source="from a guide"),
    runs=1_234,
    flows=4,
    flow_names=("A", "B"),
)
SOURCE = BrokenSource(
    sandbox=PROD,
    flow_id=FlowId("flow-1"),
    flow_name="",
    run_id=RunId("run-9"),
    error_code="C",
    created_at_ms=None,
)
OUTLOOK = Outlook(
    clusters=(CLUSTER,),
    cluster_count=1,
    sources=SourceLook(broken=(SOURCE,)),
    forecast=Forecast(
        seconds=60.0,
        bound_by="max_per_second",
        sandboxes=(
            SandboxForecast(name=PROD, runs=1_234, seconds=60.0, per_hour=1_234, running=20),
            SandboxForecast(
                name=SandboxName("idle"), runs=0, seconds=0.0, per_hour=0, running=None
            ),
        ),
    ),
)


def test_each_part_is_told() -> None:
    assert outlook_parts(OUTLOOK) == [
        "failed as  flows          runs\nC/1        A, B, 2 more  1,234\nC/1: a file is not there",
        (
            "What to expect (advice, not the platform's word):\n"
            "C/1: fix first: mend the data (from a guide)"
        ),
        (
            "The source of 1 flow is probably still broken: the newest run that is not in this plan "
            "failed with the same error.\n"
            "flow-1: run run-9 failed with C"
        ),
        (
            "sandbox   runs  takes at least  fullest hour  running at once\n"
            "prod     1,234  1m00s                  1,234  20"
        ),
    ]


def test_what_there_is_nothing_of_is_not_told() -> None:
    nothing = Outlook(
        clusters=(),
        cluster_count=0,
        sources=SourceLook(),
        forecast=Forecast(seconds=0.0, bound_by="", sandboxes=()),
    )

    assert outlook_parts(nothing) == []


def test_long_lists_are_cut_and_say_how_much_more_there_is() -> None:
    many = replace(
        OUTLOOK,
        clusters=(CLUSTER,) * 50,
        cluster_count=1_000,
        sources=SourceLook(broken=(SOURCE,) * 25, not_looked_at=3),
    )

    clusters, advice, sources, _ = outlook_parts(many)

    assert clusters.endswith("\nand 990 more clusters")
    assert len(clusters.splitlines()) == 1 + 10 + 10 + 1
    assert len(advice.splitlines()) == 11
    assert "Not looked at: the newest runs of 3 flows." in sources
    assert sources.endswith("\nand 15 more flows")
    assert len(sources.splitlines()) == 2 + 10 + 1


def test_what_the_platform_says_cannot_steer_a_terminal_or_a_build_server() -> None:
    hostile = "\x1b]0;x\x07\n::error::y" + "z" * 1_000
    told = replace(
        OUTLOOK,
        clusters=(replace(CLUSTER, example=hostile, flow_names=(hostile,)),),
        sources=SourceLook(broken=(replace(SOURCE, flow_name=hostile, error_code=hostile),)),
    )

    lines = "\n".join(outlook_parts(told)).splitlines()

    assert not any(re.search(r"[\x00-\x1f\x7f]|^\s*::", line) for line in lines)
    assert max(map(len, lines)) <= 320
    assert sum(r"\x1b]0;x\x07\n::error" in line for line in lines) == 3
