"""Where the tables of a grid begin and end, and which of their rows is the header.

A blank row ends a block of rows. A block opens a new table if its first dense row looks like a header that brings other
columns, or text where the table so far holds values; otherwise it goes on with the table before. Sparse rows above a
header are titles.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from funnel.intake.grid import Grid

_HEAD_ROWS = 30  # rows of a block that are looked at for its header
_MAX_BLOCKS = 60  # more blank rows than that are a habit of the file, not borders of tables
# A cell that no header would hold: a number, an amount, a percentage, a date
_VALUE = re.compile(
    r"^[\s(+-]*(?:[^\w\s(]|[a-z]{0,3}\$)?\s*[\d.,' ]*\d[\d.,' ]*\s*(?:[%‰kKmM万亿元)]|[^\w\s(])*$"
    r"|^\d{1,4}[-/.年]\d{1,2}([-/.月]\d{1,4}日?)?([T ]+.*)?$"
)
# A heading that is a period is a heading all the same: wide counts files have one column per month.
_PERIOD = re.compile(r"^(?:19|20)\d{2}(?:[-/.年]?(?:q[1-4]|w\d{1,2}|\d{1,2})月?)?(?:[-/.]\d{1,2})?年?$", re.IGNORECASE)


@dataclass(frozen=True)
class Span:
    """Rows start..stop (file rows from 0, stop excluded) of one table; ``header`` None: it has no header row."""

    start: int
    header: int | None
    stop: int
    group: int | None = None  # a row of group headings directly above the header


def spans_of(grid: Grid, filled: pl.Series) -> list[Span]:
    """The tables of a grid, in order. A block of rows after a blank row opens a new one if it brings another header."""
    height = grid.frame.height
    blank = (filled == 0).arg_true().to_list()
    borders = blank if len(blank) <= _MAX_BLOCKS else []
    starts = [i for i in [0, *(row + 1 for row in borders)] if i < height and filled[i] > 0]
    ends = [next((row for row in borders if row > start), height) for start in starts]
    if not borders or not starts:
        first = int(filled.gt(0).arg_max() or 0)
        starts, ends = [first], [height]
    spans: list[Span] = []
    for start, end in zip(starts, ends, strict=True):
        found = _header_in(grid, filled, start, end)
        if found is None:
            continue  # a title or a footnote: it stays with the table before, or above the first one
        header, group = found
        if spans and not _opens_table(grid, spans[-1], header, end):
            continue
        if spans:
            spans[-1] = Span(spans[-1].start, spans[-1].header, start, spans[-1].group)
        spans.append(Span(start, header, height, group))
    if not spans:
        first = starts[0]
        spans = [Span(first, first, height)]
    return [_without_header_of_data(grid, span) for span in spans]


def _header_in(grid: Grid, filled: pl.Series, start: int, end: int) -> tuple[int, int | None] | None:
    """The header row of a block, and a row of group headings above it; None where the block is titles or notes."""
    counts = filled.slice(start, min(end - start, _HEAD_ROWS * 20)).to_list()
    usual = Counter(n for n in counts if n).most_common(1)[0][0]
    if grid.frame.width > 1 and max(counts) < 2:
        return None
    if usual == 1 and grid.frame.width > 1 and max(counts) > 1:
        usual = max(counts)
    needed = (usual + 1) // 2
    for i, n in enumerate(counts[:_HEAD_ROWS]):
        if n < needed or (usual > 1 and n < 2):
            continue
        row = start + i
        if row + 1 < end and _is_group_row(grid, row):
            return row + 1, row
        above = row - 1 if i and counts[i - 1] and _spreads(grid, row - 1) else None
        return row, above
    return None


def _is_group_row(grid: Grid, row: int) -> bool:
    """A row of headings whose gaps the row below fills, with headings again: merged cells over a second header row."""
    upper, lower = grid.rows(row, row + 2)
    third = grid.rows(row + 2, row + 3)
    used = [i for i, cell in enumerate(lower) if cell is not None]
    gaps = [i for i, cell in enumerate(upper) if cell is None and lower[i] is not None]
    merged = [m for m in grid.merged if m[0] == row and m[1] < grid.frame.width]
    if not gaps or not third:
        return False
    if any(upper[i] is not None and _is_value(upper[i]) for i in range(len(upper))):
        return False
    if any(_is_value(lower[i]) and not _PERIOD.match(lower[i] or "") for i in used):
        return False
    has_data_below = any(_is_value(cell) for cell in third[0]) or bool(merged)
    # where no cell spans two rows (or two columns), a second row of text is simply data
    covered = all(upper[i] is not None or lower[i] is not None for i in range(len(upper)) if third[0][i] is not None)
    return has_data_below and covered


def _spreads(grid: Grid, row: int) -> bool:
    """A sparse row above the header that names groups of columns: at least two headings, not all at the left."""
    cells = grid.rows(row, row + 1)[0]
    used = [i for i, cell in enumerate(cells) if cell is not None]
    gaps = len(used) > 1 and any(b - a > 1 for a, b in pairwise(used))
    return gaps and not any(_is_value(cells[i]) for i in used)


def _is_value(cell: str | None) -> bool:
    return cell is not None and _VALUE.match(cell.strip()) is not None


def _opens_table(grid: Grid, current: Span, header: int, end: int) -> bool:
    """Whether the row at ``header``, after a blank row, is the header of another table than ``current``."""
    cells = grid.rows(header, header + 1)[0]
    used = {i for i, cell in enumerate(cells) if cell is not None}
    if (
        len(used) < 2
        or header + 1 >= end
        or any(_is_value(cells[i]) and not _PERIOD.match(cells[i] or "") for i in used)
    ):
        return False
    if current.header is None:
        return True
    known = grid.rows(current.header, current.header + 1)[0]
    if [_key(cell) for cell in cells] == [_key(cell) for cell in known]:
        return False  # the same header again
    before = grid.rows(current.header + 1, min(current.header + 1 + _HEAD_ROWS, header))
    after = grid.rows(header + 1, min(header + 1 + _HEAD_ROWS, end))
    # text where the table so far has values, and values below it: a header. Otherwise other columns than so far.
    typed = {i for i in used if _mostly_values([row[i] for row in before])}
    below = {i for i in used if _mostly_values([row[i] for row in after])}
    other_columns = used != {i for i, cell in enumerate(known) if cell is not None}
    return bool(below) and (bool(typed) or other_columns)


def _mostly_values(cells: list[str | None]) -> bool:
    said = [cell for cell in cells if cell is not None]
    return bool(said) and sum(map(_is_value, said)) * 5 >= len(said) * 4


def _without_header_of_data(grid: Grid, span: Span) -> Span:
    """A first row that looks like the data below it is no header (a list of purchases without headings)."""
    if span.header is None:
        return span
    first, *below = grid.rows(span.header, min(span.header + _HEAD_ROWS, span.stop))
    said = [cell for cell in first if cell is not None]
    values = [i for i, cell in enumerate(first) if _is_value(cell)]
    if not below or not values or any(not _is_value(cell) and _letters(cell) for cell in said):
        return span
    periods = sum(_PERIOD.match(cell) is not None for cell in said)
    if (
        periods >= 2
        and periods >= len(said) - 1
        and not all(_PERIOD.match(row[i] or "") for row in below for i in values[:1])
    ):
        return span
    return Span(span.start, None, span.stop)


def _letters(cell: str) -> bool:
    return any(char.isalpha() for char in cell)


def _key(cell: str | None) -> str:
    return " ".join((cell or "").split()).casefold()
