"""Snapshots, a stream that is or is not a terminal, and a clock moved by hand."""

import io
from collections.abc import Callable
from dataclasses import replace

import pytest

from runner.model.progress import SandboxProgress, Snapshot


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class HandClock:
    """A wall clock moved by hand; nothing here may wait on it."""

    def __init__(self) -> None:
        self.ms = 1_795_140_005_000

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.ms / 1000

    async def sleep(self, seconds: float) -> None:  # it must not be called
        raise AssertionError


def make_snapshot(**changes: object) -> Snapshot:
    snapshot = Snapshot(
        execution_id="20261120-0200-k3v9",
        phase="working",
        planned=540,
        outcomes={"gave_up": 4, "retriggered": 120, "refused": 8},
        in_flight=8,
        elapsed_seconds=26.0,
        per_second=5.0,
        limit_per_second=None,
        seconds_left=80.9,
        throttled=3,
        paused_seconds=0.0,
        sandboxes=(
            SandboxProgress(
                name="prod", planned=300, settled=100, throttled=3, paused_seconds=12.2
            ),
            SandboxProgress(name="stage", planned=240, settled=32, throttled=0, paused_seconds=0.0),
        ),
        last_refusal="",
    )
    return replace(snapshot, **changes)  # type: ignore[arg-type]  # keywords of Snapshot


@pytest.fixture
def snapshot() -> Callable[..., Snapshot]:
    return make_snapshot


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()
