"""Records as JSON, in the cells of a table as raw tables of a load have them or as a whole file as an API answers: each
of their values gets a column of its own.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from funnel.errors import Message
from funnel.intake.cells.spelling import plain
from funnel.intake.mapping import RawTable
from funnel.schema import Finding

MOST_COLUMNS = 600
"""A record of more values is no deal; its cells stay as they are."""
_DEPTH = 4
_LOOKED_AT = 20


def frame_of_file(data: bytes) -> pl.DataFrame | None:
    """A JSON file of records as a frame of texts, one row per record; None for any other file.

    A list of objects, one object a line, or the longest list of objects in an answer of an API (``{"results": […]}``).
    Numbers stay as they are written.
    """
    if data[:3] == codecs.BOM_UTF8:
        data = data[3:]
    if data.lstrip()[:1] not in (b"[", b"{"):
        return None
    try:
        text = data.decode("utf-8")
        records = _listed(json.loads(text, parse_float=str, parse_int=str))
    except (ValueError, RecursionError):
        records = None
    if records is None:
        try:
            records = [json.loads(line, parse_float=str, parse_int=str) for line in data.splitlines() if line.strip()]
        except (ValueError, RecursionError):
            return None
    if not records or not all(isinstance(record, dict) for record in records):
        return None
    flat = [_flat(record) for record in records]
    keys = list(dict.fromkeys(key for record in flat for key in record if key))
    if not keys or len(keys) > MOST_COLUMNS:
        return None
    return pl.DataFrame({key: pl.Series([record.get(key) for record in flat], dtype=pl.String) for key in keys})


def _listed(value: Any) -> list[Any] | None:
    """The records of a list, or of the longest list of records in an object; None where there is neither."""
    if isinstance(value, list):
        return value
    lists = [inner for inner in value.values() if isinstance(inner, list)] if isinstance(value, dict) else []
    lists = [inner for inner in lists if inner and all(isinstance(record, dict) for record in inner)]
    return max(lists, key=len, default=None)


def take_apart(table: RawTable) -> RawTable:
    """The table with every column of JSON objects replaced by one column per value.

    A value is named by its keys (``properties.amount``), with the column's name in front where that name is taken.
    Lists stay text. A column with any filled cell that is no JSON object stays as it is.
    """
    for column in table.columns:
        cells = table.frame[column]
        records = _records(cells)
        if records is None:
            continue
        keys = list(dict.fromkeys(key for record in records for key in record))
        if not keys or len(keys) > MOST_COLUMNS:
            continue
        taken = {plain(other) for other in table.columns if other != column}
        names: dict[str, str] = {}
        for key in keys:
            name = f"{column}.{key}" if plain(key) in taken or not plain(key) else key
            while name in names.values() or name in table.columns:
                name += "_"
            names[key] = name
        values = {
            name: pl.Series(name, [record.get(key) for record in records], dtype=pl.String)
            for key, name in names.items()
        }
        at = table.columns.index(column)
        columns = (*table.columns[:at], *values, *table.columns[at + 1 :])
        kept = {other: table.frame[other] for other in table.columns if other != column}
        note = Finding(
            Message("reading.json_cells", {"column": column, "columns": len(values)}),
            "note",
            cells.count(),
            "reading.done.one_column_each",
        )
        table = replace(
            table,
            columns=columns,
            frame=pl.DataFrame({name: {**kept, **values}[name] for name in columns}),
            findings=(*table.findings, note),
        )
    return table


def _records(cells: pl.Series) -> list[Mapping[str, str | None]] | None:
    """Each cell as its values by name, {} for a blank one; None where a cell is no JSON object."""
    first = cells.drop_nulls().head(_LOOKED_AT)
    if first.is_empty() or not first.str.strip_chars().str.starts_with("{").all():
        return None
    found: list[Mapping[str, str | None]] = []
    for cell in cells.to_list():
        if cell is None:
            found.append({})
            continue
        try:
            record = json.loads(cell)
        except (ValueError, RecursionError):
            return None
        if not isinstance(record, dict):
            return None
        found.append(_flat(record))
    return found


def _flat(record: Mapping[str, Any]) -> dict[str, str | None]:
    """The values of a record by their keys (``properties.amount``), as cells."""
    values: dict[str, str | None] = {}
    _flatten(record, (), values)
    return values


def _flatten(value: Any, path: Sequence[str], into: dict[str, str | None]) -> None:
    if isinstance(value, dict) and value and len(path) < _DEPTH:
        for key, inner in value.items():
            _flatten(inner, (*path, key), into)
        return
    into[".".join(path)] = _text(value)


def _text(value: Any) -> str | None:
    """A value as a cell: no value, "" and empty lists are blank."""
    if value is None or value in ("", [], {}):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value.strip() or None
    return json.dumps(value, ensure_ascii=False)
