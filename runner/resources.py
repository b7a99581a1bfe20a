"""Find the files that ship with the program: JSON Schemas and the demo.

In a wheel they lie inside the package; in a checkout they lie in their one home at the top of the tree.
"""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_SHIPPED = _PACKAGE / "_shipped"


def path_of(relative: str) -> Path:
    """Return where ``schemas/...`` or ``specs/...`` lies on this machine."""
    shipped = _SHIPPED / relative
    return shipped if shipped.exists() else _PACKAGE.parent / relative


def schema_text(name: str) -> str:
    """Return the text of ``schemas/<name>.v1.schema.json``; raises FileNotFoundError for an unknown name."""
    return path_of(f"schemas/{name}.v1.schema.json").read_text(encoding="utf-8")
