"""What limits may become while an execution works: up to the spec's numbers, never beyond."""

import pytest

from runner.execute.ceilings import Levels, changed, why_not
from runner.model.orders import LimitChange
from runner.model.spec import Limits
from runner.model.words import SandboxName

PROD, STAGE = SandboxName("prod"), SandboxName("stage")
SPEC = Levels(
    whole=Limits(max_per_second=5, max_at_once=8, max_running=50),
    sandboxes={
        PROD: Limits(max_per_second=2, max_per_day=90, max_reads_per_second=10),
        STAGE: Limits(),
    },
)


def refusal(
    sandbox: SandboxName | None = None, *, waits: bool = True, **values: float | None
) -> str:
    return why_not(LimitChange(sandbox=sandbox, values=values), spec=SPEC, waits=waits)


@pytest.mark.parametrize(
    "change",
    [
        LimitChange(values={"max_per_second": 5, "max_at_once": 1}),
        LimitChange(values={"max_per_second": 0.01}),
        LimitChange(values={"max_per_day": 1_000_000}),  # the spec's whole has none
        LimitChange(sandbox=PROD, values={"max_per_second": 2, "max_per_day": 90}),
        LimitChange(sandbox=PROD, values={"max_reads_per_second": 1}),
        LimitChange(sandbox=STAGE, values={"max_per_second": 5, "max_reads_per_second": 1}),
        LimitChange(values={"max_per_second": None, "max_running": None}),
    ],
)
def test_up_to_the_spec_everything_may_be_ordered(change: LimitChange) -> None:
    assert why_not(change, spec=SPEC, waits=True) == ""


@pytest.mark.parametrize(
    ("sandbox", "name", "value", "place"),
    [
        (None, "max_per_second", 5.01, "limits.max_per_second of 5"),
        (None, "max_running", 51, "limits.max_running of 50"),
        (PROD, "max_per_second", 3, "max_per_second in sandbox prod of 2"),
        (PROD, "max_per_day", 91, "max_per_day in sandbox prod of 90"),
        (STAGE, "max_per_second", 6, "limits.max_per_second of 5"),
        (PROD, "max_at_once", 9, "limits.max_at_once of 8"),
    ],
)
def test_beyond_the_spec_nothing_may_be_ordered_and_the_strictest_number_is_named(
    sandbox: SandboxName | None, name: str, value: float, place: str
) -> None:
    told = refusal(sandbox, **{name: value})

    assert told.startswith(f"{name}={value:g} is more than the spec's {place}, which was reviewed.")
    assert f"Order at most {place.rpartition(' ')[2]};" in told


def test_one_number_too_large_refuses_all() -> None:
    assert "max_at_once=9" in refusal(max_per_second=1, max_at_once=9)


def test_a_sandbox_that_the_spec_does_not_have_is_refused() -> None:
    assert refusal(SandboxName("prdo"), max_per_second=1) == (
        "sandbox prdo is not in the spec, which has prod, stage. Name one of these."
    )


@pytest.mark.parametrize("name", ["max_running", "max_running_per_flow"])
def test_runs_in_progress_cannot_be_limited_where_nobody_sees_them_end(name: str) -> None:
    assert "watches none" in refusal(waits=False, **{name: 1})
    assert refusal(waits=True, **{name: 1}) == ""


def test_reads_that_share_a_rate_get_none_of_their_own() -> None:
    assert refusal(max_reads_per_second=1) == (
        "max_reads_per_second is not in the spec, so reads share max_per_second. Lower that."
    )


def test_a_limit_that_another_version_knows_is_refused() -> None:
    assert refusal(max_per_moon=1).startswith("max_per_moon cannot be changed while it works.")


def test_what_is_ordered_for_one_level_leaves_the_others() -> None:
    whole = changed(LimitChange(values={"max_at_once": 4.0}), present=SPEC, spec=SPEC)
    both = changed(LimitChange(sandbox=STAGE, values={"max_running": 3}), present=whole, spec=SPEC)

    assert both.whole == Limits(max_per_second=5, max_at_once=4, max_running=50)
    assert type(both.whole.max_at_once) is int
    assert both.sandboxes == {PROD: SPEC.sandboxes[PROD], STAGE: Limits(max_running=3)}


def test_the_word_spec_goes_back_to_the_spec() -> None:
    lowered = changed(
        LimitChange(values={"max_per_second": 1, "max_at_once": 1}), present=SPEC, spec=SPEC
    )

    back = changed(LimitChange(values={"max_per_second": None}), present=lowered, spec=SPEC)

    assert back.whole == Limits(max_per_second=5, max_at_once=1, max_running=50)
