"""The year of periods and days that name none (1月, Q1, 3月5日): what a table says of it, and what is asked."""

from __future__ import annotations

import re
from datetime import date

import polars as pl

from funnel.intake.cells.dates import YEAR, parse_dates
from funnel.intake.cells.periods import columns_by_period, is_bare_period, spans_of_periods
from funnel.intake.mapping import ColumnMapping, RawTable
from funnel.intake.values import clean_text

_HINT = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")
_YEARS_OFFERED = 6
_MOST_OF_A_YEAR = 10
"""Different months from which on both ends of the year are those of one year."""


def bare_periods(table: RawTable, mapping: ColumnMapping) -> tuple[str, list[str]] | None:
    """The periods without a year that a mapping counts in, in file order, and the key of the answer to which year they
    begin in: the period column, or the first of the columns that are periods. None where all name their year.
    """
    if mapping.shape != "counts":
        return None
    column = mapping.column("period")
    if column is None:
        counted = [c for c in mapping.columns("count") if c in table.columns]
        parts = columns_by_period(counted) if mapping.column("stage") is None else {}
        bare = [c for c in counted if is_bare_period(parts[c][0] if parts else c)]
        texts = [parts[c][0] if parts else c for c in bare]
        # a column called "May" among others is a name
        return (bare[0], list(dict.fromkeys(texts))) if len(bare) > 1 else None
    if column not in table.columns:
        return None
    texts = clean_text(table.frame[column].unique(maintain_order=True)).drop_nulls().to_list()
    bare = [text for text in texts if is_bare_period(text)]
    return (column, bare) if bare else None


def years_offered(table: RawTable) -> tuple[str, ...]:
    """The readings to choose from: years that the title, the sheet or the file names first, then the latest ones."""
    said = " ".join((*table.titles, table.sheet or "", table.name))
    this_year = date.today().year
    years = [*map(int, _HINT.findall(said)), *range(this_year, this_year - _YEARS_OFFERED, -1)]
    return tuple(f"{YEAR}{year}" for year in dict.fromkeys(years))


def year_above(table: RawTable) -> int | None:
    """The one year that the lines above a table name (客户跟进表 2026年1-4月); null where they name none or several."""
    years = {int(year) for title in table.titles for year in _HINT.findall(title)}
    return years.pop() if len(years) == 1 else None


def year_of_days(table: RawTable, columns: list[pl.Series]) -> str | None:
    """The reading of days without a year by the year above the table; null where they may run over its end."""
    year = year_above(table)
    if year is None:
        return None
    days = [parse_dates(cells, f"{YEAR}{year}")["at"].dt.month().drop_nulls().unique() for cells in columns]
    months = {month for found in days for month in found.to_list()}
    runs_over = bool(months & {11, 12}) and bool(months & {1, 2}) and len(months) < _MOST_OF_A_YEAR
    return None if runs_over else f"{YEAR}{year}"


def year_of_periods(table: RawTable, texts: list[str]) -> str | None:
    """The reading of periods without a year by the year above the table; null where they run over its end."""
    year = year_above(table)
    if year is None or any(first.year != year for first, _ in spans_of_periods(texts, year).values()):
        return None
    return f"{YEAR}{year}"


def year_of(reading: str | None) -> int | None:
    """The year that a reading says; None for any other reading."""
    named = (reading or "").removeprefix(YEAR)
    return int(named) if named != (reading or "") and named else None


def rows_of(table: RawTable, key: str) -> tuple[int, tuple[int, ...]]:
    """How many rows stand under the key, and the first of them."""
    cells = table.frame[key] if key in table.columns else pl.Series([], dtype=pl.String)
    filled = cells.is_not_null()
    return int(filled.sum()), tuple(table.row_numbers.filter(filled).head(3).to_list()) if cells.len() else ()
