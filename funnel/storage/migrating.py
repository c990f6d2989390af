"""Bringing a workspace file to the form this code knows: numbered SQL files, each applied in one transaction.

Killed in between, the file holds the old or the new form of each step, never a part of one; the next opening goes on.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from funnel.errors import StorageError
from funnel.storage.connection import one, translated

MIGRATIONS = Path(__file__).parent / "migrations"


def migrations() -> dict[int, Path]:
    """Number → SQL file, in order."""
    return {int(path.name.split("_", 1)[0]): path for path in sorted(MIGRATIONS.glob("[0-9]*_*.sql"))}


def known_version() -> int:
    """The newest form that this code knows."""
    return max(migrations())


def file_version(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """The form of the file; 0 for an empty database. Raises ``storage.not_a_workspace`` for another DuckDB file."""
    with translated(path):
        tables = {row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        if not tables:
            return 0
        if "migrations" not in tables:
            raise StorageError("storage.not_a_workspace", file=path.name)
        return int(one(connection, "SELECT coalesce(max(version), 0) FROM migrations")[0])


def check_version(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """The form of the file. Raises ``storage.newer_version`` where this code is too old for it."""
    version = file_version(connection, path)
    if version > known_version():
        raise StorageError("storage.newer_version", file=path.name, given=version, allowed=known_version())
    return version


def verify(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, tuple[int, int]]:
    """Read every stored block once, so that a damaged file is refused before anyone relies on it.

    DuckDB checks a block only when it reads it (about 40 ms per million rows). Returns table → number of rows and a
    hash of them, which two files with the same rows share. Raises ``storage.damaged``.
    """
    with translated(path):
        tables = [table for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        if not tables:
            return {}
        # one question for all tables: to plan one for each takes three times as long as to read a small workspace
        asked = [f'SELECT {no}, count(*), bit_xor(hash(t)) FROM "{table}" t' for no, table in enumerate(tables)]
        found = connection.execute(" UNION ALL ".join(asked)).fetchall()
    return {tables[no]: (n, rows or 0) for no, n, rows in sorted(found)}


def migrate(connection: duckdb.DuckDBPyConnection, path: Path, until: int | None = None) -> None:
    """Apply what is missing, up to the form ``until``, none of it by halves. Raises StorageError,
    ``storage.newer_version`` among others.
    """
    version = check_version(connection, path)
    for number, file in migrations().items():
        if number <= version or (until is not None and number > until):
            continue
        with translated(path):
            connection.begin()
            try:
                connection.execute(
                    "CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, name VARCHAR NOT NULL)"
                )
                connection.execute(file.read_text(encoding="utf-8"))
                connection.execute("INSERT INTO migrations VALUES (?, ?)", [number, file.stem])
            except BaseException:
                connection.rollback()
                raise
            connection.commit()
