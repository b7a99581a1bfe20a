"""What a person tells the process that works on an execution: kept in order, for that process alone, taken once."""

from dataclasses import replace

import pytest

from runner.errors import JournalUnusable
from runner.journal import Journal
from runner.model.orders import LimitChange, Order, OrderKind
from runner.model.words import ExecutionId, SandboxName
from tests.contract.making import AT, FIRST, SECOND, MakeJournal, begun

PAUSE = Order(holder_id="one", at_ms=AT, who="ada", host="laptop", what=OrderKind.PAUSE)
LIMITS = replace(
    PAUSE,
    what=OrderKind.LIMITS,
    change=LimitChange(
        sandbox=SandboxName("prod"),
        values={"max_per_second": 0.5, "max_at_once": 4, "max_running": None},
    ),
)


@pytest.fixture
def journal(make_journal: MakeJournal) -> Journal:
    made = make_journal()
    begun(made, "a b", name=FIRST)
    begun(made, "c", name=SECOND)
    return made


def test_orders_come_back_whole_and_in_the_order_in_which_they_were_given(
    journal: Journal, make_journal: MakeJournal
) -> None:
    numbers = [journal.order(FIRST, order) for order in (PAUSE, LIMITS)]

    assert numbers == [1, 2]
    assert make_journal().orders(FIRST, holder_id="one") == [
        replace(PAUSE, number=1),
        replace(LIMITS, number=2),
    ]


def test_only_orders_past_a_number_are_returned(journal: Journal) -> None:
    for order in (PAUSE, LIMITS, PAUSE):
        journal.order(FIRST, order)

    assert [one.number for one in journal.orders(FIRST, holder_id="one", after=1)] == [2, 3]
    assert journal.orders(FIRST, holder_id="one", after=3) == []


def test_an_order_is_for_one_holder_and_one_execution_alone(journal: Journal) -> None:
    journal.order(FIRST, PAUSE)
    journal.order(FIRST, replace(PAUSE, holder_id="two"))
    journal.order(SECOND, PAUSE)

    assert journal.orders(FIRST, holder_id="one") == [replace(PAUSE, number=1)]
    assert journal.orders(FIRST, holder_id="two") == [replace(PAUSE, holder_id="two", number=2)]
    assert journal.orders(SECOND, holder_id="one") == [replace(PAUSE, number=1)]
    assert journal.orders(SECOND, holder_id="two") == []


def test_an_order_is_taken_once_and_what_was_said_first_stands(
    journal: Journal, make_journal: MakeJournal
) -> None:
    for _ in range(3):
        journal.order(FIRST, PAUSE)

    journal.take_order(FIRST, 1, at_ms=AT + 5)
    journal.take_order(FIRST, 2, at_ms=AT + 6, refused="it is stopping")
    journal.take_order(FIRST, 2, at_ms=AT + 9)

    assert make_journal().orders(FIRST, holder_id="one") == [
        replace(PAUSE, number=1, taken_at_ms=AT + 5),
        replace(PAUSE, number=2, taken_at_ms=AT + 6, refused="it is stopping"),
        replace(PAUSE, number=3),
    ]


def test_orders_are_no_events_of_the_execution(journal: Journal) -> None:
    before = list(journal.events(FIRST))

    journal.take_order(FIRST, journal.order(FIRST, PAUSE), at_ms=AT)

    assert list(journal.events(FIRST)) == before


@pytest.mark.parametrize("words", ["\u202eada", "a\x00b", "lone \udcff", "d'or\n"])
def test_whoever_gives_an_order_may_have_any_name(journal: Journal, words: str) -> None:
    journal.order(FIRST, replace(PAUSE, who=words))

    (kept,) = journal.orders(FIRST, holder_id="one")
    kept.who.encode()  # it can be shown
    assert kept.host == "laptop"


def test_an_execution_that_nobody_knows_takes_no_orders(journal: Journal) -> None:
    with pytest.raises(JournalUnusable, match="no execution nobody"):
        journal.order(ExecutionId("nobody"), PAUSE)
