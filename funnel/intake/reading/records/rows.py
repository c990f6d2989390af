"""One odd row and the signs that it is no record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from funnel.intake.cells.periods import reads_as_period
from funnel.intake.reading.records.columns import MANY_ROWS, Columns
from funnel.intake.reading.records.sums import Sums
from funnel.intake.reading.records.words import is_sign_word, is_total_word, is_weak_word, without_total


@dataclass
class OddRow:
    """One odd row and the signs in it."""

    of: Columns
    i: int
    cells: Sequence[str | None]
    left_out: Mapping[int, str]
    repeated: pl.Series

    @cached_property
    def filled(self) -> list[tuple[str, str]]:
        return [(c, cell) for c, cell in zip(self.of.body.columns, self.cells, strict=True) if cell is not None]

    @cached_property
    def word(self) -> str | None:
        """The column whose cell is a word for a total or a signature."""
        of = self.of
        first = {self.filled[0][0], *of.keys[:1]}
        for column, cell in self.filled:
            is_first = column in first or of.is_before_ids(column)
            if not is_first and (column not in of.labels or of.body.height > MANY_ROWS):
                continue
            if (is_total_word(cell) and (is_first or not is_weak_word(cell))) or (is_first and is_sign_word(cell)):
                return column
            label = without_total(cell)
            if label is not None and of.kind(column) == "text" and label in of.known.get(column, ()):
                return column
            if label is not None and is_first and reads_as_period(label):  # 3月小计 over the weeks of March
                return column
        return None

    @cached_property
    def is_weak(self) -> bool:
        """The word is one of statistics that may be a name as well (Max, Media)."""
        return self.word is not None and is_weak_word(dict(self.filled)[self.word])

    @cached_property
    def has_id(self) -> bool:
        return any(column in self.of.keys for column, _ in self.filled)

    @cached_property
    def has_own_id(self) -> bool:
        """It has an id, where ids are unique, and that is no word."""
        return any(column in self.of.unique_keys and column != self.word for column, _ in self.filled)

    def first_signs(self) -> set[str]:
        """Signs in the first filled cell or the id."""
        found: set[str] = set()
        column, cell = self.filled[0]
        if self.word is not None:
            found.add("word")
        if self.of.keys and not self.has_id:
            found.add("no id")
        if len(self.filled) == 1 and self.of.usual > 2:
            found.add("alone")
        if column in self.of.keys and self.of.is_unlike_ids(cell) and len(self.filled) * 2 < self.of.usual:
            found.add("unlike")
        if len(self.filled) > 1 and cell.strip().isdigit() and not found:
            found.add("count")
        return found

    @cached_property
    def _said(self) -> list[tuple[str, str]]:
        """The filled cells beside the words."""
        return [(c, cell) for c, cell in self.filled if c != self.word and not is_sign_word(cell)]

    @cached_property
    def has_date(self) -> bool:
        return any(column in self.of.dates for column, _ in self._said)

    @cached_property
    def has_label(self) -> bool:
        return any(cell in self.of.labels.get(column, ()) for column, cell in self._said)

    @property
    def is_record(self) -> bool:
        """It has the date and the stage that nearly every row has, or an id beside a word elsewhere."""
        dates, labels = bool(self.of.dates), bool(self.of.labels)
        if self.word is not None and self.word != self.filled[0][0] and self.has_own_id:
            return True
        return (dates or labels) and (self.has_date or not dates) and (self.has_label or not labels)

    def is_total(self, second: set[str]) -> bool:
        """It says total of itself and is one, whatever else stands in it."""
        return self.word is not None and not self.is_weak and not self.has_own_id and "sum" in second

    def second_signs(self, sums: Sums) -> set[str]:
        of, i = self.of, self.i
        found: set[str] = set()
        if sums.matches(i, self.filled, self.word):
            found.add("sum")
        if (of.dates or of.labels) and not self.has_date and not self.has_label:
            found.add("no date and no stage")
        before = i - 1
        if before >= 0 and of.blank[before]:
            found.add("after a blank line")
        if before in self.left_out and self.first_signs() & {"word", "unlike", "alone"}:
            found.add("after such a row")
        below = next((j for j in range(i + 1, min(i + 4, of.body.height)) if not of.blank[j]), None)
        if below is not None and self.repeated[below]:
            found.add("above a header")
        if self._heads_a_group():
            found.add("heads a group")
        return self._counting(found)

    def _counting(self, found: set[str]) -> set[str]:
        """Which second signs count beside the first ones: weak first signs need the stronger second ones."""
        first = self.first_signs()
        if "word" in first and self.word in self.of.labels and self.word != self.filled[0][0]:
            return found & {"sum"}
        if "word" in first:
            return found - {"no date and no stage"} if self.is_weak else found
        if "unlike" in first:
            return found if len(self.filled) == 1 or len(found) > 1 else found & {"sum"}
        if "alone" in first and "no id" not in first:
            # a name alone may be a new lead, with or without a blank line before it
            return found & {"above a header", "sum", "heads a group"}
        if "count" in first:
            both = {"sum", "no date and no stage"} <= found
            return found if both else set()
        if len(self.filled) * 2 > self.of.usual:  # no id, but as much as others have
            return found & {"sum", "no date and no stage"}
        return found

    def _heads_a_group(self) -> bool:
        """A single cell before the id, and the rows below it lack just this cell."""
        of, column = self.of, self.filled[0][0]
        if len(self.filled) != 1 or not of.is_before_ids(column):
            return False
        below = [j for j in range(self.i + 1, min(self.i + 3, of.body.height)) if not of.skip[j]]
        return bool(below) and of.counts[below[0]] > 1 and of.body[column][below[0]] is None

    def reason(self, second: set[str]) -> str:
        """The code of why it is left out."""
        if self.word is not None and not is_sign_word(dict(self.filled)[self.word]):
            return "reading.left_out.total"
        if "heads a group" in second:
            return "reading.left_out.group"
        if "above a header" in second:
            return "reading.left_out.title"
        if "sum" in second:
            return "reading.left_out.total"
        return (
            "reading.left_out.note" if len(self.filled) < 3 or self.word is not None else "reading.left_out.no_record"
        )
