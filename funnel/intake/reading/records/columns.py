"""What the columns of a table hold, seen from the rows that are surely records: ids, dates, labels, numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from itertools import islice

import polars as pl

from funnel.intake.cells.dates import infer_dates
from funnel.intake.cells.numbers import infer_numbers, parse_numbers
from funnel.intake.reading.records.words import folded, is_any_word, reads_like_a_note, words

MANY_ROWS = 20_000
"""In a longer table words for totals are looked for in the first filled cell and the id only."""
_SAMPLE = 1000
_USUALLY = 0.95  # of the rows have an id, a date, a stage: then a row without one is odd
_MOST_LABELS = 60


class Columns:
    """A table's body (String columns, blanks null), ``skip`` marks its blank rows and repeated headers.

    ``usual``: how many cells rows usually fill; ``dense`` rows fill more than half of that.
    """

    def __init__(self, body: pl.DataFrame, skip: pl.Series) -> None:
        self.body, self.skip = body, skip
        self._kind: dict[str, str] = {}
        self.counts = body.select(n=pl.sum_horizontal(pl.all().is_not_null().cast(pl.Int32))).to_series()
        self.first = body.select(pl.coalesce(pl.all())).to_series()
        self.blank = self.counts == 0
        self.usual = int(self.counts.filter(~skip).quantile(0.75, "nearest") or 0)
        self.dense = (self.counts >= 2) & (self.counts * 2 > self.usual) & ~skip

    def marked(self, rows: Iterable[int]) -> pl.Series:
        """A mask of the rows."""
        return pl.Series(range(self.body.height)).is_in(list(rows))

    def is_before_ids(self, column: str) -> bool:
        """Whether a column stands before the ids, where the names of groups stand."""
        place = self.body.columns.index
        return bool(self.keys) and place(column) < place(self.keys[0])

    def is_full(self, cells: pl.Series) -> bool:
        """Whether nearly all cells are filled."""
        return cells.null_count() <= (1 - _USUALLY) * cells.len()

    @cached_property
    def words(self) -> pl.Series:
        """Rows whose first filled cell is a word for a total or a signature, alone or put to a label."""
        return self.said_by(self.first)

    def said_by(self, cells: pl.Series) -> pl.Series:
        """Which cells are such words."""
        hits = cells.str.contains(words().maybe).fill_null(False).arg_true().to_list()
        kept = [i for i in hits if is_any_word(cells[i])]
        return pl.Series(range(cells.len())).is_in(kept)

    @cached_property
    def usual_rows(self) -> pl.DataFrame:
        """The rows that are surely records, or a spread sample of them."""
        rows = self.body.filter(self.dense & ~self.words)
        return rows if rows.height <= _SAMPLE else rows.gather_every(rows.height // _SAMPLE)

    @cached_property
    def shares(self) -> dict[str, float]:
        """How much of each column is filled in the usual rows."""
        n = self.usual_rows.height
        return {c: 1 - self.usual_rows[c].null_count() / n for c in self.body.columns}

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The kind of every column."""
        return {column: self.kind(column) for column in self.body.columns}

    def kind(self, column: str) -> str:
        """number, date, text, or id (whole numbers in the first column); blank columns are text."""
        if column not in self._kind:
            cells = self.usual_rows[column].drop_nulls()
            is_number = cells.len() > 0 and infer_numbers(cells).share_parsed >= 0.8
            is_date = not is_number and cells.len() > 0 and infer_dates(cells).share_parsed >= 0.8
            is_id = is_number and column == self.body.columns[0] and cells.str.contains(r"^\d+$").all()
            self._kind[column] = "id" if is_id else "number" if is_number else "date" if is_date else "text"
        return self._kind[column]

    @cached_property
    def keys(self) -> list[str]:
        """The columns that identify a row; where none is unique, the first one that is nearly always filled."""
        full = (c for c in self.body.columns if self.shares[c] >= _USUALLY and self.kind(c) in ("text", "id"))
        return self.unique_keys or list(islice(full, 1))

    @cached_property
    def unique_keys(self) -> list[str]:
        """Columns of texts or ids, filled nearly always and each time otherwise."""
        n = self.usual_rows.height
        return [
            column
            for column, share in self.shares.items()
            if share >= _USUALLY
            and self.usual_rows[column].drop_nulls().n_unique() >= 0.9 * n
            and self.kind(column) in ("text", "id")  # last: it costs most
        ]

    @cached_property
    def labels(self) -> dict[str, set[str]]:
        """Columns of few words that nearly every row has, such as the stage, and their words."""
        found = {}
        for column in self.body.columns:
            if self.kind(column) != "text" or self.shares[column] < _USUALLY or column in self.keys:
                continue
            words = set(self.usual_rows[column].drop_nulls().unique().to_list())
            if len(words) <= _MOST_LABELS:
                found[column] = words
        return found

    @cached_property
    def dates(self) -> list[str]:
        """Columns of dates that nearly every row has."""
        return [c for c, kind in self.kinds.items() if kind == "date" and self.shares[c] >= _USUALLY]

    @cached_property
    def known(self) -> dict[str, set[str]]:
        """The folded words of every column of words, to recognise "Closed Won Total" beside "Closed Won"."""
        columns = [c for c, kind in self.kinds.items() if kind == "text"]
        few = {c: self.body[c].filter(~self.skip).unique().drop_nulls() for c in columns}
        return {c: {folded(cell) for cell in cells.head(5000).to_list()} for c, cells in few.items()}

    @cached_property
    def ids(self) -> list[str]:
        """Ids of usual rows."""
        return self.usual_rows[self.keys[0]].drop_nulls().to_list() if self.keys else []

    @cached_property
    def are_coded(self) -> bool:
        """Whether ids are codes with digits (O1, SJ-001, 0061a00), not names."""
        return bool(self.ids) and sum(any(ch.isdigit() for ch in cell) for cell in self.ids) >= 0.9 * len(self.ids)

    @cached_property
    def id_shapes(self) -> set[str]:
        """How ids are made of letters and digits."""
        return {shape(cell) for cell in self.ids}

    def is_unlike_ids(self, cell: str) -> bool:
        """A code without a digit or with other parts than all others; beside names only what reads like a note."""
        if not self.ids:
            return False
        if self.are_coded:
            return not any(ch.isdigit() for ch in cell) or (
                shape(cell) not in self.id_shapes and (len(cell.split()) > 2 or cell.isdigit())
            )
        return reads_like_a_note(cell) and not (
            sum(map(reads_like_a_note, self.ids)) * 5 > len(self.ids)  # names of projects read like notes
        )

    def numbers(self, column: str) -> pl.Series:
        """A number column as numbers, in the likeliest reading."""
        fits = infer_numbers(self.usual_rows[column]).candidates
        return parse_numbers(self.body[column], fits[0] if fits else "plain")["value"]


def shape(cell: str) -> str:
    """Letters and digits as classes, runs as one: "SJ-001" → "a-9"."""
    kinds = "".join("9" if ch.isdigit() else "a" if ch.isalpha() else " " if ch.isspace() else ch for ch in cell)
    return re.sub(r"(.)\1+", r"\1", kinds)
