"""The words of an order on the command line."""

import click
import pytest

from runner.app.controlling import Given
from runner.cli.wiring import order_given
from runner.model.orders import OrderKind


@pytest.mark.parametrize(
    ("words", "sandbox", "given"),
    [
        (("pause",), None, Given(execution=None, what=OrderKind.PAUSE)),
        (("2026", "stop"), None, Given(execution="2026", what=OrderKind.STOP)),
        (
            ("limits", "max_at_once=4"),
            "prod",
            Given(execution=None, what=OrderKind.LIMITS, limits=("max_at_once=4",), sandbox="prod"),
        ),
        (
            ("2026", "limits", "a=1", "b=2"),
            None,
            Given(execution="2026", what=OrderKind.LIMITS, limits=("a=1", "b=2")),
        ),
    ],
)
def test_an_execution_may_be_named_or_not(
    words: tuple[str, ...], sandbox: str | None, given: Given
) -> None:
    assert order_given(words, sandbox=sandbox) == given


@pytest.mark.parametrize(
    ("words", "sandbox", "told"),
    [
        (("2026",), None, "one of pause, resume, stop, limits"),
        (("2026", "x", "stop"), None, "one of pause, resume, stop, limits"),
        (("pause", "max_at_once=1"), None, "only limits takes values"),
        (("pause", "2026"), None, "only limits takes values"),
        (("stop",), "prod", "only limits takes values and --sandbox"),
    ],
)
def test_what_is_no_order_is_refused(
    words: tuple[str, ...], sandbox: str | None, told: str
) -> None:
    with pytest.raises(click.UsageError, match=told):
        order_given(words, sandbox=sandbox)
