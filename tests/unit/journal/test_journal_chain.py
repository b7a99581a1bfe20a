"""Which line of a chain of events was changed, taken out, put in or moved."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.journal.chain import Fault, FaultKind, first_difference, first_fault, head_of
from runner.journal.entries import Noted
from runner.journal.events import FIRST_LINK, body_of, chained

AT = 1_763_600_000_000


def a_chain(length: int, *, what: str = "noted", former: str = FIRST_LINK) -> list[str]:
    lines = []
    for number in range(1, length + 1):
        entry = Noted(at_ms=AT + number, what=what, facts={"words": 'a, "chain": "b"} \u2028'})
        line, former = chained(body_of(entry, number=number), former=former)
        lines.append(line)
    return lines


def line_of(number: int, *, what: str, former: str) -> str:
    entry = Noted(at_ms=AT, what=what, facts={})
    return chained(body_of(entry, number=number), former=former)[0]


CHANGED = "its chain does not fit what it says and the line before it"
FOLLOWS = "the line after it follows the line before it"


@pytest.mark.parametrize("length", [0, 1, 2, 7])
def test_an_untouched_chain_holds(length: int) -> None:
    assert first_fault(a_chain(length)) is None


def test_the_head_is_the_last_lines_own_link() -> None:
    lines = a_chain(3)
    assert head_of(lines[-1]) == json.loads(lines[-1])["chain"]


@pytest.mark.parametrize("index", range(5))
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"noted"', '"moted"'),  # what it says
        ('"}', '0"}'),  # its chain
        ('"number"', '"Number"'),
        ("{", "["),
        ('"at": "2025', '"at": "\ud800\udcff'),
    ],
)
def test_a_changed_line_is_named(index: int, old: str, new: str) -> None:
    lines = a_chain(5)
    lines[index] = lines[index].replace(old, new, 1)

    assert first_fault(lines) == Fault(line=index + 1, kind=FaultKind.CHANGED, detail=CHANGED)


def test_a_changed_number_is_a_change_and_no_gap() -> None:
    lines = a_chain(5)
    lines[2] = lines[2].replace('"number": 3', '"number": 9')

    assert first_fault(lines) == Fault(line=3, kind=FaultKind.CHANGED, detail=CHANGED)


@pytest.mark.parametrize("index", range(4))
def test_a_missing_line_is_named(index: int) -> None:
    lines = a_chain(5)
    del lines[index]

    detail = f"number {index + 1} is not there; number {index + 2} stands in this place"
    assert first_fault(lines) == Fault(line=index + 1, kind=FaultKind.MISSING, detail=detail)


def test_several_missing_lines_are_counted() -> None:
    lines = a_chain(9)
    del lines[2:6]

    detail = "numbers 3 to 6 are not there; number 7 stands in this place"
    assert first_fault(lines) == Fault(line=3, kind=FaultKind.MISSING, detail=detail)


@pytest.mark.parametrize("index", range(5))
@pytest.mark.parametrize("extra", ["", "{}", "null", "nonsense", "[" * 100_000])
def test_an_added_line_is_named(index: int, extra: str) -> None:
    lines = a_chain(5)
    lines.insert(index, extra)

    assert first_fault(lines) == Fault(line=index + 1, kind=FaultKind.ADDED, detail=FOLLOWS)


def test_a_line_told_again_much_later_is_an_added_one() -> None:
    lines = a_chain(5)
    lines.append(lines[1])

    detail = "number 2 was told before"
    assert first_fault(lines) == Fault(line=6, kind=FaultKind.ADDED, detail=detail)


def test_a_forged_line_before_the_true_one_is_an_added_one() -> None:
    lines = a_chain(5)
    lines.insert(2, line_of(3, what="forged", former=head_of(lines[1])))
    # It is chained as it should be; what gives it away is that the true third line comes after it.
    assert first_fault(lines) == Fault(
        line=4, kind=FaultKind.ADDED, detail="number 3 was told before"
    )


@pytest.mark.parametrize("index", range(4))
def test_two_swapped_lines_are_out_of_order(index: int) -> None:
    lines = a_chain(5)
    lines[index], lines[index + 1] = lines[index + 1], lines[index]

    detail = f"number {index + 2} stands in the place of number {index + 1}"
    assert first_fault(lines) == Fault(line=index + 1, kind=FaultKind.OUT_OF_ORDER, detail=detail)


def test_a_chain_that_skips_a_number_is_changed_however_well_it_is_chained() -> None:
    lines = a_chain(2)
    lines.append(line_of(4, what="forged", former=head_of(lines[1])))

    detail = "number 3 is not there; number 4 stands in this place"
    assert first_fault(lines) == Fault(line=3, kind=FaultKind.MISSING, detail=detail)


def test_what_the_chain_alone_cannot_show_another_copy_does() -> None:
    kept = a_chain(5)
    forged = kept[:2] + a_chain(5, what="forged")[2:]

    assert first_fault(kept[:3]) is None
    assert first_difference(kept[:3], kept=kept) == Fault(
        line=4, kind=FaultKind.MISSING, detail="the other copy goes on here"
    )
    assert first_difference(kept, kept=kept[:3]) == Fault(
        line=4, kind=FaultKind.ADDED, detail="the other copy ends before it"
    )
    assert first_difference(forged, kept=kept) == Fault(
        line=3, kind=FaultKind.CHANGED, detail="the other copy has another"
    )
    assert first_difference(kept, kept=iter(kept)) is None


def test_a_fault_reads_as_a_sentence() -> None:
    fault = Fault(line=7, kind=FaultKind.OUT_OF_ORDER, detail="number 8 stands in its place")
    assert str(fault) == "line 7 is out of order: number 8 stands in its place"


@given(st.integers(1, 6), st.data())
def test_no_change_of_one_character_goes_unseen(length: int, data: st.DataObject) -> None:
    lines = a_chain(length)
    index = data.draw(st.integers(0, length - 1))
    place = data.draw(st.integers(0, len(lines[index]) - 1))
    other = data.draw(st.characters().filter(lambda sign: sign != lines[index][place]))
    lines[index] = lines[index][:place] + other + lines[index][place + 1 :]

    fault = first_fault(lines)
    assert fault is not None
    assert (fault.line, fault.kind) == (index + 1, FaultKind.CHANGED)


@given(st.permutations(range(5)))
def test_lines_in_any_other_order_are_seen_at_the_first_that_moved(order: list[int]) -> None:
    lines = a_chain(5)
    fault = first_fault([lines[index] for index in order])

    moved = next((place for place, index in enumerate(order) if index != place), None)
    assert (fault and fault.line) == (None if moved is None else moved + 1)
