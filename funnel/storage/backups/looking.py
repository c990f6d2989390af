"""What a workspace file holds: counted, and read in every way in which a page would read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import duckdb

from funnel.dataset.contract import SETTINGS
from funnel.definition.definition import FunnelDefinition, from_dict
from funnel.errors import FunnelError, StorageError
from funnel.schema import Batches, Entries, Labels, LeadRows, Shape, StageCounts
from funnel.storage import plain
from funnel.storage.connection import one, translated

_TABLES = {"batches": Batches, "lead_rows": LeadRows, "entries": Entries, "labels": Labels, "counts": StageCounts}
_JSON = {
    "workspace": "value",
    "settings": "value",
    "batches": "mapping",
    "remembered_mappings": "mapping",
    "record_events": "changes",
}
_KINDS = {"data", "definition", "plan", "settings"}
_MOST = 2**30
"""Numbers that go on growing (of imports, edits, versions) stay below, so that the next one fits too."""


@dataclass(frozen=True)
class BackupInfo:
    """What a backup holds. ``made_at``, ``last_import_at``: null when there was none. ``form``: version of the file."""

    path: Path
    name: str
    is_sample: bool
    form: int
    made_at: datetime | None
    definition: FunnelDefinition
    n_imports: int
    n_leads: int
    n_records: int
    last_import_at: datetime | None
    n_bytes: int


def count(connection: duckdb.DuckDBPyConnection, path: Path, form: int) -> BackupInfo:
    """What an open file of today's form holds. ``path`` and ``form``: those of the backup that it stands for."""
    with translated(path):
        about = {key: plain.loads(text) for key, text in connection.execute("FROM workspace").fetchall()}
        n_imports, last_import_at = one(
            connection,
            "SELECT count(*), max(imported_at) FROM batches JOIN batch_states USING (batch_no) WHERE is_live",
        )
        (n_leads,) = one(
            connection,
            """
            SELECT count(DISTINCT lead_id) FROM (
                SELECT batch_no, lead_id FROM lead_rows UNION ALL SELECT batch_no, lead_id FROM entries
            ) JOIN batch_states USING (batch_no) WHERE is_live
            """,
        )
        (n_records,) = one(
            connection,
            "SELECT count(*) FROM (SELECT 1 FROM record_events GROUP BY kind, record_id "
            "HAVING arg_max(action, event_no) <> 'delete')",
        )
        (made_at,) = one(connection, "SELECT max(\"at\") FROM upkeep WHERE action IN ('backup', 'automatic')")
        (definition,) = one(connection, "SELECT definition FROM definitions ORDER BY version DESC LIMIT 1")
    return BackupInfo(
        path=path,
        name=str(about["name"]),
        is_sample=bool(about["is_sample"]),
        form=form,
        made_at=made_at,
        definition=from_dict(plain.loads(definition)),
        n_imports=n_imports,
        n_leads=n_leads,
        n_records=n_records,
        last_import_at=last_import_at,
        n_bytes=path.stat().st_size,
    )


def check_content(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Read everything in a file of today's form, so that no page meets a value that is none.

    Raises StorageError ``storage.backup_content`` with the table whose rows are no rows of a workspace.
    """
    checks: dict[str, Callable[[duckdb.DuckDBPyConnection], object]] = {
        "versions": _check_versions,
        **{f"{table}.{column}": _json_check(table, column) for table, column in _JSON.items()},
        "workspace": _check_about,
        "definitions": _check_definitions,
        "findings": _check_findings,
        "corrections": _check_corrections,
        "settings": _check_settings,
        **{table: _rows_check(table) for table in _TABLES},
        "numbers": _check_numbers,
        "instants": _check_instants,
    }
    for part, check in checks.items():
        try:
            check(connection)
        except (FunnelError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
            raise StorageError("storage.backup_content", file=path.name, given=part.split(".", 1)[0]) from error
        except Exception as error:  # dataframely, Polars and the driver have errors of their own
            raise StorageError("storage.backup_content", file=path.name, given=part.split(".", 1)[0]) from error


def _check_versions(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute("SELECT kind, n FROM versions").fetchall()
    _expect(len(rows) == len(_KINDS) and {kind for kind, _ in rows} == _KINDS and all(n >= 0 for _, n in rows))


def _json_check(table: str, column: str) -> Callable[[duckdb.DuckDBPyConnection], None]:
    def check(connection: duckdb.DuckDBPyConnection) -> None:
        for (text,) in connection.execute(f"SELECT DISTINCT {column} FROM {table}").fetchall():
            plain.loads(text)

    return check


def _check_about(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute("SELECT key, value FROM workspace").fetchall()
    about = {key: plain.loads(text) for key, text in rows}
    _expect(len(about) == len(rows))
    _expect(isinstance(about["name"], str) and bool(about["name"].strip()) and isinstance(about["is_sample"], bool))


def _check_definitions(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute("SELECT version, definition FROM definitions").fetchall()
    _expect(bool(rows) and len({version for version, _ in rows}) == len(rows))
    for _, text in rows:
        from_dict(plain.loads(text))


def _check_findings(connection: duckdb.DuckDBPyConnection) -> None:
    for (text,) in connection.execute("SELECT DISTINCT finding FROM findings").fetchall():
        plain.finding_in(text)


def _check_corrections(connection: duckdb.DuckDBPyConnection) -> None:
    """A correction comes after what it replaces: else the way back to the first import had no end."""
    _expect(one(connection, "SELECT count(*) FROM corrections WHERE replaces >= batch_no")[0] == 0)


def _check_settings(connection: duckdb.DuckDBPyConnection) -> None:
    """What figures rest on has the form that they expect; a setting without a value is not set."""
    for key, text in connection.execute("SELECT key, value FROM settings").fetchall():
        value = plain.loads(text)
        _expect(value is None or key not in SETTINGS or SETTINGS[key](value))


def _rows_check(table: str) -> Callable[[duckdb.DuckDBPyConnection], None]:
    def check(connection: duckdb.DuckDBPyConnection) -> None:
        columns = ", ".join(f'"{name}"' for name in _TABLES[table].column_names())
        frame = connection.sql(f"SELECT {columns} FROM {table}").pl()
        _TABLES[table].validate(frame)
        if table == "batches":
            _expect(frame["batch_no"].is_unique().all() and frame["shape"].is_in(get_args(Shape)).all())

    return check


def _check_numbers(connection: duckdb.DuckDBPyConnection) -> None:
    for table, column, _ in _columns(connection, "INTEGER", "BIGINT"):
        low, high = one(connection, f'SELECT min("{column}"), max("{column}") FROM "{table}"')
        _expect(low is None or (low >= -_MOST and high <= _MOST))


def _check_instants(connection: duckdb.DuckDBPyConnection) -> None:
    """Python, and so every page, knows the years 1 to 9999; DuckDB knows infinity."""
    for table, column, _ in _columns(connection, "TIMESTAMP", "DATE"):
        (n,) = one(
            connection,
            f'SELECT count(*) FROM "{table}" WHERE NOT isfinite("{column}") OR year("{column}") NOT BETWEEN 1 AND 9999',
        )
        _expect(n == 0)


def _columns(connection: duckdb.DuckDBPyConnection, *kinds: str) -> list[tuple[str, str, str]]:
    rows: list[tuple[str, str, str]] = connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() JOIN duckdb_tables() USING (table_name)"
    ).fetchall()
    return [row for row in rows if row[2] in kinds]


def _expect(holds: Any) -> None:
    if not holds:
        raise ValueError
