"""Rows that a file itself says do not count: deleted ones, and those of labels that the mapping leaves out."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from funnel.errors import Message
from funnel.intake.cells.dates import parse_dates
from funnel.intake.mapping import ColumnMapping, RawTable
from funnel.intake.questions import Readings
from funnel.intake.values import text_of
from funnel.intake.words import parts, plain, variants
from funnel.schema import Finding

_REJECTED = {"row_no": pl.Int64, "code": pl.String, "column": pl.String, "value": pl.String, "cells": pl.String}


def without_left_out(table: RawTable, mapping: ColumnMapping, readings: Readings) -> RawTable:
    """The table without deleted rows and rows of left-out labels; they stand among the rows left out, with a reason.

    Of a log all rows of a lead go whose newest row says deleted.
    """
    parts_ = []
    gone = pl.repeat(False, table.frame.height, eager=True)
    for column, values in mapping.left_out.items():
        if column in table.columns:
            here = text_of(table, column).is_in(list(values)).fill_null(False) & ~gone
            code = "reading.left_out.merged" if column == mapping.column("lead_id") else "reading.left_out.label"
            parts_.append(left_out_rows(table, here, code, column))
            gone = gone | here
    column = mapping.column("deleted")
    if column is not None:
        here = _deleted(table, mapping, readings, column) & ~gone
        parts_.append(left_out_rows(table, here, "reading.left_out.deleted", column))
        gone = gone | here
    if not gone.any():
        return table
    left_out = pl.concat([table.left_out, *(part.cast(table.left_out.schema) for part in parts_)])
    said = [_said(part) for part in parts_ if part.height]
    return replace(
        table,
        frame=table.frame.filter(~gone),
        row_numbers=table.row_numbers.filter(~gone),
        left_out=left_out,
        findings=(*table.findings, *said),
    )


def says_no_lead(table: RawTable, mapping: ColumnMapping) -> dict[str, pl.Series]:
    """The columns that are not read although their header says duplicate, test or merged, and the rows that say yes, or
    name the other lead: those that the role "deleted" would leave out."""
    known = {plain(word) for word in parts("no_lead_column")}
    unread = [column for column in table.columns if mapping.roles.get(column, "ignore") == "ignore"]
    found = {column: _yes(table, column) for column in unread if {plain(text) for text in variants(column)} & known}
    return {column: rows for column, rows in found.items() if rows.any() and not rows.all()}


def _yes(table: RawTable, column: str) -> pl.Series:
    """Rows that say yes, or where something else than yes and no stands (a time, an id) anything but no."""
    cells = text_of(table, column).str.to_lowercase()
    says, denies = (cells.is_in(list(parts(word))).fill_null(False) for word in ("yes", "no"))
    return cells.is_not_null() & ~denies if (cells.is_not_null() & ~says & ~denies).any() else says


def _deleted(table: RawTable, mapping: ColumnMapping, readings: Readings, column: str) -> pl.Series:
    says = _yes(table, column)
    lead, at = mapping.column("lead_id"), mapping.column("changed_at")
    if lead is None or at is None or at not in readings.dates or mapping.is_field_log or not says.any():
        return says
    rows = pl.DataFrame(
        {"id": text_of(table, lead), "at": parse_dates(table.frame[at], readings.dates[at])["at"], "gone": says}
    )
    newest = rows.sort("at", nulls_last=False, maintain_order=True).group_by("id").agg(pl.col("gone").last())
    dead = newest.filter(pl.col("gone"))["id"]
    return says | rows["id"].is_in(dead.implode()).fill_null(False)


def left_out_rows(table: RawTable, here: pl.Series, code: str, column: str) -> pl.DataFrame:
    """These rows as the Store keeps what was left out, with the reason ``code``."""
    rows = table.frame.filter(here)
    return pl.DataFrame(
        {
            "row_no": table.row_numbers.filter(here),
            "code": pl.repeat(code, rows.height, dtype=pl.String, eager=True),
            "column": pl.repeat(column, rows.height, dtype=pl.String, eager=True),
            "value": rows[column],
            "cells": rows.select(pl.struct(pl.all()).struct.json_encode()).to_series(),
        }
    ).select(pl.col(name).cast(kind) for name, kind in _REJECTED.items())


def _said(rows: pl.DataFrame) -> Finding:
    message = Message("reading.left_out", {"reason": Message(rows["code"][0]), "n": rows.height})
    numbers = tuple(rows["row_no"].head(5).to_list())
    return Finding(message, "note", rows.height, "intake.done.left_out", numbers)
