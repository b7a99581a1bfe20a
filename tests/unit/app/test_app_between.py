"""Whether the next wave may begin, by what became of the former."""

import pytest

from runner.app.between import Done, done, why_not
from runner.journal import WaveState
from runner.model.report import Tally
from runner.model.spec import BetweenWaves

NEXT = WaveState(number=2, runs=50, settled=0, touched=False)


def tally(outcome: str, count: int, *, recovery: str = "") -> Tally:
    return Tally(sandbox="prod", outcome=outcome, reason="", recovery=recovery, count=count)


@pytest.mark.parametrize(
    ("tallies", "waits", "expected"),
    [
        ([tally("retriggered", 4), tally("refused", 1)], False, Done(runs=5, failed=1)),
        ([tally("retriggered", 4), tally("skipped", 9)], False, Done(runs=4, failed=0)),
        (
            [tally("gave_up", 1), tally("unresolved", 2), tally("not_attempted", 3), tally("", 4)],
            False,
            Done(runs=3, failed=3),
        ),
        ([tally("retriggered", 2, recovery="recovered")], True, Done(runs=2, failed=0)),
        (
            [
                tally("retriggered", 1, recovery=recovery)
                for recovery in ("failed_again", "partial", "recovered_empty", "running", "unknown")
            ],
            True,
            Done(runs=5, failed=5),
        ),
        ([], True, Done(runs=0, failed=0)),
    ],
)
def test_what_did_not_go_well_is_counted(
    tallies: list[Tally], *, waits: bool, expected: Done
) -> None:
    assert done(tallies, waits=waits) == expected


@pytest.mark.parametrize(
    ("most", "count", "may"),
    [
        (0, Done(runs=5, failed=0), True),
        (0, Done(runs=5, failed=1), False),
        (20, Done(runs=5, failed=1), True),
        (19.9, Done(runs=5, failed=1), False),
        (100, Done(runs=5, failed=5), True),
        (0, Done(runs=0, failed=0), True),
    ],
)
def test_a_wave_begins_when_no_more_than_the_stated_share_failed(
    most: float, count: Done, *, may: bool
) -> None:
    because = why_not(BetweenWaves(max_failed_percent=most), count, wave=NEXT)

    assert (because == "") is may
    if not may:
        assert because.startswith("wave 2 was not begun: ")
        assert "between_waves.max_failed_percent" in because
