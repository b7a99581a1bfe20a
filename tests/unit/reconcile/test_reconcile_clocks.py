"""When it is late enough to believe in absence: by our clock and by the platform's, whichever says it later."""

from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from runner.model.doubt import OpenAsk
from runner.model.platform import Run, RunQuery
from runner.model.words import RunId, SandboxName
from runner.reconcile import Looker, Timing

ASKED_MS = 1_795_150_000_000
DUE_MS = ASKED_MS + 75_000 + 180_000


class EmptyPlatform:
    """Shows no run; its clock is so far ahead of ours."""

    def __init__(self, offset_ms: int) -> None:
        self._offset_ms = offset_ms

    async def list_runs(
        self, _sandbox: SandboxName, _query: RunQuery
    ) -> AsyncIterator[tuple[Run, ...]]:
        yield ()

    async def runs_by_id(self, _: SandboxName, __: Sequence[RunId]) -> dict[RunId, Run]:
        return {}

    def server_offset_ms(self) -> int | None:
        return self._offset_ms


async def nothing_claimed(_: Sequence[RunId]) -> frozenset[RunId]:
    return frozenset()


@pytest.mark.parametrize(
    ("then_ms", "offset_ms", "now_ms", "late"),
    [
        # A Date header has whole seconds: from one look to the next the offset seems to jump by up to one.
        pytest.param(-919, -13, DUE_MS - 1, False, id="the Date ticked over since"),
        pytest.param(-919, -13, DUE_MS, True, id="the Date ticked over since, and it is due"),
        pytest.param(-13, -919, DUE_MS + 905, False, id="the Date lags behind"),
        pytest.param(-13, -919, DUE_MS + 906, True, id="the Date lags behind, and it is due"),
        # Our clock was set, or another machine's clock asked.
        pytest.param(0, -3_600_000, DUE_MS + 3_599_999, False, id="ours was set forward"),
        pytest.param(0, -3_600_000, DUE_MS + 3_600_000, True, id="ours was set forward, and due"),
        pytest.param(0, 3_600_000, DUE_MS - 1, False, id="ours was set back"),
        pytest.param(0, 3_600_000, DUE_MS, True, id="ours was set back, and due"),
        pytest.param(None, 5_000, DUE_MS - 1, False, id="not known when it was asked"),
        pytest.param(None, 5_000, DUE_MS, True, id="not known when it was asked, and due"),
    ],
)
async def test_it_is_late_enough_when_both_clocks_say_so(
    make_ask: Callable[..., OpenAsk],
    *,
    then_ms: int | None,
    offset_ms: int,
    now_ms: int,
    late: bool,
) -> None:
    timing = Timing(answer_window_seconds=60, visibility_lag_seconds=180)
    looker = Looker(platform=EmptyPlatform(offset_ms), claimed=nothing_claimed, timing=timing)

    seen = await looker.look(make_ask(server_offset_ms=then_ms), now_ms=now_ms)

    assert seen.is_late_enough is late
