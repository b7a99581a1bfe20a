"""Who may work on a flow: one holder at a time, all flows of an execution or none."""

import threading
from collections.abc import Callable

import pytest

from runner.errors import JournalUnusable
from runner.journal import Journal, NewExecution
from runner.model.lease import Hold, Lease
from runner.model.words import ExecutionId, FlowId, SandboxName
from tests.contract.making import (
    AT,
    FIRST,
    SECOND,
    MakeJournal,
    a_holder,
    an_execution,
    begun,
    some_runs,
)

MINUTE = 60_000
THIRD = ExecutionId("third")


def lives(_: Lease) -> bool:
    return False


def take(
    journal: Journal,
    name: ExecutionId,
    holder: str,
    *,
    now_ms: int = AT,
    is_dead: Callable[[Lease], bool] = lives,
) -> list[Lease]:
    return journal.take_leases(name, a_hold(holder, now_ms=now_ms, is_dead=is_dead))


def a_hold(holder: str, *, now_ms: int = AT, is_dead: Callable[[Lease], bool] = lives) -> Hold:
    return Hold(
        holder=a_holder(holder), now_ms=now_ms, expires_at_ms=now_ms + MINUTE, is_dead=is_dead
    )


def held(journal: Journal, name: ExecutionId) -> list[tuple[str, str, str]]:
    return sorted((le.sandbox, le.flow_id, le.holder.id) for le in journal.leases(name))


@pytest.fixture
def journal(make_journal: MakeJournal) -> Journal:
    made = make_journal()
    begun(made, "a b a stage/a", name=FIRST)
    begun(made, "b c", name=SECOND)
    begun(made, "x", name=THIRD)
    return made


def test_every_flow_of_an_execution_is_taken_once(
    journal: Journal, make_journal: MakeJournal
) -> None:
    assert take(journal, FIRST, "one") == []

    leases = sorted(make_journal().leases(FIRST), key=lambda le: (le.sandbox, le.flow_id))
    assert leases == [
        Lease(
            sandbox=SandboxName(sandbox),
            flow_id=FlowId(flow),
            execution_id=FIRST,
            holder=a_holder("one"),
            since_ms=AT,
            heartbeat_ms=AT,
            expires_at_ms=AT + MINUTE,
        )
        for sandbox, flow in [("prod", "a"), ("prod", "b"), ("stage", "a")]
    ]


def test_a_flow_in_anothers_hand_keeps_all_flows_from_being_taken(journal: Journal) -> None:
    take(journal, FIRST, "one")

    (in_the_way,) = take(journal, SECOND, "two")

    assert (in_the_way.flow_id, in_the_way.execution_id, in_the_way.holder) == (
        "b",
        FIRST,
        a_holder("one"),
    )
    assert held(journal, SECOND) == []
    assert take(journal, THIRD, "three") == []


def test_every_lease_in_the_way_is_named_and_no_other(journal: Journal) -> None:
    take(journal, SECOND, "two")
    take(journal, THIRD, "three")
    begun(journal, "c stage/b b", name=ExecutionId("fourth"))

    in_the_way = take(journal, ExecutionId("fourth"), "four")

    assert [(le.sandbox, le.flow_id) for le in in_the_way] == [("prod", "b"), ("prod", "c")]


def test_the_same_flow_in_another_organisation_is_another_flow(journal: Journal) -> None:
    take(journal, FIRST, "one")
    elsewhere = ExecutionId("elsewhere")
    begun(journal, "a b", name=elsewhere, org_id="ANOTHER@AdobeOrg")

    assert take(journal, elsewhere, "two") == []
    assert len(held(journal, FIRST)) == 3


def test_a_lease_is_free_from_the_moment_it_expires(journal: Journal) -> None:
    take(journal, FIRST, "one", now_ms=AT)

    assert len(take(journal, SECOND, "two", now_ms=AT + MINUTE - 1)) == 1
    assert take(journal, SECOND, "two", now_ms=AT + MINUTE) == []
    assert held(journal, SECOND) == [("prod", "b", "two"), ("prod", "c", "two")]
    assert held(journal, FIRST) == [("prod", "a", "one"), ("stage", "a", "one")]


def test_a_lease_of_the_dead_is_taken_over_at_once(journal: Journal) -> None:
    take(journal, FIRST, "one")
    looked_at = []

    def dead(lease: Lease) -> bool:
        looked_at.append((lease.flow_id, lease.holder.id))
        return True

    assert take(journal, SECOND, "two", is_dead=dead) == []
    assert looked_at == [("b", "one")]
    assert held(journal, SECOND) == [("prod", "b", "two"), ("prod", "c", "two")]


def test_one_living_holder_among_the_dead_is_enough_to_take_none(journal: Journal) -> None:
    begun(journal, "b", name=ExecutionId("of-b"))
    take(journal, ExecutionId("of-b"), "dead")
    begun(journal, "c", name=ExecutionId("of-c"))
    take(journal, ExecutionId("of-c"), "alive")

    in_the_way = take(journal, SECOND, "two", is_dead=lambda le: le.holder.id == "dead")

    assert [le.holder.id for le in in_the_way] == ["alive"]
    assert held(journal, ExecutionId("of-b")) == [("prod", "b", "dead")]


def test_a_holder_may_take_what_it_has_again(journal: Journal) -> None:
    take(journal, FIRST, "one")

    assert take(journal, FIRST, "one", now_ms=AT + 5) == []
    assert len(held(journal, FIRST)) == 3


def test_renewing_moves_the_expiry_of_all_and_counts_them(journal: Journal) -> None:
    take(journal, FIRST, "one")
    take(journal, THIRD, "three")

    held_still = journal.renew_leases(
        a_holder("one"), now_ms=AT + 20_000, expires_at_ms=AT + 80_000
    )

    assert held_still == 3
    times = {(le.since_ms, le.heartbeat_ms, le.expires_at_ms) for le in journal.leases(FIRST)}
    assert times == {(AT, AT + 20_000, AT + 80_000)}
    assert [le.expires_at_ms for le in journal.leases(THIRD)] == [AT + MINUTE]
    assert len(take(journal, SECOND, "two", now_ms=AT + MINUTE)) == 1


def test_renewing_tells_how_many_were_lost_meanwhile(journal: Journal) -> None:
    take(journal, FIRST, "one")
    take(journal, SECOND, "two", now_ms=AT + MINUTE)

    renew = journal.renew_leases
    assert renew(a_holder("one"), now_ms=AT + MINUTE, expires_at_ms=AT + 2 * MINUTE) == 2
    assert renew(a_holder("nobody"), now_ms=AT, expires_at_ms=AT) == 0


def test_dropping_frees_only_ones_own(journal: Journal) -> None:
    take(journal, FIRST, "one")
    take(journal, THIRD, "three")

    journal.drop_leases(a_holder("one"))
    journal.drop_leases(a_holder("nobody"))

    assert held(journal, FIRST) == []
    assert held(journal, THIRD) == [("prod", "x", "three")]
    assert take(journal, SECOND, "two") == []


def test_an_unknown_execution_has_no_flows_to_take(journal: Journal) -> None:
    with pytest.raises(JournalUnusable, match="knows no execution nobody"):
        take(journal, ExecutionId("nobody"), "one")


def test_of_many_who_want_the_same_flow_at_once_one_gets_it(make_journal: MakeJournal) -> None:
    journals = [make_journal() for _ in range(4)]
    begun(journals[0], "a b", name=FIRST)
    start, got = threading.Barrier(4), []

    def try_it(number: int) -> None:
        start.wait()
        if not take(journals[number], FIRST, f"holder-{number}"):
            got.append(number)

    threads = [threading.Thread(target=try_it, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(got) == 1
    assert {le.holder.id for le in journals[0].leases(FIRST)} == {f"holder-{got[0]}"}


FOURTH = ExecutionId("fourth")


def a_new(words: str) -> NewExecution:
    execution = an_execution(FOURTH)
    return NewExecution(execution=execution, passed_over=[], runs=some_runs(words))


def test_a_new_execution_is_never_there_without_its_holder(journal: Journal) -> None:
    assert journal.begin(a_new("c d"), hold=a_hold("one")) == []

    assert held(journal, FOURTH) == [("prod", "c", "one"), ("prod", "d", "one")]
    assert [lease.flow_id for lease in take(journal, SECOND, "two")] == ["c"]


def test_of_a_new_execution_whose_flows_others_hold_nothing_is_recorded(journal: Journal) -> None:
    take(journal, FIRST, "one")

    in_the_way = journal.begin(a_new("b d"), hold=a_hold("two"))

    assert [(lease.flow_id, lease.holder.id) for lease in in_the_way] == [("b", "one")]
    assert journal.execution(FOURTH) is None
    assert held(journal, FOURTH) == []
    assert journal.begin(a_new("b d"), hold=a_hold("two", is_dead=lambda _: True)) == []
    assert held(journal, FOURTH) == [("prod", "b", "two"), ("prod", "d", "two")]
