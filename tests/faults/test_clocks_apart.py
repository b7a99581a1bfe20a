"""A clock here that is hours off neither hides runs nor brings others in: the platform dates them by its own."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from runner.clock import SystemClock
from tests.faults.hall import RUNS, opened_hall

HOURS = 48
EMPTY = [
    {
        "name": "prod",
        "filters": [{"status": ["success"], "zero_records": True, "started": {"last": "1m"}}],
    }
]
FACTS = "Windows such as `last: 24h` are counted by the platform's"


@dataclass(frozen=True)
class WrongClock(SystemClock):
    """The machine's clock, set wrongly."""

    hours: int

    def now_ms(self) -> int:
        return super().now_ms() + self.hours * 3_600_000


@pytest.mark.parametrize(("hours", "way"), [(-HOURS, "behind"), (HOURS, "ahead of")])
async def test_the_last_hours_are_the_platforms_whatever_the_clock_here_says(
    folder: Path, hours: int, way: str
) -> None:
    async with opened_hall(folder) as hall:
        hall.clock = WrongClock(hours)
        plan = await hall.plan()
        assert await hall.apply(plan) == 0
        assert len(hall.accepted) == RUNS
        words = tuple(f"this machine's clock is {time} {way} the" for time in ("1d23h", "2d00h"))
        warnings = [said for said in hall.ear.said if FACTS in said]
        assert len(warnings) == 2  # once each, of the plan and of who applies it
        assert all(said.startswith(words) and "NTP" in said for said in warnings)


async def test_where_nothing_is_found_it_is_said_by_whose_clock_the_window_was_counted(
    folder: Path,
) -> None:
    async with opened_hall(folder) as hall:
        for clock, whose in (
            (SystemClock(), "by this machine's clock, which agrees with the platform's"),
            (WrongClock(HOURS), "by the platform's clock, not by this machine's"),
        ):
            hall.clock = clock
            hall.ear.said.clear()
            assert await hall.apply(sandboxes=EMPTY) == 0
            assert f"`last: 1m00s` is counted {whose}." in hall.said
