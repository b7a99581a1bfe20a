"""Finding an unsaid limit: whole stories against model servers, and the rules one by one. All on simulated time."""

import math
from itertools import pairwise

import pytest

from runner.limits import Rate
from runner.limits.adaptive import Adaptive, Sign
from tests.unit.limits.silent_server import Bucket, Server, Strict, called


def lowered(rate: float = 10.0, *, now: float = 0.0) -> Adaptive:
    """A pace that was lowered just now from ``rate`` per second, that was really sent."""
    own = Adaptive(limit=rate)
    for number in range(round(2 * rate)):
        own.take(now - 2.0 + number / rate)
    own.heard(Sign.TOO_MUCH, sent_at=now, now=now, said="HTTP 429")
    return own


def servers(per_second: float) -> list[Server]:
    return [Bucket(per_second, 10.0), Bucket(per_second, per_second), Strict(per_second)]


@pytest.mark.parametrize("kind", [0, 1, 2], ids=["small-burst", "burst-of-a-second", "strict"])
@pytest.mark.parametrize(
    ("bears", "limit"),
    [(2, 2.6), (2, 200), (10, 13), (10, math.inf), (100, 130), (100, math.inf), (1000, 5000)],
)
def test_what_a_silent_server_bears_is_used_within_a_minute(
    bears: float, limit: float, kind: int
) -> None:
    end = 120.0 if bears < 1000 else 75.0  # a thousand a second takes its time
    story = called(servers(bears)[kind], Adaptive(limit=limit), seconds=end)

    assert story.per_second(60.0, end) >= 0.9 * bears
    assert story.refused_share(60.0, end) < 0.05


@pytest.mark.parametrize("bears", [10, 100])
def test_few_are_refused_where_many_are_sent(bears: float) -> None:
    story = called(Strict(bears), Adaptive(limit=5 * bears), seconds=180.0)

    assert story.per_second(60.0, 180.0) >= 0.95 * bears
    assert story.refused_share(60.0, 180.0) < 0.02


@pytest.mark.parametrize("kind", [0, 1, 2], ids=["small-burst", "burst-of-a-second", "strict"])
@pytest.mark.parametrize("bears", [10, 100])
def test_what_a_server_bears_that_says_so_by_errors_is_used_as_well(
    bears: float, kind: int
) -> None:
    story = called(
        servers(bears)[kind], Adaptive(limit=5 * bears), seconds=120.0, refusal=Sign.UNWELL
    )

    assert story.per_second(60.0, 120.0) >= 0.9 * bears
    assert story.refused_share(60.0, 120.0) < 0.05


@pytest.mark.parametrize("kind", [0, 1, 2], ids=["small-burst", "burst-of-a-second", "strict"])
@pytest.mark.parametrize(
    ("before", "after"), [(2, 10), (10, 2), (10, 100), (100, 10), (100, 140), (100, 60)]
)
def test_a_limit_that_changes_is_found_again_within_a_minute(
    before: float, after: float, kind: int
) -> None:
    server = servers(before)[kind]

    def changes(now: float) -> None:
        if now >= 90.0:
            server.per_second = after

    story = called(server, Adaptive(limit=1000.0), seconds=210.0, happens=changes)

    assert story.per_second(150.0, 210.0) >= 0.9 * after
    assert story.refused_share(150.0, 210.0) < 0.05


def test_a_server_that_refuses_everything_is_asked_ever_more_seldom() -> None:
    story = called(Bucket(0.0, 0.0), Adaptive(limit=100.0), seconds=300.0)

    first_crowd = sum(at < 0.5 for at, _ in story.answers)
    assert len(story.answers) - first_crowd <= 10
    late = [at for at, _ in story.answers if at > 30.0]
    assert [later - at >= 30.0 for at, later in pairwise(late)] == [True] * (len(late) - 1)


def test_nothing_is_held_back_while_nothing_is_refused() -> None:
    story = called(Bucket(1e9, 1e9), Adaptive(limit=500.0), seconds=20.0)

    assert story.per_second(1.0, 20.0) == pytest.approx(500.0, rel=0.01)
    assert story.cuts == 0


def test_the_first_requests_are_no_crowd() -> None:
    own = Adaptive()
    seen: list[int] = []

    story = called(Strict(1.0), own, seconds=0.025, at_once=1000, happens=lambda _: seen.append(1))

    assert len(seen) <= 16
    assert story.cuts == 1


def test_requests_under_way_together_are_one_congestion() -> None:
    own = Adaptive(limit=100.0)
    for _ in range(8):
        own.take(0.0)

    news = [own.heard(Sign.TOO_MUCH, sent_at=0.0, now=0.02, said="HTTP 429") for _ in range(8)]

    assert news == [True] + [False] * 7
    assert own.changes == 1
    assert own.paused_until == -math.inf


def test_a_servers_error_alone_is_a_mishap_with_those_under_way_beside_it() -> None:
    own = Adaptive(limit=100.0)
    for hour in range(3):
        own.take(3600.0 * hour)
        for late in (0.02, 0.04, 0.5):
            assert not own.heard(Sign.UNWELL, sent_at=3600.0 * hour, now=3600.0 * hour + late)

    assert (own.is_lowered, own.wait(7200.5)) == (False, 0.0)


def test_a_second_servers_error_soon_after_is_no_mishap() -> None:
    own = Adaptive(limit=100.0)
    own.heard(Sign.UNWELL, sent_at=0.0, now=0.1)

    assert own.heard(Sign.UNWELL, sent_at=9.0, now=9.1, said="HTTP 503")
    assert (own.is_lowered, own.why) == (True, "HTTP 503")


def test_a_servers_error_at_a_lowered_pace_is_no_mishap() -> None:
    own = lowered(10.0)
    rate = own.rate

    assert own.heard(Sign.UNWELL, sent_at=5.0, now=5.1)
    assert own.rate < rate


def test_a_lowered_pace_is_strictly_even() -> None:
    own = lowered(10.0)
    sent = []
    now = 0.0
    while len(sent) < 5:
        now += own.wait(now)
        own.take(now)
        sent.append(now)

    gaps = {round(later - at, 6) for at, later in pairwise(sent)}
    assert gaps == {round(1.0 / own.rate, 6)}


def test_nothing_saved_up_leaves_at_the_end_of_a_pause() -> None:
    own = lowered(10.0)
    own.pause(30.0)

    assert own.wait(29.0) == pytest.approx(1.0)
    own.take(30.0)
    assert own.wait(30.0) == pytest.approx(1.0 / own.rate)


def test_a_pause_is_never_shortened() -> None:
    own = Adaptive()
    own.pause(30.0)
    own.pause(10.0)

    assert own.wait(0.0) == 30.0


def test_a_second_refusal_soon_after_lets_the_platform_rest() -> None:
    own = lowered(10.0)

    own.heard(Sign.TOO_MUCH, sent_at=0.2, now=0.3, said="HTTP 429")

    assert own.wait(0.3) >= 1.0


def test_pauses_double_up_to_the_longest() -> None:
    own = Adaptive(limit=10.0, longest_pause=8.0)
    now, pauses = 0.0, []
    for _ in range(7):
        own.take(now)
        own.heard(Sign.TOO_MUCH, sent_at=now, now=now, said="HTTP 429")
        pauses.append(round(max(0.0, own.paused_until - now), 6))
        now += own.wait(now)

    assert pauses == [0.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0]


def test_it_is_free_again_once_the_limit_is_borne() -> None:
    own = lowered(10.0)
    assert own.is_lowered
    now = 0.0
    while own.is_lowered and now < 120.0:
        now += own.wait(now)
        own.take(now)
        own.heard(Sign.FINE, sent_at=now, now=now)

    assert not own.is_lowered
    assert own.why == ""
    assert now < 60.0


def test_an_unused_rate_is_not_raised() -> None:
    own = lowered(10.0)
    rate = own.rate

    for second in range(1, 100):  # one a second, of seven allowed
        own.take(float(second))
        own.heard(Sign.FINE, sent_at=float(second), now=second + 0.02)

    assert own.rate == rate


def test_it_starts_from_what_was_sent_not_from_what_was_allowed() -> None:
    own = Adaptive(limit=1000.0)
    for number in range(40):
        own.take(number * 0.1)

    own.heard(Sign.TOO_MUCH, sent_at=3.9, now=3.95, said="HTTP 429")

    assert own.rate <= 10.0


@pytest.mark.parametrize("limit", [0.1, 1.0, 50.0])
def test_the_rate_is_never_above_the_limit(limit: float) -> None:
    own, spec = Adaptive(limit=limit), Rate(limit)
    now = 0.0
    for number in range(200):
        now += max(own.wait(now), spec.wait(now))
        own.take(now)
        spec.take(now)
        sign = Sign.TOO_MUCH if number % 7 == 0 else Sign.FINE
        own.heard(sign, sent_at=now, now=now)
        assert own.rate <= limit or own.rate == math.inf


def test_answers_that_become_much_slower_lower_it_once() -> None:
    own = Adaptive(limit=50.0)
    for number in range(100):
        own.take(number / 50)

    normal = [own.took(0.1, now=2.0) for _ in range(50)]
    slow = [own.took(2.0, now=2.0) for _ in range(15)]

    assert (any(normal), slow.count(True)) == (False, 1)
    assert own.why == "slower answers"
    assert own.rate == pytest.approx(40.0, rel=0.1)


def test_answers_that_are_a_little_slower_change_nothing() -> None:
    own = Adaptive(limit=50.0)

    assert not any(own.took(0.01, now=0.0) for _ in range(50))
    assert not any(own.took(0.2, now=0.0) for _ in range(50))


def test_what_stays_slow_becomes_normal() -> None:
    own = Adaptive(limit=50.0)
    for _ in range(50):
        own.took(0.1, now=0.0)

    cuts = [own.took(0.6, now=0.0) for _ in range(1000)]

    assert 1 <= sum(cuts) <= 10
    assert not any(cuts[500:])
