"""What only the XML of an .xlsx tells: merged cells, errors, cut numbers, hidden rows, Excel tables, drop-down lists.

Read in pieces with patterns: the XML of a large sheet is far larger than its content.
"""

from __future__ import annotations

import io
import re
import xml.sax.saxutils
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from posixpath import basename, dirname, join, normpath

import polars as pl

from funnel.errors import InputError
from funnel.intake.reading.grid import Area

# Cells of the rectangle around all used cells: the reader fills it, and one stray cell in the last corner of a sheet
# would need 400 GB.
MAX_CELLS = 60_000_000
_CHUNK = 1 << 22
_OVERLAP = 4096  # longer than any tag that is looked for
_MOST_TAIL = 1 << 22  # of what stands behind the cells
_N_ERRORS = 50


@dataclass
class SheetXml:
    """One sheet. Rows and columns count from 0; ``lists``: (first column, last column) → the formula of a drop-down."""

    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)
    last_row: int = 0
    n_errors: int = 0
    n_cut: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    tables: list[Area] = field(default_factory=list)
    lists: dict[tuple[int, int], str] = field(default_factory=dict)

    @property
    def first_column(self) -> int:
        return min(map(column_index, self.columns), default=0)

    @property
    def n_cells(self) -> int:
        return (max(map(column_index, self.columns), default=0) - self.first_column + 1) * self.last_row


@dataclass
class BookXml:
    """``sheets``: name → what its XML says; ``names``: defined names → formula."""

    sheets: Mapping[str, SheetXml] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


_PLACE = r'(?-u:<(?:\w+:)?(?:row|c)\b)[^>]*?(?-u:\b)r="[A-Z]{0,3}[0-9]{1,7}'
"""Where a row or a cell stands, at the end of what is found. For Polars, as ``_CUT``: millions of them are found in a
third of the time."""
_HIDDEN = re.compile(rb'<(?:\w+:)?row\b[^>]*?\bhidden="(?:1|true)"[^>]*>')
_NUMBER = re.compile(rb'\br="([0-9]{1,7})"')
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
_ERROR = re.compile(rb'<(?:\w+:)?c\b[^>]*?\bt="e"')
_SHOWN_ERROR = re.compile(
    rb'<(?:\w+:)?c\b[^>]*?\br="[A-Z]{1,3}([0-9]{1,7})"[^>]*?\bt="e"[^>]*>(?:<(?:\w+:)?f\b[^>]*>[^<]*</(?:\w+:)?f>)?'
    rb"<(?:\w+:)?v>([^<]{1,20})<"
)
_CUT = r"<(?-u:\w+:)?v>-?(?:[0-9](?:\.[0-9]+)?E\+(?:1[5-9]|[2-9][0-9])|[1-9][0-9]{15,})</"
_VALIDATION = re.compile(rb'<(?:\w+:)?dataValidation\b([^>]*?\btype="list"[^>]*)>(.*?)</(?:\w+:)?dataValidation>', re.S)
_FORMULA = re.compile(rb"<(?:xm:f|(?:\w+:)?formula1)>(?:<xm:f>)?([^<]+)<")
_SQREF = re.compile(rb'\bsqref="([^"]+)"|<xm:sqref>([^<]+)<')
_COLUMNS = re.compile(r"\$?([A-Z]{1,3})\$?\d+(?::\$?([A-Z]{1,3})\$?\d+)?")
_TABLE = re.compile(rb'<(?:\w+:)?table\b[^>]*?\bref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"[^>]*>')


def scan_workbook(data: bytes) -> BookXml:
    """What the XML of the sheets says. Formats without sheet XML (.xlsb, .ods) give nothing.

    Raises InputError ``reading.damaged``, ``reading.too_large``.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = set(archive.namelist())
            paths = _sheet_paths(archive, members)
            sheets = {name: _scan_sheet(archive, path) for name, path in paths.items() if path in members}
            for name, path in paths.items():
                if name in sheets:
                    sheets[name].tables = list(_tables(archive, members, path))
            return BookXml(sheets, _names(archive) if sheets else {})
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, RuntimeError) as error:
        raise InputError("reading.damaged", given="Excel") from error


def _targets(archive: zipfile.ZipFile, path: str) -> dict[str, str]:
    """Relation id → target, as the file of relations says it."""
    targets = {}
    for tag in re.findall(rb"<(?:\w+:)?Relationship\b[^>]*>", archive.read(path)):
        key, target = re.search(rb'\bId="([^"]*)"', tag), re.search(rb'\bTarget="([^"]*)"', tag)
        if key and target:
            targets[key[1].decode("utf-8", "replace")] = target[1].decode("utf-8", "replace")
    return targets


def _sheet_paths(archive: zipfile.ZipFile, members: set[str]) -> dict[str, str]:
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= members:
        return {}
    targets = _targets(archive, "xl/_rels/workbook.xml.rels")
    paths = {}
    for tag in re.findall(rb"<(?:\w+:)?sheet\b[^>]*>", archive.read("xl/workbook.xml")):
        name, key = re.search(rb'\bname="([^"]*)"', tag), re.search(rb'\b\w+:id="([^"]*)"', tag)
        if name and key and key[1].decode() in targets:
            target = targets[key[1].decode()]
            paths[_plain(name[1])] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return paths


def _names(archive: zipfile.ZipFile) -> dict[str, str]:
    found = re.findall(rb'<(?:\w+:)?definedName\b[^>]*?\bname="([^"]*)"[^>]*>([^<]*)<', archive.read("xl/workbook.xml"))
    return {_plain(name): _plain(formula) for name, formula in found}


def _tables(archive: zipfile.ZipFile, members: set[str], sheet: str) -> Iterator[Area]:
    """The Excel tables of a sheet that have a header row."""
    relations = join(dirname(sheet), "_rels", basename(sheet) + ".rels")
    for target in _targets(archive, relations).values() if relations in members else ():
        path = target.lstrip("/") if target.startswith("/") else normpath(join(dirname(sheet), target))
        if "/tables/" not in path or path not in members:
            continue
        match = _TABLE.search(archive.read(path)[:8192])
        if match and b'headerRowCount="0"' not in match[0]:
            left, top, right, bottom = match.groups()
            totals = re.search(rb'\btotalsRowCount="([0-9]+)"', match[0])
            yield Area(
                int(top) - 1,
                _column_index(left),
                int(bottom) - 1,
                _column_index(right),
                int(totals[1]) if totals else 0,
            )


def _scan_sheet(archive: zipfile.ZipFile, path: str) -> SheetXml:
    found = SheetXml()
    tail = b""
    for piece in _pieces(archive, path):
        text = pl.Series([piece.decode("utf-8", "replace")])
        place = text.str.extract_all(_PLACE).list.explode(empty_as_null=False)
        found.columns.update(place.str.extract("([A-Z]+)[0-9]+$").drop_nulls().unique())
        rows = place.str.extract("([0-9]+)$").cast(pl.Int32).to_frame().select(pl.all().max()).item()
        found.last_row = max(found.last_row, rows or 0)
        found.n_cut += text.str.count_matches(_CUT).item()
        found.n_errors += len(_ERROR.findall(piece)) if b't="e"' in piece else 0
        if found.n_errors and len(found.errors) < _N_ERRORS:
            found.errors += [(int(row) - 1, _plain(shown)) for row, shown in _SHOWN_ERROR.findall(piece)]
        for tag in _HIDDEN.findall(piece) if b"hidden=" in piece else ():
            if number := _NUMBER.search(tag):
                found.hidden.add(int(number[1]) - 1)
        for left, top, right, bottom in _MERGED.findall(piece) if b"mergeCell" in piece else ():
            found.merged.append((int(top) - 1, _column_index(left), int(bottom) - 1, _column_index(right)))
        end = piece.rfind(b"sheetData>")
        if (tail or end >= 0) and len(tail) < _MOST_TAIL:
            tail += piece[max(end, 0) :]
    for attributes, content in _VALIDATION.findall(tail):
        formula, where = _FORMULA.search(content), _SQREF.search(attributes + content)
        if formula is None or where is None:
            continue
        for left, right in _COLUMNS.findall(_plain(where[1] or where[2])):
            found.lists[column_index(left), column_index(right or left)] = _plain(formula[1])
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


def _plain(text: bytes) -> str:
    return xml.sax.saxutils.unescape(text.decode("utf-8", "replace"), {"&quot;": '"', "&apos;": "'"})


def column_index(letters: str) -> int:
    """The place (from 0) of a column that a spreadsheet calls so: A is 0, AA is 26."""
    return _column_index(letters.encode())


def _column_index(letters: bytes) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + letter - 64
    return index - 1
