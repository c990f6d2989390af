"""From a grid of cells to a table: its names, its data rows, and what became of every other row.

Nothing is dropped without being counted: rows above a header are titles, rows of other tables are counted in a finding,
and every row below the header is data, blank, a repeated header, or rejected with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import polars as pl

from funnel.errors import InputError, Message
from funnel.intake.reading.delimited import as_line
from funnel.intake.reading.grid import Area, Grid, column_letter
from funnel.intake.reading.layout import Span, largest, spans_of, with_header
from funnel.intake.reading.records.again import headers_again, laid_anew, unplaced
from funnel.intake.reading.records.counted import CountedGroups, counted_groups
from funnel.intake.reading.records.find import leftovers
from funnel.intake.reading.records.total_columns import total_columns
from funnel.schema import Finding, Rejected, empty

_N_EXAMPLES = 5
_N_NAMES = 10
_N_TITLE_ROWS = 20
_FLOAT_ID = r"^-?[0-9]+\.0$"
_SCIENTIFIC = r"^[0-9](?:\.[0-9]+)?[eE]\+?(?:0?[89]|[1-9][0-9])$"


@dataclass(frozen=True)
class Table:
    """One table of a grid. ``header_row`` is the file row (from 1) of its header, 0 where it has none.

    ``frame``: data rows only, String columns named as ``columns``; ``row_numbers``: their rows in the file.
    ``left_out``: rows that are no records, ``rejected``: rows that do not fit the table, both per ``schema.Rejected``.
    ``n_rows`` = ``frame.height + n_blank + n_repeated_header + left_out.height + rejected.height``.
    """

    columns: tuple[str, ...]
    frame: pl.DataFrame
    row_numbers: pl.Series
    header_row: int
    number: int
    n_tables: int
    n_rows: int
    n_blank: int
    n_repeated_header: int
    left_out: pl.DataFrame
    rejected: pl.DataFrame
    findings: tuple[Finding, ...]
    titles: tuple[str, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    record_column: str | None = None


def find_table(grid: Grid, header_row: int | None = None, table: int | None = None) -> Table:
    """The table to import. ``header_row`` (from 1; 0 = no header) and ``table`` (from 1) override what is detected.

    Raises InputError: ``reading.empty_file`` (no cell holds anything), ``reading.header_only``,
    ``reading.unknown_header_row``, ``reading.unknown_table``.
    """
    filled = grid.filled()
    if not (filled > 0).any():
        raise InputError("reading.empty_file")
    if header_row is not None and not 0 <= header_row <= grid.frame.height:
        raise InputError("reading.unknown_header_row", given=header_row, allowed=grid.frame.height)
    spans = spans_of(grid, filled)
    if grid.area is not None and header_row is None and table is None:
        spans = [Span(0, grid.area.top, grid.frame.height, area=grid.area)]
    if table is not None and not 1 <= table <= len(spans):
        raise InputError("reading.unknown_table", given=table, allowed=len(spans))
    number = table or largest(spans)
    span = spans[number - 1]
    if header_row is not None:
        number, span = with_header(spans, number, header_row, grid.frame.height)
    found = _Rows(grid, filled, span).table(number, len(spans))
    if found.frame.is_empty():
        raise InputError("reading.header_only", given=list(found.columns)[:_N_NAMES])
    return found


@dataclass
class _Rows:
    """The rows below a header while they are sorted into data and all else. Indices count from the first of them."""

    grid: Grid
    filled: pl.Series
    span: Span
    findings: list[Finding] = field(default_factory=list)
    groups: CountedGroups = field(default_factory=CountedGroups)
    has_lines: bool = False

    def __post_init__(self) -> None:
        self.first = self.span.start if self.span.header is None else self.span.header + 1
        self.body = self.grid.frame.slice(self.first, self.span.stop - self.first)
        self.counts = self.filled.slice(self.first, self.span.stop - self.first)
        self.header = self._cells(self.span.header)
        self.group = self._cells(self.span.group)
        self._fill_merged()
        has_data = self.body.select(pl.all().is_not_null().any()).row(0)
        self.used = [
            i for i in range(len(has_data)) if has_data[i] or self.header[i] is not None or self.group[i] is not None
        ]
        if self.span.area is not None:
            self._leave_out_beside(self.span.area)
        self.width = self._table_width()
        self.inside = [i for i in self.used if i < self.width]

    def _cells(self, row: int | None) -> tuple[str | None, ...]:
        return (None,) * self.grid.frame.width if row is None else self.grid.rows(row, row + 1)[0]

    def table(self, number: int, n_tables: int) -> Table:
        columns = self._names()
        blank = self.counts == 0
        repeated = self._same_as(self.header) | (self._same_as(self.group) & (self.span.group is not None))
        repeated = self._read_by_its_own_header(repeated)
        reasons = self._unreadable(blank | repeated)
        drop = blank | repeated
        if reasons:
            drop = drop | pl.Series(range(drop.len())).is_in(list(reasons))
        no_records = self._left_out(drop, repeated)
        if no_records:
            drop = drop | pl.Series(range(drop.len())).is_in(list(no_records))
        numbers = pl.Series("row_no", range(self.first + 1, self.first + 1 + self.body.height), dtype=pl.Int64)
        frame = self.body.select(str(i) for i in self.inside)
        frame.columns = list(columns)
        groups = {name if name not in columns else f"{name} [group]": said for name, said in self.groups.columns}
        frame = frame.with_columns(said.alias(name) for name, said in groups.items())
        columns = (*columns, *groups)
        if drop.any():
            frame, numbers = frame.filter(~drop), numbers.filter(~drop)
        self._note_hidden(numbers)
        choices = {columns[k]: self.grid.choices[i] for k, i in enumerate(self.inside) if i in self.grid.choices}
        frame = self._plain_ids(frame)
        totals = total_columns(frame)
        if totals:
            self._note("reading.total_columns", "note", len(totals), "reading.done.left_out", names=totals[:_N_NAMES])
            frame = frame.drop(totals)
            columns = tuple(frame.columns)
        self._note_short(~drop)
        self._note_scientific(frame)
        self._note_other_tables(n_tables)
        return Table(
            columns=columns,
            frame=frame,
            row_numbers=numbers,
            header_row=0 if self.span.header is None else self.span.header + 1,
            number=number,
            n_tables=n_tables,
            n_rows=self.body.height,
            n_blank=int(blank.sum()),
            n_repeated_header=int(repeated.sum()),
            left_out=self._listed(no_records),
            rejected=self._listed(reasons),
            findings=tuple(self.findings),
            titles=self._titles(number),
            choices=choices,
            record_column=columns[0] if self.has_lines else None,
        )

    def _titles(self, number: int) -> tuple[str, ...]:
        """The texts above the header, from the table before down to it."""
        if self.span.header is None:
            return ()
        above = self.grid.rows(
            max(0 if number == 1 else self.span.start, self.span.header - _N_TITLE_ROWS), self.span.header
        )
        return tuple(cell for row in above for cell in row if cell is not None)

    def _note(
        self,
        code: str,
        severity: Literal["question", "warning", "note"],
        n: int,
        done: str,
        rows: Sequence[int] = (),
        **params: object,
    ) -> None:
        message = Message(code, {"n": n, **params})
        self.findings.append(Finding(message, severity, n, done, rows=tuple(rows[:_N_EXAMPLES])))

    def _table_width(self) -> int:
        """Columns of the table: to its last heading, or further where most rows go further (a heading is missing)."""
        last = max(self.used, default=-1) + 1
        if self.span.header is None or self.grid.widths is None:
            return last
        widths = self.grid.widths.slice(self.first, self.span.stop - self.first)
        usual = widths.filter(widths > 0).mode().to_list()
        return min(last, max(int(self.grid.widths[self.span.header]), *usual, 0))

    def _names(self) -> tuple[str, ...]:
        """Unique names, never empty: a column without one is called by its letter, a repeated one gets a number.

        Group headings over a header ("March" over "plan" and "actual") are put before the names.
        """
        own = {i: " ".join((self.header[i] or "").split()) for i in self.inside}
        over = ""
        for i in self.inside if self.span.group is not None else ():
            over = " ".join((self.group[i] or over).split())
            own[i] = f"{over} {own[i]}" if over and own[i] and self._is_grouped(i) else own[i] or over
        names: list[str] = []
        repeated: list[str] = []
        for i in self.inside:
            name = own[i] or f"[{column_letter(i)}]"
            if name in names:
                repeated.append(name)
                n = 2
                while f"{name} ({n})" in names or f"{name} ({n})" in own.values():
                    n += 1
                name = f"{name} ({n})"
            names.append(name)
        unnamed = [f"[{column_letter(i)}]" for i in self.inside if not own[i]]
        if self.span.header is None:
            self._note("reading.no_header", "warning", len(names), "reading.done.named_by_letter")
        elif unnamed:
            shown = unnamed[:_N_NAMES]
            self._note("reading.unnamed_columns", "note", len(unnamed), "reading.done.named_by_letter", names=shown)
        if repeated:
            shown = repeated[:_N_NAMES]
            self._note("reading.repeated_columns", "warning", len(repeated), "reading.done.numbered", names=shown)
        return tuple(names)

    def _is_grouped(self, column: int) -> bool:
        """Whether a group heading that reaches this column covers more than one: else it is a line of its own above."""
        covered = [i for i in self.inside if i >= column]
        following = covered[1] if len(covered) > 1 else None
        return self.group[column] is None or (following is not None and self.group[following] is None)

    def _same_as(self, line: Sequence[str | None]) -> pl.Series:
        """Rows that repeat ``line`` in all its cells."""
        named = [i for i in self.inside if line[i] is not None]
        if not named:
            return pl.Series([False], dtype=pl.Boolean).new_from_index(0, self.body.height)
        same = self.body.select((pl.col(str(named[0])) == line[named[0]]).fill_null(False)).to_series()
        if not same.any():
            return same
        equal = (pl.col(str(i)).str.strip_chars() == (line[i] or "").strip() for i in named)
        return self.body.select(pl.all_horizontal(*equal).fill_null(False)).to_series()

    def _read_by_its_own_header(self, repeated: pl.Series) -> pl.Series:
        """Rows below a header that stands again in another order or language are read by it; returns ``repeated``
        with these headers.
        """
        again = {} if self.span.group is not None else headers_again(self.header, self.body)
        if not again:
            return repeated
        rows = [self.first + 1 + row for row in again]
        self._note("reading.header_again", "warning", len(rows), "reading.done.read_by_it", rows)
        lost = [name for row in again for name in unplaced(self.body.row(row), again[row])]
        if lost:
            shown = list(dict.fromkeys(lost))[:_N_NAMES]
            self._note("reading.columns_without_place", "warning", len(lost), "reading.done.left_out", names=shown)
        self.body = laid_anew(self.body, again)
        return repeated | pl.Series(range(repeated.len())).is_in(list(again))

    def _unreadable(self, skip: pl.Series) -> dict[int, str]:
        """Rows with cells beyond the table: index → code of the reason."""
        found: dict[int, str] = {}
        beyond = [str(i) for i in self.used if i >= self.width]
        if beyond:
            mask = self.body.select(pl.any_horizontal(pl.col(*beyond).is_not_null())).to_series()
            found |= dict.fromkeys(map(int, mask.arg_true()), "reading.too_many_cells")
        for row, cells in self.grid.overflow.items():
            if self.first <= row < self.span.stop and any(cell.strip() for cell in cells[self.width :]):
                found[row - self.first] = "reading.too_many_cells"
        return {row: found[row] for row in sorted(found) if not skip[row]}

    def _left_out(self, skip: pl.Series, repeated: pl.Series) -> dict[int, str]:
        """Rows that are no records: index → code of the reason. Cells of groups are filled down in ``body``."""
        outside = self._outside(skip)
        self.groups = counted_groups(self.body.select(str(i) for i in self.inside), skip)
        outside |= dict.fromkeys(self.groups.rows, "reading.left_out.group")
        if outside:
            skip = skip | pl.Series(range(skip.len())).is_in(list(outside))
        found = leftovers(self.body.select(str(i) for i in self.inside), skip, repeated)
        found = replace(found, left_out=dict(sorted((found.left_out | outside).items())))
        self.has_lines = found.are_lines
        if found.filled:
            self.body = self.body.with_columns(found.filled.values())
            rows = [self.first + 1 + i for i in found.filled_rows]
            shown = [" ".join((self.header[int(i)] or column_letter(int(i))).split()) for i in found.filled]
            self._note("reading.group_cells", "warning", len(rows), "reading.done.filled_down", rows, names=shown)
        for code in sorted(set(found.left_out.values())):
            rows = [self.first + 1 + i for i, reason in found.left_out.items() if reason == code]
            self._note("reading.left_out", "warning", len(rows), "reading.done.left_out", rows, reason=Message(code))
        if found.doubtful:
            rows = [self.first + 1 + i for i in found.doubtful]
            self._note("reading.doubtful_rows", "note", len(rows), "reading.done.kept", rows)
        return found.left_out

    def _leave_out_beside(self, area: Area) -> None:
        """Only the columns of the workbook's own table are read; what stands beside it is told."""
        beside = [i for i in self.used if not area.left <= i <= area.right]
        self.used = [i for i in self.used if area.left <= i <= area.right]
        n = self.body.select(pl.sum_horizontal(pl.col(str(i)).count() for i in beside)).item() if beside else 0
        if n:
            self._note("reading.beside_table", "warning", int(n), "reading.done.left_out")

    def _outside(self, skip: pl.Series) -> dict[int, str]:
        """The totals of the workbook's own table and lines below it: index → reason. Rows like its own are kept."""
        area = self.span.area
        if area is None:
            return {}
        last = area.bottom - self.first
        totals = range(last + 1 - area.n_totals, last + 1)
        found = {i: "reading.left_out.total" for i in totals if 0 <= i < skip.len() and not skip[i]}
        usual = self.counts.slice(0, last + 1 - area.n_totals).median() or 0
        below = [i for i in range(last + 1, self.body.height) if not skip[i]]
        kept = [i for i in below if self.counts[i] * 2 > usual]
        found |= dict.fromkeys((i for i in below if i not in kept), "reading.left_out.note")
        if kept:
            rows = [self.first + 1 + i for i in kept]
            self._note("reading.below_table", "warning", len(kept), "reading.done.kept", rows)
        return found

    def _note_hidden(self, numbers: pl.Series) -> None:
        if not self.grid.hidden:
            return
        rows = numbers.filter((numbers - 1).is_in(list(self.grid.hidden))).to_list()
        if rows:
            self._note("reading.hidden_rows", "note", len(rows), "reading.done.kept", rows)

    def _listed(self, reasons: dict[int, str]) -> pl.DataFrame:
        if not reasons:
            return empty(Rejected)
        rows = [self.first + index for index in reasons]
        cells = [self.grid.overflow.get(row) or self.grid.rows(row, row + 1)[0] for row in rows]
        return pl.DataFrame(
            {
                "row_no": [row + 1 for row in rows],
                "code": list(reasons.values()),
                "column": None,
                "value": None,
                "cells": [as_line(line) for line in cells],
            },
            schema=empty(Rejected).schema,
        )

    def _fill_merged(self) -> None:
        """A cell merged over several data rows belongs to each of them; the file holds it in the first only."""
        filled: list[int] = []
        columns: dict[str, list[str | None]] = {}
        for top, left, bottom, right in self.grid.merged:
            start, stop = top - self.first, min(bottom + 1, self.span.stop) - self.first
            if start < 0 or stop - start < 2 or left != right or left >= self.body.width:
                continue
            cells = columns.setdefault(str(left), self.body[str(left)].to_list())
            if cells[start] is not None:
                cells[start + 1 : stop] = [cells[start]] * (stop - start - 1)
                filled.extend(range(top + 2, top + 1 + stop - start))
        if not filled:
            return
        self.body = self.body.with_columns(pl.Series(name, cells, dtype=pl.String) for name, cells in columns.items())
        self._note("reading.merged_cells", "note", len(filled), "reading.done.filled_down", filled)

    def _plain_ids(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Whole numbers that a spreadsheet has turned into 1.0, 2.0, … throughout a column become 1, 2, … again."""
        turned = []
        for name in frame.columns:
            column = frame[name]
            # most columns are ruled out by their first cells
            if column.head(1000).str.ends_with(".0").all() and column.str.contains(_FLOAT_ID).all() and column.count():
                turned.append(name)
        if not turned:
            return frame
        n = sum(frame.height - frame[name].null_count() for name in turned)
        self._note("reading.float_ids", "note", n, "reading.done.float_ids", names=turned[:_N_NAMES])
        return frame.with_columns(pl.col(name).str.strip_suffix(".0") for name in turned)

    def _note_short(self, keep: pl.Series) -> None:
        if self.grid.widths is None:
            return
        widths = self.grid.widths.slice(self.first, self.span.stop - self.first)
        short = ((widths < self.width) & keep).arg_true().to_list()
        if short:
            rows = [self.first + 1 + index for index in short]
            self._note("reading.short_rows", "note", len(short), "reading.done.padded", rows)

    def _note_scientific(self, frame: pl.DataFrame) -> None:
        """1.23457E+18 in a text file: a spreadsheet has cut a long number, and the id is lost.

        Counted in columns that show one in some ten thousand rows spread over the file.
        """
        spread = frame.gather_every(max(1, frame.height // 10_000)).select(pl.all().str.contains(_SCIENTIFIC).any())
        shows = [name for name, any_cut in zip(frame.columns, spread.row(0), strict=True) if any_cut]
        if not shows:
            return
        counted = frame.select(pl.col(shows).str.contains(_SCIENTIFIC).sum()).row(0)
        self._note("reading.scientific_numbers", "warning", sum(counted), "reading.done.kept", names=shows[:_N_NAMES])

    def _note_other_tables(self, n_tables: int) -> None:
        if n_tables < 2:
            return
        inside = self.filled.slice(self.span.start, self.span.stop - self.span.start)
        n_other = int((self.filled > 0).sum()) - int((inside > 0).sum())
        self._note("reading.several_tables", "warning", n_other, "reading.done.other_tables_left", tables=n_tables)
