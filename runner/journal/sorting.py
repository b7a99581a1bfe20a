"""Where SQLite puts what it sorts and does not keep in memory: a folder for temporary files, chosen by its own rule."""

import os
from collections.abc import Mapping
from contextlib import suppress

REMEDY = "Name a folder for temporary files that can be written and has room: TMPDIR=/path."


def candidates(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the folders that SQLite tries, in its order."""
    named = (environment.get(name, "") for name in ("SQLITE_TMPDIR", "TMPDIR"))
    return tuple(folder for folder in (*named, "/var/tmp", "/usr/tmp", "/tmp", ".") if folder)  # noqa: S108  # SQLite's


def sorting_folder(environment: Mapping[str, str]) -> str | None:
    """Return the one that it takes; None where none can be written."""
    for folder in candidates(environment):
        if os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK):  # noqa: PTH112  # as SQLite does
            return folder
    return None


def can_sort_on_disk(environment: Mapping[str, str]) -> bool:
    """Whether there is such a folder, and room in it."""
    folder = sorting_folder(environment)
    with suppress(OSError):
        return folder is not None and bool(os.statvfs(folder).f_bavail)
    return False


def trouble(environment: Mapping[str, str]) -> str:
    """Say which folder is meant, or that there is none."""
    folder = sorting_folder(environment)
    if folder is not None:
        return f"the folder for temporary files is {folder}"
    tried = ", ".join(candidates(environment))
    return f"no folder for temporary files can be written; tried: {tried}"
