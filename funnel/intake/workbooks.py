"""Excel workbooks (.xlsx, .xlsm, .xlsb, .ods, .xls): one sheet as a grid of text.

Dates of cells come as ISO text, numbers without a trailing ``.0``. What the text can no longer tell is looked up in the
sheet's XML: merged cells, cells with an error, numbers of which Excel has kept only 15 digits.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass

import fastexcel
import polars as pl

from funnel.errors import InputError
from funnel.intake.grid import MAX_COLUMNS, Grid, blanks_to_null, names

# Cells of the rectangle around all used cells: the reader fills it, and one stray cell in the last corner of a sheet
# would need 400 GB.
MAX_CELLS = 60_000_000
_MAX_ROWS = 1_048_576


@dataclass(frozen=True)
class Workbook:
    """``n_errors``: cells with an Excel error (#N/A, #DIV/0!), read as blank. ``n_cut``: numbers beyond 15 digits."""

    grid: Grid
    sheet: str
    sheets: tuple[str, ...]
    n_errors: int = 0
    n_cut: int = 0


@dataclass(frozen=True)
class _SheetXml:
    merged: tuple[tuple[int, int, int, int], ...] = ()
    first_column: int = 0
    n_errors: int = 0
    n_cut: int = 0


def read_workbook(data: bytes, kind: str, sheet: str | None = None) -> Workbook:
    """One sheet: the one named, or the first visible one that holds anything.

    Raises InputError: ``reading.damaged``, ``reading.password``, ``reading.unknown_sheet``, ``reading.too_large``,
    ``reading.too_many_columns``, ``reading.empty_file``.
    """
    reader = _open(data)
    if not reader.sheet_names:
        raise InputError("reading.empty_file")
    if sheet is not None and sheet not in reader.sheet_names:
        raise InputError("reading.unknown_sheet", given=sheet, allowed=list(reader.sheet_names))
    scans = _scan(data) if kind == "xlsx" else {}
    empty: Workbook | None = None
    for name in [sheet] if sheet is not None else list(reader.sheet_names):
        found = _load(reader, name)
        scan = scans.get(name, _SheetXml())
        merged = tuple((r0, c0 - scan.first_column, r1, c1 - scan.first_column) for r0, c0, r1, c1 in scan.merged)
        book = Workbook(
            Grid(found, merged=tuple(m for m in merged if m[1] >= 0)),
            name, tuple(reader.sheet_names), scan.n_errors, scan.n_cut,
        )  # fmt: skip
        if found.width and (sheet is not None or found.height):
            return book
        empty = empty or book
    if empty is None or not empty.grid.frame.width:
        raise InputError("reading.empty_file")
    return empty


def _open(data: bytes) -> fastexcel.ExcelReader:
    try:
        return fastexcel.read_excel(data)
    except fastexcel.FastExcelError as error:
        raise _refusal(error) from error


def _load(reader: fastexcel.ExcelReader, name: str) -> pl.DataFrame:
    try:
        loaded = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        if loaded.width > MAX_COLUMNS:
            raise InputError("reading.too_many_columns", given=loaded.width, allowed=MAX_COLUMNS)
        frame = loaded.to_polars()
    except fastexcel.FastExcelError as error:
        raise _refusal(error) from error
    frame.columns = names(frame.width)
    return blanks_to_null(frame)


def _refusal(error: Exception) -> InputError:
    if "password" in str(error).lower():
        return InputError("reading.password")
    return InputError("reading.damaged", given="Excel")


def _scan(data: bytes) -> dict[str, _SheetXml]:
    """Sheet name → what its XML says. Formats without sheet XML (.xlsb, .ods) give nothing."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {
                name: _scan_sheet(archive.read(path))
                for name, path in _sheet_paths(archive).items()
                if path in archive.namelist()
            }
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise InputError("reading.damaged", given="Excel") from error


def _sheet_paths(archive: zipfile.ZipFile) -> dict[str, str]:
    members = archive.namelist()
    if "xl/workbook.xml" not in members or "xl/_rels/workbook.xml.rels" not in members:
        return {}
    targets = {}
    for tag in re.findall(rb"<(?:\w+:)?Relationship\b[^>]*>", archive.read("xl/_rels/workbook.xml.rels")):
        key, target = re.search(rb'\bId="([^"]*)"', tag), re.search(rb'\bTarget="([^"]*)"', tag)
        if key and target:
            targets[key[1]] = target[1].decode("utf-8", "replace")
    paths = {}
    for tag in re.findall(rb"<(?:\w+:)?sheet\b[^>]*>", archive.read("xl/workbook.xml")):
        name, key = re.search(rb'\bname="([^"]*)"', tag), re.search(rb'\b\w+:id="([^"]*)"', tag)
        if name and key and key[1] in targets:
            target = targets[key[1]]
            paths[_unescape(name[1])] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return paths


def _unescape(text: bytes) -> str:
    plain = text.decode("utf-8", "replace")
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        plain = plain.replace(entity, char)
    return plain


_REF = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"')


def _scan_sheet(xml: bytes) -> _SheetXml:
    n_cells = xml.count(b"<c ") + xml.count(b":c ")
    first_column = 0
    if n_cells:
        columns: set[bytes] = set()
        last_row = 1
        first_row = _MAX_ROWS
        for letters, row in _REF.findall(xml):
            columns.add(letters)
            last_row = max(last_row, int(row))
            first_row = min(first_row, int(row))
        if columns:
            indices = [_column_index(letters) for letters in columns]
            first_column = min(indices)
            n = (max(indices) - first_column + 1) * last_row
            if n > MAX_CELLS:
                raise InputError("reading.too_large", given=n, allowed=MAX_CELLS)
    merged = []
    for a, b, c, d in re.findall(
        rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"', xml
    ):
        merged.append((int(b) - 1, _column_index(a), int(d) - 1, _column_index(c)))
    n_errors = len(re.findall(rb'<(?:\w+:)?c\b[^>]*\bt="e"', xml))
    n_cut = len(re.findall(rb"<v>-?[0-9](?:\.[0-9]+)?E\+(?:1[5-9]|[2-9][0-9])</v>|<v>-?[1-9][0-9]{15,}</v>", xml))
    return _SheetXml(tuple(merged), first_column, n_errors, n_cut)


def _column_index(letters: bytes) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + letter - 64
    return index - 1
