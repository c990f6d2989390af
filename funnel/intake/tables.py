"""From a grid of cells to a table: where its header is, how many tables stand one above the other, which rows are data.

Nothing is dropped without being counted: rows above a header are titles, rows of other tables are counted in a finding,
and every row below the header is data, blank, a repeated header, or rejected with a reason.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from funnel.errors import InputError, Message
from funnel.intake.delimited import as_line
from funnel.intake.grid import Grid, column_letter
from funnel.schema import Finding, Rejected, empty

_HEAD_ROWS = 30  # rows of a block that are looked at for its header
_MAX_BLOCKS = 60  # more blank rows than that are a habit of the file, not borders of tables
_N_EXAMPLES = 5
# A cell that no header would hold: a number, an amount, a date, a percentage
_VALUE = re.compile(
    r"^[\s(+-]*(?:[^\w\s(]|[a-z]{0,3}\$)?\s*[\d.,' ]*\d[\d.,' ]*\s*(?:[%‰kKmM万亿元)]|[^\w\s(])*$"
    r"|^\d{1,4}[-/.年]\d{1,2}([-/.月]\d{1,4}日?)?([T ]+.*)?$"
)
# A heading that is a period is a heading all the same: wide counts files have one column per month.
_PERIOD = re.compile(r"^(?:19|20)\d{2}(?:[-/.年]?(?:q[1-4]|w\d{1,2}|\d{1,2})月?)?(?:[-/.]\d{1,2})?年?$", re.IGNORECASE)
_TOTALS = frozenset(
    [
        "total",
        "totals",
        "grand total",
        "sum",
        "subtotal",
        "合计",
        "总计",
        "小计",
        "總計",
        "合計",
        "总和",
        "汇总",
        "summe",
        "gesamt",
    ]
)


@dataclass(frozen=True)
class Table:
    """One table of a grid. ``header_row`` is the file row (from 1) of its header, 0 where it has none.

    ``frame``: data rows only, String columns named as ``columns``; ``row_numbers``: their rows in the file.
    ``n_rows`` = ``frame.height + n_blank + n_repeated_header + rejected.height``.
    """

    columns: tuple[str, ...]
    frame: pl.DataFrame
    row_numbers: pl.Series
    header_row: int
    n_tables: int
    n_rows: int
    n_blank: int
    n_repeated_header: int
    rejected: pl.DataFrame
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Span:
    """Rows start..stop (file rows from 0, stop excluded) of one table; ``header`` None: it has no header row."""

    start: int
    header: int | None
    stop: int
    group: int | None = None  # a row of group headings directly above the header


@dataclass
class _Notes:
    findings: list[Finding] = field(default_factory=list)

    def add(self, code: str, severity: str, n: int, done: str, rows: list[int] | None = None, **params: object) -> None:
        message = Message(code, {"n": n, **params})
        shown = tuple(rows or ())[:_N_EXAMPLES]
        self.findings.append(Finding(message, severity, n, done, rows=shown))  # type: ignore[arg-type]


def find_table(grid: Grid, header_row: int | None = None, table: int | None = None) -> Table:
    """The table to import. ``header_row`` (from 1; 0 = no header) and ``table`` (from 1) override what is detected.

    Raises InputError: ``reading.empty_file`` (no cell holds anything), ``reading.header_only``,
    ``reading.unknown_header_row``, ``reading.unknown_table``.
    """
    filled = _filled(grid)
    if not (filled > 0).any():
        raise InputError("reading.empty_file")
    if header_row is not None and not 0 <= header_row <= grid.frame.height:
        raise InputError("reading.unknown_header_row", given=header_row, allowed=grid.frame.height)
    spans = _spans(grid, filled)
    if table is not None and not 1 <= table <= len(spans):
        raise InputError("reading.unknown_table", given=table, allowed=len(spans))
    chosen = spans[(table or _largest(spans)) - 1]
    if header_row is not None:
        chosen = _with_header(spans, chosen, header_row, grid.frame.height)
    result = _cut_out(grid, filled, chosen, len(spans))
    if result.frame.is_empty():
        raise InputError("reading.header_only", given=list(result.columns)[:20])
    return result


def _filled(grid: Grid) -> pl.Series:
    """How many cells of each row hold something."""
    if not grid.frame.width:
        return pl.Series("filled", [0] * grid.frame.height, dtype=pl.UInt32)
    return grid.frame.select(filled=pl.sum_horizontal(pl.all().is_not_null().cast(pl.UInt32))).to_series()


def _largest(spans: list[_Span]) -> int:
    sizes = [span.stop - (span.header if span.header is not None else span.start) for span in spans]
    return sizes.index(max(sizes)) + 1


def _with_header(spans: list[_Span], chosen: _Span, header_row: int, height: int) -> _Span:
    if header_row == 0:
        return _Span(chosen.start, None, chosen.stop)
    at = header_row - 1
    for span in spans:
        if span.start <= at < span.stop:
            return _Span(span.start, at, span.stop)
    return _Span(at, at, height)


# --- where tables begin and end -----------------------------------------------------------------------------------


def _spans(grid: Grid, filled: pl.Series) -> list[_Span]:
    """The tables of a grid, in order. A block of rows after a blank row opens a new one if it brings another header."""
    height = grid.frame.height
    blank = (filled == 0).arg_true().to_list()
    borders = blank if len(blank) <= _MAX_BLOCKS else []
    starts = [i for i in [0, *(row + 1 for row in borders)] if i < height and filled[i] > 0]
    ends = [next((row for row in borders if row > start), height) for start in starts]
    if not borders or not starts:
        first = int(filled.gt(0).arg_max() or 0)
        starts, ends = [first], [height]
    spans: list[_Span] = []
    for start, end in zip(starts, ends, strict=True):
        found = _header_in(grid, filled, start, end)
        if found is None:
            continue  # a title or a footnote: it stays with the table before, or above the first one
        header, group = found
        if spans and not _opens_table(grid, spans[-1], header, end):
            continue
        if spans:
            spans[-1] = _Span(spans[-1].start, spans[-1].header, start, spans[-1].group)
        spans.append(_Span(start, header, height, group))
    if not spans:
        first = starts[0]
        spans = [_Span(first, first, height)]
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
    gaps = len(used) > 1 and any(b - a > 1 for a, b in zip(used, used[1:], strict=False))
    return gaps and not any(_is_value(cells[i]) for i in used)


def _is_value(cell: str | None) -> bool:
    return cell is not None and _VALUE.match(cell.strip()) is not None


def _opens_table(grid: Grid, current: _Span, header: int, end: int) -> bool:
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


def _without_header_of_data(grid: Grid, span: _Span) -> _Span:
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
    return _Span(span.start, None, span.stop)


def _letters(cell: str) -> bool:
    return any(char.isalpha() for char in cell)


def _key(cell: str | None) -> str:
    return " ".join((cell or "").split()).casefold()


# --- the rows of one table ----------------------------------------------------------------------------------------


def _cut_out(grid: Grid, filled: pl.Series, span: _Span, n_tables: int) -> Table:
    notes = _Notes()
    first = span.start if span.header is None else span.header + 1
    body = grid.frame.slice(first, span.stop - first)
    counts = filled.slice(first, span.stop - first)
    body = _fill_merged(grid, body, first, notes)
    header = [None] * grid.frame.width if span.header is None else list(grid.rows(span.header, span.header + 1)[0])
    group = None if span.group is None else list(grid.rows(span.group, span.group + 1)[0])
    has_data = (
        dict(zip(body.columns, body.select(pl.all().is_not_null().any()).row(0), strict=True)) if body.width else {}
    )
    kept = [i for i in range(grid.frame.width) if header[i] is not None or has_data[str(i)]]
    if group is not None:
        kept = [i for i in range(grid.frame.width) if i in kept or group[i] is not None]
    width = _table_width(grid, span, kept)
    inside = [i for i in kept if i < width]
    columns = _names(header, group, inside, span.header is None, notes)

    row_numbers = pl.Series("row", range(first + 1, first + 1 + body.height), dtype=pl.Int64)
    blank = counts == 0
    repeated = _repeated(body, header, inside) if span.header is not None else blank & False
    rejected_rows, reasons = _unreadable(grid, body, counts, kept, width, first, blank | repeated)
    drop = blank | repeated
    for index in rejected_rows:
        drop[index] = True
    keep = ~drop
    frame = body.select(str(i) for i in inside)
    frame.columns = list(columns)
    if drop.any():
        frame, numbers = frame.filter(keep), row_numbers.filter(keep)
    else:
        numbers = row_numbers
    frame = _plain_ids(frame, notes)
    rejected = _rejected(grid, first, rejected_rows, reasons)
    _note_rows(grid, span, keep, counts, first, width, notes, frame)
    _note_tables(grid, filled, span, n_tables, notes)
    return Table(
        columns=columns,
        frame=frame,
        row_numbers=numbers.alias("row_no"),
        header_row=0 if span.header is None else span.header + 1,
        n_tables=n_tables,
        n_rows=body.height,
        n_blank=int(blank.sum()),
        n_repeated_header=int(repeated.sum()),
        rejected=rejected,
        findings=tuple(notes.findings),
    )


def _table_width(grid: Grid, span: _Span, kept: list[int]) -> int:
    """Columns of the table: up to its last heading, or further where most rows go further (a heading is missing)."""
    last = max(kept, default=-1) + 1
    if span.header is None or grid.widths is None:
        return last
    header_width = int(grid.widths[span.header])
    widths = grid.widths.slice(span.header + 1, span.stop - span.header - 1)
    usual = widths.filter(widths > 0).mode()
    return min(last, max(header_width, int(usual.max() or 0) if usual.len() else 0))  # type: ignore[arg-type]


def _names(
    header: list[str | None], group: list[str | None] | None, inside: list[int], no_header: bool, notes: _Notes
) -> tuple[str, ...]:
    """Unique names, never empty: an unnamed column is called by its letter, a repeated name gets its group or a number."""
    own = {i: " ".join((header[i] or "").split()) for i in inside}
    if group is not None:
        over = ""
        for i in inside:
            over = " ".join((group[i] or over).split())
            if not own[i]:
                own[i] = over
            elif over:
                own[i] = f"{over} {own[i]}"
    unnamed = [i for i in inside if not own[i]]
    taken: set[str] = set()
    names: list[str] = []
    repeated: list[str] = []
    for i in inside:
        name = own[i] or f"[{column_letter(i)}]"
        if name in taken:
            repeated.append(name)
            n = 2
            while f"{name} ({n})" in taken or f"{name} ({n})" in own.values():
                n += 1
            name = f"{name} ({n})"
        taken.add(name)
        names.append(name)
    if no_header:
        notes.add("reading.no_header", "warning", len(names), "reading.done.named_by_letter")
    elif unnamed:
        letters = [f"[{column_letter(i)}]" for i in unnamed]
        notes.add("reading.unnamed_columns", "note", len(unnamed), "reading.done.named_by_letter", names=letters[:10])
    if repeated:
        notes.add("reading.repeated_columns", "warning", len(repeated), "reading.done.numbered", names=repeated[:10])
    return tuple(names)


def _repeated(body: pl.DataFrame, header: list[str | None], inside: list[int]) -> pl.Series:
    """Rows that are the header again (merged two-line headers repeat their lower line)."""
    named = [i for i in inside if header[i] is not None]
    if not named or body.is_empty():
        return pl.Series([False] * body.height, dtype=pl.Boolean)
    same = body.select((pl.col(str(named[0])) == header[named[0]]).fill_null(False)).to_series()
    if len(named) < 2 or not same.any():
        return same if len(named) >= 2 else same & (body[str(named[0])].n_unique() > 1)
    others = (pl.col(str(i)).str.strip_chars().eq_missing((header[i] or "").strip()) for i in named)
    return body.select(pl.all_horizontal(*others)).to_series()


def _unreadable(
    grid: Grid, body: pl.DataFrame, counts: pl.Series, kept: list[int], width: int, first: int, skip: pl.Series
) -> tuple[list[int], list[str]]:
    """Rows with cells beyond the table, notes below it and its row of totals: index in ``body`` and reason."""
    found: dict[int, str] = {}
    beyond = [str(i) for i in kept if i >= width]
    if beyond:
        mask = body.select(pl.any_horizontal(pl.col(*beyond).is_not_null())).to_series()
        found |= dict.fromkeys(map(int, mask.arg_true()), "reading.too_many_cells")
    for row in grid.overflow:
        if first <= row < first + body.height and any(cell.strip() for cell in grid.overflow[row][width:]):
            found[row - first] = "reading.too_many_cells"
    n_inside = len([i for i in kept if i < width])
    last = body.height - 1
    while last >= 0 and (skip[last] or (n_inside > 2 and counts[last] == 1 and _is_note(grid, body, first, last))):
        if not skip[last]:
            found.setdefault(last, "reading.note_row")
        last -= 1
    if last > 0 and last not in found and n_inside > 1:
        said = next((cell for cell in body.row(last) if cell is not None), "")
        if said.strip().rstrip(":：").casefold() in _TOTALS:
            found[last] = "reading.total_row"
    rows = sorted(row for row in found if not skip[row])
    return rows, [found[row] for row in rows]


def _is_note(grid: Grid, body: pl.DataFrame, first: int, row: int) -> bool:
    """A line of text below a table: one cell at the left, and not written as a row of empty cells."""
    if grid.widths is not None and int(grid.widths[first + row]) > 1:
        return False
    cells = body.row(row)
    return cells[0] is not None and len(cells[0]) > 12 and " " in cells[0].strip()


def _rejected(grid: Grid, first: int, rows: list[int], reasons: list[str]) -> pl.DataFrame:
    if not rows:
        return empty(Rejected)
    cells = [as_line(grid.overflow.get(first + row) or grid.rows(first + row, first + row + 1)[0]) for row in rows]
    nothing = pl.Series([None] * len(rows), dtype=pl.String)
    return pl.DataFrame(
        {
            "row_no": pl.Series([first + row + 1 for row in rows], dtype=pl.Int64),
            "code": reasons, "column": nothing, "value": nothing, "cells": cells,
        }
    )  # fmt: skip


def _fill_merged(grid: Grid, body: pl.DataFrame, first: int, notes: _Notes) -> pl.DataFrame:
    """A cell merged over several data rows belongs to each of them; the file holds it in the first only."""
    filled: list[int] = []
    columns: dict[str, list[str | None]] = {}
    for top, left, bottom, right in grid.merged:
        last = min(bottom, first + body.height - 1)
        if top < first or last <= top or left != right or left >= body.width:
            continue
        cells = columns.setdefault(str(left), body[str(left)].to_list())
        value = cells[top - first]
        if value is None:
            continue
        cells[top - first + 1 : last - first + 1] = [value] * (last - top)
        filled.extend(range(top + 2, last + 2))
    if not filled:
        return body
    notes.add("reading.merged_cells", "note", len(filled), "reading.done.filled_down", rows=filled)
    return body.with_columns(pl.Series(name, cells, dtype=pl.String) for name, cells in columns.items())


def _plain_ids(frame: pl.DataFrame, notes: _Notes) -> pl.DataFrame:
    """Whole numbers that a spreadsheet has turned into 1.0, 2.0, … throughout a column become 1, 2, … again."""
    turned = []
    for name in frame.columns:
        said = frame[name].drop_nulls()
        if said.len() and said.head(20).str.ends_with(".0").all() and said.str.contains(r"^-?[0-9]+\.0$").all():
            turned.append(name)
    if not turned:
        return frame
    n = sum(frame.height - frame[name].null_count() for name in turned)
    notes.add("reading.float_ids", "note", n, "reading.done.float_ids", names=turned[:10])
    return frame.with_columns(pl.col(name).str.strip_suffix(".0") for name in turned)


_CUT = r"^[0-9](?:\.[0-9]+)?[eE]\+?(?:0?[89]|[1-9][0-9])$"


def _note_rows(
    grid: Grid,
    span: _Span,
    keep: pl.Series,
    counts: pl.Series,
    first: int,
    width: int,
    notes: _Notes,
    frame: pl.DataFrame,
) -> None:
    if grid.widths is not None:
        widths = grid.widths.slice(first, span.stop - first)
        short = ((widths < width) & keep & (counts > 0)).arg_true().to_list()
        if short:
            notes.add(
                "reading.short_rows", "note", len(short), "reading.done.padded", rows=[first + 1 + i for i in short]
            )
    cut = [name for name in frame.columns if frame[name].head(1000).str.contains(_CUT).any()]
    cut_rows = sum(int(frame[name].str.contains(_CUT).sum() or 0) for name in cut)
    if cut_rows:
        notes.add("reading.scientific_numbers", "warning", cut_rows, "reading.done.kept", names=cut[:10])


def _note_tables(grid: Grid, filled: pl.Series, span: _Span, n_tables: int, notes: _Notes) -> None:
    if n_tables < 2:
        return
    n_other = int((filled > 0).sum()) - int((filled.slice(span.start, span.stop - span.start) > 0).sum())
    notes.add("reading.several_tables", "warning", n_other, "reading.done.other_tables_left", tables=n_tables)
