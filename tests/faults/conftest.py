"""What every cell of the matrix stands on."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _few_authorities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have OpenSSL load no authorities: everything here is plain http, and loading them takes half of a cell's time."""
    authorities = tmp_path / "authorities.pem"
    authorities.touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(authorities))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))


@pytest.fixture(autouse=True)
def _no_slow_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a lowered pace still be quick: how it is found, and kept, is other tests' business, on simulated time."""
    monkeypatch.setattr("runner.limits.adaptive._LOWEST_PER_SECOND", 500.0)


@pytest.fixture(autouse=True)
def _soon_looked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a look that came too early to prove an absence be followed by the next one at once."""
    monkeypatch.setattr("runner.app.deciding._AFTER_DUE_SECONDS", 0.05)
    monkeypatch.setattr("runner.execute.doubts._AFTER_A_FAILED_LOOK_SECONDS", 0.01)


@pytest.fixture
def folder(working_folder: Path) -> Path:
    """The working folder."""
    return working_folder
