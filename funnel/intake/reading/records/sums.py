"""Whether a number in a row is the sum, the count, the mean or an extreme of the rows above it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import polars as pl

from funnel.intake.cells.numbers import infer_numbers, parse_numbers
from funnel.intake.reading.records.columns import MANY_ROWS, Columns
from funnel.intake.reading.records.words import NUMBER

_MOST_KEPT = 200  # odd rows that later sums are searched for


class Sums:
    """Sums and counts of the record rows since the last row that was left out, and of all rows so far."""

    def __init__(self, columns: Columns, odd: pl.Series) -> None:
        self.of = columns
        keep = ~columns.skip & ~odd
        self.n = [0, *keep.cast(pl.Int64).cum_sum().to_list()]
        self.numbers: dict[str, pl.Series] = {}
        self.totals: dict[str, list[float]] = {}
        self.counts: dict[str, list[int]] = {}
        self.keep_mask = keep
        self.kept: list[int] = []
        self.start, self.stop = 0, 0
        self.last: int | None = None

    def leave_out(self, i: int) -> None:
        """Row ``i`` is no record: the next one sums up from below it, or what it does, if it follows directly."""
        if self.last is None or self.last != i - 1:
            self.start, self.stop = (0 if self.last is None else self.last + 1), i
        self.last = i

    def keep(self, i: int) -> None:
        """Row ``i``, odd as it is, is a record."""
        if len(self.kept) < _MOST_KEPT:
            self.kept.append(i)

    def _section(self, i: int) -> Iterator[tuple[int, int]]:
        """Row ranges that row ``i`` may sum up: since the last such row, and all above."""
        if self.last is not None and self.last == i - 1:
            yield self.start, self.stop
        elif self.last is not None:
            yield self.last + 1, i
        yield 0, i

    def matches(self, i: int, filled: Sequence[tuple[str, str]], word: str | None) -> bool:
        """Whether a number in the row sums up a column of the rows above it."""
        for column, cell in filled:
            text = cell
            if column == word:
                tail = re.search(rf"{NUMBER}(?=\D*$)", cell)
                text = tail[0] if tail else ""
            value = _as_number(text)
            if value is None:
                continue
            for first, stop in self._section(i):
                extra = [j for j in self.kept if first <= j < stop]
                if self._sums_up(column, value, first, stop, extra, is_word=column == word, has_word=word is not None):
                    return True
        return self._sums_group(i, filled, word)

    def _sums_up(
        self, column: str, value: float, first: int, stop: int, extra: list[int], *, is_word: bool, has_word: bool
    ) -> bool:
        n_rows = self.n[stop] - self.n[first] + len(extra)
        if not n_rows:
            return False
        if value == n_rows and (is_word or self.of.kind(column) in ("text", "date")):
            return True
        columns = [c for c, kind in self.of.kinds.items() if kind == "number"] if is_word else [column]
        for name in columns:
            if self.of.kind(name) != "number":
                continue
            total, count = self._prefix(name)
            extras = [x for x in (self.numbers[name][j] for j in extra) if x is not None]
            summed = total[stop] - total[first] + sum(extras)
            n = count[stop] - count[first] + len(extras)
            if n and (_close(value, summed, n) or value == n):
                return True
            if n and has_word and (_close(value, summed / n, 1) or self._is_extreme(name, value, first, stop)):
                return True
        return False

    def _is_extreme(self, name: str, value: float, first: int, stop: int) -> bool:
        """The least or the greatest of at least three numbers."""
        part = self.numbers[name].slice(first, stop - first).filter(self.keep_mask.slice(first, stop - first))
        return part.count() > 2 and value in (part.min(), part.max())

    def _sums_group(self, i: int, filled: Sequence[tuple[str, str]], word: str | None) -> bool:
        """A "Total" among the labels of a long table: the sum of the rows with which it shares all other labels."""
        of = self.of
        if word is None or word not in of.labels or of.body.height > MANY_ROWS:
            return False
        others = [(c, cell) for c, cell in filled if c != word and of.kind(c) != "number"]
        if not others:
            return False
        same = of.body.select(pl.all_horizontal(pl.col(c) == cell for c, cell in others)).to_series()
        rows = (same.fill_null(False) & self.keep_mask).arg_true()
        for column, cell in filled:
            value = _as_number(cell) if of.kind(column) == "number" else None
            if value is not None and rows.len():
                self._prefix(column)
                if _close(value, float(self.numbers[column].gather(rows).sum() or 0.0), rows.len()):
                    return True
        return False

    def _prefix(self, column: str) -> tuple[list[float], list[int]]:
        if column not in self.totals:
            values = self.of.numbers(column)
            usual = pl.select(pl.when(self.keep_mask).then(values)).to_series()
            self.numbers[column] = values
            self.totals[column] = [0.0, *usual.fill_null(0.0).cum_sum().to_list()]
            self.counts[column] = [0, *usual.is_not_null().cast(pl.Int64).cum_sum().to_list()]
        return self.totals[column], self.counts[column]


@lru_cache(maxsize=4096)
def _as_number(text: str) -> float | None:
    cells = pl.Series([text])
    fits = infer_numbers(cells).candidates
    value = parse_numbers(cells, fits[0])["value"][0] if fits else None
    return None if value is None else float(value)


def _close(value: float, wanted: float, n: int) -> bool:
    """Equal but for the rounding of ``n`` shown numbers to two places."""
    return abs(value - wanted) <= 0.0051 * n**0.5 + 1e-9 * abs(wanted)
