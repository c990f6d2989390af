"""Reports as JSON and back, exactly: what was decided on keeps its figures whatever is imported later.

Only the types that a report is made of are written. Floats keep every digit (JSON carries the shortest text that reads
back as the same number); a frame keeps its column types.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any, TypeVar

import polars as pl

from funnel.definition.definition import FunnelDefinition, Text, from_dict
from funnel.errors import InputError, Message
from funnel.filters import Filters, Window
from funnel.metrics.comparison.simplification import StageChange
from funnel.metrics.comparison.windows import PairChoice, Selection

T = TypeVar("T")

_DTYPES: dict[str, Any] = {
    "String": pl.String,
    "Boolean": pl.Boolean,
    "Int8": pl.Int8,
    "Int32": pl.Int32,
    "Int64": pl.Int64,
    "UInt32": pl.UInt32,
    "Float64": pl.Float64,
    "Date": pl.Date,
    "Datetime": pl.Datetime("us"),
}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}
_PLAIN = (Text, Message, Window, Filters, PairChoice, Selection, StageChange)
_KINDS: dict[str, type] = {kind.__name__: kind for kind in _PLAIN}


def register(kind: type[T]) -> type[T]:
    """Let a dataclass of a report be written and read (a class decorator); its fields must be types of a report."""
    _KINDS[kind.__name__] = kind
    return kind


def freeze(value: Any) -> str:
    """A report, or any value made of its types, as JSON text. Raises TypeError for a type that is not one of them."""
    return json.dumps(_out(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def thaw(text: str) -> Any:
    """The value that ``freeze`` wrote. Raises InputError (``retrospective.unreadable``) when the text is another."""
    try:
        return _in(json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError("retrospective.unreadable", given=str(error)) from error


def _out(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime):
        return {"$": "datetime", "at": value.isoformat()}
    if isinstance(value, date):
        return {"$": "date", "on": value.isoformat()}
    if isinstance(value, pl.DataFrame):
        columns = [[name, _NAMES[dtype], _cells(value[name])] for name, dtype in value.schema.items()]
        return {"$": "frame", "columns": columns}
    if isinstance(value, FunnelDefinition):
        return {"$": "definition", "data": value.to_dict()}
    if is_dataclass(value) and type(value).__name__ in _KINDS:
        return {"$": type(value).__name__} | {f.name: _out(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {"$": "map", "items": {str(key): _out(item) for key, item in value.items()}}
    if isinstance(value, tuple | list):
        return [_out(item) for item in value]
    raise TypeError(f"a report cannot hold {type(value).__name__}")


def _cells(column: pl.Series) -> list[Any]:
    is_day = column.dtype in (pl.Date, pl.Datetime("us"))
    return [cell.isoformat() if is_day and cell is not None else cell for cell in column.to_list()]


def _in(data: Any) -> Any:
    if isinstance(data, list):
        return tuple(_in(item) for item in data)
    if not isinstance(data, dict):
        return data
    match data["$"]:
        case "datetime":
            return datetime.fromisoformat(data["at"])
        case "date":
            return date.fromisoformat(data["on"])
        case "frame":
            return pl.DataFrame([_column(*column) for column in data["columns"]])
        case "definition":
            return from_dict(data["data"])
        case "map":
            return {key: _in(item) for key, item in data["items"].items()}
    known = {name: _in(item) for name, item in data.items() if name != "$"}
    if data["$"] == "Filters":
        window, groups = known.pop("window"), dict(known.pop("groups", ()))
        # Reports saved before a dimension was one entry of a list: sources, owners, segments.
        return Filters(window, **groups, **{name.removesuffix("s"): chosen for name, chosen in known.items()})
    return _KINDS[data["$"]](**known)


def _column(name: str, dtype: str, cells: list[Any]) -> pl.Series:
    if dtype in ("Date", "Datetime"):
        read = date.fromisoformat if dtype == "Date" else datetime.fromisoformat
        cells = [None if cell is None else read(cell) for cell in cells]
    return pl.Series(name, cells, dtype=_DTYPES[dtype])
