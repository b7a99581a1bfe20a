"""What every cell of the matrix stands on."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_IN_MEMORY = Path("/dev/shm")


@pytest.fixture(autouse=True)
def _few_authorities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have OpenSSL load no authorities: everything here is plain http, and loading them takes half of a cell's time."""
    authorities = tmp_path / "authorities.pem"
    authorities.touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(authorities))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder in memory where the machine has one: hundreds of cells would wait for the disk otherwise.

    That entries outlive a cut of power is other tests' business.
    """
    place = _IN_MEMORY if _IN_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="retrigger-", dir=place) as name:
        monkeypatch.chdir(name)
        yield Path(name)
