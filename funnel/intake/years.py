"""The year of periods and days that name none (1月, Q1, 3月5日): what a table says of it, and what is asked."""

from __future__ import annotations

import re
from datetime import date

import polars as pl

from funnel.intake.cells.dates import YEAR
from funnel.intake.cells.periods import columns_by_period, is_bare_period
from funnel.intake.mapping import ColumnMapping, RawTable
from funnel.intake.values import clean_text

_HINT = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")
_YEARS_OFFERED = 6


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


def year_above(table: RawTable, texts: list[str]) -> str | None:
    """The reading of the one year that the lines above a table name (客户跟进表 2026年1-4月); null where they name none
    or several, or where the periods or days run over the end of a year: that is asked.
    """
    years = {int(year) for title in table.titles for year in _HINT.findall(title)}
    months = {int(found[0]) for text in texts if (found := re.findall(r"\d+", text)) and int(found[0]) <= 12}
    runs_over = bool(months & {11, 12}) and bool(months & {1, 2}) and len(months) < 10
    return f"{YEAR}{years.pop()}" if len(years) == 1 and not runs_over else None


def year_of(reading: str | None) -> int | None:
    """The year that a reading says; None for any other reading."""
    named = (reading or "").removeprefix(YEAR)
    return int(named) if named != (reading or "") and named else None


def rows_of(table: RawTable, key: str) -> tuple[int, tuple[int, ...]]:
    """How many rows stand under the key, and the first of them."""
    cells = table.frame[key] if key in table.columns else pl.Series([], dtype=pl.String)
    filled = cells.is_not_null()
    return int(filled.sum()), tuple(table.row_numbers.filter(filled).head(3).to_list()) if cells.len() else ()
