"""Where the machine keeps files in memory: nobody waits for a disk there, and a cut of power is other tests' business."""

import shutil
from pathlib import Path

_PLACE = Path("/dev/shm")  # noqa: S108  # each caller makes a folder of its own there
_ENOUGH_BYTES = 500_000_000


def in_memory() -> Path | None:
    """Return the place, or None where the machine has none that is large enough."""
    if not _PLACE.is_dir() or shutil.disk_usage(_PLACE).free < _ENOUGH_BYTES:
        return None
    return _PLACE
