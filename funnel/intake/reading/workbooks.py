"""Workbooks (.xlsx, .xlsm, .xlsb, .ods, .fods, .xls): one sheet as a grid of text.

Dates of cells come as ISO text, numbers without a trailing ``.0``. What the text can no longer tell is looked up in the
sheet's XML (``workbook_xml``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from funnel.errors import InputError
from funnel.intake.reading.apart import read_apart
from funnel.intake.reading.grid import Area, Grid, blanks_to_null, names
from funnel.intake.reading.workbook_xml import BookXml, SheetXml, column_index, scan_workbook

_MOST_CHOICES = 100
_CELL = r"\$?(?P<{0}>[A-Z]{{1,3}})\$?(?P<{1}>\d+)"
_RANGE = re.compile(rf"(?:'?(?P<sheet>[^'!]+)'?!)?{_CELL.format('left', 'top')}:{_CELL.format('right', 'bottom')}")


@dataclass(frozen=True)
class Workbook:
    """``n_errors``: cells with an Excel error, read as blank; ``errors``: which (#N/A, #NAME?), ``error_rows``: some of
    the rows (from 1). ``n_cut``: numbers beyond 15 digits.
    """

    grid: Grid
    sheet: str
    sheets: tuple[str, ...]
    n_errors: int = 0
    n_cut: int = 0
    errors: tuple[str, ...] = ()
    error_rows: tuple[int, ...] = ()
    is_visible: bool = True
    scanned: BookXml = field(default_factory=BookXml)


def read_workbook(data: bytes, kind: str, sheet: str | None = None, scanned: BookXml | None = None) -> Workbook:
    """One sheet: the one named, or the first visible one that looks like a table, else that holds anything.

    ``scanned``: what another sheet of the same workbook came with (``Workbook.scanned``), so that its XML is read once.

    Raises InputError: ``reading.damaged``, ``reading.password``, ``reading.unknown_sheet``, ``reading.too_large``,
    ``reading.too_many_columns``, ``reading.empty_file``.
    """
    is_xml = kind == "xlsx" and data.startswith(b"PK")
    book = scanned or (scan_workbook(data) if is_xml else BookXml())
    found = read_apart(kind, data, sheet)
    frame = found.frame
    if not frame.width:
        raise InputError("reading.empty_file", sheets=list(found.sheets))
    frame.columns = names(frame.width)
    scan = book.sheets.get(found.sheet) or SheetXml()
    shift = scan.first_column
    merged = tuple(
        (top, left - shift, bottom, right - shift) for top, left, bottom, right in scan.merged if left >= shift
    )
    grid = Grid(
        blanks_to_null(frame),
        merged=merged,
        is_sheet=True,
        area=_area(scan, frame),
        hidden=frozenset(scan.hidden),
        choices=_choices(data, kind, book, found.sheet, frame),
    )
    return Workbook(
        grid,
        found.sheet,
        found.sheets,
        scan.n_errors,
        scan.n_cut,
        tuple(dict.fromkeys(shown for _, shown in scan.errors)),
        tuple(sorted({row + 1 for row, _ in scan.errors})),
        found.is_visible,
        book,
    )


def _area(scan: SheetXml, frame: pl.DataFrame) -> Area | None:
    """The only Excel table of the sheet, where it holds most of what is on it."""
    if len(scan.tables) != 1:
        return None
    (area,) = scan.tables
    shift = scan.first_column
    area = Area(area.top, area.left - shift, area.bottom, area.right - shift, area.n_totals)
    filled = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    inside = filled.slice(area.top, area.bottom + 1 - area.top)
    is_there = area.left >= 0 and area.right < frame.width and area.top < area.bottom < frame.height
    return area if is_there and int(inside.sum()) * 2 >= int(filled.sum()) else None


def _choices(data: bytes, kind: str, book: BookXml, sheet: str, frame: pl.DataFrame) -> Mapping[int, tuple[str, ...]]:
    """Column → the entries of its drop-down list, typed into it or standing in cells of this or another sheet."""
    scan = book.sheets.get(sheet) or SheetXml()
    found: dict[int, tuple[str, ...]] = {}
    read = {sheet: frame}
    for (left, right), formula in scan.lists.items():
        formula = book.names.get(formula, formula).lstrip("=")  # noqa: PLW2901  (a name stands for its formula)
        if formula.startswith('"'):
            entries = [entry.strip() for entry in formula.strip('"').split(",")]
        elif (match := _RANGE.fullmatch(formula)) and (match["sheet"] or sheet) in book.sheets:
            name = match["sheet"] or sheet
            if name not in read:
                read[name] = read_apart(kind, data, name).frame
            entries = _cells(read[name], book.sheets[name].first_column, match)
        else:
            continue
        entries = list(dict.fromkeys(entry for entry in entries if entry))
        if 1 < len(entries) <= _MOST_CHOICES:
            found |= {column - scan.first_column: tuple(entries) for column in range(left, right + 1)}
    return found


def _cells(frame: pl.DataFrame, shift: int, area: re.Match[str]) -> list[str]:
    rows = frame.slice(int(area["top"]) - 1, min(int(area["bottom"]) + 1 - int(area["top"]), _MOST_CHOICES + 1))
    left, right = column_index(area["left"]) - shift, column_index(area["right"]) - shift
    columns = rows.columns[max(left, 0) : right + 1]
    return [str(cell).strip() for column in columns for cell in rows[column] if cell is not None]
