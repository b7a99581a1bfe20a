"""The tables of a SQLite journal: made whole, or brought up from an older version, inside the caller's transaction."""

import sqlite3
from importlib import resources

APPLICATION_ID = 0x72747267
"""``rtrg``: written into the file's header, so that a foreign SQLite file is told from ours."""

VERSION = 2
"""Of the tables; a newer one is refused, an older one is migrated."""


def make_tables(connection: sqlite3.Connection) -> None:
    """Make the newest tables in an empty file."""
    _run(connection, "schema.sql")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def migrate(connection: sqlite3.Connection) -> int:
    """Bring the tables up to the newest version, one version after another; return which version they were of."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    for following in range(version + 1, VERSION + 1):
        _run(connection, f"migrate_{following:04d}.sql")
        connection.execute(f"PRAGMA user_version = {following}")
    return version


def _run(connection: sqlite3.Connection, name: str) -> None:
    """Run the statements of a file one by one: ``executescript`` would end the caller's transaction."""
    text = resources.files("runner.journal").joinpath(f"sql/{name}").read_text(encoding="utf-8")
    for statement in text.split(";\n"):
        connection.execute(statement)
