"""Cells as text, ready to be compared: ends stripped, placeholders blank."""

from __future__ import annotations

import re

import polars as pl

from funnel.intake.cells.blanks import PLACEHOLDERS
from funnel.intake.cells.spelling import plain
from funnel.intake.mapping import RawTable
from funnel.intake.words import parts, undressed

TEXT_PLACEHOLDERS = tuple(word for word in PLACEHOLDERS if word != "na")
"""Words for "nothing here" in a text column. "NA" is left alone: it may be North America."""
_BLANK = "(?i)^(?:" + "|".join(re.escape(word) for word in TEXT_PLACEHOLDERS) + ")$"
MAX_LABELS_OF_A_COLUMN = 500
"""A stage column with more labels than this is refused: it is something else."""
CENTS = "x0.01"
"""The switch of a number reading for hundredths."""


def text_of(table: RawTable, column: str) -> pl.Series:
    """A column as trimmed text; blanks and placeholders ("-", "n/a") are null."""
    return clean_text(table.frame[column])


def clean_text(values: pl.Series) -> pl.Series:
    """A series as trimmed text; blanks and placeholders are null."""
    stripped = values.str.strip_chars()
    blank = (stripped.str.len_bytes() == 0) | stripped.str.contains(_BLANK)
    if not blank.any():
        return stripped
    return pl.select(pl.when(~blank).then(stripped).alias(values.name)).to_series()


def labels_of(table: RawTable, column: str, where: pl.Series | None = None) -> list[str]:
    """The distinct labels of a column (in the rows ``where`` is true), sorted."""
    values = table.frame[column]
    if where is not None:
        values = values.filter(where.fill_null(False))
    return clean_text(values.unique()).drop_nulls().unique().sort().to_list()


def share(mask: pl.Series) -> float:
    """Share of true among all values of a mask (null is false); 0 for an empty one."""
    return int(mask.sum() or 0) / max(1, mask.len())


def may_be_cents(table: RawTable, column: str) -> bool:
    """Whether a programming interface may have written an amount in hundredths without saying so: whole numbers under
    a bare ``value``, beside columns that only such a program has (Close). The header decides where it names a unit.
    """
    if column not in table.columns or plain(undressed(column)) != "value":
        return False
    beside = {plain(undressed(c)) for c in table.columns} & {plain(word) for word in parts("cents_beside")}
    return bool(beside) and bool(table.frame[column].str.contains(r"^\d{3,}$").all())
