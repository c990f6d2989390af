"""JSON text for the values that a workspace keeps: plain data, dates, instants and messages come back as they went in.

Tuples come back as lists. Anything else (a frame, an enum) is a bug of the caller and raises TypeError.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from datetime import date, datetime
from typing import Any

from funnel.errors import Message, StorageError
from funnel.schema import Finding


def dumps(value: Any) -> str:
    """Canonical JSON: keys in order, so equal values have equal text. Raises ValueError for NaN and infinities."""
    return json.dumps(_out(value), ensure_ascii=False, sort_keys=True, allow_nan=False, separators=(",", ":"))


def loads(text: str) -> Any:
    """The value that ``dumps`` wrote. Raises StorageError ``storage.value`` for any other text."""
    try:
        return json.loads(text, object_hook=_in, parse_constant=_no_number)
    except (ValueError, TypeError, RecursionError) as error:
        raise StorageError("storage.value") from error


def finding_out(finding: Finding) -> str:
    """A finding as JSON text."""
    return dumps(
        {
            "message": finding.message,
            "severity": finding.severity,
            "n": finding.n,
            "done": finding.done,
            "rows": list(finding.rows),
            "leads": list(finding.leads),
        }
    )


def finding_in(text: str) -> Finding:
    """The finding that ``finding_out`` wrote. Raises StorageError ``storage.value`` for any other text."""
    data = loads(text)
    try:
        return Finding(**(data | {"rows": tuple(data["rows"]), "leads": tuple(data["leads"])}))
    except (TypeError, KeyError) as error:
        raise StorageError("storage.value") from error


def without(text: str, words: Set[str], by: str | None) -> str:
    """The JSON text with every value that is one of ``words`` replaced; with ``by`` None they leave their list."""

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return by if value in words else value
        if isinstance(value, dict):
            return {key: clean(item) for key, item in value.items()}
        if isinstance(value, list):
            return [clean(item) for item in value if by is not None or not isinstance(item, str) or item not in words]
        return value

    return json.dumps(clean(json.loads(text)), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _out(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"$at": value.isoformat()}
    if isinstance(value, date):
        return {"$on": value.isoformat()}
    if isinstance(value, Message):
        return {"$message": value.code, "params": _out(value.params)}
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"a JSON key must be text, given {key!r}")
        return {key: _out(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_out(item) for item in value]
    return value


def _in(data: dict[str, Any]) -> Any:
    if data.keys() == {"$at"}:
        return datetime.fromisoformat(data["$at"])
    if data.keys() == {"$on"}:
        return date.fromisoformat(data["$on"])
    if data.keys() == {"$message", "params"}:
        return Message(data["$message"], data["params"])
    return data
