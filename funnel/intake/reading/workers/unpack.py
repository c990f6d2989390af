"""Takes the tables out of a zip archive, a DuckDB file or an SQLite file, in a process of its own.

Run by ``funnel.apart`` with the arguments KIND FILE OUT FOLDER TABLES BYTES ROWS: at most so many tables, bytes written
and rows a table. Members of an archive go to FOLDER as they are, tables of a database as Parquet files of text. The
answer, as JSON beside OUT: ``tables``, each with ``name``, ``file``, ``n_rows`` (null for members), and ``views``, how
many views were not read; or ``error`` with the code of the refusal and its parameters. Only stored rows of base tables
are read: no view, no macro, no computed column is run, no extension is loaded and no other file is reached. Nothing of
the application is imported.
"""

from __future__ import annotations

import importlib
import json
import re
import sqlite3
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

_CHUNK = 1 << 20  # bytes
_BATCH = 50_000  # rows
_LITTER = re.compile(r"(^|/)(__MACOSX/|\.|Thumbs\.db$|desktop\.ini$)")
_DATED = ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")


class Limits(NamedTuple):
    """``bytes``: of all files that are written; ``rows``: of one table."""

    tables: int
    bytes: int
    rows: int


class RefusedError(Exception):
    """``answer``: the code and the parameters of the refusal."""

    def __init__(self, code: str, **params: Any) -> None:
        self.answer = {"error": code, **params}
        super().__init__(code)


def from_zip(path: str, folder: Path, limits: Limits) -> dict[str, Any]:
    """The files of an archive; what system programs leave in archives is passed over."""
    tables, size = [], 0
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and not _LITTER.search(_name_of(m))]
            _refuse_too_many(len(members), limits)
            for number, member in enumerate(members):
                if member.flag_bits & 1:
                    raise RefusedError("reading.password")
                target = folder / str(number)
                with archive.open(member) as source, target.open("wb") as out:
                    while part := source.read(_CHUNK):
                        size += len(part)
                        _refuse_too_large(size, limits)
                        out.write(part)
                tables.append({"name": _name_of(member), "file": target.name, "n_rows": None})
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, RuntimeError) as error:
        raise RefusedError("reading.damaged", given="zip") from error
    return {"tables": tables, "views": 0}


def _name_of(member: zipfile.ZipInfo) -> str:
    """The name as it was meant: old programs write Chinese names in GBK and mark nothing."""
    if member.flag_bits & 0x800:
        return member.filename
    raw = member.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.filename


def from_duckdb(path: str, folder: Path, limits: Limits) -> dict[str, Any]:
    """The base tables of a DuckDB file, all cells as text."""
    duckdb: Any = importlib.import_module("duckdb")  # an archive does not need it
    config = {
        "enable_external_access": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "memory_limit": "2GB",
        "threads": 2,
        "temp_directory": "",
        "lock_configuration": True,
    }
    try:
        with duckdb.connect(path, read_only=True, config=config) as connection:
            found = connection.execute(
                "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary "
                "ORDER BY schema_name, table_oid"
            ).fetchall()
            (views,) = connection.execute("SELECT count(*) FROM duckdb_views() WHERE NOT internal").fetchone()
            if {"batch_events", "record_events", "lead_rows"} <= {name for _, name in found}:
                raise RefusedError("reading.own_workspace")
            _refuse_too_many(len(found), limits)
            several = len({schema for schema, _ in found}) > 1
            tables, size = [], 0
            for number, (schema, name) in enumerate(found):
                columns = connection.execute(
                    "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = ? "
                    "AND table_name = ? AND is_generated <> 'ALWAYS' ORDER BY ordinal_position",
                    [schema, name],
                ).fetchall()
                if not columns:
                    continue
                shown = ", ".join(f"{_text(column, kind)} AS {_quoted(column)}" for column, kind in columns)
                question = connection.execute(f"SELECT {shown} FROM {_quoted(schema)}.{_quoted(name)}")
                reader = question.to_arrow_reader(_BATCH)
                target = folder / str(number)
                n_rows = _write(target, [column for column, _ in columns], reader, size, limits)
                size += target.stat().st_size
                title = f"{schema}.{name}" if several else name
                tables.append({"name": title, "file": target.name, "n_rows": n_rows})
    except duckdb.Error as error:
        code = "reading.password" if "encrypt" in str(error).lower() else "reading.damaged"
        raise RefusedError(code, given="DuckDB") from error
    return {"tables": tables, "views": int(views)}


def _text(column: str, kind: str) -> str:
    """The cell as text; ends that are open for ever are blanks; times with a zone are in UTC and say so."""
    name = _quoted(column)
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"CASE WHEN isfinite({name}) THEN CAST(make_timestamp(epoch_us({name})) AS VARCHAR) || '+00:00' END"
    if kind in _DATED:
        return f"CASE WHEN isfinite({name}) THEN CAST({name} AS VARCHAR) END"
    return f"CAST({name} AS VARCHAR)"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def from_sqlite(path: str, folder: Path, limits: Limits) -> dict[str, Any]:
    """The base tables of an SQLite file, all cells as text."""
    try:
        connection = sqlite3.connect(f"file:{quote(path)}?mode=ro&immutable=1", uri=True)
        connection.text_factory = lambda cell: cell.decode("utf-8", "replace")
        for setting in ("trusted_schema = OFF", "cell_size_check = ON"):
            connection.execute(f"PRAGMA {setting}")
        connection.set_authorizer(_allowed)
        found = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
            "AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY rowid"
        ).fetchall()
        (views,) = connection.execute("SELECT sum(type = 'view') FROM sqlite_master").fetchone()
        _refuse_too_many(len(found), limits)
        tables, size = [], 0
        for number, (name,) in enumerate(found):
            about = connection.execute(f"PRAGMA table_xinfo({_quoted(name)})").fetchall()
            columns = [column for _, column, _, _, _, _, hidden in about if hidden in (0, 3)]
            if not columns:
                continue
            shown = ", ".join(map(_quoted, columns))
            cursor = connection.execute(f"SELECT {shown} FROM {_quoted(name)}")
            target = folder / str(number)
            n_rows = _write(target, columns, _batches(cursor, columns), size, limits)
            size += target.stat().st_size
            tables.append({"name": name, "file": target.name, "n_rows": n_rows})
    except sqlite3.Error as error:
        raise RefusedError("reading.damaged", given="SQLite") from error
    return {"tables": tables, "views": int(views or 0)}


def _allowed(action: int, first: str | None, *_: object) -> int:
    """Reading is allowed, and looking at the columns of a table; nothing else, whatever the file asks for."""
    is_look = action == sqlite3.SQLITE_PRAGMA and first == "table_xinfo"
    is_ours = action == sqlite3.SQLITE_FUNCTION  # LIKE and sum of our own questions; columns that compute are not read
    allowed = action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ) or is_look or is_ours
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _batches(cursor: sqlite3.Cursor, columns: list[str]) -> Iterator[pa.RecordBatch]:
    names = [str(i) for i in range(len(columns))]
    while rows := cursor.fetchmany(_BATCH):
        cells = [pa.array([_cell(row[i]) for row in rows], pa.string()) for i in range(len(columns))]
        yield pa.RecordBatch.from_arrays(cells, names=names)


def _cell(value: object) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return None if value is None else str(value)


def _write(target: Path, columns: list[str], batches: Iterable[pa.RecordBatch], before: int, limits: Limits) -> int:
    """Write batches of text under the names of their columns and return how many rows there were."""
    schema = pa.schema([pa.field(column, pa.string()) for column in columns])
    n_rows = 0
    with pq.ParquetWriter(target, schema) as writer:
        for batch in batches:
            n_rows += batch.num_rows
            if n_rows > limits.rows:
                raise RefusedError("reading.too_many_rows", allowed=limits.rows)
            writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
            _refuse_too_large(before + target.stat().st_size, limits)
    return n_rows


def _refuse_too_many(n: int, limits: Limits) -> None:
    if n > limits.tables:
        raise RefusedError("reading.too_many_tables", given=n, allowed=limits.tables)


def _refuse_too_large(size: int, limits: Limits) -> None:
    if size > limits.bytes:
        raise RefusedError("reading.zip_bomb", given_mb=size >> 20, allowed_mb=limits.bytes >> 20)


def main() -> None:
    kind, path, out, folder, tables, size, rows = sys.argv[1:8]
    take = {"zip": from_zip, "duckdb": from_duckdb, "sqlite": from_sqlite}[kind]
    try:
        answer = take(path, Path(folder), Limits(int(tables), int(size), int(rows)))
    except RefusedError as refused:
        answer = refused.answer
    Path(out).with_suffix(".json").write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main()
