"""Excel workbooks (.xlsx, .xlsm, .xlsb, .ods, .xls): one sheet as a grid of text.

Dates of cells come as ISO text, numbers without a trailing ``.0``. What the text can no longer tell is looked up in the
sheet's XML: merged cells, cells with an error, numbers of which Excel has kept only 15 digits.
"""

from __future__ import annotations

import io
import re
import xml.sax.saxutils
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from funnel.errors import InputError
from funnel.intake.reading.apart import read_apart
from funnel.intake.reading.grid import Grid, blanks_to_null, names

# Cells of the rectangle around all used cells: the reader fills it, and one stray cell in the last corner of a sheet
# would need 400 GB.
MAX_CELLS = 60_000_000
_CHUNK = 1 << 22
_OVERLAP = 4096  # longer than any tag that is looked for


@dataclass(frozen=True)
class Workbook:
    """``n_errors``: cells with an Excel error (#N/A, #DIV/0!), read as blank. ``n_cut``: numbers beyond 15 digits."""

    grid: Grid
    sheet: str
    sheets: tuple[str, ...]
    n_errors: int = 0
    n_cut: int = 0


@dataclass
class _SheetXml:
    merged: list[tuple[int, int, int, int]]
    columns: set[bytes]
    last_row: int = 0
    n_errors: int = 0
    n_cut: int = 0

    @property
    def first_column(self) -> int:
        return min(map(_column_index, self.columns), default=0)

    @property
    def n_cells(self) -> int:
        return (max(map(_column_index, self.columns), default=0) - self.first_column + 1) * self.last_row


def read_workbook(data: bytes, kind: str, sheet: str | None = None) -> Workbook:
    """One sheet: the one named, or the first visible one that looks like a table, else that holds anything.

    Raises InputError: ``reading.damaged``, ``reading.password``, ``reading.unknown_sheet``, ``reading.too_large``,
    ``reading.too_many_columns``, ``reading.empty_file``.
    """
    scans = _scan(data) if kind == "xlsx" and data.startswith(b"PK") else {}
    found = read_apart(kind, data, sheet)
    frame = found.frame
    if not frame.width:
        raise InputError("reading.empty_file", sheets=list(found.sheets))
    frame.columns = names(frame.width)
    scan = scans.get(found.sheet) or _SheetXml([], set())
    shift = scan.first_column
    merged = tuple(
        (top, left - shift, bottom, right - shift) for top, left, bottom, right in scan.merged if left >= shift
    )
    return Workbook(
        Grid(blanks_to_null(frame), merged=merged, is_sheet=True), found.sheet, found.sheets, scan.n_errors, scan.n_cut
    )


# --- what only the XML knows --------------------------------------------------------------------------------------

_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})[0-9]')
_ROW = re.compile(rb'<(?:\w+:)?(?:row|c)\b[^>]*?\br="[A-Z]{0,3}([0-9]{1,7})"')
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
_ERROR = re.compile(rb'<(?:\w+:)?c\b[^>]*?\bt="e"')
_CUT = re.compile(rb"<(?:\w+:)?v>-?(?:[0-9](?:\.[0-9]+)?E\+(?:1[5-9]|[2-9][0-9])|[1-9][0-9]{15,})</")


def _scan(data: bytes) -> dict[str, _SheetXml]:
    """Sheet name → what its XML says. Formats without sheet XML (.xlsb, .ods) give nothing."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = set(archive.namelist())
            paths = _sheet_paths(archive, members)
            return {name: _scan_sheet(archive, path) for name, path in paths.items() if path in members}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, RuntimeError) as error:
        raise InputError("reading.damaged", given="Excel") from error


def _sheet_paths(archive: zipfile.ZipFile, members: set[str]) -> dict[str, str]:
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= members:
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
            plain = xml.sax.saxutils.unescape(name[1].decode("utf-8", "replace"), {"&quot;": '"', "&apos;": "'"})
            paths[plain] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return paths


def _scan_sheet(archive: zipfile.ZipFile, path: str) -> _SheetXml:
    """What the tags of a sheet say, read in pieces: the XML of a large sheet is far larger than its content."""
    found = _SheetXml([], set())
    for piece in _pieces(archive, path):
        found.columns.update(_CELL.findall(piece))
        found.last_row = max(found.last_row, max(map(int, _ROW.findall(piece)), default=0))
        found.n_errors += len(_ERROR.findall(piece))
        found.n_cut += len(_CUT.findall(piece))
        for left, top, right, bottom in _MERGED.findall(piece):
            found.merged.append((int(top) - 1, _column_index(left), int(bottom) - 1, _column_index(right)))
    if found.n_cells > MAX_CELLS:
        raise InputError("reading.too_large", given=found.n_cells, allowed=MAX_CELLS)
    return found


def _pieces(archive: zipfile.ZipFile, path: str) -> Iterator[bytes]:
    """The member in pieces that end between two tags, so that no tag is cut in two or seen twice."""
    rest = b""
    with archive.open(path) as file:
        while chunk := file.read(_CHUNK):
            piece = rest + chunk
            end = piece.rfind(b"<", max(0, len(piece) - _OVERLAP))
            # a cell's value belongs to the piece of its tag: cut before a whole cell where one is near
            cell = piece.rfind(b"<c ", max(0, len(piece) - _OVERLAP))
            end = cell if cell > 0 else end
            if end <= 0:
                end = len(piece)
            yield piece[:end]
            rest = piece[end:]
    yield rest


def _column_index(letters: bytes) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + letter - 64
    return index - 1
