"""Orders that people gave while it worked, as reports tell them."""

import io
import json
from collections.abc import Callable

import pytest

from runner.app.obeying import noted
from runner.journal.events import body_of
from runner.model.orders import LimitChange, Order, OrderKind
from runner.model.words import SandboxName
from runner.report.html_file import write_html
from runner.report.markdown_file import write_markdown
from runner.report.orders import Ordered, told_in
from runner.report.source import ReportSource

AT = 1_763_600_000_000


def ordered(number: int = 1, *, who: str = "ada", refused: str = "") -> str:
    """The very line that an order leaves."""
    order = Order(
        number=number,
        holder_id="us",
        at_ms=AT,
        taken_at_ms=AT + number * 1000,
        who=who,
        host="laptop",
        what=OrderKind.LIMITS,
        change=LimitChange(
            sandbox=SandboxName("prod"), values={"max_per_second": 0.5, "max_at_once": None}
        ),
        refused=refused,
    )
    return body_of(noted(order), number=number + 100)


def test_an_order_is_told_with_who_gave_it_and_when() -> None:
    assert told_in([ordered()]).orders == (
        Ordered(
            at="2025-11-20T00:53:21.000Z",
            who="ada on laptop",
            order="limits max_per_second=0.5 max_at_once=spec in sandbox prod",
            refused="",
        ),
    )


def test_words_that_only_look_like_an_order_are_none() -> None:
    halted = json.dumps({"event": "halted", "reason": {"event": "control"}})
    rate = json.dumps({"event": "rate", "at": "2026-11-20T02:00:00.000Z", "per_second": 1})

    told = told_in([halted, rate])

    assert told.orders == ()
    assert len(told.rates.steps) == 1


@pytest.mark.parametrize("write", [write_markdown, write_html])
def test_pages_tell_the_orders_and_nothing_where_there_are_none(
    write: Callable[..., None], source_of: Callable[..., ReportSource]
) -> None:
    quiet, told = io.StringIO(), io.StringIO()
    write(source_of(events=[]), quiet)
    lines = [ordered(number, who="<b>|", refused="not now") for number in range(1, 36)]
    write(source_of(events=lines), told)

    assert "Orders while" not in quiet.getvalue()
    assert "00:53:21" in told.getvalue()
    assert "limits max_per_second=0.5 max_at_once=spec in sandbox prod" in told.getvalue()
    assert "not now" in told.getvalue()
    assert "5 more orders" in told.getvalue()
    assert "<b>" not in told.getvalue().replace("`<b>", "")
