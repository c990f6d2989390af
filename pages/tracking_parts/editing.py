"""The rows of the weekly form, as a table that is stored with every edit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from funnel.planning.fields import from_fields, to_fields
from funnel.planning.tracking.rows import BadCell, TrackingRow, apply_delta
from funnel.storage.records import Record
from pages.shell.live_rows import LiveRows, Rules

KIND = "tracking"


def rules(sheet: str) -> Rules[TrackingRow]:
    """What a row of a sheet is."""

    def changed(row: TrackingRow, cells: Mapping[str, Any]) -> tuple[TrackingRow, tuple[str, ...], Sequence[BadCell]]:
        changes, bad = apply_delta([row], {"edited_rows": {0: cells}}, (), sheet)
        return (changes[0].row, changes[0].fields, bad) if changes else (row, (), bad)

    def back(row: TrackingRow, other: TrackingRow, columns: Iterable[str]) -> tuple[TrackingRow, tuple[str, ...]]:
        names = tuple(column for column in columns if getattr(row, column) != getattr(other, column))
        return replace(row, **{name: getattr(other, name) for name in names}), names

    def new(
        row_id: str, cells: Mapping[str, Any], standing: Sequence[TrackingRow]
    ) -> tuple[TrackingRow | None, Sequence[BadCell]]:
        changes, bad = apply_delta(standing, {"added_rows": [cells]}, [row_id], sheet)
        return (changes[0].row if changes else None), bad

    return Rules(KIND, lambda row: row.row_id, to_fields, changed, back, new)


def of_sheet(records: Iterable[Record], sheet: str) -> list[Record]:
    """The records of one sheet."""
    return [record for record in records if record.fields.get("sheet") == sheet]


def open_sheet(records: Iterable[Record], sheet: str) -> LiveRows[TrackingRow]:
    """The rows of a sheet as they are stored now."""
    mine = of_sheet(records, sheet)
    rows = sorted((from_fields(TrackingRow, record.fields) for record in mine), key=lambda row: row.position)
    return LiveRows(rules(sheet), rows, {record.id: record.version for record in mine})
