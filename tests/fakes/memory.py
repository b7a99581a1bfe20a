"""Where the machine keeps files in memory: nobody waits for a disk there, and power cuts are other tests' business."""

import shutil
from pathlib import Path

_PLACE = Path("/dev/shm")  # each caller makes a folder of its own there
_ENOUGH_BYTES = 500_000_000


def in_memory() -> Path | None:
    """Return the place, or None where the machine has none that is large enough."""
    if not _PLACE.is_dir() or shutil.disk_usage(_PLACE).free < _ENOUGH_BYTES:
        return None
    return _PLACE
