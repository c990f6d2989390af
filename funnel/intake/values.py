"""Cells as text, ready to be compared: ends stripped, blanks null; and which a mapping reads as dates and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable

import polars as pl

from funnel.intake.cells.blanks import PLACEHOLDERS
from funnel.intake.cells.dates import infer_dates
from funnel.intake.cells.periods import reads_as_period
from funnel.intake.cells.spelling import plain
from funnel.intake.cells.units import Unit, split_header, unit_above
from funnel.intake.mapping import DATE_ROLES, ColumnMapping, RawTable, field_key
from funnel.intake.words import header_words, parts, undressed

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


def date_keys(table: RawTable, mapping: ColumnMapping) -> dict[str, pl.Series]:
    """Everything a mapping reads as dates: key → cells (null outside its rows, for a field of a field log)."""
    roles = ("changed_at", "created_at") if mapping.shape == "stage_log" else DATE_ROLES
    if mapping.shape == "counts":
        roles = ()
    found = {c: table.frame[c] for role in roles for c in mapping.columns(role) if c in table.columns}
    return found | _field_cells(table, mapping, ("created",)) | _period_cells(table, mapping)


def number_keys(table: RawTable, mapping: ColumnMapping) -> dict[str, pl.Series]:
    """Everything a mapping reads as numbers: key → cells."""
    roles = ("count",) if mapping.shape == "counts" else ("amount", "expected_amount", "quantity")
    columns = [c for role in roles for c in mapping.columns(role)]
    if mapping.shape == "counts" and mapping.measure is not None and mapping.column("stage"):
        columns = [mapping.measure]
    found = {c: table.frame[c] for c in columns if c in table.columns}
    return found | _field_cells(table, mapping, ("amount",))


def unit_of(key: str, mapping: ColumnMapping, titles: tuple[str, ...] = ()) -> Unit | None:
    """What the header (or a field log's field), else a line above the table, says of amounts; None for counts."""
    if mapping.shape == "counts":
        return None
    name = next((f for f in mapping.field_roles if key == field_key(mapping.column("new_value") or "", f)), key)
    return split_header(name)[1] or unit_above(titles)


def _field_cells(table: RawTable, mapping: ColumnMapping, roles: Iterable[str]) -> dict[str, pl.Series]:
    field_column, value_column = mapping.column("changed_field"), mapping.column("new_value")
    if not mapping.is_field_log or field_column is None or value_column is None:
        return {}
    fields = text_of(table, field_column)
    found = {}
    for value, role in mapping.field_roles.items():
        if role not in roles:
            continue
        cells = table.frame.select(pl.when((fields == value).fill_null(False)).then(pl.col(value_column)).alias("v"))[
            "v"
        ]
        if role == "created" and infer_dates(cells).share_parsed < 0.5:
            continue  # the value is no date: the row's own time is the creation
        found[field_key(value_column, value)] = cells
    return found


def _period_cells(table: RawTable, mapping: ColumnMapping) -> dict[str, pl.Series]:
    """The period column of a counts file where its cells are dates rather than named periods."""
    column = mapping.column("period")
    if mapping.shape != "counts" or column is None or column not in table.columns:
        return {}
    cells = clean_text(table.frame[column].unique()).drop_nulls()
    return {} if all(reads_as_period(cell) for cell in cells) else {column: table.frame[column]}


def says_amount(header: str) -> bool:
    """Whether a header is known as an amount, or names a currency: 金额, Fee (EUR)."""
    return any(word.role == "amount" for word in header_words(header)) or split_header(header)[1].currency is not None
