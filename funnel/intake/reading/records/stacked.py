"""Sheets of one workbook with the same columns, such as one a month, are one table: read one under another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from funnel.errors import Message
from funnel.intake.reading.tables import Table
from funnel.schema import Finding

_EXAMPLES = 5
_FEW_ROWS = 3


def stacked(parts: Sequence[tuple[str, int, Table]]) -> Table:
    """One table of the tables of several sheets: name, number of rows of the sheet, and its table with the columns of
    the first in any order.

    Rows are counted through all sheets, as if they stood one under another. A column that counts 1, 2, 3 … anew on
    every sheet says which sheet is meant, so that no two rows have one number.
    """
    first = parts[0][2]
    columns = list(first.columns)
    starts = [sum(rows for _, rows, _ in parts[:i]) for i in range(len(parts))]
    moved = [_moved(table, start) for start, (_, _, table) in zip(starts, parts, strict=True)]
    counting = [column for column in columns if all(_counts(table.frame[column]) for table in moved)]
    frames = [
        table.frame.select(
            pl.format("{} {}", pl.lit(name), column) if column in counting else pl.col(column) for column in columns
        )
        for (name, _, _), table in zip(parts, moved, strict=True)
    ]
    return replace(
        first,
        frame=pl.concat([frame.rename(dict(zip(frame.columns, columns, strict=True))) for frame in frames]),
        row_numbers=pl.concat([table.row_numbers for table in moved]),
        n_rows=sum(table.n_rows for table in moved),
        n_blank=sum(table.n_blank for table in moved),
        n_repeated_header=sum(table.n_repeated_header for table in moved),
        left_out=pl.concat([table.left_out for table in moved]),
        rejected=pl.concat([table.rejected for table in moved]),
        findings=_together([finding for table in moved for finding in table.findings]),
        titles=tuple(dict.fromkeys(title for table in moved for title in table.titles)),
    )


def repeats(first: Table, other: Table) -> bool:
    """Whether a sheet says again what stands on the first one, such as the same deals a month later: most values of a
    column that tells all rows of both sheets apart stand on both. Which sheet is the newer one nobody has said."""
    for column in first.columns:
        ours, theirs = (table.frame[column].drop_nulls() for table in (first, other))
        least = min(len(ours), len(theirs))
        is_key = least >= _FEW_ROWS and ours.is_unique().all() and theirs.is_unique().all()
        if is_key and not _counts(theirs) and ours.is_in(theirs.implode()).sum() > least / 2:
            return True
    return False


def where(parts: Sequence[tuple[str, int, Table]]) -> list[str]:
    """Each sheet's name with the rows it has when all are counted through: ``3月 (1–22)``."""
    ends = [sum(rows for _, rows, _ in parts[: i + 1]) for i in range(len(parts))]
    return [f"{name} ({end - rows + 1}–{end})" for (name, rows, _), end in zip(parts, ends, strict=True)]


def _moved(table: Table, start: int) -> Table:
    """The table with its rows counted on from ``start``."""
    if not start:
        return table
    row = (pl.col("row_no") + start).cast(table.left_out.schema["row_no"])
    return replace(
        table,
        row_numbers=(table.row_numbers + start).cast(table.row_numbers.dtype),
        left_out=table.left_out.with_columns(row),
        rejected=table.rejected.with_columns(row),
        findings=tuple(replace(one, rows=tuple(row + start for row in one.rows)) for one in table.findings),
    )


def _counts(column: pl.Series) -> bool:
    """Whether the cells are 1, 2, 3 … in their order."""
    numbers = column.str.strip_chars().cast(pl.Int64, strict=False)
    return len(column) > 1 and numbers.equals(pl.int_range(1, len(column) + 1, eager=True), check_names=False)


def _together(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """What was found on several sheets, once, with its numbers added up."""
    found: dict[str, Finding] = {}
    for one in findings:
        params = {name: value for name, value in one.message.params.items() if name != "n"}
        key = f"{one.message.code} {one.severity} {one.done} {params}"
        if (before := found.get(key)) is None:
            found[key] = one
            continue
        n = before.n + one.n
        counted = {"n": n} if "n" in one.message.params else {}
        message = Message(one.message.code, {**params, **counted})
        found[key] = replace(before, message=message, n=n, rows=(*before.rows, *one.rows)[:_EXAMPLES])
    return tuple(found.values())
