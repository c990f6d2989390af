"""A sheet of cells as text, before anybody knows which row is the header: what every file format is first read into."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import cast

import polars as pl

from funnel.errors import InputError

MAX_COLUMNS = 2_000
# A frame this large is still cheap; beyond it, single rows that are wider than the rest do not widen the frame.
_FREE_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class Area:
    """A table that the workbook itself knows, header and ``n_totals`` rows of totals included, from 0."""

    top: int
    left: int
    bottom: int
    right: int
    n_totals: int = 0


@dataclass(frozen=True)
class Grid:
    """Rows as they stand in the file, row i is file row i + 1. ``frame`` has String columns "0", "1", …, blanks null.

    ``widths``: cells written per row, where rows differ (None: all have the frame's width). ``overflow``: row index →
    all cells of a row that is wider than the frame. ``merged``: (first row, first column, last row, last column) of
    merged cells, from 0. ``is_sheet``: the file does not write empty cells, so a row has no width of its own. ``area``:
    the only table that the workbook knows on this sheet. ``hidden``: rows it does not show. ``choices``: column → the
    entries of its drop-down list.
    """

    frame: pl.DataFrame
    widths: pl.Series | None = None
    overflow: dict[int, tuple[str, ...]] = field(default_factory=dict)
    merged: tuple[tuple[int, int, int, int], ...] = ()
    is_sheet: bool = False
    area: Area | None = None
    hidden: frozenset[int] = frozenset()
    choices: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def filled(self) -> pl.Series:
        """How many cells of each row hold something."""
        if not self.frame.width:
            return pl.Series("filled", [0] * self.frame.height, dtype=pl.UInt32)
        return self.frame.select(filled=pl.sum_horizontal(pl.all().is_not_null().cast(pl.UInt32))).to_series()

    def rows(self, start: int, stop: int) -> list[tuple[str | None, ...]]:
        return self.frame.slice(start, max(0, stop - start)).rows()


def names(width: int) -> list[str]:
    return [str(i) for i in range(width)]


def column_letter(index: int) -> str:
    """The name a spreadsheet gives a column: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def blanks_to_null(frame: pl.DataFrame) -> pl.DataFrame:
    """Cells without any visible character become null; all others stay as they are."""
    if not frame.width:
        return frame
    # A blank cell is empty or begins with a space, so it sorts before "!", or with one of the spaces beyond ASCII.
    suspect = (pl.all() < "!").any() | (pl.all() >= "\x80").any()
    suspects = [name for name, is_one in zip(frame.columns, frame.select(suspect).row(0), strict=True) if is_one]
    return frame.with_columns(pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name)) for name in suspects)


def grid_of(rows: Sequence[Sequence[str]]) -> Grid:
    """A grid out of parsed rows of different widths. Raises InputError ``reading.too_many_columns``."""
    widths = [len(row) for row in rows]
    width = frame_width(widths)
    if width > MAX_COLUMNS:  # before any column is made
        raise InputError("reading.too_many_columns", given=width, allowed=MAX_COLUMNS)
    overflow = {i: tuple(row) for i, row in enumerate(rows) if len(row) > width}
    columns: Iterable[Sequence[str | None]] = zip_longest(*(row[:width] for row in rows))
    data = {str(i): pl.Series(str(i), list(column), dtype=pl.String) for i, column in enumerate(columns)}
    frame = pl.DataFrame(data) if data else pl.DataFrame({"0": pl.Series([None] * len(rows), dtype=pl.String)})
    ragged = len(set(widths)) > 1 or bool(widths and widths[0] != frame.width)
    return Grid(blanks_to_null(frame), pl.Series(widths, dtype=pl.Int32) if ragged else None, overflow)


def frame_width(widths: Sequence[int] | pl.Series) -> int:
    """How many columns the frame of such rows needs: all, or what at least one row in a hundred has in a large file."""
    series = pl.Series(widths, dtype=pl.Int64)
    if series.is_empty():
        return 0
    widest = cast(int, series.max())
    if widest <= 50 or widest * series.len() <= _FREE_CELLS:
        return widest
    return int(series.quantile(0.99, "higher") or 0)
