"""The journal that version 1 of the tables wrote, and what its program told of it."""

import json
import sqlite3
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


def written_by_version_1(place: Path) -> Path:
    """Lay down the journal that version 1 wrote, with everything it held."""
    place.parent.mkdir(parents=True, exist_ok=True)
    file = sqlite3.connect(place, isolation_level=None)
    file.executescript((_HERE / "version_1.sql").read_text(encoding="utf-8"))
    file.execute("PRAGMA journal_mode = WAL")
    file.close()
    return place


def told_by_version_1() -> dict[str, list[dict[str, Any]]]:
    """Each execution's rows, as version 1 gave them."""
    told: dict[str, list[dict[str, Any]]] = json.loads((_HERE / "version_1.rows.json").read_text())
    return told
