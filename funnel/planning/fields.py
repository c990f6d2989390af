"""Plans as plain data and back: the Store keeps every record as a dictionary that JSON can hold.

``to_fields`` and ``from_fields`` are inverses for frozen dataclasses made of text, numbers, flags, days, moments,
optional values, tuples and further such dataclasses.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, ClassVar, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

from funnel.errors import InputError


class Record(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


R = TypeVar("R", bound=Record)


def to_fields(record: Record) -> dict[str, Any]:
    """A record as plain data: days and moments as ISO text, tuples as lists, records as dictionaries."""
    return {field.name: _out(getattr(record, field.name)) for field in dataclasses.fields(record)}


def from_fields(kind: type[R], fields: Mapping[str, Any]) -> R:
    """Build a record of ``kind`` from plain data; a field that is left out takes its default.

    Raises InputError: ``plan.unknown_field`` (nothing is dropped silently), ``plan.missing_field``, ``plan.bad_field``.
    """
    hints = _hints(kind)
    for name in fields:
        if name not in hints:
            raise InputError("plan.unknown_field", record=kind.__name__, given=name, allowed=sorted(hints))
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        if field.name in fields:
            values[field.name] = _in(hints[field.name], fields[field.name], kind.__name__, field.name)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise InputError("plan.missing_field", record=kind.__name__, field=field.name)
    return kind(**values)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _out(value: Any) -> Any:
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, tuple):
        return [_out(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return to_fields(value)
    return value


def _in(wanted: Any, value: Any, record: str, field: str) -> Any:
    if get_origin(wanted) in (Union, types.UnionType):
        if value is None:
            return None
        (wanted,) = (option for option in get_args(wanted) if option is not type(None))
    bad = InputError("plan.bad_field", record=record, field=field, given=value)
    if get_origin(wanted) is tuple:
        if not isinstance(value, list | tuple):
            raise bad
        return tuple(_in(get_args(wanted)[0], item, record, field) for item in value)
    if dataclasses.is_dataclass(wanted):
        if not isinstance(value, Mapping):
            raise bad
        return from_fields(wanted, value)
    if wanted in (date, datetime):
        if type(value) is wanted:  # the Store gives days and moments back as such
            return value
        try:
            return wanted.fromisoformat(value)
        except (TypeError, ValueError) as error:
            raise bad from error
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, wanted) or (wanted in (int, float) and isinstance(value, bool)):
        raise bad
    return value
