"""Delimited text: which character separates the cells, and the cells themselves.

Three ways to the same rows, the fastest that is certain to be right: Polars' parser where the file is regular (checked
by counting separators, because its parser pads short rows without a word), splitting line by line where no quote is in
the file, and the csv module for everything else.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from dataclasses import dataclass

import polars as pl

from funnel.errors import InputError
from funnel.intake.reading.grid import MAX_COLUMNS, Grid, blanks_to_null, frame_width, grid_of, names

DELIMITERS: tuple[str, ...] = (",", ";", "\t", "|", " ")  # " " = runs of blanks
_SAMPLE_BYTES = 1 << 18
_SAMPLE_ROWS = 400
_GOOD_SHARE = 0.8
_ENOUGH_SEPARATORS = 4  # in the right places, to believe that a cell holds whole rows

# The csv module's own limit of 131,072 characters would refuse a long note in a cell.
csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True, slots=True)
class Delimited:
    """``n_unquoted``: rows that a stray quotation mark had swallowed and that were taken apart again."""

    grid: Grid
    delimiter: str | None
    n_unquoted: int = 0


def read_delimited(content: bytes, delimiter: str | None = None) -> Delimited:
    """Read UTF-8 text. ``delimiter`` None is detected; in the result it is None for a file of one column.

    Raises InputError for a delimiter that is not one visible or blank ASCII character, and for too many columns.
    """
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n' or not delimiter.isascii()):
        raise InputError("reading.unknown_delimiter", given=delimiter, allowed=list(DELIMITERS))
    sample = _sample(content)
    found = delimiter if delimiter is not None else detect_delimiter(sample)
    if found == " ":
        return Delimited(grid_of([line.split() for line in _text(content).splitlines()]), found)
    separator = found or ","
    grid = None
    if found is not None:
        widest = max((len(row) for row in _records(sample, separator)), default=1)
        if widest > MAX_COLUMNS:
            raise InputError("reading.too_many_columns", given=widest, allowed=MAX_COLUMNS)
        grid = _read_regular(content, separator)
    if grid is None and b'"' not in content and not _has_bare_cr(content):
        grid = _read_lines(content, separator if found is not None else None)
    n_unquoted = 0
    if grid is None:
        rows, n_unquoted = _read_quoted(content, separator)
        grid = grid_of(rows)
    if grid.frame.width > MAX_COLUMNS:
        raise InputError("reading.too_many_columns", given=grid.frame.width, allowed=MAX_COLUMNS)
    return Delimited(grid, found, n_unquoted)


def detect_delimiter(sample: str) -> str | None:
    """The separator of the cells, or None where the text has one column.

    A separator is judged by how many rows agree on a number of cells, and by how early such a row comes: decimal
    commas cut the data of a semicolon file regularly too, but not its header.
    """
    rated: list[tuple[int, float, str]] = []
    for separator in DELIMITERS[:4]:
        widths = [len(row) for row in _records(sample, separator) if any(cell.strip() for cell in row)]
        usual = Counter(width for width in widths if width > 1).most_common(1)
        if not usual:
            continue
        width, n = usual[0]
        agree = n / len(widths)
        cut = sum(w > 1 for w in widths) / len(widths)
        if cut < 0.5:
            continue
        first = next(i for i, w in enumerate(widths) if w >= max(2, width // 2)) if agree >= _GOOD_SHARE else 99
        rated.append((first, -(agree + cut) * math.log1p(width), separator))
    if rated:
        return min(rated)[2]
    lines = [line.split() for line in sample.splitlines() if line.strip()]
    if len(lines) >= 3 and len(lines[0]) >= 3 and all(len(cells) == len(lines[0]) for cells in lines):
        return " "
    return None


def _sample(content: bytes) -> str:
    head = content[:_SAMPLE_BYTES]
    if len(head) < len(content) and b"\n" in head:
        head = head[: head.rfind(b"\n") + 1]
    return _text(head)


def _text(content: bytes) -> str:
    return content.decode("utf-8", errors="replace")


def _records(text: str, separator: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    return [row for _, row in zip(range(_SAMPLE_ROWS), reader, strict=False)]


def _has_bare_cr(content: bytes) -> bool:
    return b"\r" in content and content.count(b"\r") != content.count(b"\r\n")


_EMPTY_LINE = re.compile(rb"(?:\A|\n)(?=\r?\n)")


def _read_regular(content: bytes, separator: str) -> Grid | None:
    """The whole file by Polars' parser, or None unless every row is sure to have the same number of cells."""
    if _has_bare_cr(content):
        return None
    first_line = content[: content.find(b"\n") + 1] or content
    rows = _records(_text(first_line), separator)
    width = len(rows[0]) if rows else 0
    if width < 2:
        return None
    try:
        frame = pl.read_csv(
            content, separator=separator, has_header=False, infer_schema=False,
            schema=dict.fromkeys(names(width), pl.String),
        )  # fmt: skip
    except pl.exceptions.PolarsError:
        return None
    n_separators = content.count(separator.encode())
    if b'"' in content:
        inner = frame.select(pl.sum_horizontal(pl.all().str.count_matches(separator, literal=True)).sum()).item()
        n_separators -= int(inner or 0)
        mark = re.escape(separator)
        whole_line = rf"\n(?:[^{mark}\n]*{mark}){{{width - 1}}}[^{mark}\n]*\n"
        if frame.select(pl.any_horizontal(pl.all().str.contains(whole_line).any())).item():
            return None  # a stray quotation mark may have swallowed rows
    # blank lines have no separator at all; every other row must have width - 1
    n_blank, rest = divmod(frame.height * (width - 1) - n_separators, width - 1)
    n_null = frame.select(pl.all_horizontal(pl.all().is_null()).sum()).item() if n_blank else 0
    if rest or not 0 <= n_blank <= n_null:
        return None
    if n_blank and b'"' in content and frame.select(pl.any_horizontal(pl.all().str.contains(r"\n\r?\n")).any()).item():
        return None  # an empty line inside a cell is none of the file
    if n_blank and len(_EMPTY_LINE.findall(content)) != n_blank:
        return None  # short rows of separators alone have no cell either, but are no blank lines
    return Grid(blanks_to_null(frame))


def _read_lines(content: bytes, separator: str | None) -> Grid | None:
    """A file without any quotation mark: a line is a row, whatever its number of cells."""
    try:
        lines = pl.read_csv(
            content, separator="\x01", quote_char=None, has_header=False, infer_schema=False,
            schema={"line": pl.String}, truncate_ragged_lines=False,
        )["line"]  # fmt: skip
    except pl.exceptions.PolarsError:
        return None
    if separator is None:
        return Grid(blanks_to_null(lines.rename("0").to_frame()))
    widths = lines.str.count_matches(separator, literal=True).fill_null(0).cast(pl.Int32) + lines.is_not_null()
    width = max(frame_width(widths), 1)
    if width > MAX_COLUMNS:
        raise InputError("reading.too_many_columns", given=width, allowed=MAX_COLUMNS)
    wide = (widths > width).arg_true().to_list()
    overflow = {int(i): tuple(lines[int(i)].split(separator)) for i in wide}
    frame = lines.str.split_exact(separator, width - 1).struct.unnest()
    frame.columns = names(width)
    return Grid(blanks_to_null(frame), widths, overflow)


def _read_quoted(content: bytes, separator: str) -> tuple[list[list[str]], int]:
    """Rows by the csv module; a row that a stray quotation mark stretched over whole rows is taken apart again."""
    lines = list(io.StringIO(_text(content), newline=""))
    reader = csv.reader(lines, delimiter=separator)
    read: list[tuple[int, int, list[str]]] = []
    first = 0
    for row in reader:
        read.append((first, reader.line_num, row))
        first = reader.line_num
    usual = Counter(len(row) for first, last, row in read if last - first == 1 and row).most_common(1)
    rows: list[list[str]] = []
    n_unquoted = 0
    for first, last, row in read:
        taken = lines[first:last]
        if len(taken) > 2 and usual and _swallowed(taken, usual[0][0], separator):
            rows.extend(_alone(line, separator) for line in taken)
            n_unquoted += len(taken)
        else:
            rows.append(row)
    return rows, n_unquoted


def _swallowed(taken: list[str], width: int, separator: str) -> bool:
    """Most of the lines inside one row are whole rows by themselves: no note in a cell looks like that."""
    inner = taken[1:-1]
    whole = sum(_is_whole(line, width, separator) for line in inner)
    return whole * 2 > len(inner) and whole * (width - 1) >= _ENOUGH_SEPARATORS


def _is_whole(line: str, width: int, separator: str) -> bool:
    try:
        return len(next(csv.reader([line], delimiter=separator, strict=True), [])) == width
    except csv.Error:
        return False


def _alone(line: str, separator: str) -> list[str]:
    line = line.rstrip("\r\n")
    if line.count('"') % 2:
        return line.split(separator)
    return next(csv.reader([line], delimiter=separator), [])


_CELL = re.compile(r'[",\r\n]')


def as_line(cells: tuple[str | None, ...] | list[str | None]) -> str:
    """Cells as one line of CSV: how a rejected row is shown and downloaded."""
    return ",".join(
        '"' + cell.replace('"', '""') + '"' if cell and _CELL.search(cell) else cell or "" for cell in cells
    )
