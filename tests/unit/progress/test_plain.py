"""Plain progress: when a line is written, and what it says."""

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from runner.model.progress import WaitFor, Waiting
from runner.progress.plain import PlainDisplay, plain_line

Make = Callable[..., Any]
AT = 1_795_140_005_000


def waiting(what: WaitFor, text: str, *, stops_all: bool = True, sandbox: str = "") -> Waiting:
    return Waiting(
        what=what, text=text, until_ms=AT + 600_000, stops_all=stops_all, sandbox=sandbox
    )


SOAK = waiting(WaitFor.SOAK, "soak until 02:10:05Z")
QUOTA = waiting(
    WaitFor.DAY, "daily quota of prod: next at 08:00:00Z", stops_all=False, sandbox="prod"
)
PAUSE = waiting(WaitFor.PAUSE, "paused by maria")
THROTTLED = waiting(WaitFor.THROTTLED, "paused until 02:00:17Z (Retry-After)")


def test_a_line_says_all_that_matters(snapshot: Make, clock: Any) -> None:
    assert plain_line(snapshot(), now_ms=clock.now_ms()) == (
        "02:00:05Z 132/540 settled · 120 retriggered · 8 refused · 4 gave_up · 8 in flight · 5.0/s · throttled 3 · "
        "about 1m20s left"
    )


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {
                "outcomes": {},
                "in_flight": 0,
                "seconds_left": None,
                "throttled": 0,
                "per_second": 0.0,
            },
            "02:00:05Z 0/540 settled · 0.0/s",
        ),
        (
            {
                "outcomes": {},
                "phase": "waiting",
                "limit_per_second": 5.0,
                "paused_seconds": 0.3,
                "seconds_left": 3,
            },
            "02:00:05Z waiting 0/540 settled · 8 in flight · 5.0/s (limit 5) · throttled 3 · paused 1s · about 3s left",
        ),
        (
            {
                "outcomes": {"retriggered": 540},
                "phase": "done",
                "in_flight": 0,
                "elapsed_seconds": 108.4,
            },
            "02:00:05Z done 540/540 settled · 540 retriggered · took 1m48s",
        ),
        (
            {
                "outcomes": {"retriggered": 9},
                "in_flight": 0,
                "throttled": 0,
                "watched": 6,
                "recoveries": {"partial": 1, "recovered": 2},
            },
            "02:00:05Z 9/540 settled · 9 retriggered · 6 watched · 2 recovered · 1 partial · 5.0/s · about 1m20s left",
        ),
        (
            {
                "outcomes": {"retriggered": 80, "refused": 2, "unresolved": 3},
                "before": {"retriggered": 60, "refused": 2, "unresolved": 4},
                "planned": 100,
                "in_flight": 0,
                "throttled": 0,
                "seconds_left": None,
            },
            "02:00:05Z this go: 20 of 38; in all 82 of 100 settled · 20 retriggered · 3 unresolved · 5.0/s",
        ),
        (
            {"outcomes": {"retriggered": 9}, "phase": "interrupted", "elapsed_seconds": 8.0},
            "02:00:05Z interrupted 9/540 settled · 9 retriggered · 8 in flight · took 8s",
        ),
        (
            {"outcomes": {}, "waits": (SOAK,), "in_flight": 0, "throttled": 0},
            "02:00:05Z 0/540 settled · soak until 02:10:05Z · about 1m20s left",
        ),
        (
            {"outcomes": {}, "waits": (QUOTA,), "in_flight": 0, "throttled": 0},
            "02:00:05Z 0/540 settled · daily quota of prod: next at 08:00:00Z · 5.0/s · about 1m20s left",
        ),
        (
            {
                "phase": "paused",
                "paused": "paused by maria",
                "waits": (PAUSE,),
                "outcomes": {},
                "in_flight": 0,
                "throttled": 0,
            },
            "02:00:05Z paused 0/540 settled · paused by maria",
        ),
        (
            {
                "waits": (THROTTLED,),
                "paused_seconds": 12.0,
                "outcomes": {},
                "in_flight": 0,
                "seconds_left": None,
            },
            "02:00:05Z 0/540 settled · paused until 02:00:17Z (Retry-After) · throttled 3",
        ),
        (
            {"outcomes": {"invented": 1}, "in_flight": 0, "throttled": 0, "seconds_left": 0.0},
            "02:00:05Z 1/540 settled · 1 invented · 5.0/s · about 1s left",
        ),
    ],
)
def test_a_line_leaves_out_what_there_is_not(
    changes: Any, line: str, snapshot: Make, clock: Any
) -> None:
    assert plain_line(snapshot(**changes), now_ms=clock.now_ms()) == line


def elapsed_of_written_lines(
    display: PlainDisplay, stream: io.StringIO, snapshots: list[Any]
) -> list[float]:
    written = []
    for each in snapshots:
        before = stream.getvalue()
        display.update(each)
        if stream.getvalue() != before:
            written.append(each.elapsed_seconds)
    return written


def test_a_line_is_written_first_then_every_five_seconds(snapshot: Make, clock: Any) -> None:
    stream = io.StringIO()
    display = PlainDisplay(stream, clock=clock)
    display.start()

    times = [0.0, 1.0, 4.9, 5.0, 9.0, 12.0, 16.9, 17.0]

    assert elapsed_of_written_lines(
        display, stream, [snapshot(elapsed_seconds=seconds) for seconds in times]
    ) == [0.0, 5.0, 12.0, 17.0]


def test_a_new_phase_is_written_at_once(snapshot: Make, clock: Any) -> None:
    stream = io.StringIO()
    display = PlainDisplay(stream, clock=clock)

    snapshots = [
        snapshot(elapsed_seconds=1.0),
        snapshot(elapsed_seconds=1.5, phase="draining"),
        snapshot(elapsed_seconds=1.6, phase="draining"),
    ]

    assert elapsed_of_written_lines(display, stream, snapshots) == [1.0, 1.5]


def test_a_wait_is_written_when_it_begins_and_then_at_most_twice_a_minute(
    snapshot: Make, clock: Any
) -> None:
    stream = io.StringIO()
    display = PlainDisplay(stream, clock=clock)
    begun = [snapshot(elapsed_seconds=0.0), snapshot(elapsed_seconds=1.0)]
    waits = [snapshot(elapsed_seconds=float(at), waits=(SOAK,)) for at in range(2, 100)]

    assert elapsed_of_written_lines(display, stream, begun + waits) == [0.0, 2.0, 32.0, 62.0, 92.0]


def test_a_wait_whose_end_changes_is_written_again_as_seldom_as_any_change(
    snapshot: Make, clock: Any
) -> None:
    stream = io.StringIO()
    display = PlainDisplay(stream, clock=clock)
    moments = [
        snapshot(
            elapsed_seconds=float(at),
            waits=(waiting(WaitFor.RUNNING, f"next check at {at // 20}"),),
        )
        for at in range(50)
    ]

    assert elapsed_of_written_lines(display, stream, moments) == [0.0, 20.0, 40.0]


def test_the_next_of_many_checks_is_no_news(snapshot: Make, clock: Any) -> None:
    stream = io.StringIO()
    display = PlainDisplay(stream, clock=clock)
    moments = [
        snapshot(
            elapsed_seconds=float(at),
            waits=(replace(SOAK, text=f"next check at {at}", next_check_ms=AT + at * 1000),),
        )
        for at in range(70)
    ]

    assert elapsed_of_written_lines(display, stream, moments) == [0.0, 30.0, 60.0]


def test_waits_that_come_and_go_do_not_flood(snapshot: Make, clock: Any) -> None:
    stream = io.StringIO()
    display = PlainDisplay(stream, clock=clock)
    moments = [
        snapshot(elapsed_seconds=at / 4, waits=(THROTTLED,) if at % 4 < 2 else ())
        for at in range(4 * 60)
    ]

    assert len(elapsed_of_written_lines(display, stream, moments)) <= 60 / 5 + 60 / 30 + 1


def test_another_wait_beside_the_first_is_written_at_once(snapshot: Make, clock: Any) -> None:
    stream = io.StringIO()
    display = PlainDisplay(stream, clock=clock)
    moments = [
        snapshot(elapsed_seconds=0.0, waits=(QUOTA,)),
        snapshot(elapsed_seconds=1.0, waits=(QUOTA, SOAK)),
        snapshot(elapsed_seconds=2.0, waits=(QUOTA, SOAK)),
    ]

    assert elapsed_of_written_lines(display, stream, moments) == [0.0, 1.0]


def test_progress_while_something_is_waited_for_is_written_as_ever(
    snapshot: Make, clock: Any
) -> None:
    stream = io.StringIO()
    display = PlainDisplay(stream, clock=clock)
    moments = [
        snapshot(elapsed_seconds=float(at), waits=(QUOTA,), outcomes={"retriggered": at})
        for at in range(12)
    ]

    assert elapsed_of_written_lines(display, stream, moments) == [0.0, 5.0, 10.0]


def test_the_last_moment_is_written_once_when_it_stops(snapshot: Make, clock: Any) -> None:
    stream = io.StringIO()
    display = PlainDisplay(stream, clock=clock)
    display.update(snapshot(elapsed_seconds=1.0))
    display.update(snapshot(elapsed_seconds=2.0, outcomes={"retriggered": 540}))

    display.stop()
    display.stop()

    assert [line.split(" · ")[0] for line in stream.getvalue().splitlines()] == [
        "02:00:05Z 132/540 settled",
        "02:00:05Z 540/540 settled",
    ]


def test_an_execution_that_begins_anew_is_shown_at_once(snapshot: Make, clock: Any) -> None:
    stream = io.StringIO()
    display = PlainDisplay(stream, clock=clock)

    assert elapsed_of_written_lines(
        display, stream, [snapshot(elapsed_seconds=9.0), snapshot(elapsed_seconds=0.0)]
    ) == [9.0, 0.0]


def test_stopping_before_anything_happened_writes_nothing(clock: Any) -> None:
    stream = io.StringIO()
    display = PlainDisplay(stream, clock=clock)

    display.stop()

    assert stream.getvalue() == ""


def test_a_message_is_made_safe_line_by_line(clock: Any) -> None:
    stream = io.StringIO()

    PlainDisplay(stream, clock=clock).message("stopping:\n::error::\x1b[2J")

    assert stream.getvalue() == "stopping:\n: :error::\\x1b[2J\n"


def test_a_lowered_rate_is_told_with_its_reason(snapshot: Make, clock: Any) -> None:
    lowered = "lowered to 4.7/s after HTTP 429"
    prod, stage = snapshot().sandboxes
    slow = replace(prod, lowered=lowered)

    whole = plain_line(snapshot(lowered=lowered), now_ms=clock.now_ms())
    alone = plain_line(snapshot(sandboxes=(slow, stage)), now_ms=clock.now_ms())
    many = plain_line(snapshot(sandboxes=(slow,) * 5), now_ms=clock.now_ms())

    assert f" · throttled 3 · {lowered} · " in whole
    assert f" · throttled 3 · prod {lowered} · " in alone
    assert many.count(lowered) == 3
    assert "2 more lowered" in many
