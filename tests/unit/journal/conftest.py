"""A journal in a real file, and other processes that use it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runner.journal import Journal, open_journal

CHECKOUT = Path(__file__).parents[3]

Spawn = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir(mode=0o700)
    return tmp_path / "state" / "journal.db"


@pytest.fixture
def journal(place: Path) -> Iterator[Journal]:
    made = open_journal(str(place), make=True)
    yield made
    made.close()


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    """Start a Python program in a process of its own, with pipes; it is gone when the test is."""
    started: list[subprocess.Popen[str]] = []

    def start(program: str, *words: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", program, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": str(CHECKOUT)},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
