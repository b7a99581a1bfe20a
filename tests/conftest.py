"""Tripwires for every test: nothing leaves this machine, nothing is read from the environment or the home folder."""

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.fakes.clock import FakeClock
from tests.fakes.memory import in_memory

pytest_plugins = ["tests.fakes.certificates"]

# How long an example takes depends on what else the machine does; what is promised is told without a stopwatch.
# In CI the examples are the same each time: whether a change lands must not hang on luck.
settings.register_profile(
    "untimed",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("untimed")

_LOOPBACK = ("127.", "::1", "localhost")
_KEPT = (
    "PATH",
    "HOME",
    "LANG",
    "TMPDIR",
    "PYTEST_CURRENT_TEST",
    "PYTEST_XDIST_WORKER",
    "COVERAGE_PROCESS_START",
)


class YouReachedOutsideThisMachine(AssertionError):
    """A test tried to connect to an address that is not loopback."""


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            assert isinstance(address, tuple)
            if not str(address[0]).startswith(_LOOPBACK):
                raise YouReachedOutsideThisMachine(address)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if not name.startswith(_KEPT):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def working_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A new working folder, in memory if there is room, so that no test leaves anything in the tree."""
    with tempfile.TemporaryDirectory(prefix="retrigger-", dir=in_memory()) as name:
        folder = Path(name) / "work"
        folder.mkdir()
        monkeypatch.chdir(folder)
        yield folder


@pytest.fixture
def clock() -> FakeClock:
    """A clock that the test moves by hand."""
    return FakeClock()
