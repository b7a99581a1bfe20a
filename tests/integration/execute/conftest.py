"""The stage that every test of the executor stands on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.execute.harness import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A new journal, a scripted platform, a clock moved by hand."""
    made = Stage(tmp_path)
    yield made
    made.journal.close()
