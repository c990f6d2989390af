"""Where the tables of a grid begin and end, and which of their rows is the header.

A blank row ends a block of rows. A block opens a new table if its first dense row looks like a header that brings other
columns, or text where the table so far holds values; otherwise it goes on with the table before. Sparse rows above a
header are titles.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import polars as pl

from funnel.intake.cells.periods import reads_as_period
from funnel.intake.reading.grid import Area, Grid
from funnel.intake.reading.records.again import same_columns

_HEAD_ROWS = 30  # rows of a block that are looked at for its header
_MAX_BLOCKS = 60  # more blank rows than that are a habit of the file, not borders of tables
# Cells that no header would hold: a number, an amount, a percentage; a date
_NUMBER = re.compile(r"^[\s(+-]*(?:[^\w\s(]|[a-z]{0,3}\$)?\s*[\d.,' ]*\d[\d.,' ]*\s*(?:[%‰kKmM万亿元)]|[^\w\s(])*$")
_DATE = re.compile(r"^\d{1,4}[-/.年]\d{1,2}([-/.月]\d{1,4}日?)?([T ]+.*)?$")
# A heading that is a period is a heading all the same: wide counts files have one column per month.
_PERIOD = re.compile(r"^(?:19|20)\d{2}(?:[-/.年]?(?:q[1-4]|w\d{1,2}|\d{1,2})月?)?(?:[-/.]\d{1,2})?年?$", re.IGNORECASE)


@dataclass(frozen=True)
class Span:
    """Rows start..stop (file rows from 0, stop excluded) of one table; ``header`` None: it has no header row."""

    start: int
    header: int | None
    stop: int
    group: int | None = None  # a row of group headings directly above the header
    area: Area | None = None  # the table that the workbook knows


def spans_of(grid: Grid, filled: pl.Series) -> list[Span]:
    """The tables of a grid, in order. A block of rows after a blank row opens a new one if it brings another header."""
    height = grid.frame.height
    blank = (filled == 0).arg_true()
    borders = blank.to_list() if blank.len() <= _MAX_BLOCKS else []
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


def largest(spans: list[Span]) -> int:
    """The number (from 1) of the table with the most rows."""
    sizes = [span.stop - (span.header if span.header is not None else span.start) for span in spans]
    return sizes.index(max(sizes)) + 1


def with_header(spans: list[Span], number: int, header_row: int, height: int) -> tuple[int, Span]:
    """The table that holds the row a person calls the header (0: the chosen one, without a header)."""
    if header_row == 0:
        chosen = spans[number - 1]
        return number, Span(chosen.start, None, chosen.stop)
    at = header_row - 1
    for i, span in enumerate(spans, 1):
        if span.start <= at < span.stop:
            return i, Span(span.start, at, span.stop)
    return 1, Span(at, at, spans[0].stop if at < spans[0].start else height)


def _header_in(grid: Grid, filled: pl.Series, start: int, end: int) -> tuple[int, int | None] | None:
    """The header row of a block, and a row of group headings above it; None where the block is titles or notes."""
    counts = filled.slice(start, min(end - start, _HEAD_ROWS * 20)).to_list()
    usual = Counter(n for n in counts if n).most_common(1)[0][0]
    if grid.frame.width > 1 and max(counts) < 2:
        return None
    if usual == 1 and grid.frame.width > 1:
        usual = max(counts)
    needed = (usual + 1) // 2
    for i, n in enumerate(counts[:_HEAD_ROWS]):
        if n < needed or (usual > 1 and n < 2):
            continue
        row = _fuller_header(grid, counts, start, i, usual)
        if row + 1 < end and _is_group(grid, row) and _is_second_line(grid, row):
            return row + 1, row
        return row, row - 1 if row > start and _is_group(grid, row - 1) else None
    return None


def _fuller_header(grid: Grid, counts: list[int], start: int, i: int, usual: int) -> int:
    """Where most cells are blank, a title may be as dense as the data: the header is the fuller row of text below."""
    caption = grid.rows(start + i, start + i + 1)[0]
    for j in range(i + 1, min(i + 4, len(counts))):
        if counts[j] > counts[i] and not any(map(_is_period, caption)):  # "Count of deals | Column labels" of a pivot
            below = grid.rows(start + j, start + j + 1)[0]
            if sum(map(_is_period, below)) > 1 and not any(_is_value(cell) and not _is_period(cell) for cell in below):
                return start + j
    for j in range(i + 1, min(i + 6, len(counts))):
        if counts[j] >= 1.5 * max(counts[i], usual) and not any(map(_is_value, grid.rows(start + j, start + j + 1)[0])):
            return start + j
    return start + i


def _is_group(grid: Grid, row: int) -> bool:
    """A row of headings over groups of columns: its cells are merged, or the names below them repeat."""
    upper, lower = grid.rows(row, row + 2)
    used = [i for i, cell in enumerate(upper) if cell is not None]
    if any(_is_value(upper[i]) and not _is_period(upper[i]) for i in used):
        return False
    across = [m for m in grid.merged if m[0] == m[2] == row and 0 < m[3] - m[1] < grid.frame.width - 1]
    if len(used) == 1 and any(m[1] == 0 and 2 * (m[3] + 1) > grid.frame.width for m in across):
        return False  # one text over most of the table from its first column on is a title
    down = [m for m in grid.merged if m[0] <= row < m[2] and m[1] == m[3]]
    named = [_key(cell) for cell in lower if cell is not None]
    spreads = any(b - a > 1 for a, b in pairwise(used))
    return bool(across) or bool(down) or (spreads and len(set(named)) < len(named))


def _is_second_line(grid: Grid, row: int) -> bool:
    """The row below ``row`` goes on with the header: headings in its gaps, and all columns of the data have one."""
    upper, lower, *data = grid.rows(row, row + 3)
    if any(_is_value(cell) and not _is_period(cell) for cell in lower):
        return False
    gaps = [i for i, cell in enumerate(upper) if cell is None and lower[i] is not None]
    return bool(gaps and data) and all(
        upper[i] is not None or lower[i] is not None for i, cell in enumerate(data[0]) if cell is not None
    )


@lru_cache(maxsize=4096)
def _is_period(cell: str | None) -> bool:
    """A period as a heading; a spreadsheet keeps the first of a month where it shows "Jan-24"."""
    if cell is None:
        return False
    return _PERIOD.match(cell) is not None or (reads_as_period(cell) and (":" not in cell or "-01 00:00" in cell))


def _is_value(cell: str | None) -> bool:
    return cell is not None and (_NUMBER.match(cell.strip()) is not None or _is_date(cell))


def _is_date(cell: str | None) -> bool:
    return cell is not None and _DATE.match(cell.strip()) is not None


def _opens_table(grid: Grid, current: Span, header: int, end: int) -> bool:
    """Whether the row at ``header``, after a blank row, is the header of another table than ``current``."""
    cells = grid.rows(header, header + 1)[0]
    used = {i for i, cell in enumerate(cells) if cell is not None}
    if len(used) < 2 or header + 1 >= end or any(_is_value(cells[i]) and not _is_period(cells[i]) for i in used):
        return False
    if current.header is None:
        return True
    known = grid.rows(current.header, current.header + 1)[0]
    if [_key(cell) for cell in cells] == [_key(cell) for cell in known]:
        return False  # the same header again
    if same_columns(known, cells) is not None:
        return False  # its columns in another order or language
    before = grid.rows(current.header + 1, min(current.header + 1 + _HEAD_ROWS, header))
    after = grid.rows(header + 1, min(header + 1 + _HEAD_ROWS, end))
    # text where the table so far has values, and values below it: a header. Otherwise other columns than so far.
    typed = {i for i in used if _mostly_values([row[i] for row in before])}
    below = {i for i in used if _mostly_values([row[i] for row in after])}
    other_columns = used != {i for i, cell in enumerate(known) if cell is not None}
    periods = {i for i in used if _is_value(cells[i])}
    if periods and not other_columns and all(i in typed and not _is_period(known[i]) for i in periods):
        return False  # a record like those above whose values could be periods, too: an amount of 1900, a day
    return bool(below) and (bool(typed) or other_columns)


def _mostly_values(cells: list[str | None]) -> bool:
    return _mostly(_is_value, cells)


def _mostly(test: Callable[[str | None], bool], cells: list[str | None]) -> bool:
    said = [cell for cell in cells if cell is not None]
    return bool(said) and sum(map(test, said)) * 5 >= len(said) * 4


def _without_header_of_data(grid: Grid, span: Span) -> Span:
    """A first row that looks like the data below it is no header (a list of purchases without headings).

    It has a date where the column goes on with dates; or it has numbers where the columns go on with numbers, and its
    texts, if any, occur below again. Headings that are periods or count up (1, 2, 3 for months) are headings.
    """
    if span.header is None or span.group is not None:
        return span
    first, *below = grid.rows(span.header, min(span.header + _HEAD_ROWS, span.stop))
    columns = {i: [row[i] for row in below] for i, cell in enumerate(first) if cell is not None}
    dates = [i for i in columns if _is_date(first[i]) and _mostly(_is_date, columns[i])]
    numbers = [i for i in columns if _is_value(first[i]) and _mostly_values(columns[i])]
    texts = [i for i in columns if not _is_value(first[i])]
    if not numbers or any(not _is_value(first[i]) and _mostly_values(columns[i]) for i in columns):
        return span
    counting = [int(first[i] or "") for i in numbers if (first[i] or "").strip().isdecimal()]
    if len(counting) > 1 and len(counting) == len(numbers) and all(b - a == 1 for a, b in pairwise(counting)):
        return span
    if not dates and all(_is_period(first[i]) for i in numbers):
        return span
    if dates or all(first[i] in columns[i] for i in texts):
        return Span(span.start, None, span.stop)
    return span


def _key(cell: str | None) -> str:
    return " ".join((cell or "").split()).casefold()
