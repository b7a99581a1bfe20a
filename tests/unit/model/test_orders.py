"""What orders say, and what they come to together."""

from dataclasses import replace

from runner.model.orders import LimitChange, Order, OrderKind, Standing, paused_by, standing
from runner.model.words import SandboxName

AT = 1_763_600_000_000
PROD = SandboxName("prod")
PAUSE = Order(
    holder_id="one", at_ms=AT, taken_at_ms=AT, who="ada", host="laptop", what=OrderKind.PAUSE
)
RESUME = replace(PAUSE, what=OrderKind.RESUME)
NOTHING = Standing(paused=None, limits={})


def limits(sandbox: SandboxName | None = None, **values: float | None) -> Order:
    return replace(PAUSE, what=OrderKind.LIMITS, change=LimitChange(sandbox=sandbox, values=values))


def test_an_order_reads_as_it_was_written() -> None:
    assert PAUSE.in_words == "pause"
    assert limits(max_per_second=0.5, max_at_once=4).in_words == (
        "limits max_per_second=0.5 max_at_once=4"
    )
    assert limits(PROD, max_running=None).in_words == "limits max_running=spec in sandbox prod"
    assert limits(max_per_day=1_000_000_000).in_words == "limits max_per_day=1000000000"


def test_a_pause_stands_until_it_is_ended() -> None:
    later = replace(PAUSE, who="ben")

    assert standing([]) == NOTHING
    assert standing([PAUSE, later]) == Standing(paused=later, limits={})
    assert standing([PAUSE, RESUME]) == NOTHING


def test_what_was_not_taken_or_was_refused_comes_to_nothing() -> None:
    waiting, refused = replace(PAUSE, taken_at_ms=None), replace(PAUSE, refused="no")

    assert standing([waiting, refused]) == NOTHING


def test_the_last_value_of_a_limit_stands_and_the_word_spec_takes_it_back() -> None:
    given = [
        limits(max_per_second=2, max_at_once=4),
        limits(PROD, max_per_second=1),
        limits(max_per_second=3),
        limits(max_at_once=None),
    ]

    found = standing(given)
    assert found.limits == {(PROD, "max_per_second"): 1, (None, "max_per_second"): 3}
    assert found.limits_in_words == "max_per_second=1 in sandbox prod, max_per_second=3"


def test_who_paused_it_is_told_with_the_time() -> None:
    assert paused_by(PAUSE) == "paused by ada on laptop since 2025-11-20 00:53:20 UTC"
