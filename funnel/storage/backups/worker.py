"""Takes over a backup in a process of its own: run by ``funnel.apart`` with the arguments BACKUP TO MIGRATIONS ANSWER.

A backup is a file of anybody. Only the tables and columns that a workspace of its form has are read, each of the type
that it must have; they are written into a new file, which is brought to today's form and read in full. Whatever else
stands in the backup (views, macros, further tables) is never looked at. ANSWER gets JSON: what the backup holds, or
``error`` and ``params`` of the refusal.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import duckdb

from funnel.errors import FunnelError, StorageError
from funnel.storage import migrating, plain
from funnel.storage.backups.looking import BackupInfo, check_content, count
from funnel.storage.connection import LAYOUT, connect, translated

MOST_ROWS = 50_000_000
_MEMORY = "3GB"
_OFFLINE = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_persistent_secrets": False,
}

_Columns = dict[str, dict[str, str]]
"""Table → column → type."""


def take_over(backup: Path, to: Path) -> BackupInfo:
    """Write what the backup holds into the new file ``to``, and say what it is. Raises StorageError."""
    with translated(backup), duckdb.connect(config={**LAYOUT, **_OFFLINE, "temp_directory": ""}) as connection:
        connection.execute(f"SET memory_limit = '{_MEMORY}'")
        connection.execute(f"ATTACH {_quoted(backup)} AS old (TYPE duckdb, READ_ONLY)")
        found = _columns_of(connection, "old")
        form = _form(connection, found, backup)
        _make(to, form)
        connection.execute(f"ATTACH {_quoted(to)} AS new")
        connection.execute("SET enable_external_access = false")
        # The log of a large table would be many times as large as the table: write it into the file at once.
        connection.execute("SET checkpoint_threshold = '1KB'")
        connection.execute("SET lock_configuration = true")
        _copy(connection, found, backup)
        connection.execute("DETACH new")
    opened = connect(to)
    try:
        migrating.migrate(opened, to)
        check_content(opened, backup)
        return count(opened, backup, form)
    finally:
        opened.close()


def _form(connection: duckdb.DuckDBPyConnection, found: _Columns, backup: Path) -> int:
    if found.get("migrations", {}).get("version") != "INTEGER":
        raise StorageError("storage.not_a_workspace", file=backup.name)
    rows = connection.execute("SELECT version FROM old.main.migrations ORDER BY version DESC LIMIT 1").fetchall()
    if not rows or rows[0][0] < 1:
        raise StorageError("storage.not_a_workspace", file=backup.name)
    form = int(rows[0][0])
    if form > migrating.known_version():
        raise StorageError("storage.newer_version", file=backup.name, given=form, allowed=migrating.known_version())
    return form


def _make(to: Path, form: int) -> None:
    made = connect(to)
    try:
        migrating.migrate(made, to, until=form)
    finally:
        made.close()


def _copy(connection: duckdb.DuckDBPyConnection, found: _Columns, backup: Path) -> None:
    wanted = _columns_of(connection, "new")
    del wanted["migrations"]
    for table, columns in wanted.items():
        for column, kind in columns.items():
            if found.get(table, {}).get(column) != kind:
                raise StorageError("storage.backup_content", file=backup.name, given=table)
    sizes = dict(
        connection.execute(
            "SELECT table_name, estimated_size FROM duckdb_tables() "
            "WHERE database_name = 'old' AND schema_name = 'main'"
        ).fetchall()
    )
    n_rows = sum(sizes[table] for table in wanted)
    if n_rows > MOST_ROWS:
        raise StorageError("storage.backup_too_large", file=backup.name)
    for table, columns in wanted.items():
        names = ", ".join(f'"{column}"' for column in columns)
        connection.begin()
        try:
            connection.execute(f'DELETE FROM new.main."{table}"')
            connection.execute(f'INSERT INTO new.main."{table}" ({names}) SELECT {names} FROM old.main."{table}"')
        except (duckdb.ConstraintException, duckdb.ConversionException, duckdb.OutOfRangeException) as error:
            raise StorageError("storage.backup_content", file=backup.name, given=table) from error
        connection.commit()


def _columns_of(connection: duckdb.DuckDBPyConnection, name: str) -> _Columns:
    """Tables only: a view of the name of a table would run whatever stands in it."""
    rows = connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() "
        "JOIN duckdb_tables() USING (database_name, schema_name, table_name) "
        "WHERE database_name = ? AND schema_name = 'main' ORDER BY column_index",
        [name],
    ).fetchall()
    found: _Columns = {}
    for table, column, kind in rows:
        found.setdefault(table, {})[column] = kind
    return found


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def main() -> None:
    backup, to, folder, answer = map(Path, sys.argv[1:5])
    migrating.MIGRATIONS = folder
    try:
        info = take_over(backup, to)
        said = {**asdict(info), "path": info.path.name, "definition": info.definition.to_dict()}
    except FunnelError as error:
        said = {"error": error.message.code, "params": error.message.params}
    answer.write_text(plain.dumps(said), encoding="utf-8")


if __name__ == "__main__":
    main()
