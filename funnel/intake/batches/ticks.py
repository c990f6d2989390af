"""Stages that a file ticks off instead of dating them: a yes/no column each, ticked where the one before is ticked."""

from __future__ import annotations

import polars as pl

from funnel.intake.mapping import ColumnMapping, RawTable
from funnel.intake.values import text_of
from funnel.intake.words import parts


def is_ticked(cells: pl.Series) -> pl.Series:
    """Which cells say yes: a word of the list in any case (yes, 1, 是, √, x)."""
    return cells.str.to_lowercase().is_in(list(parts("yes"))).fill_null(False)


def tick_order(table: RawTable, mapping: ColumnMapping) -> list[str]:
    """The ticked columns from the first stage to the last: the one that most rows tick comes first."""
    columns = [c for c in mapping.columns("tick") if c in table.columns]
    return sorted(columns, key=lambda c: -int(is_ticked(text_of(table, c)).sum()))


def stage_cells(table: RawTable, mapping: ColumnMapping) -> pl.Series | None:
    """The stage label of each row: of the stage column, else the header of the last column that is ticked (null: none
    is); null where the file has neither.
    """
    column = mapping.column("stage")
    if column is not None:
        return text_of(table, column) if column in table.columns else None
    order = tick_order(table, mapping)
    if not order:
        return None
    last_first = [pl.when(pl.lit(is_ticked(text_of(table, c)))).then(pl.lit(c)) for c in reversed(order)]
    return table.frame.select(pl.coalesce(last_first).alias("stage")).to_series()
